/** Half-typed code: what a file last said stays in force around the text that cannot be read. */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { Engine, type Diagnostic } from '../server/src/engine.ts';
import { difference } from '../server/src/languages/parser.ts';
import { grammars } from './grammars.ts';

const service: Readonly<Record<string, string>> = {
  'app/remote.py': `import time

import requests

session = requests.Session()


class Remote:
    base = "https://example.com"

    def get(self, path):
        return session.get(self.base + path)

    def wait(self):
        time.sleep(1)


def fetch(url, attempts=3):
    """Tries again, and again."""
    for attempt in range(attempts):
        if attempt:
            time.sleep(attempt)
        try:
            with open("/tmp/last") as last:
                last.read()
            return requests.get(url, headers={"accept": "text/plain"})
        except requests.ConnectionError:
            print("again")
    return None


def pause(seconds):
    time.sleep(seconds)
`,
  'app/views.py': `import asyncio
import subprocess

from fastapi import FastAPI

from app.remote import Remote, fetch, pause

app = FastAPI()
remote = Remote()


@app.get("/")
async def index(url: str):
    first = fetch(url)
    names = ["a", "b"]
    for name in names:
        await asyncio.sleep(1)
        pause(3)
    if first:
        remote.wait()
    subprocess.run(["ls"])
    return {"first": first, "second": remote.get("/b")}


@app.get("/all")
async def everything(urls: list[str]):
    return [fetch(url) for url in urls]
`,
  'requirements.txt': 'fastapi\nrequests\n',
};

const files = Object.keys(service);
const remote = service['app/remote.py']!;
const views = service['app/views.py']!;

/** What somebody does: where the cursor goes first (behind this text), then keys; \`⌫\` takes the character before away, and a piece of more than one is pasted. */
interface Sequence {
  readonly file: string;
  readonly behind: string;
  readonly keys: readonly string[];
}

const typed = (text: string): string[] => [...text];
const back = (count: number): string[] => new Array<string>(count).fill('⌫');

