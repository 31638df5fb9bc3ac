/** A real Redis server for one test. */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

const cache = path.join(import.meta.dirname, '..', '.cache');

export interface RedisServer {
  /** `redis://127.0.0.1:PORT/0`. */
  readonly address: string;
  /** Sends one command, and gives the reply as Redis writes it. */
  send(...words: readonly string[]): Promise<string>;
  /** How often each command was called since the last `send('CONFIG', 'RESETSTAT')`: `{ keys: 1, scan: 3 }`. */
  calls(): Promise<Readonly<Record<string, number>>>;
  stop(): Promise<void>;
}

/**
 * Starts Redis on a free port of this machine, with nothing in it and nothing kept on disk.
 * It is the one that is installed; else that of the Debian package, unpacked into `.cache` once and without root's rights.
 * @throws when there is none, or it does not start.
 */
export async function startRedis(): Promise<RedisServer> {
  const { command, libraries } = installed() ?? debian();
  const folder = mkdtempSync(path.join(tmpdir(), 'unblock redis '));
  const port = await freePort();
  const child = spawn(command, ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no', '--dir', folder, '--daemonize', 'no'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...(libraries === undefined ? {} : { LD_LIBRARY_PATH: [libraries, process.env['LD_LIBRARY_PATH']].filter(Boolean).join(':') }) },
  });
  const ended = once(child, 'close');
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const printed: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    printed.push(line);
    if (line.includes('Ready to accept connections')) break;
  }
  child.stdout.resume();
  if (!printed.at(-1)?.includes('Ready to accept connections')) {
    await stop();
    throw new Error(`Redis does not start:\n${printed.join('\n')}`);
  }
  const send = (...words: readonly string[]) => reply(port, words);
  return {
    address: `redis://127.0.0.1:${port}/0`,
    send,
    async calls() {
      const statistics = await send('INFO', 'commandstats');
      return Object.fromEntries([...statistics.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)].map((match) => [match[1]!, Number(match[2])]));
    },
    stop,
  };
}

interface Program {
  readonly command: string;
  /** Folder of the shared libraries that came with it. */
  readonly libraries?: string;
}

function installed(): Program | undefined {
  return spawnSync('redis-server', ['--version']).status === 0 ? { command: 'redis-server' } : undefined;
}

function debian(): Program {
  const folder = path.join(cache, 'redis');
  const command = path.join(folder, 'usr/bin/redis-server');
  if (!existsSync(command)) {
    const unfinished = `${folder}.${process.pid}`;
    const archives = path.join(unfinished, 'archives');
    for (const name of ['archives/partial', 'lists/partial']) mkdirSync(path.join(unfinished, name), { recursive: true });
    try {
      // Folders of its own instead of the machine's: so apt needs no rights, and leaves nothing behind.
      const own = ['-o', 'Debug::NoLocking=1', '-o', `Dir::Cache=${unfinished}`, '-o', `Dir::Cache::archives=${archives}`];
      const download = ['install', '--yes', '--download-only', '--no-install-recommends', 'redis-server'];
      if (run('apt-get', [...own, ...download]) !== undefined) {
        own.push('-o', `Dir::State::lists=${path.join(unfinished, 'lists')}`);
        for (const step of [['update'], download]) demand('apt-get', [...own, ...step]);
      }
      for (const name of readdirSync(archives)) if (name.endsWith('.deb')) demand('dpkg-deb', ['--extract', path.join(archives, name), unfinished]);
      for (const name of ['archives', 'lists']) rmSync(path.join(unfinished, name), { recursive: true, force: true });
      renameSync(unfinished, folder);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  const libraries = readdirSync(path.join(folder, 'usr/lib')).map((name) => path.join(folder, 'usr/lib', name)).find((name) => name.includes('linux-gnu'));
  return { command, ...(libraries === undefined ? {} : { libraries }) };
}

/** What went wrong; undefined when nothing did. */
function run(command: string, args: readonly string[]): string | undefined {
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
  return status === 0 ? undefined : `\`${command} ${args.join(' ')}\`: ${error?.message ?? stderr}`;
}

function demand(command: string, args: readonly string[]): void {
  const problem = run(command, args);
  if (problem !== undefined) throw new Error(`The tests need a Redis server: install redis-server, or let apt fetch it.\n${problem}`);
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** One command on a connection of its own: `QUIT` behind it makes the server end the answer. */
async function reply(port: number, words: readonly string[]): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  const encode = (command: readonly string[]) => `*${command.length}\r\n${command.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
  socket.write(encode(words) + encode(['QUIT']));
  let text = '';
  for await (const chunk of socket.setEncoding('utf8')) text += chunk;
  text = text.replace(/\+OK\r\n$/, '');
  if (text.startsWith('-')) throw new Error(text.trim());
  return text;
}
