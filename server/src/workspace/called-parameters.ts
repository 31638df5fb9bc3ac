/** Parameters that a function calls where it stands: itself, or through functions that it hands them to. */

import { mayHold, sameText, type Call, type Expression, type Facts, type Scope, type Section } from '../facts.ts';
import type { FunctionTarget, Handling } from './answers.ts';
import { argumentFor, reachable } from './guards.ts';
import type { Names } from './names.ts';
import { decoratedWith, ownerOf } from './scopes.ts';
import type { Definition } from './values.ts';
import { callsIn, isWork, offloadedWork } from './work.ts';

/** A parameter is followed through so many others: nobody writes more. */
const mostParameters = 60;

const nothing: readonly number[] = [];
const unused: Handling = { called: false, to: [] };
/** Most functions only read what they are given: those have the same. */
const noHandlings: ReadonlyMap<string, Handling> = new Map();

/** Positions of the parameters of a function that are called while it runs, in the same thread. */
export function calledParameters(names: Names, { path, scope }: Definition): readonly number[] {
  const known = names.answers.calledParameters(path);
  let found = known.get(scope);
  if (!found) {
    found = workOut(names, path, scope);
    known.set(scope, found);
    names.answers.told(path, scope, found);
  }
  return found;
}

/** Whether the functions of a file that has changed, of which `come` is new where it is being edited, call the parameters that others have been told. */
export function callsTheSame(names: Names, before: Facts, file: Facts, come: readonly Section[] | undefined): boolean {
  if (!come && sameText(before, file)) return true;
  names.answers.forgetCalled(file.path);
  let same = true;
  for (const { scopes } of come ?? [file]) {
    for (const { index, function: facts } of scopes) {
      if (!facts) continue;
      const before = names.answers.toldOf(file.path, index);
      if (before) same = before.join() === calledParameters(names, { path: file.path, scope: index }).join() && same;
    }
  }
  return same;
}

function workOut(names: Names, path: string, scope: number): readonly number[] {
  const parameters = names.file(path)?.scopes[scope]?.function?.parameters ?? [];
  const found = parameters.flatMap(({ name }, position) => (isCalled(names, { path, scope, parameter: name }, new Set()) ? [position] : []));
  return found.length > 0 ? found : nothing;
}

function isCalled(names: Names, at: FunctionTarget, seen: Set<string>): boolean {
  const key = `${at.path} ${at.scope} ${at.parameter}`;
  if (seen.has(key) || seen.size >= mostParameters) return false;
  seen.add(key);
  const { called, to } = handlingOf(names, at);
  if (!called && !to.some((one) => isCalled(names, one, seen))) return false;
  const file = names.file(at.path)!;
  // Where it may be a coroutine function, or work for a thread, the plain one goes another way.
  return !isWork(names, file, at.scope, at.parameter) && !(called && asksForCoroutines(file, file.scopes[at.scope]!));
}

/** What a function does with one of its parameters. */
function handlingOf(names: Names, { path, scope, parameter }: FunctionTarget): Handling {
  const handlings = names.answers.handlings(path);
  let known = handlings.get(scope);
  if (!known) handlings.set(scope, (known = handlingsOf(names, path, scope)));
  return known.get(parameter) ?? unused;
}

function handlingsOf(names: Names, path: string, scope: number): ReadonlyMap<string, Handling> {
  const file = names.file(path);
  const own = file?.scopes[scope];
  if (!file || !own?.function || isSpokenOf(names, { path, scope })) return noHandlings;
  const found = new Map<string, Handling>();
  const ofObject = file.scopes[own.parent]?.class !== undefined && !decoratedWith(own.function, 'staticmethod');
  for (const [position, { name, star, annotation }] of own.function.parameters.entries()) {
    if (star || (position === 0 && ofObject) || (annotation?.kind === 'name' && plain.has(annotation.name)) || own.bindings.get(name)?.length !== 1) continue;
    const handling = handlingIn(names, file, own, name);
    if (handling) found.set(name, handling);
  }
  // What runs the body elsewhere runs there what is called in it.
  return found.size === 0 || names.decoration(file, own, own.function).kind === 'coroutine' ? noHandlings : found;
}

/** No such thing can be called. */
const plain = new Set(['str', 'int', 'float', 'bool', 'bytes', 'list', 'dict', 'set', 'tuple']);

/** Of what the project itself says something, nothing else is said. */
function isSpokenOf(names: Names, { path, scope }: Definition): boolean {
  if (names.taught.empty) return false;
  const value = { kind: 'function', path, scope } as const;
  const name = names.nameOf(value)!;
  return names.taught.silences(name) || names.taught.row(name) !== undefined || names.offload([value]);
}

