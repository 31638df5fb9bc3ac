/** Everything that a section of a file adds to its facts, moved in place: the same objects at other offsets, and at other places of the file's lists. */

import type { Binding, Block, Expression, Facts, Loop, Range, Scope, Section, With } from '../facts.ts';
import type { ArgumentAt, CallAt } from './python-calls.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** What moves with a section. */
export interface Movable extends Pick<Facts, 'scopes' | 'blocks' | 'calls' | 'reads' | 'loops' | 'withs' | 'stores'>, Pick<Section, 'bound' | 'members' | 'attributes'> {
  /** All that is bound in it, as `bindingsOf` says. */
  readonly bindings: readonly Binding[];
  readonly comments: readonly Range[];
  /** It stands before the body of a class; what the class binds belongs to the sections of its members. */
  readonly head: boolean;
  /** Expressions that hold places in the file's lists. */
  readonly placed: readonly Expression[];
}

/** How far things move in the file's lists. */
export interface Places {
  readonly call: number;
  readonly loop: number;
  readonly with: number;
  scope(place: number): number;
  block(place: number): number;
}

// ── offsets ──

export function moveRange(range: Range, offset: number): void {
  const to = range as Writable<Range>;
  to.start += offset;
  to.end += offset;
}

function moveAll(ranges: readonly Range[], offset: number): void {
  for (const range of ranges) moveRange(range, offset);
}

/** Moves all ranges by `offset` (UTF-16). */
export function moveRanges(section: Movable, offset: number): void {
  moveAll(section.comments, offset);
  for (const binding of section.bindings) moveRange(binding, offset);
  for (const scope of section.scopes) moveScope(scope, offset);
  for (const block of section.blocks) {
    moveRange(block, offset);
    if (block.unreachableFrom !== undefined) (block as Writable<Block>).unreachableFrom = block.unreachableFrom + offset;
  }
  for (const call of section.calls) {
    (call as CallAt).move(offset);
    for (const argument of call.arguments) (argument as ArgumentAt).move(offset);
  }
  for (const { nameRange } of section.reads) moveRange(nameRange, offset);
  for (const loop of section.loops) moveLoop(loop, offset);
  for (const one of section.withs) {
    moveRange(one, offset);
    moveRange(one.bodyRange, offset);
    for (const { range } of one.items) moveRange(range, offset);
  }
  for (const store of section.stores) {
    moveRange(store, offset);
    moveRange(store.valueRange, offset);
  }
}

function moveScope(scope: Scope, offset: number): void {
  moveRange(scope, offset);
  moveRange(scope.nameRange, offset);
  if (scope.function) {
    const { wholeRange, keywordRange, bodyRange, decorators } = scope.function;
    moveRange(wholeRange, offset);
    moveRange(keywordRange, offset);
    moveRange(bodyRange, offset);
    moveAll(decorators, offset);
  }
  if (scope.class) moveAll(scope.class.decorators, offset);
}

function moveLoop(loop: Loop, offset: number): void {
  moveRange(loop, offset);
  for (const range of [loop.bodyRange, loop.headerRange, loop.targetRange, loop.iterableRange]) if (range) moveRange(range, offset);
  const { flow } = loop;
  if (!flow) return;
  for (const one of flow.awaits) {
    moveRange(one, offset);
    moveRange(one.valueRange, offset);
  }
  moveAll(flow.reads, offset);
  moveAll(flow.writes, offset);
  for (const exit of flow.exits) (exit as Writable<typeof exit>).start += offset;
  for (const statement of flow.statements) {
    moveRange(statement, offset);
    if (statement.valueRange) moveRange(statement.valueRange, offset);
  }
}

// ── places in lists ──

/** Tells everything its new place. */
export function renumber(section: Movable, by: Places): void {
  for (const binding of section.bindings) {
    place(binding, by);
    const value = binding.value as Writable<typeof binding.value>;
    if (value.kind === 'function' || value.kind === 'class') value.scope = by.scope(value.scope);
  }
  for (const scope of section.scopes as readonly Writable<Scope>[]) {
    scope.index = by.scope(scope.index);
    scope.parent = by.scope(scope.parent);
    scope.block = by.block(scope.block);
  }
  for (const block of section.blocks as readonly Writable<Block>[]) {
    block.index = by.block(block.index);
    block.parent = by.block(block.parent);
    block.scope = by.scope(block.scope);
    if (block.loop !== undefined) block.loop += by.loop;
    if (block.with !== undefined) block.with += by.with;
  }
  for (const call of section.calls) (call as CallAt).renumber(by.call, by.scope(call.scope), by.block(call.block));
  for (const read of section.reads) place(read, by);
  for (const loop of section.loops as readonly Writable<Loop>[]) {
    place(loop, by);
    loop.index += by.loop;
    loop.body = by.block(loop.body);
    for (const one of (loop.flow?.awaits ?? []) as readonly { block: number }[]) one.block = by.block(one.block);
  }
  for (const one of section.withs as readonly Writable<With>[]) {
    place(one, by);
    one.index += by.with;
    one.body = by.block(one.body);
  }
  for (const store of section.stores) place(store, by);
  for (const one of section.placed as readonly Writable<Expression>[]) {
    if (one.kind === 'call') one.call += by.call;
    else if (one.kind === 'lambda' || one.kind === 'comprehension') one.scope = by.scope(one.scope);
  }
}

function place(one: { readonly scope: number; readonly block: number }, by: Places): void {
  const to = one as Writable<typeof one>;
  to.scope = by.scope(to.scope);
  to.block = by.block(to.block);
}

/** All that is bound in a section, once each. */
export function bindingsOf({ bound, members, attributes, scopes, head }: Omit<Movable, 'bindings'>): readonly Binding[] {
  const all = [...bound, ...members, ...attributes].map(([, binding]) => binding);
  for (const scope of scopes) {
    if (head && scope.kind === 'class') continue;
    for (const map of scope.class ? [scope.bindings, scope.class.attributes] : [scope.bindings]) for (const bindings of map.values()) for (const binding of bindings) all.push(binding);
  }
  return all;
}
