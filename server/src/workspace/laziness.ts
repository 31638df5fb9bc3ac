/** Generator expressions that do not run where they stand: what they hold runs where somebody consumes them. */

import type { Argument, Binding, Expression, Facts, Loop } from '../facts.ts';
import { adapters } from './consumers.ts';
import { lastName } from './routes.ts';
import { ownerOf } from './scopes.ts';

type Part = Pick<Facts, 'scopes' | 'calls' | 'loops'>;

/** What stands in generator expressions that nobody consumes in their function. */
export class Laziness {
  readonly #file: Facts;
  /** Scopes of the generator expressions. */
  readonly #scopes = new Set<number>();
  /** Calls that make what such an expression iterates over. */
  readonly #iterated = new Set<number>();

  constructor(file: Facts, part: Part) {
    this.#file = file;
    if (!part.scopes.some(({ kind }) => kind === 'comprehension')) return;
    for (const { function: facts, class: members } of part.scopes) {
      for (const value of facts?.returns ?? []) this.#add(value);
      for (const some of members?.attributes.values() ?? []) for (const { value } of some) if (value.kind === 'assigned') this.#add(value.value);
    }
    for (const { callee, arguments: args } of part.calls) if (lastName(callee).endsWith('Response')) for (const { value } of args) this.#add(value);
    for (const { bindings } of part.scopes) for (const [name, some] of bindings) for (const binding of some) if (binding.value.kind === 'assigned' && (isGenerator(binding.value.value) || this.#adapted(binding.value.value)) && !this.#isConsumed(part, name, binding)) this.#add(binding.value.value);
    if (this.#scopes.size > 0) for (const { iterable, body } of part.loops) if (iterable?.kind === 'call' && this.isLazy(file.blocks[body]!.scope)) this.#iterated.add(iterable.call);
  }

  #add(value: Expression): void {
    if (isGenerator(value)) this.#scopes.add(value.scope);
    else if (value.kind === 'either') for (const option of value.options) this.#add(option);
    else for (const { value: given } of this.#adapted(value) ?? []) this.#add(given);
  }

  /** What `enumerate` and its like are given: they run it as they are walked themselves. */
  #adapted(value: Expression): readonly Argument[] | undefined {
    const call = value.kind === 'call' ? this.#file.calls[value.call]! : undefined;
    return call && adapters.has(lastName(call.callee)) ? call.arguments : undefined;
  }

  /** Whether what stands in a scope runs later. */
  isLazy(scope: number): boolean {
    if (this.#scopes.size === 0) return false;
    for (let at = scope; at > 0 && this.#file.scopes[at]!.kind === 'comprehension'; at = this.#file.scopes[at]!.parent) if (this.#scopes.has(at)) return true;
    return false;
  }

  /** Whether a loop takes its turns later: what it iterates over is made at once. */
  isLater({ kind, body }: Loop): boolean {
    return this.#scopes.size > 0 && kind === 'comprehension' && this.isLazy(this.#file.blocks[body]!.scope);
  }

  isIteratedLater(call: number): boolean {
    return this.#iterated.has(call);
  }

  /** Whether the function that gives something a name also gives it to a loop or a call. */
  #isConsumed({ calls, loops }: Part, name: string, { scope }: Binding): boolean {
    const file = this.#file;
    const owner = ownerOf(file, scope);
    const named = (value: Expression | undefined): boolean => value !== undefined && (value.kind === 'star' ? named(value.value) : value.kind === 'name' && value.name === name);
    return loops.some((loop) => named(loop.iterable) && ownerOf(file, loop.scope) === owner && !this.isLater(loop))
      || calls.some((call) => ownerOf(file, call.scope) === owner && !lastName(call.callee).endsWith('Response') && call.arguments.some(({ value }) => named(value)));
  }
}

function isGenerator(value: Expression): value is Expression & { kind: 'comprehension' } {
  return value.kind === 'comprehension' && value.type === 'generator';
}
