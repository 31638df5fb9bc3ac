/** Rows of knowledge about calls, by what is called. */

import type { Call } from '../facts.ts';
import type { Value } from './values.ts';

interface Row {
  readonly call: string;
  /** A method's name that is unmistakable on a receiver that nobody knows. */
  readonly attr?: string;
}

/** Finds the row of a call; `callees`: what its callee may be. */
export function byCallee<T extends Row>(all: readonly T[]): (call: Call, callees: readonly Value[]) => T | undefined {
  const rows = new Map(all.map((row) => [row.call, row]));
  const byMethod = new Map(all.flatMap((row) => (row.attr === undefined ? [] : [[row.attr, row] as const])));
  return ({ callee }, callees) => {
    if (callees.length === 0) return callee.kind === 'attribute' ? byMethod.get(callee.name) : undefined;
    for (const value of callees) {
      const row = value.kind === 'symbol' ? rows.get(value.name) : undefined;
      if (row) return row;
    }
    return undefined;
  };
}
