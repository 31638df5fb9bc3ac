/** Moving a blocking call off the event loop: one call, or the whole `with` block it stands in. */

import type { Facts, Range, With } from '../facts.ts';
import { defineMessages, type Edit, type Fix } from '../rule.ts';
import type { BlockingSite, Workspace } from '../workspace/workspace.ts';
import { freeName, importEdit, lineBreak } from './imports.ts';
import { neededInside, neededOutside } from './uses.ts';
import { isWalked, mayList, stepByStep } from './walking.ts';

export const offloadMessages = defineMessages('offload', {
  call: 'Run `{call}` in a thread with `asyncio.to_thread`',
  steps: 'Walk `{call}` in threads with `iterate_in_threadpool`',
  block: 'Move the `with` block to a function and run it in a thread',
});

/** Rows whose objects must stay in the thread that made them: their calls are moved together, not one by one. */
const threadBound = /^(sqlite3\.|sqlalchemy\.|sqlmodel\.|flask_sqlalchemy\.|fastapi_sqlalchemy\.|django\.db\.|playwright\.|boto3\.resource)/;
/** Waiting and running loops in another thread does not help. */
const notOffloaded = new Set(['blocking-wait']);
/** The debugger belongs to the thread that stops. */
const attached = new Set(['builtins.breakpoint', 'pdb.set_trace']);

/** Unsafe fixes for a site on the loop: none where `await` cannot stand or the work cannot change its thread. */
export function offloadFixes(site: BlockingSite, file: Facts, workspace: Workspace): readonly Fix[] {
  if (site.place.kind === 'greenlet' || notOffloaded.has(site.row.rule) || attached.has(site.row.name)) return [];
  const fixes: Fix[] = [];
  const block = enclosingWith(site, file, workspace);
  if (block) {
    const fix = offloadBlock(file, block);
    if (fix) fixes.push(fix);
    // What a `with` opens is used inside it: moving the opening alone would leave the rest on the loop.
    return fixes;
  }
  const call = offloadCall(site, file, workspace);
  if (call) fixes.push(call);
  return fixes;
}

// ── one call ──

