/** What the server says of open documents and of the workspace, when asked and when not. */

import assert from 'node:assert/strict';
import { able, brief, Client, Folder, held, quiet, sleeping } from './client.ts';

const helper = 'import time\n\n\ndef load():\n    time.sleep(1)\n';
const caller = 'from helper import load\n\n\nasync def home():\n    load()\n';

describe('Diagnostics of a document', () => {
  let folder: Folder;
  let client: Client;
  let app: string;

  beforeEach(async () => {
    folder = await Folder.with({ 'app.py': sleeping, 'helper.py': helper });
    client = await Client.start({ folders: [folder] });
    app = folder.uri('app.py');
  });

  afterEach(async () => {
    await client.stop();
    await folder.remove();
  });

  it('say what is wrong, why, and where to read more', async () => {
    client.open(app, sleeping);
    const [found, ...others] = await client.found(app);
    assert.deepEqual(others, []);
    assert.equal(brief(found!), 'blocking-sleep 5:5-5:15');
    assert.equal(found!.source, 'Unblock');
    assert.equal(found!.severity, 2);
    assert.equal(found!.codeDescription?.href, 'https://github.com/unblock-lint/unblock/blob/main/docs/rules/blocking-sleep.md');
    assert.match(found!.message, /time\.sleep/);
    assert.doesNotMatch(found!.message, /\n/);
  });

  it('are not sent again while they are the same', async () => {
    client.open(app, sleeping);
    const first = await client.pull(app);
    assert.ok(first.kind === 'full' && first.resultId);
    assert.deepEqual(await client.pull(app, first.resultId), { kind: 'unchanged', resultId: first.resultId });
    client.change(app, { text: `# moved\n${sleeping}` });
    const second = await client.pull(app, first.resultId);
    assert.ok(second.kind === 'full' && second.resultId !== first.resultId);
    assert.deepEqual(second.items.map(brief), ['blocking-sleep 6:5-6:15']);
  });

  it('follow every edit', async () => {
    client.open(app, sleeping);
    await client.pull(app);
    client.change(app, { range: { start: { line: 3, character: 0 }, end: { line: 3, character: 6 } }, text: '' });
    assert.deepEqual(await client.found(app), []);
    client.change(app, { range: { start: { line: 3, character: 0 }, end: { line: 3, character: 0 } }, text: 'async ' }, { range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }, text: '\n\n' });
    assert.deepEqual((await client.found(app)).map(brief), ['blocking-sleep 7:5-7:15']);
  });

  it('stay as they are while something cannot be read, here and in other files', async () => {
    client.open(app, caller);
    client.open(folder.uri('helper.py'), helper);
    await client.idle();
    const first = await client.pull(app);
    assert.ok(first.kind === 'full' && first.resultId);
    assert.deepEqual(first.items.map(brief), ['blocking-sleep 5:5-5:9']);
    // Half a docstring opens above what blocks.
    let [line, character] = [3, 11];
    for (const key of '\n    """It waits.') {
      client.change(folder.uri('helper.py'), { range: { start: { line, character }, end: { line, character } }, text: key });
      [line, character] = key === '\n' ? [line + 1, 0] : [line, character + 1];
      await client.pull(folder.uri('helper.py'));
    }
    await client.idle();
    const second = await client.pull(app);
    assert.ok(second.kind === 'full');
    assert.deepEqual(second.items.map(brief), ['blocking-sleep 5:5-5:9']);
    assert.deepEqual(second.items[0]!.relatedInformation!.map(({ location }) => location.range.start), [{ line: 4, character: 4 }, { line: 5, character: 4 }]);
    client.change(app, { range: { start: { line: 3, character: 0 }, end: { line: 3, character: 0 } }, text: 'names = [\n' });
    assert.deepEqual((await client.found(app)).map(brief), ['blocking-sleep 6:5-6:9']);
  });

  it('count columns as editors do, whatever stands before', async () => {
    const text = 'import time\n\n\nasync def home():\n    标签 = "😀中"; time.sleep(1)\n';
    client.open(app, text);
    const column = text.split('\n')[4]!.indexOf('time') + 1;
    assert.deepEqual((await client.found(app)).map(brief), [`blocking-sleep 5:${column}-5:${column + 10}`]);
  });

  it('show the way through other files, with their names', async () => {
    client.open(app, caller);
    await client.idle();
    const [found] = await client.found(app);
    assert.equal(brief(found!), 'blocking-sleep 5:5-5:9');
    const related = found!.relatedInformation!.find(({ location }) => location.uri === folder.uri('helper.py'));
    assert.deepEqual(related?.location.range, { start: { line: 4, character: 4 }, end: { line: 4, character: 14 } });
    assert.match(related!.message, /helper/);
  });

  it('are asked for again when another file changes what they say', async () => {
    client.open(app, caller);
    client.open(folder.uri('helper.py'), helper);
    await client.idle();
    assert.equal((await client.found(app)).length, 1);
    await client.pull(folder.uri('helper.py'));
    const before = client.refreshes;
    client.change(folder.uri('helper.py'), { text: 'def load():\n    pass\n' });
    await client.pull(folder.uri('helper.py'));
    await client.until('the server asks for a refresh', () => client.refreshes > before);
    assert.deepEqual(await client.found(app), []);
  });

  it('are not asked for again by an edit that concerns only its own file', async () => {
    client.open(app, caller);
    client.open(folder.uri('helper.py'), helper);
    await client.idle();
    await client.pull(app);
    await client.pull(folder.uri('helper.py'));
    const before = client.refreshes;
    client.change(folder.uri('helper.py'), { text: `${helper}\n\nx = 1\n` });
    await client.pull(folder.uri('helper.py'));
    await client.idle();
    assert.equal(client.refreshes, before);
  });

  it('are there for documents that have no file, and for files outside every folder', async () => {
    client.open('untitled:Untitled-1', sleeping);
    assert.deepEqual((await client.found('untitled:Untitled-1')).map(brief), ['blocking-sleep 5:5-5:15']);
    const outside = await Folder.with({});
    client.open(outside.uri('alone.py'), sleeping);
    assert.deepEqual((await client.found(outside.uri('alone.py'))).map(brief), ['blocking-sleep 5:5-5:15']);
    await outside.remove();
  });

  it('are not there for other people’s code and for what is not a file', async () => {
    for (const uri of ['file:///usr/lib/python3.12/asyncio/base.py', 'file:///x/.venv/lib/python3.12/site-packages/a/b.py', 'git:/x/app.py']) {
      client.open(uri, sleeping);
      assert.deepEqual(await client.found(uri), [], uri);
    }
  });

  it('stop at two hundred, and say so', async () => {
    const text = `import time\n\n\nasync def home():\n${'    time.sleep(1)\n'.repeat(230)}`;
    client.open(app, text);
    const found = await client.found(app);
    assert.equal(found.length, 201);
    assert.match(found.at(-1)!.message, /^30 more findings/);
  });

  it('are empty, and no error, for a document nobody opened', async () => {
    assert.deepEqual(await client.found(folder.uri('missing.py')), []);
    assert.deepEqual(await client.found('nonsense'), []);
  });
});

