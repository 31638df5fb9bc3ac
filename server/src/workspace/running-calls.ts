/** Which calls of a file run functions of the workspace at all: told at once, where finding out which function would take long. */

import type { Call, Facts } from '../facts.ts';
import type { FileCalls, SectionCalls } from './edges.ts';
import type { Propagation } from './propagation.ts';
import { partWith } from './section-calls.ts';

interface Running {
  readonly of: FileCalls;
  /** By index; true for calls that may run a coroutine. */
  readonly calls: ReadonlyMap<number, boolean>;
}

export class RunningCalls {
  /** Of sections, or of files by their table of calls: it is put away with that. */
  readonly #known = new WeakMap<SectionCalls | readonly Call[], Running>();

  /** Whether `call`, one of `all` that the file makes, may run a function, or only a coroutine. */
  mayRun(file: Facts, all: FileCalls, call: Call, coroutine: boolean, propagation: Propagation): boolean {
    const part = partWith(all, call.index);
    const of = part ?? all;
    // Counted from the first call of a section, because that may move.
    const first = part?.standing.call ?? 0;
    let known = this.#known.get(part ?? file.calls);
    if (known?.of !== of) this.#known.set(part ?? file.calls, (known = { of, calls: callsIn(of, first, propagation) }));
    return coroutine ? known.calls.get(call.index - first) === true : known.calls.has(call.index - first);
  }
}

function callsIn({ uses }: FileCalls, first: number, propagation: Propagation): ReadonlyMap<number, boolean> {
  const found = new Map<number, boolean>();
  for (const some of uses.values()) {
    for (const { call, target } of some) if (call !== undefined) found.set(call - first, found.get(call - first) === true || propagation.function(target)?.async !== false);
  }
  return found;
}
