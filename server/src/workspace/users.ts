/** Who uses a function: by numbers, since most functions of a workspace are used. */

import { targetsOf, type FileCalls } from './edges.ts';
import type { FunctionId } from './function-ids.ts';

/** Calls of a file, or of a section of one that is being edited. */
export interface User {
  readonly path: string;
  readonly part: FileCalls;
}

export class Users {
  readonly #users: (User | undefined)[] = [];
  readonly #numbers = new Map<FileCalls, number>();
  /** Numbers of users that are gone. */
  readonly #free: number[] = [];
  /** By function, the place of the first pair in `#pairs`; 0 where there is none. */
  #first = new Int32Array(1024);
  /** Pairs of a user's number and the place of the next pair for the same function. */
  #pairs = new Int32Array(1024);
  #end = 2;
  /** The first pair of those that are not in use. */
  #unused = 0;

  add(user: User): void {
    const number = this.#free.pop() ?? this.#users.length;
    this.#users[number] = user;
    this.#numbers.set(user.part, number);
    for (const target of targetsOf(user.part)) {
      if (target >= this.#first.length) this.#first = wider(this.#first, target);
      const at = this.#pair();
      this.#pairs[at] = number;
      this.#pairs[at + 1] = this.#first[target]!;
      this.#first[target] = at;
    }
  }

  remove(part: FileCalls): void {
    const number = this.#numbers.get(part);
    if (number === undefined) return;
    for (const target of targetsOf(part)) {
      let before = 0;
      let at = this.#first[target]!;
      while (at > 0 && this.#pairs[at] !== number) [before, at] = [at, this.#pairs[at + 1]!];
      if (at === 0) continue;
      if (before === 0) this.#first[target] = this.#pairs[at + 1]!;
      else this.#pairs[before + 1] = this.#pairs[at + 1]!;
      this.#pairs[at + 1] = this.#unused;
      this.#unused = at;
    }
    this.#numbers.delete(part);
    this.#users[number] = undefined;
    this.#free.push(number);
  }

  has(id: FunctionId): boolean {
    return (this.#first[id] ?? 0) > 0;
  }

  /** In no order. */
  of(id: FunctionId): readonly User[] {
    const found: User[] = [];
    for (let at = this.#first[id] ?? 0; at > 0; at = this.#pairs[at + 1]!) found.push(this.#users[this.#pairs[at]!]!);
    return found;
  }

  /** Place of a pair that is free. */
  #pair(): number {
    const at = this.#unused;
    if (at > 0) {
      this.#unused = this.#pairs[at + 1]!;
      return at;
    }
    if (this.#end === this.#pairs.length) this.#pairs = wider(this.#pairs, this.#end);
    this.#end += 2;
    return this.#end - 2;
  }
}

function wider(numbers: Int32Array<ArrayBuffer>, place: number): Int32Array<ArrayBuffer> {
  const all = new Int32Array(Math.max(place + 1, Math.ceil(numbers.length * 1.5 / 2) * 2));
  all.set(numbers);
  return all;
}
