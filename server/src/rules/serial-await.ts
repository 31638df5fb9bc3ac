/** Awaits in a loop that wait for each other without need. */

import type { Facts, Loop, Range } from '../facts.ts';
import { gatherFixes } from '../fixes/gather.ts';
import { independentAwait } from '../fixes/turns.ts';
import { defineMessages, defineRule } from '../rule.ts';

const messages = defineMessages('serial-await', {
  read: '`{call}` is awaited for one `{item}` after another though no turn needs the one before, so their waiting times add up; start them together with `asyncio.gather`',
  write: '`{call}` is awaited for one `{item}` after another though no turn needs the one before; if their order and a failure halfway do not matter, start them together with `asyncio.gather`',
});

export default defineRule({
  id: 'serial-await',
  summary: 'A loop awaits calls one after the other that do not depend on each other, so the caller waits for the sum of their times instead of the longest.',
  level: 'info',
  fix: 'unsafe', // All start at once; after a failure the others run on.
  messages: messages.texts,

  *check(file, workspace) {
    if (isTestOrMigration(file.path)) return;
    for (const loop of file.loops) {
      const found = independentAwait(file, workspace, loop);
      if (found === undefined) continue;
      const range = firstLine(file, found.call.calleeRange);
      const values = { call: shorten(file.text.slice(found.call.calleeRange.start, found.call.calleeRange.end)), item: itemOf(file, loop) };
      yield {
        range,
        message: found.nature === 'write' ? messages.write(values) : messages.read(values),
        fixes: () => gatherFixes(file, workspace, loop, found),
      };
    }
  },
});

/** Order and one at a time are the point of most tests and of every migration. */
function isTestOrMigration(path: string): boolean {
  return /(^|\/)(tests?|testing|migrations?|alembic)\/|(^|\/)(conftest|tests|test_[^/]*|[^/]*_test)\.py$/.test(path);
}

function itemOf(file: Facts, loop: Loop): string {
  const range = loop.targetRange!;
  return shorten(file.text.slice(range.start, range.end));
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ').replace(/ ?([.()]) ?/g, '$1');
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}

/** The last line of a callee that spans several: its method. */
function firstLine(file: Facts, range: Range): Range {
  const text = file.text.slice(range.start, range.end);
  const last = text.lastIndexOf('\n') + 1;
  return { start: range.start + last + (last > 0 ? /^[\s.]*/.exec(text.slice(last))![0].length : 0), end: range.end };
}
