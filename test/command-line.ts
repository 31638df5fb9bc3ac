/** Runs the built command line as a process, on folders made for a test. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export const program = path.join(import.meta.dirname, '../dist/cli.cjs');

export interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** English and without colours, whatever the machine says. */
export const plain = { ...process.env, LC_ALL: 'C', NO_COLOR: '1', FORCE_COLOR: '' };

/** Runs `unblock ARGUMENTS` in a folder. */
export function unblock(folder: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}, script = program): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { cwd: folder, encoding: 'utf8', env: { ...plain, ...environment }, maxBuffer: 1 << 28 });
  return { code: status, out: stdout, err: stderr };
}

/** A folder with files, gone after the test. Its name has a space and Chinese in it, as real ones do. */
export function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const top = mkdtempSync(path.join(os.tmpdir(), 'unblock-'));
  made.push(top);
  const root = path.join(top, '项目 one');
  mkdirSync(root);
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), content);
  }
  return root;
}

const made: string[] = [];

export function removeFolders(): void {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** A file with one finding, `blocking-sleep` in line 4. */
export const sleeping = 'import time\n\nasync def wait():\n    time.sleep(1)\n';
