/** Calls whose meaning is in their arguments (`super()`, `getattr`, `partial`, `Depends`, `gather`, what containers give back), and operators. */

import type { Call, Expression, Facts } from '../facts.ts';
import { returns } from '../knowledge/index.ts';
import { annotated } from './annotations.ts';
import type { Names } from './names.ts';
import { flat, none, type Value } from './values.ts';
import { opensKernelFile } from './unless.ts';

/** Files that `open` and temporary files give. */
const onDisk = /^io\.(TextIOWrapper|BufferedWriter|BufferedRandom)$/;

/** What such a call gives; undefined for all other calls. */
export function builtinResult(names: Names, file: Facts, call: Call): readonly Value[] | undefined {
  // Nobody waits for what is read from such a file.
  if (opensKernelFile(call)) return none;
  const { callee } = call;
  const name = callee.kind === 'name' || callee.kind === 'attribute' ? callee.name : '';
  const first = call.arguments[0]?.value;
  const infer = (expression: Expression): readonly Value[] => names.infer(file, expression, call.scope, call.start);
  const elements = (expression: Expression): readonly Value[] => flat(infer(expression), (value) => names.elements(value));
  const owner = (): readonly Value[] => (callee.kind === 'attribute' ? infer(callee.object).filter((value) => value.kind === 'collection') : none);
  switch (name) {
    case 'super': return superclass(file, call.scope);
    case 'getattr': {
      const attribute = call.arguments[1]?.value;
      if (first && attribute?.kind === 'constant' && typeof attribute.value === 'string') return flat(infer(first), (value) => names.attribute(value, attribute.value as string));
      return none;
    }
    case 'partial': return first ? [{ kind: 'partial', of: infer(first) }] : none;
    case 'cast': {
      const value = call.arguments[1]?.value;
      return first && value ? annotated(names, file, first, call.scope) : undefined;
    }
    case 'Depends': case 'Security': return first ? flat(infer(first), (value) => flat(names.called(value), (result) => (result.kind === 'generator' || result.kind === 'coroutine' ? result.of : [result]))) : none;
    case 'list': case 'sorted': case 'tuple': case 'set': case 'reversed': case 'iter':
      return first && callee.kind === 'name' ? [{ kind: 'collection', of: elements(first) }] : undefined;
    case 'next': return first && callee.kind === 'name' ? elements(first) : undefined;
    case 'enumerate': return first && callee.kind === 'name' ? [{ kind: 'collection', of: [{ kind: 'tuple', items: [none, elements(first)] }] }] : undefined;
    case 'zip': return callee.kind === 'name' ? [{ kind: 'collection', of: [{ kind: 'tuple', items: call.arguments.map((argument) => elements(argument.value)) }] }] : undefined;
    case 'enter_context': case 'enter_async_context': return first ? flat(infer(first), (value) => names.entered(value)) : none;
    case 'closing': case 'aclosing': return first && call.role === 'with' ? infer(first) : undefined;
    case 'sessionmaker': {
      // The class it is given decides what it makes.
      const made = call.arguments.find((argument) => argument.name === 'class_');
      return made && infer(made.value).some((value) => value.kind === 'symbol' && /\.AsyncSession$/.test(value.name)) ? [{ kind: 'instance', of: 'sqlalchemy.ext.asyncio.async_sessionmaker' }] : undefined;
    }
    case 'Queue': case 'LifoQueue': case 'PriorityQueue': case 'JoinableQueue': {
      // Only one with a bound makes who puts something in wait.
      const bound = call.arguments.find((argument) => argument.name === 'maxsize') ?? call.arguments.find((argument) => argument.name === undefined);
      if (!bound || bound.star || (bound.value.kind === 'constant' && !(Number(bound.value.value) > 0))) return undefined;
      const made = flat(infer(callee), (value) => (value.kind === 'symbol' ? value.result : none));
      return flat(made, (value) => (value.kind === 'instance' && boundable.has(value.of) ? [{ kind: 'instance', of: `${boundable.get(value.of)!}(maxsize)` }] : [value]));
    }
    case 'async_to_sync': {
      // Calling what it makes gives what awaiting the coroutine does.
      if (!first || !infer(callee).some((value) => value.kind === 'symbol' && value.name === 'asgiref.sync.async_to_sync')) return undefined;
      const awaited = flat(infer(first), (value) => flat(names.called(value), (result) => (result.kind === 'coroutine' ? result.of : [result])));
      return [{ kind: 'instance', of: 'asgiref.sync.AsyncToSync' }, ...(awaited.length > 0 ? [{ kind: 'callable', of: awaited } as const] : [])];
    }
    case 'writer': case 'DictWriter': {
      // It writes what it is given into the file that it is made around.
      if (!first || !infer(callee).some((value) => value.kind === 'symbol' && value.name === `csv.${name}`)) return undefined;
      return infer(first).some((value) => value.kind === 'instance' && onDisk.test(value.of)) ? [{ kind: 'instance', of: 'csv.writer()' }] : none;
    }
    case 'wait_for': case 'shield': return first ? infer(first) : none;
    case 'gather': return [{ kind: 'coroutine', of: [{ kind: 'tuple', items: call.arguments.map((argument) => flat(infer(argument.value), (value) => (value.kind === 'coroutine' ? value.of : [value]))) }] }];
    case 'values': case 'copy': {
      const found = owner();
      return found.length === 0 ? undefined : found;
    }
    case 'items': {
      const found = owner();
      return found.length === 0 ? undefined : [{ kind: 'collection', of: [{ kind: 'tuple', items: [none, flat(found, (value) => names.elements(value))] }] }];
    }
    case 'get': case 'pop': {
      const found = owner();
      return found.length === 0 ? undefined : flat(found, (value) => names.elements(value));
    }
    default: return undefined;
  }
}

