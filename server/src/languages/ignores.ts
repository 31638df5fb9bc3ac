/** Comments that silence findings: `# unblock: ignore[rule]`, `# unblock: ignore-file[rule]`, and Ruff's `# noqa: CODE`. */

import type { Ignore, Range } from '../facts.ts';

/** How a statement goes on in the next line: in brackets, in long strings and behind `\`, or only behind `\`. */
export type Continuation = 'python' | 'backslash';

const own = /#\s*unblock:\s*ignore(?<file>-file)?(?![\w-])\s*(?:\[(?<list>[^\]\n]*)\])?/dg;
const noqa = /#\s*(?<file>(?:ruff|flake8):\s*)?noqa(?![\w-])(?:\s*:\s*(?<list>[A-Za-z]+[0-9]+(?:[\s,]+[A-Za-z]+[0-9]+)*))?/dgi;

/**
 * The ignore comments of `text`. `comments` are the ranges of its comments in order, each from its `#` to the end of the
 * line: what only looks like a comment (in a string) does not count.
 *
 * A comment alone on its line silences the next statement, however many lines it has. One behind code silences its
 * line; on the last line of a statement, the whole statement. `statements`: ranges of the top level's, in order, where
 * they are known; then only those around ignore comments are looked through.
 */
export function ignores(text: string, comments: readonly Range[], continuation: Continuation = 'python', statements: readonly Range[] = []): Ignore[] {
  const found: Ignore[] = [];
  let lines: Lines | undefined;
  for (const comment of comments) {
    const words = text.slice(comment.start, comment.end);
    if (!/unblock:|noqa/i.test(words)) continue;
    for (const source of ['unblock', 'noqa'] as const) {
      for (const match of words.matchAll(source === 'unblock' ? own : noqa)) {
        const list = match.indices!.groups!['list'];
        // `noqa` without codes that can be read, or an empty list, is a slip: it silences nothing.
        if (source === 'unblock' && list && list[0] === list[1]) continue;
        if (source === 'noqa' && !list && /^\s*:/.test(words.slice(match.index + match[0].length))) continue;
        const names = list ? namesIn(words.slice(list[0], list[1]), comment.start + list[0]) : [];
        if (list && names.length === 0) continue;
        const inFile = match.groups!['file'] !== undefined;
        lines ??= new Lines(text, comments, continuation, statements);
        found.push({
          start: comment.start + match.index,
          end: comment.start + match.index + match[0].trimEnd().length,
          scope: inFile ? 'file' : 'line',
          target: inFile ? { start: 0, end: text.length } : lines.silencedBy(comment, source === 'unblock'),
          rules: names.map((name) => (source === 'noqa' ? name.text.toUpperCase() : name.text)),
          ruleRanges: names.map(({ start, end }) => ({ start, end })),
          source,
        });
      }
    }
  }
  return found;
}

/**
 * Whether a comment silences a finding of `rule` at `range`. A `noqa` with codes counts only where one of them, or a
 * prefix such as `ASYNC2`, is Ruff's code for the rule.
 */
export function silences(ignore: Ignore, rule: { readonly id: string; readonly ruff?: readonly string[] }, range: Range): boolean {
  if (range.start < ignore.target.start || range.start > ignore.target.end) return false;
  if (ignore.rules.length === 0) return true;
  if (ignore.source === 'unblock') return ignore.rules.includes(rule.id);
  return (rule.ruff ?? []).some((code) => ignore.rules.some((written) => code.startsWith(written)));
}

