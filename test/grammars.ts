/** The grammars, for tests that make an engine. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Grammars } from '../server/src/engine.ts';

const require = createRequire(import.meta.url);
const bytes = (file: string): Uint8Array => readFileSync(require.resolve(file));

export const grammars: Grammars = {
  runtime: bytes('web-tree-sitter/web-tree-sitter.wasm'),
  python: bytes('tree-sitter-python/tree-sitter-python.wasm'),
  bash: bytes('tree-sitter-bash/tree-sitter-bash.wasm'),
};
