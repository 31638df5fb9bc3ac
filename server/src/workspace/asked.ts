/** Calls that do not wait, because the program has asked before: `if not jobs.empty(): jobs.get()`, `while not future.done(): …` and then `future.result()`. */

import type { Block, Call, Expression, Facts, Loop, Test } from '../facts.ts';
import { asked as rows, type AskedRow } from '../knowledge/index.ts';
import { dotted } from './constants.ts';
import { lastName } from './routes.ts';
import { ownerOf } from './scopes.ts';
import { callsIn } from './work.ts';

/** What a call waits for, and where it stands. */
interface Wait {
  readonly file: Facts;
  readonly row: AskedRow;
  /** As written; and what it is one of, where it is an item. */
  readonly object: string | undefined;
  readonly among: string | undefined;
  readonly scope: number;
  readonly start: number;
}

/** Whether the call `name` of an object, at `start` in a block, has nothing to wait for. */
export function isAsked(file: Facts, name: string, object: Expression, scope: number, block: number, start: number): boolean {
  const row = rows.get(name);
  if (!row) return false;
  const wait: Wait = { file, row, object: dotted(object), among: collectionOf(file, object, scope), scope, start };
  if (wait.object === undefined && wait.among === undefined) return false;
  const before = callsIn(file, ownerOf(file, scope)).filter((call) => call.start < start);
  if (row.ever !== undefined) return before.some((call) => isOf(wait, call, row.ever!));
  if (row.told !== undefined) {
    const last = before.findLast((call) => isOf(wait, call, row.told!))?.arguments[0]?.value;
    return last?.kind === 'constant' && !last.value;
  }
  if (row.awaits !== undefined && before.some((call) => isAwaited(wait, call, before))) return true;
  return row.asks !== undefined && isDecided(wait, block);
}

/** Whether the conditions under which a block runs, or the loops that ended before, say what the call waits for. */
function isDecided(wait: Wait, block: number): boolean {
  const { file, row, start } = wait;
  const crossed: Block[] = [];
  for (let at = block; at >= 0; at = file.blocks[at]!.parent) {
    const here = file.blocks[at]!;
    const decides = (here.test !== undefined && implies(wait, here.test, true)) || here.not?.some((one) => implies(wait, one, false)) === true;
    if (decides && holdsUntil(wait, here.start, crossed)) return true;
    for (const loop of file.loops) if (loop.block === at && loop.end <= start && loop.kind === 'while' && holdsUntil(wait, loop.end, crossed) && endsWith(wait, loop)) return true;
    // As often as there is something.
    if (here.kind === 'for' && row.takes && isCounted(wait, file.loops[here.loop!]!)) return true;
    if (here.kind === 'body' && file.scopes[here.scope]!.kind !== 'comprehension') return false;
    crossed.push(here);
  }
  return false;
}

/** Whether what was found out at `from` still holds: the object is the same, and nobody took what was there. */
function holdsUntil({ file, row, object, among, scope, start }: Wait, from: number, crossed: readonly Block[]): boolean {
  const owner = file.scopes[ownerOf(file, scope)]!;
  const name = (among ?? object)!.split('.', 1)[0]!;
  if (owner.bindings.get(name)?.some((binding) => from <= binding.start && binding.start < start)) return false;
  if (!row.takes) return true;
  const method = row.call.slice(row.call.lastIndexOf('.') + 1);
  return !crossed.some(({ kind }) => kind === 'for' || kind === 'while')
    && !callsIn(file, owner.index).some((call) => from <= call.start && call.start < start && call.callee.kind === 'attribute' && call.callee.name === method && dotted(call.callee.object) === object);
}

/** Whether a loop goes on until there is nothing left to wait for: by its condition, and by every `break`. */
function endsWith(wait: Wait, loop: Loop): boolean {
  const { file } = wait;
  if (!loop.test) return false;
  const endless = loop.test.kind === 'truthy' && loop.test.value.kind === 'constant' && Boolean(loop.test.value.value);
  if (!endless && !implies(wait, loop.test, false)) return false;
  const breaks = file.blocks.filter(({ leaves, index }) => leaves === 'break' && loopAround(file, index) === loop.body);
  return (!endless || breaks.length > 0) && breaks.every(({ index }) => {
    for (let at = index; at !== loop.body; at = file.blocks[at]!.parent) {
      const { test, not } = file.blocks[at]!;
      if ((test && implies(wait, test, true)) || not?.some((one) => implies(wait, one, false))) return true;
    }
    return false;
  });
}

function loopAround(file: Facts, block: number): number {
  let at = block;
  while (at >= 0 && file.blocks[at]!.loop === undefined && file.blocks[at]!.kind !== 'body') at = file.blocks[at]!.parent;
  return at;
}

