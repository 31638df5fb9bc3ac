/** A real Python with the packages of `requirements.txt`, made once; and programs run with it. */

import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const windows = process.platform === 'win32';
const requirements = path.join(import.meta.dirname, 'requirements.txt');
const folder = path.join(import.meta.dirname, '..', '.cache', 'python');
const environment = { ...process.env, PYTHONUTF8: '1', PYTHONDONTWRITEBYTECODE: '1', PIP_DISABLE_PIP_VERSION_CHECK: '1' };

/**
 * The interpreter of a virtual environment that has what `requirements.txt` names. Made on first use, half a minute long;
 * brought up to date when that file has changed.
 * @throws with the output of `venv` or `pip` when one fails.
 */
export function pythonEnvironment(): string {
  const python = path.join(folder, windows ? 'Scripts/python.exe' : 'bin/python');
  const stamp = path.join(folder, 'requirements.txt');
  const wanted = readFileSync(requirements, 'utf8');
  if (existsSync(python) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return python;
  if (!existsSync(python)) {
    mkdirSync(path.dirname(folder), { recursive: true });
    finish(windows ? 'python' : 'python3', ['-m', 'venv', folder]);
  }
  finish(python, ['-m', 'pip', 'install', '--quiet', '--requirement', requirements]);
  writeFileSync(stamp, wanted);
  return python;
}

function finish(command: string, args: readonly string[]): void {
  const { status, error, stdout, stderr } = spawnSync(command, args, { env: environment, encoding: 'utf8' });
  if (status !== 0) throw new Error(`\`${command} ${args.join(' ')}\` failed: ${error?.message ?? ''}\n${stdout}\n${stderr}`);
}

/**
 * Writes `files` into a folder of their own, runs `main.py` there, and gives what it printed.
 * `variables` are added to its environment.
 * @throws with what it wrote to the error stream when it does not end well within a minute.
 */
export async function runPython(files: Readonly<Record<string, string>>, variables: Readonly<Record<string, string>> = {}): Promise<string> {
  const place = mkdtempSync(path.join(tmpdir(), 'unblock python '));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(place, name)), { recursive: true });
      writeFileSync(path.join(place, name), text);
    }
    return await new Promise((resolve, reject) => {
      execFile(pythonEnvironment(), ['main.py'], { cwd: place, env: { ...environment, ...variables }, timeout: 60_000 }, (error, stdout, stderr) => {
        if (error) reject(new Error(`${error.message}\n${stdout}\n${stderr}`));
        else resolve(stdout);
      });
    });
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}
