/** Bytes → facts of a Python file: each part is read when somebody asks for it. */

import type { Argument, Binding, Block, BoundValue, Call, ClassFacts, Decorator, Expression, Facts, FunctionFacts, Ignore, Loop, LoopFlow, NameUse, Parameter, Read, Scope, Statement, Store, Test, With } from '../facts.ts';
import { ArgumentAt, CallAt } from '../languages/python-calls.ts';
import { includes, Reader, stringsAt, unitsOf } from '../bytes.ts';
import type { Print } from '../print.ts';
import * as kinds from './kinds.ts';
import { headLength, parts } from './pack.ts';
import { ClassAt, ScopeAt, type ScopeSource } from './scope-at.ts';
import { Terms } from './terms.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type Rest = Pick<Facts, 'errors' | 'importsStart' | 'statements' | 'reads' | 'withs' | 'stores'>;

/** Reads what `pack` has written. */
export class Unpacked {
  readonly #bytes: Uint8Array;
  readonly #starts: Uint32Array;
  #terms: Terms | undefined;
  #scopes: readonly Scope[] | undefined;
  #blocks: readonly Block[] | undefined;
  #calls: readonly Call[] | undefined;
  #loops: readonly Loop[] | undefined;
  #rest: Rest | undefined;
  #ignores: readonly Ignore[] | undefined;
  #lines: Uint32Array | undefined;

  constructor(packed: ArrayBuffer) {
    this.#bytes = new Uint8Array(packed);
    this.#starts = new Uint32Array(packed, 0, headLength);
  }

