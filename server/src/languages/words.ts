/** What a shell word becomes when the shell expands it, as far as the text tells. */

import type { Range, Word } from '../facts.ts';
import { scriptFolder } from '../folders.ts';
import type { FlatTree } from './tree.ts';

/** A shell text with the place of each of its characters in the file. */
export interface ShellText {
  readonly text: string;
  /** File offset of character `index`; also of the end, for `index` = length. */
  at(index: number): number;
  /** All words are said to stand here: the text was computed, not written. */
  readonly fixed?: Range;
}

/** A parsed shell text. */
export interface ShellTree {
  readonly source: ShellText;
  readonly tree: FlatTree;
  /** Node type by symbol number. */
  readonly kinds: readonly string[];
}

/** A text that stands in the file as it is, from offset `base`. */
export function plainText(text: string, base = 0): ShellText {
  return { text, at: (index) => base + index };
}

/** A text from Windows with the line ends a shell knows. */
export function withoutReturns(source: ShellText): ShellText {
  if (!source.text.includes('\r\n')) return source;
  const offsets: number[] = [];
  let kept = '';
  for (let index = 0; index <= source.text.length; index++) {
    // A line ends where its `\r` stands.
    offsets.push(source.at(index));
    if (source.text.startsWith('\r\n', index)) index++;
    kept += source.text[index] ?? '';
  }
  return { text: kept, at: (index) => offsets[Math.min(index, offsets.length - 1)]!, ...(source.fixed ? { fixed: source.fixed } : {}) };
}

/** Value of a variable; `text` and `list` both missing means that nobody knows. */
export interface Value {
  readonly text?: string;
  readonly list?: readonly Word[];
  readonly range: Range;
  /** A text of which only parts are known; each of the others is an `unknownPart`. */
  readonly template?: string;
  /** What branches left it with, where they do not agree. */
  readonly either?: readonly Value[];
  /** Conditions under which it was given. */
  readonly conditions?: readonly string[];
}

/** A character that no text has. */
export const unknownPart = '\uE000';

export interface Variables {
  get(name: string): Value | undefined;
  set(name: string, value: Value): void;
  /** `$1`… where `set --` gave them. */
  readonly positional: readonly Word[] | undefined;
  /** Directory now, where it is known to be the script's. */
  readonly inScriptFolder: boolean;
}

type Piece =
  | { readonly kind: 'text'; readonly text: string; readonly quoted: boolean; readonly indirect: boolean }
  | { readonly kind: 'unknown'; readonly many: boolean }
  | { readonly kind: 'list'; readonly words: readonly Word[] };

const text = (value: string, quoted = true, indirect = false): Piece => ({ kind: 'text', text: value, quoted, indirect });
const unknown = (many: boolean): Piece => ({ kind: 'unknown', many });

/** Range in the file of nodes `node`. */
export function rangeOf({ source, tree }: ShellTree, node: number): Range {
  return source.fixed ?? { start: source.at(tree.start[node]!), end: source.at(tree.end[node]!) };
}

/** The words that `node`, one argument as written, expands to. */
export function expand(shell: ShellTree, node: number, variables: Variables): Word[] {
  const range = rangeOf(shell, node);
  const written = shell.source.text.slice(shell.tree.start[node], shell.tree.end[node]);
  return fields(pieces(shell, node, variables, false), { ...range, text: written }, shell.source.fixed !== undefined);
}

/** The one value that `node` has where the shell does not split words (assignments, quoted text). */
export function valueOf(shell: ShellTree, node: number, variables: Variables): Value {
  const range = rangeOf(shell, node);
  if (kindOf(shell, node) === 'array') {
    const words: Word[] = [];
    for (const child of children(shell.tree, node)) if (!'()'.includes(kindOf(shell, child))) words.push(...expand(shell, child, variables));
    return { list: words, range };
  }
  let joined = '';
  for (const piece of pieces(shell, node, variables, true)) {
    if (piece.kind === 'text') joined += piece.text;
    else if (piece.kind === 'list') joined += piece.words.map((word) => word.value ?? (word.prefix ?? '') + unknownPart).join(' ');
    else joined += unknownPart;
  }
  return joined.includes(unknownPart) ? { template: joined, range } : { text: joined, range };
}

