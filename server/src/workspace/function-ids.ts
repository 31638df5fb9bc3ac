/** Functions as others speak of them: a number each, which stays the same while bodies change and functions come and go around it. */

import type { Facts } from '../facts.ts';

export type FunctionId = number;

/** Ids of a file whose functions have changed, or may any time. */
interface Named {
  /** By scope; those of an earlier version where an edit since then left every scope where it was. */
  readonly names: readonly string[];
  /** By scope. */
  readonly ids: readonly FunctionId[];
}

export class FunctionIds {
  /** By path. Of a file that has not changed since somebody first asked: the id of its first scope, those of the others follow. */
  readonly #files = new Map<string, FunctionId | Named>();
  /** Ids are given out in rows, each for one file: where each begins, and whose it is. */
  readonly #firsts: FunctionId[] = [];
  readonly #paths: string[] = [];
  /** How many there are. */
  size = 0;

  /** The id of the function that a scope is; undefined where it is none. */
  of(file: Facts, scope: number): FunctionId | undefined {
    const kind = file.scopes[scope]?.kind;
    if (kind !== 'function' && kind !== 'lambda') return undefined;
    let known = this.#files.get(file.path);
    if (known === undefined) {
      const first = this.#row(file.path, file.scopes.length);
      this.#files.set(file.path, (known = file.sections ? named(file, first) : first));
    }
    return typeof known === 'number' ? known + scope : known.ids[scope];
  }

  /** The file in which a function lies. */
  pathOf(id: FunctionId): string {
    let low = 0;
    for (let high = this.#firsts.length; low < high;) {
      const middle = (low + high) >> 1;
      if (this.#firsts[middle]! <= id) low = middle + 1;
      else high = middle;
    }
    return this.#paths[low - 1]!;
  }

  /** A file is edited from now on: its scopes will move in place, so their names must be known before. */
  edited(file: Facts): void {
    const known = this.#files.get(file.path);
    if (typeof known === 'number') this.#files.set(file.path, named(file, known));
  }

  /** The functions of a file have changed: those of the same name keep their id. */
  changed(before: Facts, after: Facts): void {
    const known = this.#files.get(after.path);
    if (known === undefined) return;
    const was = typeof known === 'number' ? named(before, known) : known;
    const old = new Map(was.names.map((name, scope) => [name, was.ids[scope]!]));
    const names = functionNames(after);
    let next = this.#row(after.path, names.reduce((count, name) => (old.has(name) ? count : count + 1), 0));
    this.#files.set(after.path, { names, ids: names.map((name) => old.get(name) ?? next++) });
  }

  delete(path: string): void {
    this.#files.delete(path);
  }

  /** So many new ids for one file; the first of them. */
  #row(path: string, count: number): FunctionId {
    const first = this.size;
    if (count === 0) return first;
    this.#firsts.push(first);
    this.#paths.push(path);
    this.size += count;
    return first;
  }
}

function named(file: Facts, first: FunctionId): Named {
  return { names: functionNames(file), ids: file.scopes.map((_, scope) => first + scope) };
}

/** Names of all scopes of a file, no two the same, which stay while bodies change. */
function functionNames(file: Facts): readonly string[] {
  const taken = new Map<string, number>();
  const names: string[] = [];
  for (const scope of file.scopes) {
    const parent = scope.parent < 0 ? '' : names[scope.parent]!;
    const own = scope.kind === 'function' || scope.kind === 'class' ? scope.name : scope.kind === 'lambda' ? '<lambda>' : scope.kind === 'module' ? '' : '<for>';
    const name = parent === '' ? own : `${parent}.${own}`;
    const count = taken.get(name) ?? 0;
    taken.set(name, count + 1);
    names.push(count === 0 ? name : `${name}~${count}`);
  }
  return names;
}
