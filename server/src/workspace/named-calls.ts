/** Calls by the name of what they call: a rule about a few functions need not look at every call. */

import type { Binding, Call, Facts, Scope, Section } from '../facts.ts';
import { mentioningNames } from './mentions.ts';
import { fromSections, type Said } from './sections.ts';
import { summary } from './summaries.ts';

/** Questions by the names that they ask for. */
const asked = new Map<string, number[]>();
let questions = 0;

/**
 * A question to ask of files: their calls, in order, whose callee ends in one of `names`, or is a name under which one of them
 * may have been imported. What is called must be asked then. Made once, when a module is loaded.
 */
export function callsNamed(names: Iterable<string>): NamedCalls {
  const question = questions++;
  const all = new Set(names);
  for (const name of all) asked.set(name, [...(asked.get(name) ?? []), question]);
  const speaksOfAny = mentioningNames(all);
  return Object.assign((file: Facts) => {
    if (!speaksOfAny(file)) return none;
    const found = placesIn(file).get(question);
    if (!found) return none;
    const { calls } = file;
    return found.map((index) => calls[index]!);
  }, { mayBeIn: speaksOfAny });
}

export interface NamedCalls {
  (file: Facts): readonly Call[];
  /** Whether one of the names stands in a file at all. */
  mayBeIn(file: Facts): boolean;
}

const none: readonly Call[] = [];
/** By question, the places of its calls in the file's list. */
const placesIn = summary((file): ReadonlyMap<number, readonly number[]> => (file.sections ? placesBySection(file) : placesOf(file)));
const nowhere: ReadonlyMap<number, readonly number[]> = new Map();

interface Asked {
  readonly question: number;
  readonly call: Call;
}

interface Renamed {
  readonly name: string;
  readonly from: string;
}

/** What a section of a file that is being edited says by itself. */
interface Part {
  readonly calls: readonly Asked[];
  /** Names given to what was imported under another, which somebody asks for. */
  readonly renamed: readonly Renamed[];
}

const partsOf = fromSections((one) => {
  const part = partOf(one);
  return part.calls.length > 0 || part.renamed.length > 0 ? part : undefined;
});

function placesOf({ calls, scopes }: Facts): ReadonlyMap<number, readonly number[]> {
  const renamed = questionsBehind(renamedIn(scopes, []));
  let found: Map<number, number[]> | undefined;
  const add = (questions: Iterable<number>, index: number): void => {
    found ??= new Map();
    for (const question of questions) {
      const places = found.get(question);
      if (!places) found.set(question, [index]);
      else if (places.at(-1) !== index) places.push(index);
    }
  };
  for (const { callee, index } of calls) {
    if (callee.kind !== 'name' && callee.kind !== 'attribute') continue;
    const questions = asked.get(callee.name);
    if (questions) add(questions, index);
    const others = callee.kind === 'name' ? renamed.get(callee.name) : undefined;
    if (others) add(others, index);
  }
  return found ?? nowhere;
}

function placesBySection(file: Facts): ReadonlyMap<number, readonly number[]> {
  const found = new Map<number, number[]>();
  const said = partsOf(file);
  const renamed = questionsBehind(said.flatMap(({ answer }) => answer.renamed));
  for (const { question, call } of renamed.size > 0 ? withNames(file, said, renamed) : said.flatMap(({ answer }) => answer.calls)) {
    const places = found.get(question);
    if (places) places.push(call.index);
    else found.set(question, [call.index]);
  }
  return found;
}

/** The questions that each name given to an import may be an answer to. */
function questionsBehind(all: readonly Renamed[]): ReadonlyMap<string, ReadonlySet<number>> {
  const renamed = new Map<string, Set<number>>();
  for (const { name, from } of all) renamed.set(name, new Set([...(renamed.get(name) ?? []), ...asked.get(from)!]));
  return renamed;
}

/** Calls of each section when other names count as well, by all that the file renames. */
const together = new WeakMap<object, { readonly renamed: string; readonly calls: readonly Asked[] }>();

function withNames(file: Facts, said: readonly Said<Part>[], renamed: ReadonlyMap<string, ReadonlySet<number>>): readonly Asked[] {
  const names = [...renamed].map(([name, some]) => `${name}:${[...some].join()}`).join(' ');
  const parts = new Map(said.map(({ part, answer }) => [part, answer]));
  return file.sections!.flatMap((one) => {
    let known = together.get(one);
    if (known?.renamed !== names) together.set(one, (known = { renamed: names, calls: withRenamed(parts.get(one)?.calls ?? [], one, renamed) }));
    return known.calls;
  });
}

/** The calls that somebody asks for, each once for each question, in order. */
function withRenamed(calls: readonly Asked[], { calls: all }: Pick<Facts, 'calls'>, renamed: ReadonlyMap<string, ReadonlySet<number>>): readonly Asked[] {
  const more: Asked[] = [];
  for (const call of all) {
    if (call.callee.kind !== 'name') continue;
    for (const question of renamed.get(call.callee.name) ?? []) if (!calls.some((one) => one.call === call && one.question === question)) more.push({ question, call });
  }
  return more.length === 0 ? calls : [...calls, ...more].sort((one, other) => one.call.index - other.call.index);
}

function partOf({ calls, scopes, bound = [] }: Pick<Section, 'calls' | 'scopes'> & Partial<Pick<Section, 'bound'>>): Part {
  const found: Asked[] = [];
  for (const call of calls) {
    const { callee } = call;
    if (callee.kind === 'name' || callee.kind === 'attribute') for (const question of asked.get(callee.name) ?? []) found.push({ question, call });
  }
  return { calls: found, renamed: renamedIn(scopes, bound) };
}

function renamedIn(scopes: readonly Scope[], bound: Section['bound']): readonly Renamed[] {
  const renamed: Renamed[] = [];
  const look = (name: string, { value }: Binding): void => {
    if (value.kind === 'import' && value.member !== undefined && value.member !== name && asked.has(value.member)) renamed.push({ name, from: value.member });
  };
  for (const { bindings } of scopes) {
    bindings.forEach((some, name) => {
      for (const binding of some) look(name, binding);
    });
  }
  for (const [name, binding] of bound) look(name, binding);
  return renamed;
}
