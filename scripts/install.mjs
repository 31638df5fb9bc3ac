// Installs the dependencies when they are missing or older than the lock file. Plain JavaScript: it runs before they are there.

import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** npm writes this file last. */
const installed = modified('node_modules/.package-lock.json');

if (installed === undefined || installed < modified('package-lock.json')) {
  const npm = process.env.npm_execpath;
  const { status, error } = npm?.endsWith('.js')
    ? spawnSync(process.execPath, [npm, 'ci'], { cwd: root, stdio: 'inherit' })
    : spawnSync('npm', ['ci'], { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  if (error) console.error(`error: npm did not start: ${error.message}`);
  process.exitCode = status ?? 1;
}

function modified(file) {
  return statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs;
}
