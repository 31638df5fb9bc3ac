/** Which functions block, and through which calls: computed from the primitives up, the shortest and dearest chain for each. */

import type { Expression, Facts } from '../facts.ts';
import type { BlockingRow } from '../knowledge/index.ts';
import type { Edge, FileCalls, FunctionCalls } from './edges.ts';
import { argumentFor, constantOf, holds, type Constant, type Guard } from './guards.ts';
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

/** An edge, by the function that it stands in and its place there. */
interface Caller {
  readonly id: string;
  readonly edge: number;
}

/** Cheap calls are told where they stand on the loop, not through helpers: nobody would change a helper for them. */
const tiers = ['high', 'medium'] as const;
const mostEntries = 3;

/** An entry that is still right after its file moved its lines: it knows its function and edge by name and number. */
class Remembered implements Entry {
  readonly row: BlockingRow;
  readonly guards: readonly Guard[];
  readonly next?: Entry;
  readonly id: string;
  readonly #owner: Propagation;
  readonly #edge: number;

  constructor(owner: Propagation, id: string, edge: number, row: BlockingRow, guards: readonly Guard[], next: Entry | undefined) {
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

export class Propagation {
  readonly #entries = new Map<string, Entry[]>();
  readonly #functions = new Map<string, FunctionCalls>();
  readonly #facts: (path: string) => Facts | undefined;

  /** Evaluates constants that arguments name (`config.CACHE_TYPE`). */
  readonly #constant: (file: Facts, call: number, argument: Expression) => Constant | undefined;

  /** `step` is called where nobody holds what a table of facts gave. */
  constructor(files: Iterable<FileCalls>, facts: (path: string) => Facts | undefined, constant: (file: Facts, call: number, argument: Expression) => Constant | undefined, step: () => void = () => {}) {
    this.#facts = facts;
    this.#constant = constant;
    const callers = new Map<string, Caller[]>();
    const primitives: (Caller & { readonly row: BlockingRow })[] = [];
    for (const file of files) {
      for (const one of file.functions) {
        this.#functions.set(one.id, one);
        if (one.async) continue;
        for (const [index, { row, target }] of one.edges.entries()) {
          if (row) primitives.push({ id: one.id, edge: index, row });
          else if (target !== undefined) {
            const known = callers.get(target);
            if (known) known.push({ id: one.id, edge: index });
            else callers.set(target, [{ id: one.id, edge: index }]);
          }
        }
      }
    }
    for (const tier of tiers) {
      let queue: Remembered[] = [];
      for (const { id, edge: index, row } of primitives) {
        if (row.cost !== tier) continue;
        const caller = this.#functions.get(id)!;
        const edge = caller.edges[index]!;
        if (runsOnce(caller, edge, row)) continue;
        const entry = new Remembered(this, id, index, row, edge.guards, undefined);
        if (this.#take(id, entry)) queue.push(entry);
        step();
      }
      while (queue.length > 0) {
        const reached: Remembered[] = [];
        for (const below of queue) {
          for (const { id, edge: index } of callers.get(below.id) ?? []) {
            const caller = this.#functions.get(id)!;
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

  /** Keeps an entry unless the function is known to block in at least as many cases. */
  #take(id: string, entry: Entry): boolean {
    const known = this.#entries.get(id);
    if (!known) {
      this.#entries.set(id, [entry]);
      return true;
    }
    if (known.length >= mostEntries || known.some((one) => one.guards.length === 0 || same(one.guards, entry.guards))) return false;
    known.push(entry);
    return true;
  }

  /** The guards under which `caller` blocks through `edge`; undefined when its arguments rule it out. */
  #through(caller: FunctionCalls, edge: Edge, below: Entry): readonly Guard[] | undefined {
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

  /** A file whose calls are the same but for their places, or differ only as `survives` allows. */
  moved(before: FileCalls, after: FileCalls): void {
    for (const part of exchangedParts(before, after).come) for (const one of part.functions) this.#functions.set(one.id, one);
  }

  /** Whether all that is known of other functions still holds when `after` takes the place of `before`. */
  survives(before: FileCalls, after: FileCalls): boolean {
    const { gone, come } = exchangedParts(before, after);
    const old = new Map(gone.flatMap(({ functions }) => functions.map((one) => [one.id, one])));
    for (const one of come.flatMap(({ functions }) => functions)) {
      const was = old.get(one.id);
      old.delete(one.id);
      if (!was || was.async !== one.async) return false;
      // Nothing goes on through a coroutine.
      if (one.async || (was.cached === one.cached && alike(was.edges, one.edges))) continue;
      if (this.#entries.has(one.id) || one.edges.some((edge) => (edge.row ? edge.row.cost === 'high' || edge.row.cost === 'medium' : this.#entries.has(edge.target!)))) return false;
    }
    return old.size === 0;
  }

  function(id: string): FunctionCalls | undefined {
    return this.#functions.get(id);
  }

  /** The dearest way in which `edge`, in `caller`, blocks; undefined when it does not. */
  entry(caller: FunctionCalls, edge: Edge): Entry | undefined {
    if (edge.row) return { function: caller, edge, row: edge.row, guards: edge.guards };
    if (edge.target === undefined) return undefined;
    for (const below of this.#entries.get(edge.target) ?? []) {
      const guards = this.#through(caller, edge, below);
      if (guards && !runsOnce(caller, edge, below.row)) return { function: caller, edge, next: below, row: below.row, guards };
    }
    return undefined;
  }

  /** Ids of the functions that block. */
  get blocking(): Iterable<string> {
    return this.#entries.keys();
  }

  blocks(id: string): boolean {
    return this.#entries.has(id);
  }

  /** All ways in which a function blocks, the dearest first. */
  entries(id: string): readonly Entry[] {
    return this.#entries.get(id) ?? [];
  }

  /** How many other calls that block lie in a function; 0 where there is none. */
  others(id: string | undefined): number {
    const target = id === undefined ? undefined : this.#functions.get(id);
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
