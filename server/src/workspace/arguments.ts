/** Words behind a program, read as its settings. */

import type { Range, Word } from '../facts.ts';
import type { ServerSetting, ServerTable } from '../knowledge/servers.ts';
import type { Setting, UnknownFlag } from './launches.ts';

export interface Arguments {
  /** By canonical name. */
  readonly settings: ReadonlyMap<string, Setting>;
  /** Given again further right, where only one holds. */
  readonly overridden: readonly Setting[];
  /** Words that look like flags and are none of the program's. */
  readonly unknownFlags: readonly UnknownFlag[];
  /** The first word that is no flag, sub-commands aside. */
  readonly positional?: string;
  /** Words behind `--`. */
  readonly behind: readonly Word[];
  /** No word may hide a flag. */
  readonly complete: boolean;
  /** Every word can be read: only flags that the program does not have may make it incomplete. */
  readonly legible: boolean;
  /** It prints something and ends (`--version`). */
  readonly stops?: boolean;
}

const ends: ReadonlySet<string> = new Set(['help', 'version', 'check_config', 'print_config']);

export interface Reading {
  readonly path: string;
  readonly source: 'flag' | 'environment';
  /** Words that name a sub-command (`worker`, `run`) and are no argument. */
  readonly commands?: ReadonlySet<string>;
  /** Whether a word of unknown value is known to be computed by the command itself (`$(nproc)`). */
  computed?(word: Word): boolean;
}

/** Reads words the way the program's own parser does: attached values and bundles of short flags, `=`, abbreviations where they are taken. */
export function readArguments(words: readonly Word[], table: ServerTable, { path, source, commands, computed }: Reading): Arguments {
  const settings = new Map<string, Setting>();
  const overridden: Setting[] = [];
  const unknownFlags: UnknownFlag[] = [];
  const pending = new Set(commands);
  let positional: string | undefined;
  let complete = true;
  let legible = true;
  let stops = false;
  let seen = false;

  const take = (row: ServerSetting, flag: Word, value: Word | undefined, text: string | undefined) => {
    const before = settings.get(row.name);
    if (before && row.type !== 'list') overridden.push(before);
    const known = text ?? value?.value;
    const from = value ?? flag;
    settings.set(row.name, {
      name: row.name,
      ...(known === undefined ? (computed?.(from) ? { computed: true } : {}) : { value: known }),
      path,
      range: rangeOf(from),
      source,
      flag,
    });
    if (ends.has(row.name)) stops = true;
  };

  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at]!;
    const known = word.value ?? word.prefix;
    if (known === undefined || known === '') {
      if (word.many) complete = legible = false;
      else seen = true;
      continue;
    }
    if (known === '--') break;
    if (!known.startsWith('-') || known === '-') {
      if (word.value !== undefined && pending.delete(word.value)) continue;
      if (!seen && word.value !== undefined) positional = word.value;
      seen = true;
      continue;
    }
    const long = known.startsWith('--');
    const equals = known.indexOf('=');
    const written = long ? (equals === -1 ? known : known.slice(0, equals)) : known.slice(0, 2);
    const row = table.flag(written);
    if (!row) {
      // It may come with a value; and a newer version may know it.
      complete = false;
      const next = words[at + 1]?.value;
      const separate = equals === -1 && next !== undefined && !next.startsWith('-') && !/^[\w.]+:\w/.test(next) && !pending.has(next);
      const value = equals === -1 ? (separate ? next : undefined) : known.slice(equals + 1);
      // A word whose end is not known may still become a flag that exists.
      if (word.value !== undefined || equals !== -1) unknownFlags.push({ word, name: written, ...(value === undefined ? {} : { value }) });
      else legible = false;
      if (separate) at++;
      continue;
    }
    const attached = long ? (equals === -1 ? undefined : known.slice(equals + 1)) : known.length > 2 ? known.slice(2) : undefined;
    const off = row.off?.includes(table.spelling(written)) === true;
    if (row.arity === 0 || off) {
      take(row, word, undefined, off ? 'false' : 'true');
      // `-BE` is `-B -E`.
      if (!long && attached !== undefined && word.value !== undefined) at = bundle(attached, word, at);
    } else if (word.value === undefined) take(row, word, undefined, undefined);
    else if (attached !== undefined) take(row, word, undefined, long || !table.abbreviates ? attached : attached.replace(/^=/, ''));
    else if (row.arity === '?' && (words[at + 1]?.value ?? '-').startsWith('-')) take(row, word, undefined, 'true');
    else if (at + 1 < words.length) take(row, word, words[++at], undefined);
    else complete = legible = false;
  }
  return { settings, overridden, unknownFlags, behind: words.slice(at + 1), complete, legible, ...(positional === undefined ? {} : { positional }), ...(stops ? { stops } : {}) };

  /** Takes the short flags bundled behind a switch, and gives the position of the last word used. */
  function bundle(letters: string, word: Word, from: number): number {
    for (let index = 0; index < letters.length; index++) {
      const row = table.flag(`-${letters[index]}`);
      if (!row) {
        unknownFlags.push({ word, name: `-${letters[index]}` });
        complete = false;
        return from;
      }
      if (row.arity === 0) take(row, word, undefined, 'true');
      else {
        const rest = letters.slice(index + 1);
        if (rest !== '') take(row, word, undefined, rest);
        else if (from + 1 < words.length) take(row, word, words[from + 1], undefined);
        else complete = legible = false;
        return rest === '' ? from + 1 : from;
      }
    }
    return from;
  }
}

/** The first word that is neither a flag nor a flag's value: the sub-command of `celery -A app worker`. Undefined when nobody knows. */
export function verbOf(words: readonly Word[], table: ServerTable): Word | undefined {
  for (let at = 0; at < words.length; at++) {
    const { value, prefix, many } = words[at]!;
    if (many) return undefined;
    const known = value ?? prefix ?? '';
    if (!known.startsWith('-')) return words[at];
    const long = known.startsWith('--');
    const row = table.flag(long ? known.replace(/=.*$/s, '') : known.slice(0, 2));
    const attached = long ? known.includes('=') : known.length > 2;
    if (!attached && row !== undefined && row.arity !== 0) at++;
  }
  return undefined;
}

/** Splits a string into words as `shlex.split` does; all of them are said to stand at `range`. */
export function wordsIn(text: string, range: Range): Word[] {
  const found: Word[] = [];
  for (const match of text.matchAll(/(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)|[^\s"'\\])+/gs)) {
    const value = match[0].replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/gs, (_, double?: string, single?: string, escaped?: string) => double?.replace(/\\(["\\$`])/g, '$1') ?? single ?? escaped ?? '');
    found.push({ start: range.start, end: range.end, text: match[0], value, indirect: true });
  }
  return found;
}

function rangeOf(range: Range): Range {
  return { start: range.start, end: range.end };
}
