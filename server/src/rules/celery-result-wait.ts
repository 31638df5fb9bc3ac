/** Waiting for the result of a Celery task where others wait behind. */

import type { Argument, Call, Facts } from '../facts.ts';
import { isTest } from '../findings/aside.ts';
import { lastLine } from '../findings/lines.ts';
import { logicalLineEnd } from '../fixes/source.ts';
import { defineMessages, defineRule, type Finding, type Message } from '../rule.ts';
import { greenletsOf } from '../workspace/launches.ts';
import { mentioning } from '../workspace/mentions.ts';
import { callsNamed } from '../workspace/named-calls.ts';
import { ownerOf } from '../workspace/scopes.ts';
import type { RequestPath } from '../workspace/requests.ts';
import type { Workspace } from '../workspace/workspace.ts';

const messages = defineMessages('celery-result-wait', {
  task: '`{call}` waits in a task for another one: Celery raises `RuntimeError: Never call result.get() within a task!`. Link them with `chain`, `group` or `chord`',
  green: '`{call}` waits in a task for another one and holds its place in the pool meanwhile: when every place waits, no task is left to answer. Link them with `chain`, `group` or `chord`',
  handler: '`{call}` makes the client wait for the queue, and for ever where no worker runs. Answer with the task’s id and let the client ask again, or give a `timeout`',
  bounded: '`{call}` makes the client wait for the queue: the handler is held for as long as the task takes, up to the timeout. Answer with the task’s id and let the client ask again',
  reached: 'is reached from here',
});

export default defineRule({
  id: 'celery-result-wait',
  summary: 'A request handler or another task waits for the result of a Celery task.',
  level: 'warning',
  fix: 'none',
  messages: messages.texts,

  // Most `.get()` in the world have nothing to do with Celery.
  concerns: (file) => file.language === 'python' && speaksOfTasks(file) && !isTest(file.path),

  *check(file, workspace) {
    for (const call of waiting(file)) {
      if (call.scope === 0 || call.awaited || call.callee.kind !== 'attribute' || !waits.has(call.callee.name) || !waitsForResult(file, call, workspace)) continue;
      const way = workspace.requests.to(file, call.scope);
      // On an event loop, `blocking-wait` speaks of it.
      if (!way || way.occasion === 'message' || isReady(file, call) || isOnLoop(file, call, way, workspace)) continue;
      const finding = way.occasion === 'task' ? inTask(file, call, workspace) : inHandler(file, call);
      if (!finding) continue;
      const notes = way.steps.length === 0 ? [] : [{ path: way.handler.path, range: way.handler.range, message: messages.reached() }];
      yield { range: lastLine(file, call.calleeRange), ...finding, ...(notes.length > 0 ? { notes } : {}) };
    }
  },
});

const speaksOfTasks = mentioning(/celery|\.delay\(|\.apply_async\(|AsyncResult|[Tt]asks?\b/);
const waits: ReadonlySet<string> = new Set(['get', 'wait', 'join', 'join_native', 'get_leaf']);
const waiting = callsNamed(waits);

function waitsForResult(file: Facts, call: Call, workspace: Workspace): boolean {
  return /^celery\.result\.\w+\.(get|wait|join|join_native|get_leaf)$/.test(workspace.target(file, call)?.name ?? '');
}

function isOnLoop(file: Facts, call: Call, { handler }: RequestPath, workspace: Workspace): boolean {
  if (workspace.runsOn(file, call.scope)?.kind === 'thread') return false;
  const home = workspace.file(handler.path);
  return file.scopes[ownerOf(file, call.scope)]!.function?.async === true
    || home?.scopes.some((scope) => scope.function?.async === true && scope.nameRange.start === handler.range.start) === true;
}

/** Whether the code has looked before if there is anything to wait for. */
function isReady(file: Facts, call: Call): boolean {
  const { object } = call.callee as { readonly object: { readonly kind: string } };
  if (object.kind !== 'name' && object.kind !== 'attribute') return false;
  const written = file.text.slice(call.calleeRange.start, call.calleeRange.end);
  const receiver = written.slice(0, written.lastIndexOf('.')).trim();
  // `result.get() if result.ready() else None` asks on the same line.
  const before = file.text.slice(file.scopes[ownerOf(file, call.scope)]!.start, logicalLineEnd(file.text, call.end));
  return new RegExp(`(?<![\\w.])${receiver.replace(/[^\w]/g, '\\$&')}\\s*\\.\\s*(?:ready|successful|failed|state|status)\\b`).test(before);
}

type Said = Pick<Finding, 'message' | 'level'>;

function inTask(file: Facts, call: Call, workspace: Workspace): Said | undefined {
  if (falseArgument(call.arguments.find(({ name }) => name === 'disable_sync_subtasks'))) return undefined;
  const allowed = file.withs.some(({ bodyRange, items }) => bodyRange.start <= call.start && call.end <= bodyRange.end && items.some(({ range }) => /allow_join_result/.test(file.text.slice(range.start, range.end))));
  if (allowed) return undefined;
  const green = workspace.allLaunches().some(({ launch }) => launch.program === 'celery worker' && greenletsOf(launch) !== undefined);
  return { message: (green ? messages.green : messages.task)({ call: shown(file, call) }) };
}

function inHandler(file: Facts, call: Call): Said | undefined {
  const timeout = call.arguments.find(({ name }, index) => name === 'timeout' || (name === undefined && index === 0 && (call.callee as { readonly name: string }).name !== 'join_native'));
  const value = timeout?.value;
  if (value?.kind === 'constant' && value.value === 0) return undefined;
  if (call.arguments.some(({ star }) => star !== undefined)) return undefined;
  const bounded = value !== undefined && !(value.kind === 'constant' && value.value === null);
  const say: (values: { readonly call: string }) => Message = bounded ? messages.bounded : messages.handler;
  return { message: say({ call: shown(file, call) }), ...(bounded ? { level: 'info' as const } : {}) };
}

function falseArgument(argument: Argument | undefined): boolean {
  return argument?.value.kind === 'constant' && argument.value.value === false;
}

function shown(file: Facts, { calleeRange: { start, end } }: Call): string {
  const text = file.text.slice(start, end).replace(/\s+/g, '');
  return text.length <= 50 ? text : `…${text.slice(text.lastIndexOf('.'))}`;
}
