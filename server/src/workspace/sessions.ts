/** Database sessions, connections and transactions that a function holds. */

import type { Expression, Facts, Scope, With } from '../facts.ts';
import { mentioning } from './mentions.ts';
import { ownerOf } from './scopes.ts';
import type { Workspace } from './workspace.ts';

/** A name that stands for a session, and the stretch of code in which it is open. */
export interface Holding {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** It holds a connection from the beginning; others take one with their first statement. */
  readonly atOnce: boolean;
}

const sessions = /^(?:sqlalchemy\.(?:ext\.asyncio\.(?:session\.)?AsyncSession|orm\.(?:session\.)?Session)|sqlmodel\.(?:ext\.asyncio\.session\.AsyncSession|Session))$/;
const connections = /^(?:sqlalchemy\.ext\.asyncio\.(?:engine\.)?AsyncConnection|asyncpg\.(?:connection\.)?Connection|psycopg\.AsyncConnection)$/;
/** Of these, two coroutines at once are refused. */
const exclusive = /^(?:sqlalchemy\.ext\.asyncio\.(?:session\.|engine\.)?Async(?:Session|Connection)|sqlmodel\.ext\.asyncio\.session\.AsyncSession|asyncpg\.(?:connection\.)?Connection|psycopg\.AsyncConnection)$/;

/** Whether a value is a session or connection that must not be used by two coroutines at once. */
export function isExclusive(file: Facts, workspace: Workspace, expression: Expression, scope: number, at: number): boolean {
  if (!speaksOfSessions(file)) return false;
  const types = workspace.types(file, expression, scope, at);
  return types.some((type) => exclusive.test(type)) || (types.length === 0 && expression.kind === 'name' && isCalledSession(file, expression.name, scope));
}

/** A parameter that says so in its annotation, whatever of its own the project calls `AsyncSession`. */
function isCalledSession(file: Facts, name: string, scope: number): boolean {
  for (let at = scope; at >= 0; at = file.scopes[at]!.parent) {
    const bindings = file.scopes[at]!.bindings.get(name);
    if (!bindings) continue;
    const { value } = bindings[0]!;
    const annotation = bindings.length === 1 && value.kind === 'parameter' ? file.scopes[at]!.function?.parameters[value.index]?.annotation : undefined;
    return annotation?.kind === 'name' && annotation.name === 'AsyncSession';
  }
  return false;
}

/** What a function is given or opens. */
export function holdingsOf(file: Facts, workspace: Workspace, owner: Scope): readonly Holding[] {
  if (!speaksOfSessions(file)) return [];
  const found: Holding[] = [];
  const body = owner.function!.bodyRange;
  for (const parameter of owner.function!.parameters) {
    if (parameter.star || (!parameter.annotation && !parameter.default)) continue;
    const types = workspace.types(file, { kind: 'name', name: parameter.name }, owner.index, body.start);
    if (types.some((type) => sessions.test(type)) || (types.length === 0 && isCalledSession(file, parameter.name, owner.index))) found.push({ name: parameter.name, start: body.start, end: body.end, atOnce: false });
  }
  for (const one of withsOf(file, owner.index)) {
    for (const { alias, value } of one.items) {
      if (alias === undefined) continue;
      const types = workspace.types(file, { kind: 'name', name: alias }, one.scope, one.bodyRange.start + 1);
      const connection = types.some((type) => connections.test(type));
      if (connection || types.some((type) => sessions.test(type))) found.push({ name: alias, start: one.bodyRange.start, end: one.bodyRange.end, atOnce: connection && !connectsLater(file, value) });
    }
  }
  return found;
}

const withsByOwner = new WeakMap<readonly With[], ReadonlyMap<number, readonly With[]>>();

/** The `with` statements of a function's own body. */
function withsOf(file: Facts, owner: number): readonly With[] {
  let known = withsByOwner.get(file.withs);
  if (!known) {
    const grouped = new Map<number, With[]>();
    for (const one of file.withs) {
      const around = ownerOf(file, one.scope);
      grouped.set(around, [...(grouped.get(around) ?? []), one]);
    }
    withsByOwner.set(file.withs, (known = grouped));
  }
  return known.get(owner) ?? [];
}

/** A connection that the function was given, entered once more: what it held before counts. */
function connectsLater(file: Facts, value: Expression): boolean {
  return value.kind !== 'call' && value.kind !== 'await' && file.withs.length > 0;
}

/** Most files have no sessions: a look at their text spares looking at every function. */
export const speaksOfSessions = mentioning(/session|conn|\bdb\b/i);
