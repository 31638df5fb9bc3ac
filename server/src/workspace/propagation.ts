/** Which functions block, and through which calls: computed from the primitives up, the shortest and dearest chain for each. */

import type { Expression, Facts, Range } from '../facts.ts';
import { firstCheap, urgencyOf, type BlockingRow } from '../knowledge/index.ts';
import type { Edge, FileCalls, FunctionCalls } from './edges.ts';
import type { FunctionId, FunctionIds } from './function-ids.ts';
import { argumentFor, constantOf, holds, type Constant, type Guard } from './guards.ts';
import type { Implementations } from './implementations.ts';
import { exchange, type Exchange } from './sections.ts';

/** One way a function blocks: an edge of it, and how the edge's target goes on. */
export interface Entry {
  readonly function: FunctionCalls;
  readonly edge: Edge;
  readonly next?: Entry;
  readonly row: BlockingRow;
  /** Conditions on the function's parameters under which it does. */
  readonly guards: readonly Guard[];
}

const mostEntries = 3;

/** An entry that is still right after its file moved its lines: it knows its function and edge by name and number. */
class Remembered implements Entry {
  readonly row: BlockingRow;
  readonly guards: readonly Guard[];
  readonly next?: Entry;
  readonly id: FunctionId;
  readonly #owner: Propagation;
  readonly #edge: number;

  constructor(owner: Propagation, id: FunctionId, edge: number, row: BlockingRow, guards: readonly Guard[], next: Entry | undefined) {
    this.#owner = owner;
    this.id = id;
    this.#edge = edge;
    this.row = row;
    this.guards = guards;
    if (next) this.next = next;
  }

  get function(): FunctionCalls {
    return this.#owner.function(this.id)!;
  }

  get edge(): Edge {
    return this.function.edges[this.#edge]!;
  }
}

/** Leads from a method that is left open to one that implements it, and on as that one does. */
class Implemented implements Entry {
  readonly id: FunctionId;
  readonly next: Entry;
  readonly row: BlockingRow;
  readonly guards: readonly Guard[];
  readonly implementation: FunctionId;
  readonly #owner: Propagation;

  constructor(owner: Propagation, id: FunctionId, implementation: FunctionId, next: Entry) {
    this.#owner = owner;
    this.id = id;
    this.implementation = implementation;
    this.next = next;
    this.row = next.row;
    this.guards = next.guards;
  }

  /** What a call gives is given to the implementation: its parameters count. */
  get function(): FunctionCalls {
    return this.#owner.function(this.implementation)!;
  }

  get edge(): Edge {
    const { name, path, scope } = this.function;
    const range = this.#owner.nameRange(path, scope);
    return { kind: 'call', range, name, target: this.implementation, bound: true, implements: true, guards: [], once: false, block: 0, asked: {} };
  }
}

/** A method that is left open, and how far its implementations are known to block. */
interface Open {
  readonly id: FunctionId;
  readonly rest: Iterator<FunctionId | undefined>;
  readonly blocking: FunctionId[];
  /** The implementation to be looked at next. */
  next?: FunctionId | undefined;
}

/** An edge, by the function that it stands in and its place there. */
interface Place {
  readonly id: FunctionId;
  readonly edge: number;
}

/** Places that lead to functions, by those functions and in the order in which they came. */
class Callers {
  /** By function, the numbers of its first place and of its last, counted from one. */
  readonly #first: Int32Array;
  readonly #last: Int32Array;
  /** By place: the function that it stands in, the edge, and the number of the next one that leads to the same. */
  readonly #all: number[] = [0, 0, 0];

  constructor(functions: number) {
    this.#first = new Int32Array(functions);
    this.#last = new Int32Array(functions);
  }

  add(to: FunctionId, id: FunctionId, edge: number): void {
    const number = this.#all.length / 3;
    const last = this.#last[to]!;
    if (last === 0) this.#first[to] = number;
    else this.#all[3 * last + 2] = number;
    this.#last[to] = number;
    this.#all.push(id, edge, 0);
  }

