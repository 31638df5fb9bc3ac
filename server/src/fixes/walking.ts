/** Walking what gives its items one after the other in a thread: all at once where that says the same, else step by step. */

import type { Call, Facts, Loop } from '../facts.ts';
import type { Edit } from '../rule.ts';
import { callAround } from '../workspace/work.ts';
import type { BlockingSite, Workspace } from '../workspace/workspace.ts';
import { importEdit } from './imports.ts';

/** They walk to the end what they are given, and need no iterator. */
const toTheEnd: ReadonlySet<string> = new Set(['list', 'tuple', 'set', 'frozenset', 'sorted', 'sum', 'max', 'min', 'dict', 'join', 'extend', 'print']);
/** They end where what they are given does. */
const asFar: ReadonlySet<string> = new Set(['enumerate', 'filter', 'map', 'reversed', 'tqdm']);

/** Whether a call gives items one after the other: making it does nothing yet, what must run in the thread is the walk. */
export function isWalked(site: BlockingSite, call: Call, file: Facts, workspace: Workspace): boolean {
  return site.steps.length === 1 ? site.row.lazy === true : isGenerator(site, call, file, workspace);
}

function isGenerator(site: BlockingSite, call: Call, file: Facts, workspace: Workspace): boolean {
  const definition = workspace.target(file, call)?.definition;
  if (definition) return workspace.file(definition.path)?.scopes[definition.scope]?.function?.generator === true;
  // What a parameter was given: the next step stands in the function that is called.
  const { path, range } = site.steps[1]!;
  const around = workspace.file(path)?.scopes.findLast(({ kind, start, end }) => kind === 'function' && start <= range.start && range.start < end);
  return around?.function!.generator === true;
}

/** Whether a list of all items does the same: who hands items on as they come, takes the first ones or needs an iterator would wait for all, maybe for ever. */
export function mayList(site: BlockingSite, call: Call, file: Facts): boolean {
  const outer = call.role === 'argument' ? callAround(file, call.index) : undefined;
  if (outer) {
    const name = outer.callee.kind === 'name' || outer.callee.kind === 'attribute' ? outer.callee.name : '';
    return toTheEnd.has(name) || (asFar.has(name) && outer.role !== 'value' && mayList(site, outer, file));
  }
  const loop = call.role === 'iterated' ? loopOver(file, call) : undefined;
  // What a folder holds has an end, and is there at once.
  return loop?.kind !== 'for' || (site.steps.length === 1 && site.row.rule === 'blocking-file-io') || (!handsOn(file, loop) && !leavesEarly(file, loop));
}

/** `async for … in iterate_in_threadpool(…)`, of a project that has Starlette: each step runs in a thread. */
export function stepByStep(call: Call, file: Facts): readonly Edit[] | undefined {
  const loop = call.role === 'iterated' ? loopOver(file, call) : undefined;
  if (loop?.kind !== 'for' || !importsStarlette(file) || !file.scopes[loop.scope]!.function?.async) return undefined;
  const { name, edits } = importEdit(file, 'starlette.concurrency', 'iterate_in_threadpool', call.start);
  return [...edits, { range: { start: loop.start, end: loop.start }, text: 'async ' }, { range: { start: call.start, end: call.end }, text: `${name}(${file.text.slice(call.start, call.end)})` }];
}

function loopOver(file: Facts, call: Call): Loop | undefined {
  return file.loops.find(({ iterable }) => iterable?.kind === 'call' && iterable.call === call.index);
}

/** Whether the function around a loop is a generator itself. */
function handsOn(file: Facts, loop: Loop): boolean {
  return file.scopes[loop.scope]!.function?.generator === true;
}

function leavesEarly(file: Facts, { bodyRange }: Loop): boolean {
  return /\b(?:break|return)\b/.test(file.text.slice(bodyRange.start, bodyRange.end));
}

function importsStarlette(file: Facts): boolean {
  for (const { bindings } of file.scopes) for (const some of bindings.values()) for (const { value } of some) if (value.kind === 'import' && /^(?:fastapi|starlette)\b/.test(value.module)) return true;
  return false;
}
