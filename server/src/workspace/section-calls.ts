/** The calls of files that are being edited, worked out section by section. */

import type { Facts, Range, Section } from '../facts.ts';
import { Collector, type CallContext } from './calls.ts';
import { SectionStanding, unmoved, type FileCalls, type FunctionCalls, type SectionCalls, type Use } from './edges.ts';
import type { FunctionId } from './function-ids.ts';
import type { Handed } from './handed.ts';
import { StoredCalls, type Vocabulary } from './stored-calls.ts';

/** What is known of the calls of a file's sections: they mean what they meant until they are forgotten, wherever the sections stand. */
export class KnownCalls {
  readonly #known = new WeakMap<Section, SectionCalls>();
  /** Sections asked for last, in order, and their calls. */
  #sections: readonly Section[] = [];
  #parts: readonly SectionCalls[] = [];
  readonly #forgotten = new Set<Section>();

  /** The names in these sections may mean something else. */
  forget(sections: readonly Section[]): void {
    for (const section of sections) {
      this.#known.delete(section);
      this.#forgotten.add(section);
    }
  }

  /** The calls of `sections`; `collect` works out those that are not known. */
  of(sections: readonly Section[], collect: (section: Section) => SectionCalls): readonly SectionCalls[] {
    const parts: SectionCalls[] = [];
    let at = 0;
    for (const section of sections) {
      // Most are what they were, in the same order: that is told without a look-up.
      let part = this.#sections[at] === section ? this.#parts[at++] : undefined;
      if (!part || (this.#forgotten.size > 0 && this.#forgotten.has(section))) {
        const known = this.#known.get(section);
        if (known && !part) at = this.#behind(section, at);
        part = known ?? collect(section);
        this.#known.set(section, part);
      }
      parts.push(part);
    }
    this.#forgotten.clear();
    this.#sections = sections;
    this.#parts = parts;
    return parts;
  }

  /** The place behind a section among those asked for last, from `at` on; `at` where it is not there. */
  #behind(section: Section, at: number): number {
    const place = this.#sections.indexOf(section, at);
    return place < 0 ? at : place + 1;
  }
}

/** The calls of a file. Of one that is being edited, sections that `known` holds are not worked out again. */
export function fileCalls(file: Facts, context: CallContext, vocabulary: Vocabulary, known: KnownCalls): FileCalls {
  if (!file.sections) return new StoredCalls(file.path, new Collector(file, context, unmoved).collect(file), context.kept, vocabulary);
  return new TogetherCalls(known.of(file.sections, (section) => {
    const standing = new SectionStanding(section);
    return { ...new Collector(file, context, standing).collect(section), section, standing };
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

/** The calls of all sections of a file, put together where somebody asks. */
class TogetherCalls implements FileCalls {
  readonly parts: readonly SectionCalls[];
  #functions: readonly FunctionCalls[] | undefined;
  #callbacks: ReadonlyMap<FunctionId, Range> | undefined;
  #offloaded: ReadonlyMap<FunctionId, Range> | undefined;

  constructor(parts: readonly SectionCalls[]) {
    this.parts = parts;
  }

  get functions(): readonly FunctionCalls[] {
    return (this.#functions ??= this.#all(({ functions }) => functions));
  }

  get callbacks(): ReadonlyMap<FunctionId, Range> {
    return (this.#callbacks ??= new Map(this.#all(({ callbacks }) => (callbacks.size > 0 ? [...callbacks] : nothing))));
  }

  get offloaded(): ReadonlyMap<FunctionId, Range> {
    return (this.#offloaded ??= new Map(this.#all(({ offloaded }) => (offloaded.size > 0 ? [...offloaded] : nothing))));
  }

  get handed(): readonly Handed[] {
    return this.#all(({ handed }) => handed);
  }

  get usedIgnores(): FileCalls['usedIgnores'] {
    return this.#all(({ usedIgnores }) => usedIgnores);
  }

  /** Several sections may use something on the top level. */
  get uses(): FileCalls['uses'] {
    const all = new Map<number, readonly Use[]>();
    for (const { uses } of this.parts) for (const [owner, some] of uses) all.set(owner, all.has(owner) ? [...all.get(owner)!, ...some] : some);
    return all;
  }

  #all<T>(of: (part: SectionCalls) => readonly T[]): readonly T[] {
    const all: T[] = [];
    for (const part of this.parts) for (const one of of(part)) all.push(one);
    return all;
  }
}

const nothing: readonly never[] = [];
