/** Several fixes at once. */

import type { Edit } from '../rule.ts';

/** An edit with the file it belongs to. */
export interface FileEdit extends Edit {
  readonly path: string;
}

/**
 * The edits of as many of `fixes` (each a list of edits that belong together) as do not touch each other, earlier ones
 * first. An edit that two fixes share, such as the same import, is made once.
 */
export function combine(fixes: Iterable<readonly FileEdit[]>): FileEdit[] {
  const chosen: FileEdit[] = [];
  for (const edits of fixes) {
    const fresh = edits.filter((edit) => !chosen.some((other) => same(edit, other)));
    if (!fresh.some((edit) => chosen.some((other) => overlap(edit, other)))) chosen.push(...fresh);
  }
  return chosen;
}

function same(one: FileEdit, other: FileEdit): boolean {
  return one.path === other.path && one.range.start === other.range.start && one.range.end === other.range.end && one.text === other.text;
}

/** Two insertions at one place do not overlap: both are made. */
function overlap(one: FileEdit, other: FileEdit): boolean {
  return one.path === other.path && one.range.start < other.range.end && other.range.start < one.range.end;
}
