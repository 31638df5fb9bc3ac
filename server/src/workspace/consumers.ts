/** Who walks what he is given: at once, or (`enumerate`, `zip`) while somebody walks what he gives. */

import type { Argument, Call, Expression, Facts } from '../facts.ts';
import { walks, type WalksRow } from '../knowledge/index.ts';
import { byCallee } from './callees.ts';
import type { Laziness } from './laziness.ts';
import type { Names } from './names.ts';
import { ownerOf } from './scopes.ts';
import type { Value } from './values.ts';
import { callAround, callsIn } from './work.ts';

/** By name alone: those that walk their first argument at once. */
const consumers: ReadonlySet<string> = new Set(['list', 'tuple', 'set', 'sorted', 'sum', 'next', 'any', 'all', 'max', 'min', 'dict', 'frozenset', 'join', 'extend']);
const rowOf = byCallee(walks);
/** With two of them it compares them. */
const comparing: ReadonlySet<string> = new Set(['max', 'min']);
/** Names under which one adapter is given to the next are followed this far. */
const deepest = 4;

const nothing: readonly Argument[] = [];

/** Last words of what hands on what it is given as it is walked itself. */
export const adapters: ReadonlySet<string> = new Set(walks.flatMap(({ call, lazy }) => (lazy ? [call.slice(call.lastIndexOf('.') + 1)] : [])));

/** Who walks what in one file. */
export class Consumption {
  readonly #file: Facts;
  readonly #names: Names;
  readonly #laziness: Laziness;

  constructor(file: Facts, names: Names, laziness: Laziness) {
    this.#file = file;
    this.#names = names;
    this.#laziness = laziness;
  }

  /** The arguments that a call walks, where it stands; `callees`: what its callee may be. */
  walkedBy(call: Call, callees: readonly Value[]): readonly Argument[] {
    if (call.arguments.length === 0) return nothing;
    const row = rowOf(call, callees);
    const stars = call.arguments.filter(({ star }) => star === '*');
    if (!row || (row.lazy && !this.isConsumed(call, true))) return stars;
    return [...stars, ...givenTo(row, call)];
  }

  /** Whether what a call makes is walked where it stands; `named`: or under a name of its function. */
  isConsumed(call: Call, named = false, depth = 0): boolean {
    if (call.role === 'iterated') return !this.#laziness.isIteratedLater(call.index);
    if (depth > deepest) return false;
    if (call.role === 'argument') {
      const outer = callAround(this.#file, call.index);
      return outer !== undefined && this.#walks(outer, (value) => value.kind === 'call' && value.call === call.index, depth, consumers);
    }
    return named && call.role === 'value' && this.#isNamedAndWalked(call, depth);
  }

  #walks(outer: Call, isIt: (value: Expression) => boolean, depth: number, byName?: ReadonlySet<string>): boolean {
    const { callee } = outer;
    const [first, second] = outer.arguments;
    if (byName && (callee.kind === 'name' || callee.kind === 'attribute') && byName.has(callee.name) && first && isIt(first.value)) return !comparing.has(callee.name) || second?.name !== undefined || !second;
    if (outer.arguments.some(({ value, star }) => star === '*' && isIt(value))) return true;
    const row = rowOf(outer, this.#names.infer(this.#file, callee, outer.scope, outer.start));
    return row !== undefined && givenTo(row, outer).some(({ value }) => isIt(value)) && (!row.lazy || this.isConsumed(outer, true, depth + 1));
  }

  /** Whether the function around a call gives its result one name, and walks that. */
  #isNamedAndWalked(call: Call, depth: number): boolean {
    const file = this.#file;
    const owner = ownerOf(file, call.scope);
    for (const [name, bindings] of file.scopes[call.scope]!.bindings) {
      const value = bindings[0]!.value;
      if (bindings.length > 1 || value.kind !== 'assigned' || value.item || value.value.kind !== 'call' || value.value.call !== call.index) continue;
      const isIt = (expression: Expression | undefined): boolean => expression?.kind === 'name' && expression.name === name;
      return file.loops.some((loop) => isIt(loop.iterable) && !loop.async && ownerOf(file, loop.scope) === owner && !this.#laziness.isLater(loop))
        || callsIn(file, owner).some((other) => other.arguments.some((argument) => isIt(argument.value)) && this.#walks(other, isIt, depth + 1));
    }
    return false;
  }
}

/** The arguments that a row tells of; behind `*more` nobody knows which is which. */
function givenTo(row: WalksRow, { arguments: args }: Call): readonly Argument[] {
  const star = args.findIndex((argument) => argument.star !== undefined);
  const positional = (star === -1 ? args : args.slice(0, star)).filter(({ name }) => name === undefined);
  if (comparing.has(row.call.slice(row.call.lastIndexOf('.') + 1)) && positional.length > 1) return nothing;
  return positional.slice(row.walks, row.rest ? undefined : row.walks + 1);
}
