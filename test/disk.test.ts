/** Files on disk: which are listed, what they say, and why some cannot be read. */

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { defaultDiskSettings, isWanted, list, read } from '../server/src/host/disk.ts';
import { decode, encode, type Decoded } from '../server/src/host/encoding.ts';
import { render } from '../server/src/messages/index.ts';

let root: string;

function write(file: string, content: string | Uint8Array = ''): void {
  const full = path.join(root, file);
  mkdirSync(path.dirname(full), { recursive: true });
  writeFileSync(full, content);
}

/** Why a file is not read; its text when it is. */
function saying(file: string, limit?: number): string | undefined {
  const result = read(root, file, limit);
  return result && ('text' in result ? result.text : `(${render(result.reason, 'en')})`);
}

beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'unblock-disk-'));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

describe('Listing a folder', () => {
  it('takes what can hold code or launches, by name', () => {
    const wanted = ['app.py', 'bin/run.sh', 'Dockerfile', 'Dockerfile.dev', 'DockerfileCelery', 'api.Dockerfile', 'Containerfile', 'docker-compose.yml', 'k8s/app.yaml', 'Procfile', 'Procfile.dev', 'etc/app.service', 'supervisord.conf',
      'supervisor/conf.d/app.conf', 'deploy/conf.d/web.ini', 'app-supervisor.conf', 'Makefile', 'Makefile.prod', 'rules.mk', 'run.zsh', 'pyproject.toml', 'unblock.toml', '.unblock.toml', 'requirements.txt', 'requirements-dev.txt', 'requirements/base.txt', 'setup.cfg', 'Pipfile', 'uv.lock'];
    const others = ['app.pyi', 'app.pyc', 'README.md', 'notes.txt', 'nginx.conf', 'package.json', 'tests.bats', 'a.toml', 'my-pyproject.toml'];
    for (const file of [...wanted, ...others]) write(file);
    assert.deepEqual(list(root).paths, [...wanted].sort());
    assert.deepEqual([...wanted, ...others].filter(isWanted), wanted);
  });

  it('takes programs without file extension by their first line', () => {
    write('start', '#!/usr/bin/env bash\nexec gunicorn app\n');
    write('serve', '#!/usr/bin/python3 -u\n');
    write('perl', '#!/usr/bin/perl\n');
    write('notes', 'bash\n');
    write('plain', '#!/bin/sh\n');
    write('checked', '#!/bin/sh\n');
    for (const file of ['checked', 'perl', 'notes']) chmodSync(path.join(root, file), 0o755);
    assert.deepEqual(list(root).paths, process.platform === 'win32' ? ['serve', 'start'] : ['checked', 'serve', 'start']);
  });

  it('takes them without the mark of a program where scripts lie', () => {
    for (const file of ['docker/api', 'bin/web', 'celery/start-worker', 'docker-entrypoint', 'docs/plain', 'plain']) write(file, '#!/bin/sh\n');
    write('bin/data', 'no script\n');
    assert.deepEqual(list(root).paths, ['bin/web', 'celery/start-worker', 'docker-entrypoint', 'docker/api']);
  });

  it('leaves out other people’s code and programs’ leavings', () => {
    for (const file of ['.git/hooks/x.py', 'node_modules/a/x.py', '.venv/x.py', 'lib/site-packages/x.py', '__pycache__/x.py', '.tox/x.py', '.mypy_cache/x.py', 'app.egg-info/x.py', 'whatever/pyvenv.cfg', 'whatever/lib/x.py', 'build/x.py', '.github/workflows/ci.yml']) write(file);
    assert.deepEqual(list(root).paths, ['.github/workflows/ci.yml', 'build/x.py']);
  });

  it('obeys .gitignore files, nested ones and those above', () => {
    write('.git/info/exclude', 'private.py\n');
    write('.gitignore', 'build/\n*.gen.py\n!keep.gen.py\n/top.py\n');
    write('a/.gitignore', 'local.py\n!special.gen.py\n');
    for (const file of ['build/x.py', 'x.gen.py', 'keep.gen.py', 'top.py', 'a/top.py', 'a/local.py', 'local.py', 'a/special.gen.py', 'a/b/other.gen.py', 'private.py', 'x.py']) write(file);
    assert.deepEqual(list(root).paths, ['a/special.gen.py', 'a/top.py', 'keep.gen.py', 'local.py', 'x.py']);
    assert.deepEqual(list(path.join(root, 'a')).paths, ['special.gen.py', 'top.py']);
    assert.deepEqual(list(path.join(root, 'build')).paths, ['x.py'], 'a folder that is asked for is not hidden');
    assert.ok(list(root, { ...defaultDiskSettings, useGitignore: false }).paths.includes('build/x.py'));
  });

  it('leaves out what the settings exclude', () => {
    for (const file of ['a/tests/x.py', 'tests/x.py', 'gen/x.py', 'a/gen/x.py', 'a/b_pb2.py', 'app.py']) write(file);
    assert.deepEqual(list(root, { ...defaultDiskSettings, exclude: ['tests', '/gen', '**/*_pb2.py'] }).paths, ['a/gen/x.py', 'app.py']);
  });

  it('stops at the largest number of files, and says so', () => {
    for (const file of ['a.py', 'b.py', 'c.py']) write(file);
    const { paths, cut } = list(root, { ...defaultDiskSettings, maximumFiles: 2 });
    assert.deepEqual([paths.length, cut], [2, true]);
    assert.equal(list(root).cut, false);
  });

  it('follows no links to folders, and reads a file once', function () {
    if (process.platform === 'win32') return;
    write('a/x.py');
    symlinkSync('..', path.join(root, 'a/up'));
    symlinkSync('x.py', path.join(root, 'a/same.py'));
    symlinkSync('nowhere.py', path.join(root, 'dangling.py'));
    symlinkSync('self.py', path.join(root, 'self.py'));
    write('notes.txt');
    symlinkSync('notes.txt', path.join(root, 'linked.py'));
    mkdirSync(path.join(root, 'folder.py'));
    const { paths, unread } = list(root);
    assert.deepEqual(paths, ['a/x.py', 'linked.py']);
    assert.deepEqual(unread.map((one) => `${one.path}: ${render(one.reason, 'en')}`), ['dangling.py: a symbolic link to nothing', 'self.py: a symbolic link to itself']);
  });

  it('never throws', () => {
    assert.deepEqual(list(path.join(root, 'nowhere')).unread.map(({ path }) => path), ['.']);
  });
});

