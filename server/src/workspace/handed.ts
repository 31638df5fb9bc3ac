/** What calls give to parameters that do not say what they take, through any number of functions that hand it on. */

import type { Call, Expression, Facts, Scope } from '../facts.ts';
import { takesFunctions } from './annotations.ts';
import type { FunctionId, FunctionIds } from './function-ids.ts';
import { argumentFor } from './guards.ts';
import { symbolNamed } from './libraries.ts';
import type { Names } from './names.ts';
import { given, none, type Value } from './values.ts';

/**
 * An instance of a library's type or of a class of the workspace, such a class, a function or one of a library's, by their names;
 * what a parameter of another function is; or something else.
 */
export type Given =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'instance'; readonly of: string }
  | { readonly kind: 'object' | 'class'; readonly path: string; readonly name: string }
  | { readonly kind: 'function'; readonly of: FunctionId; readonly bound: boolean }
  | { readonly kind: 'symbol'; readonly name: string }
  | { readonly kind: 'parameter'; readonly of: FunctionId; readonly name: string };

/** A call somewhere gives something to a parameter. */
export interface Handed {
  readonly to: FunctionId;
  readonly parameter: string;
  readonly given: Given;
}

/** A parameter that is given more than so many types takes anything. */
const mostTypes = 3;

type Type = Exclude<Given, { kind: 'parameter' }>;

/** By function and name of the parameter. */
type Types = ReadonlyMap<string, readonly Type[]>;

/** What the parameters of all functions are given, from what each file's calls give. */
export class HandedTypes {
  readonly #ids: FunctionIds;
  readonly #files = new Map<string, readonly Handed[]>();
  /** By the file that the functions are in. */
  #types: ReadonlyMap<string, Types> = new Map();
  #stale = false;

  constructor(ids: FunctionIds) {
    this.#ids = ids;
  }

  /** All that the calls of a file give. */
  set(path: string, handed: readonly Handed[]): void {
    const before = this.#files.get(path) ?? [];
    if (before === handed || (before.length === handed.length && before.every((one, index) => one === handed[index] || keyOf(one) === keyOf(handed[index]!)))) return;
    if (handed.length > 0) this.#files.set(path, handed);
    else this.#files.delete(path);
    this.#stale = true;
  }

  /** Whether a parameter of a function in this file is given anything. */
  has(path: string): boolean {
    return this.#types.has(path);
  }