const sequences: Readonly<Record<string, Sequence>> = {
  'a call': { file: 'app/views.py', behind: 'first = fetch(url)\n', keys: typed('    second = fetch(url + "/second")\n') },
  'a call at the end of a function': { file: 'app/views.py', behind: 'subprocess.run(["ls"])', keys: typed('\n    print(first, (1, 2))') },
  'an argument of a call that blocks': { file: 'app/remote.py', behind: 'headers={"accept": "text/plain"}', keys: typed(', timeout=(1, 2)') },
  'an if around nothing': { file: 'app/remote.py', behind: 'for attempt in range(attempts):\n', keys: typed('        if attempt > (2 + 1):\n            break\n') },
  'another condition': { file: 'app/views.py', behind: '    if first', keys: [...typed(' and (not '), ...typed('names)')] },
  'another header of a loop': { file: 'app/remote.py', behind: 'for attempt in range(attempts)', keys: [...back(15), ...typed('range(1, 4)')] },
  'another header of a with': { file: 'app/remote.py', behind: 'with open("/tmp/last"', keys: [...back(11), ...typed('"/tmp/first", "rb"')] },
  'another signature': { file: 'app/remote.py', behind: 'def fetch(url', keys: typed(', *, deep: dict[str, int] = {}') },
  'a name and its signature': { file: 'app/remote.py', behind: 'def wait(self)', keys: [...back(6), ...typed('(self)')] },
  'a for above what it holds': { file: 'app/remote.py', behind: 'def wait(self):\n', keys: typed('        for turn in [1, 2]:\n            print(turn)\n') },
  'a function in front': { file: 'app/views.py', behind: 'remote = Remote()\n\n\n', keys: typed('async def health(name: str = "a"):\n    return {"name": name}\n\n\n') },
  'a method': { file: 'app/remote.py', behind: 'base = "https://example.com"\n', keys: typed('\n    def close(self, hard=False):\n        session.close()\n') },
  'a string': { file: 'app/views.py', behind: 'names = ["a", "b"', keys: typed(', "it\'s", \'c\'') },
  'a string over several lines': { file: 'app/remote.py', behind: 'session = requests.Session()\n', keys: typed('text = """One.\n\nTwo.\n"""\n') },
  'a docstring': { file: 'app/views.py', behind: 'async def index(url: str):\n', keys: typed('    """Says what it does."""\n') },
  'a docstring under a name that has one': { file: 'app/remote.py', behind: '"""Tries again, and again.', keys: [...typed('"""\n    """'), ...back(8)] },
  'a dictionary over several lines': { file: 'app/views.py', behind: 'first = fetch(url)\n', keys: typed('    table = {\n        "a": [1, 2],\n        "b": {"c": (3,)},\n    }\n') },
  'a bracket taken away and put back': { file: 'app/views.py', behind: 'first = fetch(url)', keys: ['⌫', ...typed(')')] },
  'a bracket taken away far from the end': { file: 'app/remote.py', behind: 'headers={"accept": "text/plain"', keys: [...back(14), ...typed(': "text/html"')] },
  'a colon taken away': { file: 'app/remote.py', behind: 'for attempt in range(attempts):', keys: ['⌫', ...typed(':')] },
  'a header taken away and written again': { file: 'app/views.py', behind: '    if first:\n', keys: [...back(14), ...typed('    if not first:\n')] },
  'a decorator': { file: 'app/views.py', behind: 'urls]\n', keys: typed('\n\n@app.get("/last", name="last")\nasync def last():\n    return 1\n') },
  'a comprehension': { file: 'app/views.py', behind: '    return [fetch(url) for url in urls', keys: typed(' if url.startswith(("a", "b"))') },
  'an import': { file: 'app/views.py', behind: 'import subprocess\n', keys: typed('from os.path import (join,\n    split)\n') },
  'another name of an import': { file: 'app/views.py', behind: 'import Remote, fetch, pause', keys: typed(', session as open_session') },
  'a lambda': { file: 'app/views.py', behind: 'first = fetch(url)\n', keys: typed('    key = lambda one: (one.name,\n        one.size)\n') },
  'a try': { file: 'app/remote.py', behind: 'def pause(seconds):\n', keys: typed('    try:\n        print("a")\n    except (ValueError, OSError) as error:\n        raise error\n') },
  'half a function pasted': { file: 'app/remote.py', behind: 'def pause(seconds):\n', keys: ['    value = compute(\n        seconds,\n        other=[1, 2,\n', ...typed('        3])\n')] },
  'a function pasted that is like the next': { file: 'app/remote.py', behind: 'return None\n\n\n', keys: ['def pause(seconds:\n    time.sleep(seconds)\n\n\n'] },
  'a line pasted that is like the next': { file: 'app/remote.py', behind: 'def pause(seconds):\n', keys: ['    time.sleep(seconds\n', ...back(1), ...typed(')\n')] },
  'a conflict pasted and taken away': { file: 'app/views.py', behind: 'first = fetch(url)\n', keys: ['<<<<<<< mine\n', '=======\n', '>>>>>>> theirs\n', ...back(44)] },
  'two things at once': { file: 'app/views.py', behind: 'first = fetch(url', keys: [...typed(' + ('), '↓', ...typed('\n    third = [1,'), ...typed(' 2]')] },
};

const told = (found: readonly Diagnostic[]): readonly string[] => found.map(({ rule, range, message, level, notes }) => JSON.stringify([rule, range, level, message, notes?.map((note) => [note.path, note.message])]));

/** Findings of a file that stand in lines which `edit` left alone, by what does not move: the line from the nearer end, and the text they mark. */
function around(text: string, found: readonly Diagnostic[], touched: { readonly start: number; readonly end: number }): readonly string[] {
  const first = text.lastIndexOf('\n', touched.start - 1) + 1;
  const feed = text.indexOf('\n', touched.end);
  const last = feed === -1 ? text.length : feed;
  return found.filter(({ range }) => range.end < first || range.start > last).map(({ rule, range, level, message, notes }) => {
    const place = range.end < first ? range.start : range.start - text.length;
    return JSON.stringify([rule, place, text.slice(range.start, range.end), level, message, notes?.map((note) => [note.path, note.message])]);
  });
}