describe('Diagnostics of the workspace', () => {
  let folder: Folder;
  let client: Client;

  beforeEach(async () => {
    folder = await Folder.with({ 'app.py': sleeping, 'views/home page.py': sleeping, 'quiet.py': quiet, '异步/a:b.py': sleeping });
    client = await Client.start({ folders: [folder] });
  });

  afterEach(async () => {
    await client.stop();
    await folder.remove();
  });

  const uris = (reports: readonly { uri: string }[]): string[] => reports.map(({ uri }) => uri).sort();

  it('are streamed, each file once, those without findings not at all', async () => {
    const poll = client.poll();
    const answer = await poll.answer;
    assert.deepEqual(answer.items, []);
    assert.deepEqual(uris(poll.reports), uris(['app.py', 'views/home page.py', '异步/a:b.py'].map((name) => ({ uri: folder.uri(name) }))));
  });

  it('come in the answer where the client does not take them in parts', async () => {
    const { items } = await client.poll([], false).answer;
    assert.equal(items.length, 3);
  });

  it('are answered only when something differs', async () => {
    const first = client.poll();
    await first.answer;
    const second = client.poll(held(first.reports));
    await client.idle();
    client.open(folder.uri('quiet.py'), quiet);
    await client.idle();
    assert.equal(second.answered, false);
    client.change(folder.uri('quiet.py'), { text: sleeping });
    await second.answer;
    assert.deepEqual(uris(second.reports), [folder.uri('quiet.py')]);
  });

  it('are taken back where the findings are gone', async () => {
    const first = client.poll();
    await first.answer;
    const second = client.poll(held(first.reports));
    client.open(folder.uri('app.py'), quiet);
    await second.answer;
    assert.deepEqual(second.reports.map(({ uri, kind, ...rest }) => [uri, kind, 'items' in rest && rest.items]), [[folder.uri('app.py'), 'full', []]]);
  });

  it('are taken back after a document was closed without saving, though its squiggles were its own answer’s', async () => {
    const uri = folder.uri('quiet.py');
    const first = client.poll();
    await first.answer;
    client.open(uri, sleeping);
    assert.equal((await client.found(uri)).length, 1);
    await client.idle();
    client.close(uri);
    // The editor asks a last time, forgets the answer, and no longer says what it holds of this file.
    assert.deepEqual(await client.found(uri), []);
    const second = client.poll(held(first.reports));
    await second.answer;
    assert.deepEqual(second.reports.map((report) => [report.uri, 'items' in report && report.items]), [[uri, []]]);
  });

  it('end with an empty answer when the question is withdrawn, and go on with the next', async () => {
    const first = client.poll();
    await first.answer;
    const second = client.poll(held(first.reports));
    await client.idle();
    second.cancel();
    assert.deepEqual(await second.answer, { items: [] });
    const third = client.poll(held(first.reports));
    client.open(folder.uri('quiet.py'), sleeping);
    await third.answer;
    assert.deepEqual(uris(third.reports), [folder.uri('quiet.py')]);
  });

  it('are answered at shutdown', async () => {
    const first = client.poll();
    await first.answer;
    const second = client.poll(held(first.reports));
    await client.request('shutdown', undefined);
    assert.deepEqual(await second.answer, { items: [] });
  });

  it('use the client’s spelling of an address, and know it again', async () => {
    const spelled = folder.uri('app.py').replace('/app.py', '/%61pp.py');
    const first = client.poll();
    await first.answer;
    const id = first.reports.find(({ uri }) => uri === folder.uri('app.py'))!.resultId!;
    const second = client.poll([...held(first.reports).filter(({ uri }) => uri !== folder.uri('app.py')), { uri: spelled, value: id }]);
    await client.idle();
    assert.equal(second.answered, false);
    await folder.delete('app.py');
    client.watched({ uri: folder.uri('app.py'), type: 3 });
    await second.answer;
    assert.deepEqual(second.reports.map((report) => [report.uri, 'items' in report && report.items]), [[spelled, []]]);
  });
});

