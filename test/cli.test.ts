/** The command line, as a process. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, cpSync, lstatSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { explain } from '../server/src/cli/pages.ts';
import { rules } from '../server/src/rules/index.ts';
import { folderWith, plain, program, removeFolders, sleeping, unblock, type Run } from './command-line.ts';

interface JsonReport {
  readonly version: number;
  readonly diagnostics: readonly {
    readonly path: string; readonly line: number; readonly column: number; readonly endLine: number; readonly endColumn: number;
    readonly rule: string; readonly level: string; readonly message: string;
    readonly related: readonly { readonly path: string; readonly line: number; readonly column: number; readonly message: string }[];
    readonly fixes: readonly { readonly title: string; readonly safe: boolean; readonly edits: readonly { readonly path: string; readonly start: number; readonly end: number; readonly text: string }[] }[];
  }[];
  readonly files: number;
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
  readonly fixed?: readonly { readonly path: string; readonly rule: string; readonly title: string }[];
}

/** The report of `check ARGUMENTS --format json`. */
function report(folder: string, ...args: readonly string[]): JsonReport {
  const run = unblock(folder, ['check', ...args, '--format', 'json']);
  assert.equal(run.err, '');
  const parsed = JSON.parse(run.out) as JsonReport;
  assert.equal(run.code, parsed.diagnostics.length > 0 ? 1 : 0);
  return parsed;
}

const places = ({ diagnostics }: JsonReport): string[] => diagnostics.map((one) => `${one.path}:${one.line}:${one.column} ${one.level} ${one.rule}`);

afterEach(removeFolders);

describe('launches', () => {
  const files = {
    'start.sh': 'export WEB_CONCURRENCY=2\nexec gunicorn -k gevent \\\n  --worker-connections 500 -b ":$PORT" app:app\n',
    'gunicorn.conf.py': 'import multiprocessing\ntimeout = 60\nbacklog = multiprocessing.cpu_count()\n',
    'Dockerfile': 'FROM x\nCMD ["uvicorn", "main:app", "--reload", "$MORE"]\n',
    'work.py': 'import uvicorn\nuvicorn.run("main:app", workers=4)\n',
  };

  it('writes JSON as the contract says', () => {
    const { code, out, err } = unblock(folderWith(files), ['launches', '.', '--format', 'json']);
    assert.deepEqual({ code, err }, { code: 0, err: '' });
    const set = (value: string | null, path: string, line: number) => ({ value, path, line });
    assert.deepEqual(JSON.parse(out), {
      version: 1,
      launches: [
        { path: 'Dockerfile', line: 2, program: 'uvicorn', application: 'main:app', workerClass: null, workers: 1, production: false, settings: { reload: set('true', 'Dockerfile', 2) }, unknown: false },
        {
          path: 'start.sh', line: 2, program: 'gunicorn', application: 'app:app', workerClass: 'gevent', workers: 2, production: true,
          settings: {
            workers: set('2', 'start.sh', 1), timeout: set('60', 'gunicorn.conf.py', 2), backlog: set(null, 'gunicorn.conf.py', 3),
            worker_class: set('gevent', 'start.sh', 2), worker_connections: set('500', 'start.sh', 3), bind: set(null, 'start.sh', 3),
          },
          unknown: false,
        },
        { path: 'work.py', line: 2, program: 'uvicorn', application: 'main:app', workerClass: null, workers: 4, production: true, settings: { workers: set('4', 'work.py', 2) }, unknown: false },
      ],
    });
  });

  it('writes for people, in their language', () => {
    const folder = folderWith(files);
    assert.equal(unblock(folder, ['launches', 'start.sh', '--lang', 'en']).out, [
      'start.sh:2  gunicorn app:app  production, on a machine',
      '  workers             2                  start.sh:1',
      '  timeout             60                 gunicorn.conf.py:2',
      '  backlog             computed at start  gunicorn.conf.py:3',
      '  worker_class        gevent             start.sh:2',
      '  worker_connections  500                start.sh:3',
      '  bind                not known          start.sh:3',
      '',
    ].join('\n'));
    assert.match(unblock(folder, ['launches', 'Dockerfile', '--lang', 'zh-cn']).out, /^Dockerfile:2  uvicorn main:app  开发环境（--reload）, 容器\n {2}进程数 {2}1 {5}默认\n/);
    assert.deepEqual(unblock(folderWith({ 'a.py': '' }), ['launches', '--lang', 'en']), { code: 0, out: 'Nothing in 1 file starts a server.\n', err: '' });
    assert.equal(unblock(folder, ['launches', 'nowhere']).code, 2);
  });
});

