/**
 * What calls give to parameters that do not say what they take, through any number of functions that hand it on; and what
 * applications and requests carry for all that see them.
 */

import type { Call, Expression, Facts, Scope, Store } from '../facts.ts';
import { carriers, returns } from '../knowledge/index.ts';
import { takesFunctions } from './annotations.ts';
import type { FunctionId, FunctionIds } from './function-ids.ts';
import { argumentFor } from './guards.ts';
import { isCarriedKey, symbolNamed } from './libraries.ts';
import type { Names } from './names.ts';
import { given, none, type Value } from './values.ts';

/**
 * An instance of a library's type or of a class of the workspace, such a class, a function or one of a library's, by their names;
 * what a parameter of another function is, or what applications carry under a dotted name; or something else.
 */
export type Given =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'instance'; readonly of: string }
  | { readonly kind: 'object' | 'class'; readonly path: string; readonly name: string }
  | { readonly kind: 'function'; readonly of: FunctionId; readonly bound: boolean }
  | { readonly kind: 'symbol'; readonly name: string }
  | { readonly kind: 'parameter'; readonly of: FunctionId; readonly name: string }
  | { readonly kind: 'carried'; readonly name: string };

/** A call somewhere gives something to a parameter; or something is set on an application or request, by its dotted name. */
export type Handed = { readonly given: Given } & To;
type To = { readonly to: FunctionId; readonly parameter: string } | { readonly to: 'carried'; readonly name: string };

/** A parameter that is given more than so many types takes anything. */
const mostTypes = 3;

type Type = Exclude<Given, { kind: 'parameter' | 'carried' }>;

/** By function and name of the parameter. */
type Types = ReadonlyMap<string, readonly Type[]>;

/** What the parameters of all functions are given, and what applications carry, from what each file's calls and assignments say. */
export class HandedTypes {
  readonly #ids: FunctionIds;
  readonly #files = new Map<string, readonly Handed[]>();
  /** By the file that the functions are in. */
  #types: ReadonlyMap<string, Types> = new Map();
  /** What applications and requests carry, by dotted name; nothing that may be something else than we know. */
  #carried: Types = new Map();
  /** What files read of that: themselves, and through functions of others. */
  readonly #reading = new Map<string, readonly string[]>();
  readonly #asked = new Map<string, Set<string>>();
  #stale = false;

  constructor(ids: FunctionIds) {
    this.#ids = ids;
  }

  /** All that the calls and assignments of a file give, and what it reads of what applications carry; nothing of a file that is gone. */
  set(path: string, handed: readonly Handed[], reading?: readonly string[]): void {
    if (reading && reading.length > 0) this.#reading.set(path, reading);
    else this.#reading.delete(path);
    if (!reading) this.#asked.delete(path);
    const before = this.#files.get(path) ?? [];
    if (before === handed || (before.length === handed.length && before.every((one, index) => one === handed[index] || keyOf(one) === keyOf(handed[index]!)))) return;
    if (handed.length > 0) this.#files.set(path, handed);
    else this.#files.delete(path);
    this.#stale = true;
  }

  /** Whether a parameter of a function in this file is given anything, or the file reads something that we know an application carries. */
  has(path: string): boolean {
    return this.#types.has(path) || this.#reading.get(path)?.some((name) => this.#carried.has(name)) === true;
  }

  /** What applications and requests carry under a name, asked for a file; undefined where nobody knows. */
  carried(path: string, name: string, facts: (path: string) => Facts | undefined): readonly Value[] | undefined {
    const asked = this.#asked.get(path);
    if (asked) asked.add(name);
    else this.#asked.set(path, new Set([name]));
    const types = this.#carried.get(name);
    return types && this.#values(types, facts);
  }

  /** The calls of a file are worked out as a whole: it asks anew. */
  forgetAsked(path: string): void {
    this.#asked.delete(path);
  }

  /** Files that read something under one of these names. */
  #readersOf(names: ReadonlySet<string>): readonly string[] {
    if (names.size === 0) return [];
    return [...this.#reading, ...this.#asked].flatMap(([path, read]) => ([...read].some((name) => names.has(name)) ? [path] : []));
  }

