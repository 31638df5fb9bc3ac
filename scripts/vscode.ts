/** A real VS Code, served by the npm package `code-server`: prepared once, started on a local port, stopped again. */

import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

export const projectFolder = path.dirname(import.meta.dirname);
/** Large things that are worth keeping when `npm ci` empties node_modules. Ignored by git. */
export const cacheFolder = path.join(projectFolder, '.cache');

export interface ServedEditor {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly origin: string;
  /** Resolves when the server process has ended, whoever ended it. */
  readonly ended: Promise<void>;
  /** The address that shows a folder; `payload` is VS Code's own list of start parameters. */
  addressOf(folder: string, payload?: readonly (readonly [string, string])[]): string;
  /** A local path as VS Code names it in payloads. */
  remote(localPath: string): string;
  /** The last lines the server printed, for error messages. */
  output(): string;
  /** Ends the server and its extension hosts; resolves when they are gone. */
  stop(): Promise<void>;
}

export interface EditorOptions {
  /** One port, or a range such as `8080-8099` of which the first free one is taken. Any free port when left out. */
  readonly port?: string;
  /** Where VS Code keeps its data; a fresh folder means a fresh VS Code. */
  readonly dataFolder: string;
  /** Environment of the server and so of the extension host, added to the environment of this process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Lets the opened page run tests (`extensionTestsPath`): without it the page opens, and they never start. */
  readonly forTests?: boolean;
}

/** VS Code 1.139.1. The digest is the one the npm registry names. */
const release = {
  name: 'code-server',
  version: '4.139.1',
  sha512: 'fUYvJVdz4ZoVJfakGiGWXFMpF8K1ObsrpGvX17ZxNpKOzdNHs7lANT670JTr4ZhA8DnWqyvvmFG/d3HV9Yy6ew==',
};

/** Nothing that pops up over the code, and nothing that talks to the network. */
const quietSettings = {
  'chat.commandCenter.enabled': false,
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

/**
 * Fetches the VS Code that the npm package code-server carries, once, and returns its folder.
 * It is not a dependency in package.json: npm 10 would run its install script, which demands one version of Node and a
 * compiler. Here nothing is compiled, and `npm ci` does not throw it away.
 * @throws when this is not Linux, or npm fails.
 */
export async function prepareEditor(): Promise<string> {
  if (process.platform !== 'linux') throw new Error(`VS Code from npm runs on Linux only, and this is ${process.platform}.`);
  const prepared = path.join(cacheFolder, `${release.name}-${release.version}-${process.arch}`);
  if (!existsSync(prepared)) {
    console.error('Fetching VS Code from npm (once, half a minute) ...');
    const unfinished = `${prepared}.${process.pid}`;
    await mkdir(unfinished, { recursive: true });
    try {
      await unpackRelease(unfinished);
      // Not `npm ci`: code-server's lock file lacks optional packages.
      await npm(['install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'], unfinished);
      await rename(unfinished, prepared).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error; // another run was faster: its result serves as well
      });
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
  }
  return prepared;
}

