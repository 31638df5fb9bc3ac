/** The lines that a finding stands on. */

import type { Facts, Range } from '../facts.ts';

/** The last line of a range that may span several: of a chain of calls, the name that counts. */
export function lastLine(file: Facts, { start, end }: Range): Range {
  const text = file.text.slice(start, end);
  const from = text.lastIndexOf('\n') + 1;
  return { start: start + from + (from > 0 ? /^\s*/.exec(text.slice(from))![0].length : 0), end };
}

/** The part of a range on its first line. */
export function firstLine(file: Facts, { start, end }: Range): Range {
  const line = file.text.slice(start, end).search(/\r?\n/);
  return { start, end: line === -1 ? end : start + line };
}
