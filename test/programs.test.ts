/** The real programs agree with what we read of their commands. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Engine, type Launch } from '../server/src/engine.ts';
import { serverTable, type ServerSetting } from '../server/src/knowledge/servers.ts';
import { grammars } from './grammars.ts';
import { pythonEnvironment } from './python.ts';
import { filesOf, sections } from './spec.ts';

/** Gunicorn versions compared: the one of `requirements.txt`, and one that many still run. */
const older = '23.0.0';
const newest = /^gunicorn==(.*)$/m.exec(readFileSync(path.join(import.meta.dirname, 'requirements.txt'), 'utf8'))![1]!;

interface Case {
  readonly program: 'gunicorn' | 'uvicorn' | 'celery';
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

interface Result {
  readonly status: number;
  readonly output: string;
  readonly settings: Readonly<Record<string, string>> | null;
}

const folders: string[] = [];

/** Runs cases, each in a folder of its own that has an `app.py`. */
function real(cases: readonly Case[], version?: string): readonly Result[] {
  const root = mkdtempSync(path.join(tmpdir(), 'unblock programs '));
  folders.push(root);
  const given = cases.map((one, index) => {
    const folder = path.join(root, String(index));
    for (const [name, text] of Object.entries({ 'app.py': stub('app'), 'conf.py': '', ...one.files })) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), text);
    }
    return { program: one.program, folder, args: one.args, environment: one.environment ?? {} };
  });
  const environment = { ...process.env, PYTHONUTF8: '1', PYTHONPATH: version === older ? olderGunicorn() : '', WEB_CONCURRENCY: undefined, PORT: undefined, GUNICORN_CMD_ARGS: undefined };
  const { stdout, stderr, error } = spawnSync(pythonEnvironment(), [path.join(import.meta.dirname, 'programs.py')], { input: JSON.stringify(given), env: environment, encoding: 'utf8', maxBuffer: 1e8 });
  if (error) throw error;
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout) as readonly Result[];
}