describe('check', () => {
  it('exits with 0 without findings, with 1 with some', () => {
    const clean = folderWith({ 'app.py': 'x = 1\n' });
    assert.deepEqual(unblock(clean, ['check']), { code: 0, out: 'No findings in 1 file.\n', err: '' });
    assert.equal(unblock(folderWith({ 'app.py': sleeping }), ['check']).code, 1);
    assert.equal(unblock(folderWith({}), ['check']).code, 0);
  });

  it('says in one line why it cannot run, and exits with 2', () => {
    const folder = folderWith({ 'app.py': sleeping, 'bad.toml': 'rules = { redis-kys = "off" }\n' });
    const expected: readonly (readonly [readonly string[], string])[] = [
      [['check', 'nowhere'], 'unblock: there is no file or folder `nowhere`\n'],
      [['check', '.', '--format', 'xml'], "unblock: option '--format <format>' argument 'xml' is invalid. Allowed choices are text, json, sarif, github.\n"],
      [['check', '--levl', 'x'], "unblock: unknown option '--levl' (Did you mean --level?)\n"],
      [['check', '--level', 'blocking-slep=off'], "unblock: option '--level <rule=level>' argument 'blocking-slep=off' is invalid. There is no rule blocking-slep (did you mean blocking-sleep?).\n"],
      [['check', '--level', 'blocking-sleep=warn'], "unblock: option '--level <rule=level>' argument 'blocking-sleep=warn' is invalid. There is no level warn (did you mean warning?); levels are error, warning, info, hint, off.\n"],
      [['check', '--level', 'blocking-sleep'], "unblock: option '--level <rule=level>' argument 'blocking-sleep' is invalid. Write RULE=LEVEL, such as redis-keys=off.\n"],
      [['check', '--max-file-size', 'big'], "unblock: option '--max-file-size <kb>' argument 'big' is invalid. Write a number of KB.\n"],
      [['check', '--config', 'none.toml'], 'unblock: cannot read `none.toml` (ENOENT)\n'],
      [['check', '--config', 'bad.toml'], 'unblock: bad.toml:1:11: There is no rule `redis-kys`; did you mean `redis-keys`?\n'],
      [['chekc'], "unblock: unknown command 'chekc' (Did you mean check?)\n"],
      [['explain', 'blocking-slep'], 'unblock: there is no rule `blocking-slep`; did you mean `blocking-sleep`?\n'],
    ];
    for (const [args, err] of expected) assert.deepEqual(unblock(folder, args), { code: 2, out: '', err }, args.join(' '));
  });

  it('writes JSON as the contract says', () => {
    const root = folderWith({ 'app/views.py': 'import time\n\nasync def wait():\n    label = "你好😀"; time.sleep(1)\n' });
    const text = readFileSync(path.join(root, 'app/views.py'), 'utf8');
    const { diagnostics, ...rest } = report(path.dirname(root), root);
    assert.deepEqual(rest, { version: 1, files: 1, skipped: [] });
    const [{ message, fixes, ...place }, ...more] = diagnostics as [JsonReport['diagnostics'][number]];
    assert.deepEqual(more, []);
    assert.deepEqual(place, { path: 'app/views.py', line: 4, column: 21, endLine: 4, endColumn: 31, rule: 'blocking-sleep', level: 'warning', related: [] });
    assert.match(message, /`time\.sleep`/);
    assert.ok(fixes[0]!.safe);
    const edited = [...fixes[0]!.edits].sort((a, b) => b.start - a.start).reduce((before, { path: file, start, end, text: inserted }) => {
      assert.equal(file, 'app/views.py');
      return before.slice(0, start) + inserted + before.slice(end);
    }, text);
    assert.match(edited, /^import asyncio\n[^]*"你好😀"; await asyncio\.sleep\(1\)\n$/);
  });

  it('shows people the code with squiggles under what is wrong', () => {
    const root = folderWith({ 'app.py': 'import time\n\nasync def wait():\n\tlabel = "你好😀"; time.sleep(1)\n' });
    const { code, out } = unblock(root, ['check']);
    assert.equal(code, 1);
    const lines = out.split('\n');
    assert.match(lines[0]!, /^app\.py:4:18 warning blocking-sleep `time\.sleep` /);
    assert.deepEqual(lines.slice(1, 4), ['   3 | async def wait():', '   4 |     label = "你好😀"; time.sleep(1)', '     |                       ^^^^^^^^^^']);
    assert.match(lines[4]!, /repair: .*asyncio\.sleep.*\(`--fix`\)$/);
    assert.match(out, /\n\n1 finding in 1 file \(warning: 1\)\.\n1 can be repaired with `--fix`\.\n$/);
  });

  it('shows only a part of a very long line', () => {
    const root = folderWith({ 'app.py': `import time\nasync def wait():\n    x = "${'好'.repeat(3000)}"; time.sleep(1); y = "${'a'.repeat(3000)}"\n` });
    const [, code, squiggles] = unblock(root, ['check']).out.split('\n');
    assert.ok(code!.length < 250 && code!.includes('time.sleep(1)'), code);
    assert.match(squiggles!, /^ +\| +\^{10}$/);
  });

  it('tells the whole chain across files, for one file as well as for the folder', () => {
    const root = folderWith({
      'pyproject.toml': '[project]\nname = "x"\n',
      'app/__init__.py': '',
      'app/helpers.py': 'import time\n\ndef rest():\n    time.sleep(1)\n',
      'app/views.py': 'from app.helpers import rest\n\nasync def home():\n    rest()\n',
    });
    const whole = report(root);
    assert.deepEqual(places(whole), ['app/views.py:4:5 warning blocking-sleep']);
    assert.equal(whole.diagnostics[0]!.related.at(-1)!.path, 'app/helpers.py');
    assert.equal(whole.files, 4);
    const one = report(root, 'app/views.py');
    assert.deepEqual(places(one), ['views.py:4:5 warning blocking-sleep'], 'relative to the folder of the file given');
    assert.equal(one.diagnostics[0]!.related.at(-1)!.path, 'helpers.py');
    assert.equal(one.files, 1);
    assert.match(unblock(root, ['check', 'app/views.py']).out, /\n +app\/helpers\.py:4:5 .*`time\.sleep`/);
    assert.deepEqual(places(report(path.join(root, 'app'), 'helpers.py')), []);
  });

  it('finds the package of a lone file', () => {
    const root = folderWith({ 'app/__init__.py': '', 'app/helpers.py': 'import time\n\ndef rest():\n    time.sleep(1)\n', 'app/views.py': 'from app.helpers import rest\n\nasync def home():\n    rest()\n' });
    assert.deepEqual(places(report(path.join(root, 'app'), 'views.py')), ['views.py:4:5 warning blocking-sleep']);
  });

  it('gives paths relative to the path given, or to the working directory for several', () => {
    const root = folderWith({ 'one/a.py': sleeping, 'two/b.py': sleeping, 'three/c.py': sleeping });
    assert.deepEqual(places(report(path.join(root, 'two'), '../one')), ['a.py:4:5 warning blocking-sleep']);
    assert.deepEqual(places(report(root, 'two', 'one')), ['one/a.py:4:5 warning blocking-sleep', 'two/b.py:4:5 warning blocking-sleep']);
    assert.deepEqual(places(report(path.join(root, 'one'), '../two', 'a.py')), ['a.py:4:5 warning blocking-sleep', '../two/b.py:4:5 warning blocking-sleep']);
    const overlapping = report(root, '.', 'one', 'one/a.py');
    assert.deepEqual([overlapping.diagnostics.length, overlapping.files], [3, 3]);
  });

  it('is the same from any folder', () => {
    const root = folderWith({ 'a.py': sleeping, 'b/c.py': sleeping });
    assert.deepEqual(report('/', root), report(root));
  });

  it('obeys ignore comments and says which are not needed', () => {
    const root = folderWith({
      'a.py': sleeping.replace('(1)', '(1)  # unblock: ignore[blocking-sleep]'),
      'b.py': sleeping.replace('    time', '    # unblock: ignore\n    time'),
      'c.py': `# unblock: ignore-file[blocking-sleep]\n${sleeping}`,
      'd.py': sleeping.replace('(1)', '(1)  # unblock: ignore[redis-keys]'),
      'e.py': 's = "# unblock: ignore-file"\n' + sleeping,
    });
    assert.deepEqual(places(report(root)), ['d.py:4:5 warning blocking-sleep', 'd.py:4:20 hint unused-ignore', 'e.py:5:5 warning blocking-sleep']);
  });

  it('leaves out what is ignored or excluded, unless it is named', () => {
    const root = folderWith({ '.gitignore': 'build/\n', 'build/a.py': sleeping, 'gen/b.py': sleeping, 'old/c.py': sleeping, 'app.py': sleeping, 'unblock.toml': 'exclude = ["old"]\n' });
    assert.deepEqual(places(report(root, '.', '--exclude', 'gen')), ['app.py:4:5 warning blocking-sleep']);
    assert.deepEqual(places(report(root, 'build/a.py')), ['a.py:4:5 warning blocking-sleep']);
    assert.deepEqual(places(report(root, 'old/c.py')), ['c.py:4:5 warning blocking-sleep']);
    assert.deepEqual(places(report(root, 'build')), ['a.py:4:5 warning blocking-sleep']);
  });

  it('reads a file of any name when it is named', () => {
    assert.deepEqual(report(folderWith({ 'notes.txt': 'nothing\n' }), 'notes.txt').files, 1);
  });

  it('limits the size of files', () => {
    const root = folderWith({ 'a.py': `${sleeping}# ${'x'.repeat(3000)}\n` });
    assert.deepEqual(report(root, '--max-file-size', '2').skipped, [{ path: 'a.py', reason: 'larger than 2 KB' }]);
    assert.deepEqual(report(root, '--max-file-size', '4').skipped, []);
  });
});

