/** What implements a method that its class leaves open: methods of the classes that derive from it, wherever they are. */

import { isProperty, type Expression, type Facts, type Scope } from '../facts.ts';
import type { FunctionId, FunctionIds } from './function-ids.ts';
import type { Names } from './names.ts';
import { abstractness, importedName, type Abstract } from './scopes.ts';
import { standsAside } from './scripts.ts';
import { summary } from './summaries.ts';
import type { Definition } from './values.ts';

/** A class, and the last name of one that it derives from. */
interface Derived {
  readonly scope: number;
  readonly base: string;
}

const nothing: readonly Derived[] = [];
/** Nobody asks who derives from them. */
const outside = new Set(['object', 'Exception', 'ABC', 'Generic', 'Enum', 'NamedTuple', 'TypedDict']);
/** The same names stand in many files: each is kept once. */
const spellings = new Map<string, string>();

const derivedIn = summary((file): readonly Derived[] => {
  const found: Derived[] = [];
  for (const { index, class: facts, parent } of file.scopes) {
    for (const written of facts?.bases ?? []) {
      const name = baseName(file, written, parent);
      if (name === undefined || outside.has(name)) continue;
      let base = spellings.get(name);
      if (base === undefined) spellings.set(name, (base = name));
      found.push({ scope: index, base });
    }
  }
  return found.length > 0 ? found : nothing;
});

function baseName(file: Facts, base: Expression, scope: number): string | undefined {
  switch (base.kind) {
    case 'name': return importedName(file, base.name, scope);
    case 'attribute': return base.name;
    case 'subscript': return baseName(file, base.object, scope);
    default: return undefined;
  }
}

/** The classes of all files, by the names of their bases. Tests and the like stand aside: what they implement serves nobody. */
export class Subclasses {
  readonly #derived = new Map<string, readonly Derived[]>();
  /** By the name of a base, the files with classes that derive from it. */
  readonly #paths = new Map<string, string[]>();
  /** Names of bases from which other classes derive than before, until somebody forgets them. */
  readonly changed = new Set<string>();

  /** A file says something else, or is gone. */
  set(path: string, file: Facts | undefined): void {
    if (standsAside(path)) return;
    const before = this.#derived.get(path) ?? nothing;
    const after = file ? derivedIn(file) : nothing;
    if (after === before) return;
    if (after === nothing) this.#derived.delete(path);
    else this.#derived.set(path, after);
    if (before.length === after.length && before.every(({ base }, index) => base === after[index]!.base)) return;
    for (const base of basesIn(before)) this.#paths.set(base, this.#paths.get(base)!.filter((one) => one !== path));
    for (const base of basesIn(after)) {
      const known = this.#paths.get(base);
      if (known) known.push(path);
      else this.#paths.set(base, [path]);
    }
    for (const { base } of [...before, ...after]) this.changed.add(base);
  }

  /** Classes that may derive from one with this name, by path. */
  *of(base: string): Iterable<Definition> {
    for (const path of this.#paths.get(base)?.toSorted() ?? []) {
      for (const derived of this.#derived.get(path) ?? nothing) if (derived.base === base) yield { path, scope: derived.scope };
    }
  }
}

const basesIn = (derived: readonly Derived[]): ReadonlySet<string> => new Set(derived.map(({ base }) => base));

export interface ImplementationGround {
  readonly subclasses: Subclasses;
  readonly names: Names;
  readonly ids: FunctionIds;
  readonly facts: (path: string) => Facts | undefined;
}

/** What a class has under a name: a function, something that cannot be told, or nothing but what is left open. */
type Member = Definition | 'unknown' | { readonly open: Abstract };

/** What is looked for, and what has been seen. */
interface Search {
  readonly name: string;
  /** How the method is left open where the search begins. */
  readonly left: Abstract;
  readonly runs: (member: Definition) => FunctionId | undefined;
  readonly classes: Set<string>;
  readonly members: Set<string>;
}

/** Finds what implements methods, and knows on what the answers rest. */
export class Implementations {
  readonly #ground: ImplementationGround;
  /** Names of the classes whose subclasses somebody asked for. */
  readonly #asked = new Set<string>();
  /** By path, class and method: what was seen of it. */
  readonly #seen = new Map<string, Map<string, string>>();