  /** What a parameter is given; nothing where nobody knows, or where it is given too many things. */
  of(file: Facts, scope: number, parameter: string, facts: (path: string) => Facts | undefined): readonly Value[] {
    const types = this.#types.get(file.path);
    const id = types && this.#ids.of(file, scope);
    if (id === undefined) return none;
    const functions: Value[] = [];
    const values = (types!.get(parameterKey(id, parameter)) ?? []).flatMap((type): readonly Value[] => {
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

  /** Files with a function that is given something which one of `paths` defines. */
  restingOn(paths: ReadonlySet<string>): readonly string[] {
    return [...this.#types].flatMap(([path, types]) => ([...types.values()].some((known) => known.some((type) => paths.has(this.#pathOf(type)))) ? [path] : []));
  }

  #pathOf(type: Type): string {
    return type.kind === 'function' ? this.#ids.pathOf(type.of) : type.kind === 'object' || type.kind === 'class' ? type.path : '';
  }

  /** Files with a function of which a parameter is given something else than when this was asked last. */
  changes(): readonly string[] {
    if (!this.#stale) return [];
    this.#stale = false;
    const before = this.#types;
    this.#types = this.#workOut();
    return [...new Set([...before.keys(), ...this.#types.keys()])].filter((path) => textOf(before.get(path)) !== textOf(this.#types.get(path)));
  }

  #workOut(): ReadonlyMap<string, Types> {
    const types = new Map<string, Map<string, Type>>();
    const flows = new Map<string, string[]>();
    const owners = new Map<string, string>();
    const changed = new Set<string>();
    for (const handed of this.#files.values()) {
      for (const { to, parameter, given } of handed) {
        const key = parameterKey(to, parameter);
        owners.set(key, this.#ids.pathOf(to));
        if (given.kind === 'parameter') {
          const from = parameterKey(given.of, given.name);
          const known = flows.get(from);
          if (known) known.push(key);
          else flows.set(from, [key]);
          continue;
        }
        const known = types.get(key) ?? new Map<string, Type>();
        types.set(key, known.set(givenKey(given), given));
        changed.add(key);
      }
    }
    // A set visits what is added while it is walked; what is there already is walked again after it was taken out.
    for (const key of changed) {
      changed.delete(key);
      for (const to of flows.get(key) ?? []) {
        const known = types.get(to) ?? new Map<string, Type>();
        const size = known.size;
        for (const [name, type] of types.get(key)!) known.set(name, type);
        types.set(to, known);
        if (known.size > size) changed.add(to);
      }
    }
    const byFile = new Map<string, Map<string, readonly Type[]>>();
    for (const [key, known] of types) {
      if (known.size > mostTypes || (known.size === 1 && known.has(''))) continue;
      const path = owners.get(key)!;
      const inFile = byFile.get(path) ?? new Map<string, readonly Type[]>();
      byFile.set(path, inFile.set(key, [...known].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, type]) => type)));
    }
    return byFile;
  }
}

/** Gathers what the calls of a file give to parameters that do not say what they take, each once. */
export class Giving {
  readonly #names: Names;
  readonly #ids: FunctionIds;
  readonly #known = new Map<string, Handed>();

  constructor({ names, ids }: { readonly names: Names; readonly ids: FunctionIds }) {
    this.#names = names;
    this.#ids = ids;
  }

  get all(): readonly Handed[] {
    return this.#known.size === 0 ? nothing : [...this.#known.values()];
  }

  /** What `call`, in `file`, gives to the function that `scope` of `target` is. `bound`: its first parameter is taken. */
  take(file: Facts, call: Call, target: Facts, scope: Scope, bound: boolean): void {
    if (call.arguments.length === 0) return;
    const { parameters } = scope.function!;
    for (const [index, { name, default: usual }] of parameters.entries()) {
      if (!isOpen(target, scope, index)) continue;
      const argument = argumentFor(call.arguments, parameters, name, bound);
      if (!argument || argument === usual || argument.kind === 'constant') continue;
      const to = this.#ids.of(target, scope.index)!;
      // Of a parameter that takes functions, only what calling it gives is known.
      const values = this.#names.infer(file, argument, call.scope, call.start).filter(({ kind }) => kind !== 'callable');
      if (values.length === 0) this.#add(to, name, handedOn(file, call, argument, this.#ids) ?? { kind: 'unknown' });
      for (const value of values) for (const one of value.kind === 'partial' ? value.of : [value]) this.#give(to, name, one);
    }
  }

  #give(to: FunctionId, parameter: string, value: Value): void {
    switch (value.kind) {
      case 'instance': {
        if (!plain.test(value.of)) this.#add(to, parameter, { kind: 'instance', of: value.of });
        return;
      }
      case 'object': case 'class': {
        const { scopes } = this.#names.file(value.path)!;
        this.#add(to, parameter, { kind: value.kind, path: value.path, name: qualifiedName(scopes, scopes[value.scope]!) });
        return;
      }
      case 'symbol': {
        if (value.row || value.result.length > 0) this.#add(to, parameter, { kind: 'symbol', name: value.name });
        return;
      }
      case 'function': {
        const file = this.#names.file(value.path)!;
        const scope = file.scopes[value.scope]!;
        this.#add(to, parameter, runsWhenCalled(this.#names, file, scope) ? { kind: 'function', of: this.#ids.of(file, scope.index)!, bound: value.bound ?? false } : { kind: 'unknown' });
      }
    }
  }

  #add(to: FunctionId, parameter: string, given: Given): void {
    const handed = { to, parameter, given };
    this.#known.set(keyOf(handed), handed);
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
  }
}

function keyOf({ to, parameter, given }: Handed): string {
  return `${parameterKey(to, parameter)} ${given.kind} ${givenKey(given)}`;
}

function textOf(types: Types | undefined): string {
  return types ? [...types].map(([key, known]) => `${key} ${known.map(givenKey).join()}`).sort().join('\n') : '';
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
