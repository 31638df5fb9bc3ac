/** Where a file that is being edited cannot be read: there it is read as it last said when it could be. */

import type { Range } from '../facts.ts';
import type { FlatTree } from './tree.ts';

/** A range of the real text (UTF-16) that cannot be read. */
export interface Gap extends Range {
  /** What the file last said there. */
  readonly said: string;
}

/** An edit: `startIndex`..`oldEndIndex` became what now ends at `newEndIndex` (UTF-16). */
export interface Replacement {
  readonly startIndex: number;
  readonly oldEndIndex: number;
  readonly newEndIndex: number;
}

/** A real text as it is read: what is said in its gaps takes their place. */
export class Reading {
  readonly real: string;
  readonly text: string;
  /** In order, and apart. */
  readonly gaps: readonly Gap[];
  /** Where each gap starts in the text that is read. */
  readonly #starts: readonly number[];

  constructor(real: string, gaps: readonly Gap[]) {
    const starts: number[] = [];
    let text = '';
    let end = 0;
    for (const gap of gaps) {
      text += real.slice(end, gap.start);
      starts.push(text.length);
      text += gap.said;
      end = gap.end;
    }
    this.real = real;
    this.text = gaps.length === 0 ? real : text + real.slice(end);
    this.gaps = gaps;
    this.#starts = starts;
  }

  /** Where something stands in the real text that starts at `offset` of the text that is read: behind what was inserted there. */
  start(offset: number): number {
    return this.#place(offset, 0);
  }

  /** Where something stands in the real text that ends at `offset` of the text that is read: before what was inserted there. */
  end(offset: number): number {
    return this.#place(offset, 1);
  }

  #place(offset: number, asEnd: 0 | 1): number {
    let by = 0;
    for (const [index, { start, end, said }] of this.gaps.entries()) {
      const into = offset - this.#starts[index]!;
      if (into < asEnd) break;
      if (into < said.length) return Math.min(start + into, end);
      by = end - said.length - this.#starts[index]!;
    }
    return offset + by;
  }

  /** Whether a range of the real text touches no gap. */
  isRead(start: number, end: number): boolean {
    return this.gaps.every((gap) => end < gap.start || start > gap.end);
  }

  /** Where an offset of the real text, outside its gaps, stands in the text that is read. */
  origin(offset: number): number {
    return this.gaps.reduce((at, { start, end, said }) => (offset > start ? at + said.length - end + start : at), offset);
  }

  /** A tree of the text that is read, with ranges of the real one. */
  placed(tree: FlatTree): FlatTree {
    if (this.gaps.length === 0) return tree;
    const [start, end] = [tree.start.slice(0, tree.count), tree.end.slice(0, tree.count)];
    for (let i = 0; i < tree.count; i++) {
      start[i] = this.start(start[i]!);
      end[i] = Math.max(start[i]!, this.end(end[i]!));
    }
    return { ...tree, start, end, invented: tree.invented.map((offset) => this.start(offset)) };
  }

  /** What of the real text cannot be read: the gaps, and what stands behind them in a line. Lines that are gone leave nothing. */
  get unread(): readonly Range[] {
    return this.gaps.flatMap(({ start, end, said }) => {
      if (start < end ? this.real[end - 1] === '\n' : said.endsWith('\n')) return start < end ? [{ start, end: end - 1 }] : [];
      const feed = this.real.indexOf('\n', end);
      return [{ start, end: feed === -1 ? this.real.length : feed }];
    });
  }

  /** The real text, as long and in as many lines; where it cannot be read stand words of what is said there, as far as they fit. */
  get masked(): string {
    if (this.gaps.length === 0) return this.real;
    let text = '';
    let end = 0;
    for (const gap of this.gaps) {
      text += this.real.slice(end, gap.start) + fitted(gap.said, this.real.slice(gap.start, gap.end));
      end = gap.end;
    }
    return text + this.real.slice(end);
  }
}

/** Words of `said` in the lines of `room`: no quote or bracket that means something alone. */
function fitted(said: string, room: string): string {
  const lines = said.replace(/[^\w\s.]/g, '~').split(/\r?\n/);
  return room.split('\n').map((line, index) => {
    const words = (lines[index] ?? '').slice(0, line.length).padEnd(line.length);
    return line.endsWith('\r') ? `${words.slice(0, -1)}\r` : words;
  }).join('\n');
}

