/** Loops that ask again and again for what could tell them. */

import type { Call, Expression, Facts, Loop, Scope, Test } from '../facts.ts';
import { lastName, rootName, within } from '../fixes/names.ts';
import { isTestOrMigration } from '../findings/aside.ts';
import { defineMessages, defineRule } from '../rule.ts';
import { mentioningNames } from '../workspace/mentions.ts';
import type { Workspace } from '../workspace/workspace.ts';

const messages = defineMessages('busy-wait', {
  flag: 'This loop wakes again and again to look at `{flag}`, and notices late: await an `asyncio.Event` that is set where `{flag}` changes',
  object: 'This loop wakes again and again to ask `{flag}`, and notices late: {instead}',
  spin: 'This loop looks at `{flag}` without ever awaiting: nothing else runs on the event loop, so nothing can change it; await an `asyncio.Event`',
});

/** What to await in place of asking. */
const instead: Readonly<Record<string, string>> = {
  is_set: '`await {name}.wait()`', done: '`await {name}`, or `asyncio.wait` with a timeout', locked: '`async with {name}`', empty: '`await {name}.get()`', full: '`await {name}.put(…)`',
};

export default defineRule({
  id: 'busy-wait',
  summary: 'A loop sleeps and looks at a flag again, although whoever changes the flag could wake it.',
  level: 'info',
  fix: 'none',
  ruff: ['ASYNC110'],
  messages: messages.texts,

  concerns: (file) => hasLoops(file) && !isTestOrMigration(file.path),

  *check(file, workspace) {
    for (const loop of file.loops) {
      if (loop.kind !== 'while' || loop.hasElse || !isCoroutine(file, loop)) continue;
      const body = file.text.slice(loop.bodyRange.start, loop.bodyRange.end).replace(/#.*/g, '').trim();
      if (/^(pass|continue|\.\.\.)$/.test(body)) {
        const flag = loop.test && flagOf(file, workspace, loop, loop.test, false);
        if (flag !== undefined) yield { range: headerOf(file, loop), level: 'warning', message: messages.spin({ flag: flag.name }) };
        continue;
      }
      const sleep = onlySleep(file, workspace, loop);
      if (sleep === undefined) continue;
      const flag = polledFlag(file, workspace, loop);
      if (flag === undefined) continue;
      const { start, end } = sleep.calleeRange;
      const advice = flag.asks === undefined ? undefined : instead[flag.asks]!.replace('{name}', flag.name.replace(/\.\w+\(\)$/, ''));
      yield { range: { start, end }, message: advice === undefined ? messages.flag({ flag: flag.name }) : messages.object({ flag: flag.name, instead: advice }) };
    }
  },
});

const hasLoops = mentioningNames(['while']);

/** What a loop looks at. */
interface Flag {
  readonly name: string;
  /** The method of an asyncio object that it calls. */
  readonly asks?: string;
}

function isCoroutine(file: Facts, loop: Loop): boolean {
  return file.scopes[loop.scope]?.function?.async === true;
}

function headerOf(file: Facts, { headerRange: { start, end } }: Loop): { start: number; end: number } {
  const line = file.text.slice(start, end).split('\n')[0]!;
  return { start, end: start + line.replace(/\s*:?\s*$/, '').length };
}

/** The one await of a loop that otherwise does nothing but count, log, and give up; undefined for a loop that works. */
function onlySleep(file: Facts, workspace: Workspace, loop: Loop): Call | undefined {
  const { flow } = loop;
  if (flow === undefined || flow.awaits.length !== 1 || flow.exits.some(({ kind }) => kind === 'yield') || flow.contains.some((kind) => kind !== 'if')) return undefined;
  let sleep: Call | undefined;
  for (const call of file.calls) {
    if (!within(call, loop.bodyRange)) continue;
    const name = lastName(call.callee);
    if (call.awaited !== undefined) {
      if (name !== 'sleep' || !/^(asyncio|anyio|trio)\./.test(workspace.target(file, call)?.name ?? '')) return undefined;
      sleep = call;
    } else if (name === undefined || !isIdle(call, name) && !file.blocks.some((block) => block.test !== undefined && testCalls(block.test, call))) return undefined;
  }
  // What it writes is how long it has waited.
  return flow.writes.every((write) => write.path.length === 0) ? sleep : undefined;
}

/** Logging, clocks and exceptions do nothing for anybody else. */
function isIdle(call: Call, name: string): boolean {
  const root = rootName(call.callee);
  return root !== undefined && (/^_?(log|logger|logging)$/i.test(root) || /^(print|len|min|max|round|int|float|str)$/.test(root)) || /^(time|monotonic|perf_counter|now|utcnow)$/.test(name) || /^[A-Z]\w*(Error|Exception|Timeout)$/.test(name)
    || /^(debug|info|warning|error)$/.test(name);
}

function testCalls(test: Test, call: Call): boolean {
  switch (test.kind) {
    case 'truthy': return test.value.kind === 'call' && test.value.call === call.index;
    case 'not': return testCalls(test.test, call);
    case 'and': case 'or': return test.tests.some((one) => testCalls(one, call));
    case 'compare': return [test.left, test.right].some((value) => value.kind === 'call' && value.call === call.index);
  }
}

/** The flag of `while not flag`, or of `while True` with `if flag: break`. */
function polledFlag(file: Facts, workspace: Workspace, loop: Loop): Flag | undefined {
  if (loop.test === undefined) return undefined;
  const endless = loop.test.kind === 'truthy' && loop.test.value.kind === 'constant';
  const inner = file.blocks.filter((block) => block.scope === loop.scope && within(block, loop.bodyRange) && (block.kind === 'if' || block.kind === 'else' || block.kind === 'conditional'));
  let found = endless ? undefined : flagOf(file, workspace, loop, loop.test, false);
  if (!endless && found === undefined && !isLimit(file, loop, loop.test)) return undefined;
  for (const block of inner) {
    if (block.kind !== 'if' || block.test === undefined) continue;
    const flag = flagOf(file, workspace, loop, block.test, true);
    if (flag !== undefined && (block.leaves === 'break' || block.leaves === 'return')) found ??= flag;
    else if (flag === undefined && !isLimit(file, loop, block.test)) return undefined;
  }
  return found;
}

/** The flag in a condition that rests on nothing but flags and a limit of time. `ends`: where it holds, the loop ends. */
function flagOf(file: Facts, workspace: Workspace, loop: Loop, test: Test, ends: boolean): Flag | undefined {
  switch (test.kind) {
    case 'not': return flagOf(file, workspace, loop, test.test, !ends);
    case 'truthy': return flagIn(file, workspace, loop, test.value, ends);
    case 'compare': return test.right.kind === 'constant' ? flagIn(file, workspace, loop, test.left, ends) : undefined;
    case 'and': case 'or': {
      const flags = test.tests.map((one) => flagOf(file, workspace, loop, one, ends));
      return test.tests.every((one, index) => flags[index] !== undefined || isLimit(file, loop, one)) ? flags.find((flag) => flag !== undefined) : undefined;
    }
  }
}

/** `time.monotonic() < deadline`, `waited >= limit`: how long the loop may go on. */
function isLimit(file: Facts, loop: Loop, test: Test): boolean {
  if (test.kind === 'not') return isLimit(file, loop, test.test);
  if (test.kind !== 'compare' || !/^[<>]=?$/.test(test.operator)) return false;
  return [test.left, test.right].some((value) => value.kind === 'operation' || value.kind === 'call' && /^(time|monotonic|perf_counter|now|utcnow)$/.test(lastName(file.calls[value.call]!.callee) ?? '')
    || value.kind === 'name' && loop.flow?.writes.some((write) => write.name === value.name));
}

/** Loops that live as long as their program do not wait for anything: `while self.running`, `while not self.stopped`. */
const alive = /(^|_)(running|run|active|alive|enabled|started|connected|open|opened|online|keep_\w+)(_|$)/;
const over = /(^|_)(stop|stopped|stopping|shutdown|shutting|exit|exiting|quit|cancel|cancelled|canceled|close|closed|closing|terminated|terminate|kill|killed|disposed|disconnected)(_|$)/;

function flagIn(file: Facts, workspace: Workspace, loop: Loop, value: Expression, ends: boolean): Flag | undefined {
  const isLifetime = (name: string) => (ends ? over : alive).test(name) || name.startsWith('should_');
  if (value.kind === 'name') return !isLifetime(value.name) && isSharedName(file, workspace, loop, value.name) ? { name: value.name } : undefined;
  if (value.kind === 'attribute') return value.object.kind === 'name' && !isLifetime(value.name) && isSharedAttribute(file, workspace, loop, value.object, value.name) ? { name: `${value.object.name}.${value.name}` } : undefined;
  if (value.kind !== 'call') return undefined;
  const call = file.calls[value.call]!;
  if (call.callee.kind !== 'attribute' || instead[call.callee.name] === undefined || call.arguments.length > 0) return undefined;
  const written = file.text.slice(call.start, call.end);
  const types = workspace.types(file, call.callee.object, call.scope, call.start);
  const isAsyncio = types.length > 0 && types.every((type) => /^asyncio\.(\w+\.)?(Event|Task|Future|Lock|Semaphore|Queue|LifoQueue|PriorityQueue)$/.test(type));
  return isAsyncio && !written.includes('\n') && !isLifetime(namesBefore(call)) ? { name: written, asks: call.callee.name } : undefined;
}

function namesBefore({ callee }: Call): string {
  return callee.kind === 'attribute' ? lastName(callee.object) ?? '' : '';
}

/** A name of an outer function or the module that holds a constant to begin with, and that no thread binds. */
function isSharedName(file: Facts, workspace: Workspace, loop: Loop, name: string): boolean {
  for (let at = file.scopes[loop.scope]; at !== undefined; at = file.scopes[at.parent]) {
    const bindings = at.bindings.get(name);
    if (bindings === undefined || at.outer?.includes(name)) continue;
    if (bindings.some(({ value }) => value.kind !== 'assigned') || !bindings.some(({ value }) => value.kind === 'assigned' && value.value.kind === 'constant')) return false;
    const setters = bindings.map(({ scope }) => scope).filter((scope) => scope !== at!.index);
    // A function's own name changes under its `await` only where another function binds it.
    if (at.index === loop.scope && setters.length === 0) return false;
    return !setters.some((scope) => workspace.runsOn(file, scope)?.kind === 'thread');
  }
  return false;
}

/** An attribute that the class of an object binds to a constant, as no property and in no thread. */
function isSharedAttribute(file: Facts, workspace: Workspace, loop: Loop, object: Expression & { readonly kind: 'name' }, name: string): boolean {
  const [inside, owner] = object.name === 'self' ? [file, file.scopes[file.scopes[loop.scope]!.parent]] : classOf(file, workspace, loop, object);
  const bindings = owner?.class?.attributes.get(name);
  if (inside === undefined || bindings === undefined || owner!.bindings.get(name)?.some(({ value }) => value.kind === 'function')) return false;
  if (!bindings.some(({ value }) => value.kind === 'assigned' && value.value.kind === 'constant')) return false;
  return !bindings.some(({ scope }) => workspace.runsOn(inside, scope)?.kind === 'thread');
}

/** The one class of the workspace that an object is of. */
function classOf(file: Facts, workspace: Workspace, loop: Loop, object: Expression): readonly [Facts?, Scope?] {
  const types = workspace.types(file, object, loop.scope, loop.start);
  const [, module, name] = /^(.*)\.(\w+)$/.exec(types.length === 1 ? types[0]! : '') ?? [];
  const inside = module === undefined ? undefined : workspace.module(file.path) === module ? file : workspace.resolveModule(file, module, 0);
  return [inside, inside?.scopes.find((scope) => scope.kind === 'class' && scope.name === name)];
}
