/** Places in functions where other code runs, as the call graph keeps them. */

import type { Call, Expression, Facts, Range, Scope, Section } from '../facts.ts';
import type { BlockingRow } from '../knowledge/index.ts';
import { readsVariable } from './constants.ts';
import type { FunctionId } from './function-ids.ts';
import type { Handed } from './handed.ts';
import { constantOf, evaluate, fillsOnce, guardsOf, type Constant, type Guard } from './guards.ts';
import type { Names } from './names.ts';
import { displayName, type Abstract } from './scopes.ts';

/** A place in a function where other code runs. */
export interface Edge {
  readonly kind: 'call' | 'enter' | 'iterate' | 'read';
  readonly range: Range;
  /** Index into the file's calls. */
  readonly call?: number | undefined;
  /** As users name what is called: `load_user`, `requests.get`. */
  readonly name: string;
  /** The primitive it is, or the function it runs. */
  readonly row?: BlockingRow;
  readonly target?: FunctionId;
  /** The target's first parameter is taken. */
  readonly bound: boolean;
  readonly guards: readonly Guard[];
  /** No place where something is called: here the target implements what was. */
  readonly implements?: true;
  /** It fills what was empty (`if x is None: x = load()`): it runs once. */
  readonly once: boolean;
  /** Index into the file's blocks: the one it stands in. */
  readonly block: number;
  /** What somebody has asked of its conditions: of an edge that an edit took away nothing more can be known. */
  readonly asked: Conditions;
}

export interface Conditions {
  readonly guards?: readonly Guard[];
  readonly once?: boolean;
}

const unasked: Conditions = {};

/** What somebody has asked of the conditions of edges, by their numbers. */
export class Asked {
  #known: Map<number, Conditions> | undefined;

  of(edge: number): Conditions {
    return this.#known?.get(edge) ?? unasked;
  }

  /** Keeps what was found beside what is known, and returns all of it. */
  keep<T extends Conditions>(edge: number, found: T): Conditions & T {
    const all = { ...this.of(edge), ...found };
    (this.#known ??= new Map()).set(edge, all);
    return all;
  }
}

export interface FunctionCalls {
  readonly id: FunctionId;
  readonly path: string;
  readonly scope: number;
  readonly name: string;
  readonly async: boolean;
  /** Its body runs once (`lru_cache`). */
  readonly cached: boolean;
  /** Of a method that is there to be implemented. */
  readonly abstract?: Abstract | undefined;
  readonly edges: readonly Edge[];
}

/** A function as its file's calls know it: its name is made when asked for, most never are. */
export class FunctionAt implements FunctionCalls {
  readonly id: FunctionId;
  readonly path: string;
  readonly scope: number;
  readonly async: boolean;
  readonly cached: boolean;
  readonly abstract: Abstract | undefined;
  readonly edges: readonly Edge[];
  readonly #names: Names;

  constructor(names: Names, id: FunctionId, path: string, { index, function: facts }: Scope, cached: boolean, abstract: Abstract | undefined, edges: readonly Edge[]) {
    this.#names = names;
    this.id = id;
    this.path = path;
    this.scope = index;
    this.async = facts?.async === true;
    this.cached = cached;
    this.abstract = abstract;
    this.edges = edges;
  }

  get name(): string {
    const file = this.#names.file(this.path)!;
    return displayName(file, file.scopes[this.scope]!);
  }
}

/** A place where a function calls, awaits or hands over another of the workspace, a coroutine or not. */
export interface Use {
  /** The function that it uses. */
  readonly target: FunctionId;
  readonly range: Range;
  /** Index into the file's calls. */
  readonly call?: number | undefined;
}

export interface FileCalls {
  readonly functions: readonly FunctionCalls[];
  /** One of `functions`, where those are made each time. */
  readonly find?: (id: FunctionId) => FunctionCalls | undefined;
  /** By scope of the function; 0 for the module. */
  readonly uses: ReadonlyMap<number, readonly Use[]>;
  /** Functions that this file schedules on the loop, with the place where it does. */
  readonly callbacks: ReadonlyMap<FunctionId, Range>;
  /** Functions that this file hands to threads, with the place where it does. */
  readonly offloaded: ReadonlyMap<FunctionId, Range>;
  /** What calls give to parameters that do not say what they take, each once. */
  readonly handed: readonly Handed[];
  /** What it reads of what applications and requests carry, by dotted names. */
  readonly carried: readonly string[];
  /** Ignore comments that silence a primitive for every chain through it: the comment, and the rule. */
  readonly usedIgnores: readonly { readonly comment: Range; readonly rule: string }[];
  /** Of a file that is being edited. */
  readonly parts?: readonly SectionCalls[];
}

/** Where a section stands now (UTF-16), and places of its first block and call in the file's lists; nowhere for a file that is not being edited. */
export interface Standing {
  readonly offset: number;
  readonly block: number;
  readonly call: number;
}

/** Of a file that is not being edited, or of what never moves. */
export const unmoved: Standing = { offset: 0, block: 0, call: 0 };

/** Where a section stands, wherever edits move it. */
export class SectionStanding implements Standing {
  readonly #section: Section;

  constructor(section: Section) {
    this.#section = section;
  }

  get offset(): number {
    return this.#section.start;
  }

  get block(): number {
    return this.#section.firstBlock;
  }

  get call(): number {
    return this.#section.firstCall;
  }
}

/** A range that moves with its section. */
export class RangeAt implements Range {
  readonly #standing: Standing;
  readonly #start: number;
  readonly #end: number;

  constructor(standing: Standing, { start, end }: Range) {
    this.#standing = standing;
    this.#start = start - standing.offset;
    this.#end = end - standing.offset;
  }

