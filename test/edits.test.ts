/** A file that is being edited says the same as one that is read anew: its facts, and what is found in it. */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { inspect } from 'node:util';
import { Engine } from '../server/src/engine.ts';
import type { Facts } from '../server/src/facts.ts';
import { loadParsers } from '../server/src/languages/parser.ts';
import { PythonSource } from '../server/src/languages/python-source.ts';
import { pythonFacts } from '../server/src/languages/python.ts';
import { concerned, prepare } from '../server/src/workspace/interface.ts';
import { grammars } from './grammars.ts';

const examples = path.join(import.meta.dirname, '../examples');
const files = new Map(readdirSync(examples, { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll('\\', '/')).filter((file) => /\.(?:py|sh|txt|toml|ya?ml|conf|service)$|file$/i.test(file))
  .map((file) => [file, readFileSync(path.join(examples, file), 'utf8')] as const));
const python = [...files].filter(([file]) => file.endsWith('.py'));

/** The same edits every time. */
function* edits(text: string, count: number, pieces: readonly string[], seed: number): Generator<string> {
  const random = (below: number): number => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % below;
  let now = text;
  for (let k = 0; k < count; k++) {
    const lines = now.split('\n');
    const at = random(lines.length);
    const indent = /^ */.exec(lines[at]!)![0];
    if (random(4) === 0) lines.splice(at, 1 + random(2));
    else if (random(3) === 0) lines[at] += pieces[random(pieces.length)]!.trim();
    else lines.splice(at, 0, pieces[random(pieces.length)]!.replace(/^(?=.)/gm, indent));
    yield (now = lines.join('\n'));
  }
}

/** Whole functions come and go, and names change everywhere, at random places; the same every time. */
function* changes(text: string, count: number, seed: number): Generator<string> {
  const random = (below: number): number => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % below;
  let now = text;
  for (let k = 0; k < count; k++) {
    const starts = [...now.matchAll(/^(?:@.*\n)*(?:async )?def (\w+)/gm)];
    const one = starts[random(starts.length - 1)]!;
    const next = starts.find(({ index }) => index > one.index)!.index;
    switch (k % 5) {
      case 0: now = `${now.slice(0, one.index)}async def came_${k}(items):\n    time.sleep(${k})\n    return [${one[1]!}(item) for item in items]\n\n\n${now.slice(one.index)}`; break;
      case 1: now = now.slice(0, one.index) + now.slice(next); break;
      case 2: now = now.replaceAll(new RegExp(String.raw`\b${one[1]!}\b`, 'g'), `${one[1]!}_${k}`); break;
      case 3: now = now.slice(0, next).trimEnd() + `\n    return open("${k}").read()\n\n\n` + now.slice(next); break;
      default: now = `${now.slice(0, one.index)}# unblock: ignore\n${now.slice(one.index)}`;
    }
    yield now;
  }
}

/** Python of about 5,000 lines. */
function long(): string {
  let text = 'import time\n';
  for (let k = 0; text.split('\n').length < 5000; k++) text += `\n\n${python[k % python.length]![1].replace(/^from __future__.*\n/gm, '').replace(/^((?:async )?def |class )(\w+)/gm, `$1$2_${k}`)}`;
  return text;
}

const valid = ['x = 1', 'import os, time', 'time.sleep(1)', '# unblock: ignore', 'y = [i for i in range(3)]', 'f = lambda: open("a").read()', 'def added():\n    return open("b").read()', 'if x: pass', 'with open("c") as f: pass', 'for i in range(9): time.sleep(i)', ''];
const broken = ['(', ')', '"""', "'", ':', 'def', 'raise', 'global g', 'if a: raise B', '@', '    '];

function plain({ sections: _, ...facts }: Facts): string {
  const ranges = facts.calls.map((call) => [call.calleeRange, call.argumentsRange, call.awaited, call.arguments.map(({ valueRange }) => valueRange)]);
  return inspect({ ...facts, text: '', ranges }, { depth: 40, maxArrayLength: null, breakLength: 160 });
}

/** An engine that has only ever seen these texts. */
async function freshStart(texts: ReadonlyMap<string, string>): Promise<Engine> {
  const engine = await Engine.create(grammars);
  for (const [file, text] of texts) engine.set(file, text);
  return engine;
}

/** What is found in these files, and where. */
function told(engine: Engine, texts: ReadonlyMap<string, string>): readonly string[] {
  return [...texts.keys()].flatMap((file) => engine.check(file).map(({ rule, range }) => `${file} ${rule} ${range.start}`));
}

describe('Facts of a file that is being edited', () => {
  it('are those of its text, whatever was typed', async () => {
    const [parsers, others] = [await loadParsers(grammars), await loadParsers(grammars)];
    let moved = 0;
    for (const [index, [file, text]] of python.entries()) {
      const source = new PythonSource(parsers.python);
      source.facts(file, text, true);
      // What the parser makes of broken code rests on what it was before: the whole tree has the same history.
      others.python.parse(file, text, true);
      for (const now of edits(text, 25, [...valid, ...broken], index + 1)) {
        const read = source.facts(file, now, true);
        assert.equal(plain(read), plain(pythonFacts(file, now, others.python.parse(file, now, true), others.python.reader)), `${file}:\n${now}`);
        moved += read.sections!.length;
      }
      source.close(file);
      others.python.close(file);
    }
    assert.ok(moved > 1000);
  });

  it('are those of its text in 5,000 lines, when functions come, go and change their names', async () => {
    const [parsers, others] = [await loadParsers(grammars), await loadParsers(grammars)];
    const source = new PythonSource(parsers.python);
    source.facts('long.py', long(), true);
    let compared = 0;
    for (const [index, now] of [...changes(long(), 30, 7)].entries()) {
      const read = source.facts('long.py', now, true);
      if (index % 10 !== 9) continue;
      assert.deepEqual(read.errors, []);
      assert.equal(plain(read), plain(pythonFacts('long.py', now, others.python.parse('', now, false), others.python.reader)));
      compared++;
    }
    assert.equal(compared, 3);
    source.close('long.py');
  });

  it('are those of its text as soon as that can be read, whatever was half-typed before', async () => {
    const [parsers, others] = [await loadParsers(grammars), await loadParsers(grammars)];
    let [half, whole] = [0, 0];
    for (const [index, [file, text]] of python.entries()) {
      const source = new PythonSource(parsers.python);
      source.understood(file, text);
      for (const now of [...edits(text, 6, [...valid, ...broken], index + 1), text, ...edits(text, 6, [...broken, ...valid], index + 2), text]) {
        const read = source.understood(file, now);
        if (read.halfTyped) {
          half++;
          assert.equal(read.halfTyped.text, now);
          assert.equal(read.text.split('\n').map((line) => line.length).join(), now.split('\n').map((line) => line.length).join());
          for (const { start, end } of [...read.calls, ...read.scopes, ...read.blocks, ...read.loops, ...read.statements]) assert.ok(0 <= start && start <= end && end <= now.length);
        } else if (read.errors.length === 0) {
          whole++;
          assert.equal(plain(read), plain(pythonFacts(file, now, others.python.parse(file, now, false), others.python.reader)), `${file}:\n${now}`);
        }
      }
      source.close(file);
    }
    assert.ok(half > 50 && whole > 50, `${half} half-typed, ${whole} whole`);
  });

  it('are those of its text, key by key, where statements become part of those beside them', async () => {
    const [parsers, others] = [await loadParsers(grammars), await loadParsers(grammars)];
    const filling = Array.from({ length: 36 }, (_, k) => `def filling_${k}(a, b=${k}):\n    # a comment\n    if a:\n        return open("${k}").read()\n    return [b for b in a]  # noqa\n\n\n`);
    const middle = 'if first():\n    second()\n\nx = 1  # one\n\n\n'
      + 'class Shop(Base):\n    """All."""\n\n    open = True\n\n'
      + '    def price(self):\n        if self.open:\n            return self.cost\n\n    # all of them\n'
      + '    def names(self):\n        return self.all\n\n    async def last(self):\n        await self.end()\n\n\ndef sold(shop):\n    return shop.price()\n\n\nfirst()\n# done\nsecond()\n';
    const text = `${filling.slice(0, 18).join('')}${middle}${filling.slice(18).join('')}`;
    const typing: readonly (readonly [behind: string, ...pieces: string[]])[] = [
      ['    second()\n', 'else:\n    third()\n'], ['    second()\n', '\nelif x:\n    third()\n'],
      ['    second()\n', '    # deep\n', '  # less\n', '# not\n'], ['x = 1', '; y = 2', ' \\\n    + 3'], ['# one\n', '\n@cached\n'],
      ['# one\n\n', '@cached(1)'], ['"""All."""\n', '    @property\n'], ['"""All."""\n\n', '    # deep\n        x = 1\n'],
      ['return self.cost', ' or', ' x', ' o'], ['return self.cost\n', '        # four\n        more()\n'],
      ['return self.cost\n', '    # four\n        more()\n'], ['return self.cost\n', '        else:\n            pass\n'],
      ['return self.all\n', '\n    @property'], ['await self.end()', ' x'], ['await self.end()\n', 'y = 2\n', '\n    z = 3\n'],
      ['await self.end()\n\n\n', '@cached\n'], ['await self.end()\n\n\n', '"""', 'text'], ['return shop.price()', ' if shop else None'],
      ['return shop.price()\n\n\n', '(', '{'], ['# done\n', '    indented()\n', ') = 3\n'], ['class Shop', '2'], ['(Base', ', Other'],
    ];
    const source = new PythonSource(parsers.python);
    let [half, whole] = [0, 0];
    for (const [behind, ...pieces] of typing) {
      const place = text.indexOf(behind) + behind.length;
      for (const piece of pieces) {
        const keys = [...Array.from({ length: piece.length + 1 }, (_, k) => piece.slice(0, k)), ''];
        for (const now of keys.map((key) => text.slice(0, place) + key + text.slice(place))) {
          const read = source.understood('shop.py', now);
          const tree = others.python.parse('', now, false);
          const guessed = tree.invented.length > 0 || pythonFacts('shop.py', now, tree, others.python.reader).errors.length > 0;
          assert.equal(read.halfTyped !== undefined, guessed, now.slice(place - 200, place + 200));
          if (guessed) half++;
          else {
            whole++;
            assert.equal(plain(read), plain(pythonFacts('shop.py', now, others.python.parse('', now, false), others.python.reader)), now.slice(place - 200, place + 200));
          }
        }
      }
    }
    assert.ok(half > 50 && whole > 100, `${half} half-typed, ${whole} whole`);
    source.close('shop.py');
  });

  it('keep the sections that an edit leaves alone', async () => {
    const source = new PythonSource((await loadParsers(grammars)).python);
    const text = 'import os\n\n\ndef first():\n    return 1\n\n\ndef second():\n    return first()\n';
    const before = source.facts('a.py', text, true).sections!;
    const after = source.facts('a.py', text.replace('1', '1 + 1'), true).sections!;
    assert.deepEqual(after.map((section, index) => section === before[index]), [true, false, true]);
    assert.equal(after[2]!.start, text.indexOf('def second') + ' + 1'.length);
  });

  it('concern nobody where they only move what methods set', async () => {
    const source = new PythonSource((await loadParsers(grammars)).python);
    const text = 'class Store:\n    def name(self):\n        label = "a"\n        return label\n\n    def open(self, path):\n        self.file = open(path)\n\n    def read(self):\n        return self.file.read()\n';
    const read = (now: string): Facts => ({ ...source.facts('a.py', now, true), path: 'a.py' });
    const before = read(text);
    prepare(before);
    for (const now of [text.replace('"a"', '"a" '), text.replace('"a"', '"abc"')]) {
      const after = read(now);
      assert.deepEqual(concerned(before, after), [], now);
      read(text);
    }
  });
});

describe('Comments in a class of a file that is being edited', () => {
  it('stay while something else is edited', async () => {
    const engine = await Engine.create(grammars);
    const text = 'import time\n\n\nclass Clock:\n    # unblock: ignore\n    start = 0\n\n    def name(self):\n        return 1\n\n    # unblock: ignore\n    async def tick(self):\n        time.sleep(1)  # unblock: ignore\n';
    for (const now of [text, `x = 1\n${text}`, `x = 12\n${text}y = 2\n`, `x = 12\n${text.replace('return 1', 'return 10')}y = 3\n`]) {
      engine.set('clock.py', now, true);
      assert.deepEqual(engine.facts('clock.py')!.ignores.map(({ start }) => start), [...now.matchAll(/# unblock/g)].map((match) => match.index), now);
    }
  });
});

/** How many findings there are after each edit, which are those of a fresh start. An edit: file, its text, whether it is open. */
async function countsAfterEach(texts: Map<string, string>, edits: readonly (readonly [file: string, text: string, open: boolean])[]): Promise<readonly number[]> {
  const engine = await Engine.create(grammars);
  for (const [file, text] of texts) engine.set(file, text);
  engine.changes();
  const counts: number[] = [];
  for (const [file, text, open] of edits) {
    engine.set(file, text, open);
    engine.check(file, true);
    texts.set(file, text);
    engine.changes();
    const fresh = told(await freshStart(texts), texts);
    const now = told(engine, texts);
    assert.deepEqual(now, fresh, `${file}:\n${text}`);
    counts.push(now.length);
  }
  return counts;
}

describe('Findings while files are edited', () => {
  it('are those of a fresh start', async () => {
    const texts = new Map(files);
    const engine = await Engine.create(grammars);
    for (const [file, text] of texts) engine.set(file, text);
    engine.changes();
    let compared = 0;
    for (const [index, [file, text]] of python.filter(([, one]) => one.length > 400).entries()) {
      engine.set(file, text, true);
      for (const now of edits(text, 2, valid, index + 1)) {
        engine.set(file, now, true);
        texts.set(file, now);
        const hurried = engine.check(file, true);
        engine.changes();
        // What the parser makes of broken code rests on what it was before.
        if (engine.facts(file)!.errors.length > 0) continue;
        const fresh = await Engine.create(grammars);
        for (const [other, say] of texts) fresh.set(other, say);
        const told = (found: ReturnType<Engine['check']>): unknown => found.map(({ rule, range, message, notes }) => ({ rule, range, message, notes: notes?.map((note) => [note.path, note.range.start]) }));
        assert.deepEqual(told(hurried), told(fresh.check(file)), `${file}:\n${now}`);
        for (const other of texts.keys()) assert.deepEqual(told(engine.check(other)), told(fresh.check(other)), `${other} after an edit of ${file}:\n${now}`);
        compared++;
      }
      engine.set(file, text, true);
      texts.set(file, text);
    }
    assert.ok(compared > 10, `${compared} compared`);
  });

  it('are those of a fresh start in 5,000 lines, when functions come, go and change their names', async () => {
    const engine = await Engine.create(grammars);
    for (const [file, text] of files) engine.set(file, text);
    engine.set('app/long.py', long(), true);
    engine.check('app/long.py');
    engine.changes();
    for (const [index, now] of [...changes(long(), 20, 3)].entries()) {
      engine.set('app/long.py', now, true);
      const hurried = engine.check('app/long.py', true);
      if (index % 10 !== 9) continue;
      engine.changes();
      const fresh = await Engine.create(grammars);
      for (const [file, text] of files) fresh.set(file, text);
      fresh.set('app/long.py', now);
      const told = (found: ReturnType<Engine['check']>): unknown => found.map(({ rule, range, message, notes }) => ({ rule, range, message, notes: notes?.map((note) => [note.path, note.range.start]) }));
      assert.ok(hurried.length > 50, `${hurried.length} findings`);
      assert.deepEqual(told(hurried), told(fresh.check('app/long.py')));
      for (const file of files.keys()) assert.deepEqual(told(engine.check(file)), told(fresh.check(file)), file);
    }
  });

  it('stand where the settings of a launch in another file stand now', async () => {
    const engine = await Engine.create(grammars);
    for (const [file, text] of files) engine.set(file, text);
    const file = 'community/deploy/gunicorn_live.py';
    const text = files.get(file)!;
    engine.set(file, text, true);
    const marked = (now: string): readonly string[] => engine.check(file, true).map(({ rule, range }) => `${rule} ${now.slice(range.start, range.end)}`);
    const before = marked(text);
    assert.ok(before.includes('gunicorn-ignored-flag threads'), before.join());
    engine.changes();
    for (const line of ['#', '# a', '# a comment', '']) {
      const now = text.replace('import requests\n', `import requests\n${line}\n`);
      engine.set(file, now, true);
      assert.deepEqual(marked(now), before);
      engine.changes();
    }
  });

  it('follow what another file makes of a function and of a class', async () => {
    const texts = new Map([
      ['main.py', 'from helper import load\n\n\nasync def run():\n    load()\n'],
      ['views.py', 'import requests\nfrom base import Base\n\n\nclass Page(Base):\n    def get(self, request):\n        return requests.get("http://service/")\n'],
      ['helper.py', ''],
      ['base.py', ''],
    ]);
    const engine = await Engine.create(grammars);
    for (const [file, text] of texts) engine.set(file, text);
    engine.changes();
    const seen = new Set<string>();
    const plainBase = 'class Base:\n    pass\n';
    for (const [file, text, open] of [
      ['helper.py', 'def load():\n    pass\n', false], ['helper.py', 'async def load():\n    pass\n', true], ['helper.py', 'import time\n\n\ndef load():\n    time.sleep(1)\n', true], ['helper.py', 'async def load():\n    pass\n', false],
      ['base.py', plainBase, true], ['base.py', 'from django.views import View\n\n\nclass Base(View):\n    pass\n', true], ['base.py', plainBase, false],
    ] as const) {
      engine.set(file, text, open);
      texts.set(file, text);
      engine.changes();
      const fresh = told(await freshStart(texts), texts);
      const now = told(engine, texts);
      assert.deepEqual(now, fresh, `${file}:\n${text}`);
      for (const one of now) seen.add(one.split(' ', 2)[1]!);
    }
    assert.deepEqual([...seen].sort(), ['blocking-sleep', 'http-without-timeout', 'unawaited-coroutine']);
  });

  it('follow what a class keeps of itself', async () => {
    const kept = 'import json\n\n\nclass Store:\n    _instance = None\n\n    @staticmethod\n    def shared():\n        if Store._instance is None:\n            Store._instance = Store()\n        return Store._instance\n\n    def save(self):\n        json.dump({}, open("store.json", "w"))\n';
    const texts = new Map([['main.py', 'from store import Store\n\n\nasync def run():\n    Store.shared().save()\n'], ['store.py', kept]]);
    const engine = await Engine.create(grammars);
    for (const [file, text] of texts) engine.set(file, text, file === 'store.py');
    engine.changes();
    const counts: number[] = [];
    for (const text of [kept, kept.replace('Store._instance = Store()', 'other._instance = Store()'), kept, kept.replace('@staticmethod\n    def shared()', 'def shared(self)').replace('Store._instance = Store()', 'self._instance = Store()'), kept]) {
      engine.set('store.py', text, true);
      texts.set('store.py', text);
      engine.changes();
      const fresh = told(await freshStart(texts), texts);
      const now = told(engine, texts);
      assert.deepEqual(now, fresh, text);
      counts.push(now.length);
    }
    assert.deepEqual(counts, [1, 0, 1, 0, 1]);
  });

  it('follow what other files give to a parameter, through those that hand it on', async () => {
    const texts = new Map([
      ['service.py', 'class Service:\n    def __init__(self, client):\n        self.client = client\n\n    async def load(self):\n        return self.client.get("x")\n'],
      ['between.py', 'from service import Service\n\n\ndef make(client):\n    return Service(client)\n'],
      ['main.py', ''],
      ['other.py', ''],
    ]);
    const engine = await Engine.create(grammars);
    for (const [file, text] of texts) engine.set(file, text);
    engine.changes();
    const given = (value: string): string => `import httpx, redis, requests\nfrom between import make\n\nmake(${value})\n`;
    const between = texts.get('between.py')!;
    const counts: number[] = [];
    for (const [file, text, open] of [
      ['main.py', given('requests.Session()'), true], ['main.py', given('httpx.AsyncClient()'), true], ['main.py', given('requests.Session()'), true],
      ['other.py', given('redis.Redis()'), false], ['between.py', between.replace('Service(client)', 'Service(None)'), true], ['between.py', between, true],
      ['service.py', texts.get('service.py')!.replace('client):', 'client: Unknown):'), true], ['service.py', texts.get('service.py')!, true],
      ['other.py', '', false], ['main.py', given('requests.Session('), true], ['main.py', '', true],
    ] as const) {
      const before = counts.at(-1) ?? 0;
      engine.set(file, text, open);
      engine.check(file, true);
      texts.set(file, text);
      const changed = engine.changes();
      const fresh = told(await freshStart(texts), texts);
      const now = told(engine, texts);
      // What cannot be read stays as it last was.
      if (!text.endsWith('Session()\n')) assert.deepEqual(now, fresh, `${file}:\n${text}`);
      counts.push(now.length);
      if (counts.at(-1) !== before) assert.ok(changed.has('service.py'), `${file}:\n${text}`);
    }
    assert.deepEqual(counts, [1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 0]);
  });

  it('follow what other files set on an application, through helpers and functions that set what they are given', async () => {
    const routes = 'from fastapi import Request\nfrom helpers import client_of\n\n\nasync def direct(request: Request):\n    return request.app.state.client.get("x")\n\n\nasync def helped(request: Request):\n    return client_of(request).get("x")\n';
    const helped = 'from fastapi import Request\nfrom helpers import client_of, made_by\n\n\nasync def helped(request: Request):\n    client_of(request).get("x")\n    made_by(request).get("x")\n';
    const helpers = 'def client_of(request):\n    return request.app.state.client\n\n\ndef made_by(request):\n    return request.app.state.make()\n'.replaceAll('(request)', '(request: Request)');
    const client = 'import requests\n\n\nclass Client:\n    def get(self, key):\n        return requests.get(key)\n';
    const set = (value: string): string => `import fastapi, httpx, redis, requests\nfrom setup import setup\nfrom client import Client\n\napp = fastapi.FastAPI()\n\n\ndef start():\n    setup(app, ${value})\n`;
    const also = (value: string): string => `import redis.asyncio, requests\nfrom main import app\n\napp.state.client = ${value}\napp.state.make = requests.Session\n`;
    const setup = 'import fastapi\n\n\ndef setup(app: fastapi.FastAPI, client):\n    app.state.client = client\n';
    for (const open of [true, false]) {
      const texts = new Map([['routes.py', routes], ['helped.py', helped], ['helpers.py', `from fastapi import Request\n\n\n${helpers}`], ['client.py', client], ['setup.py', setup], ['main.py', ''], ['also.py', '']]);
      const engine = await Engine.create(grammars);
      for (const [file, text] of texts) engine.set(file, text, open && file === 'routes.py');
      engine.changes();
      const counts: number[] = [];
      for (const [file, text, opened] of [
        ['main.py', set('requests.Session()'), true], ['main.py', set('httpx.AsyncClient()'), true], ['main.py', set('Client()'), true],
        ['client.py', client.replace('requests.get(key)', 'key'), true], ['client.py', client, open], ['client.py', client.replaceAll('Client', 'Other'), false], ['client.py', client, true],
        ['also.py', also('unknown()'), true], ['also.py', also('redis.asyncio.Redis()'), true], ['also.py', also('None'), false], ['also.py', '', true],
        ['setup.py', setup.replace('= client', '= None'), true], ['setup.py', setup.replace('.client', '.other'), true], ['setup.py', setup, false],
        ['helpers.py', texts.get('helpers.py')!.replace('state.client', 'state.other'), true], ['helpers.py', texts.get('helpers.py')!, true],
        ['routes.py', routes.replace('app.state.client.get', 'app.client.get'), true], ['routes.py', `# moved\n${routes}`, true], ['routes.py', routes, open],
        ['main.py', set('requests.Session('), true], ['main.py', '', true],
      ] as const) {
        const inRoutes = (): number => told(engine, texts).filter((one) => one.startsWith('routes.py')).length;
        const before = counts.at(-1) ?? 0;
        engine.set(file, text, opened);
        engine.check('routes.py', true);
        texts.set(file, text);
        const changed = engine.changes();
        // What cannot be read stays as it last was.
        if (!text.endsWith('Session()\n')) assert.deepEqual(told(engine, texts), told(await freshStart(texts), texts), `${file}:\n${text}`);
        counts.push(inRoutes());
        if (counts.at(-1) !== before) assert.ok(changed.has('routes.py'), `${file}:\n${text}`);
      }
      assert.deepEqual(counts, [2, 0, 2, 0, 2, 0, 2, 0, 2, 2, 2, 0, 0, 2, 1, 2, 1, 2, 2, 2, 0]);
      engine.delete('main.py');
      engine.changes();
      assert.deepEqual(engine.check('routes.py'), []);
    }
  });

  it('follow what other files put under the key of an application', async () => {
    const routes = 'from aiohttp import web\n\n\nasync def read(request: web.Request):\n    return request.app["db"].get("x")\n';
    const main = (value: string): string => `import redis\nimport redis.asyncio\nimport app as made\n\n\nasync def start(app):\n    app["db"] = ${value}\n`;
    const also = (made: string): string => `from aiohttp import web\nimport unknown\n\nservice = ${made}\n\n\nasync def start():\n    service["db"] = unknown.make()\n`;
    const texts = new Map([['routes.py', routes], ['main.py', ''], ['also.py', '']]);
    const engine = await Engine.create(grammars);
    for (const [file, text] of texts) engine.set(file, text, true);
    engine.changes();
    const counts: number[] = [];
    for (const [file, text] of [
      ['main.py', main('redis.Redis()')], ['main.py', main('redis.asyncio.Redis()')], ['main.py', main('redis.Redis()')],
      ['also.py', also('{}')], ['also.py', also('web.Application()')], ['also.py', also('web.Response()')],
      ['routes.py', routes.replace('"db"', '"other"')], ['routes.py', routes], ['main.py', main('redis.Redis()').replace('"db"', '"other"')],
    ] as const) {
      engine.set(file, text, true);
      engine.check('routes.py', true);
      texts.set(file, text);
      engine.changes();
      const now = told(engine, texts);
      assert.deepEqual(now, told(await freshStart(texts), texts), `${file}:\n${text}`);
      counts.push(now.length);
    }
    assert.deepEqual(counts, [1, 0, 1, 1, 0, 1, 0, 1, 0]);
  });

  it('follow what implements a method in files that the caller does not know', async () => {
    const impl = 'import time\nfrom base import Base\n\n\nclass Impl(Base):\n    def check(self):\n        time.sleep(1)\n';
    const base = 'from abc import ABC, abstractmethod\n\n\nclass Base(ABC):\n    @abstractmethod\n    def check(self): ...\n\n\nclass Other(ABC):\n    @abstractmethod\n    def check(self): ...\n';
    const main = 'from base import Base\n\n\nasync def handler(base: Base):\n    base.check()\n';
    const texts = new Map([['base.py', base], ['impl.py', impl], ['more.py', ''], ['main.py', main]]);
    const engine = await Engine.create(grammars);
    for (const [file, text] of texts) engine.set(file, text);
    engine.changes();
    const inMain = (all: readonly string[]): number => all.filter((one) => one.startsWith('main.py')).length;
    const counts: number[] = [inMain(told(engine, texts))];
    for (const [file, text] of [
      ['impl.py', impl.replace('time.sleep(1)', 'pass  # nothing')], ['impl.py', impl.replace('time.sleep(1)', 'return 1')], ['impl.py', impl],
      ['impl.py', impl.replace('(Base)', '(Other)')], ['impl.py', impl.replace('import Base', 'import Other as Base')], ['impl.py', impl.replace('import Base', 'import Base as B').replace('(Base)', '(B)')], ['impl.py', `\n\n# moved\n${impl}`],
      ['more.py', impl.replaceAll('Impl', 'More').replace('time.sleep(1)', 'return 1')], ['more.py', impl.replaceAll('Impl', 'More')], ['more.py', ''],
      ['more.py', 'from base import Base\n\n\nclass Quiet(Base):\n    check = None\n'], ['more.py', ''],
      ['impl.py', impl.replace('def check', 'async def check')], ['impl.py', impl.replace('    def check', '    @property\n    def check')], ['impl.py', impl],
      ['main.py', main.replace('base.check()', 'pass')], ['main.py', main], ['impl.py', impl.replace('time.sleep(1)', 'super().check()')], ['impl.py', impl],
      ['base.py', base.replace('...', 'return 1').replace('    @abstractmethod\n', '')], ['base.py', base], ['base.py', base.replaceAll('Base', 'Basis')], ['base.py', base],
      ['impl.py', impl.replace('time.sleep(1)', 'yield time.sleep(1)')], ['impl.py', impl],
    ] as const) {
      const before = counts.at(-1)!;
      engine.set(file, text, true);
      engine.check('main.py', true);
      texts.set(file, text);
      const changed = engine.changes();
      const fresh = told(await freshStart(texts), texts);
      const now = told(engine, texts);
      assert.deepEqual(now, fresh, `${file}:\n${text}`);
      counts.push(inMain(now));
      if (counts.at(-1) !== before) assert.ok(changed.has('main.py'), `${file}:\n${text}`);
    }
    assert.deepEqual(counts, [1, 0, 0, 1, 0, 0, 1, 1, 0, 1, 1, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
    engine.delete('impl.py');
    assert.ok(engine.changes().has('main.py'));
    assert.deepEqual(engine.check('main.py'), []);
  });

  it('follow packages and folders that come and go', async () => {
    const load = 'import requests\n\n\ndef load(url):\n    return requests.get(url, timeout=3)\n';
    const use = (line: string): string => `${line}\n\n\nasync def handler(url):\n    return load(url)\n`;
    const texts = new Map([
      ['libs/core/setup.py', ''], ['libs/core/core/store.py', load], ['libs/core/core/own.py', use('from store import load')], ['libs/core/core/__init__.py', 'from core.store import load\n'],
      ['libs/api/one.py', use('from core import load')], ['libs/api/two.py', use('from core.store import load')], ['libs/api/three.py', use('from core import *')], ['libs/api/four.py', use('from core.store import *')],
      ['five.py', use('from plugins import mail\nload = mail.load')], ['six.py', use('from plugins.mail import load')],
    ]);
    const engine = await freshStart(texts);
    engine.changes();
    const counts = [told(engine, texts).length];
    for (const [file, text] of [
      ['libs/core/core/__init__.py'], ['libs/core/core/__init__.py', 'from core.store import load\n'], ['libs/core/__init__.py', ''], ['libs/core/__init__.py'],
      ['plugins/mail.py', load], ['plugins/__init__.py', ''], ['plugins/mail.py'], ['plugins/mail.py', load], ['plugins/__init__.py'],
      ['core/load.py', ''], ['core/load.py'], ['libs/core/core/store.py'], ['libs/core/core/store.py', load], ['libs/core/core/load/__init__.py', ''], ['libs/core/core/load/__init__.py'],
      ['plugins/mail.py'], ['libs/core/setup.py'], ['other/core/store.py', ''], ['other/core/__init__.py', ''], ['other/core/__init__.py'],
    ] as const) {
      if (text === undefined) {
        engine.delete(file);
        texts.delete(file);
      } else {
        engine.set(file, text);
        texts.set(file, text);
      }
      engine.changes();
      const now = told(engine, texts);
      assert.deepEqual(now, told(await freshStart(texts), texts), `${file}:\n${String(text)}`);
      counts.push(now.length);
    }
    assert.deepEqual(counts, [4, 1, 4, 0, 4, 6, 6, 4, 6, 6, 6, 6, 2, 6, 6, 6, 4, 4, 4, 4, 4]);
  });

  it('follow which parameters a function calls, itself and through those it hands them to', async () => {
    const inner = 'async def inner(work):\n    return work()\n';
    const outer = 'from inner import inner\n\n\nasync def outer(work):\n    return await inner(work)\n\n\ndef here():\n    return open("here")\n\n\nasync def local():\n    return await outer(here)\n';
    const texts = new Map([
      ['inner.py', inner],
      ['outer.py', outer],
      ['main.py', 'from outer import outer\n\n\ndef load():\n    return open("load")\n\n\nasync def handler():\n    return await outer(load)\n'],
    ]);
    const counts = await countsAfterEach(texts, [
      ['inner.py', inner, true], ['inner.py', inner.replace('work()', 'work'), true], ['inner.py', inner, true], ['inner.py', inner.replace('return work()', 'return await work()'), false], ['inner.py', inner, false],
      ['outer.py', outer, true], ['outer.py', outer.replace('inner(work)', 'inner(None)'), true], ['outer.py', outer.replace('inner(work)', 'inner(lambda: work())'), true], ['outer.py', outer, true],
    ]);
    assert.deepEqual(counts, [2, 0, 2, 0, 2, 2, 0, 2, 2]);
  });

  it('follow whether a function hands out a generator, whatever its annotation leaves open', async () => {
    const pages = 'from typing import Iterator\n\n\ndef read():\n    yield open("page").read()\n\n\ndef every() -> Iterator[str]:\n    return read()\n\n\ndef plain():\n    return read()\n';
    const main = 'from pages import every, plain\n\n\nasync def handler():\n    for page in every():\n        print(page)\n    for page in plain():\n        print(page)\n';
    const texts = new Map([['pages.py', pages], ['main.py', main]]);
    const none = pages.replaceAll('return read()', 'return iter([])');
    const counts = await countsAfterEach(texts, [
      ['pages.py', pages, true], ['pages.py', none, true], ['pages.py', pages, true], ['pages.py', pages.replace('    return read()', '    made = read()\n    return made'), true], ['pages.py', none, false], ['pages.py', pages, false],
    ]);
    assert.deepEqual(counts, [2, 0, 2, 2, 0, 2]);
  });

  it('follow functions and classes that other files give to a parameter', async () => {
    const task = 'class Task:\n    def __init__(self, work, kind):\n        self.work = work\n        self.kind = kind\n\n    async def run(self):\n        self.work()\n        return self.kind().load()\n';
    const work = 'import time\n\n\ndef first():\n    return 1\n\n\ndef slow():\n    time.sleep(1)\n\n\nclass Kind:\n    def load(self):\n        return open("kind")\n';
    const main = 'from task import Task\nfrom work import Kind, slow\n\nTask(slow, Kind)\n';
    const texts = new Map([['task.py', task], ['work.py', work], ['main.py', main]]);
    const counts = await countsAfterEach(texts, [
      ['work.py', work, true], ['work.py', work.replace('def first():\n    return 1\n\n\n', ''), true], ['work.py', work.replace('def slow', 'async def slow'), true], ['work.py', work.replace('def load', 'def other'), true],
      ['work.py', work.replace('    def load', '    @staticmethod\n    def load'), false], ['work.py', work, false],
      ['main.py', main.replace('Task(slow, Kind)', 'Task(print, Kind)'), true], ['main.py', main.replace('Task(slow, Kind)', 'Task(lambda: slow(), dict)'), true], ['main.py', main, true],
      ['task.py', task.replace('self.work()', 'await self.work()'), true], ['task.py', task, true],
    ]);
    assert.deepEqual(counts, [2, 2, 2, 1, 2, 2, 1, 1, 2, 1, 2]);
  });

  it('follow who waits for a coroutine', async () => {
    const life = 'from contextlib import asynccontextmanager\n\nfrom fastapi import FastAPI\n\nfrom service import Service, fill\n\n\n@asynccontextmanager\nasync def lifespan(app):\n    await fill()\n    await Service().build()\n    yield\n\n\napp = FastAPI(lifespan=lifespan)\n';
    const service = 'import time\n\n\nclass Service:\n    async def build(self):\n        time.sleep(1)\n\n\nasync def fill():\n    time.sleep(2)\n';
    const views = 'import service\n\n\nasync def index(request):\n    await other()\n';
    const drive = 'import asyncio\nfrom job import load\n\n\ndef task():\n    asyncio.run(load())\n';
    const job = 'import time\n\n\nasync def load():\n    time.sleep(3)\n    await more()\n\n\nasync def more():\n    time.sleep(4)\n';
    const texts = new Map([['life.py', life], ['service.py', service], ['views.py', views], ['drive.py', drive], ['job.py', job], ['other.py', 'import job\nimport drive\n']]);
    const engine = await Engine.create(grammars);
    for (const [file, text] of texts) engine.set(file, text);
    engine.changes();
    const levels = (one: Engine, file: string): string => one.check(file).map(({ level }) => level).join();
    const seen: string[] = [];
    let before = `${levels(engine, 'service.py')} ${levels(engine, 'job.py')}`;
    seen.push(before);
    for (const [file, text, open] of [
      // A use of its own, one that nobody can tell the type of, and a table.
      ['views.py', views.replace('other()', 'service.fill()'), true], ['views.py', views.replace('other()', 'request.app.state.service.build()'), true], ['views.py', views.replace('other()', 'request.app.state.service.close()'), true],
      ['views.py', `${views}\n\nbuild = {"fill": service.fill}\n`, false], ['views.py', views, false],
      ['life.py', life.replace('lifespan=lifespan', 'title="x"'), true], ['life.py', life, true], ['life.py', life.replace('    await fill()\n', ''), true], ['life.py', life, false],
      ['other.py', 'import job\nimport drive\n\n\nasync def view():\n    await job.load()\n', true], ['other.py', 'import job\nimport drive\n\n\nasync def view():\n    await job.more()\n', true], ['other.py', 'import job\nimport drive\n', true],
      ['drive.py', drive.replace('asyncio.run(load())', 'asyncio.create_task(load())'), true], ['drive.py', drive.replace('asyncio.run(', 'helper('), true], ['drive.py', drive, true],
      ['job.py', job.replace('    await more()', '    asyncio.create_task(more())'), true], ['job.py', job, true],
    ] as const) {
      engine.set(file, text, open);
      engine.check(file, true);
      texts.set(file, text);
      const changed = engine.changes();
      const fresh = await freshStart(texts);
      assert.deepEqual(told(engine, texts), told(fresh, texts), `${file}:\n${text}`);
      const now = `${levels(engine, 'service.py')} ${levels(engine, 'job.py')}`;
      assert.equal(now, `${levels(fresh, 'service.py')} ${levels(fresh, 'job.py')}`, `${file}:\n${text}`);
      if (now.split(' ')[0] !== before.split(' ')[0]) assert.ok(changed.has('service.py'), `${file}:\n${text}`);
      if (now.split(' ')[1] !== before.split(' ')[1]) assert.ok(changed.has('job.py'), `${file}:\n${text}`);
      before = now;
      seen.push(now);
    }
    assert.deepEqual(seen, [
      'hint,hint ', 'hint,warning ', 'warning,hint ', 'hint,hint ', 'hint,warning ', 'hint,hint ', 'warning,warning ', 'hint,hint ', 'hint,warning ', 'hint,hint ',
      'hint,hint warning,warning', 'hint,hint warning', 'hint,hint ', 'hint,hint warning,warning', 'hint,hint warning,warning', 'hint,hint ', 'hint,hint warning,warning', 'hint,hint ',
    ]);
  });

  it('follow what Tornado calls', async () => {
    const base = 'from tornado.web import RequestHandler\n\n\nclass Base(RequestHandler):\n    pass\n';
    const page = 'import time\nfrom base import Base\n\n\nclass Other:\n    pass\n\n\nclass Page(Base):\n    def get(self):\n        time.sleep(1)\n\n    def other(self):\n        time.sleep(2)\n';
    const texts = new Map([['base.py', base], ['page.py', page], ['serve.py', '']]);
    const engine = await Engine.create(grammars);
    for (const [file, text] of texts) engine.set(file, text);
    engine.changes();
    const counts: number[] = [];
    for (const [file, text, open] of [
      ['base.py', base.replace('(RequestHandler)', ''), true], ['base.py', base, true], ['base.py', '', false], ['base.py', base, false],
      ['page.py', page.replace('def other', 'def post'), true], ['page.py', page.replace('(Base)', '(Other)'), true], ['page.py', page, true],
      ['serve.py', 'import tornado.wsgi\n\ntornado.wsgi.WSGIAdapter(application)\n', true], ['serve.py', '', true],
    ] as const) {
      const before = counts.at(-1) ?? 1;
      engine.set(file, text, open);
      engine.check(file, true);
      texts.set(file, text);
      const changed = engine.changes();
      const now = told(engine, texts);
      assert.deepEqual(now, told(await freshStart(texts), texts), `${file}:\n${text}`);
      counts.push(now.length);
      if (now.length !== before) assert.ok(changed.has('page.py'), `${file}:\n${text}`);
    }
    assert.deepEqual(counts, [0, 1, 0, 1, 2, 0, 1, 0, 1]);
  });
});
