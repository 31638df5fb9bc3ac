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
