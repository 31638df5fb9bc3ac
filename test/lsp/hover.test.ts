/** What is shown where the pointer rests: why something was found, and where a function runs. */

import assert from 'node:assert/strict';
import { able, Client, Folder } from './client.ts';

const helpers = 'import time\n\n\ndef load():\n    time.sleep(1)\n\n\ndef save():\n    pass\n';
const app = 'import asyncio\n\nfrom helpers import load, save\n\n\nasync def home():\n    load()\n    await asyncio.to_thread(save)\n    save()\n';

describe('Hover', () => {
  let folder: Folder;
  let client: Client;

  const started = async (options: object = {}): Promise<void> => {
    folder = await Folder.with({ 'lib/helpers.py': helpers, 'lib/app.py': app });
    client = await Client.start({ folders: [folder], ...options });
    client.open(folder.uri('lib/app.py'), app);
    client.open(folder.uri('lib/helpers.py'), helpers);
    await client.idle();
  };

  afterEach(async () => {
    await client.stop();
    await folder.remove();
  });

  /** What is shown on the first `target` of a file, at its first character. */
  const shown = async (name: string, text: string, target: string): Promise<{ kind: string; value: string; under: string } | undefined> => {
    const before = text.slice(0, text.indexOf(target)).split('\n');
    const hover = await client.hover(folder.uri(name), before.length - 1, before.at(-1)!.length);
    if (!hover) return undefined;
    assert.ok(typeof hover.contents === 'object' && 'kind' in hover.contents && hover.range);
    return { ...hover.contents, under: text.split('\n')[hover.range.start.line]!.slice(hover.range.start.character, hover.range.end.character) };
  };
  const link = (name: string, line: number, column: number): string => `[${name}:${line}](${folder.uri(name)}#L${line},${column})`;

  it('tells where a function runs, with a link to what says so', async () => {
    await started();
    assert.deepEqual(await shown('lib/app.py', app, 'home'), { kind: 'markdown', value: `\`home\` runs on the event loop: it is a coroutine, ${link('lib/app.py', 6, 1)}`, under: 'home' });
    assert.deepEqual(await shown('lib/helpers.py', helpers, 'load'), { kind: 'markdown', value: `\`load\` runs on the event loop: \`home\` calls it, ${link('lib/app.py', 7, 5)}`, under: 'load' });
  });

  it('tells of every kind of place, on a call as well', async () => {
    await started();
    const value = `\`save\` runs on the event loop: \`home\` calls it, ${link('lib/app.py', 9, 5)}  \n\`save\` runs off the event loop: it is handed over, ${link('lib/app.py', 8, 11)}`;
    assert.deepEqual(await shown('lib/app.py', app, 'save()'), { kind: 'markdown', value, under: 'save' });
    assert.deepEqual(await shown('lib/helpers.py', helpers, 'save'), { kind: 'markdown', value, under: 'save' });
  });

  it('tells on a finding why, and the way there in the order of calls', async () => {
    await started();
    const { value, under } = (await shown('lib/app.py', app, 'load()'))!;
    assert.equal(under, 'load');
    assert.ok(value.includes(`1. 1/2 \`load\` is called here — lib.app — [app.py:7](${folder.uri('lib/app.py')}#L7,5)\n2. 2/2 \`time.sleep\` blocks here — lib.helpers — [helpers.py:5](${folder.uri('lib/helpers.py')}#L5,5)`), value);
    assert.ok(value.includes('docs/rules/blocking-sleep.md'));
    assert.ok(value.endsWith(`\`load\` runs on the event loop: \`home\` calls it, ${link('lib/app.py', 7, 5)}`), value);
  });

  it('speaks Chinese', async () => {
    await started({ locale: 'zh-cn' });
    assert.equal((await shown('lib/app.py', app, 'home'))!.value, `\`home\` 在事件循环上运行：它是协程，${link('lib/app.py', 6, 1)}`);
    assert.equal((await shown('lib/helpers.py', helpers, 'save'))!.value.split('\n')[1], `\`save\` 不在事件循环上运行：它被交给别处执行，${link('lib/app.py', 8, 11)}`);
  });

  it('is plain text where the editor shows no Markdown', async () => {
    await started({ capabilities: { ...able, textDocument: { ...able.textDocument, hover: { contentFormat: ['plaintext'] } } } });
    assert.deepEqual(await shown('lib/app.py', app, 'home'), { kind: 'plaintext', value: `home runs on the event loop: it is a coroutine, lib/app.py:6 ${folder.uri('lib/app.py')}#L6,1`, under: 'home' });
  });

  it('is silent elsewhere, and follows what is typed', async () => {
    await started();
    assert.equal(await shown('lib/app.py', app, 'import asyncio'), undefined);
    client.change(folder.uri('lib/app.py'), { text: quietApp });
    assert.equal(await shown('lib/helpers.py', helpers, 'load'), undefined);
  });
});

const quietApp = 'async def home():\n    pass\n';