describe('Configuration', () => {
  const config = '[tool.unblock.rules]\n"blocking-*" = "error"\n[[tool.unblock.overrides]]\nfiles = ["legacy"]\nrules = { blocking-sleep = "off" }\n';
  const files = { 'pyproject.toml': config, 'app/a.py': sleeping, 'legacy/b.py': sleeping };
  const expected = ['a.py:4:5 error blocking-sleep'];

  it('comes from the nearest file above, also above the folder checked', () => {
    const root = folderWith(files);
    assert.deepEqual(places(report(root)), ['app/a.py:4:5 error blocking-sleep']);
    assert.deepEqual(places(report(root, 'app')), expected);
    assert.deepEqual(places(report(root, 'legacy')), []);
    assert.deepEqual(places(report(root, 'app/a.py')), expected);
  });

  it('gives way to `--level` and `--config`', () => {
    const root = folderWith({ ...files, 'other.toml': 'rules = { blocking-sleep = "hint" }\n' });
    assert.deepEqual(places(report(root, '.', '--level', 'blocking-*=info')), ['app/a.py:4:5 info blocking-sleep', 'legacy/b.py:4:5 info blocking-sleep']);
    assert.deepEqual(places(report(root, '.', '--level', 'blocking-*=info', '--level', 'blocking-sleep=off')), []);
    assert.deepEqual(places(report(root, '.', '--config', 'other.toml')), ['app/a.py:4:5 hint blocking-sleep', 'legacy/b.py:4:5 hint blocking-sleep']);
  });

  it('that is broken is a finding, and everything else is still checked', () => {
    const root = folderWith({ 'pyproject.toml': '[tool.unblock]\nrules = {\n', 'api/unblock.toml': '# 😀\nrules = { "blocking-slep" = "off", blocking-sleep = "info" }\n', 'app.py': sleeping, 'api/app.py': sleeping });
    const found = report(root);
    assert.deepEqual(places(found), ['api/app.py:4:5 info blocking-sleep', 'api/unblock.toml:2:11 error invalid-config', 'app.py:4:5 warning blocking-sleep', 'pyproject.toml:2:9 error invalid-config']);
    assert.match(found.diagnostics[1]!.message, /did you mean `blocking-sleep`/);
  });
});

