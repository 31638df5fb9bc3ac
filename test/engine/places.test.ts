/** Where code runs, and what says so. */

import assert from 'node:assert/strict';
import { loadParsers, type Parsers } from '../../server/src/languages/parser.ts';
import { pythonFacts } from '../../server/src/languages/python.ts';
import { Project } from '../../server/src/workspace/project.ts';
import { grammars } from '../grammars.ts';

let parsers: Parsers;
before(async () => { parsers = await loadParsers(grammars); });

/** Place and evidence of the function `name` in the first file. */
function place(name: string, files: Readonly<Record<string, string>>): readonly (string | undefined)[] {
  const project = new Project();
  for (const [path, text] of Object.entries(files)) project.set(pythonFacts(path, text, parsers.python.parse(path, text, false), parsers.python.reader));
  const file = project.file(Object.keys(files)[0]!)!;
  const found = project.runsOn(file, file.scopes.find((scope) => scope.name === name)!.index);
  const { evidence } = found ?? {};
  return [found?.kind, evidence && `${evidence.path}: ${project.file(evidence.path)!.text.slice(evidence.range.start, evidence.range.end)}`];
}

describe('Code runs', () => {
  it('on the loop in an async def', () => {
    assert.deepEqual(place('handler', { 'a.py': 'async def handler():\n    pass\n' }), ['loop', 'a.py: async']);
  });

  it('on the loop in a callback that another file schedules', () => {
    assert.equal(place('tick', { 'a.py': 'def tick():\n    pass\n', 'b.py': 'from a import tick\n\n\nasync def main(loop):\n    loop.call_soon(tick)\n' })[0], 'loop');
  });

  it('in a thread where a call hands it to one', () => {
    assert.deepEqual(place('load', { 'a.py': 'def load():\n    pass\n', 'b.py': 'import asyncio\nfrom a import load\n\n\nasync def main():\n    await asyncio.to_thread(load)\n' }), ['thread', 'b.py: asyncio.to_thread']);
  });

  it('in a thread through a wrapper of the project', () => {
    const wrapper = 'import asyncio\n\n\nasync def offload(function, *args):\n    return await asyncio.to_thread(function, *args)\n';
    assert.deepEqual(place('load', { 'a.py': 'from b import offload\n\n\ndef load():\n    pass\n\n\nasync def main():\n    await offload(load)\n', 'b.py': wrapper }), ['thread', 'a.py: offload']);
  });

  it('in a greenlet where gevent patches and a handler calls it', () => {
    assert.deepEqual(place('index', { 'a.py': 'from gevent import monkey\nmonkey.patch_all()\n\n\ndef index():\n    pass\n' }), ['greenlet', 'a.py: monkey.patch_all']);
  });

  it('in a script that starts itself', () => {
    assert.equal(place('main', { 'a.py': 'import asyncio\n\n\nasync def main():\n    pass\n\n\nif __name__ == "__main__":\n    asyncio.run(main())\n' })[0], 'script');
  });

  it('nowhere we know of in a function that nothing speaks of', () => {
    assert.deepEqual(place('load', { 'a.py': 'def load():\n    pass\n' }), [undefined, undefined]);
  });
});
