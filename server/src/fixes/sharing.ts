/** What calls that run at once would share: connections, locks, pace (facts AS 9.1, by their numbers). */

import type { Call, Expression, Facts, Scope } from '../facts.ts';
import { argumentFor, constantOf, guardsOf, holds } from '../workspace/guards.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { lastName, namesOf, rootName } from './names.ts';
import { isExclusiveName, isExclusiveType, isLockName, isPaceName } from './resources.ts';

/** Calls below the awaited one that are looked at: deep enough for a service's own layers. */
const deepest = 3;
const most = 300;

/** Judges awaited calls of one file. */
export class Sharing {
  readonly file: Facts;
  readonly workspace: Workspace;
  /** Names that each of the calls has for itself. */
  readonly own: ReadonlySet<string>;

  constructor(file: Facts, workspace: Workspace, own: ReadonlySet<string>) {
    this.file = file;
    this.workspace = workspace;
    this.own = own;
  }

  /** Whether two of `call` at once would use an object that serves one task at a time, as its receiver or an argument. */
  isShared(call: Call): boolean {
    if (call.callee.kind === 'attribute' && this.isExclusive(call.callee.object, call)) return true;
    return call.arguments.some(({ value }) => this.isExclusiveArgument(value, call)) || this.changesShared(call);
  }

  /** Whether the called function changes an object that every call is given: the next one may look at what this one left there. */
  changesShared(call: Call): boolean {
    const definition = this.workspace.target(this.file, call)?.definition;
    const inside = definition && this.workspace.file(definition.path);
    const scope = definition && inside?.scopes[definition.scope];
    const facts = scope?.function;
    if (inside === undefined || facts === undefined) return false;
    const bound = call.callee.kind === 'attribute' && inside.scopes[scope!.parent]?.kind === 'class';
    const body = inside.text.slice(facts.bodyRange.start, facts.bodyRange.end);
    return facts.parameters.some(({ name }) => {
      const given = argumentFor(call.arguments, facts.parameters, name, bound);
      const root = given && (given.kind === 'name' || given.kind === 'attribute') ? rootName(given) : undefined;
      return root !== undefined && !this.own.has(root) && call.arguments.some(({ value }) => value === given) && changed(name).test(body);
    });
  }

  isExclusive(object: Expression, call: Call): boolean {
    for (const type of this.workspace.types(this.file, object, call.scope, call.start)) {
      const exclusive = isExclusiveType(type);
      if (exclusive !== undefined) return exclusive;
    }
    if (this.isMadeOfExclusive(object, call)) return true;
    // What one browser page hands out belongs to the page, also where the turn asks for it.
    return namesOf(object).some((name) => /(^|_)(locator|element|keyboard|mouse)$/.test(name) || (!this.own.has(name) && (isExclusiveName(name) || isLockName(name))));
  }

  /** `UserRepository(session)` is no safer than its session, and neither is what is called like one and cannot be looked into. */
  isMadeOfExclusive(object: Expression, call: Call): boolean {
    if (object.kind === 'call') return this.file.calls[object.call]!.arguments.some(({ value }) => this.isExclusiveArgument(value, call));
    const last = lastName(object);
    if (last !== undefined && /(^|_)(repo|repository|dao|uow|unit_of_work)$/i.test(last) && this.workspace.target(this.file, call)?.definition === undefined) return true;
    if (object.kind !== 'name' || this.own.has(object.name)) return false;
    for (let scope = this.file.scopes[call.scope]; scope !== undefined; scope = this.file.scopes[scope.parent]) {
      const bound = scope.bindings.get(object.name);
      if (bound !== undefined) return bound.some(({ value }) => value.kind === 'assigned' && value.item === undefined && value.value.kind === 'call' && this.isMadeOfExclusive(value.value, call));
    }
    return false;
  }

  isExclusiveArgument(value: Expression, call: Call): boolean {
    if (value.kind === 'star') return this.isExclusiveArgument(value.value, call);
    if (value.kind !== 'name' && value.kind !== 'attribute') return false;
    const root = rootName(value);
    if (root === undefined || this.own.has(root)) return false;
    if (isPaceName(value.name) || /(^|_)(cache|seen|visited|memo)$/.test(value.name)) return true; // 9: it paces itself, or looks at what the turn before left there
    for (const type of this.workspace.types(this.file, value, call.scope, call.start)) {
      const exclusive = isExclusiveType(type);
      if (exclusive !== undefined) return exclusive;
    }
    return isExclusiveName(value.name, true);
  }