describe('Bad input', () => {
  it('is told with its reason, and the rest is checked', () => {
    const root = folderWith({
      'good.py': sleeping,
      'binary.py': Uint8Array.of(0x4d, 0x5a, 0x00, 0x01, 0x80),
      'latin.py': Uint8Array.of(...Buffer.from('x = "'), 0xe9, 0x22),
      'gbk.py': Uint8Array.of(...Buffer.from(`# coding: gbk\n${sleeping}# `), 0xc4, 0xe3),
      'huge.py': sleeping + '# padding\n'.repeat(500_000),
      'minified.py': `x = "${'a'.repeat(30_000)}"\n`,
      'half.py': `${sleeping}\nasync def more(:\n    time.sl`,
      'wrong.py': `def (:\n]]]\n${sleeping}"""`,
      'wrong.sh': 'if true; then\ngunicorn "app:app\n',
      'Dockerfile': 'FROM\nCMD ["gunicorn", \n',
      'compose.yml': 'services: [\n  a: {\n',
      'empty.py': '',
      'one.py': 'from two import b\n\nasync def a():\n    b()\n',
      'two.py': 'import time\nfrom one import a\n\ndef b():\n    a()\n    b()\n    time.sleep(1)\n',
      'package/__init__.py': 'from . import module\n',
      'package/module.py': 'from . import *\nfrom .module import *\n',
      'folder.py/inside.py': sleeping,
    });
    const links = process.platform !== 'win32';
    if (links) {
      symlinkSync('nowhere.py', path.join(root, 'dangling.py'));
      symlinkSync('..', path.join(root, 'package/up'));
      symlinkSync('self.py', path.join(root, 'self.py'));
    }
    const found = report(root);
    assert.deepEqual(found.skipped, [
      { path: 'binary.py', reason: 'binary' },
      ...(links ? [{ path: 'dangling.py', reason: 'a symbolic link to nothing' }] : []),
      { path: 'huge.py', reason: 'larger than 1 MB' },
      { path: 'latin.py', reason: 'not UTF-8' },
      { path: 'minified.py', reason: 'a line is longer than 20,000 characters' },
      ...(links ? [{ path: 'self.py', reason: 'a symbolic link to itself' }] : []),
    ]);
    assert.equal(found.files, 13);
    const sleeps = found.diagnostics.filter(({ rule }) => rule === 'blocking-sleep').map((one) => `${one.path}:${one.line}`);
    assert.deepEqual(sleeps.filter((place) => !place.startsWith('wrong.py')), ['folder.py/inside.py:4', 'gbk.py:5', 'good.py:4', 'half.py:4', 'one.py:4']);
    const text = unblock(root, ['check']).out;
    assert.match(text, /\nNot checked:\n {2}binary\.py \(binary\)\n/);
    assert.match(text, links ? /\n {2}self\.py \(a symbolic link to itself\)\n\n\d+ findings in 13 files/ : /\n\n\d+ findings in 13 files/);
  });

  it('that may not be read is told', function () {
    // The administrator may read everything, and Windows has no such permissions.
    const folder = folderWith({ 'secret.py': sleeping, 'locked/a.py': sleeping, 'good.py': sleeping });
    chmodSync(path.join(folder, 'secret.py'), 0o000);
    chmodSync(path.join(folder, 'locked'), 0o000);
    const { skipped, diagnostics } = report(folder);
    const denied = process.platform !== 'win32' && process.getuid!() !== 0;
    chmodSync(path.join(folder, 'locked'), 0o755);
    assert.deepEqual(skipped, denied ? [{ path: 'locked', reason: 'no permission' }, { path: 'secret.py', reason: 'no permission' }] : []);
    assert.equal(diagnostics.length, denied ? 1 : 3);
  });

  it('cannot play tricks on the terminal', () => {
    const root = folderWith({ 'app.py': sleeping.replace('time.sleep(1)', 'x = "\u001b[2J\u202e"; time.sleep(1)') });
    assert.doesNotMatch(unblock(root, ['check']).out, /[\u001b\u202e]/);
  });
});

