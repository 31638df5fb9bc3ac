/** What comes in when it happens: messages of a socket, events of a stream. Nothing could ask for them together. */

import type { Facts, Loop } from '../facts.ts';
import { lastName, within } from '../fixes/names.ts';
import { isPacing } from '../fixes/resources.ts';
import { iteratedQuery } from '../workspace/queries.ts';
import { ownerOf } from '../workspace/scopes.ts';
import { callsIn } from '../workspace/work.ts';
import type { Definition } from '../workspace/values.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** By the words of what is walked. */
const arriving = /listen|subscri|notif|consum|receiv|websocket|pubsub|watch|events?\(|messages?\(|\.iter_(text|json|bytes)\(|(^|[^a-z])(ws|sock(et)?)(?![a-z])/i;
/** Streams of events, unless they are known to be queries. */
const streams = /(^|_)(stream|feed|updates|tail|follow)(_|$)/;

/** Generators that walk others are followed this far. */
const deepest = 3;

/** Whether the text of an `async for` says that its elements come in when they happen. */
export function saysItComesIn(file: Facts, { async, iterableRange }: Loop): boolean {
  return async && iterableRange !== undefined && arriving.test(file.text.slice(iterableRange.start, iterableRange.end));
}

/** Whether the elements of an `async for` come in when they happen, by its text or by the generator that it walks. */
export function comesIn(file: Facts, workspace: Workspace, loop: Loop, depth = 0): boolean {
  if (!loop.async || !loop.iterable) return false;
  if (saysItComesIn(file, loop)) return true;
  if (loop.iterable.kind !== 'call') return false;
  const call = file.calls[loop.iterable.call]!;
  const definition = workspace.target(file, call)?.definition;
  if (definition && depth < deepest && isEndless(workspace, definition, depth + 1)) return true;
  return streams.test(lastName(call.callee) ?? '') && iteratedQuery(file, workspace, loop.iterable, loop.scope, loop.start) === undefined;
}

/** Whether a generator gives something now and then for as long as the program runs. */
function isEndless(workspace: Workspace, { path, scope }: Definition, depth: number): boolean {
  const file = workspace.file(path);
  const facts = file?.scopes[scope]?.function;
  if (!file || !facts?.async || !facts.generator) return false;
  return file.loops.some((loop) => {
    if (ownerOf(file, loop.scope) !== scope) return false;
    if (loop.kind !== 'while') return comesIn(file, workspace, loop, depth);
    const { test, flow, bodyRange } = loop;
    if (!flow?.exits.some(({ kind }) => kind === 'yield')) return false;
    const forever = test?.kind === 'truthy' && test.value.kind === 'constant' && Boolean(test.value.value);
    return forever && !flow.exits.some(({ kind, nested }) => kind === 'return' || (kind === 'break' && !nested))
      || callsIn(file, scope).some((call) => within(call, bodyRange) && isPacing(lastName(call.callee) ?? ''));
  });
}
