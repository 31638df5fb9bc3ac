/** What a file's text speaks of: each text is searched once, and of a file that is being edited only the statements that are new. */

import type { Facts, Section } from '../facts.ts';

const patterns: RegExp[] = [];

/**
 * A question to ask of files: whether their text matches `pattern`, which must have no flag `g` or `y`, and match within one
 * statement of the top level or one comment. Made once, where a module is loaded.
 */
export function mentioning(pattern: RegExp): (file: Facts) => boolean {
  const index = patterns.push(pattern) - 1;
  return (file) => {
    let answers = known.get(file);
    if (!answers) known.set(file, (answers = file.sections ? answersOf(file.text, file.sections) : new Uint8Array(patterns.length)));
    const answer = answers[index];
    if (answer) return answer === yes;
    const found = pattern.test(file.text);
    answers[index] = found ? yes : no;
    return found;
  };
}

const no = 1;
const yes = 2;

/** By pattern; 0 where nobody has asked yet. */
const known = new WeakMap<Facts, Uint8Array>();
/** The patterns that a section matches. */
const bySection = new WeakMap<Section, readonly number[]>();

/** All answers about a text that consists of `sections`, and of comments between them. */
function answersOf(text: string, sections: readonly Section[]): Uint8Array {
  const answers = new Uint8Array(patterns.length).fill(no);
  const between: string[] = [];
  let end = 0;
  for (const section of sections) {
    if (!isBlank(text, end, section.start)) between.push(text.slice(end, section.start));
    end = section.end;
    let found = bySection.get(section);
    if (!found) bySection.set(section, (found = matching(text.slice(section.start, end))));
    for (const index of found) answers[index] = yes;
  }
  between.push(text.slice(end));
  for (const index of matching(between.join('\n'))) answers[index] = yes;
  return answers;
}

function isBlank(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (text.charCodeAt(at) > 32) return false;
  return true;
}

function matching(text: string): readonly number[] {
  const found: number[] = [];
  if (text.trim() !== '') for (const [index, pattern] of patterns.entries()) if (pattern.test(text)) found.push(index);
  return found;
}
