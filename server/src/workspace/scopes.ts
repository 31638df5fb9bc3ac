/** Scopes as others speak of them: the function they run in, their name. */

import type { Binding, Facts, FunctionFacts, Scope } from '../facts.ts';

/** The function whose body a scope's code runs in; 0 is the module. */
export function ownerOf(file: Facts, scope: number): number {
  let at = scope;
  while (at > 0 && file.scopes[at]!.kind !== 'function' && file.scopes[at]!.kind !== 'lambda') at = file.scopes[at]!.parent;
  return at;
}

export function displayName(file: Facts, scope: Scope): string {
  if (scope.kind === 'lambda') return 'lambda';
  const parent = file.scopes[scope.parent];
  if (parent?.kind === 'class') return scope.name === '__init__' ? parent.name : `${parent.name}.${scope.name}`;
  return scope.name;
}

/** What a name was called where it was imported from: the `AsyncClient` of `from httpx import AsyncClient as Client`; otherwise the name itself. */
export function importedName(file: Facts, name: string, scope: number): string {
  for (let at = scope; at >= 0; at = file.scopes[at]!.parent) {
    const bound = file.scopes[at]!.bindings.get(name)?.[0]!.value;
    if (bound) return bound.kind === 'import' && bound.member !== undefined ? bound.member : name;
  }
  return name;
}

export function decoratedWith(facts: FunctionFacts, name: string): boolean {
  return facts.decorators.some(({ value }) => (value.kind === 'name' || value.kind === 'attribute') && value.name === name);
}

/** A method that subclasses must implement, or one that does nothing where they do not. */
export type Abstract = 'must' | 'may';

/** They run for a class that is known when one is made. */
const making = new Set(['__init__', '__new__', '__post_init__', '__init_subclass__']);

/** Whether a method is there to be implemented. What a coroutine or a generator leaves open is nobody's wait. */
export function abstractness(file: Facts, { name, parent, function: facts }: Scope): Abstract | undefined {
  if (!facts || facts.async || facts.generator || file.scopes[parent]?.kind !== 'class' || decoratedWith(facts, 'staticmethod') || making.has(name)) return undefined;
  if (facts.stub === 'missing' || facts.decorators.some(({ value }) => (value.kind === 'name' || value.kind === 'attribute') && /^abstract(method|property|classmethod)$/.test(value.name))) return 'must';
  return facts.stub && 'may';
}

/** What an attribute is set on: `self`, `cls`, the class's own name. */
export function setOn(file: Facts, binding: Binding): string {
  let end = binding.start;
  while (end < file.text.length && file.text[end] !== '.' && end - binding.start < 100) end++;
  return file.text.slice(binding.start, end).trimEnd();
}

/** Whether an attribute of `scope`, a class, is set on the class itself and not on one instance. */
export function isOfClass(file: Facts, scope: Scope, binding: Binding): boolean {
  if (setOn(file, binding) === scope.name) return true;
  for (let at = binding.scope; at > scope.index; at = file.scopes[at]!.parent) {
    const { parent, name, function: facts } = file.scopes[at]!;
    if (parent === scope.index) return facts !== undefined && (name === '__new__' || name === '__init_subclass__' || decoratedWith(facts, 'classmethod'));
  }
  return false;
}

/** `x: Type | None = None`, or `x: Type` alone. */
export function announces({ value }: Binding): boolean {
  return value.kind === 'annotated' || value.kind === 'assigned' && value.annotation !== undefined && value.value.kind === 'constant' && value.value.value === null;
}

/** `x = None` */
export function isNone({ value }: Binding): boolean {
  return value.kind === 'assigned' && value.value.kind === 'constant' && value.value.value === null;
}
