/** Calls that `asyncio.gather` starts together, one for each element of a collection. */

import type { Call, Expression, Facts, Loop } from '../facts.ts';
import { lastName, namesOf, within } from '../fixes/names.ts';
import { isAddressName, isLockName } from '../fixes/resources.ts';
import { outsideOf } from '../workspace/outside.ts';
import { callsIn } from '../workspace/work.ts';
import type { Workspace } from '../workspace/workspace.ts';

export interface Crowd {
  /** The comprehension or loop that makes one coroutine for each element. */
  readonly loop: Loop;
  /** The call that makes it. */
  readonly call: Call;
}

const deepest = 4;

/** The crowd that a `gather` starts, where it may be of any size, speaks to an outside service, and nothing bounds it. */
export function crowdOf(file: Facts, workspace: Workspace, gather: Call): Crowd | undefined {
  for (const argument of gather.arguments) {
    if (argument.star !== '*') continue;
    const loop = loopOf(file, gather, argument.value);
    if (loop === undefined || !isOpen(file, loop, gather)) continue;
    const call = workOf(file, loop);
    if (call !== undefined && !isBounded(file, workspace, call) && leaves(file, workspace, loop, call)) return { loop, call };
  }
  return undefined;
}

/** The loop that makes the coroutines: inside the parentheses, or where the name was filled. */
function loopOf(file: Facts, gather: Call, value: Expression): Loop | undefined {
  if (value.kind === 'comprehension') return comprehensionOf(file, value.scope);
  if (value.kind !== 'name') return undefined;
  const scope = file.scopes[gather.scope]!;
  const bindings = scope.bindings.get(value.name)?.filter((binding) => binding.start < gather.start) ?? [];
  const made = bindings.at(-1);
  if (made === undefined || bindings.length !== 1 || made.value.kind !== 'assigned') return undefined;
  if (made.value.value.kind === 'comprehension') return comprehensionOf(file, made.value.value.scope);
  // `tasks = []`, filled in one loop.
  if (made.value.value.kind !== 'sequence' || made.value.value.items.length > 0) return undefined;
  const appends = file.calls.filter((call) => call.scope === gather.scope && call.start > made.end && call.start < gather.start && call.callee.kind === 'attribute' && call.callee.name === 'append' && call.callee.object.kind === 'name' && call.callee.object.name === value.name);
  if (appends.length !== 1) return undefined;
  let found: Loop | undefined;
  for (const loop of file.loops) if (loop.kind === 'for' && within(appends[0]!, loop.bodyRange) && !within(gather, loop) && (found === undefined || within(loop, found))) found = loop;
  return found;
}

/** The first clause of a comprehension. */
function comprehensionOf(file: Facts, scope: number): Loop | undefined {
  const { start, end } = file.scopes[scope]!;
  return file.loops.find((loop) => loop.kind === 'comprehension' && loop.start === start && loop.end === end);
}

/** The call of the loop's element or of its `append`, out of `create_task` and the like. */
function workOf(file: Facts, loop: Loop): Call | undefined {
  const element = loop.kind === 'comprehension'
    ? outermost(file, loop.bodyRange)
    : file.calls.find((call) => within(call, loop.bodyRange) && call.callee.kind === 'attribute' && call.callee.name === 'append' && call.arguments.length === 1)?.arguments[0]?.value;
  let call = element === undefined ? undefined : 'kind' in element ? (element.kind === 'call' ? file.calls[element.call] : undefined) : element;
  while (call !== undefined && /^(create_task|ensure_future|wait_for|shield|_wrap_awaitable)$/.test(lastName(call.callee) ?? '')) {
    const inner: Expression | undefined = call.arguments[0]?.value;
    call = inner?.kind === 'call' ? file.calls[inner.call] : undefined;
  }
  return call;
}

function outermost(file: Facts, range: { start: number; end: number }): Call | undefined {
  return file.calls.find((call) => call.start === range.start && call.end === range.end);
}

// ── How many ──

/** Collections that a program configures: a handful. */
const few = /(^|_)(tools?|tool_calls?|agents?|workers?|clients?|servers?|providers?|models?|plugins?|sources?|engines?|backends?|handlers?|listeners?|callbacks?|hooks?|subscribers?|adapters?|services?|coros?|coroutines|tasks?|futures?|awaitables?|jobs|steps?|stages?|checks|checkers|validators|extractors|strategies|methods|functions|modules|components|connectors|channels|nodes|replicas|shards|regions|languages|categories|types|kinds|formats|fields|columns|sections|chain|parts|segments|attachments|exchanges|platforms|engines|batch|chunk|group|page|window|slice|part|bucket|block)$/i;

/** Whether nothing says how many elements there are. */
function isOpen(file: Facts, loop: Loop, gather: Call): boolean {
  const value = loop.iterable;
  return value !== undefined && !loop.async && isLong(file, value, gather.scope, loop);
}

function isLong(file: Facts, value: Expression, scope: number, loop: Loop): boolean {
  switch (value.kind) {
    case 'name': {
      if (few.test(value.name) || /^[A-Z][A-Z0-9_]*$/.test(value.name)) return false;
      const bindings = boundIn(file, scope, value.name);
      return bindings !== undefined && bindings.every(({ value: bound }) => {
        switch (bound.kind) {
          case 'parameter': return true;
          case 'assigned': return bound.item !== undefined || isLong(file, bound.value, scope, loop);
          // One of several parts: `for batch in batches`.
          default: return false;
        }
      });
    }
    case 'attribute': return !few.test(value.name) && !/^[A-Z][A-Z0-9_]*$/.test(value.name) && !namesOf(value).some((name) => /^(settings|config|cfg|conf|options)$/i.test(name));
    case 'await': return isLong(file, value.value, scope, loop);
    case 'comprehension': {
      const inner = comprehensionOf(file, value.scope);
      return inner?.iterable !== undefined && isLong(file, inner.iterable, scope, loop);
    }
    case 'call': return isLongCall(file, file.calls[value.call]!, scope, loop);
    // A part by its bounds: `urls[:10]`, `urls[i : i + size]`.
    case 'subscript': return value.index.kind === 'constant' && typeof value.index.value === 'string' && !few.test(value.index.value);
    case 'either': return value.options.some((option) => isLong(file, option, scope, loop));
    default: return false;
  }
}

