/** Clients, pools and connections that are dear to make and meant to be kept. */

import table from './clients.json' with { type: 'json' };

/** A constructor of something that owns connections. */
export interface ClientRow {
  /** Dotted, as a library's users write it. */
  readonly name: string;
  /** `connection` is one connection and not a pool of them, `session` belongs to one thread, `file` opens a file. */
  readonly kind: 'client' | 'engine' | 'connection' | 'channel' | 'session' | 'file';
  /** It belongs to the event loop that it is used on. */
  readonly async?: boolean;
  /** Its methods wait for another service over HTTP, or for a language model. */
  readonly external?: 'http' | 'model';
  /** Arguments by which it takes over connections that somebody else keeps, or makes none. */
  readonly shares?: readonly string[];
  /** Little is lost where it is made anew: a thread and an open file, or what few share between threads. */
  readonly cost?: 'low';
}

const rows = table as readonly ClientRow[];

/** By dotted name. */
export const clients: ReadonlyMap<string, ClientRow> = new Map(rows.map((row) => [row.name, row]));

/** Last names of all constructors: most calls are told apart by them. */
export const clientNames: ReadonlySet<string> = new Set(rows.map(({ name }) => name.slice(name.lastIndexOf('.') + 1)));
