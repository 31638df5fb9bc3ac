/** Texts in which a format replaces its references before anything else reads them: `%(ENV_A)s`, `$(A)`, `${A:-4}`. */

import type { Command, Range, Word } from '../facts.ts';
import type { ShellText, Value } from './words.ts';

/** A text with the places in the file where references stood. */
export interface FilledText extends ShellText {
  readonly references: readonly Range[];
}

/** Stands for a reference of unknown value; a shell expands it to a variable that nobody has set. */
export const unknownReference = '${__unknown}';

export function unfilled(source: ShellText): FilledText {
  return { text: source.text, at: (index) => source.at(index), references: [] };
}

/** `source` with what `pattern` (global) matches replaced by what `value` says; undefined means unknown. */
export function filled(source: FilledText, pattern: RegExp, value: (match: RegExpExecArray) => string | undefined): FilledText {
  const { text } = source;
  const offsets: number[] = [];
  const references: Range[] = [...source.references];
  let made = '';
  let from = 0;
  const keep = (to: number) => {
    for (let index = from; index < to; index++) offsets.push(source.at(index));
    made += text.slice(from, to);
  };
  for (const match of text.matchAll(pattern)) {
    keep(match.index);
    from = match.index + match[0].length;
    const replacement = value(match) ?? unknownReference;
    const start = source.at(match.index);
    references.push({ start, end: Math.max(source.at(from - 1) + 1, start + 1) });
    for (let index = 0; index < replacement.length; index++) offsets.push(start);
    made += replacement;
  }
  if (from === 0) return source;
  keep(text.length);
  offsets.push(source.at(text.length));
  return { text: made, at: (index) => offsets[Math.min(Math.max(index, 0), offsets.length - 1)]!, references };
}

/** Jinja's, Go's and Ruby's templates in a file that is none of YAML: what they will say is not known. */
export function withoutTemplates(source: FilledText): FilledText {
  return /\{[{%]|<%/.test(source.text) ? filled(source, /\{\{.*?\}\}|\{%.*?%\}|<%.*?%>/g, () => undefined) : source;
}

/** A word that says `text` at `range`; what stands before an unknown reference is its prefix. */
export function filledWord(file: string, range: Range, { text, references }: FilledText, many = false): Word {
  const unknown = text.indexOf(unknownReference);
  const known = unknown === -1 ? { value: text } : many && (text === unknownReference || text.startsWith(`${unknownReference}-`)) ? { many } : unknown > 0 ? { prefix: text.slice(0, unknown) } : {};
  const indirect = references.some((reference) => touches(range, reference)) ? { indirect: true } : {};
  return { start: range.start, end: range.end, text: file.slice(range.start, range.end), ...known, ...indirect };
}

/** Commands read out of a filled text, with words as the file says them: one that holds a reference covers it, and is not to be edited. */
export function asWritten(file: string, commands: readonly Command[], { references }: FilledText): Command[] {
  if (references.length === 0) return [...commands];
  return commands.map((command) => {
    const words = command.words.map((word) => {
      const inside = references.filter((reference) => touches(word, reference));
      if (inside.length === 0) return word;
      const start = Math.min(word.start, ...inside.map((reference) => reference.start));
      const end = Math.max(word.end, ...inside.map((reference) => reference.end));
      return { ...word, start, end, text: file.slice(start, end), indirect: true };
    });
    return { ...command, start: Math.min(command.start, words[0]!.start), end: Math.max(command.end, words.at(-1)!.end), words };
  });
}

function touches(word: Range, reference: Range): boolean {
  return (word.start < reference.end && reference.start < word.end) || (word.start === reference.start);
}

/** `$A` and `${A:-4}` filled in from `environment`; undefined when a variable is not known. */
export function substituted(text: string, environment: ReadonlyMap<string, Value>): string | undefined {
  let known = true;
  const made = text.replace(interpolation, (...match) => {
    const value = interpolated(match as unknown as RegExpExecArray, environment);
    known &&= value !== undefined;
    return value ?? '';
  });
  return known ? made : undefined;
}

/** References as Docker and compose write them. */
export const interpolation = /\$\$|\$(?:\{(\w+)(?:(:?[-+?])([^}]*))?\}|(\w+))/g;

/** What a reference that `interpolation` has matched stands for. */
export function interpolated([whole, braced, operator, otherwise, plain]: RegExpExecArray, environment: ReadonlyMap<string, Value>): string | undefined {
  if (whole === '$$') return '$';
  const value = environment.get(braced ?? plain!)?.text;
  if (operator?.endsWith('+')) return value ? otherwise : value === undefined ? undefined : '';
  if (value !== undefined && !(operator === ':-' && value === '')) return value;
  return operator?.endsWith('-') ? otherwise : undefined;
}
