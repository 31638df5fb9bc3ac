/** Inputs of a size or shape that nobody writes by hand. */

import assert from 'node:assert/strict';
import { Engine, type Diagnostic } from '../../server/src/engine.ts';
import { grammars } from '../grammars.ts';

async function check(files: Readonly<Record<string, string>>, path = 'main.py'): Promise<readonly Diagnostic[]> {
  const engine = await Engine.create(grammars);
  for (const [name, text] of Object.entries(files)) engine.set(name, text);
  return engine.check(path).filter(({ rule }) => rule.startsWith('blocking-'));
}

const each = (count: number, line: (index: number) => string): string => Array.from({ length: count }, (_, index) => line(index)).join('');
const start = 'import requests\n\n\n';
const handler = (call: string): string => `async def handler():\n    ${call}\n`;

describe('Chains', () => {
  it('a thousand calls deep are shown whole', async () => {
    const chain = each(1000, (i) => `def f${i}():\n    return ${i === 999 ? 'requests.get("https://example.com")' : `f${i + 1}()`}\n\n\n`);
    const [found, ...more] = await check({ 'main.py': start + chain + handler('f0()') });
    assert.equal(found?.notes?.length, 1001);
    assert.deepEqual(more, []);
  });

  it('through three hundred files', async () => {
    const files: Record<string, string> = { 'main.py': `from m0 import f0\n\n\n${handler('f0()')}` };
    for (let i = 0; i < 300; i++) files[`m${i}.py`] = i === 299 ? `${start}def f299():\n    return requests.get("a")\n` : `from m${i + 1} import f${i + 1}\n\n\ndef f${i}():\n    return f${i + 1}()\n`;
    const [found] = await check(files);
    assert.deepEqual([found?.notes?.length, found?.notes?.at(-1)?.path], [301, 'm299.py']);
  });

  it('that all call each other end', async () => {
    const all = each(60, (i) => `def f${i}():\n${each(60, (k) => `    f${k}()\n`)}${i === 59 ? '    requests.get("a")\n' : ''}\n\n`);
    const found = await check({ 'main.py': start + all + handler('f0()') });
    assert.equal(found.length, 1);
    assert.equal(found[0]?.notes?.length, 3);
  });
});

describe('Types', () => {
  it('inherited through three hundred classes', async () => {
    const classes = each(300, (i) => (i === 0 ? 'class C0:\n    def load(self):\n        return requests.get("a")\n\n\n' : `class C${i}(C${i - 1}):\n    pass\n\n\n`));
    const found = await check({ 'main.py': start + classes + handler('C20().load()') });
    assert.equal(found.length, 1);
    await check({ 'main.py': start + classes + handler('C299().load()') });
  });

  it('of a variable assigned a thousand times', async () => {
    const found = await check({ 'main.py': `${start}async def handler():\n${each(1000, (i) => `    s = requests.Session() if ${i} else s\n`)}    s.get("a")\n` });
    assert.equal(found.length, 1);
  });

  it('behind two thousand chained calls', async () => {
    const found = await check({ 'main.py': `${start}async def handler():\n    requests.Session()${'.headers()'.repeat(2000)}\n    requests.get("a")\n` });
    assert.ok(found.some(({ range, path }) => path === 'main.py' && range.start > 0));
  });
});

describe('Files', () => {
  it('of twenty thousand lines', async () => {
    const body = each(5000, (i) => `async def handler${i}(url):\n    return requests.get(url)\n\n\n`);
    assert.equal((await check({ 'main.py': start + body })).length, 5000);
  });

  it('nested a thousand brackets deep keep the rest', async () => {
    const nested = `value = ${'['.repeat(1000)}${']'.repeat(1000)}\n\n\n`;
    assert.equal((await check({ 'main.py': start + nested + handler('requests.get("a")') })).length, 1);
  });

  it('with a table of a hundred thousand numbers on one line', async () => {
    const table = `table = [${'1, '.repeat(100_000)}]\n\n\n`;
    assert.equal((await check({ 'main.py': start + table + handler('requests.get("a")') })).length, 1);
  });

  it('that import each other all around', async () => {
    const files: Record<string, string> = { 'main.py': `from m0 import *\n\n\n${handler('requests.get("a"); missing.get("b")')}` };
    for (let i = 0; i < 50; i++) files[`m${i}.py`] = `from m${(i + 1) % 50} import *\nfrom m${(i + 2) % 50} import *\n${i === 49 ? 'import requests\n' : ''}`;
    const found = await check(files);
    assert.equal(found.length, 1);
  });

  it('with lines of Windows and old Macs, tabs and a byte order mark', async () => {
    assert.equal((await check({ 'main.py': '\ufeffimport requests\r\n\r\n\r\nasync def handler():\r\n\trequests.get("a")\r\n' })).length, 1);
  });
});
