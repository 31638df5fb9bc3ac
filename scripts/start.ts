/** `npm start [-- FOLDER] [--port PORT]`: the findings of a folder in the terminal, then a VS Code that shows them. */

import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { makePackage } from './package.ts';
import { installExtension, projectFolder, startEditor, type ServedEditor } from './vscode.ts';

/** Tried one after the other unless the caller names a port. */
const usualPorts = '8090-8190';

/** Something the user can put right. */
class Complaint extends Error {}

/**
 * Serves VS Code with the built extension installed, for everyone who opens it.
 * What is written for it is removed when it stops, or this process ends. @throws what `startEditor` throws.
 */
export async function serve(port: string): Promise<ServedEditor> {
  const dataFolder = await mkdtemp(path.join(tmpdir(), 'unblock-start-'));
  const clean = (): void => rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  process.once('exit', clean);
  const packageFile = path.join(dataFolder, 'unblock.vsix');
  await quietly(() => makePackage(packageFile));
  await installExtension(dataFolder, packageFile);
  const editor = await startEditor({ port, dataFolder });
  return {
    ...editor,
    async stop() {
      await editor.stop();
      clean();
    },
  };
}

/** The packager lists its files on the console; what is wanted there is the address. */
async function quietly(work: () => Promise<unknown>): Promise<void> {
  const { log } = console;
  console.log = () => {};
  try {
    await work();
  } finally {
    console.log = log;
  }
}

/** Makes `dist/`. */
export function build(): void {
  if (run([path.join('scripts', 'build.ts')]) !== 0) throw new Complaint('The build failed; its message stands above.');
}

async function start(): Promise<void> {
  const { folder, port } = await readArguments();
  let editor: ServedEditor | undefined;
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (editor === undefined || stopping) process.exit(130); // ends the editor too, if it has begun to start
      stopping = true;
      void editor.stop();
    });
  }
  build();
  console.log(`Findings in ${folder}:\n`);
  if (run([path.join('dist', 'cli.cjs'), 'check', folder]) > 1) throw new Complaint('The check could not run; its message stands above.');
  const withYourOwn = `With a VS Code of your own: code --extensionDevelopmentPath=${quote(projectFolder)} ${quote(folder)}`;
  try {
    console.log('\nStarting VS Code ...');
    editor = await serve(port ?? usualPorts);
  } catch (error) {
    const { message } = error as Error;
    if (port !== undefined && message.includes('EADDRINUSE')) {
      throw new Complaint(`Port ${port} is taken. Name another one, or none: then the first free one of ${usualPorts} is used.`);
    }
    throw new Complaint(`VS Code cannot be served here. ${message}\n${withYourOwn}`);
  }
  console.log(`\nVS Code with Unblock in it, on ${folder}:\n\n  ${editor.addressOf(folder)}\n\nCtrl-C stops it.`);
  await editor.ended;
  await editor.stop();
  if (!stopping) throw new Complaint(`VS Code ended by itself:\n${editor.output()}`);
  console.log('\nStopped.');
}

async function readArguments(): Promise<{ folder: string; port?: string }> {
  const usage = 'Usage: npm start [-- FOLDER] [--port PORT]';
  let parsed;
  try {
    parsed = parseArgs({ options: { port: { type: 'string' } }, allowPositionals: true });
  } catch (error) {
    throw new Complaint(`${(error as Error).message}\n${usage}`);
  }
  const { values: { port }, positionals: [named, ...others] } = parsed;
  if (others.length > 0) throw new Complaint(`One folder at a time, please.\n${usage}`);
  if (port !== undefined && !(/^\d+$/.test(port) && Number(port) > 0 && Number(port) < 65536)) {
    throw new Complaint(`${port} is not a port.\n${usage}`);
  }
  // npm runs scripts in the repository; the user names folders from where they are.
  const folder = named === undefined ? path.join(projectFolder, 'examples') : path.resolve(process.env['INIT_CWD'] ?? process.cwd(), named);
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory()) throw new Complaint(found ? `${folder} is not a folder.` : `There is no folder ${folder}.`);
  return port === undefined ? { folder } : { folder, port };
}

/** Runs one of our programs in the repository, with this terminal; returns its exit code. */
function run(command: readonly string[]): number {
  const { status, signal, error } = spawnSync(process.execPath, command, { cwd: projectFolder, stdio: ['ignore', 'inherit', 'inherit'] });
  if (error) throw error;
  if (signal !== null) process.exit(130); // Ctrl-C reaches it as well
  return status ?? 2;
}

function quote(file: string): string {
  return /^[\w./:\\-]+$/.test(file) ? file : JSON.stringify(file);
}

if (import.meta.main) {
  try {
    await start();
  } catch (error) {
    if (!(error instanceof Complaint)) throw error;
    console.error(`error: ${error.message}`);
    process.exitCode = 2;
  }
}