describe('--fix', () => {
  const repaired = 'import asyncio\nimport time\n\nasync def wait():\n    await asyncio.sleep(1)\n';

  it('repairs what is safe, prints it, and leaves the rest', () => {
    const root = folderWith({ 'a.py': sleeping, 'b.py': 'import requests\n\nasync def load(u):\n    return requests.get(u)\n' });
    const before = readFileSync(path.join(root, 'b.py'), 'utf8');
    const { code, out } = unblock(root, ['check', '--fix']);
    assert.equal(code, 1);
    assert.match(out, /^Repaired 1 finding:\n {2}a\.py blocking-sleep .*asyncio\.sleep.*\n\nb\.py:4:12 warning blocking-http /);
    assert.match(out, /\n1 can be repaired only with `--unsafe-fixes`/);
    assert.equal(readFileSync(path.join(root, 'a.py'), 'utf8'), repaired);
    assert.equal(readFileSync(path.join(root, 'b.py'), 'utf8'), before);
    assert.deepEqual(readdirSync(root).sort(), ['a.py', 'b.py']);
    assert.equal(unblock(root, ['check', '--unsafe-fixes']).code, 0);
    assert.match(readFileSync(path.join(root, 'b.py'), 'utf8'), /return await asyncio\.to_thread\(requests\.get, u\)/);
  });

  it('repairs many findings of one file with one import, and is then stable', () => {
    const root = folderWith({ 'a.py': `import time\n\nasync def wait():\n${'    time.sleep(1)\n'.repeat(30)}` });
    const { fixed, diagnostics } = report(root, '.', '--fix');
    assert.deepEqual([fixed!.length, diagnostics.length], [30, 0]);
    const after = readFileSync(path.join(root, 'a.py'), 'utf8');
    assert.equal(after, `import asyncio\nimport time\n\nasync def wait():\n${'    await asyncio.sleep(1)\n'.repeat(30)}`);
    assert.deepEqual(report(root, '.', '--fix').fixed, []);
    assert.equal(readFileSync(path.join(root, 'a.py'), 'utf8'), after);
  });

  it('keeps byte order mark, line breaks, encoding and permissions, and links', () => {
    const windows = sleeping.replaceAll('\n', '\r\n');
    const tail = [...Buffer.from('# '), 0xc4, 0xe3, 0x0a];
    const root = folderWith({ 'bom.py': `\uFEFF${sleeping}`, 'windows.py': windows, 'gbk.py': Uint8Array.of(...Buffer.from(`# coding: gbk\n${sleeping}`), ...tail), 'run.py': sleeping, 'real/code.py': sleeping });
    chmodSync(path.join(root, 'run.py'), 0o755);
    const links = process.platform !== 'win32';
    if (links) {
      mkdirSync(path.join(root, 'linked'));
      symlinkSync('../real/code.py', path.join(root, 'linked/code.py'));
    }
    assert.deepEqual(report(root, '.', '--fix').diagnostics, []);
    const bytes = (file: string): Buffer => readFileSync(path.join(root, file));
    assert.equal(bytes('bom.py').toString(), `\uFEFF${repaired}`);
    assert.equal(bytes('windows.py').toString(), repaired.replaceAll('\n', '\r\n'));
    assert.deepEqual(bytes('gbk.py'), Buffer.from([...Buffer.from(`# coding: gbk\n${repaired}`), ...tail]));
    assert.equal(bytes('real/code.py').toString(), repaired);
    if (!links) return;
    assert.equal(statSync(path.join(root, 'run.py')).mode & 0o777, 0o755);
    const again = path.join(root, 'real/code.py');
    copyFileSync(path.join(folderWith({ 'x.py': sleeping }), 'x.py'), again);
    assert.deepEqual(report(root, 'linked/code.py', '--fix').diagnostics, []);
    assert.equal(readFileSync(again, 'utf8'), repaired);
    assert.ok(lstatSync(path.join(root, 'linked/code.py')).isSymbolicLink());
  });

  it('touches only the files it is given', () => {
    const root = folderWith({ 'pyproject.toml': '', 'a.py': sleeping, 'b.py': sleeping });
    unblock(root, ['check', 'a.py', '--fix']);
    assert.equal(readFileSync(path.join(root, 'a.py'), 'utf8'), repaired);
    assert.equal(readFileSync(path.join(root, 'b.py'), 'utf8'), sleeping);
  });

  it('repairs what comes before a syntax error without making it worse', () => {
    const root = folderWith({ 'a.py': `${sleeping}\ndef broken(:\n` });
    report(root, '.', '--fix');
    assert.equal(readFileSync(path.join(root, 'a.py'), 'utf8'), `${repaired}\ndef broken(:\n`);
  });
});

