/** Queues in front of a client that may grow without end. */

import type { Call, Facts } from '../facts.ts';
import { isTestOrMigration } from '../findings/aside.ts';
import { streamOf, type Stream } from '../findings/streams.ts';
import { lastName } from '../fixes/names.ts';
import { defineMessages, defineRule, type Fix } from '../rule.ts';
import { callsNamed } from '../workspace/named-calls.ts';
import { takes } from '../workspace/work.ts';
import type { Workspace } from '../workspace/workspace.ts';

const messages = defineMessages('unbounded-queue', {
  sse: 'This queue feeds an event stream and has no bound: with a client that reads slowly or is gone, it grows until memory is full; give it a `{bound}`',
  websocket: 'This queue feeds a WebSocket and has no bound: with a client that reads slowly or is gone, it grows until memory is full; give it a `{bound}`',
  fix: 'Bound it with `maxsize={size}`',
});

/** Messages that a client may be behind before those who send wait. */
const size = 100;

export default defineRule({
  id: 'unbounded-queue',
  summary: 'A queue that feeds an event stream or a WebSocket has no bound, so a slow client fills the memory.',
  level: 'info',
  fix: 'unsafe', // Who puts into a full queue waits.
  messages: messages.texts,

  concerns: (file) => makingQueues.mayBeIn(file) && !isTestOrMigration(file.path),

  *check(file, workspace) {
    for (const call of makingQueues(file)) {
      const bound = boundOf(file, workspace, call);
      if (bound === undefined || isBounded(call, bound)) continue;
      const stream = streamOf(file, workspace, call);
      if (stream === undefined) continue;
      const { start, end } = call.calleeRange;
      yield { range: { start: end - lastName(call.callee)!.length, end }, message: messages[stream.kind]({ bound }), fixes: () => boundFixes(file, call, stream, start) };
    }
  },
});

const queues: ReadonlySet<string> = new Set(['Queue', 'LifoQueue', 'PriorityQueue', 'deque']);
const makingQueues = callsNamed(queues);

/** The parameter that bounds what a call makes; undefined where it makes no queue. */
function boundOf(file: Facts, workspace: Workspace, call: Call): 'maxsize' | 'maxlen' | undefined {
  const name = lastName(call.callee);
  if (name === undefined || !queues.has(name)) return undefined;
  const target = workspace.target(file, call)?.name ?? '';
  if (/^(asyncio|queue)\.(queues\.)?(Queue|LifoQueue|PriorityQueue)$/.test(target)) return 'maxsize';
  return target === 'collections.deque' ? 'maxlen' : undefined;
}

function isBounded(call: Call, bound: 'maxsize' | 'maxlen'): boolean {
  const given = call.arguments.find((argument, index) => argument.name === bound || argument.star !== undefined || (argument.name === undefined && index === (bound === 'maxsize' ? 0 : 1)));
  if (given === undefined) return false;
  // Zero, or less, or None stands for no bound.
  return given.star !== undefined || given.value.kind !== 'constant' || (typeof given.value.value === 'number' && given.value.value > 0);
}

/** A bound, where everybody who puts something in waits for room and is not the one who takes it out. */
function boundFixes(file: Facts, call: Call, { puts, taken }: Stream, start: number): readonly Fix[] {
  const asynchronous = taken.awaited !== undefined || file.calls.some((outer) => outer.awaited !== undefined && takes(outer, taken.index));
  if (call.arguments.length > 0 || lastName(call.callee) === 'deque' || puts.length === 0) return [];
  if (puts.some((put) => lastName(put.callee) !== 'put' || (put.awaited !== undefined) !== asynchronous || put.scope === taken.scope)) return [];
  const range = { start: call.argumentsRange.start, end: call.argumentsRange.end };
  return start < range.start ? [{ title: messages.fix({ size: String(size) }), safe: false, edits: [{ range, text: `(maxsize=${size})` }] }] : [];
}
