/** Tasks that nobody keeps. */

import type { Call, Facts } from '../facts.ts';
import { isTestOrMigration } from '../findings/aside.ts';
import { keepTaskFixes } from '../fixes/tasks.ts';
import { wordPattern } from '../fixes/source.ts';
import { defineMessages, defineRule } from '../rule.ts';
import { mentioning } from '../workspace/mentions.ts';
import { callsNamed } from '../workspace/named-calls.ts';
import type { Workspace } from '../workspace/workspace.ts';

const messages = defineMessages('dropped-task', {
  found: 'Nothing keeps the task that `{call}` starts: it may be garbage-collected before it ends, and its exception is lost; keep it in a collection until it is done',
});

export default defineRule({
  id: 'dropped-task',
  summary: 'A task is started and nothing keeps it: asyncio holds it only weakly, so it may vanish before it ends, and its exception with it.',
  level: 'warning',
  fix: 'unsafe', // What is kept lives until it is done.
  ruff: ['RUF006'],
  messages: messages.texts,

  concerns: (file) => speaksOfTasks(file) && !isTestOrMigration(file.path),

  *check(file, workspace) {
    const renamed = renamesStarters(file);
    for (const call of startingTasks(file)) {
      // In `__del__` nothing is left that could keep it.
      if (call.scope === 0 || file.scopes[call.scope]!.name === '__del__' || !mayStartTask(call, renamed) || !isDropped(file, call) || !startsTask(file, workspace, call)) continue;
      const { start, end } = call.calleeRange;
      const range = { start: start + file.text.slice(start, end).lastIndexOf('\n') + 1, end };
      range.start += /^[\s.]*/.exec(file.text.slice(range.start, end))![0].length;
      yield { range, message: messages.found({ call: file.text.slice(range.start, end) }), fixes: () => keepTaskFixes(file, call) };
    }
  },
});

const speaksOfTasks = mentioning(/create_task|ensure_future/);
const renamesStarters = mentioning(/\b(create_task|ensure_future) as\b/);
const starters: ReadonlySet<string> = new Set(['create_task', 'ensure_future']);
const startingTasks = callsNamed(starters);

/** By its name; `renamed`: the file imports one of them under another. */
function mayStartTask({ callee }: Call, renamed: boolean): boolean {
  return (callee.kind === 'name' && renamed) || ((callee.kind === 'name' || callee.kind === 'attribute') && starters.has(callee.name));
}

/** A statement of its own, or bound to a name that nobody reads while nothing more is awaited. */
function isDropped(file: Facts, call: Call): boolean {
  if (call.awaited !== undefined) return false;
  if (call.role === 'statement') return true;
  const scope = file.scopes[call.scope]!;
  if (call.role !== 'value' || scope.kind !== 'function') return false;
  for (const [name, bindings] of scope.bindings) {
    const binding = bindings.find(({ value }) => value.kind === 'assigned' && value.item === undefined && value.value.kind === 'call' && value.value.call === call.index);
    if (binding === undefined) continue;
    if (scope.outer?.includes(name)) return false;
    // As long as the function waits, its own frame keeps the task.
    const rest = file.text.slice(call.end, scope.end);
    const mentioned = file.text.slice(scope.start, scope.end).match(wordPattern(name, 'gu'))?.length ?? 0;
    return mentioned === 1 && !/\b(await|yield|async)\b/.test(rest) && !insideLoop(file, call);
  }
  return false;
}

function insideLoop(file: Facts, call: Call): boolean {
  return file.loops.some((loop) => loop.bodyRange.start <= call.start && call.end <= loop.bodyRange.end);
}

function startsTask(file: Facts, workspace: Workspace, call: Call): boolean {
  const { callee } = call;
  const target = workspace.target(file, call);
  if (target !== undefined) return /^asyncio\.((tasks\.)?(create_task|ensure_future)|(\w+\.)*\w*EventLoop\.create_task)$/.test(target.name);
  // A loop that is handed in, such as `self.loop`; a task group keeps what it starts.
  return callee.kind === 'attribute' && callee.name === 'create_task' && (callee.object.kind === 'name' || callee.object.kind === 'attribute') && /^_?(event_?)?loop$/.test(callee.object.name)
    && workspace.types(file, callee.object, call.scope, call.start).every((type) => /^asyncio\.\w*Loop$/.test(type));
}