  constructor(ground: ImplementationGround) {
    this.#ground = ground;
  }

  /** The functions that run where the method `open` is called, one after the other; undefined where one cannot be told, or does not run then. */
  *of(open: Definition): Iterable<FunctionId | undefined> {
    const file = this.#ground.facts(open.path);
    const method = file?.scopes[open.scope];
    const left = method && abstractness(file!, method);
    if (!file || !method || !left) return;
    const base = { path: open.path, scope: method.parent };
    this.#see(base, '');
    // What does nothing may be meant: who makes one of that class has no subclass at all.
    if (left === 'may' && !this.#leavesOpen(file, file.scopes[method.parent]!)) return;
    const property = isProperty(method.function!);
    yield* this.#below(base, { name: method.name, left, runs: (member) => this.#runs(member, property), classes: new Set([keyOf(base)]), members: new Set() });
  }

  /** What classes have that derive from this one, and from those. */
  *#below(at: Definition, search: Search): Generator<FunctionId | undefined, boolean> {
    const { name, left, runs, classes, members } = search;
    let any = false;
    for (const one of this.#subclassesOf(at)) {
      any = true;
      if (classes.has(keyOf(one))) continue;
      classes.add(keyOf(one));
      const member = this.#member(one, name);
      if (member === 'unknown') yield undefined;
      else if (!('open' in member) && !members.has(keyOf(member))) {
        members.add(keyOf(member));
        yield runs(member);
      }
      const derived = yield* this.#below(one, search);
      // What is not implemented does nothing. Where somebody has to implement it, who does nothing says only that there may be nothing to do.
      if (left === 'may' && member !== 'unknown' && 'open' in member && member.open === 'may' && !derived) yield undefined;
    }
    return any;
  }

  /** Whether a class says of itself that nobody makes one of it. */
  #leavesOpen(file: Facts, scope: Scope): boolean {
    if (/^(Base|Abstract)|(Base|Interface|Protocol)$/.test(scope.name) || scope.class!.keywords.some(({ name }) => name === 'metaclass')) return true;
    if (this.#ground.names.bases({ path: file.path, scope: scope.index }).some((base) => base.kind === 'symbol' && /^(abc\.ABC|typing(_extensions)?\.Protocol)$/.test(base.name))) return true;
    return [...scope.bindings.values()].some((bindings) => bindings.some(({ value }) => value.kind === 'function' && abstractness(file, file.scopes[value.scope]!) === 'must'));
  }

  *#subclassesOf({ path, scope }: Definition): Iterable<Definition> {
    const name = this.#ground.facts(path)?.scopes[scope]?.name;
    if (name === undefined) return;
    this.#asked.add(name);
    for (const one of this.#ground.subclasses.of(name)) {
      // Its file may have changed since that was noted.
      if (!this.#ground.facts(one.path)?.scopes[one.scope]?.class) continue;
      this.#see(one, '');
      if (this.#ground.names.bases(one).some((base) => base.kind === 'class' && base.path === path && base.scope === scope)) yield one;
    }
  }

  /** What an instance of a class has under a name. */
  #member(start: Definition, name: string): Member {
    const known = new Set<string>();
    let open: Abstract | undefined;
    const find = (at: Definition): Definition | 'unknown' | undefined => {
      if (known.has(keyOf(at)) || known.size > 40) return undefined;
      known.add(keyOf(at));
      this.#see(at, name);
      const file = this.#ground.facts(at.path)!;
      const own = ownMember(file, file.scopes[at.scope]!, name);
      if (own === 'unknown') return own;
      if (own) {
        const left = abstractness(file, own);
        if (!left) return { path: at.path, scope: own.index };
        open ??= left;
        return undefined;
      }
      for (const base of this.#ground.names.bases(at)) {
        const found = base.kind === 'class' ? find(base) : undefined;
        if (found) return found;
      }
      return undefined;
    };
    return find(start) ?? { open: open ?? 'may' };
  }