describe('Output', () => {
  it('arrives whole through a pipe, however long', () => {
    const root = folderWith(Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`m${i}.py`, `import time\n\nasync def wait():\n${'    time.sleep(1)\n'.repeat(100)}`])));
    const run = unblock(root, ['check', '--format', 'json']);
    assert.equal((JSON.parse(run.out) as JsonReport).diagnostics.length, 4000);
    assert.ok(run.out.length > 1 << 20);
    assert.equal(unblock(root, ['check', '--format', 'text']).out.split('blocking-sleep').length - 1, 4000);
  });

  it('may be closed by its reader', async () => {
    const root = folderWith(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`m${i}.py`, `import time\n\nasync def wait():\n${'    time.sleep(1)\n'.repeat(100)}`])));
    const child = spawn(process.execPath, [program, 'check', '--format', 'json'], { cwd: root, env: plain, stdio: ['ignore', 'pipe', 'pipe'] });
    let complaints = '';
    child.stderr.setEncoding('utf8').on('data', (part: string) => { complaints += part; });
    child.stdout.once('data', () => child.stdout.destroy());
    const [code] = await once(child, 'close') as [number];
    assert.deepEqual([code, complaints], [1, '']);
  });

  it('has colours only where they are wanted', () => {
    const root = folderWith({ 'app.py': sleeping });
    const colored = (environment: NodeJS.ProcessEnv, ...args: string[]): boolean => unblock(root, ['check', ...args], environment).out.includes('\u001b[');
    assert.deepEqual([colored({ NO_COLOR: '' }), colored({ NO_COLOR: '', FORCE_COLOR: '1' }), colored({ FORCE_COLOR: '1' }), colored({ NO_COLOR: '', FORCE_COLOR: '1' }, '--no-color')], [false, true, false, false]);
  });

  it('speaks the reader’s language', () => {
    const root = folderWith({ 'app.py': sleeping, 'binary.py': 'x\0' });
    const said = ({ out }: Run): boolean[] => [/1 个文件中有 1 个问题/.test(out), /binary\.py \(二进制文件\)/.test(out)];
    assert.deepEqual(said(unblock(root, ['check'], { LC_ALL: '', LC_MESSAGES: '', LANG: 'zh_CN.UTF-8' })), [true, true]);
    assert.deepEqual(said(unblock(root, ['check', '--lang', 'zh-cn'])), [true, true]);
    assert.deepEqual(said(unblock(root, ['check', '--lang', 'en'], { LC_ALL: 'zh_CN.UTF-8' })), [false, false]);
  });

  it('can be counts alone', () => {
    const root = folderWith({ 'app.py': sleeping.repeat(2) });
    assert.equal(unblock(root, ['check', '--statistics']).out.split('\n')[0], '     2 warning blocking-sleep');
  });

  it('annotates lines on GitHub', () => {
    const root = folderWith({ 'a,b:c%.py': sleeping, 'binary.py': 'x\0' });
    const { out, err } = unblock(root, ['check', '--format', 'github']);
    assert.match(out, /^::warning file=a%2Cb%3Ac%25\.py,line=4,endLine=4,col=5,endColumn=15,title=unblock blocking-sleep::`time\.sleep` [^\n]*\n::notice file=binary\.py,title=unblock%3A not checked::binary\n$/);
    assert.equal(err, '1 finding in 1 file (warning: 1).\n');
  });

  it('has no progress where nobody looks', () => {
    assert.equal(unblock(folderWith({ 'app.py': sleeping }), ['check']).err, '');
  });
});

