/** What an edit leaves to be parsed: a text in which `pass` stands for the statements that it leaves alone. */

import type { Range } from '../facts.ts';
import type { Reading } from './gaps.ts';
import type { Untouched } from './sections.ts';
import type { FlatTree, TreeReader } from './tree.ts';

/** Statements that follow each other, of the top level or of a class there, with nothing but blanks and comments between them. */
interface Run extends Range {
  readonly top: boolean;
  /** Where they stand in the text that is read (UTF-16), and the numbers of their nodes' kinds; 0 for members. */
  readonly statements: readonly (Range & { readonly kind: number })[];
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
  readonly #read: string;
  readonly #runs: readonly Run[];
  /** Where the placeholder of each run starts. */
  readonly #places: readonly number[];

  private constructor(read: string, runs: readonly Run[]) {
    const places: number[] = [];
    let text = '';
    let end = 0;
    for (const run of runs) {
      text += read.slice(end, run.start);
      places.push(text.length);
      text += placeholder;
      ({ end } = run);
    }
    this.text = text + read.slice(end);
    this.#read = read;
    this.#runs = runs;
    this.#places = places;
  }

  /** `widely`: with the statements beside those that the edit touches. Undefined where too much would be left, or it cannot be told what. */
  static of(reading: Reading, untouched: Untouched, widely: boolean): Remainder | undefined {
    const { text } = reading;
    const runs = runsOf(untouched, reading).flatMap((run) => apart(text, widely ? inner(run, text.length) : run) ?? []);
    const spared = runs.reduce((sum, { start, end }) => sum + end - start, 0);
    if (text.length - spared > Math.min(longest, text.length / 4)) return undefined;
    return new Remainder(text, runs);
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
        const { top } = this.#runs[run]!;
        if (tree.end[i] !== tree.start[i]! + placeholder.length || (top ? tree.parent[i] !== 0 : !reader.holdsMembers(tree, tree.parent[i]!))) return undefined;
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
  #leavesOf({ statements, top }: Run, passing: number, comment: number): Run['statements'] {
    const found: (Range & { kind: number })[] = [];
    let before: number | undefined;
    for (const { start, end, kind } of statements) {
      for (let at = before ?? start; at < start; at++) {
        if (this.#read.charCodeAt(at) !== 35) continue;
        const feed = this.#read.indexOf('\n', at);
        found.push({ start: at, end: feed, kind: comment });
        at = feed;
      }
      found.push({ start, end, kind: top ? kind : passing });
      before = end;
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

/** All that an edit leaves alone, in order. */
function runsOf(untouched: Untouched, reading: Reading): readonly Run[] {
  const runs: Run[] = [];
  let statements: (Range & { kind: number })[] = [];
  /** Where the last one ended before the edit, and ends now. */
  let [oldEnd, realEnd, by] = [0, 0, 0];
  const close = (top: boolean): void => {
    if (statements.length > 0) runs.push({ start: statements[0]!.start, end: statements.at(-1)!.end, top, statements });
    statements = [];
  };
  const add = (start: number | undefined, old: Range, top: boolean, kind: number): void => {
    const end = start === undefined ? 0 : start + old.end - old.start;
    if (start === undefined || !reading.isRead(start, end)) {
      close(top);
      return;
    }
    if (statements.length > 0 && !(untouched.isLeftAlone(oldEnd, old.start) && reading.isRead(realEnd, start))) close(top);
    // Within a run all have moved as far.
    if (statements.length === 0) by = reading.origin(start) - start;
    statements.push({ start: start + by, end: end + by, kind });
    [oldEnd, realEnd] = [old.end, end];
  };
  for (const kin of untouched.kept.statements) {
    const start = untouched.now(kin);
    add(start, kin.statement, true, kin.kind);
    if (start !== undefined) continue;
    for (let index = 1; index < kin.sections.length; index++) add(untouched.nowMember(kin.sections[index]!), kin.sections[index]!, false, 0);
    close(false);
  }
  close(true);
  return runs;
}

/** A run without its first and last statement, of which an edit beside it may make a part of another. */
function inner(run: Run, length: number): Run | undefined {
  return part(run, run.start === 0 ? 0 : 1, run.end === length ? 0 : 1);
}

/** A run without so many statements at its start and end. */
function part({ top, statements: all }: Run, first: number, last: number): Run | undefined {
  const statements = all.slice(first, all.length - last);
  return statements.length > 0 ? { top, start: statements[0]!.start, end: statements.at(-1)!.end, statements } : undefined;
}

/** A run without what shares its lines with others, and without a last statement to which what follows may belong. */
function apart(text: string, run: Run | undefined): Run | undefined {
  while (run && !startsApart(text, run)) run = part(run, 1, 0);
  while (run && !endsApart(text, run)) run = part(run, 0, 1);
  return run;
}

function startsApart(text: string, { start, top }: Run): boolean {
  const line = text.lastIndexOf('\n', start - 1) + 1;
  const indent = text.slice(line, start);
  return (top ? indent === '' : /^[ \t]+$/.test(indent)) && !/\\\r?\n$/.test(text.slice(Math.max(0, line - 3), line));
}

/** Whether nothing that follows in the line is code, and nothing behind it stands further to the right than the run. */
function endsApart(text: string, { start, end }: Run): boolean {
  const rest = /[ \t]*(?:#[^\n]*)?\r?(?:\n|$)/y;
  rest.lastIndex = end;
  if (!rest.test(text)) return false;
  const blank = /(?:[ \t\r]*\n)*([ \t]*)/y;
  blank.lastIndex = rest.lastIndex;
  const indent = blank.exec(text)![1]!;
  return blank.lastIndex === text.length || ((indent === '' || indent === text.slice(text.lastIndexOf('\n', start - 1) + 1, start)) && !/[\r\f\v\\]/.test(text[blank.lastIndex]!));
}