/** `for _ in range(jobs.qsize())`. */
function isCounted(wait: Wait, { iterable }: Loop): boolean {
  const range = iterable?.kind === 'call' ? wait.file.calls[iterable.call]! : undefined;
  const size = range && lastName(range.callee) === 'range' && range.arguments.length === 1 ? range.arguments[0]!.value : undefined;
  return size?.kind === 'call' && wait.row.asks?.['qsize'] === true && isOf(wait, wait.file.calls[size.call]!, 'qsize');
}

/** Whether a condition that is `expected` says what the call waits for. */
function implies(wait: Wait, test: Test, expected: boolean): boolean {
  switch (test.kind) {
    case 'truthy': return answers(wait, test.value, expected ? 'truthy' : 'falsy');
    case 'not': return implies(wait, test.test, !expected);
    case 'and': case 'or': return (test.kind === 'and') === expected ? test.tests.some((one) => implies(wait, one, expected)) : test.tests.every((one) => implies(wait, one, expected));
    case 'compare': {
      const answer = test.right.kind === 'constant' ? compared(test.operator, test.right.value, expected) : undefined;
      return answer !== undefined && answers(wait, test.left, answer);
    }
  }
}

type Answer = 'truthy' | 'falsy' | 'some';

/** What is known of a value of which `value operator constant` is `expected`. */
function compared(operator: string, constant: string | number | boolean | null, expected: boolean): Answer | undefined {
  const same = operator === '==' || operator === 'is';
  if (same || operator === '!=' || operator === 'is not') {
    if (constant === null) return same === expected ? undefined : 'some';
    if (typeof constant === 'boolean') return (same === expected) === constant ? 'truthy' : 'falsy';
    return constant === 0 ? (same === expected ? 'falsy' : 'truthy') : undefined;
  }
  if ((operator === '>' && constant === 0) || (operator === '>=' && constant === 1)) return expected ? 'truthy' : 'falsy';
  return undefined;
}

/** Whether `value`, being so, is the answer after which nothing is waited for; of all in a collection, where the object is one of them. */
function answers(wait: Wait, value: Expression, answer: Answer): boolean {
  if (value.kind !== 'call') return false;
  const { file, row, among } = wait;
  const call = file.calls[value.call]!;
  const { callee, arguments: [of] } = call;
  if (callee.kind === 'name') {
    if (callee.name !== (answer === 'truthy' ? 'all' : answer === 'falsy' ? 'any' : '') || of?.value.kind !== 'comprehension') return false;
    const { element, scope } = of.value;
    const negated = element.kind === 'operation' && element.operator === 'not' ? element.right : undefined;
    const inner = negated ?? element;
    const one = inner.kind === 'call' ? file.calls[inner.call]! : undefined;
    if (one?.callee.kind !== 'attribute' || among === undefined || collectionOf(file, one.callee.object, scope) !== among) return false;
    return row.asks?.[one.callee.name] === ((answer === 'truthy') !== (negated !== undefined));
  }
  if (callee.kind !== 'attribute' || !isOf(wait, call, callee.name)) return false;
  const needed = row.asks?.[callee.name];
  return needed === 'some' ? answer !== 'falsy' : needed !== undefined && answer === (needed ? 'truthy' : 'falsy');
}

/** Whether a call is `object.method()` of the same object. */
function isOf({ object }: Wait, { callee }: Call, method: string): boolean {
  return object !== undefined && callee.kind === 'attribute' && callee.name === method && dotted(callee.object) === object;
}

/** Whether a call, or one around it that waits to the end, awaits the object: `await gather(*[wrap_future(one) for one in all])`. */
function isAwaited({ file, row, object, among }: Wait, call: Call, before: readonly Call[]): boolean {
  const given = call.arguments[0]?.value;
  if (!given || lastName(call.callee) !== row.awaits) return false;
  const same = (object !== undefined && dotted(given) === object) || (among !== undefined && collectionOf(file, given, call.scope) === among);
  return same && before.some((outer) => outer.awaited !== undefined && outer.start <= call.start && call.end <= outer.end && !outer.arguments.some(({ name }) => name === 'timeout' || name === 'return_when'));
}

/** What an expression is one of, as written: `futures` of `futures[0]`, and of `one` in `for one in futures`. */
function collectionOf(file: Facts, expression: Expression, scope: number): string | undefined {
  if (expression.kind === 'subscript') return dotted(expression.object);
  if (expression.kind !== 'name') return undefined;
  for (let at = scope; at >= 0; at = file.scopes[at]!.parent) {
    const bound = file.scopes[at]!.bindings.get(expression.name);
    if (bound) return bound.every(({ value }) => value.kind === 'element') ? of(bound.map(({ value }) => (value.kind === 'element' ? dotted(value.of) : undefined))) : undefined;
  }
  return undefined;
}

/** The one that all are. */
function of(names: readonly (string | undefined)[]): string | undefined {
  return names.every((name) => name === names[0]) ? names[0] : undefined;
}
