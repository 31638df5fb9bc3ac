/** One database session in the hands of several coroutines at once. */

import type { Call, Expression, Facts, Range } from '../facts.ts';
import { lastLine } from '../findings/lines.ts';
import { defineMessages, defineRule } from '../rule.ts';
import { callsNamed } from '../workspace/named-calls.ts';
import { ownerOf } from '../workspace/scopes.ts';
import { isExclusive } from '../workspace/sessions.ts';
import { callsIn } from '../workspace/work.ts';
import type { Workspace } from '../workspace/workspace.ts';

const messages = defineMessages('shared-async-session', {
  shared: '`{session}` is used by several coroutines at once, which it refuses with an error as soon as two of them query together; open a session in each, or await them one after the other',
  use: 'uses `{session}`',
  uses: 'uses `{session}` once for each turn',
});

/** A coroutine that is started, and whether several of its kind are. */
interface Started {
  readonly call: Call;
  readonly many: boolean;
  /** Names that differ from one to the next. */
  readonly own: readonly string[];
}

export default defineRule({
  id: 'shared-async-session',
  summary: 'Several coroutines use one database session at the same time, which it refuses.',
  level: 'error',
  fix: 'none',
  messages: messages.texts,

  concerns: (file) => starting.mayBeIn(file),

  *check(file, workspace) {
    for (const { range, started } of startings(file, workspace)) {
      const uses = new Map<string, { range: Range; many: boolean }[]>();
      for (const one of started) {
        for (const session of sessionsOf(file, workspace, one)) {
          uses.set(session.name, [...(uses.get(session.name) ?? []), { range: session.range, many: one.many }]);
        }
      }
      for (const [session, places] of uses) {
        if (places.length < 2 && !places[0]!.many) continue;
        const notes = places.map(({ range: at, many }) => ({ path: file.path, range: at, message: messages[many ? 'uses' : 'use']({ session }) }));
        yield { range, message: messages.shared({ session }), notes };
      }
    }
  },
});

const starting = callsNamed(['gather', 'create_task', 'ensure_future', 'start_soon']);

/** Places where coroutines begin to run side by side: `gather(…)`, and tasks that a loop or a task group starts. */
function* startings(file: Facts, workspace: Workspace): Iterable<{ readonly range: Range; readonly started: readonly Started[] }> {
  const groups = new Map<string, { range: Range; started: Started[] }>();
  for (const call of starting(file)) {
    const name = call.callee.kind === 'attribute' || call.callee.kind === 'name' ? call.callee.name : '';
    if (name === 'gather' && isFromAsyncio(file, workspace, call)) {
      yield { range: lastLine(file, call.calleeRange), started: call.arguments.flatMap(({ value, star }) => (star === '**' ? [] : coroutines(file, call, value))) };
    } else if ((name === 'create_task' || name === 'ensure_future' || name === 'start_soon') && call.awaited === undefined) {
      const started = call.arguments[0]?.value.kind === 'call' ? file.calls[call.arguments[0].value.call] : undefined;
      if (!started) continue;
      const loop = loopAround(file, call);
      const group = call.callee.kind === 'attribute' ? withOf(file, call, call.callee.object) : undefined;
      if (loop) yield { range: lastLine(file, call.calleeRange), started: [{ call: started, many: true, own: loop }] };
      else if (group !== undefined) {
        const known = groups.get(group);
        if (known) known.started.push({ call: started, many: false, own: [] });
        else groups.set(group, { range: lastLine(file, call.calleeRange), started: [{ call: started, many: false, own: [] }] });
      }
    }
  }
  yield* groups.values();
}

function isFromAsyncio(file: Facts, workspace: Workspace, call: Call): boolean {
  return workspace.target(file, call)?.name === 'asyncio.gather';
}