describe('Help', () => {
  const root = (): string => folderWith({});

  it('teaches: examples, exit codes, configuration, ignore comments', () => {
    for (const args of [['--help'], ['help', 'check'], ['check', '--help']]) {
      const { code, out } = unblock(root(), args);
      assert.equal(code, 0);
      for (const word of ['Examples:', 'Exit codes:', '[tool.unblock]', '# unblock: ignore[', '# noqa']) assert.ok(out.includes(word), `${args.join(' ')} has no ${word}`);
    }
    assert.equal(unblock(root(), []).code, 2);
  });

  it('tells the version', () => {
    const { version } = JSON.parse(readFileSync(path.join(import.meta.dirname, '../package.json'), 'utf8')) as { version: string };
    assert.deepEqual(unblock(root(), ['--version']), { code: 0, out: `${version}\n`, err: '' });
  });

  it('lists the rules', () => {
    const lines = unblock(root(), ['rules']).out.trimEnd().split('\n');
    assert.deepEqual(lines.slice(1).map((line) => line.split(' ')[0]), rules.map(({ id }) => id));
    const { rules: listed } = JSON.parse(unblock(root(), ['rules', '--format', 'json']).out) as { rules: readonly { id: string; level: string; fix: string; summary: string; url: string }[] };
    assert.deepEqual(listed.map(({ id, level, fix, summary }) => ({ id, level, fix, summary })), rules.map(({ id, level, fix, summary }) => ({ id, level, fix, summary })));
  });

  it('explains every rule with its page', () => {
    const { code, out } = unblock(root(), ['explain', 'blocking-sleep']);
    assert.deepEqual([code, out], [0, explain('blocking-sleep', 'en')]);
    for (const { id } of rules) {
      const page = readFileSync(path.join(import.meta.dirname, `../docs/rules/${id}.md`), 'utf8');
      const explained = explain(id, 'en');
      assert.ok(explained.includes(page.trim().split('\n').at(-1)!) && explained.endsWith(`/docs/rules/${id}.md\n`), id);
    }
  });

  it('and everything else needs nothing but `dist`', () => {
    const away = path.join(root(), 'moved');
    cpSync(path.dirname(program), away, { recursive: true, filter: (file) => !/(?:server|extension)\.cjs$/.test(file) });
    const script = path.join(away, 'cli.cjs');
    const project = folderWith({ 'app.py': sleeping });
    assert.equal(unblock(project, ['check'], { NODE_PATH: '' }, script).code, 1);
    assert.equal(unblock(project, ['explain', 'blocking-sleep'], {}, script).out, unblock(project, ['explain', 'blocking-sleep']).out);
  });
});