/** The folder with the older Gunicorn, installed once beside the environment of the tests. */
function olderGunicorn(): string {
  const folder = path.join(import.meta.dirname, '..', '.cache', `gunicorn-${older}`);
  if (!existsSync(path.join(folder, 'gunicorn'))) {
    const { status, stderr } = spawnSync(pythonEnvironment(), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--target', folder, `gunicorn==${older}`], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  }
  return folder;
}

function stub(name: string): string {
  return `def ${name}(*given):\n    return ${name}\n`;
}

const quoted = (word: string): string => (/^[\w./:=,@%+-]+$/.test(word) ? word : `'${word}'`);

/** Our reading of cases: the launch of each, and the rules that speak of it. */
async function read(cases: readonly Case[]): Promise<readonly { readonly launch: Launch | undefined; readonly rules: readonly string[] }[]> {
  const engine = await Engine.create(grammars);
  cases.forEach((one, index) => {
    for (const [name, text] of Object.entries({ 'app.py': stub('app'), 'conf.py': '', ...one.files })) engine.set(`${index}/${name}`, text);
    const exports = Object.entries(one.environment ?? {}).map(([name, value]) => `export ${name}='${value}'\n`);
    engine.set(`${index}/run.sh`, `${exports.join('')}${one.program} ${one.args.map(quoted).join(' ')}\n`);
  });
  return cases.map((_, index) => ({ launch: engine.launches(`${index}/run.sh`)[0], rules: engine.check(`${index}/run.sh`).map(({ rule }) => rule) }));
}

// ── Generated commands ──

/** Values to try where a type alone does not tell what is allowed. */
const samples: Readonly<Record<string, string>> = {
  config: 'conf.py', bind: '127.0.0.1:8001', worker_class: 'gthread', worker_tmp_dir: tmpdir(), raw_env: 'A=b', reload_extra_files: 'app.py', reload_extra_file: 'app.py', reload_engine: 'poll',
  logger_class: 'gunicorn.glogging.Logger', syslog_addr: 'udp://localhost:514', forwarded_allow_ips: '127.0.0.1', proxy_allow_ips: '127.0.0.1', uwsgi_allow_ips: '127.0.0.1', raw_paste_global_conf: 'a=b',
  proxy_protocol: 'v1', protocol: 'http', http_protocols: 'h1', http2_cleartext: 'off', header_map: 'drop', asgi_loop: 'auto', asgi_lifespan: 'auto', http_parser: 'auto', dirty_apps: 'app:app',
  ssl_version: '2', http2_max_frame_size: '20000', reload_dir: '.', cert_reqs: '0', limit_request_line: '4000', workers: '3', pool: 'threads', autoscale: '4,2', loglevel: 'info', optimization: 'fair',
};
/** Settings that a case cannot have: they need another user, files or packages, end the program, or are kept in another form than given. */
const left: ReadonlySet<string> = new Set(['help', 'version', 'check_config', 'print_config', 'user', 'group', 'initgroups', 'paste', 'chdir', 'statsd_host', 'pythonpath', 'logconfig_json', 'logconfig', 'log_config', 'env_file', 'workdir', 'app', 'uid', 'gid', 'app_dir', 'spew', 'daemon', 'detach', 'http2']);

function has(row: ServerSetting, version: string): boolean {
  const number = (text: string) => text.split('.').map(Number).reduce((sum, part, index) => sum + part / 1000 ** index, 0);
  return (row.since === undefined || number(row.since) <= number(version)) && (row.until === undefined || number(version) < number(row.until));
}

function sample(row: ServerSetting): string {
  return samples[row.name] ?? row.choices?.at(-1) ?? (row.type === 'integer' ? '7' : row.type === 'number' ? '2.5' : row.type === 'flag' ? 'true' : 'some');
}

/** A setting in the ways a command may say it. */
function spellings(row: ServerSetting, table: NonNullable<ReturnType<typeof serverTable>>): readonly (readonly string[])[] {
  const long = row.flags.find((flag) => flag.startsWith('--') && !row.off?.includes(flag)) ?? row.flags[0]!;
  const short = row.flags.find((flag) => !flag.startsWith('--'));
  if (row.arity === 0) return [[long], [short ?? long], [row.off?.[0] ?? long]];
  const value = sample(row);
  let abbreviated = long;
  if (table.abbreviates) for (let length = 3; length < long.length && abbreviated === long; length++) if (table.flag(long.slice(0, length)) === row) abbreviated = long.slice(0, length);
  return [[long, value], [`${long}=${value}`], short === undefined ? [abbreviated, value] : [`${short}${value}`], short === undefined ? [`${abbreviated}=${value}`] : [short, value]];
}

/** Commands that together say every setting of a program in every way, several in each. */
function generated(program: string, version: string): readonly (readonly string[])[] {
  const table = serverTable(program)!;
  const rows = [...table.settings.values()].filter((row) => row.flags.length > 0 && !left.has(row.name) && has(row, version) && (row.name !== 'proxy_protocol' || version === newest));
  const commands: string[][] = [];
  for (let form = 0; form < 4; form++) {
    for (let from = 0; from < rows.length; from += 8) commands.push(rows.slice(from, from + 8).flatMap((row) => spellings(row, table).at(form % spellings(row, table).length)!));
  }
  return commands;
}

/** What `--print-config` prints, in the form that flags are written. */
function printed(output: string): ReadonlyMap<string, string> {
  return new Map([...output.matchAll(/^(\w+)\s+= (.*)$/gm)].map(([, name, value]) => [name!, plain(value!)]));
}

function plain(value: string): string {
  return value.replace(/^[[(](.*?),?[\])]$/, '$1').replace(/'/g, '').replaceAll(', ', ',').replace(/^True$/, 'true').replace(/^False$/, 'false').replace(/^(\d+)\.0$/, '$1');
}

function gunicornCase(args: readonly string[], more: Omit<Case, 'program' | 'args'> = {}): Case {
  return { program: 'gunicorn', args, ...more };
}

/** Compares settings in force; gives what differs. */
async function differences(cases: readonly Case[], version?: string): Promise<readonly string[]> {
  const found = await read(cases);
  const results = real(cases.map((one) => (one.program === 'gunicorn' ? { ...one, args: [...one.args, '--print-config'] } : one)), version);
  return cases.flatMap((one, index) => {
    const command = [...Object.entries(one.environment ?? {}).map((pair) => pair.join('=')), one.program, ...one.args].join(' ');
    const { launch } = found[index]!;
    const { status, output, settings } = results[index]!;
    if (status !== 0) return [`${command}\n  ends with ${status}: ${output.trim().split('\n').at(-1)}`];
    if (!launch) return [`${command}\n  is no launch`];
    const said = settings ? new Map(Object.entries(settings).map(([name, value]) => [name, plain(value)])) : printed(output);
    const wrong = [...launch.settings.values()].filter(({ name, value }) => value === undefined || plain(value) !== said.get(name)).map(({ name, value }) => `${command}\n  ${name}: we read ${value}, it has ${said.get(name)}`);
    const missing = settings ? [...said.keys()].filter((name) => !launch.settings.has(name)).map((name) => `${command}\n  ${name}: not read`) : [];
    return [...wrong, ...missing];
  });
}

describe('Real programs', function () {
  this.timeout(240_000);

  before(function () {
    // Gunicorn runs on systems that can fork, and these are Python's own words for it.
    if (process.platform === 'win32') this.skip();
    pythonEnvironment();
    olderGunicorn();
  });

  after(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  for (const version of [older, newest]) {
    it(`Gunicorn ${version} has the flags of our table`, () => {
      const [{ output }] = real([gunicornCase(['--help'])], version) as [Result];
      const theirs = new Set([...output.slice(output.indexOf('  -h, --help')).matchAll(/^ {2}(-.*?)(?: {2}|$)/gm)].flatMap(([, flags]) => flags!.split(', ').map((flag) => flag.split(' ', 1)[0]!)));
      const ours = new Set([...serverTable('gunicorn')!.settings.values()].filter((row) => has(row, version)).flatMap(({ flags }) => flags));
      assert.deepEqual([...theirs].sort(), [...ours].sort());
    });

    it(`Gunicorn ${version} reads generated commands as we do`, async () => {
      const commands = generated('gunicorn', version);
      assert.ok(commands.length > 30);
      assert.deepEqual(await differences(commands.map((args, index) => gunicornCase(index % 2 === 0 ? [...args, 'app:app'] : ['app:app', ...args])), version), []);
    });

    it(`Gunicorn ${version} gives precedence as we do`, async () => {
      const cases: Case[] = [];
      for (let mask = 0; mask < 16; mask++) {
        const on = (bit: number) => (mask & (1 << bit)) !== 0;
        cases.push(gunicornCase([...(on(0) ? ['--workers', '2', '-t', '21'] : []), ...(on(1) ? ['-c', 'conf.py'] : []), 'app:app'], {
          environment: { ...(on(2) ? { GUNICORN_CMD_ARGS: '--workers=3 --graceful-timeout "9"' } : {}), ...(on(3) ? { WEB_CONCURRENCY: '5', PORT: '9000' } : {}) },
          files: {
            'conf.py': 'import os\nworkers = int(os.getenv("WORKERS", "4")) * 2\ntimeout = 30 + 3\nbind = "127.0.0.1:7000"\n',
            ...(mask % 3 === 0 ? { 'gunicorn.conf.py': 'keepalive = 7\nworkers = 6\nkeep_alive = 9\n' } : {}),
          },
        }));
      }
      assert.deepEqual(await differences(cases, version), []);
    });

    it(`Gunicorn ${version} refuses what we call unknown or invalid`, async () => {
      const refused: readonly (readonly string[])[] = [
        ['--keepalive', '5'], ['--keep_alive', '5'], ['--worker_class', 'gevent'], ['--preload-app'], ['--error-log-file', 'x'], ['--limit-request-field-size', '10'], ['--worker', '4'], ['--max-request', '9'],
        ['--access-log', '-'], ['--log', 'x'], ['-z'], ['--workers', 'auto'], ['--timeout', '60s'], ['--threads=two'], ['--worker-connections', '1e3'], ['--backlog', ''],
      ];
      const accepted: readonly (readonly string[])[] = [
        ['--keep-alive', '5'], ['--thread', '4'], ['--time', '600'], ['--keep', '5'], ['--graceful', '30'], ['--pre'], ['--error-log', '-'], ['--log-l', 'info'], ['--forwarded-allow', '*'], ['-w4'], ['-kgthread'], ['-w=4'], ['-w', ' 4'], ['-Rw2'],
      ];
      const cases = [...refused, ...accepted].map((args) => gunicornCase([...args, 'app:app']));
      const results = real(cases.map((one) => ({ ...one, args: [...one.args, '--check-config'] })), version);
      const found = await read(cases);
      const differ = cases.flatMap(({ args }, index) => {
        const speaks = found[index]!.rules.some((rule) => rule === 'gunicorn-unknown-flag' || rule === 'gunicorn-invalid-value');
        return speaks === (results[index]!.status !== 0) ? [] : [`${args.join(' ')}: ends with ${results[index]!.status}, we say ${found[index]!.rules.join() || 'nothing'}`];
      });
      assert.deepEqual(differ, []);
      assert.equal(results.filter(({ status }) => status !== 0).length, refused.length);
    });

    it(`Gunicorn ${version} accepts every command that our pages call fixed`, async () => {
      const cases = await fixedCommands();
      assert.ok(cases.length >= 8, `${cases.length} commands`);
      const results = real(cases.map((one) => ({ ...one, args: [...one.args, '--check-config'] })), version);
      assert.deepEqual(cases.flatMap(({ args }, index) => (results[index]!.status === 0 ? [] : [`${args.join(' ')}: ${results[index]!.output.trim().split('\n').at(-1)}`])), []);
    });
  }

  it('Uvicorn reads generated commands as we do, and refuses what we call unknown', async () => {
    const version = '0.54.0';
    const cases: Case[] = generated('uvicorn', version).map((args) => ({ program: 'uvicorn', args: [...args, 'app:app'] }));
    cases.push({ program: 'uvicorn', args: ['app:app', '--workers', '2'], environment: { UVICORN_PORT: '81', UVICORN_WORKERS: '3' } });
    assert.deepEqual(await differences(cases), []);
    const unknown: Case[] = [['-w', '4'], ['--worker', '4'], ['-p', '80'], ['--timeout', '5'], ['--no-reload']].map((args) => ({ program: 'uvicorn', args: ['app:app', ...args] }));
    assert.deepEqual(real(unknown).map(({ status }) => status !== 0), (await read(unknown)).map(({ launch }) => launch!.unknownFlags.length > 0));
  });

  it('Celery reads generated commands as we do, and refuses what we call unknown or misplaced', async () => {
    const cases: Case[] = (['worker', 'beat'] as const).flatMap((command) => generated(`celery ${command}`, '5.7').map((args) => {
      // Options of the program itself stand before the sub-command.
      const own: string[] = [];
      const rest: string[] = [];
      for (let at = 0; at < args.length; at++) {
        const row = serverTable(`celery ${command}`)!.flag(args[at]!.startsWith('--') ? args[at]!.replace(/=.*/, '') : args[at]!.slice(0, 2))!;
        const separate = row.arity !== 0 && !(args[at]!.startsWith('--') ? args[at]!.includes('=') : args[at]!.length > 2);
        (row.of ? rest : own).push(args[at]!, ...(separate ? [args[++at]!] : []));
      }
      return { program: 'celery', args: ['-A', 'app', ...own, command, ...rest] };
    }));
    assert.deepEqual(await differences(cases), []);
    const wrong: Case[] = [['worker', '-A', 'app'], ['-A', 'app', 'worker', '--concurency', '4'], ['-A', 'app', '-c', '4', 'worker'], ['-A', 'app', '--loglevel=INFO', 'worker'], ['-A', 'app', 'worker', '-Ofair', '-c4', '-EB'], ['-A', 'app', 'beat', '-l', 'info']].map((args) => ({ program: 'celery', args, files: { 'requirements.txt': 'celery==5.7.0\n' } }));
    const found = await read(wrong);
    assert.deepEqual(real(wrong).map(({ status }) => status !== 0), found.map(({ launch, rules }) => launch!.unknownFlags.length > 0 || rules.includes('celery-option-order')));
  });
});

/** Gunicorn commands in the fixed blocks of the pages, with a stand-in for the application of each. */
async function fixedCommands(): Promise<readonly Case[]> {
  const pages = path.join(import.meta.dirname, '..', 'docs', 'rules');
  const found = new Map<string, Case>();
  for (const page of readdirSync(pages)) {
    for (const section of sections(readFileSync(path.join(pages, page), 'utf8'))) {
      const fixed = section.fences.filter((fence) => fence.fixed);
      if (!fixed.some(({ text }) => text.includes('gunicorn'))) continue;
      const files = new Map([...filesOf(section), ...fixed.map((fence) => [fence.path, fence.text] as const)]);
      const engine = await Engine.create(grammars);
      for (const [name, text] of files) engine.set(name, text);
      for (const { path: name } of fixed) {
        for (const launch of engine.launches(name)) {
          const words = launch.arguments.map(({ value }) => value);
          if (launch.program !== 'gunicorn' || launch.application === undefined || !words.every((word) => word !== undefined)) continue;
          const [module, attribute = 'application'] = launch.application.split(':') as [string, string?];
          const config = launch.config === undefined ? undefined : files.get(launch.config);
          // A page's configuration may import what is not installed here.
          if (config !== undefined && /^\s*(?:from|import)\s+(?!os\b|multiprocessing\b|gevent\b)/m.test(config)) continue;
          const given = (flag: string) => launch.settings.get(flag)?.value;
          found.set(`${page} ${words.join(' ')}`, gunicornCase(words.filter((word) => word !== undefined), {
            files: {
              [`${module.replaceAll('.', '/')}.py`]: stub(attribute.replace(/\W.*$/, '')),
              ...(config === undefined ? {} : { [given('config') ?? 'gunicorn.conf.py']: config }),
              ...(given('chdir') === undefined ? {} : { [`${given('chdir')}/.keep`]: '' }),
            },
          }));
        }
      }
    }
  }
  return [...found.values()];
}