/** Whether a helper uses a connection of SQLite that its object keeps: such a one refuses every thread but the one that made it. */
function usesKeptConnection({ row, steps }: BlockingSite, workspace: Workspace): boolean {
  const { path, range } = steps.at(-1)!;
  const file = row.name.startsWith('sqlite3.') ? workspace.file(path) : undefined;
  if (!file || /\bcheck_same_thread\s*=\s*False\b/.test(file.text)) return false;
  const around = file.scopes.findLast(({ function: facts, start, end }) => facts !== undefined && start <= range.start && range.end <= end);
  const body = around ? file.text.slice(around.start, around.end) : '';
  return /\bself\.\w+\.(?:execute\w*|cursor|commit|fetch\w+)\(/.test(body) && !/\bconnect\(/.test(body);
}

function offloadCall(site: BlockingSite, file: Facts, workspace: Workspace): Fix | undefined {
  if (site.steps.length === 1 ? threadBound.test(site.row.name) : usesKeptConnection(site, workspace)) return undefined;
  if (site.kind === 'read') return offloadRead(site, file);
  const { call } = site;
  if (!call || site.kind !== 'call' || call.role === 'with' || call.role === 'decorator' || call.role === 'default' || !mayAwait(file, call.scope)) return undefined;
  if (call.arguments.some((argument) => /\b(await|yield)\b/.test(file.text.slice(argument.start, argument.end)) && argument.star)) return undefined;
  const lazy = isWalked(site, call, file, workspace);
  if (lazy && !mayList(site, call, file)) {
    const edits = threadBound.test(site.row.name) ? undefined : stepByStep(call, file);
    return edits && { title: offloadMessages.steps({ call: site.steps[0]!.name }), safe: false, edits };
  }
  const asyncio = importEdit(file, 'asyncio', undefined, call.start);
  const text = (range: Range): string => file.text.slice(range.start, range.end);
  const inner = file.text.slice(call.argumentsRange.start + 1, call.argumentsRange.end - 1);
  const generator = call.arguments.length === 1 && file.text[call.argumentsRange.start] === '(' && call.arguments[0]!.value.kind === 'comprehension' && call.arguments[0]!.valueRange.start === call.argumentsRange.start;
  const work = lazy ? `list, ${text(call)}` : inner.trim() === '' ? text(call.calleeRange) : generator ? `${text(call.calleeRange)}, (${inner})` : `${text(call.calleeRange)},${/^\s*\n/.test(inner) ? inner : ` ${inner.trimStart()}`}`;
  const offloaded = `await ${asyncio.name}.to_thread(${work})`;
  const replaced = call.awaited ?? call;
  const parenthesised = (call.role === 'object' || call.role === 'callee') && !call.awaited;
  return {
    title: offloadMessages.call({ call: site.steps[0]!.name }),
    safe: false,
    edits: [...asyncio.edits, { range: { start: replaced.start, end: replaced.end }, text: parenthesised ? `(${offloaded})` : offloaded }],
  };
}

function offloadRead(site: BlockingSite, file: Facts): Fix | undefined {
  const read = file.reads.find((one) => one.nameRange.start === site.range.start);
  if (!read || !mayAwait(file, read.scope)) return undefined;
  const before = /(?:[\p{L}_][\p{L}\p{N}_]*\s*\.\s*)+$/u.exec(file.text.slice(Math.max(0, site.range.start - 200), site.range.start));
  if (!before) return undefined;
  const range = { start: site.range.start - before[0].length, end: site.range.end };
  const asyncio = importEdit(file, 'asyncio', undefined, range.start);
  return {
    title: offloadMessages.call({ call: site.steps[0]!.name }),
    safe: false,
    edits: [...asyncio.edits, { range, text: `(await ${asyncio.name}.to_thread(lambda: ${file.text.slice(range.start, range.end)}))` }],
  };
}

/** `await` may stand in an async function and in its comprehensions, but not in a generator expression, lambda or class body. */
export function mayAwait(file: Facts, scope: number): boolean {
  for (let at = scope; at > 0; at = file.scopes[at]!.parent) {
    const { kind, start, end } = file.scopes[at]!;
    if (kind === 'function') return file.scopes[at]!.function!.async;
    if (kind !== 'comprehension') return false;
    if (file.text[start] === '(' || !'[{'.includes(file.text[start]!) || !']}'.includes(file.text[end - 1]!)) return false;
  }
  return false;
}

// ── a whole block ──

/** The outermost `with` around the site, in its function, that opens something blocking. */
function enclosingWith(site: BlockingSite, file: Facts, workspace: Workspace): With | undefined {
  const at = site.range.start;
  const function_ = functionAt(file, at);
  const opening = workspace.blockingSites(file).filter((other) => other.kind === 'enter' || (other.kind === 'call' && other.call?.role === 'with'));
  return file.withs
    .filter((one) => !one.async && one.start <= at && at < one.end && functionAt(file, one.start) === function_)
    .filter((one) => one.items.some((item) => opening.some((other) => item.range.start <= other.range.start && other.range.start < item.range.end)))
    .sort((a, b) => a.start - b.start)[0];
}

function functionAt(file: Facts, offset: number): number {
  let found = 0;
  for (const scope of file.scopes) if (scope.kind === 'function' && scope.start <= offset && offset < scope.end) found = scope.index;
  return found;
}

function offloadBlock(file: Facts, block: With): Fix | undefined {
  const scope = file.scopes[functionAt(file, block.start)]!;
  if (!scope.function?.async || !mayAwait(file, scope.index)) return undefined;
  const lineStart = file.text.lastIndexOf('\n', block.start - 1) + 1;
  const indent = file.text.slice(lineStart, block.start);
  if (indent.trim() !== '') return undefined;
  const body = file.text.slice(block.start, block.end);
  if (/\b(await|yield|async|break|continue|nonlocal|global|super\(\))\b/.test(body) || /["']{3}/.test(body)) return undefined;
  const returns = [...body.matchAll(/^[ \t]*return\b/gm)];
  const { leaves } = file.blocks[block.body]!;
  if (returns.length > 1 || (returns.length === 1 && leaves !== 'return')) return undefined;
  const inside = (offset: number): boolean => block.start <= offset && offset < block.end;
  // What the block gives to names of other scopes would stay in the thread's function.
  if (scope.outer?.some((name) => file.scopes.some(({ bindings }) => bindings.get(name)?.some(({ start }) => inside(start))))) return undefined;
  const outputs: string[] = [];
  for (const [name, bindings] of scope.bindings) {
    const within = bindings.filter((binding) => inside(binding.start));
    if (within.length === 0) continue;
    const outside = bindings.filter((binding) => !inside(binding.start) && binding.start < block.start);
    // A name that the block changes would be another, unbound one inside a function.
    if (outside.length > 0 && (within.some((binding) => binding.value.kind === 'augmented') || conditional(file, block, within[0]!.block))) return undefined;
    if (outside.length > 0 && neededInside(file, scope, block, name)) return undefined;
    if (neededOutside(file, scope, block, name)) {
      if (within.every((binding) => conditional(file, block, binding.block))) return undefined;
      outputs.push(name);
    }
  }
  if (returns.length === 1 && outputs.length > 0) outputs.length = 0;
  const newline = lineBreak(file);
  const step = /^([ \t]+)/m.exec(file.text.slice(scope.function.bodyRange.start - 200 < 0 ? 0 : file.text.lastIndexOf('\n', scope.function.bodyRange.start) + 1))?.[1];
  const unit = indent.includes('\t') || step?.includes('\t') ? '\t' : '    ';
  const name = freeName(file, 'in_thread');
  const asyncio = importEdit(file, 'asyncio', undefined, block.start);
  const moved = body.split(/\r?\n/).map((line, index) => (index === 0 ? `${indent}${unit}${line}` : line.trim() === '' ? line : unit + line)).join(newline);
  const result = outputs.length === 0 ? '' : `${newline}${indent}${unit}return ${outputs.join(', ')}`;
  const run = `await ${asyncio.name}.to_thread(${name})`;
  const use = returns.length === 1 ? `return ${run}` : outputs.length === 0 ? run : `${outputs.join(', ')} = ${run}`;
  const edits: Edit[] = [...asyncio.edits, { range: { start: lineStart, end: block.end }, text: `${indent}def ${name}():${newline}${moved}${result}${newline}${indent}${use}` }];
  return { title: offloadMessages.block(), safe: false, edits };
}

/** Whether a binding inside `block` may not happen. */
function conditional(file: Facts, block: With, at: number): boolean {
  for (let index = at; index >= 0 && index !== block.body; index = file.blocks[index]!.parent) {
    const { kind } = file.blocks[index]!;
    if (kind !== 'with' && kind !== 'body' && kind !== 'try') return true;
  }
  return false;
}
