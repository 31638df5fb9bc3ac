/** Functions given to those of libraries that call them: `sorted(names, key=load)`, `map(load, names)` where somebody walks it. */

import type { Call, Expression } from '../facts.ts';
import { inPlace, type InPlaceRow } from '../knowledge/index.ts';
import type { Value } from './values.ts';
import { workOf } from './work.ts';

const rows: ReadonlyMap<string, InPlaceRow> = new Map(inPlace.map((row) => [row.call, row]));
/** Unmistakable on any receiver that nobody knows. */
const byMethod: ReadonlyMap<string, InPlaceRow> = new Map(inPlace.flatMap((row) => (row.attr === undefined ? [] : [[row.attr, row]])));

/** What a call runs here that it is given; `lazy`: while somebody walks what it gives, and not before. */
export function workInPlace({ callee, arguments: args }: Call, callees: readonly Value[]): { readonly work: Expression; readonly lazy: boolean } | undefined {
  const row = callees.length === 0 && callee.kind === 'attribute' ? byMethod.get(callee.name) : callees.flatMap((value) => (value.kind === 'symbol' ? rows.get(value.name) ?? [] : []))[0];
  const [work] = row ? workOf(row, args) : [];
  return work && { work, lazy: row!.lazy === true };
}