/** Splits what pieces say into words, the way unquoted expansions are split. */
function fields(parts: readonly Piece[], at: Range & { readonly text: string }, fixed: boolean): Word[] {
  const words: Word[] = [];
  let open: { value: string; known: boolean; prefix: string; indirect: boolean } | undefined;
  const close = () => {
    if (!open) return;
    const indirect = open.indirect || fixed;
    words.push({ start: at.start, end: at.end, text: at.text, ...(open.known ? { value: open.value } : open.prefix ? { prefix: open.prefix } : {}), ...(indirect ? { indirect } : {}) });
    open = undefined;
  };
  const extend = (value: string, indirect: boolean) => {
    open ??= { value: '', known: true, prefix: '', indirect: false };
    open.value += value;
    open.indirect ||= indirect;
  };
  if (parts.length === 1) {
    const only = parts[0]!;
    if (only.kind === 'unknown' && only.many) return [{ ...at, many: true }];
    if (only.kind === 'list') return only.words.map((word) => ({ ...word, start: at.start, end: at.end, text: at.text, indirect: true }));
  }
  for (const piece of parts) {
    if (piece.kind === 'text' && (piece.quoted || !piece.indirect)) extend(piece.text, piece.indirect);
    else if (piece.kind === 'text') {
      const split = piece.text.split(/[ \t\n]+/);
      split.forEach((one, index) => {
        if (index > 0) close();
        if (one !== '') extend(one, true);
      });
    } else {
      open ??= { value: '', known: true, prefix: '', indirect: false };
      if (open.known) open.prefix = open.value;
      open.known = false;
    }
  }
  close();
  return words;
}

function pieces(shell: ShellTree, node: number, variables: Variables, quoted: boolean): Piece[] {
  const { tree, source } = shell;
  const written = source.text.slice(tree.start[node], tree.end[node]);
  switch (kindOf(shell, node)) {
    case 'raw_string':
      return [text(written.slice(1, -1))];
    case 'ansi_c_string':
      return [text(written.slice(2, -1).replace(/\\(.)/g, (whole, letter: string) => ansi[letter] ?? whole))];
    case 'string':
    case 'translated_string':
      return stringPieces(shell, node, variables);
    case 'concatenation':
    case 'command_name':
      return [...children(tree, node)].flatMap((child) => pieces(shell, child, variables, quoted));
    case 'simple_expansion':
      return [variable(written.slice(1), variables, quoted)];
    case 'expansion':
      return expansionPieces(shell, node, variables, quoted);
    case 'arithmetic_expansion':
      return [unknown(false)];
    case 'command_substitution':
      return [substitution(written, variables) ?? unknown(!quoted)];
    case 'process_substitution':
      return [unknown(false)];
    default:
      return [text(written.replace(/\\\r?\n/g, '').replace(/\\([\s\S])/g, '$1'), false)];
  }
}

const ansi: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', "'": "'", '"': '"', '\\': '\\' };