  get scopes(): readonly Scope[] {
    return (this.#scopes ??= this.#readScopes());
  }

  get blocks(): readonly Block[] {
    return (this.#blocks ??= this.#readBlocks());
  }

  get calls(): readonly Call[] {
    return (this.#calls ??= this.#readCalls());
  }

  get loops(): readonly Loop[] {
    return (this.#loops ??= this.#readLoops());
  }

  get rest(): Rest {
    return (this.#rest ??= this.#readRest());
  }

  #part(name: (typeof parts)[number]): Reader {
    return new Reader(this.#bytes, this.#starts[parts.indexOf(name)]!);
  }

  /** Most files have none: that can be told without reading anything else. */
  get hasIgnores(): boolean {
    return this.#part('ignores').number() > 0;
  }

  get ignores(): readonly Ignore[] {
    return (this.#ignores ??= this.#readIgnores());
  }

  get properties(): readonly string[] {
    return this.#readStrings('properties');
  }

  /** Of the text. */
  get print(): Print {
    return { length: this.#starts[parts.length + 1]!, hash: this.#starts[parts.length + 2]! | 0 };
  }

  /** Where the lines of the text start, from the second on. */
  get lines(): Uint32Array {
    return (this.#lines ??= this.#readLines());
  }

  #readLines(): Uint32Array {
    const from = this.#part('lines');
    const starts: number[] = [];
    for (let at = 0; from.position < this.#bytes.length; ) starts.push(at += from.number());
    return Uint32Array.from(starts);
  }

  /** Whether one of the strings holds `name`, or two that stand side by side do. */
  holds(name: string): boolean {
    const from = this.#part('strings');
    const count = from.number();
    if (count === 0) return false;
    for (let i = 0; i < count; i++) from.number();
    const wide = from.number() === 1;
    return includes(this.#bytes.subarray(from.position, this.#starts[parts.indexOf('nodes')]), unitsOf(name, wide));
  }

  #readStrings(part: 'strings' | 'properties'): readonly string[] {
    const from = this.#part(part);
    const lengths = from.list(() => from.number());
    if (lengths.length === 0) return noStrings;
    const wide = from.number() === 1;
    return stringsAt(this.#bytes, from.position, lengths, wide);
  }

  /** What reads a part. With `all`, most expressions will be asked for: they are read at once. */
  #reading(name: (typeof parts)[number], all = true): Reading {
    this.#terms ??= new Terms(this.#bytes, this.#starts);
    if (all) this.#terms.readAll();
    return new Reading(this.#part(name), this.#terms);
  }

  #readScopes(): readonly Scope[] {
    const read = this.#reading('scopes', false);
    return read.scopes();
  }

  #readBlocks(): readonly Block[] {
    const read = this.#reading('blocks', false);
    let index = 0;
    return read.from.list(() => read.block(index++));
  }

  #readCalls(): readonly Call[] {
    const read = this.#reading('calls');
    let index = 0;
    return read.from.list(() => read.call(index++));
  }

  #readLoops(): readonly Loop[] {
    const read = this.#reading('loops');
    let index = 0;
    return read.from.list(() => read.loop(index++));
  }

  #readIgnores(): readonly Ignore[] {
    const read = this.#reading('ignores');
    return read.from.list(() => read.ignore());
  }

  #readRest(): Rest {
    const read = this.#reading('rest');
    const { from } = read;
    let index = 0;
    return {
      errors: from.list(() => from.range()), importsStart: from.number(), statements: from.list(() => read.statement()),
      reads: from.list(() => read.read()), withs: from.list(() => read.with(index++)), stores: from.list(() => read.store()),
    };
  }
}

const noStrings: readonly string[] = [];

class Reading implements ScopeSource {
  readonly from: Reader;
  readonly #terms: Terms;

  constructor(from: Reader, terms: Terms) {
    this.from = from;
    this.#terms = terms;
  }

  #string = (): string => this.#terms.string(this.from.number());

  #expression = (): Expression => this.#terms.node(this.from.number()) as Expression;

  // ── scopes and blocks ──

  string(number: number): string {
    return this.#terms.string(number);
  }

  scopes(): readonly Scope[] {
    const { from } = this;
    const count = from.number();
    const length = from.number();
    let body = from.position + length;
    const scopes = new Array<Scope>(count);
    for (let index = 0; index < count; index++) {
      const flags = from.number();
      const kind = kinds.scopeKinds[from.number()]!;
      const name = from.number();
      const range = from.range();
      const nameRange = from.range();
      const parent = from.signed();
      const block = from.signed();
      const details = body + from.number();
      scopes[index] = new ScopeAt(this, index, flags, kind, name, range, nameRange, parent, block, body, details);
      body = flags === 0 ? details : details + from.number();
    }
    return scopes;
  }

  bindings(byte: number, start: number): ReadonlyMap<string, readonly Binding[]> {
    this.from.go(byte, start);
    return this.#bindings();
  }

  outer(byte: number): readonly string[] {
    return this.from.go(byte).list(this.#string);
  }

  function(byte: number, start: number, hasOuter: boolean): FunctionFacts {
    this.from.go(byte, start);
    if (hasOuter) this.from.list(this.#string);
    return this.#function();
  }

  class(byte: number, start: number, hasOuter: boolean): ClassFacts {
    this.from.go(byte, start);
    if (hasOuter) this.from.list(this.#string);
    return this.#class(start);
  }

  #function(): FunctionFacts {
    const { from } = this;
    const flags = from.number();
    const decorators = from.list(this.#decorator);
    const parameters = from.list(this.#parameter);
    const returnAnnotation = flags & 8 ? this.#expression() : undefined;
    const made: Writable<FunctionFacts> = {
      async: (flags & 1) !== 0, generator: (flags & 2) !== 0, decorators, parameters, returns: from.list(this.#expression), yields: from.list(this.#expression),
      wholeRange: from.range(), keywordRange: from.range(), bodyRange: from.range(), awaits: (flags & 4) !== 0,
    };
    if (returnAnnotation) made.returnAnnotation = returnAnnotation;
    if (flags & 48) made.stub = flags & 16 ? 'empty' : 'missing';
    return made;
  }

  #class(start: number): ClassFacts {
    const { from } = this;
    const decorators = from.list(this.#decorator);
    const bases = from.list(this.#expression);
    const keywords = from.list(() => ({ name: this.#string(), value: this.#expression() }));
    const byte = from.position;
    return new ClassAt(decorators, bases, keywords, () => this.bindings(byte, start));
  }

  #decorator = (): Decorator => {
    const { start, end } = this.from.range();
    return { value: this.#expression(), start, end };
  };

  #parameter = (): Parameter => {
    const flags = this.from.number();
    const parameter: Writable<Parameter> = { name: this.#string() };
    if (flags & 3) parameter.star = flags & 1 ? '*' : '**';
    if (flags & 4) parameter.annotation = this.#expression();
    if (flags & 8) parameter.default = this.#expression();
    return parameter;
  };

  #bindings(): ReadonlyMap<string, readonly Binding[]> {
    const bindings = new Map<string, readonly Binding[]>();
    for (let count = this.from.number(); count > 0; count--) bindings.set(this.#string(), this.from.list(this.#binding));
    return bindings;
  }

  #binding = (): Binding => {
    const value = this.#bound();
    const { start, end } = this.from.range();
    return { start, end, scope: this.from.signed(), block: this.from.signed(), value };
  };

  #bound(): BoundValue {
    const { from } = this;
    const head = from.number();
    const kind = kinds.boundKinds[head >> 2]!;
    const first = (head & 1) !== 0;
    const second = (head & 2) !== 0;
    switch (kind) {
      case 'assigned': {
        const bound: Writable<BoundValue & { kind: 'assigned' }> = { kind, value: this.#expression() };
        if (second) bound.annotation = this.#expression();
        if (first) bound.item = this.#path();
        return bound;
      }
      case 'annotated': return { kind, annotation: this.#expression() };
      case 'import': {
        const bound: Writable<BoundValue & { kind: 'import' }> = { kind, module: this.#string(), level: from.number() };
        if (first) bound.member = this.#string();
        if (second) bound.root = true;
        return bound;
      }
      case 'star-import': return { kind, module: this.#string(), level: from.number() };
      case 'function': case 'class': return { kind, scope: from.number() };
      case 'parameter': return { kind, index: from.number() };
      case 'element': case 'entered': {
        const of = this.#expression();
        return first ? { kind, of, async: second, item: this.#path() } : { kind, of, async: second };
      }
      case 'exception': return first ? { kind, type: this.#expression() } : { kind };
      case 'augmented': return { kind, operator: this.#string(), value: this.#expression() };
      case 'deleted': case 'unknown': return { kind };
    }
  }

  /** Places in unpacked tuples. */
  #path(): readonly number[] {
    return this.from.list(() => this.from.number());
  }

  block(index: number): Block {
    const { from } = this;
    const flags = from.number();
    const kind = kinds.blockKinds[from.number()]!;
    const { start, end } = from.range();
    const block: Writable<Block> = { index, kind, parent: from.signed(), scope: from.signed(), start, end };
    if (flags === 0) return block;
    if (flags & 1) block.test = this.#test();
    if (flags & 2) block.not = from.list(this.#test);
    if (flags & 4) block.unreachableFrom = from.offset();
    if (flags & 8) block.leaves = kinds.leaveKinds[from.number()]!;
    if (flags & 16) block.loop = from.number();
    if (flags & 32) block.with = from.number();
    if (flags & 192) block.async = (flags & 64) !== 0;
    return block;
  }

  #test = (): Test => this.#terms.node(this.from.number()) as Test;

  // ── calls ──

  call(index: number): Call {
    const { from } = this;
    const awaited = from.number() !== 0;
    const role = kinds.roles[from.number()]!;
    const { start, end } = from.range();
    const callee = this.#expression();
    const calleeEnd = start + from.signed();
    const argumentsStart = start + from.signed();
    const scope = from.number();
    const block = from.number();
    const awaitStart = awaited ? start + from.signed() : -1;
    const awaitEnd = awaited ? end + from.signed() : -1;
    const call = new CallAt(index, callee, from.list(this.#argument), scope, block, role, start, end, calleeEnd, argumentsStart);
    if (awaited) call.awaitedAt(awaitStart, awaitEnd);
    return call;
  }

  #argument = (): Argument => {
    const { from } = this;
    const flags = from.number();
    const { start, end } = from.range();
    const valueStart = start + from.signed();
    const value = this.#expression();
    return new ArgumentAt(value, start, end, valueStart, flags & 4 ? this.#string() : undefined, flags & 1 ? '*' : flags & 2 ? '**' : undefined);
  };

  // ── loops ──

  loop(index: number): Loop {
    const { from } = this;
    const flags = from.number();
    const kind = kinds.loopKinds[from.number()]!;
    const { start, end } = from.range();
    const loop: Writable<Loop> = {
      index, kind, async: (flags & 1) !== 0, scope: from.number(), block: from.number(), body: from.number(), start, end, bodyRange: from.range(), headerRange: from.range(),
      targets: from.list(this.#string), hasElse: (flags & 32) !== 0,
    };
    if (flags & 2) loop.targetRange = from.range();
    if (flags & 4) loop.iterable = this.#expression();
    if (flags & 8) loop.iterableRange = from.range();
    if (flags & 16) loop.test = this.#test();
    if (flags & 64) loop.flow = this.#flow();
    return loop;
  }

  #flow(): LoopFlow {
    const { from } = this;
    return {
      awaits: from.list(() => {
        const { start, end } = from.range();
        return { start, end, value: this.#expression(), valueRange: from.range(), block: from.number() };
      }),
      reads: from.list(this.#use), writes: from.list(this.#use),
      exits: from.list(() => {
        const head = from.number();
        return { kind: kinds.exitKinds[head >> 1]!, start: from.offset(), nested: (head & 1) !== 0 };
      }),
      contains: from.list(() => kinds.contained[from.number()]!),
      statements: from.list(() => {
        const flags = from.number();
        const kind = kinds.bodyStatementKinds[from.number()]!;
        const { start, end } = from.range();
        return {
          kind, start, end, ...(flags & 1 ? { targets: from.list(this.#string) } : {}), ...(flags & 2 ? { value: this.#expression() } : {}), ...(flags & 4 ? { valueRange: from.range() } : {}),
        };
      }),
    };
  }

  #use = (): NameUse => {
    const { from } = this;
    const name = this.#string();
    const path = from.list(this.#string);
    const kind = kinds.useKinds[from.number()]!;
    const { start, end } = from.range();
    return { name, path, kind, start, end };
  };

  // ── the rest ──

  statement(): Statement {
    const kind = kinds.statementKinds[this.from.number()]!;
    const { start, end } = this.from.range();
    return { kind, start, end };
  }

  ignore(): Ignore {
    const { from } = this;
    const flags = from.number();
    const { start, end } = from.range();
    return { scope: flags & 1 ? 'file' : 'line', start, end, target: from.range(), rules: from.list(this.#string), ruleRanges: from.list(() => from.range()), source: flags & 2 ? 'noqa' : 'unblock' };
  }

  read(): Read {
    const { from } = this;
    return { value: this.#expression() as Read['value'], nameRange: from.range(), scope: from.number(), block: from.number() };
  }

  with(index: number): With {
    const { from } = this;
    const async = from.number() !== 0;
    const { start, end } = from.range();
    return {
      index, async, scope: from.number(), block: from.number(), body: from.number(), start, end, bodyRange: from.range(),
      items: from.list(() => {
        const aliased = from.number() !== 0;
        return { value: this.#expression(), range: from.range(), ...(aliased ? { alias: this.#string() } : {}) };
      }),
    };
  }

  store(): Store {
    const { from } = this;
    const { start, end } = from.range();
    return { start, end, kind: from.number() === 0 ? 'item' : 'attribute', object: this.#expression(), key: this.#string(), value: this.#expression(), valueRange: from.range(), scope: from.number(), block: from.number() };
  }
}
