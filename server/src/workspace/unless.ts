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

/** Whether a call opens a file that the kernel answers from memory. */
export function opensKernelFile({ callee, arguments: [first] }: Call): boolean {
  return callee.kind === 'name' && callee.name === 'open' && first?.value.kind === 'constant' && typeof first.value.value === 'string' && /^\/(proc|sys)\//.test(first.value.value);
}

/** What a call costs: a sleep of a few milliseconds, or a file in the kernel's memory, no more than other cheap calls. */
export function shortened(row: BlockingRow, call: Call): BlockingRow {
  const [first] = call.arguments;
  const brief = row.name === 'time.sleep' && first?.value.kind === 'constant' && typeof first.value.value === 'number' && first.value.value < 0.005;
  if (!brief && !(row.name === 'builtins.open' && opensKernelFile(call))) return row;
  let known = cheapRows.get(row);
  if (!known) cheapRows.set(row, (known = { ...row, cost: 'low' }));
  return known;
}
