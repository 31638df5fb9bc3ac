/** Who may import whom: this table is the architecture. */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');

/** For each part the parts and outside packages it may import, files of its own folder aside. The longest matching name decides. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  // Small nouns that many parts share.
  'server/src/folders.ts': [],
  'server/src/spelling.ts': [],
  'server/src/bytes.ts': ['server/src/facts.ts'],
  'server/src/globs.ts': ['picomatch'],
  'server/src/print.ts': [],
  'server/src/toml.ts': ['server/src/facts.ts', 'toml-eslint-parser'],

  // As the data flows.
  'server/src/facts.ts': ['server/src/print.ts'],
  'server/src/languages': ['server/src/facts.ts', 'server/src/folders.ts', 'web-tree-sitter', 'yaml'],
  'server/src/packed': ['server/src/facts.ts', 'server/src/bytes.ts', 'server/src/print.ts', 'server/src/languages'],
  'server/src/knowledge': ['server/src/spelling.ts'],
  'server/src/workspace': ['server/src/facts.ts', 'server/src/bytes.ts', 'server/src/knowledge', 'server/src/folders.ts'],
  'server/src/rule.ts': ['server/src/facts.ts', 'server/src/workspace'],
  'server/src/fixes': ['server/src/facts.ts', 'server/src/workspace', 'server/src/rule.ts', 'server/src/knowledge'],
  'server/src/findings': ['server/src/facts.ts', 'server/src/workspace', 'server/src/rule.ts', 'server/src/knowledge', 'server/src/fixes'],
  'server/src/rules': ['server/src/facts.ts', 'server/src/folders.ts', 'server/src/workspace', 'server/src/rule.ts', 'server/src/knowledge', 'server/src/fixes', 'server/src/findings', 'server/src/spelling.ts'],
  'server/src/messages': ['server/src/rule.ts'],
  'server/src/documentation.ts': ['server/src/host/requests.ts'],
  'server/src/config-edit.ts': ['server/src/facts.ts', 'server/src/toml.ts'],
  'server/src/config.ts': ['server/src/facts.ts', 'server/src/rule.ts', 'server/src/toml.ts', 'server/src/globs.ts', 'server/src/spelling.ts', 'picomatch'],
  'server/src/engine.ts': ['server/src/facts.ts', 'server/src/print.ts', 'server/src/languages', 'server/src/packed', 'server/src/workspace', 'server/src/rule.ts', 'server/src/rules', 'server/src/config.ts', 'server/src/globs.ts'],

  // The outside world.
  'server/src/host': ['server/src/rule.ts', 'server/src/globs.ts', 'ignore'],
  'server/src/host/requests.ts': [],
  'server/src/host/disk.ts': ['server/src/rule.ts', 'server/src/globs.ts', 'ignore', 'node:'],
  'server/src/host/grammars.ts': ['server/src/engine.ts', 'node:'],
  'server/src/host/memory.ts': ['node:'],
  'server/src/host/parsing.ts': ['node:'],
  'server/src/host/parsing-thread.ts': ['server/src/languages', 'server/src/packed', 'node:'],
  'server/src/lsp': [
    'server/src/facts.ts', 'server/src/rule.ts', 'server/src/rules', 'server/src/config.ts', 'server/src/config-edit.ts', 'server/src/engine.ts', 'server/src/messages', 'server/src/host',
    'server/src/documentation.ts', 'server/src/fixes', 'vscode-languageserver', 'vscode-languageserver-textdocument', 'vscode-uri',
  ],
  'server/src/lsp/node.ts': ['server/src/host', 'vscode-languageserver', 'node:'],
  'server/src/cli': [
    'server/src/facts.ts', 'server/src/rule.ts', 'server/src/rules', 'server/src/config.ts', 'server/src/engine.ts', 'server/src/messages', 'server/src/host',
    'server/src/documentation.ts', 'server/src/fixes', 'server/src/spelling.ts', 'package.json', 'node:', 'commander', 'picomatch', 'sarif', 'string-width',
  ],
  'client/src': ['server/src/host/requests.ts', 'vscode', 'vscode-languageclient'],
  'client/src/node.ts': ['server/src/host/requests.ts', 'vscode', 'vscode-languageclient', 'node:'],
};

const parts = Object.keys(allowed).sort((a, b) => b.length - a.length);
const within = (file: string, part: string): boolean => file === part || file.startsWith(`${part}/`);

// Of a part that is one file, such as `host/disk.ts`, the folder it stands in.
const folderOf = (part: string): string => (part.endsWith('.ts') ? path.posix.dirname(part) : part);

function sources(folder: string): readonly string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts')).map((file) => path.posix.join(folder, file.replaceAll('\\', '/')));
}

function importsOf(file: string): readonly string[] {
  const text = readFileSync(path.join(root, file), 'utf8');
  const found = [...text.matchAll(/^(?:import|export)\b[^'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)|\brequire\(\s*'([^']+)'\s*\)/gm)];
  return found.map((match) => match.slice(1).find((specifier) => specifier !== undefined)!)
    .map((specifier) => (specifier.startsWith('.') ? path.posix.join(path.posix.dirname(file), specifier) : specifier));
}

const files = [...sources('server/src'), ...sources('client/src')];

function forbidden(file: string, imported: string): boolean {
  const part = parts.find((name) => within(file, name));
  if (!part) return true;
  const own = folderOf(part);
  if (own !== 'server/src' && within(imported, own)) return false;
  return !allowed[part]!.some((name) => (name.endsWith(':') ? imported.startsWith(name) : within(imported, name)));
}

describe('Architecture', () => {
  it('knows every source file', () => {
    assert.deepEqual(files.filter((file) => !parts.some((part) => within(file, part))), []);
  });

  it('lets imports follow the data', () => {
    const wrong = files.flatMap((file) => importsOf(file).filter((imported) => forbidden(file, imported)).map((imported) => `${file} imports ${imported}`));
    assert.deepEqual(wrong, []);
  });

  it('would notice a rule that reads files, or a workspace that sees syntax', () => {
    assert.ok(forbidden('server/src/rules/redis-keys.ts', 'node:fs'));
    assert.ok(forbidden('server/src/workspace/names.ts', 'web-tree-sitter'));
    assert.ok(forbidden('server/src/workspace/names.ts', 'server/src/languages/tree.ts'));
    assert.ok(forbidden('server/src/workspace/names.ts', 'server/src/rule.ts'));
    assert.ok(forbidden('client/src/extension.ts', 'server/src/engine.ts'));
    assert.ok(!forbidden('server/src/lsp/node.ts', 'node:fs'));
  });

  it('keeps the engine out of the world: no clock, no globals of Node or VS Code', () => {
    const inside = files.filter((file) => !/^(?:client|server\/src\/(?:host|lsp|cli))\b/.test(file));
    const wrong = inside.filter((file) => /(?<!-)\b(?:process\.\w|Buffer\.\w|__dirname|Date\.now|performance\.now|new Date\(\)|setTimeout\(|Math\.random|globalThis\.)/.test(readFileSync(path.join(root, file), 'utf8')));
    assert.deepEqual(wrong, []);
  });
});
