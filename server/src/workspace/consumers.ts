/** Functions that walk at once all that they are given. */

import type { Call } from '../facts.ts';
import type { Value } from './values.ts';

export const consumers: ReadonlySet<string> = new Set(['list', 'tuple', 'set', 'sorted', 'sum', 'next', 'any', 'all', 'max', 'min', 'dict', 'frozenset', 'join', 'extend']);

/** Whether a call of one of `callees`, which are what its callee may be, walks what its first argument gives, as `for` would. */
export function isConsumer({ callee, arguments: [, ...others] }: Call, callees: readonly Value[]): boolean {
  return callee.kind === 'name' && others.every(({ name }) => name !== undefined) && consumers.has(callee.name) && callees.some((value) => value.kind === 'symbol' && value.name === `builtins.${callee.name}`);
}
