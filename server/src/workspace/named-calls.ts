/** Calls by the name of what they call: a rule about a few functions need not look at every call. */

import type { Binding, Call, Facts, Scope } from '../facts.ts';
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
const placesIn = summary((file): ReadonlyMap<number, readonly number[]> => {
  const found = callsIn(file);
  return found.size === 0 ? nowhere : new Map([...found].map(([question, calls]) => [question, calls.map(({ index }) => index)]));
});
const nowhere: ReadonlyMap<number, readonly number[]> = new Map();

interface Asked {
  readonly question: number;
  readonly call: Call;
}

/** What a file, or a section of one that is being edited, says by itself. */
interface Part {
  readonly calls: readonly Asked[];
  /** Names given to what was imported under another, which somebody asks for. */
  readonly renamed: readonly { readonly name: string; readonly from: string }[];
}

const partsOf = fromSections((one) => {
  const part = partOf(one);
  return part.calls.length > 0 || part.renamed.length > 0 ? part : undefined;
});

function callsIn(file: Facts): ReadonlyMap<number, readonly Call[]> {
  const found = new Map<number, Call[]>();
  const said = partsOf(file);
  const renamed = new Map<string, Set<number>>();
  for (const { answer } of said) for (const { name, from } of answer.renamed) renamed.set(name, new Set([...(renamed.get(name) ?? []), ...asked.get(from)!]));
  for (const { question, call } of renamed.size > 0 ? withNames(file, said, renamed) : said.flatMap(({ answer }) => answer.calls)) {
    const calls = found.get(question);
    if (calls) calls.push(call);
    else found.set(question, [call]);
  }
  return found;
}

/** Calls of each section when other names count as well, by all that the file renames. */
const together = new WeakMap<object, { readonly renamed: string; readonly calls: readonly Asked[] }>();

function withNames(file: Facts, said: readonly Said<Part>[], renamed: ReadonlyMap<string, ReadonlySet<number>>): readonly Asked[] {
  const names = [...renamed].map(([name, some]) => `${name}:${[...some].join()}`).join(' ');
  const parts = new Map(said.map(({ part, answer }) => [part, answer]));
  return (file.sections ?? [file]).flatMap((one) => {
    let known = together.get(one);
    if (known?.renamed !== names) {
      known = { renamed: names, calls: withRenamed(parts.get(one)?.calls ?? [], one, renamed) };
      if (file.sections) together.set(one, known);
    }
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

function partOf({ calls, scopes, bound = [] }: { readonly calls: readonly Call[]; readonly scopes: readonly Scope[]; readonly bound?: readonly (readonly [string, Binding])[] }): Part {
  const found: Asked[] = [];
  for (const call of calls) {
    const { callee } = call;
    if (callee.kind === 'name' || callee.kind === 'attribute') for (const question of asked.get(callee.name) ?? []) found.push({ question, call });
  }
  const renamed: { readonly name: string; readonly from: string }[] = [];
  const look = (name: string, { value }: Binding): void => {
    if (value.kind === 'import' && value.member !== undefined && value.member !== name && asked.has(value.member)) renamed.push({ name, from: value.member });
  };
  for (const scope of scopes) for (const [name, bindings] of scope.bindings) for (const binding of bindings) look(name, binding);
  for (const [name, binding] of bound) look(name, binding);
  return { calls: found, renamed };
}
