/** Retries that come back in step. */

import type { Block, Call, Expression, Facts, Loop } from '../facts.ts';
import { isScriptOrCommand, isTestOrMigration } from '../findings/aside.ts';
import { lastName, within } from '../fixes/names.ts';
import { defineMessages, defineRule } from '../rule.ts';
import { callsNamed } from '../workspace/named-calls.ts';
import { sectionAt } from '../workspace/sections.ts';
import { outsideOf } from '../workspace/outside.ts';
import type { Workspace } from '../workspace/workspace.ts';

const messages = defineMessages('fixed-retry-delay', {
  found: 'Each try of `{call}` that fails waits the same `{delay}`, so all that failed together come back together and keep a struggling service down; let the wait grow from try to try, with some chance in it',
});

export default defineRule({
  id: 'fixed-retry-delay',
  summary: 'A retry of a network call waits the same time after every failure, so clients that failed together come back together.',
  level: 'info',
  fix: 'none',
  messages: messages.texts,

  concerns: (file) => sleeps.mayBeIn(file) && !isTestOrMigration(file.path) && !isScriptOrCommand(file.path),

  *check(file, workspace) {
    for (const call of sleeps(file)) {
      if (lastName(call.callee) !== 'sleep' || call.arguments.length !== 1 || call.role !== 'statement') continue;
      const loop = retriedIn(file, call);
      if (loop === undefined || !isFixed(file, loop, call.arguments[0]!.value, call.scope) || hasGrowing(file, loop, call)) continue;
      if (!/^(asyncio|time|anyio|trio|gevent)\.sleep$/.test(workspace.target(file, call)?.name ?? '')) continue;
      const tried = triedCall(file, workspace, loop, call);
      if (tried === undefined) continue;
      const { start, end } = call.arguments[0]!.valueRange;
      const { calleeRange } = tried;
      const values = { call: file.text.slice(calleeRange.start, calleeRange.end).replace(/\s+/g, '').slice(-60), delay: file.text.slice(start, end) };
      yield { range: call.calleeRange, ...(isAskedFor(file, call.arguments[0]!.value, call.scope) ? { level: 'hint' as const } : {}), message: messages.found(values) };
    }
  },
});

const sleeps = callsNamed(['sleep']);

/** Waiting for something to come up asks at a steady pace. */
const steady = /(^|_)(wait|await|until|ready|poll|watch|monitor|listen|healthy?|ping|startup|loop|forever|worker|consume|consumer|run)(_|$)/;

/** The loop that a wait after a failure belongs to: success leaves it, and it tries more than twice. */
function retriedIn(file: Facts, sleep: Call): Loop | undefined {
  const { loops, blocks } = sectionAt(file, sleep.start) ?? file;
  let loop: Loop | undefined;
  for (const candidate of loops) if (candidate.kind !== 'comprehension' && candidate.scope === sleep.scope && within(sleep, candidate.bodyRange) && (loop === undefined || within(candidate, loop))) loop = candidate;
  if (loop === undefined || loop.async || loop.kind === 'for' && !isCount(file, loop)) return undefined;
  if (steady.test(file.scopes[loop.scope]!.name)) return undefined;
  const failed = handlerOf(file, loop, sleep);
  if (failed === undefined) return undefined;
  const leaves = blocks.some((block) => (block.leaves === 'return' || block.leaves === 'break') && within(block, loop!.bodyRange) && inTurn(file, loop!, block) && !isHandled(file, loop!, block));
  return leaves ? loop : undefined;
}

/** `for attempt in range(n)`: anything else walks over work. */
function isCount(file: Facts, { iterable }: Loop): boolean {
  if (iterable?.kind !== 'call') return false;
  const call = file.calls[iterable.call]!;
  const last = call.arguments.at(-1)?.value;
  if (lastName(call.callee) !== 'range' || call.arguments.length > 2) return false;
  return !(last?.kind === 'constant' && typeof last.value === 'number' && last.value <= (call.arguments.length === 2 ? 3 : 2));
}

/** The `except` in which `sleep` stands; undefined where it waits for another reason. */
function handlerOf(file: Facts, loop: Loop, sleep: Call): Block | undefined {
  for (let block = file.blocks[sleep.block]; block !== undefined && block.index !== loop.body; block = file.blocks[block.parent]) if (block.kind === 'except') return block;
  return undefined;
}

