/** Arguments that make a call return at once, or soon. */

import type { Argument, Call, Expression } from '../facts.ts';
import type { BlockingRow, Unless } from '../knowledge/index.ts';
import { constantOf, type Constant } from './guards.ts';
import { dotted } from './constants.ts';

/** Whether a call with these arguments returns at once because of `unless`. */
export function applies(unless: Unless, args: readonly Argument[]): boolean {
  const named = unless.name === undefined ? undefined : args.find((argument) => argument.name === unless.name);
  const argument = named ?? (unless.position === undefined ? undefined : args.filter((one) => one.name === undefined && !one.star)[unless.position]);
  if (unless.absent) return argument === undefined && !args.some((one) => one.star);
  return argument !== undefined && isGiven(argument.value, unless);
}

function isGiven(expression: Expression, unless: Unless): boolean {
  // Flags are joined with `|`.
  if (expression.kind === 'operation' && expression.operator === '|') return isGiven(expression.left, unless) || isGiven(expression.right, unless);
  const value: Constant | undefined = constantOf(expression);
  if (value !== undefined) return value === unless.is;
  const written = typeof unless.is === 'string' && unless.is !== '' ? dotted(expression) : undefined;
  return written !== undefined && (written === unless.is || written.endsWith(`.${unless.is}`) || (unless.is as string).endsWith(`.${written}`));
}

const cheapRows = new WeakMap<BlockingRow, BlockingRow>();

/** What a call costs: a sleep of a few milliseconds no more than other cheap calls. */
export function shortened(row: BlockingRow, { arguments: [first] }: Call): BlockingRow {
  if (row.name !== 'time.sleep' || first?.value.kind !== 'constant' || typeof first.value.value !== 'number' || first.value.value >= 0.005) return row;
  let known = cheapRows.get(row);
  if (!known) cheapRows.set(row, (known = { ...row, cost: 'low' }));
  return known;
}
