/** Functions given to those of libraries that call them: `sorted(names, key=load)`, `map(load, names)` where somebody walks it. */

import type { Call, Expression } from '../facts.ts';
import { inPlace } from '../knowledge/index.ts';
import { byCallee } from './callees.ts';
import type { Value } from './values.ts';
import { workOf } from './work.ts';

const rowOf = byCallee(inPlace);

/** What a call runs here that it is given; `lazy`: while somebody walks what it gives, and not before. */
export function workInPlace(call: Call, callees: readonly Value[]): { readonly work: Expression; readonly lazy: boolean } | undefined {
  const row = rowOf(call, callees);
  const [work] = row ? workOf(row, call.arguments) : [];
  return work && { work, lazy: row!.lazy === true };
}
