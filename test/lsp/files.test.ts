/** What comes, changes and goes on disk, and in the settings. */

import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import path from 'node:path';
import { able, Client, Folder, held, quiet, sleeping, type Poll } from './client.ts';

describe('The disk', () => {
  let folder: Folder;
  let client: Client;
  let before: Poll;

  const started = async (files: Readonly<Record<string, string | Uint8Array>>, options: object = {}): Promise<void> => {
    folder = await Folder.with(files);
    client = await Client.start({ folders: [folder], ...options });
    before = client.poll();
    await client.idle();
  };

  afterEach(async () => {
    await client.stop();
    await folder.remove();
  });

  /** Files of which the client shows something, after everything that is under way. */
  const shown = async (): Promise<string[]> => {
    await client.idle();
    const now = client.poll([], false);
    await client.idle();
    now.cancel();
    return (await now.answer).items.filter((report) => report.kind === 'full' && report.items.length > 0).map(({ uri }) => decodeURIComponent(uri.slice(folder.uri().length + 1))).sort();
  };

  it('is watched', async () => {
    await started({});
    assert.ok(client.registered.includes('workspace/didChangeWatchedFiles'));
  });

  it('brings files, changes and takes them', async () => {
    await started({ 'a.py': sleeping });
    assert.deepEqual(await shown(), ['a.py']);
    await folder.write('b.py', sleeping);
    client.watched({ uri: folder.uri('b.py'), type: 1 }, { uri: folder.uri('b.py'), type: 2 });
    assert.deepEqual(await shown(), ['a.py', 'b.py']);
    await folder.write('b.py', quiet);
    client.watched({ uri: folder.uri('b.py'), type: 2 });
    assert.deepEqual(await shown(), ['a.py']);
    await folder.delete('a.py');
    client.watched({ uri: folder.uri('a.py'), type: 3 });
    assert.deepEqual(await shown(), []);
  });

  it('clears a deleted file in the client', async () => {
    await started({ 'a.py': sleeping, 'b.py': sleeping });
    await before.answer;
    const poll = client.poll(held(before.reports));
    await folder.delete('a.py');
    client.watched({ uri: folder.uri('a.py'), type: 3 });
    await poll.answer;
    assert.deepEqual(poll.reports, [{ kind: 'full', uri: folder.uri('a.py'), version: null, items: [] }]);
  });

  it('takes a folder with everything in it', async () => {
    await started({ 'app/a.py': sleeping, 'app/deep/b.py': sleeping, 'apple.py': sleeping });
    await folder.delete('app');
    client.watched({ uri: folder.uri('app'), type: 3 });
    assert.deepEqual(await shown(), ['apple.py']);
  });

  it('brings a folder of which only the name is told', async () => {
    await started({ 'a.py': quiet });
    await folder.write('new/deep/b.py', sleeping);
    client.watched({ uri: folder.uri('new'), type: 1 });
    assert.deepEqual(await shown(), ['new/deep/b.py']);
  });

  it('follows a rename', async () => {
    await started({ 'a.py': sleeping });
    await rename(path.join(folder.root, 'a.py'), path.join(folder.root, 'b.py'));
    client.watched({ uri: folder.uri('a.py'), type: 3 }, { uri: folder.uri('b.py'), type: 1 });
    assert.deepEqual(await shown(), ['b.py']);
  });

  it('follows a branch switch, whatever of it is told', async () => {
    const files = Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`m${i}.py`, i % 2 === 0 ? sleeping : quiet]));
    await started(files);
    assert.equal((await shown()).length, 40);
    for (let i = 0; i < 80; i++) await folder.write(`m${i}.py`, i % 2 === 0 ? quiet : sleeping);
    // The last ten events are lost.
    client.watched(...Array.from({ length: 70 }, (_, i) => ({ uri: folder.uri(`m${i}.py`), type: 2 as const })));
    assert.deepEqual(await shown(), Object.keys(files).filter((_, i) => i % 2 === 1).sort());
  });

  it('does not count while a document is open, and does again when it closes', async () => {
    await started({ 'a.py': sleeping });
    client.open(folder.uri('a.py'), quiet);
    assert.deepEqual(await shown(), []);
    await folder.write('a.py', `${sleeping}\n`);
    client.watched({ uri: folder.uri('a.py'), type: 2 });
    assert.deepEqual(await shown(), []);
    client.close(folder.uri('a.py'));
    assert.deepEqual(await shown(), ['a.py']);
  });

  it('leaves out what `.gitignore` and the editor hide, also when it is open', async () => {
    await started({ '.git/HEAD': '', '.gitignore': 'made/\n', 'made/a.py': sleeping, 'hidden/b.py': sleeping, '.venv/pyvenv.cfg': '', '.venv/c.py': sleeping, 'd.py': sleeping }, { settings: { 'files.exclude': { '**/hidden': true, '**/d.py': false } } });
    assert.deepEqual(await shown(), ['d.py']);
    client.open(folder.uri('made/a.py'), sleeping);
    assert.deepEqual(await client.found(folder.uri('made/a.py')), []);
    await folder.write('.gitignore', '');
    client.watched({ uri: folder.uri('.gitignore'), type: 2 });
    assert.deepEqual(await shown(), ['d.py', 'made/a.py']);
  });

  it('is looked at after saving where nobody watches it', async () => {
    const { didChangeWatchedFiles, ...workspace } = able.workspace;
    await started({ 'a.py': quiet }, { capabilities: { ...able, workspace } });
    assert.ok(!client.registered.includes('workspace/didChangeWatchedFiles') && didChangeWatchedFiles);
    client.open(folder.uri('a.py'), quiet);
    await folder.write('b.py', sleeping);
    client.save(folder.uri('a.py'));
    assert.deepEqual(await shown(), ['b.py']);
  });

  it('has files that cannot be read: they are named with the reason, the others are checked', async () => {
    await started({ 'a.py': sleeping, 'latin.py': new Uint8Array([0x23, 0xe9, 0xe8, 0x0a]), 'binary.py': new Uint8Array([0, 1, 2, 0, 255]), 'large.py': '#'.repeat(999).concat('\n').repeat(1100), 'half.py': 'def f(:\n  x = [' });
    assert.deepEqual(await shown(), ['a.py']);
    assert.deepEqual(client.status?.skipped.map((skipped) => skipped.path).sort(), ['binary.py', 'large.py', 'latin.py']);
    assert.match(client.status!.skipped.find((skipped) => skipped.path === 'latin.py')!.reason, /UTF-8/);
    assert.deepEqual(client.status!.findings, { error: 0, warning: 1, info: 0, hint: 0 });
    assert.equal(client.status!.state, 'ready');
    await folder.write('latin.py', sleeping);
    client.watched({ uri: folder.uri('latin.py'), type: 2 });
    assert.deepEqual(await shown(), ['a.py', 'latin.py']);
  });

  it('is read again when asked', async () => {
    await started({ 'a.py': quiet });
    assert.deepEqual(client.capabilities.executeCommandProvider?.commands.includes('unblock.scanWorkspace'), true);
    await folder.write('b.py', sleeping);
    await client.request('workspace/executeCommand', { command: 'unblock.scanWorkspace' });
    assert.deepEqual(await shown(), ['b.py']);
  });
});