/** Types into one file of `engine`, and asserts after each key that what could be read goes on as it was. Returns how many texts could not be read. */
function type(engine: Engine, file: string, states: Iterable<string>, others: readonly string[], name: string): number {
  let broken = 0;
  let readable: { readonly text: string; readonly found: readonly Diagnostic[]; readonly others: readonly (readonly string[])[] } | undefined;
  for (const text of states) {
    engine.set(file, text, true);
    // What is kept moves with the text: what is compared later must not.
    const found = engine.check(file, true).map((finding) => ({ ...finding, range: { ...finding.range } }));
    engine.changes();
    const facts = engine.facts(file)!;
    assert.equal(facts.text, text);
    for (const { range } of found) {
      assert.ok(range.start < range.end && !text.slice(range.start, range.end).includes('\n'), `${name}: a finding that is no place: ${JSON.stringify([range, found.map((one) => one.rule)])}\n${text}`);
      for (const { start, end } of facts.halfTyped?.unread ?? []) assert.ok(range.end < start || range.start > end, `${name}: a finding in what cannot be read:\n${text}`);
    }
    if (engine.facts(file)!.errors.length > 0 && broken % 8 === 0) assert.deepEqual(told(engine.check(file)), told(found), `${name}: whoever types sees the same:\n${text}`);
    const elsewhere = others.map((other) => told(engine.check(other)));
    if (facts.errors.length === 0) {
      assert.equal(facts.halfTyped, undefined, `${name}: a text that can be read:\n${text}`);
      readable = { text, found, others: elsewhere };
      continue;
    }
    broken++;
    assert.ok(readable, name);
    const { startIndex: start, oldEndIndex, newEndIndex } = difference(readable.text, text);
    assert.deepEqual(around(text, found, { start, end: newEndIndex }), around(readable.text, readable.found, { start, end: oldEndIndex }), `${name}: in the same file:\n${text}`);
    for (const [index, other] of others.entries()) assert.deepEqual(elsewhere[index], readable.others[index], `${name}: in ${other}:\n${text}`);
  }
  return broken;
}

async function assertFresh(engine: Engine, texts: ReadonlyMap<string, string>, name: string): Promise<void> {
  const fresh = await Engine.create(grammars);
  for (const [file, text] of texts) fresh.set(file, text);
  engine.changes();
  for (const file of texts.keys()) assert.deepEqual(told(engine.check(file)), told(fresh.check(file)), `${name}: ${file} after all`);
}

function* states({ file, behind, keys }: Sequence): Generator<string> {
  let text = service[file]!;
  let at = text.indexOf(behind) + behind.length;
  yield text;
  for (const key of keys) {
    if (key === '↓') {
      at = text.indexOf('\n', text.indexOf('\n', at) + 1);
      continue;
    }
    text = key === '⌫' ? text.slice(0, at - 1) + text.slice(at) : text.slice(0, at) + key + text.slice(at);
    at += key === '⌫' ? -1 : key.length;
    yield text;
  }
}

