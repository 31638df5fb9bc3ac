/** The example services: Python that compiles, and something to see for every rule. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { rules } from '../server/src/rules/index.ts';

const root = path.join(import.meta.dirname, '..');
const examples = path.join(root, 'examples');

interface Found {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  readonly related: readonly { readonly path: string }[];
  readonly fixes: readonly { readonly edits: readonly { readonly path: string; readonly start: number; readonly end: number; readonly text: string }[] }[];
}

/** Rules that speak of our own configuration and comments, not of a service. */
const ours = new Set(['invalid-config', 'unused-ignore']);

describe('The examples', () => {
  const files = readdirSync(examples, { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll('\\', '/'));
  const python = files.filter((file) => file.endsWith('.py'));
  const read = (file: string) => readFileSync(path.join(examples, file), 'utf8');
  let found: readonly Found[];

  before(() => {
    const run = spawnSync(process.execPath, [path.join(root, 'dist/cli.cjs'), 'check', examples, '--format', 'json'], { encoding: 'utf8' });
    assert.equal(run.status, 1, run.stderr);
    const report = JSON.parse(run.stdout) as { diagnostics: readonly Found[]; skipped: readonly unknown[] };
    assert.deepEqual(report.skipped, []);
    found = report.diagnostics;
  });

  const compile = (bodies: readonly { name: string; text: string }[]): void => {
    const program = 'import json, sys\nfor body in json.load(sys.stdin):\n    compile(body["text"], body["name"], "exec", dont_inherit=True)';
    const run = spawnSync(process.platform === 'win32' ? 'python' : 'python3', ['-X', 'utf8', '-c', program], { input: JSON.stringify(bodies), encoding: 'utf8' });
    assert.equal(run.error, undefined, 'python3 is needed to compile the examples');
    assert.equal(run.status, 0, run.stderr);
  };

  it('are three services with what they need to run', () => {
    for (const service of ['community', 'ocr', 'assistant']) assert.ok(files.includes(`${service}/requirements.txt`), service);
    for (const page of ['README.md', 'README.zh-CN.md']) assert.ok(files.includes(page), page);
    assert.ok(python.length > 20);
  });

  it('compile', () => compile(python.map((name) => ({ name, text: read(name) }))));

  it('show every rule', () => {
    const shown = new Set(found.map(({ rule }) => rule));
    assert.deepEqual(rules.map(({ id }) => id).filter((id) => !ours.has(id) && !shown.has(id)), []);
  });

  it('show chains through helpers in other files', () => {
    const chains = found.filter((one) => one.related.some((step) => step.path !== one.path));
    for (const service of ['community', 'ocr', 'assistant']) assert.ok(chains.some((one) => one.path.startsWith(`${service}/`)), service);
  });

  it('still compile after each fix', () => {
    const bodies = found.flatMap((one) => one.fixes.map((fix) => {
      const name = fix.edits[0]!.path;
      let text = read(name);
      for (const edit of [...fix.edits].sort((a, b) => b.start - a.start || b.end - a.end)) text = text.slice(0, edit.start) + edit.text + text.slice(edit.end);
      return { name, text };
    })).filter(({ name }) => name.endsWith('.py'));
    assert.ok(bodies.length > 10);
    compile(bodies);
  });

  it('have code beside it that is right, and silent', () => {
    const silent = (file: string, name: string): void => {
      const lines = read(file).split('\n');
      const first = lines.findIndex((line) => line.includes(`def ${name}(`)) + 1;
      assert.ok(first > 0, `${file} has no ${name}`);
      const after = lines.findIndex((line, index) => index >= first && /^\S/.test(line));
      const last = after < 0 ? lines.length : after;
      assert.deepEqual(found.filter((one) => one.path === file && one.line >= first && one.line <= last), [], `${file} ${name}`);
    };
    silent('ocr/ocr/api/translate.py', 'translate_with_context');
    silent('ocr/ocr/api/results.py', 'text');
    silent('ocr/ocr/services/tasks.py', 'open');
  });

  it('are named in both READMEs, file by file', () => {
    for (const page of ['README.md', 'README.zh-CN.md']) {
      const named = [...read(page).matchAll(/\]\(((?:community|ocr|assistant)\/[^)#]+)\)/g)].map((match) => match[1]!);
      assert.ok(named.length > 10, page);
      assert.deepEqual(named.filter((file) => !files.includes(file)), [], page);
    }
  });
});
