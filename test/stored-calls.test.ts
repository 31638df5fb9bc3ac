/** The calls of a file say the same when they are kept as bytes. */

import assert from 'node:assert/strict';
import { blocking } from '../server/src/knowledge/index.ts';
import type { Edge, FileCalls, FunctionCalls, Use } from '../server/src/workspace/edges.ts';
import type { Names } from '../server/src/workspace/names.ts';
import { StoredCalls, Vocabulary } from '../server/src/workspace/stored-calls.ts';

const row = blocking.get('time.sleep')!;
type Told = Pick<Edge, 'kind' | 'range' | 'block' | 'name' | 'bound' | 'call' | 'row' | 'target'>;

const edges: readonly Told[] = [
  { kind: 'call', range: { start: 700_000, end: 700_010 }, block: 3, call: 0, name: 'time.sleep', row, target: undefined, bound: false },
  { kind: 'read', range: { start: 20, end: 25 }, block: 0, call: undefined, name: '名字', row: undefined, target: 500_000, bound: true },
  { kind: 'enter', range: { start: 30, end: 31 }, block: 300, call: 70_000, name: 'lock', row: undefined, target: 7, bound: false },
  { kind: 'iterate', range: { start: 32, end: 40 }, block: 1, call: undefined, name: 'rows', row, target: undefined, bound: false },
];

const one = (id: number, scope: number, own: readonly Told[], flags: Pick<FunctionCalls, 'async' | 'cached' | 'abstract'>): FunctionCalls =>
  ({ id, path: 'm.py', scope, name: '', ...flags, edges: own as readonly Edge[] });

const calls: FileCalls = {
  functions: [one(400, 1, edges, { async: false, cached: true }), one(402, 2, [], { async: true, cached: false }), one(31, 9, edges.slice(1, 2), { async: false, cached: false, abstract: 'must' }), one(32, 10, [], { async: false, cached: false, abstract: 'may' })],
  uses: new Map<number, readonly Use[]>([[0, [{ target: 0, range: { start: 5, end: 9 }, call: 0 }, { target: 402, range: { start: 2, end: 3 } }]], [9, []]]),
  callbacks: new Map([[400, { start: 1, end: 2 }]]),
  offloaded: new Map(),
  handed: [], carried: [], usedIgnores: [{ comment: { start: 4, end: 20 }, rule: 'blocking-sleep' }],
};

const stored = (vocabulary = new Vocabulary(), path = 'm.py'): StoredCalls => new StoredCalls(path, calls, undefined as unknown as Names, vocabulary);
const told = ({ kind, range, block, name, bound, call, row: primitive, target }: Edge): Told => ({ kind, range, block, call, name, row: primitive, target, bound });
const all = ({ functions, uses, callbacks, offloaded, usedIgnores }: FileCalls) => ({
  functions: functions.map(({ id, path, scope, async, cached, abstract, edges: own }) => ({ id, path, scope, async, cached, abstract, edges: own.map(told) })),
  uses: [...uses].map(([owner, some]) => [owner, some.map(({ target, range, call }) => ({ target, range, call }))]),
  callbacks, offloaded, usedIgnores,
});

describe('Stored calls', () => {
  it('say what the calls said', () => assert.deepEqual(all(stored()), all(calls)));

  it('say it again, whatever other files have told in the meantime', () => {
    const vocabulary = new Vocabulary();
    const [first, second] = [stored(vocabulary), stored(vocabulary, 'n.py')];
    assert.deepEqual(all(first), all(calls));
    assert.deepEqual(all(second).uses, all(calls).uses);
    assert.deepEqual(all(first), all(calls));
  });

  it('find each function by its id', () => {
    const calls = stored();
    for (const one of calls.functions) assert.deepEqual(all({ ...calls, uses: calls.uses, functions: [calls.find(one.id)!] }).functions, all({ ...calls, uses: calls.uses, functions: [one] }).functions);
    assert.equal(calls.find(401), undefined);
  });

  it('say nothing where there is nothing', () => {
    const none = new StoredCalls('m.py', { functions: [], uses: new Map(), callbacks: new Map(), offloaded: new Map(), handed: [], carried: [], usedIgnores: [] }, undefined as unknown as Names, new Vocabulary());
    assert.deepEqual([none.functions, none.uses], [[], new Map()]);
  });
});
