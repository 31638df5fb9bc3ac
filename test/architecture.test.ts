/** Who may import whom: this table is the architecture. */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');

/** For each part its parts and outside packages, those of the same part aside. The longest matching name decides. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'server/src/facts.ts': [],
  'server/src/languages': ['server/src/facts.ts', 'web-tree-sitter', 'yaml'],
  'server/src/knowledge': [],
  'server/src/workspace': ['server/src/facts.ts', 'server/src/knowledge'],
  'server/src/rule.ts': ['server/src/facts.ts', 'server/src/workspace'],
  'server/src/fixes': ['server/src/facts.ts', 'server/src/workspace', 'server/src/rule.ts', 'server/src/knowledge'],
  'server/src/rules': ['server/src/facts.ts', 'server/src/workspace', 'server/src/rule.ts', 'server/src/fixes', 'server/src/knowledge'],
  'server/src/messages': ['server/src/rule.ts'],
  'server/src/config.ts': ['server/src/facts.ts', 'server/src/rule.ts', 'smol-toml'],
  'server/src/engine.ts': ['server/src/facts.ts', 'server/src/languages', 'server/src/workspace', 'server/src/rule.ts', 'server/src/rules', 'server/src/config.ts', 'picomatch'],
  'server/src/host': ['ignore', 'picomatch'],
  'server/src/host/disk.ts': ['node:', 'ignore', 'picomatch'],
  'server/src/host/editor.ts': ['vscode-languageserver', 'ignore', 'picomatch'],
  'server/src/lsp': ['server/src/facts.ts', 'server/src/rule.ts', 'server/src/rules', 'server/src/config.ts', 'server/src/engine.ts', 'server/src/messages', 'server/src/host', 'vscode-languageserver', 'vscode-languageserver-textdocument', 'vscode-uri'],
  'server/src/lsp/node.ts': ['server/src/engine.ts', 'server/src/host', 'server/src/messages', 'vscode-languageserver', 'node:'],
  'server/src/cli': ['server/src/facts.ts', 'server/src/rule.ts', 'server/src/rules', 'server/src/config.ts', 'server/src/engine.ts', 'server/src/messages', 'server/src/host', 'node:', 'commander', 'sarif'],
  'client/src': ['server/src/host/requests.ts', 'vscode', 'vscode-languageclient'],
  'client/src/node.ts': ['server/src/host/requests.ts', 'vscode', 'vscode-languageclient', 'node:'],
};

const parts = Object.keys(allowed).sort((a, b) => b.length - a.length);
const within = (file: string, part: string): boolean => file === part || file.startsWith(`${part}/`);

// A part's own folder may always be imported; `host/disk.ts` belongs to the folder `host`.
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
  if (own !== 'server/src' && within(imported, own) && (own !== 'server/src/host' || imported !== 'server/src/host/disk.ts' && imported !== 'server/src/host/editor.ts')) return false;
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
    const wrong = inside.filter((file) => /\b(?:process\.|Buffer\.|__dirname|Date\.now|performance\.now|new Date\(\)|setTimeout\(|Math\.random|globalThis\.)/.test(readFileSync(path.join(root, file), 'utf8')));
    assert.deepEqual(wrong, []);
  });
});
