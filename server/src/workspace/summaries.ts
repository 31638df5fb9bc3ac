/** Small answers about single files, made while their tables are at hand: nobody should have to unpack all files again for them. */

import type { Facts } from '../facts.ts';

const all: ((file: Facts) => unknown)[] = [];

/**
 * A question to ask of files, whose answer holds no table of their facts nor any item of one. Made once, where a module is loaded; answered once
 * for each state of a file.
 */
export function summary<T extends {}>(make: (file: Facts) => T): (file: Facts) => T {
  const known = new WeakMap<Facts, T>();
  const ask = (file: Facts): T => {
    let answer = known.get(file);
    if (answer === undefined) known.set(file, (answer = make(file)));
    return answer;
  };
  all.push(ask);
  return ask;
}

/** Answers all questions about a file whose tables are at hand. */
export function summarize(file: Facts): void {
  for (const ask of all) ask(file);
}
