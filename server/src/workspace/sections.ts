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

/** What a question answered of a section, or of a whole file that is not being edited. */
export interface Said<T> {
  readonly part: Facts | Section;
  readonly answer: T;
}

/**
 * A question to ask of each section of a file: its answer rests on the section's text alone, and is undefined for most. Of the
 * file that was asked about last only new sections are looked at, and those that say something. Made once,
 * where a module is loaded.
 */
export function fromSections<T extends {}>(question: (part: Facts | Section, file: Facts) => T | undefined): (file: Facts) => readonly Said<T>[] {
  let last: { readonly sections: readonly Section[]; readonly said: readonly Said<T>[] } | undefined;
  const known = new WeakMap<Section, { readonly answer: T | undefined }>();
  const say = (part: Facts | Section, answer: T | undefined): readonly Said<T>[] => (answer === undefined ? [] : [{ part, answer }]);
  return (file) => {
    const { sections } = file;
    if (!sections) return say(file, question(file, file));
    if (last?.sections !== sections) {
      const { gone, come } = exchange(last?.sections ?? [], sections);
      const without = new Set<unknown>(gone);
      const kept = (last?.said ?? []).filter(({ part }) => !without.has(part));
      const more = come.flatMap((section) => {
        // Of several files that are being edited one is asked after the other.
        let one = known.get(section);
        if (!one) known.set(section, (one = { answer: question(section, file) }));
        return say(section, one.answer);
      });
      last = { sections, said: more.length === 0 ? kept : [...kept, ...more].sort((one, other) => startOf(one.part) - startOf(other.part)) };
    }
    return last.said;
  };
}

const startOf = (part: Facts | Section): number => ('start' in part ? part.start : 0);

/** What an edit took away and what it brought; everything else is the same objects, in the same order. */
export interface Exchange<T> {
  readonly gone: readonly T[];
  readonly come: readonly T[];
}

/** The sections by which two versions of a file differ; undefined where one of them is not being edited. */
export function exchanged(before: Facts, after: Facts): Exchange<Section> | undefined {
  return before.sections && after.sections && exchange(before.sections, after.sections);
}

export function exchange<T>(old: readonly T[], now: readonly T[]): Exchange<T> {
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