describe('Diagnostics for a client that does not ask', () => {
  it('are sent, corrected and taken back', async () => {
    const folder = await Folder.with({ 'app.py': sleeping, 'other.py': caller, 'helper.py': helper });
    const client = await Client.start({ folders: [folder], capabilities: { workspace: able.workspace } });
    assert.equal(client.capabilities.diagnosticProvider, undefined);
    const rules = (name: string): string | undefined => client.published.get(folder.uri(name))?.map(({ code }) => code).join();
    await client.until('all files are reported', () => rules('app.py') === 'blocking-sleep' && rules('other.py') === 'blocking-sleep');
    const [found] = client.published.get(folder.uri('other.py'))!;
    assert.equal(found!.relatedInformation, undefined);
    assert.match(found!.message, /\n.*helper/);
    client.open(folder.uri('app.py'), quiet);
    await client.until('the repaired file is clean', () => rules('app.py') === '');
    client.close(folder.uri('app.py'));
    await client.until('the disk counts again', () => rules('app.py') === 'blocking-sleep');
    await folder.delete('helper.py');
    client.watched({ uri: folder.uri('helper.py'), type: 3 });
    await client.until('the chain is gone', () => rules('other.py') === '');
    client.open('untitled:Untitled-1', sleeping);
    await client.until('the untitled document is reported', () => client.published.get('untitled:Untitled-1')?.length === 1);
    client.close('untitled:Untitled-1');
    await client.until('it is gone', () => client.published.get('untitled:Untitled-1')?.length === 0);
    await client.stop();
    await folder.remove();
  });

  it('are not sent to one that asks', async () => {
    const folder = await Folder.with({ 'app.py': sleeping });
    const client = await Client.start({ folders: [folder] });
    await client.poll().answer;
    await client.idle();
    assert.equal(client.published.size, 0);
    await client.stop();
    await folder.remove();
  });
});
