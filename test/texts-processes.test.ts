/** Files that change behind the back of the command line and of the language server, as processes. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { folderWith, removeFolders, sleeping, unblock } from './command-line.ts';
import { brief, Client, Folder } from './lsp/client.ts';

const serial = 'import httpx\n\n\nasync def load(ids):\n    async with httpx.AsyncClient() as client:\n        pages = []\n        for id in ids:\n            pages.append(await client.get(f"https://x/{id}"))\n        return pages\n';
const lower = `# One line more.\n${serial}`;

describe('A file that changes while the command line checks', () => {
  afterEach(removeFolders);

  /** Runs a check in which `then` is done with `load.py` each time it has been read; what it reports, and what a second check does. */
  const check = (then: string, ...args: readonly string[]): { readonly one: Report; readonly other: Report; readonly folder: string } => {
    const folder = folderWith({ 'load.py': serial, 'wait.py': sleeping });
    const hook = path.join(path.dirname(folder), 'hook.cjs');
    writeFileSync(hook, `
      const fs = require('node:fs');
      const read = fs.readFileSync;
      let times = 0;
      fs.readFileSync = (file, ...more) => {
        const content = read(file, ...more);
        if (String(file).endsWith('load.py')) { times++; ${then} }
        return content;
      };`);
    const report = (environment: NodeJS.ProcessEnv): Report => {
      const { out, err } = unblock(folder, ['check', '.', '--format', 'json', ...args], environment);
      assert.equal(err, '');
      return JSON.parse(out) as Report;
    };
    return { one: report({ NODE_OPTIONS: `--require ${JSON.stringify(hook)}` }), other: report({}), folder };
  };

  it('is read again', () => {
    const { one, other } = check(`if (times === 1) fs.writeFileSync(file, ${JSON.stringify(lower)});`);
    assert.deepEqual(one, other);
    assert.deepEqual(places(one), ['load.py:6 client-per-request', 'load.py:9 serial-await', 'wait.py:4 blocking-sleep']);
  });

  it('counts no more when it is gone', () => {
    const { one, other } = check('if (times === 1) fs.unlinkSync(file);');
    assert.deepEqual(one.diagnostics, other.diagnostics);
    assert.deepEqual(places(one), ['wait.py:4 blocking-sleep']);
  });

  it('is reported as skipped when it never stops', () => {
    const { one } = check('fs.writeFileSync(file, `# ${times}\\n${content}`);');
    assert.deepEqual(places(one), ['wait.py:4 blocking-sleep']);
    assert.deepEqual(one.skipped.map(({ path: file, reason }) => `${file}: ${reason}`), ['load.py: it changes while it is checked']);
  });

  it('is not repaired as it was', () => {
    const { one, other } = check(`if (times === 1) fs.writeFileSync(file, ${JSON.stringify(lower)});`, '--fix', '--unsafe-fixes');
    assert.deepEqual(places(other), ['load.py:8 client-per-request']);
    assert.deepEqual(one.diagnostics, other.diagnostics);
  });
});

interface Report {
  readonly diagnostics: readonly { readonly path: string; readonly line: number; readonly rule: string }[];
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

const places = ({ diagnostics }: Report): readonly string[] => diagnostics.map(({ path: file, line, rule }) => `${file}:${line} ${rule}`);

describe('A file that changes without a word to the language server', () => {
  let folder: Folder;
  let client: Client;

  beforeEach(async () => {
    // Texts asked for last stay in memory for a while: long ones take their place.
    const long = `"""${`${'x'.repeat(99)}\n`.repeat(7000)}"""\n${serial}`;
    folder = await Folder.with({ 'load.py': serial, 'wait.py': sleeping, 'x/long.py': long, 'x/longer.py': long });
    client = await Client.start({ folders: [folder] });
    await client.idle();
  });

  afterEach(async () => {
    await client.stop();
    await folder.remove();
  });

  /** What is shown of the first files after rules have asked for all texts again. */
  const shown = async (): Promise<readonly string[]> => {
    client.settings = { unblock: { rules: { 'redis-keys': 'off' } } };
    client.notify('workspace/didChangeConfiguration', { settings: null });
    await client.idle();
    const poll = client.poll([], false);
    await client.idle();
    poll.cancel();
    return (await poll.answer).items.flatMap((one) => (one.kind === 'full' && !one.uri.includes('/x/') ? one.items.map((item) => `${path.basename(one.uri)} ${brief(item)}`) : [])).sort();
  };

  it('is read again when somebody asks for its text', async () => {
    await folder.write('load.py', lower);
    assert.deepEqual(await shown(), ['load.py client-per-request 6:16-6:33', 'load.py serial-await 9:32-9:42', 'wait.py blocking-sleep 4:5-4:15']);
  });

  it('goes when it is gone', async () => {
    await folder.delete('load.py');
    assert.deepEqual(await shown(), ['wait.py blocking-sleep 4:5-4:15']);
  });

  it('stays as it was when it says the same', async () => {
    await folder.write('load.py', serial);
    assert.equal((await shown()).length, 3);
  });
});
