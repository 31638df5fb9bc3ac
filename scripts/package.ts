/** Makes the extension's package out of a built `dist/`: `npm run package`. */

import { globSync, readFileSync, statSync } from 'node:fs';
import { cp, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createVSIX } from '@vscode/vsce';

const root = path.join(import.meta.dirname, '..');

/** The most bytes a package may have. */
export const mostBytes = 1_500_000;

/** Paths of the files that go into the package, relative to the repository, with `/`: those that `.vscodeignore` names with `!`. */
export function packaged(): readonly string[] {
  const patterns = readFileSync(path.join(root, '.vscodeignore'), 'utf8').split('\n').filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  return globSync(patterns, { cwd: root }).filter((file) => statSync(path.join(root, file)).isFile()).map((file) => file.replaceAll('\\', '/')).sort();
}

/** Writes the package to `file` and returns its size in bytes. `dist/` must be built. */
export async function makePackage(file: string): Promise<number> {
  // Out of a folder that holds these files alone: vsce looks at every file below it, and `.cache` has very many.
  const stage = await mkdtemp(path.join(tmpdir(), 'unblock-package-'));
  try {
    for (const name of [...packaged(), '.vscodeignore']) await cp(path.join(root, name), path.join(stage, name));
    // Links stay as they are: the pages lie in the repository, whichever that is.
    await createVSIX({ cwd: stage, packagePath: file, dependencies: false, rewriteRelativeLinks: false, allowMissingRepository: true });
    return (await stat(file)).size;
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const bytes = await makePackage(path.join(root, 'unblock.vsix'));
  console.log(`unblock.vsix: ${(bytes / 1024).toFixed(0)} KB`);
  if (bytes > mostBytes) {
    console.error(`That is more than ${mostBytes} bytes.`);
    process.exitCode = 1;
  }
}
