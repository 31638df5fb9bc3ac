/** Functions keep their ids while files change, and are used by whom they were used. */

import assert from 'node:assert/strict';
import type { Facts } from '../server/src/facts.ts';
import { loadParsers } from '../server/src/languages/parser.ts';
import { PythonSource } from '../server/src/languages/python-source.ts';
import type { FileCalls, Use } from '../server/src/workspace/edges.ts';
import { FunctionIds } from '../server/src/workspace/function-ids.ts';
import { Users } from '../server/src/workspace/users.ts';
import { grammars } from './grammars.ts';

describe('Ids of functions', () => {
  let source: PythonSource;
  const ids = (all: FunctionIds, file: Facts): readonly (number | undefined)[] => file.scopes.map((_, scope) => all.of(file, scope));
  const closed = (path: string, text: string): Facts => ({ ...source.facts(path, text, false), sections: undefined });

  before(async () => void (source = new PythonSource((await loadParsers(grammars)).python)));

  it('are of functions and lambdas only, and lead back to the file', () => {
    const all = new FunctionIds();
    const [one, other] = [closed('a.py', 'class C:\n    def m(self): return [x for x in self]\nf = lambda: 1\n'), closed('b.py', 'def f(): pass\ndef f(): pass\n')];
    const [first, second] = [ids(all, one), ids(all, other)];
    assert.deepEqual(first.map((id) => id !== undefined), one.scopes.map(({ kind }) => kind === 'function' || kind === 'lambda'));
    const found = [...first, ...second].filter((id) => id !== undefined);
    assert.equal(new Set(found).size, 4);
    assert.deepEqual(found.map((id) => all.pathOf(id)), ['a.py', 'a.py', 'b.py', 'b.py']);
    assert.ok(found.every((id) => id < all.size));
  });

  it('stay with the names of functions', () => {
    const all = new FunctionIds();
    const before = closed('a.py', 'def f(): pass\ndef g(): pass\n');
    const [, f, g] = ids(all, before);
    const after = closed('a.py', 'def new(): pass\ndef g():\n    return lambda: 1\ndef f(): pass\n');
    all.changed(before, after);
    const [, added, stayed, inner, other] = ids(all, after);
    assert.deepEqual([stayed, other], [g, f]);
    assert.equal(new Set([f, g, added, inner]).size, 4);
    all.changed(after, before);
    assert.deepEqual(ids(all, before), [undefined, f, g]);
    assert.deepEqual([f, g, added, inner].map((id) => all.pathOf(id!)), ['a.py', 'a.py', 'a.py', 'a.py']);
  });

  it('begin anew where a file has been away', () => {
    const all = new FunctionIds();
    const file = closed('a.py', 'def f(): pass\n');
    const [, f] = ids(all, file);
    all.delete('a.py');
    assert.notEqual(ids(all, file)[1], f);
  });
});

describe('Users of functions', () => {
  const calls = (...targets: readonly number[]): FileCalls => ({
    functions: [], uses: new Map([[0, targets.map((target): Use => ({ target, range: { start: 0, end: 1 } }))]]), callbacks: new Map(), offloaded: new Map(), handed: [], carried: [], usedIgnores: [],
  });
  const paths = (users: Users, id: number): readonly string[] => users.of(id).map(({ path }) => path).sort();

  it('come and go', () => {
    const users = new Users();
    const [a, b, c] = [calls(1, 2, 2, 5000), calls(2), calls(2, 3)];
    for (const [path, part] of [['a', a], ['b', b], ['c', c]] as const) users.add({ path, part });
    assert.deepEqual([0, 1, 2, 3, 5000, 100_000].map((id) => paths(users, id)), [[], ['a'], ['a', 'b', 'c'], ['c'], ['a'], []]);
    users.remove(b);
    users.remove(a);
    assert.deepEqual([1, 2, 3, 5000].map((id) => [users.has(id), paths(users, id)]), [[false, []], [true, ['c']], [true, ['c']], [false, []]]);
    users.add({ path: 'd', part: calls(1, 2, 3) });
    assert.deepEqual([1, 2, 3].map((id) => paths(users, id)), [['d'], ['c', 'd'], ['c', 'd']]);
  });

  it('are as many as there are', () => {
    const users = new Users();
    const parts = Array.from({ length: 3000 }, (_, index) => calls(index % 7, index, 3000 + index));
    for (const [index, part] of parts.entries()) users.add({ path: `${index}`, part });
    for (const part of parts.filter((_, index) => index % 3 > 0)) users.remove(part);
    assert.equal(users.of(4).length, parts.filter((_, index) => index % 3 === 0 && (index % 7 === 4 || index === 4)).length);
    assert.deepEqual([users.has(2999), users.has(2997), users.has(5997)], [false, true, true]);
  });
});
