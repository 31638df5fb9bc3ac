/** Texts of closed files are read again, and what is said stays right where they say something else by then. */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { Engine, type Diagnostic } from '../server/src/engine.ts';
import { mayBreak, mayHold, sameText } from '../server/src/facts.ts';
import { printOf } from '../server/src/print.ts';
import { grammars } from './grammars.ts';

const examples = path.join(import.meta.dirname, '../examples');
const serial = 'import httpx\n\n\nasync def load(ids):\n    async with httpx.AsyncClient() as client:\n        pages = []\n        for id in ids:\n            pages.append(await client.get(f"https://x/{id}"))\n        return pages\n';
const files: ReadonlyMap<string, string> = new Map([
  ...readdirSync(examples, { recursive: true, encoding: 'utf8' }).filter((file) => /\.(py|sh|toml|txt|ya?ml)$|Dockerfile|Procfile/.test(file)).map((file) => [file.replaceAll('\\', '/'), readFileSync(path.join(examples, file), 'utf8')] as const),
  ['serial.py', serial],
  ['app/wait.py', `${serial}\n\nasync def stop():\n    while not ready:\n        await asyncio.sleep(0.1)\n`],
  ['windows.py', serial.replaceAll('\n', '\r\n')],
  ['macintosh.py', 'x = "é"\rfrom serial import load\r\nimport time\n\nasync def main():\n    (time\n      .sleep)(1)\n    await (load\n)([])\n'],
]);
const python = [...files.keys()].filter((file) => file.endsWith('.py'));

/** An engine that reads texts again out of a map, as they are now. */
class Reading {
  readonly disk = new Map(files);
  readonly changed: string[] = [];
  reads = 0;
  readonly engine: Engine;

  private constructor(engine: Engine) {
    this.engine = engine;
    engine.readAgain({
      read: (file) => {
        this.reads++;
        return this.disk.get(file);
      },
      changed: (file) => this.changed.push(file),
    });
    for (const [file, text] of files) engine.set(file, text);
  }

  static async start(): Promise<Reading> {
    return new Reading(await Engine.create(grammars));
  }

  /** What a host does with the files it was told of. */
  catchUp(): void {
    for (const file of this.changed.splice(0)) {
      const text = this.disk.get(file);
      if (text === undefined) this.engine.delete(file);
      else this.engine.set(file, text);
    }
  }
}

async function fresh(texts: ReadonlyMap<string, string>): Promise<Engine> {
  const engine = await Engine.create(grammars);
  for (const [file, text] of texts) engine.set(file, text);
  return engine;
}

const told = (engine: Engine, paths: Iterable<string> = engine.paths()): unknown => [...paths].sort().flatMap((file) => engine.check(file).map((one: Diagnostic) => ({
  file, rule: one.rule, range: one.range, message: one.message, notes: one.notes?.map((note) => [note.path, note.range]), fixes: one.fixes?.().map(({ title, edits }) => ({ title, edits })),
})));

