/** What in a function rests on some of the arguments that it is given. */

import type { Call, Facts, Range, Scope } from '../facts.ts';
import { decoratedWith } from './scopes.ts';

/**
 * Names of `scope` that rest on arguments of `call` for which `concerned` holds; undefined where that cannot be told. Read from
 * the lines of its text: more than facts keep, and a name too many means no more than asking less.
 */
export function concernedNames(file: Facts, scope: Scope, from: { readonly file: Facts; readonly call: Call; readonly concerned?: (range: Range) => boolean }): ReadonlySet<string> | undefined {
  const { call, concerned } = from;
  const facts = scope.function!;
  const around = file.scopes[scope.parent];
  // Work handed to a thread comes with arguments of its own; a nested function sees the names around it.
  if (!concerned || around?.kind === 'function' || call.arguments.some(({ star }) => star) || (call.callee.kind !== 'name' && call.callee.kind !== 'attribute')) return undefined;
  if (from.file.text.slice(call.calleeRange.start, call.calleeRange.end).match(/to_thread|threadpool|run_sync|executor|sync_to_async$/)) return undefined;
  const parameters = facts.parameters.filter(({ star }) => !star);
  const method = around?.kind === 'class' && !decoratedWith(facts, 'staticmethod');
  const bound = method && (call.callee.kind === 'attribute' || scope.name === '__init__');
  const names = new Set<string>();
  if (bound && parameters[0] && concerned(call.calleeRange)) names.add(parameters[0].name);
  let position = bound ? 1 : 0;
  for (const argument of call.arguments) {
    const parameter = argument.name === undefined ? parameters[position++] : parameters.find(({ name }) => name === argument.name);
    if (!concerned(argument.valueRange)) continue;
    if (!parameter) return undefined;
    names.add(parameter.name);
  }
  if (names.size > 0) spread(file.text.slice(facts.bodyRange.start, facts.bodyRange.end), names);
  return names;
}

export function mentionsAny(text: string, names: ReadonlySet<string>): boolean {
  for (const [word] of text.matchAll(/[\p{L}_][\p{L}\p{N}_]*/gu)) if (names.has(word)) return true;
  return false;
}

const targets = /^\s*([\w\s,*()]+?)(?:\[[^\n]*?\])?\s*(?::[^=\n]+)?(?:[-+|&]|\/\/?)?=(?!=)|\bfor\s+([\w\s,*()]+?)\s+in\b|\bas\s+(\w+)|(\w+)\s*:=|(\w+)\.(?:append|add|update|extend|insert|setdefault)\(/g;

/** Adds what statements make of names to them. */
function spread(body: string, names: Set<string>): void {
  const lines = statements(body);
  for (let before = -1; before < names.size;) {
    before = names.size;
    for (const line of lines) {
      if (!mentionsAny(line, names)) continue;
      for (const match of line.matchAll(targets)) {
        for (const [word] of (match.slice(1).find((part) => part !== undefined) ?? '').matchAll(/\w+/g)) if (word !== 'self' && word !== 'cls') names.add(word);
      }
    }
  }
}

/** Lines, those within brackets together. */
function statements(body: string): readonly string[] {
  const found: string[] = [];
  let depth = 0;
  for (const line of body.split('\n')) {
    if (depth > 0 || found.at(-1)?.endsWith('\\')) found[found.length - 1] += ` ${line}`;
    else found.push(line);
    for (const character of line.replace(/#.*$/, '')) {
      if (character === '(' || character === '[' || character === '{') depth += 1;
      else if (character === ')' || character === ']' || character === '}') depth = Math.max(0, depth - 1);
    }
  }
  return found;
}
