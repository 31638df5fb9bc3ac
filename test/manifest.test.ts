/** What the extension tells VS Code: the manifest, its texts in both languages, and the grammar that colours ignore comments. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');
const json = (file: string): Record<string, unknown> => JSON.parse(readFileSync(path.join(root, file), 'utf8')) as Record<string, unknown>;
const sources = (folder: string): string => readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts')).map((file) => readFileSync(path.join(root, folder, file), 'utf8')).join('\n');

describe('The manifest', () => {
  const manifest = json('package.json') as { contributes: { commands: { command: string; category: string }[]; grammars: { path: string; scopeName: string }[] }; l10n: string; activationEvents: string[] };

  it('has its texts in both languages, all of them and no other', () => {
    const used = new Set([...JSON.stringify(manifest).matchAll(/"%([^%"]+)%"/g)].map((match) => match[1]!));
    for (const file of ['package.nls.json', 'package.nls.zh-cn.json']) {
      const texts = json(file);
      assert.deepEqual(Object.keys(texts).sort(), [...used].sort(), file);
      assert.deepEqual(Object.entries(texts).filter(([, text]) => text === ''), [], file);
    }
  });

  it('lists every command that the extension registers', () => {
    const requests = readFileSync(path.join(root, 'server/src/host/requests.ts'), 'utf8');
    const named = [...(sources('client/src') + requests).matchAll(/'(unblock\.(?:restart|[a-z]+[A-Z]\w*))'/g)].map((match) => match[1]!);
    assert.deepEqual(manifest.contributes.commands.map(({ command }) => command).sort(), [...new Set(named)].sort());
    assert.deepEqual(manifest.contributes.commands.filter(({ category }) => category !== 'Unblock'), []);
  });

  it('wakes up only for what it knows, and never searches the workspace to find out', () => {
    assert.deepEqual(manifest.activationEvents.filter((event) => !/^(?:onLanguage:\w+|workspaceContains:[\w.]+)$/.test(event)), []);
  });

  it('has every text of the client in Chinese', () => {
    const texts = [...sources('client/src').matchAll(/l10n\.t\('([^']+)'/g)].map((match) => match[1]!);
    assert.ok(texts.length > 5);
    assert.deepEqual(Object.keys(json(`${manifest.l10n}/bundle.l10n.zh-cn.json`)).sort(), [...new Set(texts)].sort());
  });
});

describe('The grammar of ignore comments', () => {
  const grammars = (json('package.json') as { contributes: { grammars: { path: string; scopeName: string; injectTo: string[] }[] } }).contributes.grammars;
  const { path: file, scopeName } = grammars[0]!;
  const grammar = json(file) as { scopeName: string; injectionSelector: string; patterns: { match: string; captures: Record<string, { name?: string; patterns?: { name: string; match: string }[] }> }[] };
  const [pattern] = grammar.patterns;
  const coloured = (line: string): (string | undefined)[] | undefined => new RegExp(pattern!.match).exec(line)?.slice(1);

  it('is where the manifest says, under its name', () => {
    assert.ok(existsSync(path.join(root, file)));
    assert.equal(grammar.scopeName, scopeName);
    assert.match(grammar.injectionSelector, /^L:comment/);
  });

  it('sees what the engine sees', () => {
    assert.deepEqual(coloured('x()  # unblock: ignore[blocking-http, redis-keys]'), ['unblock:', 'ignore', '[', 'blocking-http, redis-keys', ']']);
    assert.deepEqual(coloured('#unblock:ignore-file[serial-await]'), ['unblock:', 'ignore-file', '[', 'serial-await', ']']);
    assert.deepEqual(coloured('# unblock: ignore'), ['unblock:', 'ignore', undefined, undefined, undefined]);
  });

  it('leaves other words alone', () => {
    for (const line of ['# unblock the loop', '# unblock: ignored', '# unblock: ignore-files', 'unblock: ignore[x]', '# noqa: ASYNC210', '# see unblock: ignore']) assert.equal(coloured(line), undefined, line);
  });

  it('colours each rule by itself', () => {
    const [rule, comma] = pattern!.captures['4']!.patterns!;
    assert.deepEqual('blocking-http, redis-keys'.match(new RegExp(rule!.match, 'g')), ['blocking-http', 'redis-keys']);
    assert.deepEqual('a,b'.match(new RegExp(comma!.match, 'g')), [',']);
  });
});
