/** What an edit leaves to be parsed: a text in which `pass` stands for the statements that it leaves alone. */

import type { Range } from '../facts.ts';
import type { Reading } from './gaps.ts';
import { rangeOf, type Kin, type Run, type Untouched } from './sections.ts';
import type { FlatTree, TreeReader } from './tree.ts';

/** A run of statements that an edit leaves alone, in the text that is read (UTF-16). */
interface Spared extends Range {
  readonly run: Run;
  /** How far its statements have moved since they were read last. */
  readonly by: number;
}

/** A node without children, by the number of its kind. */
interface Leaf extends Range {
  readonly kind: number;
}

const placeholder = 'pass';

/** More than this (UTF-16), or than a quarter of the file, is parsed faster with the tree of the whole file before the edit. */
const longest = 20_000;

/**
 * The text to be parsed in place of the one that is read: it says the same of all other statements, because a statement ends
 * where its indentation does.
 */
export class Remainder {
  readonly text: string;
  /** Whether what is left may be part of a statement beside it. */
  readonly dangles: boolean;
  readonly #read: string;
  readonly #runs: readonly Spared[];
  /** Where the placeholder of each run starts. */
  readonly #places: readonly number[];

  private constructor(read: string, runs: readonly Spared[]) {
    const places: number[] = [];
    let text = '';
    let end = 0;
    let open = false;
    for (const run of runs) {
      const left = read.slice(end, run.start);
      open ||= dangles(left);
      text += left;
      places.push(text.length);
      text += placeholder;
      ({ end } = run);
    }
    this.text = text + read.slice(end);
    this.dangles = open || dangles(read.slice(end));
    this.#read = read;
    this.#runs = runs;
    this.#places = places;
  }

  /** `widely`: with the statements beside those that the edit touches. Undefined where too much would be left. */
  static of(reading: Reading, untouched: Untouched, widely: boolean): Remainder | undefined {
    const { text } = reading;
    const runs: Spared[] = [];
    let left = text.length;
    for (const run of untouched.runs) {
      const spared = spare(reading, widely ? inner(run) : run);
      if (!spared) continue;
      runs.push(spared);
      left -= spared.end - spared.start;
    }
    return left > Math.min(longest, text.length / 4) ? undefined : new Remainder(text, runs);
  }

