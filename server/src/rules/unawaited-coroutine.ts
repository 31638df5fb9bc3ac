/** Coroutines that are made and thrown away. */

import type { Call, Facts } from '../facts.ts';
import { isTestOrMigration } from '../findings/aside.ts';
import { mayAwait } from '../fixes/offload.ts';
import { defineMessages, defineRule, type Fix } from '../rule.ts';
import { fromSections } from '../workspace/sections.ts';
import type { SectionQuestion, Workspace } from '../workspace/workspace.ts';

const messages = defineMessages('unawaited-coroutine', {
  found: '`{call}` is an `async def`: the call only makes a coroutine, which nothing runs; await it',
  sync: '`{call}` is an `async def`: the call only makes a coroutine, which nothing runs, and this function cannot await it; make the function `async`, or hand the coroutine to the event loop',
  fix: 'Await it',
});

export default defineRule({
  id: 'unawaited-coroutine',
  summary: 'A coroutine function is called and its coroutine dropped: nothing of it ever runs.',
  level: 'warning',
  fix: 'unsafe', // Code that never ran runs.
  messages: messages.texts,

  concerns: (file) => file.language === 'python' && !isTestOrMigration(file.path),

  *check(file, workspace) {
    let replaced: ReadonlySet<string> | undefined;
    for (const call of workspace.bySection(file, dropped)) {
      if (call.callee.kind !== 'name' && (call.callee.kind !== 'attribute' || (replaced ??= replacedIn(file)).has(call.callee.name))) continue;
      const { start, end } = call.calleeRange;
      const range = { start: end - call.callee.name.length, end };
      const values = { call: file.text.slice(start, end).replace(/\s+/g, '') };
      if (!mayAwait(file, call.scope)) {
        yield { range, message: messages.sync(values) };
        continue;
      }
      const fix: Fix = { title: messages.fix(), safe: false, edits: [{ range: { start: call.start, end: call.start }, text: 'await ' }] };
      yield { range, message: messages.found(values), fixes: () => [fix] };
    }
  },
});

/** Calls that are statements and give a coroutine. */
const dropped: SectionQuestion<Call> = ({ calls }, file, workspace) => calls.filter((call) => call.role === 'statement' && call.awaited === undefined && (call.callee.kind === 'name' || call.callee.kind === 'attribute') && meansCoroutine(file, workspace, call));

/** Whether all that a call can mean is one `async def`. */
function meansCoroutine(file: Facts, workspace: Workspace, call: Call): boolean {
  if (call.callee.kind === 'name' && !isBoundOnce(file, call.callee.name, call.scope)) return false;
  const definition = workspace.mayRun(file, call, true) ? workspace.target(file, call)?.definition : undefined;
  const inside = definition && workspace.file(definition.path);
  const scope = definition && inside?.scopes[definition.scope];
  if (inside === undefined || scope?.function?.async !== true || scope.function.generator) return false;
  // A decorator may make anything of it: a task, a command, a function that runs it.
  if (!scope.function.decorators.every(({ value }) => value.kind === 'name' && /^(staticmethod|classmethod|abstractmethod|override|final)$/.test(value.name))) return false;
  if (inside.scopes[scope.parent]!.bindings.get(scope.name)?.length !== 1) return false;
  return call.callee.kind === 'name' || !isAmbiguous(file, workspace, call);
}

/** Whether a name stands for one thing only, and for no built-in. What a call gave may be one of several. */
function isBoundOnce(file: Facts, name: string, scope: number): boolean {
  for (let at = file.scopes[scope]; at !== undefined; at = file.scopes[at.parent]) {
    const bound = at.bindings.get(name);
    if (bound !== undefined) return bound.length === 1 && !(bound[0]!.value.kind === 'assigned' && bound[0]!.value.value.kind === 'call');
  }
  return false;
}

/** Whether the object whose method is called may be something else too. */
function isAmbiguous(file: Facts, workspace: Workspace, { callee, scope, start }: Call): boolean {
  if (callee.kind !== 'attribute') return true;
  return workspace.types(file, callee.object, scope, start).length > 1;
}

/** Names of methods that somebody assigns to, in whatever object. */
function replacedIn(file: Facts): ReadonlySet<string> {
  return new Set(replacing(file).flatMap(({ answer }) => answer));
}

const replacing = fromSections((part, { text }) => {
  // Names cut out of the text of the file would keep all of it in memory.
  const found = [...('start' in part ? `\n${text.slice(part.start, part.end)}` : text).matchAll(/\.([\p{L}_][\p{L}\p{N}_]*)\s*=[^=]/gu)].map(([, name]) => name!);
  return found.length > 0 ? found : undefined;
});
