/** Where code runs, and what says so. */

import assert from 'node:assert/strict';
import { Engine } from '../../server/src/engine.ts';
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

/** Of the function that stands at `|` in the first file: where it runs, how it comes there, and what says so. */
function running(files: Readonly<Record<string, string>>): readonly string[] | undefined {
  const project = new Project();
  const [[first, marked]] = Object.entries(files) as [[string, string]];
  const offset = marked.indexOf('|');
  for (const [path, text] of Object.entries({ ...files, [first]: marked.replace('|', '') })) project.set(pythonFacts(path, text, parsers.python.parse(path, text, false), parsers.python.reader));
  return project.running(project.file(first)!, offset)?.runs.map(({ kind, how, by, evidence }) => `${kind} ${how}${by === undefined ? '' : ` ${by}`} ${evidence.path}: ${project.file(evidence.path)!.text.slice(evidence.range.start, evidence.range.end)}`);
}

describe('Who points at a function', () => {
  it('is told that a coroutine runs on the loop', () => {
    assert.deepEqual(running({ 'a.py': 'async def ha|ndler():\n    pass\n' }), ['loop itself a.py: async']);
  });

  it('is told who calls a helper, where its name is defined and where it is called', () => {
    const service = 'from b import load\n\n\nasync def handler():\n    load()\n';
    const helpers = 'def read():\n    pass\n\n\ndef load():\n    read()\n';
    assert.deepEqual(running({ 'a.py': service.replace('    load', '    |load'), 'b.py': helpers }), ['loop called handler a.py: load']);
    assert.deepEqual(running({ 'b.py': helpers.replace('def load', 'def load|'), 'a.py': service }), ['loop called handler a.py: load']);
    assert.deepEqual(running({ 'b.py': helpers.replace('def read', 'def re|ad'), 'a.py': service }), ['loop below handler a.py: load']);
  });

  it('is told every kind of place', () => {
    const text = 'import asyncio\n\n\ndef lo|ad():\n    pass\n\n\nload()\n\n\nasync def handler(loop):\n    await asyncio.to_thread(load)\n    loop.call_soon(load)\n';
    assert.deepEqual(running({ 'a.py': text }), ['loop given a.py: loop.call_soon', 'thread given a.py: asyncio.to_thread', 'import given a.py: load']);
  });

  it('is told of plain endpoints and dependencies, which run in threads', () => {
    const text = 'from fastapi import Depends, FastAPI\n\napp = FastAPI()\n\n\ndef session():\n    pass\n\n\n@app.get("/")\ndef home(one=Depends(session)):\n    pass\n';
    assert.deepEqual(running({ 'a.py': text.replace('def home', 'def home|') }), ['thread itself a.py: @app.get("/")']);
    assert.deepEqual(running({ 'a.py': text.replace('def session', 'def |session') }), ['thread itself a.py: Depends']);
  });

  it('is told of methods, of classes by what makes their objects, and of decorators that run a function elsewhere', () => {
    const text = 'from asgiref.sync import sync_to_async\n\n\nclass Client:\n    def __init__(self):\n        pass\n\n    def fetch(self):\n        pass\n\n\n@sync_to_async\ndef load():\n    pass\n\n\nasync def handler():\n    client = Client()\n    client.fetch()\n';
    assert.deepEqual(running({ 'a.py': text.replace('client.fetch', 'client.f|etch') }), ['loop called handler a.py: client.fetch']);
    assert.deepEqual(running({ 'a.py': text.replace('= Client', '= Cli|ent') }), ['loop called handler a.py: Client']);
    assert.deepEqual(running({ 'a.py': text.replace('def load', 'def |load') }), ['thread given a.py: @sync_to_async']);
  });

  it('is told of scripts', () => {
    const text = 'import asyncio\n\n\ndef load():\n    pass\n\n\nasync def main():\n    load()\n\n\nif __name__ == "__main__":\n    load()\n    asyncio.run(main())\n';
    assert.deepEqual(running({ 'a.py': text.replace('def load', 'def |load') }), ['script called main a.py: load']);
    assert.deepEqual(running({ 'a.py': 'def ma|in():\n    pass\n\n\nif __name__ == "__main__":\n    main()\n' }), ['script given a.py: main']);
  });

  it('is told nothing of what nobody knows, and is not answered where no function stands', () => {
    assert.deepEqual(running({ 'a.py': 'def lo|ad():\n    pass\n' }), []);
    assert.equal(running({ 'a.py': 'import time\n\n\nasync def handler():\n    time.sl|eep(1)\n' }), undefined);
    assert.equal(running({ 'a.py': 'async def handler():\n    pa|ss\n' }), undefined);
  });
});

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

describe('What drivers do in greenlets is looked at again', () => {
  const url = 'DATABASE_URL = "postgresql://user@host/db"\n';
  const patch = 'from gevent import monkey\nmonkey.patch_all()\nimport psycopg2.extensions as extensions\n\n\ndef start():\n    pass\n';

  async function engine(files: Readonly<Record<string, string>>): Promise<Engine> {
    const made = await Engine.create(grammars);
    for (const [path, text] of Object.entries(files)) made.set(path, text);
    made.changes();
    return made;
  }
  const found = (made: Engine) => made.check('config.py').map(({ rule }) => rule);

  it('when a function elsewhere makes one green', async () => {
    const made = await engine({ 'requirements.txt': 'psycopg2\n', 'run.py': patch, 'config.py': url });
    assert.deepEqual(found(made), ['gevent-unaware-driver']);
    made.set('run.py', patch.replace('pass', 'extensions.set_wait_callback(wait)'));
    assert.ok(made.changes().has('config.py'));
    assert.deepEqual(found(made), []);
  });

  it('when requirements come and go', async () => {
    const made = await engine({ 'run.py': patch, 'config.py': url });
    assert.deepEqual(found(made), []);
    made.set('requirements.txt', 'psycopg2\n');
    assert.ok(made.changes().has('config.py'));
    assert.deepEqual(found(made), ['gevent-unaware-driver']);
    made.delete('requirements.txt');
    assert.ok(made.changes().has('config.py'));
    assert.deepEqual(found(made), []);
  });
});
