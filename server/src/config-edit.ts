/** Edits of a config file that leave everything else as it is written. */

import type { Range } from './facts.ts';
import { readToml, type TomlEntry, type TomlTable, type TomlValue } from './toml.ts';

/** An edit of one text; offsets are UTF-16. */
export interface TextEdit {
  readonly range: Range;
  readonly text: string;
}

type List = 'blocking' | 'nonblocking' | 'offloads';

/**
 * Adds `name` to a list of `models` in the config file at `path` (`[tool.unblock.models]` of a `pyproject.toml`, else
 * `[models]`), with `\n` as line break. Undefined where the file is not TOML, where it says so already, and where it is
 * written in a way that cannot be extended.
 */
export function teach(path: string, text: string, list: List, name: string): readonly TextEdit[] | undefined {
  const root = readToml(text);
  if (root.kind === 'problem') return undefined;
  const keys = /(?:^|\/)pyproject\.toml$/.test(path) ? ['tool', 'unblock', 'models'] : ['models'];
  const said = sorted(wanted(root, keys, list, name));
  // Whatever way it is written in: the file must say the same as before, and this.
  return additions(text, root, keys, list, JSON.stringify(name)).find((edits) => says(applied(text, edits)) === said);
}

/** Ways to write it, the best first. */
function additions(text: string, root: TomlTable, keys: readonly string[], list: List, item: string): readonly (readonly TextEdit[])[] {
  const models = entryAt(root, keys);
  const line = `${list} = [${item}]`;
  if (!models) return newTables(text, root, keys, line).map((edit) => [edit]);
  if (models.value.kind !== 'table') return [];
  const present = models.value.entries.get(list)?.value;
  if (present) return present.kind === 'list' && !present.items.some((one) => one.kind === 'plain' && one.value === JSON.parse(item)) ? [appended(text, present, item)] : [];
  const { start } = models.value.range;
  if (text[start] === '{') return [[inInline(text, models.value, line)]];
  const last = lastEnd(models.value);
  // `models.blocking = […]`: the new line begins as that one does.
  return [[below(text, last, text[start] === '[' ? line : `${text.slice(start, models.keyRange.end)}.${line}`)]];
}

function entryAt(root: TomlTable, keys: readonly string[]): TomlEntry | undefined {
  let entry: TomlEntry | undefined;
  for (const key of keys) {
    const table: TomlValue = entry ? entry.value : root;
    if (table.kind !== 'table') return undefined;
    entry = table.entries.get(key);
    if (!entry) return undefined;
  }
  return entry;
}

/** A table of its own: below what the file already says about us, or at its end. */
function newTables(text: string, root: TomlTable, keys: readonly string[], line: string): readonly TextEdit[] {
  const parent = keys.length > 1 ? entryAt(root, keys.slice(0, -1))?.value : undefined;
  if (parent?.kind === 'table' && text[parent.range.start] === '{') return [inInline(text, parent, `models = { ${line} }`)];
  const table = `[${keys.join('.')}]\n${line}`;
  const end = text.trimEnd().length;
  const last = { range: { start: end, end: text.length }, text: end === 0 ? `${table}\n` : `\n\n${table}\n` };
  return parent?.kind === 'table' ? [below(text, lastEnd(parent), `\n${table}`), last] : [last];
}

/** A new line below the one that holds `offset`. */
function below(text: string, offset: number, line: string): TextEdit {
  const end = lineEnd(text, offset);
  return { range: { start: end, end }, text: `\n${line}${end === text.length ? '\n' : ''}` };
}

/** Before the `}` of an inline table, which has no comma behind its last entry. */
function inInline(text: string, table: TomlTable, line: string): TextEdit {
  const { start, end } = table.range;
  const at = start + 1 + text.slice(start + 1, end - 1).trimEnd().length;
  return { range: { start: at, end: at }, text: table.entries.size > 0 ? `, ${line}` : ` ${line}${at === end - 1 ? ' ' : ''}` };
}

/** Behind the last item of a list; on a line of its own where that one has one. */
function appended(text: string, list: TomlValue & { readonly kind: 'list' }, item: string): readonly TextEdit[] {
  const last = list.items.at(-1)?.range;
  if (!last) return [insertion(list.range.start + 1, item)];
  const comma = commaBehind(text, last.end);
  const behind = comma === undefined ? last.end : comma + 1;
  const indentation = /(?:^|\n)([ \t]*)$/.exec(text.slice(0, last.start))?.[1];
  const end = lineEnd(text, behind);
  if (indentation === undefined || end >= list.range.end) return [insertion(behind, comma === undefined ? `, ${item}` : ` ${item},`)];
  const line = insertion(end, `\n${indentation}${item}${comma === undefined ? '' : ','}`);
  return comma === undefined ? [insertion(behind, ','), line] : [line];
}

function commaBehind(text: string, offset: number): number | undefined {
  const between = /^(?:\s|#.*)*,/.exec(text.slice(offset));
  return between ? offset + between[0].length - 1 : undefined;
}

const insertion = (at: number, text: string): TextEdit => ({ range: { start: at, end: at }, text });

/** Before the line break. */
function lineEnd(text: string, offset: number): number {
  const end = /\r?\n/.exec(text.slice(offset));
  return end ? offset + end.index : text.length;
}

function lastEnd(value: TomlValue): number {
  const inner = value.kind === 'table' ? [...value.entries.values()].map((entry) => entry.value) : value.kind === 'list' ? value.items : [];
  return Math.max(value.range.end, ...inner.map(lastEnd));
}

/** A text after edits that do not touch each other. */
export function applied(text: string, edits: readonly TextEdit[]): string {
  return edits.toSorted((a, b) => b.range.start - a.range.start).reduce((after, { range, text: inserted }) => after.slice(0, range.start) + inserted + after.slice(range.end), text);
}

function wanted(root: TomlTable, keys: readonly string[], list: List, name: string): unknown {
  const whole = plain(root) as Record<string, unknown>;
  let table = whole;
  for (const key of keys) table = tableOf(table[key] ??= {});
  const before = table[list];
  table[list] = [...(Array.isArray(before) ? before : []), name];
  return whole;
}

function tableOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? value as Record<string, unknown> : {};
}

function says(text: string): string | undefined {
  const root = readToml(text);
  return root.kind === 'problem' ? undefined : sorted(plain(root));
}

function plain(value: TomlValue): unknown {
  if (value.kind === 'plain') return value.value;
  return value.kind === 'list' ? value.items.map(plain) : Object.fromEntries([...value.entries].map(([key, entry]) => [key, plain(entry.value)]));
}

/** As text, equal for tables of equal entries in another order. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner));
}
