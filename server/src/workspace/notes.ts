/** Small plain answers about single files that somebody puts together: kept for each file until it changes. */

import type { Facts } from '../facts.ts';

/** What one file says by itself, without its facts; undefined where it says nothing. Made once, where a module is loaded. */
export type Note<T> = (file: Facts) => T | undefined;

interface Noted {
  /** Of the files that say something, in the order of all files. */
  said: Map<string, unknown>;
  /** Files that must be asked again. */
  readonly stale: Set<string>;
}

export class Notes {
  readonly #files: ReadonlyMap<string, Facts>;
  readonly #noted = new Map<Note<unknown>, Noted>();

  constructor(files: ReadonlyMap<string, Facts>) {
    this.#files = files;
  }

  /** A file came, went or says something else. */
  changed(path: string): void {
    for (const { stale } of this.#noted.values()) stale.add(path);
  }

  /** What `note` says of each file of which it says something, in the order of the files. */
  of<T>(note: Note<T>): ReadonlyMap<string, T> {
    let noted = this.#noted.get(note);
    const first = noted === undefined;
    if (!noted) this.#noted.set(note, (noted = { said: new Map(), stale: new Set(this.#files.keys()) }));
    const { said, stale } = noted;
    let grown = false;
    for (const path of stale) {
      const file = this.#files.get(path);
      const says = file && note(file);
      if (says === undefined) said.delete(path);
      else {
        grown ||= !said.has(path);
        said.set(path, says);
      }
    }
    if (grown && !first) {
      // What came stands where its file does among those that were there before.
      const ordered = new Map<string, unknown>();
      for (const path of this.#files.keys()) if (said.has(path)) ordered.set(path, said.get(path));
      noted.said = ordered;
    }
    stale.clear();
    return noted.said as Map<string, T>;
  }
}