  get start(): number {
    return this.#start + this.#standing.offset;
  }

  get end(): number {
    return this.#end + this.#standing.offset;
  }
}

/** What the calls of one section came to. */
export interface SectionCalls extends FileCalls {
  readonly section: Section;
  readonly standing: Standing;
}

/** What the edges of a file, or of one section of it, have in common. */
export interface EdgePlace {
  readonly path: string;
  readonly names: Names;
  readonly standing: Standing;
  readonly asked: Asked;
}

/** An edge whose conditions are worked out when asked for: most lead to nothing that blocks. */
export class EdgeAt implements Edge {
  readonly kind: Edge['kind'];
  readonly name: string;
  readonly row?: BlockingRow;
  readonly target?: FunctionId;
  readonly bound: boolean;
  readonly #path: string;
  readonly #names: Names;
  readonly #owner: number;
  // From where its section stands.
  readonly #standing: Standing;
  readonly #start: number;
  readonly #end: number;
  readonly #call: number | undefined;
  readonly #ownBlock: number;
  readonly #asked: Asked;
  readonly #number: number;

  constructor(at: EdgePlace, owner: number, number: number, { kind, range, block, call, name, row, target, bound }: EdgeDetails) {
    const { path, names, standing, asked } = at;
    this.kind = kind;
    this.#standing = standing;
    this.#start = range.start - standing.offset;
    this.#end = range.end - standing.offset;
    this.#call = call === undefined ? undefined : call - standing.call;
    this.#ownBlock = block - standing.block;
    this.name = name;
    if (row) this.row = row;
    if (target !== undefined) this.target = target;
    this.bound = bound ?? false;
    this.#path = path;
    this.#names = names;
    this.#owner = owner;
    this.#asked = asked;
    this.#number = number;
  }

  get range(): Range {
    const { offset } = this.#standing;
    return { start: this.#start + offset, end: this.#end + offset };
  }

  get call(): number | undefined {
    return this.#call === undefined ? undefined : this.#call + this.#standing.call;
  }

  get block(): number {
    return this.#ownBlock + this.#standing.block;
  }

  get asked(): Edge['asked'] {
    return this.#asked.of(this.#number);
  }

  get #file(): Facts {
    return this.#names.file(this.#path)!;
  }

  get guards(): readonly Guard[] {
    const { guards } = this.asked;
    if (guards) return guards;
    const file = this.#file;
    return this.#asked.keep(this.#number, { guards: guardsOf(file, this.block, file.scopes[this.#owner]!) }).guards;
  }

  get once(): boolean {
    const { once } = this.asked;
    if (once !== undefined) return once;
    const file = this.#file;
    const fills = this.call !== undefined && fillsOnce(file, file.calls[this.call]!, file.scopes[this.#owner]!);
    return this.#asked.keep(this.#number, { once: fills || this.#switchedOff(file) }).once;
  }

  /** Whether code runs only where somebody changes a setting: a constant in capitals that is false as it stands. */
  #switchedOff(file: Facts): boolean {
    const setting = (expression: Expression): Constant | undefined => {
      if (expression.kind === 'call') return isDebuggingVariable(file.calls[expression.call]!) ? null : undefined;
      if ((expression.kind !== 'name' && expression.kind !== 'attribute') || !/^[A-Z][A-Z0-9_]+$/.test(expression.name)) return constantOf(expression);
      const values = this.#names.infer(file, expression, file.blocks[this.block]!.scope, this.range.start);
      return values.length === 1 && values[0]!.kind === 'constant' ? values[0]!.value : undefined;
    };
    for (let index = this.block; index >= 0; index = file.blocks[index]!.parent) {
      const { test, not, kind } = file.blocks[index]!;
      if (test && kind !== 'while' && evaluate(test, setting) === false) return true;
      if (not?.some((one) => evaluate(one, setting) === true)) return true;
    }
    return false;
  }
}

/** `os.environ.get("PYTEST_DOCUMENTATION")`: who serves clients sets no such variable. */
function isDebuggingVariable({ callee, arguments: [name, ...others] }: Call): boolean {
  return others.length === 0 && name?.value.kind === 'constant' && typeof name.value.value === 'string' && /PYTEST|DEBUG|PROFIL/.test(name.value.value) && readsVariable(callee);
}

/** A use that moves with its section. */
export class UseAt implements Use {
  readonly target: FunctionId;
  readonly #standing: Standing;
  readonly #start: number;
  readonly #end: number;
  readonly #call: number | undefined;

  constructor(target: FunctionId, standing: Standing, { start, end }: Range, call: number | undefined) {
    this.target = target;
    this.#standing = standing;
    this.#start = start - standing.offset;
    this.#end = end - standing.offset;
    this.#call = call === undefined ? undefined : call - standing.call;
  }

  get range(): Range {
    const { offset } = this.#standing;
    return { start: this.#start + offset, end: this.#end + offset };
  }

  get call(): number | undefined {
    return this.#call === undefined ? undefined : this.#call + this.#standing.call;
  }
}

export interface EdgeDetails {
  readonly kind: Edge['kind'];
  readonly range: Range;
  /** Index into the file's blocks. */
  readonly block: number;
  readonly call?: number | undefined;
  readonly name: string;
  readonly row?: BlockingRow | undefined;
  readonly target?: FunctionId | undefined;
  readonly bound?: boolean;
}

/** The functions that calls use. */
export function targetsOf({ uses }: FileCalls): ReadonlySet<FunctionId> {
  const targets = new Set<FunctionId>();
  for (const some of uses.values()) for (const { target } of some) targets.add(target);
  return targets;
}
