/** Scopes of packed files: what stands in them is read when somebody asks for it. */

import type { Binding, ClassFacts, Decorator, Expression, FunctionFacts, Range, Scope } from '../facts.ts';

/** What stands in a scope, by the byte where it begins; offsets (UTF-16) count from the scope's start. */
export interface ScopeSource {
  string(number: number): string;
  bindings(byte: number, start: number): ReadonlyMap<string, readonly Binding[]>;
  outer(byte: number): readonly string[];
  function(byte: number, start: number, hasOuter: boolean): FunctionFacts;
  class(byte: number, start: number, hasOuter: boolean): ClassFacts;
}

const outerBit = 1;
const functionBit = 2;
const classBit = 4;

const noBindings: ReadonlyMap<string, readonly Binding[]> = new Map();

export class ScopeAt implements Scope {
  readonly index: number;
  readonly kind: Scope['kind'];
  readonly parent: number;
  readonly block: number;
  readonly start: number;
  readonly end: number;
  readonly #source: ScopeSource;
  readonly #name: number;
  readonly #nameStart: number;
  readonly #nameEnd: number;
  readonly #flags: number;
  /** The byte where its bindings begin, and where the rest does: the same where it binds nothing. */
  readonly #body: number;
  readonly #details: number;
  #bindings: ReadonlyMap<string, readonly Binding[]> | undefined;
  #facts: FunctionFacts | ClassFacts | undefined;

  constructor(source: ScopeSource, index: number, flags: number, kind: Scope['kind'], name: number, { start, end }: Range, nameRange: Range, parent: number, block: number, body: number, details: number) {
    this.#source = source;
    this.index = index;
    this.#flags = flags;
    this.kind = kind;
    this.#name = name;
    this.start = start;
    this.end = end;
    this.#nameStart = nameRange.start;
    this.#nameEnd = nameRange.end;
    this.parent = parent;
    this.block = block;
    this.#body = body;
    this.#details = details;
  }

  get name(): string {
    return this.#source.string(this.#name);
  }

  get nameRange(): Range {
    return { start: this.#nameStart, end: this.#nameEnd };
  }

  get bindings(): ReadonlyMap<string, readonly Binding[]> {
    return (this.#bindings ??= this.#body === this.#details ? noBindings : this.#source.bindings(this.#body, this.start));
  }

  get outer(): readonly string[] | undefined {
    return this.#flags & outerBit ? this.#source.outer(this.#details) : undefined;
  }

  get function(): FunctionFacts | undefined {
    if (!(this.#flags & functionBit)) return undefined;
    return (this.#facts ??= this.#source.function(this.#details, this.start, (this.#flags & outerBit) !== 0)) as FunctionFacts;
  }

  get class(): ClassFacts | undefined {
    if (!(this.#flags & classBit)) return undefined;
    return (this.#facts ??= this.#source.class(this.#details, this.start, (this.#flags & outerBit) !== 0)) as ClassFacts;
  }
}

export class ClassAt implements ClassFacts {
  readonly decorators: readonly Decorator[];
  readonly bases: readonly Expression[];
  readonly keywords: ClassFacts['keywords'];
  #attributes: ReadonlyMap<string, readonly Binding[]> | (() => ReadonlyMap<string, readonly Binding[]>);

  /** Attributes are read when asked for. */
  constructor(decorators: readonly Decorator[], bases: readonly Expression[], keywords: ClassFacts['keywords'], attributes: () => ReadonlyMap<string, readonly Binding[]>) {
    this.decorators = decorators;
    this.bases = bases;
    this.keywords = keywords;
    this.#attributes = attributes;
  }

  get attributes(): ReadonlyMap<string, readonly Binding[]> {
    if (typeof this.#attributes === 'function') this.#attributes = this.#attributes();
    return this.#attributes;
  }
}
