/** The calls of files that are being edited, worked out section by section. */

import type { Facts, Range, Section } from '../facts.ts';
import { Collector, type CallContext } from './calls.ts';
import type { FileCalls, FunctionCalls, SectionCalls, Standing, Use } from './edges.ts';
import type { FunctionId } from './function-ids.ts';
import type { Handed } from './handed.ts';
import { StoredCalls, type Vocabulary } from './stored-calls.ts';

/**
 * The calls of a file. Of one that is being edited, sections that `known` holds are not worked out again: what they call
 * means what it meant, wherever they stand now.
 */
export function fileCalls(file: Facts, context: CallContext, vocabulary: Vocabulary, known: WeakMap<Section, SectionCalls>): FileCalls {
  if (!file.sections) return new StoredCalls(file.path, new Collector(file, context, { offset: 0, block: 0, call: 0 }).collect(file), context.kept, vocabulary);
  return new TogetherCalls(file.sections.map((section) => {
    let part = known.get(section);
    if (part) move(part, section);
    else {
      const standing: Standing = { offset: section.start, block: section.firstBlock, call: section.firstCall };
      known.set(section, (part = { ...new Collector(file, context, standing).collect(section), section, standing }));
    }
    return part;
  }));
}

/** The calls of the section in which a call stands, by its place in the file's list; undefined for a file that is not being edited. */
export function partWith({ parts }: FileCalls, call: number): SectionCalls | undefined {
  if (!parts) return undefined;
  let low = 0;
  for (let high = parts.length; low < high;) {
    const middle = (low + high) >> 1;
    if (parts[middle]!.standing.call <= call) low = middle + 1;
    else high = middle;
  }
  return parts[low - 1];
}

/** The calls of all sections of a file. */
class TogetherCalls implements FileCalls {
  readonly parts: readonly SectionCalls[];
  readonly functions: readonly FunctionCalls[];
  readonly callbacks: ReadonlyMap<FunctionId, Range>;
  readonly offloaded: ReadonlyMap<FunctionId, Range>;
  readonly handed: readonly Handed[];
  readonly usedIgnores: FileCalls['usedIgnores'];

  constructor(parts: readonly SectionCalls[]) {
    const functions: FunctionCalls[] = [];
    const [callbacks, offloaded] = [new Map<FunctionId, Range>(), new Map<FunctionId, Range>()];
    const usedIgnores: FileCalls['usedIgnores'][number][] = [];
    const handed: Handed[] = [];
    for (const part of parts) {
      for (const one of part.functions) functions.push(one);
      for (const [id, range] of part.callbacks) callbacks.set(id, range);
      for (const [id, range] of part.offloaded) offloaded.set(id, range);
      if (part.handed.length > 0) handed.push(...part.handed);
      for (const ignore of part.usedIgnores) usedIgnores.push(ignore);
    }
    this.parts = parts;
    this.functions = functions;
    this.callbacks = callbacks;
    this.offloaded = offloaded;
    this.handed = handed;
    this.usedIgnores = usedIgnores;
  }

  /** Several sections may use something on the top level. */
  get uses(): FileCalls['uses'] {
    const all = new Map<number, readonly Use[]>();
    for (const { uses } of this.parts) for (const [owner, some] of uses) all.set(owner, all.has(owner) ? [...all.get(owner)!, ...some] : some);
    return all;
  }
}

function move({ standing, callbacks, offloaded, usedIgnores }: SectionCalls, section: Section): void {
  const offset = section.start - standing.offset;
  standing.block = section.firstBlock;
  standing.call = section.firstCall;
  if (offset === 0) return;
  standing.offset = section.start;
  for (const ranges of [callbacks, offloaded] as Map<FunctionId, Range>[]) {
    if (ranges.size > 0) for (const [id, { start, end }] of ranges) ranges.set(id, { start: start + offset, end: end + offset });
  }
  for (const ignore of usedIgnores) (ignore as { start: number }).start += offset;
}