  /** Whether the called function, some calls down, lets two of it run at once: it shares nothing, and would gain by it. */
  allows(call: Call): boolean {
    const seen = new Set<string>();
    let budget = most;
    const visit = (file: Facts, from: Call, depth: number): boolean => {
      const target = this.workspace.target(file, from);
      const definition = target?.definition;
      const inside = definition && this.workspace.file(definition.path);
      const scope = definition && inside?.scopes[definition.scope];
      if (inside === undefined || scope?.function === undefined || depth > deepest || seen.has(`${inside.path}:${scope.index}`)) return true;
      seen.add(`${inside.path}:${scope.index}`);
      if (scope.outer !== undefined && scope.outer.length > 0) return false;
      // A coroutine that waits for nothing gains nothing.
      if (depth === 0 && scope.function.async && !scope.function.awaits && inside.calls.some((inner) => inner.scope === scope.index)) return false;
      if (depth === 0 && waitsForNothing(inside, scope, from)) return false;
      // A lock inside makes the calls wait for each other anyway.
      if (inside.withs.some((item) => item.scope === scope.index && item.items.some(({ value }) => value.kind !== 'call' && namesOf(value).some((name) => isLockName(name))))) return false;
      for (const inner of inside.calls) {
        if (inner.scope !== scope.index || budget-- <= 0) continue;
        if (depth === 0 && lastName(inner.callee) === 'sleep' && !this.isRecovering(inside, inner)) return false; // 9
        if (inner.callee.kind === 'attribute' && this.sharesAcrossCalls(inside, scope.index, inner, depth)) return false;
        if (!visit(inside, inner, depth + 1)) return false;
      }
      return true;
    };
    return visit(this.file, call, 0);
  }

  /** A wait before another try, not a pace. */
  isRecovering(file: Facts, call: Call): boolean {
    for (let block = file.blocks[call.block]; block !== undefined && block.kind !== 'body'; block = file.blocks[block.parent]) {
      if (block.kind === 'except' || block.kind === 'if' || block.kind === 'else' || block.kind === 'while') return true;
    }
    return false;
  }

  /** Whether a call inside the called function uses a connection that the next call of the function uses too. */
  sharesAcrossCalls(file: Facts, scope: number, call: Call, depth: number): boolean {
    if (call.callee.kind !== 'attribute') return false;
    const { object, name } = call.callee;
    const root = rootName(object);
    if (root === undefined) return false;
    for (const type of this.workspace.types(file, object, scope, call.start)) if (isExclusiveType(type) === false) return false;
    const query = /^(execute|executemany|fetch|fetchall|fetchone|fetchrow|fetchval|scalar|scalars)$/.test(name);
    const exclusive = namesOf(object).some((part) => isExclusiveName(part));
    if (!exclusive) return false;
    // One query for each element wants one query for all of them, not many at once.
    if (query && depth === 0) return true;
    const bound = file.scopes[scope]!.bindings.get(root);
    return bound === undefined ? call.awaited !== undefined || query : bound.some(({ value }) => value.kind === 'parameter' && root !== 'self' && root !== 'cls' && isExclusiveName(root, call.awaited === undefined)) || (root === 'self' && call.awaited !== undefined);
  }
}

/** Finds where what a name stands for is changed: `seen.add(key)`, `totals[key] += 1`, `state.last = row`. */
function changed(name: string): RegExp {
  const part = String.raw`(?:\.[\p{L}_][\p{L}\p{N}_]*|\[[^\]\n]*\])`;
  return new RegExp(String.raw`(?<![\p{L}\p{N}_.])${name}(?:${part}*\.(?:add|append|appendleft|extend|insert|update|setdefault|pop|popleft|remove|discard|clear|sort)\(|${part}+\s*(?:[-+*/%&|^]|//|\*\*|<<|>>)?=(?!=))`, 'u');
}

/** Whether the arguments of `call` lead past every `await` of the function it calls. */
function waitsForNothing(file: Facts, scope: Scope, call: Call): boolean {
  const awaited = file.calls.filter((inner) => inner.awaited !== undefined && inner.scope === scope.index);
  const bound = call.callee.kind === 'attribute' && file.scopes[scope.parent]?.kind === 'class';
  return awaited.length > 0 && awaited.every((inner) => guardsOf(file, inner.block, scope).some((guard) => {
    const given = argumentFor(call.arguments, scope.function!.parameters, guard.parameter, bound);
    const constant = given && constantOf(given);
    return constant !== undefined && !holds(guard, constant);
  }));
}
