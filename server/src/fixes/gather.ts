/** Rewriting a loop of independent awaits so that they wait at the same time. */

import type { Block, Facts, Loop, Range } from '../facts.ts';
import { defineMessages, type Edit, type Fix } from '../rule.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { boundedCall, indentOf, limit, moved, statementStart } from './bound.ts';
import { freeName, importEdit, lineBreak } from './imports.ts';
import { comments, indentation, indentationStep, mentions, wordPattern } from './source.ts';
import type { IndependentAwait } from './turns.ts';

export const messages = defineMessages('gather', {
  gather: 'Run all at once with `asyncio.gather`',
  bounded: 'Run {limit} at a time with `asyncio.gather` and a semaphore',
  group: 'Run all at once in an `asyncio.TaskGroup`',
});

const widest = 88;

/** What a loop does with the value of its await. */
type Use =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'append' | 'extend' | 'add'; readonly target: string }
  | { readonly kind: 'item'; readonly target: string; readonly key: string };

interface Shape {
  readonly use: Use;
  /** Condition of an `if` around the await. */
  readonly condition?: string;
}

/** Rewrites of `loop`, preferred first; none where its shape is not one of those that keep their meaning. */
export function gatherFixes(file: Facts, workspace: Workspace, loop: Loop, found: IndependentAwait): readonly Fix[] {
  if (!found.rewritable || found.call.awaited === undefined || loop.targetRange === undefined || loop.iterableRange === undefined) return [];
  if (!/^[\p{L}\p{N}_\s,()]+$/u.test(file.text.slice(loop.targetRange.start, loop.targetRange.end))) return [];
  const rewrites = loop.kind === 'comprehension' ? comprehensionRewrites(file, loop, found) : statementRewrites(file, workspace, loop, found);
  const asyncio = importEdit(file, 'asyncio', undefined, loop.start);
  const fixes = rewrites.map(({ title, edits }): Fix => ({ title, safe: false, edits: [...asyncio.edits, ...edits(asyncio.name)] }));
  // Without a bound, an outside service sees every request at once: that is another fault (unbounded-gather).
  return found.external ? fixes.filter((fix) => fix.title.key !== 'gather.gather') : fixes;
}

interface Rewrite {
  readonly title: Fix['title'];
  /** `asyncio`: how the file names the module. */
  readonly edits: (asyncio: string) => readonly Edit[];
}

// ── `for` statements ──

function statementRewrites(file: Facts, workspace: Workspace, loop: Loop, found: IndependentAwait): Rewrite[] {
  const { text } = file;
  const indent = indentation(text, loop.start);
  const shape = shapeOf(file, loop, found.range);
  if (indent === undefined || shape === undefined || outlives(file, loop)) return [];
  const newline = lineBreak(file);
  const step = indentationStep(file, loop.start);
  const clause = clauseOf(file, loop, shape.condition);
  const call = text.slice(found.call.start, found.call.end);
  const { use } = shape;
  const keys = use.kind === 'item' ? keysOf(file, loop, use.key, clause) : '';
  if (keys === undefined) return [];
  const empty = use.kind === 'append' ? emptyList(text, loop.start, indent, use.target) : undefined;
  const range: Range = { start: empty?.start ?? loop.start, end: loop.end };
  const notes = outsideComments(text, loop, [{ start: found.call.start, end: found.call.end }, loop.iterableRange!]).map((note) => note + newline + indent).join('');
  const replaced = (statement: string): readonly Edit[] => [{ range, text: notes + statement }];

  /** The statement that puts the values where the loop put them. */
  const statement = (gathered: (prefix: string, suffix: string) => string): string => {
    switch (use.kind) {
      case 'nothing': return gathered('', '');
      case 'append': return empty !== undefined ? gathered(empty.head, '') : gathered(`${use.target}.extend(`, ')');
      case 'add': return gathered(`${use.target}.update(`, ')');
      case 'extend': {
        const value = freeName(file, 'values', loop.start);
        return `${gathered(`for ${value} in `, ':')}${newline}${indent}${step}${use.target}.extend(${value})`;
      }
      case 'item': {
        const values = freeName(file, 'values', loop.start);
        return `${gathered(`${values} = `, '')}${newline}${indent}${use.target}.update(zip(${keys}, ${values}))`;
      }
    }
  };
  const gather = (asyncio: string, each: string) => statement((prefix, suffix) => gathered(prefix, suffix, asyncio, each, clause, { indent, step, newline, from: indentOf(text, found.call.start) }));

  const rewrites: Rewrite[] = [{ title: messages.gather(), edits: (asyncio) => replaced(gather(asyncio, call)) }];
  const helper = boundedHelper(file, loop, found, indent, step, newline);
  rewrites.push({ title: messages.bounded({ limit: String(limit) }), edits: (asyncio) => replaced(helper.before(asyncio) + gather(asyncio, helper.call)) });
  if (shape.condition === undefined && (use.kind === 'nothing' || use.kind === 'append') && hasTaskGroup(file, workspace)) {
    rewrites.push({ title: messages.group(), edits: (asyncio) => replaced(taskGroup(file, asyncio, call, clause, use, empty?.head, loop, { indent, step, newline })) });
  }
  return rewrites;
}

