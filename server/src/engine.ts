/** The only door for the shells: give it texts, ask it for findings. No I/O, no clock. */

import type { Config } from './config.ts';
import type { Facts } from './facts.ts';
import type { Finding, Level } from './rule.ts';

/** A finding as the shells show it: with its rule and the level the configuration gives it. */
export interface Diagnostic extends Finding {
  readonly path: string;
  readonly rule: string;
  readonly level: Level;
}

/** The bytes of the WebAssembly files. */
export interface Grammars {
  readonly runtime: Uint8Array;
  readonly python: Uint8Array;
  readonly bash: Uint8Array;
}

export class Engine {
  /** Loads the grammars once for the process; rejects when they cannot be compiled. */
  static async create(grammars: Grammars): Promise<Engine> {
    void grammars;
    return new Engine();
  }

  /** Settings of the editor or command line; files in the workspace win over them where they speak. */
  configure(config: Config): void { void config; }

  /** The file at `path` (relative to the workspace root, `/`) now says `text`. `open`: it is being edited, keep what makes the next edit cheap. */
  set(path: string, text: string, open = false): void { void path; void text; void open; }

  /** The file is gone, or will not be checked any more. */
  delete(path: string): void { void path; }

  has(path: string): boolean { void path; return false; }

  facts(path: string): Facts | undefined { void path; return undefined; }

  /** Paths of all files set. */
  paths(): Iterable<string> { return []; }

  /** Findings of one file after levels, overrides and ignore comments, by position. Never throws for any text. */
  check(path: string): readonly Diagnostic[] { void path; return []; }

  /**
   * Paths whose findings may have changed since the last call of this method: the files set or deleted, and the files
   * whose answers rest on them.
   */
  changes(): ReadonlySet<string> { return new Set(); }
}
