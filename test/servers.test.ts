/** The tables of servers and applications keep their own rules. */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { serverTable, type ServerSetting } from '../server/src/knowledge/servers.ts';

const folder = new URL('../server/src/knowledge/', import.meta.url);
const keys = ['name', 'flags', 'off', 'type', 'arity', 'default', 'choices', 'honoured_by', 'since', 'until', 'environment', 'settings', 'of', 'misspellings', 'parameters'];
const tables = ['celery', 'daphne', 'fastapi', 'flask', 'granian', 'gunicorn', 'hypercorn', 'uvicorn'];
const read = (name: string): string => readFileSync(new URL(`${name}.json`, folder), 'utf8');
const rows = (name: string): readonly ServerSetting[] => (JSON.parse(read(name)) as { settings: ServerSetting[] }).settings;
/** The rows that one command line may have: Celery's worker and beat have their own. */
const commands = tables.flatMap((name): readonly (readonly [string, readonly ServerSetting[]])[] =>
  (name === 'celery' ? ['worker', 'beat'].map((command) => [`celery ${command}`, rows(name).filter(({ of }) => of === undefined || of.includes(command))] as const) : [[name, rows(name)]]));

describe('knowledge: servers', () => {
  for (const name of tables) {
    it(`${name} has one setting a line, with fields that the types know`, () => {
      assert.equal(read(name).split('\n').filter((line) => line.startsWith('    {"name"') && /\},?$/.test(line)).length, rows(name).length + (name === 'gunicorn' ? 9 : 0));
      assert.deepEqual(rows(name).filter((row) => Object.keys(row).some((key) => !keys.includes(key))), []);
    });
  }

  for (const [command, settings] of commands) {
    it(`${command} names each setting and each flag once`, () => {
      assert.equal(new Set(settings.map(({ name }) => name)).size, settings.length);
      const flags = settings.flatMap((row) => row.flags);
      assert.deepEqual(flags.filter((flag, at) => flags.indexOf(flag) !== at), []);
      for (const row of settings) {
        assert.ok(row.flags.length === 0 || row.arity !== undefined, row.name);
        assert.ok((row.off ?? []).every((flag) => row.flags.includes(flag)), row.name);
        assert.equal(row.flags.every((flag) => serverTable(command)!.flag(flag) === serverTable(command)!.settings.get(row.name)), true, row.name);
      }
    });
  }

  it('knows applications by name, in order, one a line', () => {
    const text = read('applications');
    const names = (JSON.parse(text) as { name: string }[]).map(({ name }) => name);
    assert.deepEqual(names, [...new Set(names)].sort());
    assert.equal(text.split('\n').length, names.length + 3);
  });

  it('has no table that nothing reads', () => {
    for (const name of tables) assert.ok(readdirSync(folder).includes(`${name}.json`));
    assert.equal(serverTable('python'), undefined);
  });
});