/** Queues that may be bounded, and the type whose bounded form stands for them. */
const boundable: ReadonlyMap<string, string> = new Map([
  ...['Queue', 'LifoQueue', 'PriorityQueue'].map((name) => [`queue.${name}`, 'queue.Queue'] as const),
  ...['Queue', 'JoinableQueue'].map((name) => [`multiprocessing.queues.${name}`, 'multiprocessing.queues.Queue'] as const),
]);

function superclass(file: Facts, scope: number): readonly Value[] {
  for (let index = scope; index > 0; index = file.scopes[index]!.parent) {
    const { parent, kind } = file.scopes[index]!;
    if (kind === 'function' && file.scopes[parent]?.kind === 'class') return [{ kind: 'super', path: file.path, scope: parent }];
  }
  return none;
}

/** What Python calls for an operator: on its left side, and on its right. */
const operators: ReadonlyMap<string, readonly [string, string]> = new Map([['/', ['__truediv__', '__rtruediv__']], ['|', ['__or__', '__ror__']]]);

/** What an operator gives: `folder / name`, `prompt | model`, and types joined by `|`. */
export function operationResult(names: Names, file: Facts, expression: Expression & { kind: 'operation' }, scope: number, at: number): readonly Value[] {
  const methods = operators.get(expression.operator);
  if (!methods) return none;
  let type = false;
  for (const [side, method] of [[expression.left, methods[0]], [expression.right, methods[1]]] as const) {
    for (const value of names.infer(file, side, scope, at)) {
      type ||= value.kind === 'class' || value.kind === 'type' || (value.kind === 'symbol' && /(^|\.)[A-Z]\w*$/.test(value.name));
      if (value.kind !== 'instance') continue;
      const row = returns.get(`${value.of}.${method}`);
      if (row) return [{ kind: 'instance', of: row.returns }];
      if (expression.operator === '/' && value.of.endsWith('Path')) return [value];
    }
  }
  return type && expression.operator === '|' ? [{ kind: 'type', of: annotated(names, file, expression, scope) }] : none;
}