describe('Half-typed code', () => {
  it('has something to say in every file of the service', async () => {
    const engine = await Engine.create(grammars);
    for (const [file, text] of Object.entries(service)) engine.set(file, text);
    assert.ok(engine.check('app/views.py').length >= 6, told(engine.check('app/views.py')).join('\n'));
    assert.ok(engine.check('app/remote.py').length >= 1);
    assert.equal(remote.includes('\t') || views.includes('\t'), false);
  });

  for (const [name, sequence] of Object.entries(sequences)) {
    it(`keeps the understanding around it: ${name}`, async () => {
      const engine = await Engine.create(grammars);
      for (const [file, text] of Object.entries(service)) engine.set(file, text);
      engine.changes();
      const all = [...states(sequence)];
      assert.ok(type(engine, sequence.file, all, files.filter((file) => file !== sequence.file), name) > 0, `${name} could be read all the time`);
      if (engine.facts(sequence.file)!.errors.length > 0) {
        engine.set(sequence.file, service[sequence.file]!, true);
        await assertFresh(engine, new Map(Object.entries(service)), name);
      } else await assertFresh(engine, new Map([...Object.entries(service), [sequence.file, all.at(-1)!]]), name);
    });
  }

  it('reads what is written elsewhere while a line cannot be read', async () => {
    const engine = await Engine.create(grammars);
    for (const [file, text] of Object.entries(service)) engine.set(file, text, true);
    const before = engine.check('app/views.py').length;
    const broken = views.replace('first = fetch(url)', 'first = fetch(url');
    engine.set('app/views.py', broken, true);
    const both = broken.replace('    return [', '    pause(1)\n    return [');
    engine.set('app/views.py', both, true);
    const found = engine.check('app/views.py');
    assert.ok(found.some(({ range }) => range.start === both.indexOf('pause(1)')));
    engine.set('app/views.py', both.replace('fetch(url\n', 'fetch(url)\n'), true);
    assert.equal(engine.check('app/views.py').length, before + 1);
    assert.equal(engine.facts('app/views.py')!.halfTyped, undefined);
  });

  it('reads the next lines when one that cannot be read is left behind', async () => {
    const engine = await Engine.create(grammars);
    for (const [file, text] of Object.entries(service)) engine.set(file, text, true);
    const before = engine.check('app/views.py').length;
    let text = views;
    const at = views.indexOf('\n    names');
    for (const [index, key] of typed('\n    second = 1 2\n    pause(4)').entries()) {
      text = text.slice(0, at + index) + key + text.slice(at + index);
      engine.set('app/views.py', text, true);
    }
    assert.ok(engine.facts('app/views.py')!.errors.length > 0);
    assert.equal(engine.check('app/views.py').length, before + 1);
    assert.ok(engine.check('app/views.py').some(({ range }) => range.start === text.indexOf('pause(4)')));
  });

  it('is read as well as can be where nothing better was known', async () => {
    const engine = await Engine.create(grammars);
    const texts = new Map(Object.entries(service));
    for (const broken of [views.replace('names = [', 'names = [['), views.replace('(url: str)', '(url: str'), views.replace('@app.get("/all")', '@app.get("/all"')]) {
      for (const [file, text] of texts) engine.set(file, text);
      engine.set('app/views.py', broken, true);
      const seen = told(engine.check('app/views.py'));
      const fresh = await Engine.create(grammars);
      for (const [file, text] of texts) fresh.set(file, text);
      fresh.set('app/views.py', broken);
      assert.ok(seen.length > 0);
      assert.deepEqual(seen.filter((one) => !told(fresh.check('app/views.py')).includes(one)), []);
      const more = `${broken}\n\nasync def added():\n    pause(9)\n`;
      engine.set('app/views.py', more, true);
      fresh.set('app/views.py', more);
      const now = told(engine.check('app/views.py'));
      assert.deepEqual(told(fresh.check('app/views.py')).filter((one) => !now.includes(one)), [], more);
      engine.set('app/views.py', views, true);
      await assertFresh(engine, texts, broken);
      engine.set('app/views.py', views);
    }
  });

  it('goes on where the parser has never understood a line', async () => {
    const engine = await Engine.create(grammars);
    for (const [file, text] of Object.entries(service)) engine.set(file, text);
    const strange = views.replace('    names = ["a", "b"]\n', '    names = ["a", "b"] ?? 3\n');
    engine.set('app/views.py', strange, true);
    const before = engine.check('app/views.py').length;
    assert.ok(engine.facts('app/views.py')!.errors.length > 0);
    engine.set('app/views.py', strange.replace('    return [', '    pause(1)\n    return ['), true);
    assert.equal(engine.check('app/views.py').length, before + 1);
    engine.set('app/views.py', strange.replace('    return [', '    pause(1\n    return ['), true);
    assert.ok(engine.facts('app/views.py')!.halfTyped);
    assert.equal(engine.check('app/views.py').length, before + 1);
  });

  it('offers no rewrite of what cannot be read', async () => {
    const engine = await Engine.create(grammars);
    const text = 'async def main(texts, translate):\n    results = []\n    for text in texts:\n        results.append(await translate(text, "en"))\n    return results\n';
    engine.set('main.py', text, true);
    const fixes = (): number => engine.check('main.py').flatMap((finding) => finding.fixes?.() ?? []).length;
    assert.ok(fixes() > 0);
    engine.set('main.py', text.replace('"en"', '"en'), true);
    assert.equal(engine.check('main.py').length, 1);
    assert.equal(fixes(), 0);
    engine.set('main.py', text, true);
    assert.ok(fixes() > 0);
  });

  it('is offered what fits it, not what stood there before', async () => {
    const engine = await Engine.create(grammars);
    let text = 'bind = ":8000"\n';
    engine.set('gunicorn.conf.py', text, true);
    for (const key of "worker_class = 'ge") engine.set('gunicorn.conf.py', (text += key), true);
    assert.ok(engine.facts('gunicorn.conf.py')!.halfTyped);
    assert.ok(engine.offers('gunicorn.conf.py', text.length)!.offers.some((offer) => offer.text === 'gevent'));
    assert.equal(engine.facts('gunicorn.conf.py')!.text, text);
  });

  it('keeps ignore comments and what they silence', async () => {
    const engine = await Engine.create(grammars);
    const text = 'import time\n\n\nasync def main(values):\n    # unblock: ignore[blocking-sleep]\n    time.sleep(1)\n    values.sort()\n    # unblock: ignore[blocking-sleep]\n    time.sleep(2)\n    time.sleep(3)  # unblock: ignore\n';
    engine.set('main.py', text, true);
    assert.deepEqual(told(engine.check('main.py')), []);
    for (const now of [text.replace('sort()', 'sort('), text.replace('values)', 'values'), text.replace('sleep(1)', 'sleep(1'), text.replace('    values', '    """values'), text.replace('sleep(3)', 'sleep(3, (')]) {
      engine.set('main.py', now, true);
      assert.ok(engine.facts('main.py')!.errors.length > 0);
      assert.deepEqual(told(engine.check('main.py')), [], now);
    }
  });

  it('keeps the understanding around it, whatever is typed into the examples', async () => {
    const folder = path.join(import.meta.dirname, '../examples');
    const texts = new Map(readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll('\\', '/')).filter((file) => /\.(?:py|sh|txt|toml|ya?ml|conf|service)$|file$/i.test(file))
      .map((file) => [file, readFileSync(path.join(folder, file), 'utf8')] as const));
    const engine = await Engine.create(grammars);
    for (const [file, text] of texts) engine.set(file, text);
    const python = [...texts.keys()].filter((file) => file.endsWith('.py') && engine.check(file).length > 0);
    assert.ok(python.length > 5);
    engine.changes();
    let seed = 11;
    const random = (below: number): number => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % below;
    let broken = 0;
    for (const file of python.filter((_, index) => index % 4 === 0)) {
      const text = texts.get(file)!;
      const others = python.filter((other) => other !== file).slice(0, 2);
      for (let k = 0; k < 2; k++) {
        const lines = text.split('\n');
        const at = random(lines.length);
        const start = lines.slice(0, at).join('\n').length + (at > 0 ? 1 : 0);
        const end = start + lines[at]!.length;
        // Written anew, its end taken away, something put in between.
        const whole = typed(lines[at]!).map((_, length) => text.slice(0, start + length) + text.slice(end));
        const cut = start + random(lines[at]!.length + 1);
        const piece = ['foo(', '"""', 'if a', '{', 'def f(', '@', 'x = [1,\n', "'", ')', 'for x in', 'async def g(a:\n    b(\n', 'else:'][random(12)]!;
        broken += type(engine, file, [text, text.slice(0, cut) + text.slice(end), text, text.slice(0, cut) + piece + text.slice(cut), text, ...whole, text], others, `${file}:${at + 1}`);
      }
      await assertFresh(engine, texts, file);
      engine.set(file, text);
    }
    assert.ok(broken > 100, `${broken} could not be read`);
  });

  it('of a block that is pasted, keeps the lines before the first that cannot be read', async () => {
    const engine = await Engine.create(grammars);
    const text = 'import time\n\n\nasync def home():\n    time.sleep(1)\n';
    engine.set('main.py', text, true);
    engine.check('main.py');
    const pasted = `${text}    time.sleep(2)\n\ndef broken(:\n    x = [1,\n`;
    engine.set('main.py', pasted, true);
    assert.deepEqual(engine.check('main.py', true).map(({ rule, range }) => [rule, pasted.slice(range.start, pasted.indexOf('\n', range.start))]), [['blocking-sleep', 'time.sleep(1)'], ['blocking-sleep', 'time.sleep(2)']]);
  });
});
