/** Start commands found in real projects: what is read of each, and which rules speak. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Engine, processesOf, type Launch } from '../../server/src/engine.ts';
import { grammars } from '../grammars.ts';

interface Expected {
  readonly program: string;
  readonly application: string | null;
  readonly workers: number | null;
  readonly class?: string;
  /** Settings that are there, that are not, whose value nobody knows, and that are computed at start. */
  readonly present?: readonly string[];
  readonly absent?: readonly string[];
  readonly unknown?: readonly string[];
  readonly computed?: readonly string[];
  readonly values?: Readonly<Record<string, string>>;
  readonly incomplete?: boolean;
  readonly production?: boolean;
  readonly place?: string;
  /** Where it is written, where that is not the file of the line. */
  readonly path?: string;
}

interface Line {
  readonly id: string;
  readonly form: string;
  readonly text: string;
  /** Other files of the project. */
  readonly files?: Readonly<Record<string, string>>;
  readonly launches: readonly Expected[];
  /** Rules that speak in the file, and that do not: `*` for any, `*warning` for any from a warning on. */
  readonly findings?: readonly string[];
  readonly silent?: readonly string[];
  /** The file that speaks, where it is not that of the line. */
  readonly findingsIn?: string;
}

const lines = JSON.parse(readFileSync(new URL('launch-lines.json', import.meta.url), 'utf8')) as readonly Line[];

/** The file that a line stands in. */
function placed({ form, text }: Line): readonly [string, string] {
  switch (form) {
    case 'sh': return ['run.sh', text];
    case 'dockerfile': return ['Dockerfile', `FROM python:3.12\n${text}`];
    case 'procfile': return ['Procfile', text];
    case 'supervisor': return ['supervisord.conf', `[program:web]\n${text}`];
    case 'systemd': return ['web.service', `[Service]\n${text}`];
    case 'makefile': return ['Makefile', `run:\n\t${text}`];
    case 'compose': return ['compose.yaml', `services:\n  web:\n    ${text}`];
    case 'python': return ['start.py', text];
    case 'conf': return ['gunicorn.conf.py', text];
    default: throw new Error(`no file for ${form}`);
  }
}

function classOf(launch: Launch): string | undefined {
  if (launch.program !== 'celery worker') return launch.workerClass;
  return launch.settings.get('pool')?.value ?? (launch.settings.has('pool') ? undefined : 'prefork');
}

describe('Start commands of real projects', () => {

  for (const line of lines) {
    it(`${line.id} ${line.text.replace(/\s+/g, ' ').slice(0, 90)}`, async () => {
      const [path, text] = placed(line);
      const files = { ...line.files, [path]: text };
      const engine = await Engine.create(grammars);
      for (const [name, content] of Object.entries(files)) engine.set(name, content);
      const found = Object.keys(files).filter((name) => name === path || line.launches.some((one) => one.path === name)).flatMap((name) => engine.launches(name));
      assert.deepEqual(found.map(({ program }) => program), line.launches.map(({ program }) => program));
      line.launches.forEach((expected, index) => {
        const launch = found[index]!;
        const { settings } = launch;
        assert.equal(launch.application ?? null, expected.application);
        assert.equal(processesOf(launch) ?? null, expected.workers);
        if (expected.class !== undefined) assert.equal(classOf(launch), expected.class);
        assert.deepEqual((expected.present ?? []).filter((name) => !settings.has(name)), [], 'present');
        assert.deepEqual((expected.absent ?? []).filter((name) => settings.has(name)), [], 'absent');
        assert.deepEqual((expected.unknown ?? []).filter((name) => !settings.has(name) || settings.get(name)!.value !== undefined), [], 'unknown');
        assert.deepEqual((expected.computed ?? []).filter((name) => settings.get(name)?.computed !== true), [], 'computed');
        for (const [name, value] of Object.entries(expected.values ?? {})) assert.equal(settings.get(name)?.value, value, name);
        if (expected.incomplete) assert.ok(!launch.complete);
        if (expected.production !== undefined) assert.equal(!launch.development, expected.production);
        if (expected.place !== undefined) assert.equal(launch.place, expected.place);
      });
      const findings = engine.check(line.findingsIn ?? path);
      const rules = findings.map(({ rule }) => rule);
      assert.deepEqual((line.findings ?? []).filter((rule) => !rules.includes(rule)), [], 'speak');
      const loud = findings.filter(({ level }) => level === 'warning' || level === 'error').map(({ rule }) => rule);
      for (const silent of line.silent ?? []) assert.deepEqual(silent === '*' ? rules : silent === '*warning' ? loud : rules.filter((rule) => rule === silent), [], 'silent');
    });
  }

  it('are all there', () => {
    assert.equal(new Set(lines.map(({ id }) => id)).size, 53);
  });
});