  /** What a parameter is given; nothing where nobody knows, or where it is given too many things. */
  of(file: Facts, scope: number, parameter: string, facts: (path: string) => Facts | undefined): readonly Value[] {
    const types = this.#types.get(file.path);
    const id = types && this.#ids.of(file, scope);
    if (id === undefined) return none;
    return this.#values(types!.get(parameterKey(id, parameter)) ?? [], facts);
  }

  #values(types: readonly Type[], facts: (path: string) => Facts | undefined): readonly Value[] {
    const functions: Value[] = [];
    const values = types.flatMap((type): readonly Value[] => {
      switch (type.kind) {
        case 'unknown': return none;
        case 'instance': return [type];
        case 'symbol': {
          functions.push(...symbolNamed(type.name));
          return none;
        }
        case 'function': {
          const path = this.#ids.pathOf(type.of);
          const other = facts(path);
          const found = other?.scopes.find((one) => this.#ids.of(other, one.index) === type.of);
          if (found) functions.push({ kind: 'function', path, scope: found.index, bound: type.bound });
          return none;
        }
        default: {
          const scopes = facts(type.path)?.scopes;
          const found = scopes?.find((one) => one.class !== undefined && qualifiedName(scopes, one) === type.name);
          const value = found && { kind: type.kind, path: type.path, scope: found.index };
          return value ? (type.kind === 'class' ? given([value]) : [value]) : none;
        }
      }
    });
    return functions.length > 0 ? [...values, { kind: 'partial', of: functions.sort(byPlace), given: true }] : values;
  }

