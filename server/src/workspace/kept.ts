/** Calls whose result is kept across calls of the function around them: caches, singletons, what is filled when first asked for. */

import type { Call, Expression, Facts, Scope, Test } from '../facts.ts';
import { fillsOnce } from './guards.ts';

/**
 * Whether a function makes the call only to fill a place that outlives it: it looks there first, or says so by assigning what it
 * is given. `callee` is the function of the workspace that is called; it may fill the place itself.
 */
export function isKept(file: Facts, call: Call, owner: Scope, callee?: { readonly file: Facts; readonly scope: Scope }): boolean {
  if (owner.index === 0 || (fillsOnce(file, call, owner) && !isDefault(file, call, owner)) || isAssignedOutside(file, call, owner)) return true;
  if (callee && asksFor(file, call, owner, callee)) return true;
  let places = known.get(owner);
  if (!places) known.set(owner, (places = filledPlaces(file, owner)));
  return places.length > 0;
}

/** `global client; client = Client()`, `cls.client = await connect()`, `app.state.client = Client()`; of `self` what is set after it was made. */
function isAssignedOutside(file: Facts, call: Call, owner: Scope): boolean {
  const line = file.text.slice(file.text.lastIndexOf('\n', call.start - 1) + 1, call.start);
  const target = /^\s*((?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*)(\[[^\]\n]+\])?\s*(?::[^=]+)?=\s*(?:await\s+)?$/.exec(line);
  if (!target || (!target[2] && !target[1]!.includes('.') && !owner.outer?.includes(target[1]!))) return false;
  return outlives(file, owner, target[1]!) && !(target[1]!.startsWith('self.') && makers.has(owner.name));
}

/** `self.client = client or Client()` of a constructor that may be given none: whether callers give one is seen where they call. */
function isDefault(file: Facts, call: Call, owner: Scope): boolean {
  const { kind, not } = file.blocks[call.block]!;
  const test = kind === 'conditional' && not?.length === 1 ? not[0]! : undefined;
  if (test?.kind !== 'truthy' || test.value.kind !== 'name') return false;
  const bindings = owner.bindings.get(test.value.name);
  const parameter = bindings?.length === 1 && bindings[0]!.value.kind === 'parameter' ? owner.function!.parameters[bindings[0]!.value.index]! : undefined;
  if (parameter?.default?.kind !== 'constant' || parameter.default.value !== null) return false;
  const line = file.text.slice(file.text.lastIndexOf('\n', call.start - 1) + 1, call.start);
  const target = /^\s*((?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*)\s*(?::[^=]+)?=\s/.exec(line)?.[1];
  return target !== undefined && (!outlives(file, owner, target) || (target.startsWith('self.') && makers.has(owner.name)));
}

const makers: ReadonlySet<string> = new Set(['__init__', '__post_init__', '__new__', '__enter__', '__aenter__', 'prepare', 'dispatch', 'setup']);

/** `if cls.client is None: await cls.connect()`, where that sets `client`. */
function asksFor(file: Facts, call: Call, owner: Scope, callee: { readonly file: Facts; readonly scope: Scope }): boolean {
  const body = callee.file.text.slice(callee.scope.start, callee.scope.end);
  for (let at = call.block; at >= 0 && file.blocks[at]!.scope === owner.index; at = file.blocks[at]!.parent) {
    const { test, not } = file.blocks[at]!;
    for (const place of [...(test ? placesAsked(test) : []), ...(not ?? []).flatMap(placesAsked)]) {
      const name = place.slice(place.lastIndexOf('.') + 1);
      const set = new RegExp(String.raw`${place.includes('.') ? String.raw`\.` : String.raw`^\s*`}${name}\s*(?::[^=\n]+)?=(?!=)`, 'm');
      if (outlives(file, owner, place) && set.test(body)) return true;
    }
  }
  return false;
}

/** Places, dotted, that a test asks whether they are filled. */
function placesAsked(test: Test): readonly string[] {
  switch (test.kind) {
    case 'truthy': return dotted(test.value);
    case 'not': return placesAsked(test.test);
    case 'and': case 'or': return test.tests.flatMap(placesAsked);
    case 'compare': return test.right.kind === 'constant' && test.right.value === null ? dotted(test.left) : [];
  }
}

function dotted(expression: Expression): readonly string[] {
  if (expression.kind === 'name') return [expression.name];
  return expression.kind === 'attribute' ? dotted(expression.object).map((object) => `${object}.${expression.name}`) : [];
}

const known = new WeakMap<Scope, readonly string[]>();

const assigned = /^[ \t]*((?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*)(\[[^\]\n]+\])?[ \t]*(?::[^=\n]+)?=(?!=)/gm;
const stored = /\b(?:setattr\(\s*([\w.]+)|([\w.]+)\.(?:setdefault|set|put|add|store|register)\()/g;

/** Places outside a function that it both looks at and fills. Read from its text: more than facts keep, and a mistake only silences. */
function filledPlaces(file: Facts, owner: Scope): readonly string[] {
  const body = owner.function!.bodyRange;
  const text = file.text.slice(body.start, body.end);
  const found: string[] = [];
  for (const [, name, item] of text.matchAll(assigned)) {
    if ((item !== undefined || name!.includes('.') || owner.outer?.includes(name!)) && outlives(file, owner, name!) && isAsked(text, name!, item)) found.push(name!);
  }
  for (const [, attribute, container] of text.matchAll(stored)) {
    const name = attribute ?? container!;
    if (outlives(file, owner, name) && (attribute !== undefined ? text.includes(`hasattr(${name}`) || text.includes(`getattr(${name}`) : isAsked(text, name, '[]'))) found.push(name);
  }
  return found;
}

/** Whether the text asks if a place is filled: `x is None`, `not x`, `if x`, `key in x`, `x.get(key)`. */
function isAsked(text: string, name: string, item: string | undefined): boolean {
  const written = name.replaceAll('.', String.raw`\s*\.\s*`);
  if (item !== undefined) return new RegExp(String.raw`\b(?:in\s+${written}\b|${written}\s*\.(?:get|setdefault)\()|except\s+(?:\(?\s*)?KeyError`).test(text);
  const last = name.slice(name.lastIndexOf('.') + 1);
  return new RegExp(String.raw`\b${written}\s+is\s+(?:not\s+)?None\b|\b(?:if|elif|not|and|or|while|assert)\s+${written}\b(?!\s*[.(\[])|\b${written}\s+or\b|\b(?:has|get)attr\([^,\n]+,\s*["']${last}["']`).test(text);
}

/** What belongs to one request goes with it. */
const passing = /^(?:g|request|req|response|websocket|ws|scope|context|ctx|self\.request|session)(?:\.|$)/;

function outlives(file: Facts, owner: Scope, name: string): boolean {
  if (passing.test(name)) return false;
  const root = name.split('.', 1)[0]!;
  if (root === 'self' || root === 'cls' || owner.outer?.includes(root)) return true;
  for (let at = owner.index; at > 0; at = file.scopes[at]!.parent) {
    const bindings = file.scopes[at]!.bindings.get(root);
    if (bindings && file.scopes[at]!.kind !== 'class') return at !== owner.index || bindings.every(({ value }) => value.kind === 'parameter' && root === 'app');
  }
  return file.scopes[0]!.bindings.has(root);
}