  /** The id of a function that runs, in this thread, where it is called the way the open one is. */
  #runs({ path, scope: index }: Definition, property: boolean): FunctionId | undefined {
    const { names, ids } = this.#ground;
    const file = this.#ground.facts(path)!;
    const scope = file.scopes[index]!;
    const facts = scope.function!;
    if (facts.async || facts.generator || isProperty(facts) !== property) return undefined;
    const { kind } = names.decoration(file, scope, facts);
    if (kind === 'coroutine' || kind === 'context') return undefined;
    if (!names.taught.empty && names.taught.silences(names.nameOf({ kind: 'function', path, scope: index }) ?? '')) return undefined;
    return ids.of(file, index);
  }

  // ── what answers rest on ──

  #see(at: Definition, method: string): void {
    const file = this.#ground.facts(at.path)!;
    let seen = this.#seen.get(at.path);
    if (!seen) this.#seen.set(at.path, (seen = new Map()));
    const name = dotted(file, at.scope);
    const key = `${name} ${method}`;
    if (!seen.has(key)) seen.set(key, this.#told(file, classesOf(file).get(name) ?? [], method));
  }

  /** A text that is equal for two versions of all classes of one name exactly when they answer the same. */
  #told(file: Facts, scopes: readonly number[], method: string): string {
    return scopes.map((scope) => this.#toldOf(file, scope, method)).join(';');
  }

  #toldOf(file: Facts, scope: number, method: string): string {
    const { names, ids } = this.#ground;
    const bases = names.bases({ path: file.path, scope }).map((base) => (base.kind === 'class' ? `${base.path} ${dotted(this.#ground.facts(base.path), base.scope)}` : base.kind === 'symbol' ? base.name : base.kind));
    bases.push(...file.scopes[scope]!.class!.keywords.map(({ name }) => name));
    const own = ownMember(file, file.scopes[scope]!, method);
    if (own === undefined || own === 'unknown') return [...bases, own ?? ''].join();
    const { generator, async } = own.function!;
    return [...bases, ids.of(file, own.index), abstractness(file, own), generator, async, isProperty(own.function!), names.decoration(file, own, own.function!).kind].join();
  }

  /** Whether everything that was answered would be answered again, now that the calls of these files have been worked out anew. */
  survives(paths: Iterable<string>): boolean {
    for (const base of this.#ground.subclasses.changed) if (this.#asked.has(base)) return false;
    for (const path of paths) {
      const seen = this.#seen.get(path);
      if (!seen) continue;
      const file = this.#ground.facts(path);
      if (!file) return false;
      const classes = classesOf(file);
      for (const [key, told] of seen) {
        const [name, method] = key.split(' ') as [string, string];
        if (this.#told(file, classes.get(name) ?? [], method) !== told) return false;
      }
    }
    return true;
  }
}

const keyOf = ({ path, scope }: Definition): string => `${scope} ${path}`;

/** The function that a class itself has under a name; a property's is the one that reads it. */
function ownMember(file: Facts, scope: Scope, name: string): Scope | 'unknown' | undefined {
  const bindings = scope.bindings.get(name);
  if (scope.class?.attributes.has(name)) return 'unknown';
  if (!bindings) return undefined;
  const functions = bindings.map(({ value }) => (value.kind === 'function' ? file.scopes[value.scope] : undefined));
  const one = functions[0]?.function && isProperty(functions[0].function) ? functions[0] : functions.at(-1);
  return one?.function ? one : 'unknown';
}

/** By dotted name: several may have the same. */
function classesOf(file: Facts): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>();
  for (const { index, kind } of file.scopes) {
    if (kind !== 'class') continue;
    const name = dotted(file, index);
    const known = found.get(name);
    if (known) known.push(index);
    else found.set(name, [index]);
  }
  return found;
}

function dotted(file: Facts | undefined, scope: number): string {
  const names: string[] = [];
  for (let at = scope; file && at > 0; at = file.scopes[at]!.parent) names.unshift(file.scopes[at]!.name);
  return names.join('.');
}
