/** Which of several things that a call may run it does run, where it is awaited. */

import { blockingRow } from '../knowledge/index.ts';
import type { Names } from './names.ts';
import type { Value } from './values.ts';

type FunctionValue = Value & { kind: 'function' };

/** What an awaited call may run: beside a coroutine, or what nobody knows, plain functions that give nothing to await are those of other classes. */
export function awaitable(names: Names, callees: readonly Value[]): readonly Value[] {
  const plain = callees.filter((value) => isPlain(names, value));
  if (plain.length === 0) return callees;
  const others = callees.filter((value) => !plain.includes(value));
  return others.some((value) => value.kind === 'function' || (value.kind === 'symbol' && !(value.row ?? blockingRow(value.name)))) || plain.every((value) => givesNothing(names, value)) ? others : callees;
}

/** A function that gives nothing known to be awaitable. */
function isPlain(names: Names, value: Value): boolean {
  return value.kind === 'function' && names.function(value)?.async === false && !names.returned(value).some((one) => one.kind === 'coroutine' || (one.kind === 'instance' && one.of.startsWith('asyncio.')));
}

/** Awaiting `None` is an error, so the function is not what runs. */
function givesNothing(names: Names, value: Value): boolean {
  const facts = names.function(value as FunctionValue)!;
  return facts.returns.length === 0 && !facts.generator && facts.decorators.length === 0 && facts.stub === undefined;
}
