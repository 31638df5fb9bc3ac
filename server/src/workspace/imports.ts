/** Which files import which: looked up once for each file, and known from both ends. */

import type { Facts } from '../facts.ts';
import type { Modules } from './modules.ts';

/** What imports are looked up in. */
export interface ImportGround {
  readonly files: ReadonlyMap<string, Facts>;
  readonly modules: Modules;
}

export class Imports {
  readonly #ground: ImportGround;
  /** What each file's imports look at, as numbers of `Modules`; gone when they must be looked up again. */
  readonly #of = new Map<string, readonly number[]>();
  /** The files whose imports look at a path, by its number. */
  readonly #importers = new Map<number, string[]>();
  /** Files in use whose imports must be looked up before anybody asks who imports something. */
  readonly #missing = new Set<string>();
  /** Files that nobody uses yet. */
  readonly #unused = new Set<string>();

  constructor(ground: ImportGround) {
    this.#ground = ground;
  }

  /** There is a Python file; `used` tells when its imports begin to matter. */
  add(path: string): void {
    if (!this.#of.has(path) && !this.#missing.has(path)) this.#unused.add(path);
  }

  /** The answers of a file have been worked out: they rest on what it imports. */
  used(path: string): void {
    if (this.#unused.delete(path)) this.#missing.add(path);
  }

  /** Paths that a Python file's imports name, those that do not exist (yet) included. */
  of(path: string): readonly string[] {
    return this.lookUp(path).map((number) => this.#ground.modules.pathOf(number));
  }

  /** Looks up a file's imports while its facts are at hand; what they look at, as numbers of `Modules`. */
  lookUp(path: string): readonly number[] {
    const known = this.#of.get(path);
    if (known) return known;
    const found = this.#ground.modules.importsOf(this.#ground.files.get(path)!);
    this.#of.set(path, found);
    this.#missing.delete(path);
    this.#unused.delete(path);
    for (const other of found) {
      const importers = this.#importers.get(other);
      if (importers) importers.push(path);
      else this.#importers.set(other, [path]);
    }
    return found;
  }

  #importersOf(path: string): readonly string[] {
    const number = this.#ground.modules.numberOf(path);
    return (number === undefined ? undefined : this.#importers.get(number)) ?? [];
  }

  /** The files in use that import one of `paths`. */
  importersOf(paths: readonly string[]): readonly string[] {
    if (paths.length === 0) return [];
    for (const path of this.#missing) this.lookUp(path);
    if (paths.length === 1) return [...this.#importersOf(paths[0]!)];
    const found = new Set<string>();
    for (const path of paths) for (const other of this.#importersOf(path)) found.add(other);
    return [...found];
  }

  /** Whether another file imports the one at `path`. */
  has(path: string): boolean {
    for (const other of this.#missing) this.lookUp(other);
    for (const other of this.#unused) this.lookUp(other);
    return this.#importersOf(path).length > 0;
  }

  /** A Python file's imports must be looked up again. */
  forget(path: string): void {
    if (this.#drop(path)) this.#missing.add(path);
  }

  /** A file is gone. */
  delete(path: string): void {
    this.#drop(path);
    this.#missing.delete(path);
    this.#unused.delete(path);
  }

  /** Everything must be looked up again. */
  clear(): void {
    for (const path of this.#of.keys()) this.#missing.add(path);
    this.#of.clear();
    this.#importers.clear();
  }

  /** Whether the file's imports had been looked up. */
  #drop(path: string): boolean {
    for (const other of this.#of.get(path) ?? []) {
      const importers = this.#importers.get(other)!;
      importers.splice(importers.indexOf(path), 1);
      if (importers.length === 0) this.#importers.delete(other);
    }
    return this.#of.delete(path);
  }
}