describe('Workspace folders', () => {
  it('come and go, and a file belongs to the innermost', async () => {
    const [one, other] = [await Folder.with({ 'a.py': sleeping, 'inner/b.py': sleeping }), await Folder.with({ 'c.py': sleeping })];
    const client = await Client.start({ folders: [one] });
    const first = client.poll();
    await first.answer;
    assert.equal(first.reports.length, 2);
    const second = client.poll(held(first.reports));
    client.notify('workspace/didChangeWorkspaceFolders', { event: { added: [{ uri: other.uri(), name: 'other' }, { uri: one.uri('inner'), name: 'inner' }], removed: [] } });
    await second.answer;
    assert.deepEqual(second.reports.map(({ uri }) => uri), [other.uri('c.py')]);
    const third = client.poll(held([...first.reports, ...second.reports]));
    client.notify('workspace/didChangeWorkspaceFolders', { event: { added: [], removed: [{ uri: other.uri(), name: 'other' }] } });
    await third.answer;
    assert.deepEqual(third.reports, [{ kind: 'full', uri: other.uri('c.py'), version: null, items: [] }]);
    await client.stop();
    await Promise.all([one.remove(), other.remove()]);
  });
});

describe('Settings', () => {
  let folder: Folder;
  let client: Client;

  afterEach(async () => {
    await client.stop();
    await folder.remove();
  });

  const levels = async (name: string): Promise<(number | undefined)[]> => {
    await client.idle();
    return (await client.found(folder.uri(name))).map(({ severity }) => severity);
  };

  const set = (settings: Record<string, unknown>): void => {
    client.settings = settings;
    client.notify('workspace/didChangeConfiguration', { settings: null });
  };

  it('count at once, open documents are asked for again', async () => {
    folder = await Folder.with({ 'a.py': sleeping });
    client = await Client.start({ folders: [folder] });
    client.open(folder.uri('a.py'), sleeping);
    await client.idle();
    assert.deepEqual(await levels('a.py'), [2]);
    const before = client.refreshes;
    set({ unblock: { rules: { 'blocking-sleep': 'error' } } });
    await client.until('a refresh', () => client.refreshes > before);
    assert.deepEqual(await levels('a.py'), [1]);
    set({ unblock: { rules: { 'blocking-sleep': 'off' } } });
    assert.deepEqual(await levels('a.py'), []);
  });

  it('give way to the project’s own, and exclude together with them', async () => {
    folder = await Folder.with({ 'a.py': sleeping, 'x/b.py': sleeping, 'y/c.py': sleeping, 'unblock.toml': 'exclude = ["x"]\n\n[rules]\nblocking-sleep = "error"\n' });
    client = await Client.start({ folders: [folder], settings: { unblock: { rules: { 'blocking-sleep': 'hint' }, exclude: ['y'] } } });
    assert.deepEqual(await levels('a.py'), [1]);
    assert.deepEqual([...await levels('x/b.py'), ...await levels('y/c.py')], []);
    await folder.write('unblock.toml', '');
    client.watched({ uri: folder.uri('unblock.toml'), type: 2 });
    assert.deepEqual([...await levels('a.py'), ...await levels('x/b.py'), ...await levels('y/c.py')], [4, 4]);
  });

  it('may come from a client that cannot be asked', async () => {
    folder = await Folder.with({ 'a.py': sleeping });
    client = await Client.start({ folders: [folder], capabilities: { textDocument: able.textDocument }, initializationOptions: { settings: { rules: { 'blocking-sleep': 'error' } } } });
    assert.deepEqual(await levels('a.py'), [1]);
    client.notify('workspace/didChangeConfiguration', { settings: { unblock: { rules: { 'blocking-sleep': 'info' } } } });
    assert.deepEqual(await levels('a.py'), [3]);
  });

  it('decide which files are reported', async () => {
    folder = await Folder.with({ 'a.py': 'from b import load\n\n\nasync def home():\n    load()\n', 'b.py': 'import time\n\n\ndef load():\n    time.sleep(1)\n', 'c.py': sleeping });
    client = await Client.start({ folders: [folder] });
    const first = client.poll();
    await first.answer;
    assert.deepEqual(first.reports.map(({ uri }) => uri).sort(), [folder.uri('a.py'), folder.uri('c.py')]);
    client.open(folder.uri('a.py'), 'from b import load\n\n\nasync def home():\n    load()\n');
    await client.idle();
    const second = client.poll(held(first.reports));
    set({ unblock: { scan: { mode: 'openFiles' } } });
    await second.answer;
    assert.deepEqual(second.reports, [{ kind: 'full', uri: folder.uri('c.py'), version: null, items: [] }]);
    assert.deepEqual(await levels('a.py'), [2]);
    set({ unblock: { scan: { mode: 'off' } } });
    assert.deepEqual(await levels('a.py'), []);
  });

  it('choose the language, before the editor’s own', async () => {
    folder = await Folder.with({ 'a.py': sleeping });
    client = await Client.start({ folders: [folder], locale: 'zh-cn' });
    client.open(folder.uri('a.py'), sleeping);
    const message = async (): Promise<string> => {
      await client.idle();
      return (await client.found(folder.uri('a.py')))[0]!.message;
    };
    assert.match(await message(), /\p{Script=Han}/u);
    set({ unblock: { locale: 'en' } });
    assert.doesNotMatch(await message(), /\p{Script=Han}/u);
  });

  it('that are wrong in a file are underlined there, and the rest counts', async () => {
    folder = await Folder.with({ 'a.py': sleeping, 'pyproject.toml': '[tool.unblock.rules]\nblocking-slep = "error"\nblocking-sleep = "error"\n' });
    client = await Client.start({ folders: [folder] });
    assert.deepEqual(await levels('a.py'), [1]);
    const [problem] = await client.found(folder.uri('pyproject.toml'));
    assert.deepEqual(problem?.range, { start: { line: 1, character: 0 }, end: { line: 1, character: 13 } });
    assert.match(problem.message, /blocking-sleep/);
  });
});
