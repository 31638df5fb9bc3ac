/** Letting a bounded number of calls run at a time. */

import type { Call, Facts, Loop } from '../facts.ts';
import { defineMessages, type Fix } from '../rule.ts';
import { freeName, importEdit, lineBreak } from './imports.ts';
import { within } from './names.ts';
import { indentation, indentationStep, logicalLineEnd, mentions } from './source.ts';

export const messages = defineMessages('bound', {
  few: 'Run {limit} at a time, bounded by a semaphore',
});

/** How many calls a bounded rewrite lets run at a time (facts AS-11). */
export const limit = 10;

/** Bounds the calls that a loop starts at once: a semaphore in front of the loop, and a coroutine that enters it. */
export function boundFixes(file: Facts, loop: Loop, call: Call): readonly Fix[] {
  const { text } = file;
  const start = loop.kind === 'comprehension' ? statementStart(file, loop) : loop.start;
  const indent = start === undefined ? undefined : indentation(text, start);
  if (start === undefined || indent === undefined || /^(elif|else|while|except|finally|case|async\s|with|@)\b/.test(text.slice(start, start + 10))) return [];
  const asyncio = importEdit(file, 'asyncio', undefined, loop.start);
  const bound = boundedCall(file, call, ownNames(file, loop), loop.start, indent, indentationStep(file, loop.start), lineBreak(file));
  const edits = [...asyncio.edits, { range: { start, end: start }, text: bound.before(asyncio.name) }, { range: { start: call.start, end: call.end }, text: bound.call }];
  return [{ title: messages.few({ limit: String(limit) }), safe: false, edits }];
}

/** Names that each turn of a loop binds anew: what a coroutine that runs later must be given. */
function ownNames(file: Facts, loop: Loop): readonly string[] {
  const names = new Set<string>();
  for (const other of file.loops) if (other.start === loop.start && other.end === loop.end) for (const target of other.targets) names.add(target);
  if (loop.kind !== 'comprehension') for (const [name, bindings] of file.scopes[loop.scope]!.bindings) if (bindings.some((binding) => within(binding, loop))) names.add(name);
  return [...names];
}

/** A semaphore with a coroutine that makes `call` inside it, and the call of that coroutine. `own`: the names it is given. */
export function boundedCall(file: Facts, call: Call, own: readonly string[], at: number, indent: string, step: string, newline: string): { readonly before: (asyncio: string) => string; readonly call: string } {
  const { text } = file;
  const callee = call.callee;
  const verb = callee.kind === 'name' || callee.kind === 'attribute' ? callee.name.replace(/^_+/, '') : 'call';
  const semaphore = freeName(file, 'semaphore', at);
  const helper = freeName(file, `bounded_${verb}`, at);
  const parameters = own.filter((name) => mentions(text, name, call.start, call.end)).join(', ');
  const inner = indent + step;
  const written = moved(text.slice(call.start, call.end), indentOf(text, call.start), inner + step);
  return {
    before: (asyncio) => [
      `${semaphore} = ${asyncio}.Semaphore(${limit})`, '', `${indent}async def ${helper}(${parameters}):`, `${inner}async with ${semaphore}:`,
      `${inner}${step}return await ${written}`, '', indent,
    ].join(newline),
    call: `${helper}(${parameters})`,
  };
}

/** Where the statement begins that holds a comprehension. */
export function statementStart(file: Facts, loop: Loop): number | undefined {
  if (file.scopes[loop.scope]?.kind !== 'function') return undefined;
  let block = file.blocks[loop.block];
  while (block !== undefined && block.kind === 'conditional') block = file.blocks[block.parent];
  if (block === undefined) return undefined;
  for (let at = block.start; at <= loop.start;) {
    const line = at + (/^(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*/.exec(file.text.slice(at))?.[0].length ?? 0);
    const end = logicalLineEnd(file.text, line);
    if (loop.start < end) return line;
    at = end + 1;
  }
  return undefined;
}

/** Text of several lines at another indentation. Strings over several lines stay as they are. */
export function moved(text: string, from: string, to: string): string {
  if (/"""|'''/.test(text)) return text;
  return text.split('\n').map((line, index) => (index > 0 && line.startsWith(from) ? to + line.slice(from.length) : line)).join('\n');
}

export function indentOf(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', offset - 1) + 1))![0];
}
