/** The package holds what the extension needs at run time and nothing else, and the bundles need nothing beside them. */

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makePackage, mostBytes, packaged } from '../scripts/package.ts';

const root = path.join(import.meta.dirname, '..');
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string; main: string; icon: string; contributes: { grammars?: { path: string }[] } };

describe('The package', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'unblock-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  before(() => assert.ok(existsSync(path.join(root, 'dist/extension.cjs')), 'dist/ is not built: run `npm run build`'));

  it('holds no source, no test and no map', () => {
    const files = packaged();
    const allowed = /^(?:package(?:\.nls(?:\.zh-cn)?)?\.json|l10n\/[^/]+\.json|README\.md|CHANGELOG\.md|LICENSE|media\/icon\.png|syntaxes\/[^/]+\.json|dist\/(?:extension\.cjs|server\.cjs|parser\.cjs|[\w-]+\.wasm|NOTICES\.txt|docs\/(?:zh\/)?rules\/[a-z0-9-]+\.md))$/;
    assert.deepEqual(files.filter((file) => !allowed.test(file)), []);
  });

  it('holds what the extension opens', () => {
    const files = packaged();
    const rules = readdirSync(path.join(root, 'docs/rules')).filter((name) => name.endsWith('.md'));
    const needed = [
      manifest.main, manifest.icon, ...(manifest.contributes.grammars ?? []).map((grammar) => grammar.path),
      'dist/server.cjs', 'dist/parser.cjs', 'dist/web-tree-sitter.wasm', 'dist/tree-sitter-python.wasm', 'dist/tree-sitter-bash.wasm', 'dist/NOTICES.txt', 'LICENSE', 'package.nls.zh-cn.json',
      ...rules.flatMap((page) => [`dist/docs/rules/${page}`, `dist/docs/zh/rules/${page}`]),
    ].map((file) => file.replace(/^\.\//, ''));
    assert.deepEqual(needed.filter((file) => !files.includes(file)), []);
  });

  it('is small', async () => {
    const bytes = await makePackage(path.join(folder, 'unblock.vsix'));
    assert.ok(bytes > 100_000 && bytes <= mostBytes, `${bytes} bytes`);
  });

  it('has bundles that need Node alone, and the extension VS Code', () => {
    for (const bundle of ['extension', 'server', 'parser', 'cli']) {
      const text = readFileSync(path.join(root, `dist/${bundle}.cjs`), 'utf8');
      const required = new Set([...text.matchAll(/\brequire\("([^"]+)"\)/g)].map((match) => match[1]!.replace(/^node:/, '')));
      const known = new Set([...builtinModules, ...(bundle === 'extension' ? ['vscode'] : [])]);
      assert.deepEqual([...required].filter((name) => !known.has(name)), [], bundle);
    }
  });

  it('has a changelog for its version', () => {
    assert.match(readFileSync(path.join(root, 'CHANGELOG.md'), 'utf8'), new RegExp(`^## ${manifest.version.replaceAll('.', '\\.')}\\b`, 'm'));
  });
});