  /** The tree of the whole text that is read, made from that of `text`; undefined where what was left out is not as it was. */
  whole(tree: FlatTree, reader: TreeReader): FlatTree | undefined {
    const [passing, comment] = [reader.kindOf('pass_statement'), reader.kindOf('comment')];
    const leaves = this.#runs.map((run) => this.#leavesOf(run, passing, comment));
    const size = leaves.reduce((sum, all) => sum + all.length, tree.count);
    const [kind, field, missing] = [new Uint16Array(size), new Uint8Array(size), new Uint8Array(size)];
    const [start, end, parent, next] = [new Int32Array(size), new Int32Array(size), new Int32Array(size), new Int32Array(size)];
    /** Of each node, the one that it has become. */
    const became = new Int32Array(tree.count + 1);
    let count = 0;
    let run = 0;
    for (let i = 0; i < tree.count; i++) {
      became[i] = count;
      const up = tree.parent[i]! < 0 ? -1 : became[tree.parent[i]!]!;
      if (tree.kind[i] === passing && tree.start[i] === this.#places[run]) {
        const { top } = this.#runs[run]!.run;
        if (top ? tree.parent[i] !== 0 : !reader.holdsMembers(tree, tree.parent[i]!)) return undefined;
        if (tree.end[i] !== tree.start[i]! + placeholder.length) return undefined;
        for (const leaf of leaves[run]!) {
          kind[count] = leaf.kind;
          start[count] = leaf.start;
          end[count] = leaf.end;
          parent[count] = up;
          next[count] = ++count;
        }
        run++;
        // With the word inside.
        for (const after = tree.next[i]!; i + 1 < after; i++) became[i + 1] = -1;
        continue;
      }
      kind[count] = tree.kind[i]!;
      field[count] = tree.field[i]!;
      missing[count] = tree.missing[i]!;
      start[count] = this.placeOf(tree.start[i]!);
      end[count] = this.placeOf(tree.end[i]!);
      parent[count++] = up;
    }
    if (run < this.#runs.length) return undefined;
    became[tree.count] = count;
    for (let i = 0; i < tree.count; i++) if (became[i]! >= 0 && next[became[i]!] === 0) next[became[i]!] = became[tree.next[i]!]!;
    return { count, kind, field, start, end, parent, next, missing, invented: [] };
  }

  /** The statements of a run, and the comments between them. */
  #leavesOf({ run: { statements, first, end: last, top }, by }: Spared, passing: number, comment: number): readonly Leaf[] {
    const found: Leaf[] = [];
    let before: number | undefined;
    for (let index = first; index < last; index++) {
      const one = statements[index]!;
      const range = rangeOf(one);
      const start = range.start + by;
      for (let at = before ?? start; at < start; at++) {
        if (this.#read.charCodeAt(at) !== 35) continue;
        const feed = this.#read.indexOf('\n', at);
        found.push({ start: at, end: feed, kind: comment });
        at = feed;
      }
      before = range.end + by;
      found.push({ start, end: before, kind: top ? (one as Kin).kind : passing });
    }
    return found;
  }

  /** Where an offset of `text` stands in the text that is read; one in a placeholder, at its end. */
  placeOf(offset: number): number {
    let low = 0;
    for (let high = this.#places.length; low < high;) {
      const middle = (low + high) >> 1;
      if (this.#places[middle]! < offset) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return offset;
    return this.#runs[low - 1]!.end + Math.max(0, offset - this.#places[low - 1]! - placeholder.length);
  }
}

/** Whether code between runs may be part of the statement before or behind it: a decorator, or a part of an `if` or `try`. */
function dangles(code: string): boolean {
  const lines = code.split('\n').map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  return lines.length > 0 && (/^(?:else|elif|except|finally|case)\b/.test(lines[0]!) || lines.at(-1)!.startsWith('@'));
}

/** A run as it stands in a text, without what shares its lines with others; undefined where nothing of it is left. */
function spare(reading: Reading, run: Run | undefined): Spared | undefined {
  while (run) {
    const { statements, first, end, shift } = run;
    const [from, to] = [rangeOf(statements[first]!).start + shift, rangeOf(statements[end - 1]!).end + shift];
    if (!reading.isRead(from, to)) return undefined;
    const by = reading.origin(from) - from;
    const spared = { run, by: by + shift, start: from + by, end: to + by };
    if (!startsApart(reading.text, spared)) run = part(run, first + 1, end);
    else if (!endsApart(reading.text, spared)) run = part(run, first, end - 1);
    else return spared;
  }
  return undefined;
}

/** A run without the statement that stands beside the edit. */
function inner(run: Run): Run | undefined {
  return part(run, run.behind ? run.first + 1 : run.first, run.before ? run.end - 1 : run.end);
}

function part(run: Run, first: number, end: number): Run | undefined {
  return first < end ? { ...run, first, end } : undefined;
}

function startsApart(text: string, { start, run: { top } }: Spared): boolean {
  const line = text.lastIndexOf('\n', start - 1) + 1;
  const indent = text.slice(line, start);
  return (top ? indent === '' : /^[ \t]+$/.test(indent)) && !/\\\r?\n$/.test(text.slice(Math.max(0, line - 3), line));
}

/**
 * Whether nothing that follows in the line is code, and no comment and no code behind it stands further to the right: it could
 * belong to the last statement.
 */
function endsApart(text: string, { start, end }: Range): boolean {
  const indent = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  const line = /([ \t]*)(?:(#[^\n]*)?\r?(?:\n|$)|([^]))/y;
  line.lastIndex = end;
  if (line.exec(text)![3] !== undefined) return false;
  while (line.lastIndex < text.length) {
    const [, before, comment, code] = line.exec(text)!;
    if ((comment ?? code) !== undefined && before !== '' && before !== indent) return false;
    if (code !== undefined) return !/[\r\f\v\\]/.test(code);
  }
  return true;
}
