/** Packed facts say what the facts said, however often their tables are put away. */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Argument, Call, ClassFacts, Facts, Scope } from '../server/src/facts.ts';
import { loadParsers } from '../server/src/languages/parser.ts';
import { PythonSource } from '../server/src/languages/python-source.ts';
import { pack } from '../server/src/packed/pack.ts';
import { PackedFacts, Shelf } from '../server/src/packed/packed-facts.ts';
import { readPython } from '../server/src/packed/read-python.ts';
import { grammars } from './grammars.ts';

const examples = path.join(import.meta.dirname, '../examples');
const texts: readonly string[] = [
  ...readdirSync(examples, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.py')).map((file) => readFileSync(path.join(examples, file), 'utf8')),
  '',
  'x = [1, -1, 0, 3.5, 1e300, 2**40, 4294967296, 99999999999999999999, "é", "中文 🚀", b"bytes", None, True, False, ...]\n',
  '@app.get("/")\n@cache\nasync def f(a, *b: int, c=1, **d):\n    global g\n    async with open(a) as (x, y), z: pass\n    async for i, (j, k) in rows(): await g(i, *j, key=k, **d)\n    else: return\n    raise E\n    dead()\n',
  'class A(B, metaclass=M):\n    x: Optional[int] = 1\n    def m(self):\n        self.y, self.z = yield self.x\n        self.n += 1\n        del self.x\n    @property\n    def p(self) -> "A": return self\n',
  'from . import a as b\nfrom ..c import *\nimport d.e, f.g as h\ntry:\n    import i\nexcept ImportError as e:\n    i = None\nfinally:\n    pass\n',
  'out["k"] = v\nwhile not (a and b or c == 1 is not d):\n    x = (yield)\n    if x := y: break\n    elif not z: continue\n    else: out[i].append({**q, "a": [lambda n: n for n in z if n]})\n',
  'match x:\n    case [a, *b]: f()\n    case {"k": v}: g()\n# noqa: ASYNC210\nrequests.get(u)  # unblock: ignore[blocking-http]\n',
  'def broken(:\n    x = (\nclass C\n',
  'f(a for a in b)\nprint(f"{await g(h())!r:>{w}}")\nx = a if b else c\ny = a or b and c\n',
];
const tables = ['errors', 'scopes', 'blocks', 'calls', 'reads', 'loops', 'withs', 'stores', 'importsStart', 'statements', 'ignores', 'properties', 'commands', 'text', 'language'] as const;

/** Everything that facts tell, and which of it is one and the same object. */
function plain(facts: Facts): unknown {
  const numbers = new Map<object, number>();
  const told = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (value instanceof Map) return [...value].map(([key, of]) => [key, told(of)]);
    const shared = 'kind' in value && !('start' in value);
    if (shared && numbers.has(value)) return { same: numbers.get(value) };
    if (shared) numbers.set(value, numbers.size);
    if (Array.isArray(value)) return value.map(told);
    // What calls, arguments and scopes work out when asked.
    const { calleeRange, argumentsRange, awaited, valueRange } = value as Partial<Call & Argument>;
    const { name, nameRange, bindings, outer, function: made, class: type, attributes } = value as Partial<Scope & ClassFacts>;
    return Object.fromEntries(Object.entries({ ...value, calleeRange, argumentsRange, awaited, valueRange, name, nameRange, bindings, outer, function: made, class: type, attributes }).filter(([, of]) => of !== undefined).sort(([one], [other]) => (one < other ? -1 : 1)).map(([key, of]) => [key, told(of)]));
  };
  return tables.map((table) => [table, told(facts[table])]);
}

describe('Packed facts', () => {
  let source: PythonSource;

  before(async () => void (source = new PythonSource((await loadParsers(grammars)).python)));

  for (const [index, text] of texts.entries()) {
    it(`are those of text ${index + 1}: ${JSON.stringify(text.slice(0, 50))}`, () => {
      const facts = source.facts('a.py', text, false);
      const packed = new PackedFacts('a.py', text, pack(facts), new Shelf(() => {}));
      const asked = new PackedFacts('a.py', text, pack(facts), new Shelf(() => {}));
      assert.deepEqual(plain(packed), plain(facts));
      // One thing at a time, the last first.
      for (const scope of asked.scopes.toReversed()) assert.ok([scope.class?.attributes, scope.function?.returns, scope.bindings, scope.outer].length > 0);
      assert.deepEqual(plain(asked), plain(facts));
    });
  }

  it('stay the same object while their tables come and go', () => {
    const away: string[] = [];
    const shelf = new Shelf((file) => away.push(file), { once: 1, again: 1, units: 1 });
    const [one, other] = ['a.py', 'b.py'].map((file) => new PackedFacts(file, 'import requests\nrequests.get("/")\n', readPython(source, 'import requests\nrequests.get("/")\n')!, shelf));
    const { calls } = one!;
    assert.equal(one!.calls, calls);
    shelf.tidy();
    assert.deepEqual(away, ['a.py']);
    assert.notEqual(one!.calls, calls);
    assert.deepEqual(plain(one!), plain({ ...plainFacts(other!), path: 'a.py' }));
    assert.equal(other!.text, one!.text);
  });

  it('take a small part of the memory that they stand for', () => {
    const text = texts.join('\n').repeat(10);
    const { byteLength } = readPython(source, text)!;
    assert.ok(byteLength < text.length, `${byteLength} bytes for ${text.length} characters`);
  });
});

function plainFacts(facts: Facts): Facts {
  return { ...facts, ...Object.fromEntries(tables.map((table) => [table, facts[table]])) };
}
