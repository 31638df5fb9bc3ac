/** Command lines that no shell reads, split into words the way the program that starts them does. */

import type { Range } from '../facts.ts';
import type { FilledText } from './filling.ts';

/** A word with the text inside its quotes. */
export interface SplitWord extends Range, FilledText {
  readonly quoted: boolean;
}

/**
 * `shlex`: Python's `shlex.split`, which supervisor uses and compose follows; a backslash at the end of a line is space.
 * `systemd`: escapes as in C, in quotes as well (systemd.service(5), “Command lines”). A quote that is not closed ends with the text.
 */
export function splitWords(source: FilledText, escapes: 'shlex' | 'systemd'): readonly SplitWord[] {
  const { text } = source;
  const found: SplitWord[] = [];
  let at = 0;
  while (at < text.length) {
    const space = /(?:\s|\\\r?\n)+/y;
    space.lastIndex = at;
    at += space.exec(text)?.[0].length ?? 0;
    if (at >= text.length) break;
    const from = at;
    const offsets: number[] = [];
    let value = '';
    let quote = '';
    let quoted = false;
    const take = (letter: string, index: number) => {
      for (let unit = 0; unit < letter.length; unit++) offsets.push(source.at(index));
      value += letter;
    };
    for (; at < text.length; at++) {
      const letter = text[at]!;
      if (quote === '' && /\s/.test(letter)) break;
      if (quote === '' && /^\\\r?\n/.test(text.slice(at, at + 3))) break;
      if (letter === quote) quote = '';
      else if (quote === '' && (letter === '"' || letter === "'")) [quote, quoted] = [letter, true];
      else if (letter === '\\' && at + 1 < text.length && (escapes === 'systemd' || quote === '' || (quote === '"' && /["\\]/.test(text[at + 1]!)))) {
        const escape = escapes === 'systemd' ? unescaped(text.slice(at, at + 4)) : { letter: text[at + 1]!, length: 2 };
        take(escape.letter, at);
        at += escape.length - 1;
      } else take(letter, at);
    }
    const end = source.at(at - 1) + 1;
    offsets.push(quoted ? Math.max(end - 1, source.at(from)) : source.at(at));
    found.push({ start: source.at(from), end: Math.max(end, source.at(from) + 1), text: value, at: (index) => offsets[Math.min(index, offsets.length - 1)]!, references: source.references, quoted });
  }
  return found.map((word) => ({ ...word, ...covering(word) }));
}

/** A word that begins or ends inside a reference covers it. */
function covering({ start, end, references }: SplitWord): Range {
  const inside = references.filter((reference) => (start < reference.end && reference.start < end) || start === reference.start);
  return { start: Math.min(start, ...inside.map((reference) => reference.start)), end: Math.max(end, ...inside.map((reference) => reference.end)) };
}

const letters: Readonly<Record<string, string>> = { n: '\n', t: '\t', s: ' ', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v' };

function unescaped(text: string): { readonly letter: string; readonly length: number } {
  const code = /^\\x([0-9a-fA-F]{2})/.exec(text);
  if (code) return { letter: String.fromCharCode(Number.parseInt(code[1]!, 16)), length: 4 };
  return { letter: letters[text[1]!] ?? text[1]!, length: 2 };
}
