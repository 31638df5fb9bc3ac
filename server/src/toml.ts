/** A TOML text as values that know where they stand. */

import { parseTOML, ParseError, type AST } from 'toml-eslint-parser';
import type { Range } from './facts.ts';

export type TomlValue =
  | { readonly kind: 'table'; readonly range: Range; readonly entries: ReadonlyMap<string, TomlEntry> }
  | { readonly kind: 'list'; readonly range: Range; readonly items: readonly TomlValue[] }
  | { readonly kind: 'plain'; readonly range: Range; /** A `Date` for TOML's four kinds of date and time. */ readonly value: string | number | boolean | Date };

export type TomlTable = TomlValue & { readonly kind: 'table' };

/** One key of a table: the first place it is written. */
export interface TomlEntry {
  readonly keyRange: Range;
  readonly value: TomlValue;
}

interface OpenTable {
  readonly kind: 'table';
  readonly range: Range;
  readonly entries: Map<string, { readonly keyRange: Range; readonly value: Open }>;
}

type Open = OpenTable | { readonly kind: 'list'; readonly range: Range; readonly items: Open[] } | (TomlValue & { readonly kind: 'plain' });

/** The text's top table, or where and why it cannot be read. Offsets are UTF-16. Never throws. */
export function readToml(text: string): TomlTable | { readonly kind: 'problem'; readonly range: Range; readonly reason: string } {
  let program: AST.TOMLProgram;
  try {
    program = parseTOML(text);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return { kind: 'problem', range: visible(text, error.index), reason: error.message.replace(/\.$/, '') };
  }
  const root: OpenTable = { kind: 'table', range: { start: 0, end: text.length }, entries: new Map() };
  for (const node of program.body[0].body) {
    if (node.type === 'TOMLKeyValue') {
      put(root, node);
    } else {
      const table = tableAt(root, node);
      for (const entry of node.body) put(table, entry);
    }
  }
  return root;
}

/** One character at least, within one line: what an editor can underline. */
function visible(text: string, index: number): Range {
  let start = Math.min(index, text.length);
  while (start > 0 && (start === text.length || text[start] === '\n' || text[start] === '\r')) start--;
  return { start, end: Math.min(start + String.fromCodePoint(text.codePointAt(start) ?? 0).length, text.length) };
}

function put(table: OpenTable, node: AST.TOMLKeyValue): void {
  const keys = node.key.keys;
  let inner = table;
  for (const key of keys.slice(0, -1)) inner = tableIn(inner, nameOf(key), rangeOf(key), rangeOf(node));
  const last = keys.at(-1)!;
  inner.entries.set(nameOf(last), { keyRange: rangeOf(last), value: valueOf(node.value) });
}

function tableAt(root: OpenTable, node: AST.TOMLTable): OpenTable {
  let table = root;
  node.key.keys.forEach((key, i) => {
    table = tableIn(table, nameOf(key), rangeOf(key), rangeOf(node), node.kind === 'array' && i === node.key.keys.length - 1);
  });
  return table;
}

/** The table under a name, made where there is none; the last one (or a new one, when `append`) of a list of tables. */
function tableIn(table: OpenTable, name: string, keyRange: Range, range: Range, append = false): OpenTable {
  const found = table.entries.get(name)?.value;
  if (found?.kind === 'table') return found;
  const made: OpenTable = { kind: 'table', range, entries: new Map() };
  if (found?.kind === 'list') {
    const last = found.items.at(-1);
    if (!append && last?.kind === 'table') return last;
    found.items.push(made);
  } else {
    table.entries.set(name, { keyRange, value: append ? { kind: 'list', range, items: [made] } : made });
  }
  return made;
}

function valueOf(node: AST.TOMLContentNode): Open {
  const range = rangeOf(node);
  if (node.type === 'TOMLArray') return { kind: 'list', range, items: node.elements.map(valueOf) };
  if (node.type === 'TOMLValue') return { kind: 'plain', range, value: node.value };
  const table: OpenTable = { kind: 'table', range, entries: new Map() };
  for (const entry of node.body) put(table, entry);
  return table;
}

function nameOf(key: AST.TOMLBare | AST.TOMLQuoted): string {
  return key.type === 'TOMLBare' ? key.name : key.value;
}

function rangeOf(node: { readonly range: readonly [number, number] }): Range {
  return { start: node.range[0], end: node.range[1] };
}