describe('Reading a file', () => {
  it('gives its text without byte order mark', () => {
    write('a.py', 'x = "你好😀"\r\n');
    write('b.py', '\uFEFFx = 1\n');
    write('empty.py');
    assert.deepEqual(['a.py', 'b.py', 'empty.py'].map((file) => saying(file)), ['x = "你好😀"\r\n', 'x = 1\n', '']);
  });

  it('says why it cannot', () => {
    write('binary.py', 'x\0y');
    write('latin.py', Uint8Array.of(0x78, 0xe9));
    write('bytes.py', Uint8Array.of(0x80, 0x00, 0xff));
    write('wide.py', Uint8Array.of(0xff, 0xfe, 0x78, 0x00));
    write('big.py', 'x'.repeat(1024 * 1024 + 1));
    write('long.py', `x = 1\ny = "${'a'.repeat(20_000)}"\n`);
    write('odd.py', '# coding: klingon\n');
    write('wrong.py', Uint8Array.of(...Buffer.from('# coding: gbk\n'), 0x81));
    mkdirSync(path.join(root, 'folder.py'));
    const reasons = Object.fromEntries(['binary', 'latin', 'bytes', 'wide', 'big', 'long', 'odd', 'wrong', 'folder'].map((name) => [name, saying(`${name}.py`)]));
    assert.deepEqual(reasons, {
      binary: '(binary)', latin: '(not UTF-8)', bytes: '(binary)', wide: '(not UTF-8)', big: '(larger than 1 MB)', long: '(a line is longer than 20,000 characters)',
      odd: '(its encoding `klingon` is not known)', wrong: '(not valid gbk, which its first lines declare)', folder: '(a folder, not a file)',
    });
  });

  it('obeys the limit it is given, more generously for lock files', () => {
    write('a.py', 'x'.repeat(3000));
    write('uv.lock', `${'x'.repeat(3000)}\n`);
    assert.equal(saying('a.py', 2048), '(larger than 2 KB)');
    assert.equal(saying('a.py', 3000), 'x'.repeat(3000));
    assert.equal(saying('uv.lock', 2048)?.length, 3001);
  });

  it('takes many lines of any length below the limit', () => {
    const text = `${'y'.repeat(19_999)}\n`.repeat(5);
    write('a.py', text);
    assert.equal(saying('a.py'), text);
  });

  it('says nothing of a file that is gone', () => {
    assert.equal(saying('gone.py'), undefined);
    write('file.py');
    assert.equal(saying('file.py/inside.py'), undefined);
  });

  it('reads the encoding that Python source declares', () => {
    const chinese = Uint8Array.of(...Buffer.from('#!/usr/bin/python\n# -*- coding: GBK -*-\nx = "'), 0xc4, 0xe3, 0xba, 0xc3, ...Buffer.from('"\n'));
    write('gbk.py', chinese);
    write('latin.py', Uint8Array.of(...Buffer.from('# vim: set fileencoding=latin_1 :\nx = "'), 0xe9, ...Buffer.from('"\n')));
    write('shell.sh', chinese);
    assert.equal(saying('gbk.py'), '#!/usr/bin/python\n# -*- coding: GBK -*-\nx = "你好"\n');
    assert.equal(saying('latin.py'), '# vim: set fileencoding=latin_1 :\nx = "é"\n');
    assert.equal(saying('shell.sh'), '#!/usr/bin/python\n# -*- coding: GBK -*-\nx = "你好"\n', 'its first line says it is Python');
    write('real.sh', chinese.slice(18));
    assert.equal(saying('real.sh'), '(not UTF-8)');
    write('third.py', Uint8Array.of(...Buffer.from('x = 1\n# coding: gbk\n'), 0xc4, 0xe3));
    assert.equal(saying('third.py'), '(not UTF-8)', 'a declaration behind code does not count');
  });
});

describe('Writing text back', () => {
  const bytes = (head: string, ...tail: number[]): Uint8Array => Uint8Array.of(...Buffer.from(head), ...tail);

  it('keeps encoding and byte order mark', () => {
    for (const before of [bytes('x = "你好"\n'), bytes('\uFEFFx = 1\n'), bytes('# coding: gbk\nx = "', 0xc4, 0xe3, 0xba, 0xc3, 0x22), bytes('# coding: latin-1\nx = "', 0xe9, 0x22), bytes('# coding: sjis\n', 0x93, 0xfa, 0x96, 0x7b)]) {
      const how = decode(before, true) as Decoded;
      assert.deepEqual(Buffer.from(encode(how.text, before, how)!), Buffer.from(before));
    }
  });

  it('writes what is added in the file’s encoding, or not at all', () => {
    const before = bytes('# coding: gbk\nx = "', 0xc4, 0xe3, 0x22);
    const how = decode(before, true) as Decoded;
    const after = encode(how.text.replace('x', 'import y; 你'), before, how)!;
    assert.equal(new TextDecoder('gbk').decode(after), '# coding: gbk\nimport y; 你 = "你"');
    assert.equal(encode(`${how.text}好`, before, how), undefined);
  });
});
