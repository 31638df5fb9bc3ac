/** Awaits that wait for each other without need. */

import type { Call, Facts, Loop, Range } from '../facts.ts';
import { isScriptOrCommand, isTestOrMigration } from '../findings/aside.ts';
import { gatherFixes } from '../fixes/gather.ts';
import { independentRows } from '../fixes/rows.ts';
import { independentAwait } from '../fixes/turns.ts';
import { defineMessages, defineRule } from '../rule.ts';
import { mentioningNames } from '../workspace/mentions.ts';

const messages = defineMessages('serial-await', {
  read: '`{call}` is awaited for one `{item}` after another though no turn needs the one before, so their waiting times add up; start them together with `asyncio.gather`',
  outside: '`{call}` is awaited for one `{item}` after another though no turn needs the one before, so their waiting times add up; start several at a time with `asyncio.gather` and a semaphore',
  row: '`{call}` waits for the `{first}` above without needing it, so their waiting times add up; start them together with `asyncio.gather`',
  write: '`{call}` is awaited for one `{item}` after another though no turn needs the one before; if their order and a failure halfway do not matter, start them together with `asyncio.gather`',
});

const awaits = mentioningNames(['await']);

export default defineRule({
  id: 'serial-await',
  summary: 'Calls that do not depend on each other are awaited one after the other, so the caller waits for the sum of their times instead of the longest.',
  level: 'info',
  fix: 'unsafe', // All start at once; after a failure the others run on.
  messages: messages.texts,

  concerns: (file) => awaits(file) && !isTestOrMigration(file.path),

  *check(file, workspace) {
    for (const loop of file.loops) {
      const found = independentAwait(file, workspace, loop);
      if (found === undefined) continue;
      const range = firstLine(file, found.call.calleeRange);
      const values = { call: calleeOf(file, found.call), item: itemOf(file, loop) };
      yield {
        range,
        ...(found.database || isScriptOrCommand(file.path) || runsAtEnd(file, loop) ? { level: 'hint' as const } : {}),
        message: found.nature === 'write' ? messages.write(values) : found.external ? messages.outside(values) : messages.read(values),
        fixes: () => gatherFixes(file, workspace, loop, found),
      };
    }
    for (const { first, second, fixes } of independentRows(file, workspace)) {
      const message = messages.row({ call: calleeOf(file, second), first: calleeOf(file, first) });
      yield { range: firstLine(file, second.calleeRange), level: 'hint', message, fixes };
    }
  },
});

const endings = /^_?(on_)?(a?close|a?close_all|dispose|shutdown|shut_down|stop|teardown|__aexit__)$/;

/** When a program ends, nobody waits for an answer, and what is closed is best closed in order. */
function runsAtEnd(file: Facts, loop: Loop): boolean {
  for (let at = file.scopes[loop.scope]; at !== undefined; at = file.scopes[at.parent]) if (at.function) return endings.test(at.name);
  return false;
}

function calleeOf(file: Facts, { calleeRange: { start, end } }: Call): string {
  return shorten(file.text.slice(start, end));
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
