/** Whether coroutines would wait at the same time, or gain nothing by it. */

import type { Call, Expression, Facts } from '../facts.ts';
import { iteratedQuery, queryOf } from './queries.ts';
import { ownerOf } from './scopes.ts';
import { callsIn } from './work.ts';
import type { Workspace } from './workspace.ts';

/**
 * `something`: another machine, a timer, or what is not known. `thread`: Django's one thread, in which its asynchronous queries
 * and `sync_to_async` take turns. `nothing`: it only computes.
 */
export type Waiting = 'something' | 'thread' | 'nothing';

/** Helpers are followed this far. */
const deepest = 4;

/** Coroutines that compute, although they are awaited: an S3 client signs a URL without asking anybody. */
const computing = /^a?(generate_presigned_(url|post)|encrypt|decrypt|encode|decode|hash|sign|parse|format|render|convert|serialize|deserialize|validate_python|model_validate|to_dict|to_json)$/;
const oneThread = /^(database_)?sync_to_async$/;

/** What an awaited call waits for. */
export function waitingOf(file: Facts, workspace: Workspace, call: Call): Waiting {
  return waited(file, workspace, call, 0, workspace.remembered(waitingOf, () => new Map<string, Waiting>()));
}

function waited(file: Facts, workspace: Workspace, call: Call, depth: number, known: Map<string, Waiting>): Waiting {
  if (isInOneThread(file, call.callee) && !takesThreads(file, call.callee)) return 'thread';
  const target = workspace.target(file, call);
  const definition = target?.definition;
  if (!definition) return queryOf(file, workspace, call)?.library === 'django' ? 'thread' : computing.test(lastName(call.callee)) ? 'nothing' : 'something';
  const inside = workspace.file(definition.path);
  const facts = inside?.scopes[definition.scope]?.function;
  if (!inside || !facts || depth >= deepest) return 'something';
  if (facts.decorators.some(({ value }) => oneThread.test(lastName(value)))) return 'thread';
  if (!facts.async || facts.generator) return 'something';
  const key = `${definition.path}#${definition.scope}`;
  let found = known.get(key);
  if (found === undefined) {
    known.set(key, 'nothing'); // what calls itself waits for nothing by that
    found = waitedIn(inside, workspace, definition.scope, depth + 1, known) ?? (computing.test(inside.scopes[definition.scope]!.name) ? 'nothing' : 'something');
    // Deep down it may have been cut off: asked from nearer by, the answer can be another.
    if (depth === 0 || found === 'something') known.set(key, found);
    else known.delete(key);
  }
  return found;
}

function waitedIn(file: Facts, workspace: Workspace, scope: number, depth: number, known: Map<string, Waiting>): Waiting | undefined {
  const calls = callsIn(file, scope);
  if (file.withs.some((one) => one.async && ownerOf(file, one.scope) === scope)) return 'something';
  // Without an `await` it may be a placeholder for what others write.
  if (calls.every(({ awaited }) => awaited === undefined) && !file.loops.some((loop) => loop.async && ownerOf(file, loop.scope) === scope)) return undefined;
  let found: Waiting = 'nothing';
  for (const loop of file.loops) {
    if (!loop.async || ownerOf(file, loop.scope) !== scope) continue;
    if (!loop.iterable || iteratedQuery(file, workspace, loop.iterable, loop.scope, loop.start) !== 'django') return 'something';
    found = 'thread';
  }
  for (const call of calls) {
    if (call.awaited === undefined) continue;
    const one = waited(file, workspace, call, depth, known);
    if (one === 'something') return one;
    if (one === 'thread') found = one;
  }
  return found;
}

/** `sync_to_async(f)(…)`. */
function isInOneThread(file: Facts, callee: Expression): boolean {
  return callee.kind === 'call' && oneThread.test(lastName(file.calls[callee.call]!.callee));
}

/** `sync_to_async(f, thread_sensitive=False)`. */
function takesThreads(file: Facts, callee: Expression): boolean {
  return callee.kind === 'call' && file.calls[callee.call]!.arguments.some(({ name }) => name === 'thread_sensitive');
}

function lastName(value: Expression): string {
  return value.kind === 'name' || value.kind === 'attribute' ? value.name : '';
}
