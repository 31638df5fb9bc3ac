/** The lines around a place with squiggles under it, as wide as a terminal shows them. */

import stringWidth from 'string-width';
import type { Place } from './report.ts';

export interface Frame {
  /** Number (none for the squiggles) and text of each line. */
  readonly lines: readonly { readonly number?: number; readonly text: string; readonly squiggles?: true }[];
}

const tabWidth = 4;
/** Longest text of a line shown, in columns. */
const widest = 160;
/** What is shown in front of a place far to the right, in columns. */
const leadIn = 60;

/** The line of a place, the one above it, and squiggles. */
export function frame({ lines, start, end }: Place): Frame {
  const text = lines.line(start.line);
  const last = end.line === start.line ? end.column - 1 : text.length;
  const cut = windowOf(text, start.column - 1);
  const before = expanded(text.slice(cut.start, start.column - 1), 0);
  const marked = expanded(text.slice(start.column - 1, Math.min(last, cut.end)), before.width);
  const after = expanded(text.slice(Math.min(last, cut.end), cut.end), before.width + marked.width);
  const lead = cut.start > 0 ? '…' : '';
  const above = start.line > 1 && cut.start === 0 ? expanded(lines.line(start.line - 1).slice(0, widest), 0).text : '';
  return {
    lines: [
      ...(above.trim() === '' ? [] : [{ number: start.line - 1, text: above.trimEnd() }]),
      { number: start.line, text: `${lead}${before.text}${marked.text}${after.text}${cut.end < text.length ? '…' : ''}`.trimEnd() },
      { text: ' '.repeat(lead.length + before.width) + '^'.repeat(Math.max(1, marked.width)), squiggles: true as const },
    ],
  };
}

/** The part of a long line to show, in UTF-16 offsets that do not split a character. */
function windowOf(text: string, place: number): { readonly start: number; readonly end: number } {
  if (text.length <= widest) return { start: 0, end: text.length };
  const start = place <= widest - leadIn ? 0 : place - leadIn;
  return { start: whole(text, start), end: whole(text, Math.min(text.length, start + widest)) };
}

function whole(text: string, offset: number): number {
  const code = text.charCodeAt(offset);
  return offset > 0 && code >= 0xdc00 && code <= 0xdfff ? offset - 1 : offset;
}

/** A text with its tabs as spaces and without characters that would play tricks on the terminal. `column` is where it begins. */
function expanded(text: string, column: number): { readonly text: string; readonly width: number } {
  let result = '';
  let width = 0;
  for (const part of printable(text).split(/(\t)/)) {
    const spaces = part === '\t' ? ' '.repeat(tabWidth - ((column + width) % tabWidth)) : part;
    result += spaces;
    width += stringWidth(spaces);
  }
  return { text: result, width };
}

/** Control characters and those that turn the direction of writing become visible. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, '\ufffd');
}
