/** The names of all properties in the workspace: only reads of these may run code. */

import type { Facts } from '../facts.ts';

export class Properties {
  /** How many functions of each name are properties. */
  readonly #counts = new Map<string, number>();

  has(name: string): boolean {
    return this.#counts.has(name);
  }

  /** A file says something else, came or went. */
  changed(before: Facts | undefined, after: Facts | undefined): void {
    for (const name of before?.properties ?? []) this.#count(name, -1);
    for (const name of after?.properties ?? []) this.#count(name, 1);
  }

  #count(name: string, step: 1 | -1): void {
    const count = (this.#counts.get(name) ?? 0) + step;
    if (count > 0) this.#counts.set(name, count);
    else this.#counts.delete(name);
  }
}