/** Comments of a format that has no parser here (Dockerfile, compose, Procfile, unit files): from a `#` at the start of a line or behind a space. */
export function commentRanges(text: string): Range[] {
  return [...text.matchAll(/(?<=^|[ \t])#[^\n\r]*/gm)].map((match) => ({ start: match.index, end: match.index + match[0].length }));
}

function namesIn(list: string, offset: number): { readonly text: string; readonly start: number; readonly end: number }[] {
  return [...list.matchAll(/[^\s,]+/g)].map((match) => ({ text: match[0], start: offset + match.index, end: offset + match.index + match[0].length }));
}

/** Physical and logical lines of a text, as far as ignore comments need them. */
class Lines {
  #text: string;
  #comments: readonly Range[];
  #continuation: Continuation;
  #statements: readonly Range[];
  #returns: boolean;
  /** Statements over more than one line, in order, by the place of the top-level statement around them; found when first asked for. */
  #long = new Map<number, readonly Range[]>();

  constructor(text: string, comments: readonly Range[], continuation: Continuation, statements: readonly Range[]) {
    this.#text = text;
    this.#comments = comments;
    this.#continuation = continuation;
    this.#statements = statements;
    this.#returns = text.includes('\r');
  }

  silencedBy(comment: Range, mayStandAbove: boolean): Range {
    const line = this.#line(comment.start);
    if (this.#text.slice(line.start, comment.start).trim() !== '' || !mayStandAbove) {
      const statement = this.#statement(comment.start);
      return statement && statement.end <= line.end ? statement : line;
    }
    const next = this.#nextCode(line);
    if (!next) return line;
    const statement = this.#statement(next.start);
    return statement && statement.start >= line.end ? statement : next;
  }

  /** The line around an offset, without its line break. */
  #line(offset: number): Range {
    const feed = this.#text.lastIndexOf('\n', offset - 1);
    // A search for what most files do not have would go all the way back.
    const before = this.#returns ? Math.max(feed, this.#text.lastIndexOf('\r', offset - 1)) : feed;
    return { start: offset === 0 ? 0 : before + 1, end: this.#lineEnd(offset) };
  }

  #lineEnd(offset: number): number {
    for (let at = offset; at < this.#text.length; at++) {
      const code = this.#text.charCodeAt(at);
      if (code === 10 || code === 13) return at;
    }
    return this.#text.length;
  }

  /** The first line below that says something. */
  #nextCode(line: Range): Range | undefined {
    for (let at = line.end; at < this.#text.length; ) {
      const next = this.#line(at + 1);
      const words = this.#text.slice(next.start, next.end).trim();
      if (words !== '' && !words.startsWith('#')) return next;
      at = Math.max(next.end, at + 1);
    }
    return undefined;
  }

  #statement(offset: number): Range | undefined {
    const around = lastBefore(this.#statements, offset);
    let long = this.#long.get(around);
    if (!long) this.#long.set(around, (long = this.#continuation === 'python' ? this.#pythonStatements(this.#lineOf(around), this.#lineOf(around + 1)) : this.#continuedLines()));
    return long.find((range) => range.start <= offset && offset <= range.end);
  }

  /** Where the line of a top-level statement begins; the text's ends where there is none. */
  #lineOf(statement: number): number {
    const range = this.#statements[statement];
    return range ? this.#line(range.start).start : statement < 0 ? 0 : this.#text.length;
  }

  #continuedLines(): Range[] {
    return [...this.#text.matchAll(/^(?:[^\n\r]*\\\r?\n)+[^\n\r]*/gm)].map((match) => ({ start: match.index, end: match.index + match[0].length }));
  }

  #pythonStatements(from: number, to: number): Range[] {
    const text = this.#text;
    const found: Range[] = [];
    const token = /'''|"""|['"]|[([{]|[)\]}]|\\\r?\n|\r\n|\n|\r/g;
    token.lastIndex = from;
    let start = from;
    let depth = 0;
    let breaks = 0;
    let comment = Math.max(0, lastBefore(this.#comments, from));
    const close = (end: number): void => {
      if (breaks > 0) found.push({ start, end });
      breaks = 0;
    };
    for (let match = token.exec(text); match && match.index < to; match = token.exec(text)) {
      while (comment < this.#comments.length && this.#comments[comment]!.end <= match.index) comment++;
      const inside = this.#comments[comment];
      if (inside && inside.start <= match.index && match.index < inside.end) {
        token.lastIndex = inside.end;
        continue;
      }
      const word = match[0];
      if ('([{'.includes(word)) depth++;
      else if (')]}'.includes(word)) depth = Math.max(0, depth - 1);
      else if (word.startsWith('\\')) breaks++;
      else if (/[\n\r]/.test(word)) {
        if (depth > 0) {
          breaks++;
        } else {
          close(match.index);
          start = token.lastIndex;
        }
      } else {
        const end = endOfString(text, token.lastIndex, word);
        breaks += /[\n\r]/.test(text.slice(match.index, end)) ? 1 : 0;
        token.lastIndex = end;
      }
    }
    close(to);
    return found;
  }
}

/** Place of the last range that starts at or before `offset` (UTF-16); -1 when all start behind it. */
function lastBefore(ranges: readonly Range[], offset: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle]!.start <= offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Offset behind the string that `quote` opened just before `offset`; a string that is not closed ends with its line. */
function endOfString(text: string, offset: number, quote: string): number {
  for (let at = offset; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text.startsWith(quote, at)) return at + quote.length;
    else if (quote.length === 1 && (text[at] === '\n' || text[at] === '\r')) return at;
  }
  return text.length;
}
