/** Where in a file the characters of a decoded text stand: escapes taken back, folded lines found again. */

import { unfilled, type FilledText } from './filling.ts';
import type { ShellText } from './words.ts';

/** How a text is quoted: `double` has escapes as JSON and YAML have them, `single` doubles its quotes. */
export type Quoting = 'double' | 'single' | 'none';

/** Nothing between two characters of a text is longer, in characters. */
const reach = 400;

/** `value` with the places of its characters in `text`, where it is written from `from` on; `source` tells the places of `text`. */
export function aligned(value: string, text: string, from: number, quoting: Quoting, source?: ShellText): FilledText {
  const offsets: number[] = [];
  const place = (index: number) => (source ? source.at(index) : index);
  const space = (index: number) => /\s/.test(text[index] ?? '');
  const joined = (index: number) => (quoting === 'double' ? /^\\\r?\n/.exec(text.slice(index, index + 3))?.[0].length : undefined);
  let at = from;
  const skipSpace = () => {
    for (let more = true; more; ) {
      more = false;
      while (at < text.length && space(at)) at++;
      const length = joined(at);
      if (length !== undefined) [at, more] = [at + length, true];
    }
  };
  for (let index = 0; index < value.length; index++) {
    if (/\s/.test(value[index]!)) {
      offsets.push(place(at));
      if (quoting === 'double' && joined(at) === undefined && text[at] === '\\') at += 2;
      else if (space(at)) at++;
      // Folding leaves out line breaks and indentation.
      if (!/\s/.test(value[index + 1] ?? '')) skipSpace();
      continue;
    }
    skipSpace();
    offsets.push(place(at));
    if (quoting === 'double' && text[at] === '\\') at += { x: 4, u: 6, U: 10 }[text[at + 1]!] ?? 2;
    else if (quoting === 'single' && text.startsWith("''", at)) at += 2;
    else {
      const found = text.slice(at, at + reach).indexOf(value[index]!);
      if (found > 0) offsets[index] = place(at + found);
      if (found !== -1) at += found + 1;
    }
  }
  offsets.push(place(at));
  return unfilled({ text: value, at: (index) => offsets[Math.min(Math.max(index, 0), offsets.length - 1)]! });
}
