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

const valid = ['x = 1', 'import os, time', 'time.sleep(1)', '# unblock: ignore', 'y = [i for i in range(3)]', 'f = lambda: open("a").read()', 'def added():\n    return open("b").read()', 'if x: pass', 'with open("c") as f: pass', 'for i in range(9): time.sleep(i)', ''];
const broken = ['(', ')', '"""', "'", ':', 'def', 'raise', 'global g', 'if a: raise B', '@', '    '];

function plain({ sections: _, ...facts }: Facts): string {
  const ranges = facts.calls.map((call) => [call.calleeRange, call.argumentsRange, call.awaited, call.arguments.map(({ valueRange }) => valueRange)]);
  return inspect({ ...facts, text: '', ranges }, { depth: 40, maxArrayLength: null, breakLength: 160 });
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

  it('keep the sections that an edit leaves alone', async () => {
    const source = new PythonSource((await loadParsers(grammars)).python);
    const text = 'import os\n\n\ndef first():\n    return 1\n\n\ndef second():\n    return first()\n';
    const before = source.facts('a.py', text, true).sections!;
    const after = source.facts('a.py', text.replace('1', '1 + 1'), true).sections!;
    assert.deepEqual(after.map((section, index) => section === before[index]), [false, false, true]);
    assert.equal(after[2]!.start, text.indexOf('def second') + ' + 1'.length);
  });
});

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
      const fresh = await Engine.create(grammars);
      for (const [other, say] of texts) fresh.set(other, say);
      const told = (one: Engine): readonly string[] => [...texts.keys()].flatMap((other) => one.check(other).map(({ rule, range }) => `${other} ${rule} ${range.start}`));
      assert.deepEqual(told(engine), told(fresh), `${file}:\n${text}`);
      for (const one of told(engine)) seen.add(one.split(' ', 2)[1]!);
    }
    assert.deepEqual([...seen].sort(), ['blocking-sleep', 'http-without-timeout', 'unawaited-coroutine']);
  });
});
