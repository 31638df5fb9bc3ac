/** Compares our findings and Ruff's with hand-verified places in real projects, as a Markdown table. */

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';

interface Label {
  readonly repo: string;
  readonly path: string;
  readonly line: number;
  readonly kind: string;
  readonly label: 'positive' | 'negative';
  readonly sev?: string;
}

interface Found {
  readonly path: string;
  readonly line: number;
  readonly endLine: number;
  readonly rule: string;
  readonly hint: boolean;
}

/** What speaks of each kind of label. Ruff has rules for blocking calls only. */
const kinds: Readonly<Record<string, readonly string[]>> = {
  'blocking-call': ['blocking-', 'ASYNC2'],
  'transitive-blocking': ['blocking-', 'ASYNC2'],
  'serial-await': ['serial-await'],
  'redis-keys': ['redis-keys'],
};

const { positionals, values } = parseArgs({ allowPositionals: true, options: { ruff: { type: 'string', default: 'ruff' } } });
const [labelFile, clones] = positionals;
if (labelFile === undefined || clones === undefined) {
  console.error('usage: npm run compare -- LABELS.jsonl CLONES [--ruff PROGRAM]\n\nLABELS.jsonl  one place a line: {"repo","path","line","kind","label","sev"}\nCLONES        a folder with one clone per repo, under its name');
  process.exit(2);
}

const labels = readFileSync(labelFile, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Label).filter(({ kind, repo }) => kind in kinds && existsSync(join(clones, repo)));

function run(program: string, args: readonly string[], cwd?: string): string {
  const done = spawnSync(program, args, { cwd, encoding: 'utf8', maxBuffer: 1 << 30 });
  if (done.error || (done.status ?? 2) > 1) throw new Error(`${program}: ${done.error?.message ?? done.stderr}`);
  return done.stdout;
}

function ours(clone: string): Found[] {
  const { diagnostics } = JSON.parse(run(process.execPath, [resolve('dist/cli.cjs'), 'check', clone, '--format', 'json'])) as { diagnostics: (Found & { level: string })[] };
  return diagnostics.map((one) => ({ ...one, hint: one.level === 'hint' }));
}

function ruffs(clone: string): Found[] {
  const text = run(values.ruff, ['check', '--isolated', '--no-cache', '--select', 'ASYNC', '--output-format', 'json', '.'], clone);
  const rows = JSON.parse(text) as { filename: string; code: string | null; location: { row: number }; end_location: { row: number } }[];
  return rows.map((row) => ({ path: relative(resolve(clone), row.filename), line: row.location.row, endLine: row.end_location.row, rule: row.code ?? '', hint: false }));
}

type Tally = { hit: number; all: number; alarms: number; silences: number };

function tally(find: (clone: string) => Found[]): Map<string, Tally> {
  const tallies = new Map(Object.keys(kinds).map((kind) => [kind, { hit: 0, all: 0, alarms: 0, silences: 0 }]));
  for (const repo of new Set(labels.map((label) => label.repo))) {
    const found = find(join(clones!, repo));
    for (const label of labels.filter((one) => one.repo === repo)) {
      const near = found.filter((one) => one.path === label.path && kinds[label.kind]!.some((prefix) => one.rule.startsWith(prefix)));
      const counts = tallies.get(label.kind)!;
      if (label.label === 'negative') {
        counts.silences++;
        if (near.some((one) => one.line <= label.line && label.line <= one.endLine && !one.hint)) counts.alarms++;
      } else if (label.sev !== 'low') {
        counts.all++;
        if (near.some((one) => one.line - 1 <= label.line && label.line <= one.endLine + 1)) counts.hit++;
      }
    }
  }
  return tallies;
}

const version = run(values.ruff, ['--version']).trim();
const us = tally(ours);
const them = tally(ruffs);
const cell = ({ hit, all }: Tally): string => (all === 0 ? '–' : `${hit} of ${all} (${Math.round((hit / all) * 100)} %)`);
console.log(`| | Unblock: found | false alarms | ${version}: found | false alarms |\n|---|---|---|---|---|`);
for (const kind of Object.keys(kinds)) {
  const mine = us.get(kind)!;
  const theirs = them.get(kind)!;
  console.log(`| ${kind} | ${cell(mine)} | ${mine.alarms} of ${mine.silences} | ${cell(theirs)} | ${theirs.alarms} of ${theirs.silences} |`);
}
