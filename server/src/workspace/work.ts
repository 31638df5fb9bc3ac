/** Functions given to other code as work: what runs them in a thread, and what runs them here. */

import type { Argument, Call, Expression, Facts } from '../facts.ts';
import { offLoop, type OffloadRow } from '../knowledge/index.ts';
import { mentioning } from './mentions.ts';
import type { Names } from './names.ts';
import { ownerOf } from './scopes.ts';
import { sectionAt } from './sections.ts';
import type { Definition } from './values.ts';

/** Unmistakable on any receiver. */
const byMethod: ReadonlyMap<string, OffloadRow> = new Map(['run_in_executor', 'async_add_executor_job'].flatMap((name) => offLoop.filter((row) => row.attr === name).slice(0, 1).map((row) => [name, row])));

/** Wrappers of the project's own that hand over to another are followed this far. */
const deepest = 4;

const nothing: readonly Expression[] = [];

/** The work that a call hands to a thread, a process or another machine; empty for all other calls. */
export function offloadedWork(names: Names, file: Facts, call: Call, depth = 0, callees = names.infer(file, call.callee, call.scope, call.start)): readonly Expression[] {
  // The project says it of a function, and not of which argument.
  if (names.offload(callees)) return call.arguments.map(({ value }) => value);
  for (const value of callees) {
    if (value.kind === 'symbol') {
      const row = value.offloads;
      if (row) return workOf(row, call.arguments);
    } else if (value.kind === 'function' && depth < deepest && call.arguments.length > 0) {
      // A wrapper of the project's own that does nothing but hand its argument over.
      const position = handsOver(names, value, depth + 1);
      if (position !== undefined) return positional(call.arguments).slice(position - (value.bound ? 1 : 0)).slice(0, 1).map((argument) => argument.value);
    }
  }
  const row = call.callee.kind === 'attribute' ? byMethod.get(call.callee.name) : undefined;
  return row ? workOf(row, call.arguments) : nothing;
}

/** Whether a call makes of a function one that runs elsewhere: `sync_to_async(load)`. */
export function makesOffloaded(names: Names, file: Facts, call: Call): boolean {
  const callees = names.infer(file, call.callee, call.scope, call.start);
  return names.offload(callees) || callees.some((value) => value.kind === 'symbol' && (value.offloads?.returns_wrapper
    || (value.name === 'functools.partial' && call.arguments[0] && names.infer(file, call.arguments[0].value, call.scope, call.start).some((work) => work.kind === 'symbol' && work.offloads !== undefined))));
}

/** The argument that a row speaks of. */
export function workOf({ work_arg: work }: Pick<OffloadRow, 'work_arg'>, args: readonly Argument[]): readonly Expression[] {
  if (work === undefined) return nothing;
  const argument = typeof work === 'string' ? args.find(({ name }) => name === work) : positional(args)[work];
  return argument ? [argument.value] : nothing;
}

const positional = (args: readonly Argument[]): readonly Argument[] => args.filter((argument) => argument.name === undefined);

/** The position of the parameter that a function of the workspace hands to a thread and never calls itself. */
function handsOver(names: Names, { path, scope }: Definition, depth: number): number | undefined {
  const file = names.file(path);
  const parameters = file?.scopes[scope]?.function?.parameters;
  if (!file || !parameters || (!speaksOfThreads(file) && !names.taught.offloading)) return undefined;
  const known = names.answers.handedOver(path);
  if (known.has(scope)) return known.get(scope);
  known.set(scope, undefined);
  const works = worksIn(names, file, scope, depth);
  const found = works.length === 0 ? -1 : parameters.findIndex((parameter) => !parameter.star && isAmong(works, file, scope, parameter.name));
  const position = found === -1 ? undefined : found;
  known.set(scope, position);
  return position;
}

/** Most files hand nothing over: a look at their text spares looking at every call. */
const speaksOfThreads = mentioning(/to_thread|run_sync|executor|submit|thread_?pool|Thread\b|sync_to_async|asyncify/);

/** Whether the code of `scope` gives what `name` stands for to a thread, and does not call it itself. */
export function isHandedOver(names: Names, file: Facts, scope: number, name: string): boolean {
  return isAmong(worksIn(names, file, scope, 0), file, scope, name);
}

/** Whether the code of `scope` gives what `name` stands for to a thread anywhere. */
export function isWork(names: Names, file: Facts, scope: number, name: string): boolean {
  return worksIn(names, file, scope, 0).some((work) => standsFor(file, work, scope, name));
}

/** What the code of a function hands over. */
function worksIn(names: Names, file: Facts, scope: number, depth: number): readonly Expression[] {
  return callsIn(file, scope).flatMap((call) => (call.arguments.length > 0 ? offloadedWork(names, file, call, depth + 1) : nothing));
}

function isAmong(works: readonly Expression[], file: Facts, scope: number, name: string): boolean {
  return works.some((work) => standsFor(file, work, scope, name)) && !callsIn(file, scope).some((call) => call.callee.kind === 'name' && call.callee.name === name);
}

/** `name` itself, `partial(name, …)`, a lambda or nested function that calls it. */
function standsFor(file: Facts, work: Expression, scope: number, name: string): boolean {
  switch (work.kind) {
    case 'name': return work.name === name || (file.scopes[scope]!.bindings.get(work.name) ?? []).some(({ value }) => (value.kind === 'function' ? callsName(file, value.scope, name) : value.kind === 'assigned' && value.value !== work && standsFor(file, value.value, scope, name)));
    case 'call': return file.calls[work.call]!.arguments.some((argument) => argument.value.kind === 'name' && argument.value.name === name);
    case 'lambda': return callsName(file, work.scope, name);
    default: return false;
  }
}

const callsName = (file: Facts, scope: number, name: string): boolean => callsIn(file, scope).some((call) => call.callee.kind === 'name' && call.callee.name === name);

const byOwner = new WeakMap<readonly Call[], ReadonlyMap<number, readonly Call[]>>();

/** Calls in a function's own body, not those of functions nested in it. */
export function callsIn(file: Facts, scope: number): readonly Call[] {
  // What a function calls stands in its section; scopes are counted from the first of that, because it may move.
  const section = scope > 0 ? sectionAt(file, file.scopes[scope]!.start) : undefined;
  const first = section?.firstScope ?? 0;
  const all = (section ?? file).calls;
  let calls = byOwner.get(all);
  if (!calls) {
    const grouped = new Map<number, Call[]>();
    for (const call of all) {
      const owner = ownerOf(file, call.scope) - first;
      const known = grouped.get(owner);
      if (known) known.push(call);
      else grouped.set(owner, [call]);
    }
    byOwner.set(all, (calls = grouped));
  }
  return calls.get(scope - first) ?? [];
}

/** The call that is given what another makes; undefined where that is no argument. `call`: index into the file's calls. */
export function callAround({ calls }: Facts, call: number): Call | undefined {
  return calls.find((outer) => takes(outer, call));
}

/** Whether a call is given what another makes. */
export function takes({ arguments: args }: Call, call: number): boolean {
  return args.some(({ value }) => value.kind === 'call' && value.call === call);
}
