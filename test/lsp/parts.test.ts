/** Parts of the server that no editor shows directly. */

import assert from 'node:assert/strict';
import { CancellationToken, type Connection } from 'vscode-languageserver';
import { Engine } from '../../server/src/engine.ts';
import type { Files } from '../../server/src/host/files.ts';
import { readGrammars } from '../../server/src/host/grammars.ts';
import { keyOf, pathBelow, uriBelow } from '../../server/src/lsp/addresses.ts';
import { Folder } from '../../server/src/lsp/folder.ts';
import { ScanProgress } from '../../server/src/lsp/progress.ts';
import { readSettings } from '../../server/src/lsp/settings.ts';
import { sleeping } from './client.ts';

describe('Addresses', () => {
  it('are one, however they are spelled', () => {
    assert.equal(keyOf('file:///c%3A/My%20Proj/'), keyOf('file:///C:/My Proj'));
    assert.equal(keyOf('file:///a/%E6%9C%8D/b.py'), keyOf('file:///a/服/b.py'));
    assert.notEqual(keyOf('file:///a/B.py'), keyOf('file:///a/b.py'));
  });

  it('lie below a folder, or not', () => {
    assert.equal(pathBelow(keyOf('file:///a'), keyOf('file:///a/b/c.py')), 'b/c.py');
    assert.equal(pathBelow(keyOf('file:///a'), keyOf('file:///ab/c.py')), undefined);
    assert.equal(pathBelow(keyOf('file:///'), keyOf('file:///ab/c.py')), 'ab/c.py');
  });

  it('are written as the folder’s is', () => {
    assert.equal(uriBelow('file:///c%3A/x/', 'a b/服#.py'), 'file:///c%3A/x/a%20b/%E6%9C%8D%23.py');
  });
});

describe('Progress of a scan', () => {
  it('begins late, only grows, and ends', async () => {
    const said: unknown[] = [];
    let begun!: () => void;
    const beginning = new Promise<void>((resolve) => void (begun = resolve));
    const reporter = {
      token: CancellationToken.None,
      begin: (title: string, percentage: number, _message: unknown, cancellable: boolean) => {
        said.push([title, percentage, cancellable]);
        begun();
      },
      report: (percentage: number) => void said.push(percentage),
      done: () => void said.push('done'),
    };
    const connection = { window: { createWorkDoneProgress: async () => reporter } } as unknown as Connection;
    const progress = new ScanProgress(connection, true, 'en', undefined);
    const [one, other] = [progress.part(), progress.part()];
    await beginning;
    one.report(5, 10);
    other.report(0, 10);
    other.report(6, 10);
    progress.done();
    assert.deepEqual(said, [['Unblock: reading files', 0, true], 50, 55, 'done']);
  });
});

describe('A scan', () => {
  const files = (texts: Readonly<Record<string, string>>): Files => ({
    list: () => ({ paths: Object.keys(texts), unread: [], cut: false }),
    read: (_root, path) => (texts[path] === undefined ? undefined : { path, text: texts[path] }),
    isWanted: () => true,
    isTooWide: (root) => root === '/',
  });
  const folderOf = async (texts: Readonly<Record<string, string>>, uri = 'file:///project'): Promise<Folder> => new Folder(uri, await Engine.create(readGrammars()), readSettings(undefined), files(texts), false, () => true);

  it('that is cancelled stops, and the status says that findings may be missing', async () => {
    const folder = await folderOf(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`m${i}.py`, sleeping])));
    let seen = 0;
    await folder.scan({ report: (done) => void (seen = done), cancelled: () => seen >= 32 });
    assert.equal(folder.count(), 32);
    assert.deepEqual(folder.problems.map(({ key }) => key), ['editor.cancelled']);
  });

  it('of everything there is does not begin', async () => {
    const folder = await folderOf({ 'a.py': sleeping }, 'file:///');
    await folder.scan({ report: () => {}, cancelled: () => false });
    assert.equal(folder.count(), 0);
    assert.deepEqual(folder.problems.map(({ key }) => key), ['editor.tooWide']);
  });

  it('reads what changed, what is new, and nothing else', async () => {
    const texts: Record<string, string> = { 'a.py': '', 'b.py': '' };
    const folder = await folderOf(texts);
    const scan = { report: () => {}, cancelled: () => false };
    await folder.scan(scan);
    Object.assign(texts, { 'a.py': 'a = 1', 'b.py': 'b = 1', 'c.py': 'c = 1' });
    await folder.scan(scan, new Set(['b.py']));
    assert.deepEqual(['a.py', 'b.py', 'c.py'].map((path) => folder.facts(path)?.text), ['', 'b = 1', 'c = 1']);
    delete texts['a.py'];
    await folder.scan(scan, new Set());
    assert.equal(folder.facts('a.py'), undefined);
  });
});

describe('Settings of the editor', () => {
  it('count as not set where they have the wrong type', () => {
    const { config, ...others } = readSettings({ rules: { a: 'error', b: 7, c: 'loud' }, options: { a: { x: 1, y: {}, z: ['q'] }, b: 3 }, exclude: ['x', 1], scan: { mode: 'sometimes', maxFileSizeKB: -1, maxFiles: '9' }, run: 7, locale: 'auto' }, { '**/x': true, '**/y': false, '**/z': { when: '$(basename).ts' } });
    assert.deepEqual(config, { levels: { a: 'error' }, options: { a: { x: 1, z: ['q'] }, b: {} }, overrides: [], exclude: ['x'] });
    assert.deepEqual(others, { scan: 'workspace', run: 'onType', maxFileBytes: 1024 * 1024, maxFiles: 20_000, hidden: ['**/x'] });
    assert.deepEqual(readSettings('nonsense'), readSettings(undefined));
  });
});