/** The coroutines that an argument of `gather` stands for. */
function coroutines(file: Facts, gather: Call, value: Expression): readonly Started[] {
  switch (value.kind) {
    case 'call': return [{ call: file.calls[value.call]!, many: false, own: [] }];
    case 'star': return coroutines(file, gather, value.value);
    case 'sequence': return value.items.flatMap((item) => coroutines(file, gather, item));
    case 'comprehension': return value.element.kind === 'call' ? [{ call: file.calls[value.element.call]!, many: true, own: [...file.scopes[value.scope]!.bindings.keys()] }] : [];
    // `tasks = [f(x) for x in xs]`, and what is appended to it.
    case 'name': {
      const owner = file.scopes[ownerOf(file, gather.scope)]!;
      const bindings = (owner.bindings.get(value.name) ?? []).filter(({ start }) => start < gather.start);
      const assigned = bindings.at(-1)?.value;
      const made = assigned?.kind === 'assigned' && assigned.value.kind !== 'name' ? coroutines(file, gather, assigned.value) : [];
      const appended = callsIn(file, owner.index).flatMap((call): Started[] => {
        const [argument] = call.arguments;
        if (call.callee.kind !== 'attribute' || call.callee.name !== 'append' || call.callee.object.kind !== 'name' || call.callee.object.name !== value.name) return [];
        if (argument?.value.kind !== 'call' || call.start > gather.start) return [];
        const loop = loopAround(file, call);
        return [{ call: file.calls[argument.value.call]!, many: loop !== undefined, own: loop ?? [] }];
      });
      return [...made, ...appended];
    }
    default: return [];
  }
}

/** Names bound anew in each turn of the loop around a call, in the same function; undefined outside loops. */
function loopAround(file: Facts, call: Call): readonly string[] | undefined {
  const owner = ownerOf(file, call.scope);
  for (let at = call.block; at >= 0; at = file.blocks[at]!.parent) {
    const block = file.blocks[at]!;
    if (ownerOf(file, block.scope) !== owner) return undefined;
    if (block.loop === undefined) continue;
    const own: string[] = [];
    for (const [name, bindings] of file.scopes[owner]!.bindings) if (bindings.some(({ start }) => block.start <= start && start < block.end)) own.push(name);
    return [...own, ...file.loops[block.loop]!.targets];
  }
  return undefined;
}

/** The `async with` that opened the task group, as a key. */
function withOf(file: Facts, call: Call, object: Expression): string | undefined {
  if (object.kind !== 'name') return undefined;
  const found = file.withs.find((one) => one.async && one.bodyRange.start <= call.start && call.end <= one.bodyRange.end && one.items.some(({ alias }) => alias === object.name));
  return found && `${found.index}`;
}

/** Sessions of the function around that a coroutine works with. */
function sessionsOf(file: Facts, workspace: Workspace, { call, own }: Started): readonly { readonly name: string; readonly range: Range }[] {
  const found: { name: string; range: Range }[] = [];
  const look = (expression: Expression, range: Range): void => {
    const name = written(expression);
    if (name === undefined || own.includes(name.split('.', 1)[0]!) || !isExclusive(file, workspace, expression, call.scope, call.start)) return;
    if (!found.some((one) => one.name === name)) found.push({ name, range });
  };
  if (call.callee.kind === 'attribute') look(call.callee.object, lastLine(file, call.calleeRange));
  if (call.arguments.length > 0 && takesTurns(file, workspace, call)) return found;
  for (const { value, valueRange, star } of call.arguments) if (star === undefined) look(value, lastLine(file, valueRange));
  return found;
}

/** Whether the function that is called lets one after the other in, or cannot be seen. */
function takesTurns(file: Facts, workspace: Workspace, call: Call): boolean {
  const definition = workspace.target(file, call)?.definition;
  const other = definition && workspace.file(definition.path);
  const scope = other?.scopes[definition!.scope];
  return !other || !scope?.function || /lock|semaphore/i.test(other.text.slice(scope.start, scope.end));
}

function written(expression: Expression): string | undefined {
  if (expression.kind === 'name') return expression.name;
  if (expression.kind !== 'attribute') return undefined;
  const object = written(expression.object);
  return object && `${object}.${expression.name}`;
}