/** Puts VS Code's server, without its dependencies, into a folder. */
async function unpackRelease(folder: string): Promise<void> {
  const archive = `${release.name}-${release.version}.tgz`;
  await npm(['pack', `${release.name}@${release.version}`, '--ignore-scripts', '--pack-destination', folder], folder);
  const digest = createHash('sha512').update(await readFile(path.join(folder, archive))).digest('base64');
  if (digest !== release.sha512) throw new Error(`npm brought another ${archive} than the one expected (sha512 ${digest}).`);
  const { code, output } = await finished(
    spawn('tar', ['-xzf', archive, '--strip-components=3', 'package/lib/vscode'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  if (code !== 0) throw new Error(`tar could not unpack ${archive} (exit ${code}):\n${output}`);
  await rm(path.join(folder, archive));
}

/**
 * Starts VS Code on 127.0.0.1 and returns when it answers.
 * @throws when it cannot be prepared or ends before it answers, for instance because the port is taken.
 */
export async function startEditor(options: EditorOptions): Promise<ServedEditor> {
  const folder = await prepareEditor();
  const machine = path.join(options.dataFolder, 'data', 'Machine');
  await mkdir(machine, { recursive: true });
  await writeFile(path.join(machine, 'settings.json'), JSON.stringify(quietSettings, null, 2));
  const server = spawn(
    process.execPath,
    [
      `--import=${pathToFileURL(path.join(import.meta.dirname, 'guard.ts')).href}`,
      path.join(folder, 'out', 'server-main.js'),
      ...['--host', '127.0.0.1', '--port', options.port ?? '0'],
      ...['--without-connection-token', '--accept-server-license-terms', '--disable-workspace-trust'],
      ...['--telemetry-level', 'off', ...(options.forTests ? ['--enable-smoke-test-driver'] : [])],
      ...['--server-data-dir', options.dataFolder, '--extensions-dir', extensionsFolder(options.dataFolder)],
    ],
    // Its own process group, so that the extension hosts end with it.
    { stdio: ['ignore', 'pipe', 'pipe'], detached: true, env: { ...ownEnvironment(), ...options.environment } },
  );
  const lines: string[] = [];
  const ended = once(server, 'close').then(() => {});
  const kill = (): void => signalGroup(server.pid!, 'SIGKILL');
  process.prependOnceListener('exit', kill); // in its own group, it would outlive this process
  const stop = async (): Promise<void> => {
    await stopGroup(server, ended);
    process.removeListener('exit', kill);
  };
  try {
    const origin = await announcedOrigin(server, lines);
    const authority = origin.slice('http://'.length);
    const remote = (localPath: string): string => `vscode-remote://${authority}${encodeURI(localPath)}`;
    return {
      origin,
      ended,
      remote,
      stop,
      output: () => lines.join('\n'),
      addressOf(shown, payload = []) {
        const query = payload.length === 0 ? '' : `&payload=${encodeURIComponent(JSON.stringify(payload))}`;
        return `${origin}/?folder=${encodeURIComponent(shown).replaceAll('%2F', '/')}${query}`;
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * Installs a packaged extension (a `.vsix` file) for everyone who opens an editor started on the same data folder.
 * @throws with VS Code's own words when it refuses.
 */
export async function installExtension(dataFolder: string, packageFile: string): Promise<void> {
  const folder = await prepareEditor();
  const { code, output } = await finished(
    spawn(
      process.execPath,
      [
        path.join(folder, 'out', 'server-main.js'),
        ...['--accept-server-license-terms', '--telemetry-level', 'off', '--install-extension', packageFile, '--force'],
        ...['--server-data-dir', dataFolder, '--extensions-dir', extensionsFolder(dataFolder)],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], env: ownEnvironment() },
    ),
  );
  if (code !== 0) throw new Error(`VS Code did not install ${packageFile} (exit ${code}):\n${output.slice(-2000)}`);
}

/** Extensions found here are active for everyone who opens the editor. */
function extensionsFolder(dataFolder: string): string {
  return path.join(dataFolder, 'extensions');
}

/** Waits, without a clock of its own, until the server says where it listens: it either does, or ends. */
async function announcedOrigin(server: ChildProcess, lines: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const read = (line: string): void => {
      lines.push(line);
      if (lines.length > 200) lines.shift();
      const port = /^Extension host agent listening on (\d+)/.exec(line)?.[1];
      if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
      if (line.includes('EADDRINUSE')) reject(new Error(`VS Code cannot listen: ${line.trim()}`)); // it says so and goes on running
    };
    createInterface({ input: server.stdout! }).on('line', read);
    createInterface({ input: server.stderr! }).on('line', read);
    server.once('error', reject);
    server.once('close', (code) => reject(new Error(`VS Code ended (exit ${code}) before it answered:\n${lines.slice(-20).join('\n')}`)));
  });
}

async function stopGroup(server: ChildProcess, ended: Promise<void>): Promise<void> {
  if (server.pid === undefined) return;
  signalGroup(server.pid, 'SIGTERM');
  const impatience = setTimeout(() => signalGroup(server.pid!, 'SIGKILL'), 5000);
  await ended;
  clearTimeout(impatience);
  signalGroup(server.pid, 'SIGKILL'); // an extension host that outlived its server
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function npm(command: readonly string[], folder: string): Promise<void> {
  const { code, output } = await finished(
    spawn('npm', [...command, '--loglevel=error'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env: ownEnvironment() }),
  );
  if (code !== 0) throw new Error(`npm ${command[0]} failed (exit ${code}):\n${output.slice(-4000)}`);
}

async function finished(child: ChildProcess): Promise<{ code: number | null; output: string }> {
  let output = '';
  child.stdout?.on('data', (chunk) => (output += chunk));
  child.stderr?.on('data', (chunk) => (output += chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

/** The environment without what npm and a surrounding VS Code leave in it for their children. */
function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(VSCODE_|ELECTRON_|npm_(?!config_(registry|cache|userconfig|.*proxy)$))/i.test(name)),
  );
}