function isLongCall(file: Facts, call: Call, scope: number, loop: Loop): boolean {
  const name = lastName(call.callee) ?? '';
  if (/^(enumerate|list|set|tuple|sorted|reversed|filter|map|tqdm|fromkeys)$/.test(name)) {
    const first = call.arguments.find((argument) => argument.star === undefined && argument.name === undefined && (name !== 'filter' && name !== 'map' || argument !== call.arguments[0]))?.value;
    return first !== undefined && isLong(file, first, scope, loop);
  }
  if (name === 'zip') return call.arguments.length > 0 && call.arguments.every((argument) => argument.star === undefined && isLong(file, argument.value, scope, loop));
  if (/^(items|keys|values)$/.test(name) && call.callee.kind === 'attribute') return isLong(file, call.callee.object, scope, loop);
  // `range(count)` is a number that somebody chose.
  if (name === 'range') return call.arguments.length === 1 && call.arguments[0]!.value.kind === 'call' && lastName(file.calls[call.arguments[0]!.value.call]!.callee) === 'len';
  if (/batch|chunk|islice|sample|page|window|top|head|limit|first|split_into|take|most_common|product|combinations|get_tools|options|config/.test(name)) return false;
  if (few.test(name) || call.arguments.some((argument) => /^(limit|k|top_k|n|size|count|max_results|num|num_results|page_size|per_page|first|topn|top_n)$/.test(argument.name ?? ''))) return false;
  return /^(get|list|fetch|load|find|query|search|all|read|select|scan|iter|extract|parse|collect|discover|scalars|splitlines|split|findall|glob|rglob|listdir|iterdir|fetchall|to_list|_?get_\w+|_?list_\w+|_?fetch_\w+|_?load_\w+|_?find_\w+|_?query_\w+|_?search_\w+|_?read_\w+|_?extract_\w+|_?parse_\w+|_?collect_\w+)$/.test(name);
}

function boundIn(file: Facts, scope: number, name: string) {
  for (let at = file.scopes[scope]; at !== undefined; at = file.scopes[at.parent]) {
    const bindings = at.bindings.get(name);
    if (bindings !== undefined) return bindings;
  }
  return undefined;
}

// ── What bounds it ──

function isBounded(file: Facts, workspace: Workspace, call: Call): boolean {
  const names = [call.callee, ...call.arguments.map(({ value }) => value)].flatMap((value) => namesOf(value));
  if (names.some((name) => isLockName(name) || isLimitName(name)) || call.arguments.some(({ name }) => name !== undefined && isLimitName(name))) return true;
  // A client that lets only so many requests out at a time.
  if (/\b(limit_per_host|TCPConnector\(\s*limit|Limits\(|RateLimiter|AsyncLimiter|CapacityLimiter)\b/.test(file.text)) return true;
  return limitsBelow(file, workspace, call, deepest, workspace.remembered(limitsBelow, () => new Map<string, boolean>()));
}

function isLimitName(name: string): boolean {
  return /(^|_)(sem|semaphore|slots?|limit\w*|bounded|throttle\w*|concurren\w*|rate|guarded|pool|queue)(_|$)/i.test(name) || /Semaphore|Limiter|Throttle/.test(name);
}

/** A semaphore or limiter that the called function enters, some calls down, or that a decorator puts around it. */
function limitsBelow(file: Facts, workspace: Workspace, call: Call, left: number, known: Map<string, boolean>): boolean {
  const definition = workspace.target(file, call)?.definition;
  const inside = definition && workspace.file(definition.path);
  const scope = definition && inside?.scopes[definition.scope];
  if (inside === undefined || scope?.function === undefined || left === 0) return false;
  const key = `${inside.path}#${scope.index}:${left}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  known.set(key, false);
  const decorated = scope.function.decorators.some(({ value }) => namesOf(value.kind === 'call' ? inside.calls[value.call]!.callee : value).some((name) => isLimitName(name)));
  const entered = inside.withs.some((item) => within(item, scope) && item.items.some(({ value }) => {
    const names = namesOf(value.kind === 'call' ? inside.calls[value.call]!.callee : value);
    // One lock around all of it bounds it as well; deeper down, it guards something small.
    return names.some((name) => isLimitName(name) || left === deepest && isLockName(name)) || workspace.types(inside, value, item.scope, item.start).some((type) => /Semaphore$|Limiter$/.test(type));
  }));
  const found = decorated || entered || callsIn(inside, scope.index).some((inner) => {
    const name = lastName(inner.callee) ?? '';
    return /^(throttle|rate_limit|wait_for_slot)$/.test(name) || name === 'acquire' && namesOf(inner.callee).some((part) => isLimitName(part)) || limitsBelow(inside, workspace, inner, left - 1, known);
  });
  known.set(key, found);
  return found;
}

// ── Where it goes ──

function leaves(file: Facts, workspace: Workspace, loop: Loop, call: Call): boolean {
  if (outsideOf(file, workspace, call) === 'http') return true;
  const target = workspace.target(file, call);
  if (target !== undefined) return false;
  // An unknown function that is called for every address asks other machines.
  return loop.iterable !== undefined && namesOf(loop.iterable).some((name) => isAddressName(name));
}
