/** Calls that make clients with connections of their own. */

import type { Call, Expression, Facts, Scope } from '../facts.ts';
import { clientNames, clients, type ClientRow } from '../knowledge/clients.ts';
import { importedName } from '../workspace/scopes.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** The client that a call makes; undefined for all other calls. */
export function clientOf(file: Facts, workspace: Workspace, call: Call): ClientRow | undefined {
  const { callee } = call;
  if (callee.kind === 'name' ? !clientNames.has(importedName(file, callee.name, call.scope)) : callee.kind !== 'attribute' || !clientNames.has(callee.name)) return undefined;
  const target = workspace.target(file, call);
  return target && !target.definition ? clients.get(target.name) : undefined;
}

/** Whether the connections are somebody else's, or none are made. */
export function sharesConnections(file: Facts, workspace: Workspace, call: Call, row: ClientRow): boolean {
  // What is given to another client belongs to that one, which is told by itself.
  if (call.role === 'argument' && file.calls.some((outer) => outer.index !== call.index && outer.start < call.start && call.end <= outer.end && clientOf(file, workspace, outer))) return true;
  return call.arguments.some(({ name, value }) => name !== undefined && row.shares?.includes(name) === true
    && !(value.kind === 'call' && clientOf(file, workspace, file.calls[value.call]!)) && !(value.kind === 'constant' && value.value === null));
}

/** Whether a client is entered for sockets alone: each has a connection of its own, whoever made the client. */
export function opensSockets(file: Facts, call: Call): boolean {
  for (const one of file.withs) {
    const alias = one.items.find(({ value }) => value.kind === 'call' && value.call === call.index)?.alias;
    if (alias === undefined) continue;
    const uses = file.text.slice(one.bodyRange.start, one.bodyRange.end).match(new RegExp(String.raw`(?<![\w.])${alias}\b(?:\s*\.\s*\w+)?`, 'g')) ?? [];
    return uses.length > 0 && uses.every((use) => /\.\s*ws_connect$/.test(use));
  }
  return false;
}

const keys = /^(?:\w*(?:key|token|password|secret|credentials?|user|username|endpoint|region|database|db)|(?:base_)?ur[il]|host|dsn|\w*_url|region_name|profile_name|prox(?:y|ies)|verify|cert)$/;
/** What HTTP clients can be told with each call instead. */
const perCall = /^(?:base_url|headers|cookies|auth|params|timeout)$/;

/** The argument that differs from call to call, so that one client cannot serve all. */
export function keyOf(file: Facts, call: Call, owner: Scope, row: ClientRow): string | undefined {
  for (const { name, value, star, valueRange } of call.arguments) {
    if (star !== undefined || (name !== undefined && !keys.test(name)) || (row.external === 'http' && (name === undefined || perCall.test(name)))) continue;
    if (differs(file, value, owner, 0)) return name ?? shorten(file.text.slice(valueRange.start, valueRange.end));
  }
  return undefined;
}

/** Parameters that stand for what is the same in the whole program. */
const settled = /^(?:self|cls|settings?|config(?:uration)?|conf|cfg|app|options?|env)$/;

/** Whether an expression rests on what the function is given or looks up. */
function differs(file: Facts, expression: Expression, owner: Scope, depth: number): boolean {
  switch (expression.kind) {
    case 'name': {
      if (settled.test(expression.name) || owner.outer?.includes(expression.name) || depth > 4) return false;
      return (owner.bindings.get(expression.name) ?? []).some(({ value }) => {
        const given = value.kind === 'parameter' ? owner.function!.parameters[value.index]!.default : undefined;
        if (value.kind === 'parameter') return given === undefined || (given.kind === 'constant' && given.value === null);
        return value.kind === 'assigned' ? differs(file, value.value, owner, depth + 1) : value.kind === 'element' || value.kind === 'entered';
      });
    }
    case 'attribute': case 'subscript': return differs(file, expression.object, owner, depth);
    case 'await': return differs(file, expression.value, owner, depth);
    case 'either': return expression.options.some((option) => differs(file, option, owner, depth));
    case 'operation': return differs(file, expression.left, owner, depth) || differs(file, expression.right, owner, depth);
    case 'call': {
      const { callee, arguments: args, awaited } = file.calls[expression.call]!;
      // What a query or another service gives is not the same twice.
      return awaited !== undefined || (callee.kind === 'attribute' && differs(file, callee.object, owner, depth)) || args.some(({ value }) => differs(file, value, owner, depth + 1));
    }
    default: return false;
  }
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 40 ? `${line.slice(0, 39)}…` : line;
}
