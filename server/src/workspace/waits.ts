/** Whether coroutines would wait at the same time, or gain nothing by it. */

import type { Call, Expression, Facts, FunctionFacts, Scope } from '../facts.ts';
import { iteratedQuery, queryOf } from './queries.ts';
import { ownerOf } from './scopes.ts';
import { callsIn } from './work.ts';
import type { Workspace } from './workspace.ts';

/**
 * `something`: another machine, a timer, or what is not known. `threads`: work in threads, of which there are few. `thread`:
 * Django's one thread, in which its asynchronous queries and `sync_to_async` take turns. `nothing`: it only computes.
 */
export type Waiting = 'something' | 'threads' | 'thread' | 'nothing';

/** Helpers are followed this far. */
const deepest = 4;

/** Coroutines that compute, although they are awaited: an S3 client signs a URL without asking anybody. */
const computing = /^a?(generate_presigned_(url|post)|encrypt|decrypt|encode|decode|hash|sign|parse|format|render|convert|serialize|deserialize|validate_python|model_validate|to_dict|to_json)$/;
const handsToThreads = /^(to_thread|run_in_executor|run_in_threadpool|run_sync)$/;
const oneThread = /^(database_)?sync_to_async$/;

/** Whether a call runs its work in a thread: `asyncio.to_thread(load, path)`. */
export function runsInThreads(call: Call): boolean {
  return handsToThreads.test(lastName(call.callee));
}

/** What an awaited call waits for. */
export function waitingOf(file: Facts, workspace: Workspace, call: Call): Waiting {
  return waited(file, workspace, call, 0, workspace.remembered(waitingOf, () => new Map<string, Waiting>()));
}

function waited(file: Facts, workspace: Workspace, call: Call, depth: number, known: Map<string, Waiting>): Waiting {
  if (isInOneThread(file, call.callee)) return takesThreads(file, call.callee) ? 'threads' : 'thread';
  if (runsInThreads(call)) return 'threads';
  const waitedFor = /^(wait_for|shield)$/.test(lastName(call.callee)) ? call.arguments[0]?.value : undefined;
  if (waitedFor?.kind === 'call') return waited(file, workspace, file.calls[waitedFor.call]!, depth, known);
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
  if (calls.every(({ awaited }) => awaited === undefined) && !file.loops.some((loop) => loop.async && ownerOf(file, loop.scope) === scope)) {
    const facts = file.scopes[scope]!.function!;
    return facts.awaits || isPlaceholder(file, file.scopes[scope]!, facts) ? undefined : 'nothing';
  }
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
    if (one === 'threads' || one === 'thread' && found === 'nothing') found = one;
  }
  return found;
}

/** Whether a function stands for what others write: it does nothing, or refuses to. */
function isPlaceholder(file: Facts, { bindings, index }: Scope, { parameters, returns }: FunctionFacts): boolean {
  if (returns.length === 0 && file.blocks.some(({ kind, scope, leaves }) => kind === 'body' && scope === index && leaves === 'raise')) return true;
  return returns.every(({ kind }) => kind === 'constant') && bindings.size <= parameters.length && callsIn(file, index).length === 0;
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
