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
  /** How many files' imports look at a path, by its number. */
  #counts = new Int32Array(1024);
  /** The files whose imports look at a path, where somebody has asked since imports last changed. */
  readonly #asked = new Map<string, readonly string[]>();
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
    this.#count(found, 1);
    return found;
  }

  #count(numbers: readonly number[], step: 1 | -1): void {
    this.#asked.clear();
    for (const number of numbers) {
      if (number >= this.#counts.length) {
        const wider = new Int32Array(2 * number);
        wider.set(this.#counts);
        this.#counts = wider;
      }
      this.#counts[number]! += step;
    }
  }

  #importersOf(path: string): readonly string[] {
    let found = this.#asked.get(path);
    if (!found) {
      const number = this.#ground.modules.numberOf(path);
      found = number === undefined || (this.#counts[number] ?? 0) === 0 ? [] : [...this.#of].flatMap(([other, numbers]) => (numbers.includes(number) ? [other] : []));
      this.#asked.set(path, found);
    }
    return found;
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
    const number = this.#ground.modules.numberOf(path);
    return number !== undefined && (this.#counts[number] ?? 0) > 0;
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
    this.#counts = new Int32Array(1024);
    this.#asked.clear();
  }

  /** Whether the file's imports had been looked up. */
  #drop(path: string): boolean {
    this.#count(this.#of.get(path) ?? [], -1);
    return this.#of.delete(path);
  }
}
