/** Sections of files that are being edited: where they stand, and which of them an edit took away or brought. */

import type { Facts, Section } from '../facts.ts';

/** The section that an offset (UTF-16) lies in; undefined between sections, and in files that are not being edited. */
export function sectionAt({ sections }: Facts, offset: number): Section | undefined {
  if (!sections) return undefined;
  let low = 0;
  for (let high = sections.length; low < high;) {
    const middle = (low + high) >> 1;
    if (sections[middle]!.start <= offset) low = middle + 1;
    else high = middle;
  }
  const found = sections[low - 1];
  return found && offset < found.end ? found : undefined;
}

/** What a question answered of a part of a file. */
export interface Said<T, P = Facts | Section> {
  readonly part: P;
  readonly answer: T;
}

/** Answers to one question, asked of parts of files that are being edited: of most parts they are undefined. */
export class Sayings<P extends object, T extends {}> {
  readonly #known = new WeakMap<P, { readonly answer: T | undefined }>();
  #last: { readonly parts: readonly P[]; readonly said: readonly Said<T, P>[] } = { parts: [], said: [] };

  /**
   * What `parts`, all of a file and in order, say. Of the file that was asked about last only new parts are looked at, and those
   * that say something; no part is asked twice. `startOf`: where one stands (UTF-16).
   */
  of(parts: readonly P[], ask: (part: P) => T | undefined, startOf: (part: P) => number): readonly Said<T, P>[] {
    if (this.#last.parts === parts) return this.#last.said;
    const { gone, come } = exchange(this.#last.parts, parts);
    const without = new Set(gone);
    const kept = this.#last.said.filter(({ part }) => !without.has(part));
    const more = come.flatMap((part): readonly Said<T, P>[] => {
      let one = this.#known.get(part);
      if (!one) this.#known.set(part, (one = { answer: ask(part) }));
      return one.answer === undefined ? [] : [{ part, answer: one.answer }];
    });
    const said = more.length === 0 ? kept : [...kept, ...more].sort((one, other) => startOf(one.part) - startOf(other.part));
    this.#last = { parts, said };
    return said;
  }
}

/**
 * A question to ask of each section of a file that is being edited, or of a whole file that is not: its answer rests on that text
 * alone. Made once, where a module is loaded.
 */
export function fromSections<T extends {}>(question: (part: Facts | Section, file: Facts) => T | undefined): (file: Facts) => readonly Said<T>[] {
  const sayings = new Sayings<Section, T>();
  return (file) => {
    if (file.sections) return sayings.of(file.sections, (section) => question(section, file), ({ start }) => start);
    const answer = question(file, file);
    return answer === undefined ? [] : [{ part: file, answer }];
  };
}

/** What an edit took away and what it brought; everything else is the same objects, in the same order. */
export interface Exchange<T> {
  readonly gone: readonly T[];
  readonly come: readonly T[];
}

/** The sections by which two versions of a file differ; undefined where one of them is not being edited. */
export function exchanged(before: Facts, after: Facts): Exchange<Section> | undefined {
  return before.sections && after.sections && exchange(before.sections, after.sections);
}

/** Lists compared last: many questions ask for the same, one after the other. */
const compared: { readonly old: readonly unknown[]; readonly now: readonly unknown[]; readonly exchange: Exchange<unknown> }[] = [];
const mostCompared = 4;

/** By what `now` differs from `old`. Neither list changes any more. */
export function exchange<T>(old: readonly T[], now: readonly T[]): Exchange<T> {
  let known = compared.find((one) => one.old === old && one.now === now);
  if (!known) {
    compared.unshift((known = { old, now, exchange: differing(old, now) }));
    compared.length = Math.min(compared.length, mostCompared);
  }
  return known.exchange as Exchange<T>;
}

function differing<T>(old: readonly T[], now: readonly T[]): Exchange<T> {
  const shortest = Math.min(old.length, now.length);
  let start = 0;
  while (start < shortest && old[start] === now[start]) start++;
  let tail = 0;
  while (tail < shortest - start && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail++;
  const [gone, come] = [old.slice(start, old.length - tail), now.slice(start, now.length - tail)];
  // Of a class whose method is edited the head is new, and the methods in between are not.
  const [was, is] = [new Set(gone), new Set(come)];
  return { gone: gone.filter((one) => !is.has(one)), come: come.filter((one) => !was.has(one)) };
}