describe('Texts of closed files', () => {
  it('are not kept, and nothing is found otherwise', async () => {
    const reading = await Reading.start();
    assert.equal(reading.reads, 0);
    assert.deepEqual(told(reading.engine), told(await fresh(files)));
    assert.ok(reading.reads > 10, `${reading.reads} read`);
    assert.deepEqual(reading.changed, []);
  });

  it('are as they were, with their lines, names and prints', async () => {
    const { engine } = await Reading.start();
    const kept = await fresh(files);
    for (const file of python) {
      const [facts, text] = [engine.facts(file)!, files.get(file)!];
      assert.equal(facts.text, text);
      assert.equal(kept.facts(file)!.text, text);
      assert.deepEqual([...facts.lines!], [...text.matchAll(/\r\n|\n|\r/g)].map((match) => match.index + match[0].length));
      for (const { start, end } of [...facts.calls, ...facts.calls.map((call) => call.calleeRange)]) if (!mayBreak(facts, { start, end })) assert.ok(!/[\r\n]/.test(text.slice(start, end)));
      for (const scope of facts.scopes) for (const name of [scope.name, ...scope.bindings.keys()]) assert.ok(mayHold(facts, name), `${name} in ${file}`);
      assert.ok(!mayHold(facts, 'nobody_has_this_name'));
      assert.ok(!mayHold(facts, '没有'));
      assert.ok(engine.says(file, text) && !engine.says(file, `${text} `) && (text === '' || !engine.says(file, `~${text.slice(1)}`)));
      assert.ok(sameText(facts, kept.facts(file)!));
    }
    assert.ok(python.some((file) => !mayBreak(engine.facts(file)!, { start: 0, end: 3 })));
  });

  it('that differ in one place have different prints', () => {
    const prints = new Set<number>();
    for (let at = 0; at < serial.length; at++) for (const other of ['\0', '€', '\uffff']) prints.add(printOf(serial.slice(0, at) + other + serial.slice(at + 1)).hash);
    assert.equal(prints.size, 3 * serial.length);
    assert.ok(!prints.has(printOf(serial).hash));
  });

  for (const [how, change] of [
    ['says something else of the same length', (text: string) => text.replaceAll('time', 'mite').replaceAll('httpx', 'xptth')],
    ['is longer', (text: string) => `# New.\n${text}`],
    ['is empty', () => ''],
    ['is gone', () => undefined],
    ['says the same again, as soon as it has been missed', (text: string) => text],
  ] as const) {
    for (const when of ['before anything was worked out', 'when everything was worked out']) {
      it(`a file ${how}, ${when}: nothing is said of it until it is told`, async () => {
        let lost = 0;
        for (const file of ['serial.py', 'windows.py', 'macintosh.py', 'app/wait.py', ...python.slice(0, 1)]) {
          const reading = await Reading.start();
          const { engine, disk } = reading;
          if (when.startsWith('when')) engine.changes();
          const text = files.get(file)!;
          const now = change(text);
          if (now === undefined || now === text) disk.delete(file);
          else disk.set(file, now);
          told(engine);
          if (reading.changed.length > 0) {
            lost++;
            assert.deepEqual(reading.changed, [file]);
            const blank = engine.facts(file)!.text;
            assert.equal(blank.length, text.length);
            assert.equal(blank.trim(), '');
            assert.deepEqual([...blank.matchAll(/\n/g)].map(({ index }) => index + 1), [...text.matchAll(/\r\n|\n|\r/g)].map((match) => match.index + match[0].length));
            assert.equal(engine.text(file), undefined);
            assert.ok(!engine.says(file, text));
            assert.deepEqual(engine.check(file), []);
            for (const other of engine.paths()) for (const one of engine.check(other)) assert.deepEqual(one.fixes?.() ?? [], []);
            if (now === text) disk.set(file, text);
            reading.catchUp();
            assert.equal(engine.text(file), now);
          } else if (now === text) disk.set(file, text);
          else if (now === undefined) engine.delete(file);
          else engine.set(file, now);
          assert.deepEqual(reading.changed, []);
          assert.deepEqual(told(engine), told(await fresh(disk)), file);
        }
        assert.ok(lost > 1, `${lost} lost`);
      });
    }
  }

  it('may be opened, edited and closed while the disk says something else', async () => {
    const reading = await Reading.start();
    const { engine, disk } = reading;
    disk.set('serial.py', '');
    told(engine);
    engine.set('serial.py', serial, true);
    assert.deepEqual(told(engine), told(await fresh(files)));
    engine.set('serial.py', `import time\n${serial}`, true);
    assert.deepEqual(told(engine), told(await fresh(new Map(files).set('serial.py', `import time\n${serial}`))));
    engine.set('serial.py', '');
    assert.deepEqual(told(engine), told(await fresh(disk)));
  });

  it('of which changed ones are told by the engine make all files change', async () => {
    const { engine, disk } = await Reading.start();
    disk.set('serial.py', '');
    engine.check('serial.py');
    engine.changes();
    engine.set('serial.py', '');
    assert.deepEqual([...engine.changes()].sort(), [...files.keys()].sort());
  });
});