/** What the body does, if it does nothing but await one call and keep its value. */
function shapeOf(file: Facts, loop: Loop, awaited: Range): Shape | undefined {
  const { text } = file;
  let body: Range = loop.bodyRange;
  let condition: string | undefined;
  if (loop.flow?.contains.some((kind) => kind !== 'if')) return undefined;
  if (loop.flow?.contains.includes('if')) {
    const inner = file.blocks.filter((block: Block) => block.parent === loop.body && block.kind !== 'conditional' && block.scope === file.blocks[loop.body]!.scope);
    const only = inner[0];
    const statement = loop.flow.statements[0];
    if (inner.length !== 1 || only?.kind !== 'if' || loop.flow.statements.length !== 1 || statement === undefined || awaited.start < only.start) return undefined;
    condition = /^if\b([^#]*):\s*$/s.exec(text.slice(statement.start, only.start))?.[1]?.trim();
    if (condition === undefined || condition.includes(':=')) return undefined;
    if (/\b(else|lambda)\b/.test(condition)) condition = `(${condition})`;
    body = only;
  }
  const before = withoutComments(text, { start: body.start, end: awaited.start }).trim();
  const after = withoutComments(text, { start: awaited.end, end: body.end }).trim();
  const use = useOf(before, after);
  return use && { use, ...(condition === undefined ? {} : { condition }) };
}

function useOf(before: string, after: string): Use | undefined {
  const name = String.raw`[\p{L}_][\p{L}\p{N}_.]*`;
  if (before === '' && after === '') return { kind: 'nothing' };
  let match = new RegExp(String.raw`^(${name})\.(append|extend|add)\($`, 'u').exec(before);
  if (match !== null && /^,?\s*\)$/.test(after)) return { kind: match[2] as 'append', target: match[1]! };
  match = new RegExp(String.raw`^(${name})\[([^\n]+)\]\s*=$`, 'u').exec(before);
  if (match !== null && after === '') return { kind: 'item', target: match[1]!, key: match[2]! };
  const value = /^([\p{L}_][\p{L}\p{N}_]*)\s*(?::[^=\n]+)?=$/u.exec(before)?.[1];
  if (value === undefined) return undefined;
  match = new RegExp(String.raw`^(${name})\.(append|extend|add)\(\s*${value}\s*\)$`, 'u').exec(after);
  if (match !== null) return { kind: match[2] as 'append', target: match[1]! };
  match = new RegExp(String.raw`^(${name})\[([^\n]+)\]\s*=\s*${value}$`, 'u').exec(after);
  return match === null || mentions(match[2]!, value) ? undefined : { kind: 'item', target: match[1]!, key: match[2]! };
}

/** Whether code behind the loop still reads a name that the loop leaves bound. */
function outlives(file: Facts, loop: Loop): boolean {
  const end = file.scopes.findLast((scope) => scope.kind === 'function' && scope.start <= loop.start && loop.end <= scope.end)?.end ?? file.text.length;
  const left = new Set([...loop.targets, ...(loop.flow?.writes ?? []).filter((write) => write.path.length === 0).map((write) => write.name)]);
  return [...left].some((name) => {
    for (const match of file.text.slice(loop.end, end).matchAll(wordPattern(name, 'gu'))) {
      const at = loop.end + match.index;
      const scope = file.scopes.findLast((candidate) => candidate.start <= at && at < candidate.end);
      if (scope !== undefined && scope.start >= loop.end && scope.bindings.has(name)) continue;
      const line = file.text.slice(file.text.lastIndexOf('\n', at) + 1, at);
      if (/#/.test(line)) continue;
      // Bound anew before it is read.
      return !(/^\s*(async\s+)?for\b[^:]*$/.test(line) || (/^\s*$/.test(line) && /^\s*(:[^=\n]+)?=[^=]/.test(file.text.slice(at + name.length))) || /^[\w"'{}[\]:.]*\s*=\s*$/.test(file.text.slice(at + name.length, at + name.length + 3)));
    }
    return false;
  });
}

/** `results = []` on the line above: the statement's start, and its text up to the empty list. */
function emptyList(text: string, loop: number, indent: string, target: string): { start: number; head: string } | undefined {
  const match = /(?:^|\n)([ \t]*)([\p{L}\p{N}_.]+)((?:\s*:[^=\n]+)?\s*=\s*)(?:\[\]|list\(\))[ \t]*(?:\r?\n[ \t]*)+$/u.exec(text.slice(0, loop));
  if (match === null || match[1] !== indent || match[2] !== target) return undefined;
  return { start: match.index + match[0].indexOf(match[1] + match[2]) + indent.length, head: match[2] + match[3]! };
}

/** The keys of `target[key] = …` in the loop's order; undefined where what is walked may be there only once. */
function keysOf(file: Facts, loop: Loop, key: string, clause: string): string | undefined {
  const { iterable } = loop;
  const walked = file.text.slice(loop.iterableRange!.start, loop.iterableRange!.end);
  const all = !/\sif\s/.test(clause) && key === loop.targets[0];
  if (iterable?.kind === 'name' || iterable?.kind === 'attribute') return all && loop.targets.length === 1 ? walked : `(${key}${clause})`;
  if (iterable?.kind === 'sequence') return `(${key}${clause})`;
  if (iterable?.kind !== 'call') return undefined;
  const call = file.calls[iterable.call]!;
  const view = call.callee.kind === 'attribute' && call.arguments.length === 0 ? call.callee : undefined;
  if (view === undefined || !/^(items|keys|values)$/.test(view.name) || (view.object.kind !== 'name' && view.object.kind !== 'attribute')) return /^(sorted|list|tuple|range|enumerate|zip)$/.test(call.callee.kind === 'name' ? call.callee.name : '') ? `(${key}${clause})` : undefined;
  const mapping = walked.replace(/\s*\.\s*\w+\(\s*\)$/, '');
  return all && view.name !== 'values' ? mapping : `(${key}${clause})`;
}

// ── Comprehensions ──

function comprehensionRewrites(file: Facts, loop: Loop, found: IndependentAwait): Rewrite[] {
  const { text } = file;
  const bracket = text[loop.start];
  if (file.loops.filter((other) => other.start === loop.start && other.end === loop.end).length !== 1) return [];
  const element = text.slice(loop.bodyRange.start, found.range.start);
  const key = bracket === '{' ? /^([^:\n]+):\s*$/.exec(element)?.[1]?.trim() : undefined;
  if (found.range.end !== loop.bodyRange.end || (element !== '' && key === undefined)) return [];
  const before = text.slice(loop.start + 1, loop.bodyRange.start);
  const after = text.slice(loop.bodyRange.end, loop.end - 1);
  const keys = key === undefined ? undefined : keysOf(file, loop, key, after);
  if (key !== undefined && keys === undefined) return [];
  const open = key === undefined ? (bracket === '[' ? '' : 'set(') : `dict(zip(${keys}, `;
  const close = key === undefined ? (bracket === '[' ? '' : ')') : '))';
  const chained = open === '' && /^\s*[.[(]/.test(text.slice(loop.end, loop.end + 20));
  const value = (asyncio: string, call: string) => {
    const gathered = `${open}await ${asyncio}.gather(*(${before}${call}${after}))${close}`;
    return chained ? `(${gathered})` : gathered;
  };
  const edit = (asyncio: string, call: string): Edit => ({ range: { start: loop.start, end: loop.end }, text: value(asyncio, call) });
  const rewrites: Rewrite[] = [{ title: messages.gather(), edits: (asyncio) => [edit(asyncio, text.slice(found.call.start, found.call.end))] }];
  const start = statementStart(file, loop);
  const indent = start === undefined ? undefined : indentation(text, start);
  if (start !== undefined && indent !== undefined && !/^(elif|else|while|except|finally|case|async\s|with|@)\b/.test(text.slice(start))) {
    const helper = boundedHelper(file, loop, found, indent, indentationStep(file, loop.start), lineBreak(file));
    rewrites.push({ title: messages.bounded({ limit: String(limit) }), edits: (asyncio) => [{ range: { start, end: start }, text: helper.before(asyncio) }, edit(asyncio, helper.call)] });
  }
  return rewrites;
}

// ── Pieces ──

interface Layout {
  readonly indent: string;
  readonly step: string;
  readonly newline: string;
  /** Indentation of the line on which the call stands now. */
  readonly from?: string;
}

function gathered(prefix: string, suffix: string, asyncio: string, call: string, clause: string, layout: Layout): string {
  const { indent, step, newline } = layout;
  const line = `${prefix}await ${asyncio}.gather(*(${call}${clause}))${suffix}`;
  if (!line.includes('\n') && indent.length + line.length <= widest) return line;
  const inner = indent + step;
  const item = inner + step;
  return `${prefix}await ${asyncio}.gather(${newline}${inner}*(${newline}${item}${moved(call, layout.from ?? indent, item)}${newline}${item}${clause.trimStart()}${newline}${inner})${newline}${indent})${suffix}`;
}

function boundedHelper(file: Facts, loop: Loop, found: IndependentAwait, indent: string, step: string, newline: string) {
  return boundedCall(file, found.call, [...new Set(loop.targets)], loop.start, indent, step, newline);
}

function taskGroup(file: Facts, asyncio: string, call: string, clause: string, use: Use, head: string | undefined, loop: Loop, { indent, step, newline }: Layout): string {
  const group = freeName(file, 'group', loop.start);
  const open = `async with ${asyncio}.TaskGroup() as ${group}:${newline}${indent}${step}`;
  if (use.kind !== 'append') return `${open}${clause.trimStart()}:${newline}${indent}${step}${step}${group}.create_task(${call})`;
  const [task, tasks] = [freeName(file, 'task', loop.start), freeName(file, 'tasks', loop.start)];
  const results = `[${task}.result() for ${task} in ${tasks}]`;
  return `${open}${tasks} = [${group}.create_task(${call})${clause}]${newline}${indent}${head === undefined ? `${use.target}.extend(${results})` : head + results}`;
}

/** ` for x in xs if condition`, as it stands in a generator expression. */
function clauseOf(file: Facts, loop: Loop, condition: string | undefined): string {
  const target = file.text.slice(loop.targetRange!.start, loop.targetRange!.end);
  const iterable = file.text.slice(loop.iterableRange!.start, loop.iterableRange!.end);
  const kind = loop.iterable?.kind;
  const plain = kind === 'name' || kind === 'attribute' || kind === 'call' || kind === 'subscript' || iterable.startsWith('[') || iterable.startsWith('(');
  return ` for ${target} in ${plain ? iterable : `(${iterable})`}${condition === undefined ? '' : ` if ${condition}`}`;
}

/** Comments of a loop that stand in no range that is kept. */
function outsideComments(text: string, loop: Loop, kept: readonly Range[]): readonly string[] {
  return comments(text, loop).filter((comment) => !kept.some((range) => range.start <= comment.start && comment.end <= range.end)).map(({ start, end }) => text.slice(start, end));
}

function withoutComments(text: string, range: Range): string {
  let result = text.slice(range.start, range.end);
  for (const comment of comments(text, range).toReversed()) result = result.slice(0, comment.start - range.start) + result.slice(comment.end - range.start);
  return result;
}

/** Whether the project says that it runs on Python 3.11 or later (facts AS-01). */
function hasTaskGroup(file: Facts, workspace: Workspace): boolean {
  const folders = file.path.split('/').slice(0, -1);
  for (let depth = folders.length; depth >= 0; depth--) {
    const project = workspace.file([...folders.slice(0, depth), 'pyproject.toml'].join('/'));
    const minor = project && /^\s*(?:requires-python|python)\s*=\s*["'][\^~>=\s]*3\.(\d+)/m.exec(project.text)?.[1];
    if (minor !== undefined) return Number(minor) >= 11;
  }
  return false;
}
