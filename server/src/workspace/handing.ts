/** Functions that are handed on without a call that says to whom: kept in a table, returned, called on what nobody knows. */

import { mayHold, type Call, type Expression, type Facts, type Scope, type Section } from '../facts.ts';
import { mayDrive } from './driving.ts';
import type { FileCalls, SectionCalls } from './edges.ts';
import { standsAside } from './scripts.ts';
import type { Workspace } from './workspace.ts';

/** Whether a function of a file may be called, or handed on, where we cannot tell which function of its name that is. */
export function isHandedOn(workspace: Workspace, calls: ReadonlyMap<string, FileCalls>, file: Facts, { name, parent }: Scope): boolean {
  const around = file.scopes[parent]!.kind;
  if (handsOn(workspace, file, name)) return true;
  // What is defined in a function is not known outside, and what is not in a class only by its module's name.
  if (around === 'function' || around === 'lambda') return false;
  const module = lastPart(workspace.module(file.path));
  const key = `${file.path} ${around} ${name}`;
  const among = (edited: boolean): boolean => {
    for (const path of workspace.paths) {
      const other = workspace.file(path);
      if (other?.language !== 'python' || (other.sections !== undefined) !== edited || path === file.path || standsAside(path) || !mayHold(other, name) || (around === 'module' && !mayHold(other, module))) continue;
      const all = calls.get(path);
      let known = all && byCalls.get(all);
      if (all && !known) byCalls.set(all, (known = new Map()));
      let answer = edited ? undefined : known?.get(key);
      if (answer === undefined) known?.set(key, (answer = handsOn(workspace, other, name) || importsUnseen(workspace, other, name, module)));
      if (answer) return true;
    }
    return false;
  };
  let known = amongClosed.get(workspace.shown);
  if (!known) amongClosed.set(workspace.shown, (known = new Map()));
  let answer = known.get(key);
  if (answer === undefined) known.set(key, (answer = among(false)));
  return answer || workspace.remembered(`${key} handed on`, () => among(true));
}

/** Answers of single files: their calls are worked out anew when what they rest on changes. */
const byCalls = new WeakMap<FileCalls, Map<string, boolean>>();
/** Answers of all files that are not being edited: they stay while no file shows others something new. */
const amongClosed = new WeakMap<object, Map<string, boolean>>();

/** `from utils import load`, where we see no such module, or see another one. */
function importsUnseen(workspace: Workspace, file: Facts, name: string, module: string): boolean {
  return file.scopes.some(({ bindings, index }) => bindings.get(name)?.some(({ value, start }) => value.kind === 'import' && value.member === name && lastPart(value.module) === module
    && !workspace.target(file, { callee: { kind: 'name', name }, scope: index, start: start + 1 })?.definition));
}

const lastPart = (dotted: string): string => dotted.slice(dotted.lastIndexOf('.') + 1);

function handsOn(workspace: Workspace, file: Facts, name: string): boolean {
  if (file.scopes.some((scope) => scope.function?.returns.some((value) => names(value, name)) || [...scope.bindings.values()].some((bindings) => bindings.some(({ value }) => value.kind === 'assigned' && names(value.value, name))))) return true;
  return file.calls.some((call) => givesAway(call, name) || (isWaitedFor(call, name) && workspace.target(file, call) === undefined));
}

/** As an attribute: names are looked up wherever they are given to a call. */
function givesAway(call: Call, name: string): boolean {
  return call.arguments.some(({ value }) => (value.kind === 'attribute' || value.kind === 'dictionary') && names(value, name)) && !mayDrive(call);
}

function isWaitedFor({ callee, awaited, role }: Call, name: string): boolean {
  return callee.kind === 'attribute' && callee.name === name && (awaited !== undefined || role === 'argument' || role === 'with' || role === 'iterated');
}

function names(value: Expression, name: string): boolean {
  switch (value.kind) {
    case 'name': case 'attribute': return value.name === name;
    case 'sequence': return value.items.some((item) => names(item, name));
    case 'dictionary': return value.entries.some((entry) => names(entry.value, name));
    case 'either': return value.options.some((option) => names(option, name));
    default: return false;
  }
}

/** Names that files have asked about: their answers rest on every file in which one stands. */
export class NamesAsked {
  readonly #asking = new Map<string, Set<string>>();

  add(name: string, asker: string): void {
    const known = this.#asking.get(name);
    if (known) known.add(asker);
    else this.#asking.set(name, new Set([asker]));
  }

  /** The files that asked about a name which may stand in what came or went. */
  *concernedBy(part: FileCalls | SectionCalls): Iterable<string> {
    for (const [name, askers] of this.#asking) if (!('section' in part) || holds(part.section, name)) yield* askers;
  }
}

function holds({ calls, scopes, bound }: Section, name: string): boolean {
  return calls.some((call) => givesAway(call, name) || isWaitedFor(call, name))
    || scopes.some((scope) => scope.name === name || scope.function?.returns.some((value) => names(value, name)) || [...scope.bindings.values()].some((bindings) => bindings.some(({ value }) => value.kind === 'assigned' && names(value.value, name))))
    || bound.some(([, { value }]) => value.kind === 'assigned' && names(value.value, name));
}
