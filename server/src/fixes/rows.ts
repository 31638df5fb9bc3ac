/** Awaits that stand one below the other and do not need each other. */

import type { Call, Facts } from '../facts.ts';
import { defineMessages, type Fix } from '../rule.ts';
import { outsideOf } from '../workspace/outside.ts';
import { ownerOf } from '../workspace/scopes.ts';
import { fromSections, sectionAt } from '../workspace/sections.ts';
import type { Target, Workspace } from '../workspace/workspace.ts';
import { importEdit, lineBreak } from './imports.ts';
import { lastName, namesOf, within } from './names.ts';
import { isLockName, isPacing, natureOf } from './resources.ts';
import { Sharing } from './sharing.ts';
import { comments, indentation, indentationStep, mentions, wordPattern } from './source.ts';

export const messages = defineMessages('row', {
  gather: 'Run them at once with `asyncio.gather`',
});

/** `name = await call(…)` on lines of its own. */
interface Assigned {
  readonly call: Call;
  readonly name: string;
  /** Where the line's code begins, and where the `await` ends. */
  readonly start: number;
  readonly end: number;
  readonly annotated: boolean;
}

/** Awaits in a row, two or more, that could all wait at the same time. */
export interface Row {
  readonly first: Call;
  /** The first that waits without need. */
  readonly second: Call;
  readonly fixes: () => readonly Fix[];
}

const nothing: ReadonlySet<string> = new Set();
const widest = 88;

/** Rows of independent awaits of a file, in order. */
export function* independentRows(file: Facts, workspace: Workspace): Iterable<Row> {
  for (const run of runsOf(file)) {
    for (let from = 0; from < run.length - 1;) {
      const row = [run[from]!];
      while (from + row.length < run.length && stands(file, workspace, row, run[from + row.length]!)) row.push(run[from + row.length]!);
      if (row.length > 1) yield { first: row[0]!.call, second: row[1]!.call, fixes: () => gatherRow(file, row) };
      from += row.length;
    }
  }
}

const runs = fromSections(({ calls }, file) => {
  const found = runsIn(file, calls).map((run) => run.map(({ call }) => call));
  return found.length > 0 ? found : undefined;
});

/** Assignments of an awaited call that follow one another with nothing but comments between them. */
function* runsOf(file: Facts): Iterable<readonly Assigned[]> {
  for (const { answer } of runs(file)) for (const run of answer) yield run.map((call) => assignedOf(file, call)!);
}

