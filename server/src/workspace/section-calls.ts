/** The calls of files that are being edited, worked out section by section. */

import type { Facts, Range, Section } from '../facts.ts';
import { Collector, type CallContext } from './calls.ts';
import type { EdgeAt, FileCalls, SectionCalls, Use } from './edges.ts';

/**
 * The calls of a file. Of one that is being edited, sections that `known` holds are not worked out again: what they call
 * means what it meant, wherever they stand now.
 */
export function fileCalls(file: Facts, context: CallContext, known: WeakMap<Section, SectionCalls>): FileCalls {
  if (!file.sections) return new Collector(file, context).collect(file);
  const parts = file.sections.map((section) => {
    let part = known.get(section);
    if (part) move(part, section);
    else known.set(section, (part = { ...new Collector(file, context).collect(section), offset: section.start, firstBlock: section.firstBlock, firstCall: section.firstCall }));
    return part;
  });
  return {
    parts,
    functions: parts.flatMap(({ functions }) => functions),
    uses: together(parts),
    callbacks: new Map(parts.flatMap(({ callbacks }) => [...callbacks])),
    offloaded: new Map(parts.flatMap(({ offloaded }) => [...offloaded])),
    usedIgnores: parts.flatMap(({ usedIgnores }) => usedIgnores),
  };
}

/** What sections use; several of them may use something on the top level. */
function together(parts: readonly SectionCalls[]): FileCalls['uses'] {
  const all = new Map<number, readonly Use[]>();
  for (const { uses } of parts) for (const [owner, some] of uses) all.set(owner, all.has(owner) ? [...all.get(owner)!, ...some] : some);
  return all;
}

function move(part: SectionCalls, section: Section): void {
  const [offset, block, call] = [section.start - part.offset, section.firstBlock - part.firstBlock, section.firstCall - part.firstCall];
  if (offset === 0 && block === 0 && call === 0) return;
  part.offset = section.start;
  part.firstBlock = section.firstBlock;
  part.firstCall = section.firstCall;
  for (const { edges } of part.functions) for (const edge of edges) (edge as EdgeAt).move(offset, block, call);
  for (const uses of part.uses.values()) {
    for (const use of uses as unknown as { range: Range; call?: number }[]) {
      use.range = { start: use.range.start + offset, end: use.range.end + offset };
      if (use.call !== undefined) use.call += call;
    }
  }
  const moved = (range: Range): Range => ({ start: range.start + offset, end: range.end + offset });
  for (const ranges of [part.callbacks, part.offloaded] as Map<string, Range>[]) for (const [id, range] of ranges) ranges.set(id, moved(range));
  for (const ignore of part.usedIgnores) (ignore as { start: number }).start += offset;
}