/** The gaps of a file that an edit of `before` has made `after`, which cannot be read: what the edit touches says what it said. */
export function widened(before: Reading, edit: Replacement, after: string): readonly Gap[] {
  const moved = edit.newEndIndex - edit.oldEndIndex;
  let { startIndex: start, oldEndIndex: end } = edit;
  for (const gap of before.gaps) {
    if (gap.end < edit.startIndex || gap.start > edit.oldEndIndex) continue;
    start = Math.min(start, gap.start);
    end = Math.max(end, gap.end);
  }
  const found: Gap[] = [];
  let said = '';
  let at = start;
  let place = 0;
  for (const gap of before.gaps) {
    if (gap.end < start) place = found.push(gap);
    else if (gap.start > end) found.push({ start: gap.start + moved, end: gap.end + moved, said: gap.said });
    else {
      said += before.real.slice(at, gap.start) + gap.said;
      at = gap.end;
    }
  }
  const gap = atLines(trimmed({ start, end: end + moved, said: said + before.real.slice(at, end) }, after), after, found[place - 1]?.end ?? 0);
  if (gap.start < gap.end || gap.said !== '') found.splice(place, 0, gap);
  return found;
}

/** A gap without what stands there as it was said, before and behind. */
function trimmed({ start, end, said }: Gap, text: string): Gap {
  let first = 0;
  while (first < said.length && start + first < end && said.charCodeAt(first) === text.charCodeAt(start + first)) first++;
  let last = said.length;
  while (last > first && end > start + first && said.charCodeAt(last - 1) === text.charCodeAt(end - 1)) {
    last--;
    end--;
  }
  return { start: start + first, end, said: said.slice(first, last) };
}

/** Lines that came or went may be taken for parts of the lines around that look alike: the gap is whole lines where it can be. */
function atLines(gap: Gap, text: string, from: number): Gap {
  const inserted = gap.said === '';
  if (!inserted && gap.start < gap.end) return gap;
  const lines = inserted ? text.slice(gap.start, gap.end) : gap.said;
  if (!lines.includes('\n')) return gap;
  let { start } = gap;
  for (let back = 0; start > from && text[start - 1] !== '\n'; back++, start--) {
    if (text[start - 1] !== (back < lines.length ? lines[lines.length - 1 - back] : text[start - 1 + lines.length])) return gap;
  }
  const by = gap.start - start;
  return { start, end: gap.end - by, said: inserted ? '' : text.slice(start, gap.start) + lines.slice(0, lines.length - by) };
}

/** Gaps without the lines of `text` that `edit` touched: those are read as they are. */
export function apartFrom(gaps: readonly Gap[], edit: Replacement, text: string): readonly Gap[] {
  const first = text.lastIndexOf('\n', edit.startIndex - 1) + 1;
  const feed = text.indexOf('\n', edit.newEndIndex);
  const last = feed === -1 ? text.length : feed;
  return gaps.flatMap((gap) => {
    if (gap.end < first || gap.start > last) return [gap];
    const above = gap.start < first ? [{ start: gap.start, end: first - 1, said: gap.said }] : [];
    return gap.end > last ? [...above, { start: last + 1, end: gap.end, said: above.length > 0 ? '' : gap.said }] : above;
  });
}

/** So many lines at the end of what was pasted may be unreadable without costing those before them. */
const mostLast = 8;

/** Where `edit` inserted several lines: gaps that begin behind the first of them, as many as possible. */
export function* withoutFirstLines(gaps: readonly Gap[], { startIndex, newEndIndex }: Replacement, text: string): Iterable<readonly Gap[]> {
  if (!text.slice(startIndex, newEndIndex).trim().includes('\n')) return;
  const inserted = gaps.find(({ start, end, said }) => said === '' && start <= newEndIndex && end >= startIndex);
  if (!inserted) return;
  let from = inserted.end;
  for (let tries = 0; tries < mostLast; tries++) {
    from = text.lastIndexOf('\n', from - 2) + 1;
    if (from <= inserted.start) return;
    yield gaps.map((gap) => (gap === inserted ? { ...gap, start: from } : gap));
  }
}

/** Ranges of `before` as an edit moves them; one that it touches, blanks aside, covers what was edited. */
export function movedBy(ranges: readonly Range[], { startIndex, oldEndIndex, newEndIndex }: Replacement, before: string): readonly Range[] {
  const by = newEndIndex - oldEndIndex;
  return ranges.map(({ start, end }) => {
    if (start > oldEndIndex) return { start: start + by, end: end + by };
    return behindBlanks(before, end) < startIndex ? { start, end } : { start: Math.min(start, startIndex), end: Math.max(end, oldEndIndex) + by };
  });
}

function behindBlanks(text: string, offset: number): number {
  while (offset < text.length && /\s/.test(text[offset]!)) offset++;
  return offset;
}

/** Whether each of `ranges` lies in the lines of one of `others`. */
export function liesWithin(ranges: readonly Range[], others: readonly Range[], text: string): boolean {
  return ranges.every(({ start, end }) => others.some((other) => {
    const feed = text.indexOf('\n', other.end);
    return start >= text.lastIndexOf('\n', other.start - 1) + 1 && end <= (feed === -1 ? text.length : feed);
  }));
}
