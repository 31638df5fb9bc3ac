/** Methods that ask a database or Redis: one call, one round trip. */

import table from './queries.json' with { type: 'json' };
import { canonicalType } from './index.ts';

export type Library = 'sqlalchemy' | 'django' | 'tortoise' | 'peewee' | 'sql' | 'mongo' | 'redis';

interface Row {
  /** Dotted, as `returns.json` names it. */
  readonly type: string;
  readonly library: Library;
  readonly reads?: readonly string[];
  /** By primary key: what the session has loaded already is not asked for again. */
  readonly keyed?: readonly string[];
  readonly writes?: readonly string[];
  /** Iterating over it runs the query. */
  readonly iterated?: boolean;
}

/** What one method asks of a database. */
export interface QueryMethod {
  readonly library: Library;
  readonly does: 'read' | 'keyed' | 'write';
}

const rows = table as readonly Row[];
const methods = new Map<string, QueryMethod>();
const iterated = new Map<string, Library>();
for (const { type, library, reads = [], keyed = [], writes = [], iterated: walks } of rows) {
  for (const name of reads) methods.set(`${type}.${name}`, { library, does: 'read' });
  for (const name of keyed) methods.set(`${type}.${name}`, { library, does: 'keyed' });
  for (const name of writes) methods.set(`${type}.${name}`, { library, does: 'write' });
  if (walks) iterated.set(type, library);
}

/** Last names of all methods that ask something: most calls are told apart by them. */
export const queryNames: ReadonlySet<string> = new Set([...methods.keys()].map((name) => name.slice(name.lastIndexOf('.') + 1)));

/** What the method with this dotted name asks; undefined for one that asks nothing, or is not known. */
export function queryMethod(name: string): QueryMethod | undefined {
  const dot = name.lastIndexOf('.');
  return methods.get(name) ?? (dot > 0 ? methods.get(`${canonicalType(name.slice(0, dot))}${name.slice(dot)}`) : undefined);
}

/** The library whose query runs when an instance of `type` is iterated over. */
export function queryIterated(type: string): Library | undefined {
  return iterated.get(type) ?? iterated.get(canonicalType(type));
}
