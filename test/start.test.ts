/** `npm start` as a process. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

const script = path.join(import.meta.dirname, '..', 'scripts', 'start.ts');

describe('npm start', () => {
  it('prints the findings, serves VS Code on a folder, and stops on Ctrl-C', async function () {
    this.timeout(300_000); // the first time VS Code is fetched
    const folder = await mkdtemp(path.join(tmpdir(), 'unblock start 启动 '));
    await writeFile(path.join(folder, 'home.py'), 'import time\n\n\nasync def home():\n    time.sleep(1)\n');
    const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = once(child, 'close') as Promise<[number | null]>;
    try {
      const lines: string[] = [];
      let address: string | undefined;
      let errors = '';
      child.stderr.on('data', (chunk) => (errors += chunk));
      for await (const line of createInterface({ input: child.stdout })) {
        lines.push(line);
        address ??= /http:\/\/127\.0\.0\.1:\d+\/\?folder=\S+/.exec(line)?.[0];
        if (line.startsWith('Ctrl-C')) child.kill('SIGINT');
        if (address !== undefined && !line.startsWith('Ctrl-C') && line.includes(address)) await answers(address, folder);
      }
      assert.deepEqual(await ended, [0, null], lines.join('\n') + errors);
      assert.ok(lines.some((line) => /home\.py:5:5 warning blocking-sleep/.test(line)), lines.join('\n'));
      assert.ok(address, lines.join('\n'));
      assert.equal(lines.at(-1), 'Stopped.');
      await assert.rejects(status(address), /ECONNREFUSED/);
    } finally {
      child.kill('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    }
  });

  for (const [what, given, message] of [
    ['a folder that is missing', ['no/such/folder'], /There is no folder .*no\/such\/folder/],
    ['a file', [script], /start\.ts is not a folder/],
    ['two folders', ['.', '.'], /One folder/],
    ['a port that is none', ['.', '--port', '99999'], /99999 is not a port/],
    ['an unknown option', ['--prot'], /--prot/],
  ] as const) {
    it(`says what is wrong with ${what}`, () => {
      const { status: code, stderr } = spawnSync(process.execPath, [script, ...given], { encoding: 'utf8' });
      assert.equal(code, 2);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /^ +at /m);
    });
  }
});

/** Its own page is served; what other web pages send is not. */
async function answers(address: string, folder: string): Promise<void> {
  assert.equal(new URL(address).searchParams.get('folder'), folder);
  const socket = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' };
  assert.equal(await status(address), 200);
  assert.equal(await status(address, { ...socket, origin: new URL(address).origin }), 101);
  await assert.rejects(status(address, { ...socket, origin: 'http://elsewhere.example' }), /hang up|ECONNRESET/);
  assert.equal(await status(address, { host: 'elsewhere.example' }), 403);
}

/** The status code of an answer; 101 when it became a WebSocket. */
async function status(address: string, headers: Record<string, string> = {}): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = http.get(address, { headers, agent: false });
    request.once('error', reject);
    request.once('response', (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.once('upgrade', (response, socket) => {
      socket.destroy();
      resolve(response.statusCode);
    });
  });
}