/** Double quotes: literal text is what lies between the expansions. */
function stringPieces(shell: ShellTree, node: number, variables: Variables): Piece[] {
  const { tree, source } = shell;
  const found: Piece[] = [];
  let at = tree.start[node]! + (kindOf(shell, node) === 'translated_string' ? 2 : 1);
  const end = tree.end[node]! - 1;
  const literal = (to: number) => {
    if (to > at) found.push(text(source.text.slice(at, to).replace(/\\\r?\n/g, '').replace(/\\([$`"\\])/g, '$1')));
  };
  let owner = node;
  // A translated string ($"…") wraps a plain one.
  for (const child of children(tree, node)) if (kindOf(shell, child) === 'string') owner = child;
  for (const child of children(tree, owner)) {
    if (!isExpansion(kindOf(shell, child))) continue;
    literal(tree.start[child]!);
    found.push(...pieces(shell, child, variables, true));
    at = tree.end[child]!;
  }
  literal(end);
  return found.length > 0 ? found : [text('')];
}

function isExpansion(kind: string): boolean {
  return kind === 'simple_expansion' || kind === 'expansion' || kind === 'command_substitution' || kind === 'arithmetic_expansion';
}

/** `$NAME`, `$1`, `$@`. */
function variable(name: string, variables: Variables, quoted: boolean): Piece {
  if (name === '@' || name === '*') {
    const given = variables.positional;
    return given ? { kind: 'list', words: given } : unknown(true);
  }
  if (/^[1-9]$/.test(name)) {
    const word = variables.positional?.[Number(name) - 1];
    return word?.value !== undefined && !word.many ? text(word.value, quoted, true) : unknown(!quoted);
  }
  if (name === 'PWD' && variables.inScriptFolder) return text(scriptFolder, quoted, true);
  const value = variables.get(name);
  const known = value?.text ?? value?.list?.[0]?.value;
  if (known !== undefined) return text(known, quoted, true);
  if (value?.template?.includes(' ') && !quoted) return { kind: 'list', words: templateWords(value) };
  return unknown(!quoted && !/^[#?$!-]$/.test(name));
}

/** `before` with `made` behind it, as `+=` writes them. */
export function joined(before: Value | undefined, made: Value, range: Range): Value {
  const whole = (before?.text ?? before?.template ?? unknownPart) + (made.text ?? made.template ?? unknownPart);
  return whole.includes(unknownPart) ? { template: whole, range } : { text: whole, range };
}

/** The words of a text that is known in parts, as it splits where it is not quoted. */
function templateWords({ template, range }: Value): readonly Word[] {
  return template!.split(/[ \t\n]+/).filter((one) => one !== '').map((one) => {
    const at = one.indexOf(unknownPart);
    return { start: range.start, end: range.end, text: one, ...(at === -1 ? { value: one } : one === unknownPart ? { many: true } : at > 0 ? { prefix: one.slice(0, at) } : {}) };
  });
}

const braces = /^\$\{([!#])?(\w+|[@*#?$!-])(\[[^\]]*\])?(?:(:?[-=+?])|([%#/^,:@][\s\S]*))?/;

/** `${NAME…}` with its operators; the ones that cut or replace are not followed. */
function expansionPieces(shell: ShellTree, node: number, variables: Variables, quoted: boolean): Piece[] {
  const { tree, source } = shell;
  const written = source.text.slice(tree.start[node], tree.end[node]);
  if (written === scriptFolder) return [text(scriptFolder, quoted, true)];
  const parts = braces.exec(written);
  if (!parts || parts[1] || parts[5] !== undefined) return [unknown(false)];
  const [whole, , name, index, operator] = parts;
  const value = variables.get(name!);
  if (index) {
    if (!value?.list) return [unknown(index === '[@]' || index === '[*]')];
    if (index === '[@]' || index === '[*]') return [{ kind: 'list', words: value.list }];
    const item = value.list[Number(index.slice(1, -1))]?.value;
    return [item === undefined ? unknown(!quoted) : text(item, quoted, true)];
  }
  const plain = () => [variable(name!, variables, quoted)];
  if (!operator || operator.endsWith('?')) return plain();
  const alternative = () => restPieces(shell, node, tree.start[node]! + whole.length, variables, quoted);
  if (operator.endsWith('+')) return value?.text || value?.list?.length ? alternative() : [unknown(!quoted)];
  // `-` and `=`: the default holds unless the file itself has set the variable.
  if (/^\d$/.test(name!) && variables.positional) return plain();
  if (value && !(operator.startsWith(':') && value.text === '')) return plain();
  const made = alternative();
  if (operator.endsWith('=')) {
    const known = made.every((piece) => piece.kind === 'text') ? made.map((piece) => (piece.kind === 'text' ? piece.text : '')).join('') : undefined;
    variables.set(name!, { ...(known === undefined ? {} : { text: known }), range: rangeOf(shell, node) });
  }
  return made;
}

/** What stands behind the operator of an expansion, up to the closing brace. It counts as written elsewhere: it is a default, not a word. */
function restPieces(shell: ShellTree, node: number, from: number, variables: Variables, quoted: boolean): Piece[] {
  const { tree, source } = shell;
  const found: Piece[] = [];
  let at = from;
  for (const child of children(tree, node)) {
    if (tree.start[child]! < from || kindOf(shell, child) === '}') continue;
    if (tree.start[child]! > at) found.push(text(source.text.slice(at, tree.start[child]), quoted, true));
    for (const piece of pieces(shell, child, variables, quoted)) found.push(piece.kind === 'text' ? { ...piece, indirect: true } : piece);
    at = tree.end[child]!;
  }
  if (tree.end[node]! - 1 > at) found.push(text(source.text.slice(at, tree.end[node]! - 1), quoted, true));
  return found.length > 0 ? found : [text('', quoted, true)];
}

const programLookup = /^(?:\$\(|`)\s*(?:which|command -v|type -p)\s+([\w.-]+)\s*[)`]$/;
const ownFolder = /dirname\s+(?:--\s+)?(?:"\$\(\s*readlink -f\s+)?"?\$\{?(?:0|BASH_SOURCE(?:\[0\])?)\}?"?\s*\)?"?\s*\)?"?((?:\/\.\.)*)/;

/** The few substitutions whose output the text tells: where a program lies, and the script's own folder. */
function substitution(written: string, variables: Variables): Piece | undefined {
  const program = programLookup.exec(written);
  if (program) return text(program[1]!, true, true);
  const folder = ownFolder.exec(written);
  if (folder) return text(scriptFolder + folder[1]!, true, true);
  if (/^(?:\$\(|`)\s*pwd\s*[)`]$/.test(written) && variables.inScriptFolder) return text(scriptFolder, true, true);
  return undefined;
}

export function kindOf({ tree, kinds }: ShellTree, node: number): string {
  return kinds[tree.kind[node]!] ?? '';
}

export function* children(tree: FlatTree, node: number): Generator<number> {
  for (let child = node + 1; child < tree.next[node]!; child = tree.next[child]!) yield child;
}

/** `eval` joins its arguments and splits them again. */
export function splitAgain(words: readonly Word[]): Word[] {
  return words.flatMap((word) => (word.value === undefined || !/\s/.test(word.value) ? [word] : word.value.split(/\s+/).filter((part) => part !== '').map((value) => ({ ...word, value, indirect: true }))));
}

/** The shell text inside one argument, with the places of its characters. */
export function insideText(shell: ShellTree, word: Word, node: number): ShellText | undefined {
  const { tree, source } = shell;
  const kind = kindOf(shell, node);
  if (kind !== 'string' && kind !== 'raw_string') return word.value === undefined ? undefined : { text: word.value, at: () => word.start, fixed: { start: word.start, end: word.end } };
  const offsets: number[] = [];
  let text = '';
  const end = tree.end[node]! - 1;
  for (let at = tree.start[node]! + 1; at < end; at++) {
    if (kind === 'string' && source.text[at] === '\\' && /["\\$`]/.test(source.text[at + 1] ?? '')) at++;
    text += source.text[at];
    offsets.push(source.at(at));
  }
  offsets.push(source.at(end));
  return { text, at: (index) => offsets[Math.min(index, offsets.length - 1)]!, ...(source.fixed ? { fixed: source.fixed } : {}) };
}
