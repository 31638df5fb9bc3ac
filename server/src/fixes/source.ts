/** Reading Python source between the facts: comments, indentation, where a statement ends. */

import type { Facts, Range } from '../facts.ts';

/** Comments (`#` to the end of the line) in a range of Python text, outside strings. The range begins outside a string. */
export function comments(text: string, range: Range): readonly Range[] {
  const found: Range[] = [];
  for (let at = range.start; at < range.end;) {
    const next = skipString(text, at);
    if (next > at) at = next;
    else if (text[at] === '#') {
      const end = endOfLine(text, at);
      found.push({ start: at, end });
      at = end;
    } else at++;
  }
  return found;
}

/** Where the simple statement or header line around `offset` ends: the line break, `;` or end of text outside all brackets. */
export function logicalLineEnd(text: string, offset: number): number {
  let depth = 0;
  for (let at = offset; at < text.length;) {
    const next = skipString(text, at);
    if (next > at) {
      at = next;
      continue;
    }
    const character = text[at]!;
    if (character === '#') {
      at = endOfLine(text, at);
      continue;
    }
    if (character === '\\') {
      at += text[at + 1] === '\r' ? 3 : 2;
      continue;
    }
    if ('([{'.includes(character)) depth++;
    else if (')]}'.includes(character)) depth = Math.max(0, depth - 1);
    else if (depth === 0 && (character === '\n' || character === ';')) return at;
    at++;
  }
  return text.length;
}

/** The white space before the first character of the line at `offset`; undefined when other code stands before it. */
export function indentation(text: string, offset: number): string | undefined {
  const before = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  return /^[ \t]*$/.test(before) ? before : undefined;
}

/** One step of indentation, as the function around `offset` writes it; four spaces where it stands on one line. */
export function indentationStep(file: Facts, offset: number): string {
  let step = '    ';
  for (const { function: facts } of file.scopes) {
    if (facts === undefined || facts.bodyRange.start > offset || offset >= facts.bodyRange.end) continue;
    const outer = indentation(file.text, facts.wholeRange.start);
    const inner = indentation(file.text, facts.bodyRange.start);
    if (outer !== undefined && inner?.startsWith(outer) && inner.length > outer.length) step = inner.slice(outer.length);
  }
  return step;
}

/** Matches `name` (it may be dotted) where it stands as a word of code, not as an attribute of something else or as the prefix of a string. */
export function wordPattern(name: string, flags = 'u'): RegExp {
  return new RegExp(String.raw`(?<![\p{L}\p{N}_.])${name.replaceAll('.', String.raw`\.`)}(?![\p{L}\p{N}_"'])`, flags);
}

/** Whether `name` (it may be dotted) stands as a word between `start` and `end` (UTF-16), as `wordPattern` finds it. */
export function mentions(text: string, name: string, start = 0, end = text.length): boolean {
  const part = text.slice(start, end);
  for (let at = part.indexOf(name); at !== -1; at = part.indexOf(name, at + 1)) {
    if (!(at > 0 && (part[at - 1] === '.' || isWordCharacter(part, at - 1))) && !isWordCharacter(part, at + name.length) && !isQuote(part[at + name.length])) return true;
  }
  return false;
}

function isWordCharacter(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code < 128) return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code === 95 || (code >= 97 && code <= 122);
  return /[\p{L}\p{N}]/u.test(text[at] ?? '');
}

function isQuote(character: string | undefined): boolean {
  return character === '"' || character === "'";
}

function endOfLine(text: string, offset: number): number {
  const found = text.indexOf('\n', offset);
  const end = found < 0 ? text.length : found;
  return text[end - 1] === '\r' ? end - 1 : end;
}

/** The end of the string literal that begins at `at`; `at` itself where none begins. */
function skipString(text: string, at: number): number {
  const quote = text[at];
  if (quote !== '"' && quote !== "'") return at;
  const triple = text.startsWith(quote.repeat(3), at);
  const close = triple ? quote.repeat(3) : quote;
  for (let index = at + close.length; index < text.length; index++) {
    if (text[index] === '\\') index++;
    else if (!triple && text[index] === '\n') return index;
    else if (text.startsWith(close, index)) return index + close.length;
  }
  return text.length;
}
