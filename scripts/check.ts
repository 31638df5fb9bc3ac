/** Types, and whether everything generated is up to date: `node scripts/check.ts`. */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { generated } from './generate.ts';

const root = path.join(import.meta.dirname, '..');
const types = spawnSync('tsc', ['-p', '.'], { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
if (types.error) console.error(`tsc did not start (${types.error.message}); run this with \`npm run check\`.`);
const stale: string[] = [];
for (const [file, text] of await generated(root)) {
  const target = path.join(root, file);
  if (!existsSync(target) || (await readFile(target, 'utf8')) !== text) stale.push(file);
}
if (stale.length > 0) console.error(`Out of date: ${stale.join(', ')}. Run \`npm run generate\`.`);
process.exitCode = types.status === 0 && stale.length === 0 ? 0 : 1;
