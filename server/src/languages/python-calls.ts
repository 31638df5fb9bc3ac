/** Calls and arguments of Python files, in few words of memory. */

import type { Argument, Call, Expression, Range } from '../facts.ts';

/** A call in few words of memory: a million lines have a quarter of a million. Its ranges are made when asked for. */
export class CallAt implements Call {
  index: number;
  readonly callee: Expression;
  readonly arguments: readonly Argument[];
  scope: number;
  block: number;
  readonly role: Call['role'];
  start: number;
  end: number;
  #calleeEnd: number;
  #argumentsStart: number;
  #awaitStart = -1;
  #awaitEnd = -1;

  constructor(index: number, callee: Expression, args: readonly Argument[], scope: number, block: number, role: Call['role'], start: number, end: number, calleeEnd: number, argumentsStart: number) {
    this.index = index;
    this.callee = callee;
    this.arguments = args;
    this.scope = scope;
    this.block = block;
    this.role = role;
    this.start = start;
    this.end = end;
    this.#calleeEnd = calleeEnd;
    this.#argumentsStart = argumentsStart;
  }

  get calleeRange(): Range {
    return { start: this.start, end: this.#calleeEnd };
  }

  get argumentsRange(): Range {
    return { start: this.#argumentsStart, end: this.end };
  }

  get awaited(): Range | undefined {
    return this.#awaitStart < 0 ? undefined : { start: this.#awaitStart, end: this.#awaitEnd };
  }

  awaitedAt(start: number, end: number): void {
    this.#awaitStart = start;
    this.#awaitEnd = end;
  }

  /** An edit before it moved it by `offset` (UTF-16). */
  move(offset: number): void {
    this.start += offset;
    this.end += offset;
    this.#calleeEnd += offset;
    this.#argumentsStart += offset;
    if (this.#awaitStart < 0) return;
    this.#awaitStart += offset;
    this.#awaitEnd += offset;
  }

  /** An edit before it moved it by `places` in the file's list of calls; it stands in this scope and block now. */
  renumber(places: number, scope: number, block: number): void {
    this.index += places;
    this.scope = scope;
    this.block = block;
  }
}

export class ArgumentAt implements Argument {
  readonly value: Expression;
  start: number;
  end: number;
  readonly name: string | undefined;
  readonly star: '*' | '**' | undefined;
  #valueStart: number;

  constructor(value: Expression, start: number, end: number, valueStart: number, name: string | undefined, star: '*' | '**' | undefined) {
    this.value = value;
    this.start = start;
    this.end = end;
    this.#valueStart = valueStart;
    this.name = name;
    this.star = star;
  }

  get valueRange(): Range {
    return { start: this.#valueStart, end: this.end };
  }

  /** An edit before it moved it by `offset` (UTF-16). */
  move(offset: number): void {
    this.start += offset;
    this.end += offset;
    this.#valueStart += offset;
  }
}
