/** Makes the extension's package out of a built `dist/`: `npm run package`. */

import { stat } from 'node:fs/promises';
import path from 'node:path';
import { createVSIX, listFiles, PackageManager } from '@vscode/vsce';

const root = path.join(import.meta.dirname, '..');

/** The most bytes a package may have. */
export const mostBytes = 1_500_000;

/** Paths of the files that go into the package, relative to the repository. */
export function packaged(): Promise<readonly string[]> {
  return listFiles({ cwd: root, packageManager: PackageManager.None });
}

/** Writes the package to `file` and returns its size in bytes. `dist/` must be built. */
export async function makePackage(file: string): Promise<number> {
  // Bundled: node_modules stays out. Links stay as they are: the pages lie in the repository, whichever that is.
  await createVSIX({ cwd: root, packagePath: file, dependencies: false, rewriteRelativeLinks: false, allowMissingRepository: true, skipLicense: false });
  return (await stat(file)).size;
}

if (import.meta.main) {
  const bytes = await makePackage(path.join(root, 'unblock.vsix'));
  console.log(`unblock.vsix: ${(bytes / 1024).toFixed(0)} KB`);
  if (bytes > mostBytes) {
    console.error(`That is more than ${mostBytes} bytes.`);
    process.exitCode = 1;
  }
}
