/** The bytes of the WebAssembly files: beside the bundle, or in `node_modules` when the sources run directly. */

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Grammars } from '../engine.ts';

const names = { runtime: 'web-tree-sitter', python: 'tree-sitter-python', bash: 'tree-sitter-bash' } as const;

/** Throws when a file is missing: the installation is broken. */
export function readGrammars(): Grammars {
  const here = import.meta.dirname;
  const bundled = existsSync(path.join(here, `${names.runtime}.wasm`));
  const bytes = (name: string): Uint8Array => readFileSync(bundled ? path.join(here, `${name}.wasm`) : path.join(here, '../../../node_modules', name, `${name}.wasm`));
  return { runtime: bytes(names.runtime), python: bytes(names.python), bash: bytes(names.bash) };
}