/** Those of a file, or of one section of it. Only functions can wait. */
function runsIn(file: Facts, calls: readonly Call[]): readonly (readonly Assigned[])[] {
  const found: Assigned[][] = [];
  const awaited = calls.filter((call) => call.awaited !== undefined && call.role === 'value' && ownerOf(file, call.scope) > 0)
    .sort((one, other) => one.start - other.start);
  const inBlock = new Map<number, number>();
  for (const { block } of awaited) inBlock.set(block, (inBlock.get(block) ?? 0) + 1);
  let last: Assigned | undefined;
  for (const call of awaited) {
    if (inBlock.get(call.block) === 1) continue;
    const assigned = assignedOf(file, call);
    if (assigned === undefined) continue;
    if (last !== undefined && last.call.block === call.block && /^(?:[ \t]*(?:#[^\n]*)?(?:\r?\n|$))+[ \t]*$/.test(file.text.slice(last.end, assigned.start))) found.at(-1)!.push(assigned);
    else found.push([assigned]);
    last = assigned;
  }
  return found.filter((run) => run.length > 1);
}

function assignedOf({ text }: Facts, call: Call): Assigned | undefined {
  const { start, end } = call.awaited!;
  const line = text.lastIndexOf('\n', start) + 1;
  const match = /^[ \t]*([\p{L}_][\p{L}\p{N}_]*)(\s*:[^=\n]+)?\s*=\s*$/u.exec(text.slice(line, start));
  if (match === null || !/^[ \t]*(#|\r?\n|$)/.test(text.slice(end, end + 200))) return undefined;
  return { call, name: match[1]!, start: line + /^[ \t]*/.exec(text.slice(line))![0].length, end, annotated: match[2] !== undefined };
}

/** Whether `next` could have started together with all of `row`. */
function stands(file: Facts, workspace: Workspace, row: readonly Assigned[], next: Assigned): boolean {
  const written = file.text.slice(next.call.start, next.call.end);
  for (const one of row) {
    if (one.name === next.name || mentions(written, one.name) || mentions(file.text, next.name, one.call.start, one.call.end)) return false;
    // The same question again: an answer that changes, or a stream.
    if (file.text.slice(one.call.start, one.call.end) === written) return false;
    if (startsFrom(file, one.call) === startsFrom(file, next.call) && natureOf(next.call.callee) === 'unknown') return false;
  }
  if (row.length === 1 && !isRead(file, workspace, row[0]!.call)) return false;
  return isRead(file, workspace, next.call);
}

function startsFrom(file: Facts, call: Call): string {
  return file.text.slice(call.calleeRange.start, call.calleeRange.end);
}

/** Whether a call reads something from outside, shares nothing with others of its kind, and leaves nothing changed behind. */
function isRead(file: Facts, workspace: Workspace, call: Call): boolean {
  const name = lastName(call.callee);
  if (name === undefined || isPacing(name) || /^(wait_for|shield|to_thread|run_in_executor|run_in_threadpool|run_sync)$/.test(name)) return false;
  const nature = natureOf(call.callee);
  if (nature !== 'read' && nature !== 'unknown') return false;
  const { calls } = sectionAt(file, call.start) ?? file;
  if (calls.some((inner) => inner !== call && within(inner, call) && inner.awaited !== undefined)) return false;
  if (isInsideLock(file, call)) return false;
  const target = workspace.target(file, call);
  if (target === undefined ? !isGiven(file, call) : outsideOf(file, workspace, call) !== 'http') return false;
  const sharing = new Sharing(file, workspace, nothing);
  return !sharing.isShared(call) && sharing.allows(call) && (target === undefined || !leavesTraces(workspace, target, 0));
}

/** A function that the caller has handed in: `f` of `async def both(f, g)`. */
function isGiven(file: Facts, call: Call): boolean {
  if (call.callee.kind !== 'name') return false;
  const bound = file.scopes[call.scope]?.bindings.get(call.callee.name);
  return bound !== undefined && bound.length === 1 && bound[0]!.value.kind === 'parameter';
}

/** Whether a method sets attributes of its object, or a function globals: the next call may read them. */
function leavesTraces(workspace: Workspace, target: Target, depth: number): boolean {
  const { definition } = target;
  const file = definition && workspace.file(definition.path);
  const scope = definition && file?.scopes[definition.scope];
  if (file === undefined || scope?.function === undefined || depth > 2) return false;
  if (scope.outer !== undefined && scope.outer.length > 0) return true;
  const owner = file.scopes[scope.parent];
  if (owner?.class && [...owner.class.attributes.values()].some((bindings) => bindings.some((binding) => binding.scope === scope.index))) return scope.name !== '__init__';
  return file.calls.some((inner) => {
    if (inner.scope !== scope.index || inner.callee.kind !== 'attribute' || inner.callee.object.kind !== 'name' || inner.callee.object.name !== 'self') return false;
    const below = workspace.target(file, inner);
    return below !== undefined && leavesTraces(workspace, below, depth + 1);
  });
}

function isInsideLock(file: Facts, call: Call): boolean {
  return file.withs.some((item) => within(call, item.bodyRange) && item.items.some(({ value }) => {
    const callee = value.kind === 'call' ? file.calls[value.call]!.callee : value;
    return namesOf(callee).some((name) => isLockName(name));
  }));
}

/** `a, b = await asyncio.gather(f(), g())`. */
function gatherRow(file: Facts, row: readonly Assigned[]): readonly Fix[] {
  const { text } = file;
  const first = row[0]!;
  const indent = indentation(text, first.start);
  if (indent === undefined || row.some((one) => one.annotated) || row.some((one) => isOuter(file, one))) return [];
  const asyncio = importEdit(file, 'asyncio', undefined, first.start);
  const newline = lineBreak(file);
  const calls = row.map(({ call }) => text.slice(call.start, call.end));
  const range = { start: first.start, end: row.at(-1)!.end };
  const between = comments(text, range).filter((comment) => !row.some(({ call }) => within(comment, call))).map(({ start, end }) => text.slice(start, end) + newline + indent).join('');
  const head = `${row.map(({ name }) => name).join(', ')} = await ${asyncio.name}.gather(`;
  const line = `${head}${calls.join(', ')})`;
  const item = newline + indent + indentationStep(file, first.start);
  const statement = indent.length + line.length <= widest && !line.includes('\n') ? line : `${head}${row.map((one, index) => item + deeper(file, one, calls[index]!, indent, item) + ',').join('')}${newline}${indent})`;
  return [{ title: messages.gather(), safe: false, edits: [...asyncio.edits, { range, text: between + statement }] }];
}

/** A call of several lines, one step deeper; strings over several lines stay as they are. */
function deeper(file: Facts, { call }: Assigned, written: string, indent: string, item: string): string {
  if (/"""|'''/.test(written) || !file.text.slice(call.start, call.end).includes('\n')) return written;
  const step = item.replace(/^\r?\n/, '').slice(indent.length);
  return written.split('\n').map((line, index) => (index > 0 && line.trim() !== '' ? step + line : line)).join('\n');
}

/** A name that other functions see: it would be bound later than today. */
function isOuter(file: Facts, { call, name }: Assigned): boolean {
  const scope = file.scopes[call.scope]!;
  return scope.kind !== 'function' || scope.outer?.includes(name) === true || file.scopes.some((inner) => inner.index !== scope.index && within(inner, scope) && wordPattern(name).test(file.text.slice(inner.start, Math.min(inner.end, call.start))));
}
