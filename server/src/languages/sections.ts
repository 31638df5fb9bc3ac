/** Statements of the top level of a file that is being edited: what an edit leaves alone is moved, not read again. */

import type { Binding, Block, Call, Expression, Loop, Range, Read, Scope, Section, Statement, Store, With } from '../facts.ts';
import type { ArgumentAt, CallAt } from './python-calls.ts';
import type { Interned, Writable } from './python-expressions.ts';

/** How far everything behind an edit moves: UTF-16 code units, and places in the file's lists. */
interface Shift {
  readonly offset: number;
  readonly scope: number;
  readonly block: number;
  readonly call: number;
  readonly loop: number;
  readonly with: number;
}

/** One statement of the top level with everything it adds to the file's facts. */
export class PythonSection implements Section {
  start: number;
  end: number;
  readonly scopes: readonly Scope[];
  readonly blocks: readonly Block[];
  readonly calls: readonly Call[];
  readonly reads: readonly Read[];
  readonly loops: readonly Loop[];
  readonly withs: readonly With[];
  readonly stores: readonly Store[];
  firstScope: number;
  firstBlock: number;
  firstCall: number;
  #firstLoop: number;
  #firstWith: number;
  /** What it binds in the module, in order. */
  readonly bound: readonly (readonly [string, Binding])[];
  readonly comments: readonly Range[];
  readonly statement: Statement;
  /** Number of the syntax node's kind. */
  readonly kind: number;
  /** It means the same wherever it stands: nothing in it is broken, and what follows does not depend on it. */
  readonly movable: boolean;
  /** Expressions that hold places in the file's lists. */
  readonly #placed: readonly Expression[];

  constructor(facts: Pick<PythonSection, 'scopes' | 'blocks' | 'calls' | 'reads' | 'loops' | 'withs' | 'stores' | 'bound' | 'comments' | 'statement' | 'kind' | 'movable'>, first: Shift, placed: readonly Expression[]) {
    this.scopes = facts.scopes;
    this.blocks = facts.blocks;
    this.calls = facts.calls;
    this.reads = facts.reads;
    this.loops = facts.loops;
    this.withs = facts.withs;
    this.stores = facts.stores;
    this.bound = facts.bound;
    this.comments = facts.comments;
    this.statement = facts.statement;
    this.kind = facts.kind;
    this.movable = facts.movable;
    this.start = facts.statement.start;
    this.end = facts.statement.end;
    this.firstScope = first.scope;
    this.firstBlock = first.block;
    this.firstCall = first.call;
    this.#firstLoop = first.loop;
    this.#firstWith = first.with;
    this.#placed = placed;
  }

