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
    if (!answers) known.set(file, (answers = file.sections ? { asked: undefined, matched: matchedBy(file.text, file.sections) } : { asked: none(), matched: none() }));
    const { asked, matched } = answers;
    const [word, bit] = [index >> 5, 1 << (index & 31)];
    if (asked && (asked[word]! & bit) === 0) {
      asked[word]! |= bit;
      if (pattern.test(file.text)) matched[word]! |= bit;
    }
    return (matched[word]! & bit) !== 0;
  };
}

/** A set of patterns, a bit each. */
type Patterns = Uint32Array;

const none = (): Patterns => new Uint32Array((patterns.length + 31) >> 5);

/** `asked`: what somebody has asked so far; undefined where everything is known. */
const known = new WeakMap<Facts, { readonly asked: Patterns | undefined; readonly matched: Patterns }>();
const bySection = new WeakMap<Section, Patterns>();
/** The comments between sections that were looked at last: the next edit most likely leaves them as they are. */
let commented: { readonly text: string; readonly matched: Patterns } | undefined;

/** Everything that a text which consists of `sections`, and of comments between them, matches. */
function matchedBy(text: string, sections: readonly Section[]): Patterns {
  const all = none();
  let between = '';
  let end = 0;
  for (const section of sections) {
    if (!isBlank(text, end, section.start)) between += `${text.slice(end, section.start)}\n`;
    end = section.end;
    let matched = bySection.get(section);
    if (!matched) bySection.set(section, (matched = matching(text.slice(section.start, end))));
    for (let word = 0; word < all.length; word++) all[word]! |= matched[word]!;
  }
  between += text.slice(end);
  if (commented?.text !== between) commented = { text: between, matched: matching(between) };
  for (let word = 0; word < all.length; word++) all[word]! |= commented!.matched[word]!;
  return all;
}

function isBlank(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (text.charCodeAt(at) > 32) return false;
  return true;
}

function matching(text: string): Patterns {
  const matched = none();
  if (text.trim() !== '') for (const [index, pattern] of patterns.entries()) if (pattern.test(text)) matched[index >> 5]! |= 1 << (index & 31);
  return matched;
}
