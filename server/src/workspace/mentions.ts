/** What a file's text speaks of: each text is searched once, and of a file that is being edited only the statements that are new. */

import type { Facts, Section } from '../facts.ts';

const patterns: RegExp[] = [];

/**
 * A question to ask of files: whether their text matches `pattern`, which must have no flag `g` or `y` and match within one
 * statement of the top level. Made once, when a module is loaded.
 */
export function mentioning(pattern: RegExp): (file: Facts) => boolean {
  const index = patterns.push(pattern) - 1;
  return (file) => {
    let searched = known.get(file);
    if (!searched) known.set(file, (searched = stretchesOf(file)));
    let answer = searched.answers[index];
    if (!answer) searched.answers[index] = answer = searched.stretches.some((stretch) => matches(stretch, index)) ? yes : no;
    return answer === yes;
  };
}

const no = 1;
const yes = 2;

/** Answers by pattern: 0 where nobody has asked yet. */
type Answers = Uint8Array;

/** A piece of a text, with where it stands in the text that was searched last. */
interface Stretch {
  text: string | undefined;
  /** Comments and blank lines in front of the statement. */
  readonly lead: string;
  readonly answers: Answers;
}

interface Searched {
  readonly answers: Answers;
  readonly stretches: readonly Stretch[];
}

const known = new WeakMap<Facts, Searched>();
const bySection = new WeakMap<Section, Stretch>();

function matches(stretch: Stretch, index: number): boolean {
  let answer = stretch.answers[index];
  if (!answer) stretch.answers[index] = answer = patterns[index]!.test(stretch.text) ? yes : no;
  return answer === yes;
}