  /** Now it starts at `start` (UTF-16), and its first scope, block … have these places in the file's lists. */
  moveTo(start: number, scope: number, block: number, call: number, loop: number, with_: number): void {
    const by: Shift = { offset: start - this.start, scope: scope - this.firstScope, block: block - this.firstBlock, call: call - this.firstCall, loop: loop - this.#firstLoop, with: with_ - this.#firstWith };
    if (by.offset === 0 && by.scope === 0 && by.block === 0 && by.call === 0 && by.loop === 0 && by.with === 0) return;
    this.start += by.offset;
    this.end += by.offset;
    this.firstScope = scope;
    this.firstBlock = block;
    this.firstCall = call;
    this.#firstLoop = loop;
    this.#firstWith = with_;
    moveRange(this.statement, by);
    for (const comment of this.comments) moveRange(comment, by);
    for (const [, binding] of this.bound) moveBinding(binding, by);
    for (const one of this.scopes) moveScope(one, by);
    for (const one of this.blocks) moveBlock(one, by);
    for (const one of this.calls) {
      (one as CallAt).move(by.offset, by.scope, by.block, by.call);
      for (const argument of one.arguments) (argument as ArgumentAt).move(by.offset);
    }
    for (const one of this.reads) {
      moveRange(one.nameRange, by);
      movePlace(one, by);
    }
    for (const one of this.loops) moveLoop(one, by);
    for (const one of this.withs) {
      moveRange(one, by);
      moveRange(one.bodyRange, by);
      movePlace(one, by);
      const to = one as Writable<With>;
      to.index += by.with;
      to.body += by.block;
      for (const { range } of one.items) moveRange(range, by);
    }
    for (const one of this.stores) {
      moveRange(one, by);
      moveRange(one.valueRange, by);
      movePlace(one, by);
    }
    if (by.call === 0 && by.scope === 0) return;
    for (const one of this.#placed as readonly Writable<Expression>[]) {
      if (one.kind === 'call') one.call += by.call;
      else if (one.kind === 'lambda' || one.kind === 'comprehension') one.scope += by.scope;
    }
  }
}

function moveRange(range: Range, { offset }: Shift): void {
  const to = range as Writable<Range>;
  to.start += offset;
  to.end += offset;
}

/** The module itself stays what it is. */
function movePlace(place: { readonly scope: number; readonly block: number }, by: Shift): void {
  const to = place as Writable<typeof place>;
  if (to.scope > 0) to.scope += by.scope;
  if (to.block > 0) to.block += by.block;
}

function moveBinding(binding: Binding, by: Shift): void {
  moveRange(binding, by);
  movePlace(binding, by);
  const value = binding.value as Writable<typeof binding.value>;
  if (value.kind === 'function' || value.kind === 'class') value.scope += by.scope;
}

function moveScope(scope: Scope, by: Shift): void {
  const to = scope as Writable<Scope>;
  moveRange(scope, by);
  moveRange(scope.nameRange, by);
  to.index += by.scope;
  if (to.parent > 0) to.parent += by.scope;
  if (to.block > 0) to.block += by.block;
  for (const bindings of scope.bindings.values()) for (const binding of bindings) moveBinding(binding, by);
  if (scope.function) {
    const { wholeRange, keywordRange, bodyRange, decorators } = scope.function;
    for (const range of [wholeRange, keywordRange, bodyRange, ...decorators]) moveRange(range, by);
  }
  if (scope.class) {
    for (const range of scope.class.decorators) moveRange(range, by);
    for (const bindings of scope.class.attributes.values()) for (const binding of bindings) moveBinding(binding, by);
  }
}

function moveBlock(block: Block, by: Shift): void {
  const to = block as Writable<Block>;
  moveRange(block, by);
  to.index += by.block;
  if (to.parent > 0) to.parent += by.block;
  if (to.scope > 0) to.scope += by.scope;
  if (to.unreachableFrom !== undefined) to.unreachableFrom += by.offset;
  if (to.loop !== undefined) to.loop += by.loop;
  if (to.with !== undefined) to.with += by.with;
}

function moveLoop(loop: Loop, by: Shift): void {
  const to = loop as Writable<Loop>;
  moveRange(loop, by);
  movePlace(loop, by);
  to.index += by.loop;
  to.body += by.block;
  for (const range of [loop.bodyRange, loop.headerRange, loop.targetRange, loop.iterableRange]) if (range) moveRange(range, by);
  const { flow } = loop;
  if (!flow) return;
  for (const one of flow.awaits) {
    moveRange(one, by);
    moveRange(one.valueRange, by);
    if (one.block > 0) (one as Writable<typeof one>).block += by.block;
  }
  for (const use of flow.reads) moveRange(use, by);
  for (const use of flow.writes) moveRange(use, by);
  for (const exit of flow.exits) (exit as Writable<typeof exit>).start += by.offset;
  for (const statement of flow.statements) {
    moveRange(statement, by);
    if (statement.valueRange) moveRange(statement.valueRange, by);
  }
}

/** What was last read of a file that is being edited. */
export interface Kept {
  readonly text: string;
  readonly sections: readonly PythonSection[];
  readonly interned: Interned;
}

/** The sections of `kept` that an edit cannot have touched, by where they stand in the new text. */
export class Untouched {
  readonly kept: Kept;
  readonly #startOfEdit: number;
  readonly #endOfEdit: number;
  readonly #moved: number;
  /** By where they stood: they move while the new text is read. */
  readonly #sections: ReadonlyMap<number, PythonSection>;

  /** The edit replaced the UTF-16 range `startIndex`..`oldEndIndex` by what now ends at `newEndIndex`. */
  constructor(kept: Kept, { startIndex, oldEndIndex, newEndIndex }: { readonly startIndex: number; readonly oldEndIndex: number; readonly newEndIndex: number }) {
    this.kept = kept;
    this.#startOfEdit = startIndex;
    this.#endOfEdit = newEndIndex;
    this.#moved = newEndIndex - oldEndIndex;
    this.#sections = new Map(kept.sections.map((section) => [section.start, section]));
  }

  /** The section that a statement of the new text is; undefined when it must be read. */
  at(start: number, end: number, kind: number): PythonSection | undefined {
    const offset = end < this.#startOfEdit ? 0 : start > this.#endOfEdit ? this.#moved : undefined;
    if (offset === undefined) return undefined;
    const section = this.#sections.get(start - offset);
    return section?.movable && section.kind === kind && section.end - section.start === end - start ? section : undefined;
  }
}
