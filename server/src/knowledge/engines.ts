/** Calls that make an engine or a pool of database connections, and the servers they connect to. */

// Defaults: SQLAlchemy `pool/impl.py` and `engine/create.py`, asyncpg `pool.py`, psycopg_pool `pool.py`, aiomysql and aiopg
// `pool.py`, peewee `playhouse/pool.py`; PostgreSQL and MySQL reference manuals.

import databaseTable from './databases.json' with { type: 'json' };
import engineTable from './engines.json' with { type: 'json' };

export interface EngineRow {
  /** Dotted, as a library's users write it. */
  readonly call: string;
  readonly library: string;
  /** Name and position of the argument that says where to connect. */
  readonly url?: string;
  readonly position?: number;
  /** Name of the argument that says it without a URL. */
  readonly host?: string;
  /** The argument that holds a dictionary of engine arguments. */
  readonly options?: string;
  /** The argument that says how many connections are kept; where there is no `overflow`, no more than these are opened. */
  readonly size: string;
  readonly size_position?: number;
  /** The argument that says it where `size` does not. */
  readonly size_falls_back?: string;
  readonly default_size?: number;
  readonly overflow?: string;
  readonly default_overflow?: number;
  /** For code that runs on an event loop. */
  readonly async?: boolean;
  /** The only database it can speak with. */
  readonly scheme?: string;
}

export interface Database {
  /** As users know it. */
  readonly name: string;
  /** Beginnings of URLs that mean it, without driver. */
  readonly schemes: readonly string[];
  /** Names of container images, without registry, owner and tag. */
  readonly images: readonly string[];
  /** Programs. */
  readonly servers: readonly string[];
  /** Connections that it takes where nobody says otherwise. */
  readonly max_connections: number;
  /** How many of them are kept for administrators. */
  readonly reserved: number;
  /** Distributions of drivers, as requirements name them. */
  readonly packages: readonly string[];
}

/** By dotted name of the call. */
export const engineRows: ReadonlyMap<string, EngineRow> = new Map((engineTable as readonly EngineRow[]).map((row) => [row.call, row]));

/** Last parts of the names of all such calls. */
export const engineCalls: ReadonlySet<string> = new Set([...engineRows.keys()].map((call) => call.slice(call.lastIndexOf('.') + 1)));

export const databases: readonly Database[] = databaseTable;

/** The database that a URL's scheme means, with or without driver: `postgresql+asyncpg`. */
export function databaseOf(scheme: string): Database | undefined {
  const plain = scheme.split('+', 1)[0]!;
  return databases.find((database) => database.schemes.includes(plain));
}