function handlingIn(names: Names, file: Facts, own: Scope, name: string): Handling | undefined {
  let called = false;
  const to: FunctionTarget[] = [];
  for (const call of callsIn(file, own.index)) {
    const { callee } = call;
    if (callee.kind === 'name') {
      if (callee.name === name) {
        if (!runsNow(file, call)) return undefined;
        called = true;
        continue;
      }
      const nested = nestedFunction(file, own, callee.name);
      called ||= nested !== undefined && callsItself(file, nested, name) && reachable(file, call.block, call.start);
    }
    if (!call.arguments.some(({ value }) => standsFor(file, own, value, name)) || !reachable(file, call.block, call.start)) continue;
    for (const { path, scope, bound } of targetsOf(names, file, call)) {
      const parameters = names.function({ path, scope })?.parameters ?? [];
      for (const { name: parameter, star } of parameters) {
        const argument = star ? undefined : argumentFor(call.arguments, parameters, parameter, bound);
        if (argument && standsFor(file, own, argument, name)) to.push({ path, scope, parameter });
      }
    }
  }
  return called || to.length > 0 ? { called, to } : undefined;
}

/** The function of the workspace that a call runs; none where it may be one of several. */
function targetsOf(names: Names, file: Facts, call: Call): readonly (Definition & { readonly bound: boolean })[] {
  const values = names.infer(file, call.callee, call.scope, call.start);
  const [value] = values;
  if (!value || values.length > 1) return [];
  if (value.kind === 'function') return [{ path: value.path, scope: value.scope, bound: value.bound ?? false }];
  if (value.kind !== 'class') return [];
  return names.attribute({ kind: 'object', path: value.path, scope: value.scope }, '__init__').flatMap((one) => (one.kind === 'function' ? [{ path: one.path, scope: one.scope, bound: true }] : []));
}

/** `name` itself, `partial(name, …)`, a lambda or nested function that calls it. */
function standsFor(file: Facts, own: Scope, value: Expression, name: string): boolean {
  switch (value.kind) {
    case 'name': {
      if (value.name === name) return true;
      const nested = nestedFunction(file, own, value.name);
      return nested !== undefined && callsItself(file, nested, name);
    }
    case 'lambda': return callsItself(file, value.scope, name);
    case 'call': {
      const { callee, arguments: [first] } = file.calls[value.call]!;
      return (callee.kind === 'name' || callee.kind === 'attribute') && callee.name === 'partial' && first?.value.kind === 'name' && first.value.name === name;
    }
    default: return false;
  }
}

/** The function that stands under this name in another. */
function nestedFunction(file: Facts, own: Scope, name: string): number | undefined {
  const bindings = own.bindings.get(name);
  const value = bindings?.length === 1 ? bindings[0]!.value : undefined;
  return value?.kind === 'function' && file.scopes[value.scope]!.function!.decorators.length === 0 ? value.scope : undefined;
}

/** Whether the code of a nested function or lambda calls what `name` stands for around it. */
function callsItself(file: Facts, scope: number, name: string): boolean {
  if (file.scopes[scope]!.bindings.has(name) || file.scopes[scope]!.function?.generator) return false;
  const calls = callsIn(file, scope).filter(({ callee }) => callee.kind === 'name' && callee.name === name);
  return calls.length > 0 && calls.every((call) => runsNow(file, call));
}

/** Who awaits the result has a coroutine function in mind. */
export function runsNow(file: Facts, call: Call): boolean {
  return call.awaited === undefined && reachable(file, call.block, call.start);
}

function asksForCoroutines(file: Facts, { start, end }: Scope): boolean {
  return ['iscoroutinefunction', 'iscoroutine', 'isawaitable'].some((word) => mayHold(file, word)) && /iscoroutine|isawaitable/.test(file.text.slice(start, end));
}

/**
 * Whether what a parameter was given, kept by an object or by a function inside and called here as `callee`, runs here. Where the
 * function that has the parameter calls it itself, that is told where it is given.
 */
export function runsGiven(names: Names, file: Facts, { scope }: Pick<Call, 'scope'>, callee: Expression): boolean {
  const owner = ownerOf(file, scope);
  if (asksForCoroutines(file, file.scopes[owner]!)) return false;
  if (callee.kind !== 'name') return !callsIn(file, owner).some((other) => other.arguments.length > 0 && offloadedWork(names, file, other).some((work) => sameChain(work, callee)));
  let at = owner;
  while (at > 0 && !file.scopes[at]!.bindings.has(callee.name)) at = file.scopes[at]!.parent;
  const position = file.scopes[at]!.function?.parameters.findIndex(({ name }) => name === callee.name) ?? -1;
  if (position === -1) return !isWork(names, file, owner, callee.name);
  return at !== owner && !calledParameters(names, { path: file.path, scope: at }).includes(position) && !asksForCoroutines(file, file.scopes[at]!) && !isWork(names, file, owner, callee.name) && !isWork(names, file, at, callee.name);
}

/** Whether two expressions are the same name, or the same attribute of the same. */
function sameChain(one: Expression, other: Expression): boolean {
  if (one.kind === 'name') return other.kind === 'name' && one.name === other.name;
  return one.kind === 'attribute' && other.kind === 'attribute' && one.name === other.name && sameChain(one.object, other.object);
}