  *of(to: FunctionId): Iterable<Place> {
    for (let at = this.#first[to]!; at > 0; at = this.#all[3 * at + 2]!) yield { id: this.#all[3 * at]!, edge: this.#all[3 * at + 1]! };
  }
}

export class Propagation {
  readonly #entries = new Map<FunctionId, Entry[]>();
  readonly #calls: ReadonlyMap<string, FileCalls>;
  readonly #ids: FunctionIds;
  readonly #facts: (path: string) => Facts | undefined;
  readonly #implementations: Implementations;
  /** Methods that are left open, and that nobody calls. */
  readonly #uncalled: ReadonlySet<FunctionId>;
  /** By methods that are left open, the files of what implements them, as far as those had to be looked at. */
  readonly #implementing = new Map<FunctionId, Set<string>>();

  /** Evaluates constants that arguments name (`config.CACHE_TYPE`). */
  readonly #constant: (file: Facts, call: number, argument: Expression) => Constant | undefined;

  /** `calls`, by path, are looked up again whenever somebody asks. `step` is called where nobody holds what a table of facts gave. */
  constructor(calls: ReadonlyMap<string, FileCalls>, ids: FunctionIds, facts: (path: string) => Facts | undefined, implementations: Implementations, constant: (file: Facts, call: number, argument: Expression) => Constant | undefined, step: () => void = () => {}) {
    this.#calls = calls;
    this.#ids = ids;
    this.#facts = facts;
    this.#implementations = implementations;
    this.#constant = constant;
    const callers = new Callers(ids.size);
    const primitives: (Place & { readonly row: BlockingRow })[] = [];
    const left: FunctionCalls[] = [];
    const called = new Uint8Array(ids.size);
    for (const file of calls.values()) {
      for (const one of file.functions) {
        if (one.abstract) left.push(one);
        if (one.async) {
          for (const { target } of one.edges) if (target !== undefined) called[target] = 1;
          continue;
        }
        for (const [index, { row, target }] of one.edges.entries()) {
          if (row) primitives.push({ id: one.id, edge: index, row });
          else if (target !== undefined) {
            called[target] = 1;
            callers.add(target, one.id, index);
          }
        }
      }
    }
    this.#uncalled = new Set(left.flatMap(({ id }) => (called[id] ? [] : [id])));
    const open = new Set(left.flatMap(({ id, path, scope }): readonly Open[] => (called[id] ? [{ id, rest: implementations.of({ path, scope })[Symbol.iterator](), blocking: [] }] : [])));
    for (let urgency = 0; urgency < firstCheap; urgency++) {
      let queue: (Remembered | Implemented)[] = [];
      for (const { id, edge: index, row } of primitives) {
        if (urgencyOf(row) !== urgency) continue;
        const caller = this.function(id)!;
        const edge = caller.edges[index]!;
        if (runsOnce(caller, edge, row)) continue;
        const entry = new Remembered(this, id, index, row, edge.guards, undefined);
        if (this.#take(id, entry)) queue.push(entry);
        step();
      }
      for (;;) {
        if (queue.length === 0) queue = this.#implemented(open, step);
        if (queue.length === 0) break;
        const reached: Remembered[] = [];
        for (const below of queue) {
          for (const { id, edge: index } of callers.of(below.id)) {
            const caller = this.function(id)!;
            const edge = caller.edges[index]!;
            if (runsOnce(caller, edge, below.row)) continue;
            const guards = this.#through(caller, edge, below);
            if (!guards) continue;
            const entry = new Remembered(this, id, index, below.row, guards, below);
            if (this.#take(id, entry)) reached.push(entry);
            step();
          }
        }
        queue = reached;
      }
    }
  }

  /** Ways in which methods that are left open block, now that all of their implementations do. */
  #implemented(open: Set<Open>, step: () => void): Implemented[] {
    const found: Implemented[] = [];
    for (const one of open) {
      const ways = this.#waysOf(one);
      step();
      if (ways === 'pending') continue;
      for (const way of ways) if (this.#take(one.id, way)) found.push(way);
      if (ways.length === 0 || ways.some(({ guards }) => guards.length === 0)) open.delete(one);
    }
    return found;
  }

  /** How a method that is left open blocks, for all that is known so far; not at all where some implementation never will. */
  #waysOf(one: Open): readonly Implemented[] | 'pending' {
    for (;;) {
      if (one.next === undefined) {
        const { done, value } = one.rest.next();
        if (done) break;
        if (value === undefined) return [];
        one.next = value;
        this.#rememberPath(one.id, value);
      }
      if (this.#entries.has(one.next)) one.blocking.push(one.next);
      else if (!this.#handsOn(one.next, one.id)) return 'pending';
      one.next = undefined;
    }
    const [first, ...others] = one.blocking;
    if (first === undefined) return [];
    if (others.length === 0) return this.#entries.get(first)!.map((entry) => new Implemented(this, one.id, first, entry));
    // Which of several runs is not known, so none may rest on what it is given.
    const certain = one.blocking.map((id) => this.#entries.get(id)!.find(({ guards }) => guards.length === 0));
    if (certain.includes(undefined)) return 'pending';
    const dearest = Math.max(0, certain.findIndex((entry) => entry!.row.cost === 'high'));
    return [new Implemented(this, one.id, one.blocking[dearest]!, certain[dearest]!)];
  }

  #rememberPath(id: FunctionId, implementation: FunctionId): void {
    const known = this.#implementing.get(id);
    const path = this.#ids.pathOf(implementation);
    if (known) known.add(path);
    else this.#implementing.set(id, new Set([path]));
  }

  /** Whether what implements a method calls the same of another object: it blocks as that one does. */
  #handsOn(implementation: FunctionId, open: FunctionId): boolean {
    const one = this.function(implementation);
    return one?.edges.some((edge) => edge.target === open && edge.guards.length === 0 && !edge.once && this.#dispatches(one, edge)) === true;
  }

  /** Whether an edge leads to whatever implements its target: not from `super().load()`, which means the one there. */
  #dispatches(caller: FunctionCalls, edge: Edge): boolean {
    const calls = this.#facts(caller.path)?.calls;
    const callee = edge.call === undefined ? undefined : calls?.[edge.call]?.callee;
    const object = callee?.kind === 'attribute' && callee.object.kind === 'call' ? calls![callee.object.call]?.callee : undefined;
    return edge.bound && !(object?.kind === 'name' && object.name === 'super');
  }

  /** Keeps an entry unless the function is known to block in at least as many cases. */
  #take(id: FunctionId, entry: Entry): boolean {
    const known = this.#entries.get(id);
    if (!known) {
      this.#entries.set(id, [entry]);
      return true;
    }
    // The one that always holds has room behind any number of others.
    if ((known.length >= mostEntries && entry.guards.length > 0) || known.some((one) => one.guards.length === 0 || same(one.guards, entry.guards))) return false;
    known.push(entry);
    return true;
  }

  /** The guards under which `caller` blocks through `edge`; undefined when its arguments rule it out. */
  #through(caller: FunctionCalls, edge: Edge, below: Entry): readonly Guard[] | undefined {
    if (below instanceof Implemented && !this.#dispatches(caller, edge)) return undefined;
    const guards: Guard[] = [...edge.guards];
    if (below.guards.length === 0 || edge.call === undefined) return guards;
    const file = this.#facts(caller.path);
    const call = file?.calls[edge.call];
    const callee = this.#facts(below.function.path)?.scopes[below.function.scope]?.function;
    if (!file || !call || !callee) return guards;
    const owner = file.scopes[caller.scope]!;
    for (const guard of below.guards) {
      const value = argumentFor(call.arguments, callee.parameters, guard.parameter, edge.bound);
      if (!value) continue;
      if (value.kind === 'name') {
        const bound = owner.bindings.get(value.name);
        if (bound?.length === 1 && bound[0]!.value.kind === 'parameter') {
          guards.push({ ...guard, parameter: value.name });
          continue;
        }
      }
      const constant = constantOf(value) ?? this.#constant(file, edge.call, value);
      if (constant !== undefined && !holds(guard, constant)) return undefined;
    }
    return guards.slice(0, 3);
  }

  /** Whether methods that are left open are implemented as they were, now that the calls of these files have been worked out anew. */
  implementsTheSame(paths: Iterable<string>): boolean {
    return this.#implementations.survives(paths);
  }

  /** Files of what implements a method that is left open. */
  implementing(id: FunctionId): Iterable<string> {
    return this.#implementing.get(id) ?? [];
  }

  /** Whether all that is known of other functions still holds when `after` takes the place of `before`. */
  survives(before: FileCalls, after: FileCalls): boolean {
    const { gone, come } = exchangedParts(before, after);
    const old = new Map(gone.flatMap(({ functions }) => functions.map((one) => [one.id, one])));
    for (const one of come.flatMap(({ functions }) => functions)) {
      const was = old.get(one.id);
      old.delete(one.id);
      if (!was || was.async !== one.async || was.abstract !== one.abstract) return false;
      if (this.#uncalled.size > 0 && one.edges.some(({ target }) => target !== undefined && this.#uncalled.has(target))) return false;
      // Nothing goes on through a coroutine.
      if (one.async || (was.cached === one.cached && alike(was.edges, one.edges))) continue;
      if (this.#entries.has(one.id) || one.edges.some((edge) => (edge.row ? edge.row.cost === 'high' || edge.row.cost === 'medium' : this.#entries.has(edge.target!)))) return false;
    }
    return old.size === 0;
  }

  /** Where a function has its name. */
  nameRange(path: string, scope: number): Range {
    return this.#facts(path)?.scopes[scope]?.nameRange ?? { start: 0, end: 0 };
  }

  function(id: FunctionId): FunctionCalls | undefined {
    const calls = this.#calls.get(this.#ids.pathOf(id));
    return calls?.find ? calls.find(id) : calls?.functions.find((one) => one.id === id);
  }

  /** The most urgent way in which `edge`, in `caller`, blocks, of equal ones one without conditions; undefined when it does not. */
  entry(caller: FunctionCalls, edge: Edge): Entry | undefined {
    if (edge.row) return { function: caller, edge, row: edge.row, guards: edge.guards };
    if (edge.target === undefined) return undefined;
    let found: Entry | undefined;
    for (const below of this.#entries.get(edge.target) ?? []) {
      if (found && (below.guards.length > 0 || urgencyOf(below.row) !== urgencyOf(found.row))) continue;
      const guards = this.#through(caller, edge, below);
      if (guards && !runsOnce(caller, edge, below.row)) found = { function: caller, edge, next: below, row: below.row, guards };
      if (found && below.guards.length === 0) break;
    }
    return found;
  }

  /** The functions that block. */
  get blocking(): Iterable<FunctionId> {
    return this.#entries.keys();
  }

  blocks(id: FunctionId): boolean {
    return this.#entries.has(id);
  }

  /** All ways in which a function blocks, the dearest first. */
  entries(id: FunctionId): readonly Entry[] {
    return this.#entries.get(id) ?? [];
  }

  /** How many other calls that block lie in a function; 0 where there is none. */
  others(id: FunctionId | undefined): number {
    const [first] = id === undefined ? [] : this.entries(id);
    if (first instanceof Implemented) return this.others(first.implementation);
    const target = id === undefined ? undefined : this.function(id);
    if (!target) return 0;
    const count = target.edges.filter((one) => (one.row ? one.row.cost !== 'low' : this.#entries.has(one.target!))).length;
    return Math.max(0, count - 1);
  }
}

/** What is filled once costs nobody later: lazily made objects, and files and computations behind `lru_cache`. */
function runsOnce(caller: FunctionCalls, edge: Edge, row: BlockingRow): boolean {
  return edge.once || (caller.cached && (row.rule === 'blocking-file-io' || row.rule === 'blocking-cpu'));
}

/** The parts of a file by which two versions differ: sections, where both are of one that is being edited. */
function exchangedParts(before: FileCalls, after: FileCalls): Exchange<FileCalls> {
  return before.parts && after.parts ? exchange(before.parts, after.parts) : { gone: [before], come: [after] };
}

/** Whether edges of two versions of a function lead to the same, under the same conditions as far as anybody has asked for those. */
function alike(before: readonly Edge[], after: readonly Edge[]): boolean {
  return before.length === after.length && before.every(({ kind, row, target, bound, asked }, index) => {
    const other = after[index]!;
    return kind === other.kind && row?.name === other.row?.name && row?.cost === other.row?.cost && target === other.target && bound === other.bound
      && (asked.once === undefined || asked.once === other.once) && (asked.guards === undefined || JSON.stringify(asked.guards) === JSON.stringify(other.guards));
  });
}

function same(a: readonly Guard[], b: readonly Guard[]): boolean {
  return a.length === b.length && a.every((guard, index) => guard.test === b[index]!.test && guard.expected === b[index]!.expected && guard.parameter === b[index]!.parameter);
}

/** A text that is equal for two chains exactly when they go through the same places. */
export function chainOf(entry: Entry): string {
  let chain = '';
  for (let at: Entry | undefined = entry; at; at = at.next) chain += `${at.function.id}:${at.edge.range.start}>${at.edge.name};`;
  return chain + entry.row.cost;
}