  /** Files with a function that is given something which one of `paths` defines, or that read such a thing. */
  restingOn(paths: ReadonlySet<string>): readonly string[] {
    const rests = (types: readonly Type[]): boolean => types.some((type) => paths.has(this.#pathOf(type)));
    const carried = new Set([...this.#carried].flatMap(([name, types]) => (rests(types) ? [name] : [])));
    return [...[...this.#types].flatMap(([path, types]) => ([...types.values()].some(rests) ? [path] : [])), ...this.#readersOf(carried)];
  }

  #pathOf(type: Type): string {
    return type.kind === 'function' ? this.#ids.pathOf(type.of) : type.kind === 'object' || type.kind === 'class' ? type.path : '';
  }

  /** Files with a function of which a parameter is given something else than when this was asked last, and those that read something else. */
  changes(): ReadonlySet<string> {
    if (!this.#stale) return new Set();
    this.#stale = false;
    const [before, carriedBefore] = [this.#types, this.#carried];
    [this.#types, this.#carried] = this.#workOut();
    const differs = (name: string): boolean => typesText(carriedBefore.get(name)) !== typesText(this.#carried.get(name));
    const names = new Set([...carriedBefore.keys(), ...this.#carried.keys()].filter(differs));
    return new Set([...[...before.keys(), ...this.#types.keys()].filter((path) => textOf(before.get(path)) !== textOf(this.#types.get(path))), ...this.#readersOf(names)]);
  }

  #workOut(): readonly [ReadonlyMap<string, Types>, Types] {
    const given = new Map<string, Map<string, Type>>();
    const flows = new Map<string, string[]>();
    const owners = new Map<string, string>();
    const carried = new Set<string>();
    for (const handed of this.#all()) {
      const key = targetKey(handed);
      if (handed.to === 'carried') carried.add(key);
      else owners.set(key, this.#ids.pathOf(handed.to));
      const one = handed.given;
      if (one.kind === 'parameter' || one.kind === 'carried') {
        const from = givenKey(one);
        const known = flows.get(from);
        if (known) known.push(key);
        else flows.set(from, [key]);
      } else {
        const known = given.get(key) ?? new Map<string, Type>();
        given.set(key, known.set(givenKey(one), one));
      }
    }
    // What may be anything hands on no types: that is told when all is known that it may be.
    const anything = new Set<string>();
    let types = flow(given, flows, anything);
    for (let more = true; more;) {
      more = false;
      for (const name of carried) {
        if (anything.has(name) || !isAnything(types.get(name))) continue;
        anything.add(name);
        more ||= flows.has(name);
      }
      if (more) types = flow(given, flows, anything);
    }
    const byFile = new Map<string, Map<string, readonly Type[]>>();
    const byName = new Map<string, readonly Type[]>();
    for (const [key, known] of types) {
      if (known.size > mostTypes || (known.size === 1 && known.has(''))) continue;
      const sorted = [...known].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, type]) => type);
      const path = owners.get(key);
      if (path === undefined) {
        if (!anything.has(key)) byName.set(key, sorted);
        continue;
      }
      const inFile = byFile.get(path) ?? new Map<string, readonly Type[]>();
      byFile.set(path, inFile.set(key, sorted));
    }
    return [byFile, byName];
  }

  *#all(): Iterable<Handed> {
    for (const handed of this.#files.values()) yield* handed;
  }
}

/** What is given to each, by what it is given first and by what flows to it; of `anything` nothing is known. */
function flow(first: ReadonlyMap<string, ReadonlyMap<string, Type>>, flows: ReadonlyMap<string, readonly string[]>, anything: ReadonlySet<string>): ReadonlyMap<string, ReadonlyMap<string, Type>> {
  const types = new Map([...first].map(([key, known]) => [key, new Map(known)]));
  for (const name of anything) types.set(name, new Map([['', { kind: 'unknown' }]]));
  const changed = new Set(types.keys());
  // A set visits what is added while it is walked; what is there already is walked again after it was taken out.
  for (const key of changed) {
    changed.delete(key);
    for (const to of flows.get(key) ?? []) {
      if (anything.has(to)) continue;
      const known = types.get(to) ?? new Map<string, Type>();
      const size = known.size;
      for (const [name, type] of types.get(key)!) known.set(name, type);
      types.set(to, known);
      if (known.size > size) changed.add(to);
    }
  }
  return types;
}

const isAnything = (types: ReadonlyMap<string, Type> | undefined): boolean => types !== undefined && (types.has('') || types.size > mostTypes);

/** Gathers what the calls of a file give to parameters that do not say what they take, and what it sets on applications, each once; and what it reads of that. */
export class Giving {
  readonly #names: Names;
  readonly #ids: FunctionIds;
  readonly #known = new Map<string, Handed>();
  readonly #carried = new Set<string>();

  constructor({ names, ids }: { readonly names: Names; readonly ids: FunctionIds }) {
    this.#names = names;
    this.#ids = ids;
  }

  get all(): readonly Handed[] {
    return this.#known.size === 0 ? nothing : [...this.#known.values()];
  }

  get carried(): readonly string[] {
    return this.#carried.size === 0 ? unread : [...this.#carried];
  }

  /** Something in the file has these `values`. */
  seen(values: readonly Value[]): readonly Value[] {
    for (const value of values) if (value.kind === 'symbol' && value.carried !== undefined) this.#carried.add(value.carried);
    return values;
  }

  /** What `file` sets on an application or request. */
  keep(file: Facts, store: Store): void {
    const { kind, object, key, value, scope, start } = store;
    if (value.kind === 'constant' || (kind === 'item' && !isCarriedKey(key))) return;
    const objects = this.#names.infer(file, object, scope, start);
    const known = objects.flatMap((one) => (one.kind === 'instance' && carriers.has(nameOfCarrier(one.of, kind)) ? [nameOfCarrier(one.of, kind)] : []));
    if (known.length === 0 && (objects.length > 0 || (kind === 'item' && !mayBeApplication(object)))) return;
    // `app.state` of a parameter without annotation may be anybody's; of other states that nobody knows, nothing is known.
    const told = known.length > 0 || kind === 'item' || (object.kind === 'attribute' && object.object.kind === 'name' && this.#names.infer(file, object.object, scope, start).length === 0);
    const values = told ? this.#names.infer(file, value, scope, start).filter((one) => one.kind !== 'callable') : [];
    for (const carrier of known.length > 0 ? known : kind === 'item' ? keyed : unkeyed) {
      const to = { to: 'carried', name: `${carrier}.${key}` } as const;
      if (values.length === 0) this.#add(to, (told && handedOn(file, store, value, this.#ids)) || { kind: 'unknown' });
      for (const one of values) {
        if (one.kind === 'partial') for (const inner of one.of) this.#set(to, inner);
        else this.#set(to, one);
      }
    }
  }

  /** What is set counts with all that it may be: what we know nothing of makes it unknown. */
  #set(to: To, value: Value): void {
    if (value.kind === 'constant' || value.kind === 'collection') return;
    if (isKnown(value)) this.#give(to, value);
    else this.#add(to, { kind: 'unknown' });
  }

  /** What `call`, in `file`, gives to the function that `scope` of `target` is. `bound`: its first parameter is taken. */
  take(file: Facts, call: Call, target: Facts, scope: Scope, bound: boolean): void {
    if (call.arguments.length === 0) return;
    const { parameters } = scope.function!;
    for (const [index, { name, default: usual }] of parameters.entries()) {
      if (!isOpen(target, scope, index)) continue;
      const argument = argumentFor(call.arguments, parameters, name, bound);
      if (!argument || argument === usual || argument.kind === 'constant') continue;
      const to = { to: this.#ids.of(target, scope.index)!, parameter: name };
      // Of a parameter that takes functions, only what calling it gives is known.
      const values = this.#names.infer(file, argument, call.scope, call.start).filter(({ kind }) => kind !== 'callable');
      if (values.length === 0) this.#add(to, handedOn(file, call, argument, this.#ids) ?? { kind: 'unknown' });
      for (const value of values) for (const one of value.kind === 'partial' ? value.of : [value]) this.#give(to, one);
    }
  }

  #give(to: To, value: Value): void {
    switch (value.kind) {
      case 'instance': {
        if (!plain.test(value.of)) this.#add(to, { kind: 'instance', of: value.of });
        return;
      }
      case 'object': case 'class': {
        const { scopes } = this.#names.file(value.path)!;
        this.#add(to, { kind: value.kind, path: value.path, name: qualifiedName(scopes, scopes[value.scope]!) });
        return;
      }
      case 'symbol': {
        if (value.name === value.carried) this.#add(to, { kind: 'carried', name: value.name });
        else if (value.row || value.result.length > 0) this.#add(to, { kind: 'symbol', name: value.name });
        return;
      }
      case 'function': {
        const file = this.#names.file(value.path)!;
        const scope = file.scopes[value.scope]!;
        this.#add(to, runsWhenCalled(this.#names, file, scope) ? { kind: 'function', of: this.#ids.of(file, scope.index)!, bound: value.bound ?? false } : { kind: 'unknown' });
      }
    }
  }

  #add(to: To, given: Given): void {
    const handed = { ...to, given };
    this.#known.set(keyOf(handed), handed);
  }
}

const keyed = [...carriers].filter((name) => name.endsWith('.__getitem__'));
const unkeyed = [...carriers].filter((name) => !name.endsWith('.__getitem__'));

/** What a type carries is named after this: after its keys, or after the state that it is itself. */
function nameOfCarrier(type: string, kind: Store['kind']): string {
  return returns.get(kind === 'item' ? `${type}.__getitem__` : type)?.returns ?? type;
}

function mayBeApplication(object: Expression): boolean {
  return (object.kind === 'name' || object.kind === 'attribute') && /^(?:\w*app|application|request)$/i.test(object.name);
}

/** Whether we know what something is that is set on an application. */
function isKnown(value: Value): boolean {
  switch (value.kind) {
    // A class that is bound nowhere may come of anything.
    case 'instance': return !/^builtins\.[A-Z]/.test(value.of);
    case 'symbol': return value.name === value.carried || value.row !== undefined || value.result.length > 0;
    default: return value.kind === 'object' || value.kind === 'class' || value.kind === 'function';
  }
}

/** Whether calling a function runs its body, and nothing else. */
function runsWhenCalled(names: Names, file: Facts, scope: Scope): boolean {
  const { kind, wrappers } = names.decoration(file, scope, scope.function!);
  return !scope.function!.async && !scope.function!.generator && kind !== 'coroutine' && wrappers.length === 0;
}

function byPlace(one: Value, other: Value): number {
  const [a, b] = [placeOf(one), placeOf(other)];
  return a < b ? -1 : a > b ? 1 : 0;
}

function placeOf(value: Value): string {
  return value.kind === 'function' ? `${value.path} ${String(value.scope).padStart(6, '0')}` : value.kind === 'symbol' ? value.name : '';
}

/** Of these nothing is asked. */
const plain = /^(?:builtins|typing|collections)\./;
const nothing: readonly Handed[] = [];
const unread: readonly string[] = [];

function parameterKey(id: FunctionId, parameter: string): string {
  return `${id} ${parameter}`;
}

function givenKey(given: Given): string {
  switch (given.kind) {
    case 'unknown': return '';
    case 'instance': return given.of;
    case 'object': return `${given.path}#${given.name}`;
    case 'class': return `class ${given.path}#${given.name}`;
    case 'function': return `${given.bound ? 'bound ' : ''}function ${given.of}`;
    case 'symbol': return `symbol ${given.name}`;
    case 'parameter': return parameterKey(given.of, given.name);
    case 'carried': return given.name;
  }
}

function keyOf(handed: Handed): string {
  return `${targetKey(handed)} ${handed.given.kind} ${givenKey(handed.given)}`;
}

/** A dotted name has no blank: it is never a parameter's. */
function targetKey(to: To): string {
  return to.to === 'carried' ? to.name : parameterKey(to.to, to.parameter);
}

function textOf(types: Types | undefined): string {
  return types ? [...types].map(([key, known]) => `${key} ${typesText(known)}`).sort().join('\n') : '';
}

function typesText(types: readonly Type[] | undefined): string {
  return types?.map(givenKey).join() ?? '';
}

/** The name of a class with those of all around it. */
function qualifiedName(scopes: readonly Scope[], { name, parent }: Scope): string {
  return parent > 0 ? `${qualifiedName(scopes, scopes[parent]!)}.${name}` : name;
}

/** The parameter that an argument of `call` hands on: one without annotation, or an attribute of `self` that is only ever set to one. */
function handedOn(file: Facts, call: Pick<Call, 'scope'>, argument: Expression, ids: FunctionIds): Given | undefined {
  if (argument.kind === 'name') return parameterNamed(file, argument.name, call.scope, ids);
  if (argument.kind !== 'attribute' || argument.object.kind !== 'name') return undefined;
  for (let at = file.scopes[call.scope]!; at.parent >= 0; at = file.scopes[at.parent]!) {
    const around = file.scopes[at.parent]!;
    if (!around.class || at.function?.parameters[0]?.name !== argument.object.name) continue;
    const bindings = around.class.attributes.get(argument.name);
    const value = bindings?.length === 1 ? bindings[0]!.value : undefined;
    if (value?.kind !== 'assigned' || value.item !== undefined || (value.annotation && !takesFunctions(value.annotation)) || value.value.kind !== 'name') return undefined;
    return parameterNamed(file, value.value.name, bindings![0]!.scope, ids);
  }
  return undefined;
}

function parameterNamed(file: Facts, name: string, scope: number, ids: FunctionIds): Given | undefined {
  for (let at = file.scopes[scope]; at; at = file.scopes[at.parent]) {
    const bindings = at.kind === 'class' && at.index !== scope ? undefined : at.bindings.get(name);
    if (!bindings) continue;
    const value = bindings.length === 1 ? bindings[0]!.value : undefined;
    if (value?.kind !== 'parameter' || !isOpen(file, at, value.index)) return undefined;
    const of = ids.of(file, at.index);
    return of === undefined ? undefined : { kind: 'parameter', of, name };
  }
  return undefined;
}

/** Whether a parameter does not say what it takes: it has no annotation, or takes any function, and is not `self`. */
function isOpen(file: Facts, scope: Scope, index: number): boolean {
  const parameter = scope.function?.parameters[index];
  if (!parameter || parameter.star || (parameter.annotation && !takesFunctions(parameter.annotation))) return false;
  return index > 0 || file.scopes[scope.parent]?.class === undefined;
}
