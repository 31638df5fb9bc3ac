/** Equal things kept once: expressions of a file, names of all files. */

import type { Expression } from '../facts.ts';

/** Equal expressions of one file are one object. */
export interface Interned {
  readonly names: Map<string, Expression>;
  readonly attributes: Map<Expression, Map<string, Expression>>;
  readonly constants: Map<string | number | boolean | null, Expression>;
}

export function newInterned(): Interned {
  return { names: new Map(), attributes: new Map(), constants: new Map() };
}

const names = new Map<string, string>();

/** The same string for the same name in every file: a name stands in hundreds of them. */
export function shared(name: string): string {
  const known = names.get(name);
  if (known !== undefined) return known;
  if (names.size > mostShared) names.clear();
  const own = copied(name);
  names.set(own, own);
  return own;
}

/** The same string, for one that is kept: 13 units or more that were cut out of a text would keep the whole text in memory. */
export function copied(text: string): string {
  return text.length < 13 ? text : (JSON.parse(JSON.stringify(text)) as string);
}

const mostShared = 200_000;

/** Adds to the list under `key`. */
export function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const known = map.get(key);
  if (known) known.push(value);
  else map.set(key, [value]);
}