function inTurn(file: Facts, loop: Loop, block: Block): boolean {
  for (let at: Block | undefined = block; at !== undefined; at = file.blocks[at.parent]) {
    if (at.index === loop.body) return true;
    // A `break` of an inner loop leaves that one.
    if ((at.kind === 'for' || at.kind === 'while') && block.leaves === 'break' || at.scope !== loop.scope) return false;
  }
  return false;
}

function isHandled(file: Facts, loop: Loop, block: Block): boolean {
  for (let at: Block | undefined = block; at !== undefined && at.index !== loop.body; at = file.blocks[at.parent]) if (at.kind === 'except') return true;
  return false;
}

/** A number, or a name that nothing in the loop changes. */
function isFixed(file: Facts, loop: Loop, value: Expression, scope: number): boolean {
  if (value.kind === 'constant') return typeof value.value === 'number' && value.value > 0;
  if (value.kind === 'attribute') return value.object.kind === 'name' && value.object.name === 'self' && !new RegExp(String.raw`\bself\.${value.name}\s*([*+]?=)[^=]`).test(file.text.slice(loop.bodyRange.start, loop.bodyRange.end)) && isConstantAttribute(file, scope, value.name);
  if (value.kind !== 'name') return false;
  for (let at = file.scopes[scope]; at !== undefined; at = file.scopes[at.parent]) {
    const bindings = at.bindings.get(value.name);
    if (bindings === undefined) continue;
    if (bindings.length !== 1 || within(bindings[0]!, loop)) return false;
    const bound = bindings[0]!.value;
    if (bound.kind === 'parameter') return typeof constantIn(at.function?.parameters[bound.index]?.default) === 'number';
    return bound.kind === 'assigned' && bound.item === undefined && typeof constantIn(bound.value) === 'number';
  }
  return false;
}

/** A parameter that is 0 unless a caller asks for a wait. */
function isAskedFor(file: Facts, value: Expression, scope: number): boolean {
  return value.kind === 'name' && file.scopes[scope]?.function?.parameters.some(({ name, default: other }) => name === value.name && constantIn(other) === 0) === true;
}

function isConstantAttribute(file: Facts, scope: number, name: string): boolean {
  const owner = file.scopes[file.scopes[scope]!.parent];
  const bindings = owner?.class?.attributes.get(name) ?? [];
  return bindings.length === 1 && bindings.every(({ value, scope: from }) => value.kind === 'assigned' && (typeof constantIn(value.value) === 'number' || value.value.kind === 'name' && file.scopes[from]?.function?.parameters.some((parameter) => parameter.name === (value.value as { name: string }).name && typeof constantIn(parameter.default) === 'number')));
}

function constantIn(value: Expression | undefined): unknown {
  return value?.kind === 'constant' ? value.value : undefined;
}

/** Another wait of the loop that is no constant: the program knows how to grow it. */
function hasGrowing(file: Facts, loop: Loop, sleep: Call): boolean {
  const { calls } = sectionAt(file, sleep.start) ?? file;
  return calls.some((call) => call !== sleep && within(call, loop.bodyRange) && lastName(call.callee) === 'sleep' && call.arguments[0] !== undefined && !isFixed(file, loop, call.arguments[0].value, call.scope));
}

/** The call under `try` that speaks to another machine. */
function triedCall(file: Facts, workspace: Workspace, loop: Loop, sleep: Call): Call | undefined {
  const handler = handlerOf(file, loop, sleep)!;
  const attempt = file.blocks.findLast((block) => block.kind === 'try' && block.parent === handler.parent && block.end <= handler.start);
  if (attempt === undefined) return undefined;
  // Until something answers at all, a loop asks: what it gets is not used.
  const probes = loop.kind === 'while';
  return file.calls.find((call) => within(call, attempt) && call !== sleep && !(probes && call.role === 'statement') && !steady.test(lastName(call.callee) ?? '') && outsideOf(file, workspace, call) !== undefined
    // A browser is this program's own, and so is its patience.
    && !/^playwright\./.test(workspace.target(file, call)?.name ?? ''));
}
