/** The calls of files that are being edited, worked out section by section. */

import type { Facts, Range, Section } from '../facts.ts';
import { Collector, type CallContext } from './calls.ts';
import { SectionStanding, unmoved, type FileCalls, type FunctionCalls, type SectionCalls, type Use } from './edges.ts';
import type { FunctionId } from './function-ids.ts';
import type { Handed } from './handed.ts';
import { Sayings } from './sections.ts';
import { StoredCalls, type Vocabulary } from './stored-calls.ts';

/** What is known of the calls of a file's sections: they mean what they meant until they are forgotten, wherever the sections stand. */
export class KnownCalls {
  readonly #known = new WeakMap<Section, SectionCalls>();
  /** Sections asked for last, in order, and their calls. */
  #sections: readonly Section[] = [];
  #parts: readonly SectionCalls[] = [];
  readonly #forgotten = new Set<Section>();
  readonly #rare = rareCalls();

  /** The names in these sections may mean something else. */
  forget(sections: readonly Section[]): void {
    for (const section of sections) {
      this.#known.delete(section);
      this.#forgotten.add(section);
    }
  }

  /** The calls of `sections`, in their order; `collect` works out those that are not known. */
  of(sections: readonly Section[], collect: (section: Section) => SectionCalls): readonly SectionCalls[] {
    const [old, was] = [this.#sections, this.#parts];
    const shortest = Math.min(old.length, sections.length);
    let start = 0;
    while (start < shortest && old[start] === sections[start]) start++;
    let tail = 0;
    while (tail < shortest - start && old[old.length - 1 - tail] === sections[sections.length - 1 - tail]) tail++;
    const know = (section: Section): SectionCalls => {
      let part = this.#known.get(section);
      if (!part) this.#known.set(section, (part = collect(section)));
      return part;
    };
    const parts = [...was.slice(0, start), ...sections.slice(start, sections.length - tail).map(know), ...was.slice(old.length - tail)];
    if (this.#forgotten.size > 0) for (const [at, section] of sections.entries()) if (this.#forgotten.has(section)) parts[at] = know(section);
    this.#forgotten.clear();
    this.#sections = sections;
    this.#parts = parts;
    return parts;
  }

  /** The calls of all sections together; `parts` as `of` gave them last. */
  together(parts: readonly SectionCalls[]): FileCalls {
    return new TogetherCalls(parts, this.#rare);
  }
}

const offsetOf = ({ standing }: SectionCalls): number => standing.offset;

/** What few sections have: it is put together from what the others had at the last edit. */
class Rare<T> {
  readonly #sayings = new Sayings<SectionCalls, readonly T[]>();
  readonly #ask: (part: SectionCalls) => readonly T[] | undefined;

  constructor(ask: (part: SectionCalls) => readonly T[]) {
    this.#ask = (part) => {
      const all = ask(part);
      return all.length > 0 ? all : undefined;
    };
  }

  of(parts: readonly SectionCalls[]): readonly T[] {
    return this.#sayings.of(parts, this.#ask, offsetOf).flatMap(({ answer }) => answer);
  }
}

type RareCalls = ReturnType<typeof rareCalls>;

const rareCalls = () => ({
  callbacks: new Rare(({ callbacks }) => [...callbacks]),
  offloaded: new Rare(({ offloaded }) => [...offloaded]),
  handed: new Rare(({ handed }) => handed),
  carried: new Rare(({ carried }) => carried),
  usedIgnores: new Rare(({ usedIgnores }) => usedIgnores),
});

/** The calls of a file. Of one that is being edited, sections that `known` holds are not worked out again. */
export function fileCalls(file: Facts, context: CallContext, vocabulary: Vocabulary, known: KnownCalls): FileCalls {
  if (!file.sections) return new StoredCalls(file.path, new Collector(file, context, unmoved).collect(file), context.kept, vocabulary);
  return known.together(known.of(file.sections, (section) => {
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

/** What a function of a file uses, by its scope; 0 for the module. */
export function usesIn(calls: FileCalls, scope: number): readonly Use[] {
  const found: Use[] = [];
  for (const { uses } of calls.parts ?? [calls]) {
    const some = uses.get(scope);
    if (some) found.push(...some);
  }
  return found;
}

/** The calls of all sections of a file, put together where somebody asks. */
class TogetherCalls implements FileCalls {
  readonly parts: readonly SectionCalls[];
  readonly #rare: RareCalls;
  #functions: readonly FunctionCalls[] | undefined;
  #byId: ReadonlyMap<FunctionId, FunctionCalls> | undefined;
  #callbacks: ReadonlyMap<FunctionId, Range> | undefined;
  #offloaded: ReadonlyMap<FunctionId, Range> | undefined;

  constructor(parts: readonly SectionCalls[], rare: RareCalls) {
    this.parts = parts;
    this.#rare = rare;
  }

  get functions(): readonly FunctionCalls[] {
    if (this.#functions) return this.#functions;
    const all: FunctionCalls[] = [];
    for (const { functions } of this.parts) for (const one of functions) all.push(one);
    return (this.#functions = all);
  }

  find(id: FunctionId): FunctionCalls | undefined {
    return (this.#byId ??= new Map(this.functions.map((one) => [one.id, one]))).get(id);
  }

  get callbacks(): ReadonlyMap<FunctionId, Range> {
    return (this.#callbacks ??= new Map(this.#rare.callbacks.of(this.parts)));
  }

  get offloaded(): ReadonlyMap<FunctionId, Range> {
    return (this.#offloaded ??= new Map(this.#rare.offloaded.of(this.parts)));
  }

  get handed(): readonly Handed[] {
    return this.#rare.handed.of(this.parts);
  }

  get carried(): readonly string[] {
    return this.#rare.carried.of(this.parts);
  }

  get usedIgnores(): FileCalls['usedIgnores'] {
    return this.#rare.usedIgnores.of(this.parts);
  }

  /** Several sections may use something on the top level. */
  get uses(): FileCalls['uses'] {
    const all = new Map<number, readonly Use[]>();
    for (const { uses } of this.parts) for (const [owner, some] of uses) all.set(owner, all.has(owner) ? [...all.get(owner)!, ...some] : some);
    return all;
  }
}
