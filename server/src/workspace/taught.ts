/** What a project teaches about calls, in `[tool.unblock.models]`. */

import type { BlockingRow } from '../knowledge/index.ts';

/** Dotted names, of libraries or of the project itself. */
export interface Models {
  readonly blocking: readonly string[];
  readonly nonblocking: readonly string[];
  readonly offloads: readonly string[];
}

export class Taught {
  readonly #blocking: ReadonlyMap<string, BlockingRow>;
  readonly #nonblocking: ReadonlySet<string>;
  readonly #offloads: ReadonlySet<string>;
  /** Nothing is taught: names need not be made. */
  readonly empty: boolean;
  /** Something is taught that runs work elsewhere. */
  readonly offloading: boolean;

  constructor(models: Models) {
    this.#blocking = new Map(models.blocking.map((name) => [name, { name, rule: 'blocking-network', cost: 'high', gevent: null, alternative: '`await asyncio.to_thread(...)`', kind: 'function' }]));
    this.#nonblocking = new Set(models.nonblocking);
    this.#offloads = new Set(models.offloads);
    this.offloading = this.#offloads.size > 0;
    this.empty = this.#blocking.size + this.#nonblocking.size + this.#offloads.size === 0;
  }

  row(name: string): BlockingRow | undefined {
    return this.#blocking.get(name);
  }

  /** Whether calling `name` blocks nothing, or runs what it is given elsewhere. */
  silences(name: string): boolean {
    return this.#nonblocking.has(name) || this.#offloads.has(name);
  }

  offloads(name: string): boolean {
    return this.#offloads.has(name);
  }
}

export const untaught = new Taught({ blocking: [], nonblocking: [], offloads: [] });
