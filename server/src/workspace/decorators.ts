/** What decorators make of a function. */

import type { Decorator, Expression, Facts, FunctionFacts, Scope } from '../facts.ts';
import { returns } from '../knowledge/index.ts';
import type { Names } from './names.ts';
import type { Definition, Value } from './values.ts';
import { isHandedOver, makesOffloaded } from './work.ts';

const keepsFunction = new Set(['property', 'cached_property', 'staticmethod', 'classmethod', 'abstractmethod', 'override', 'overload']);
const offloads = /(^|_)(to_async|asyncify|to_thread|in_thread|threadpool|in_threadpool|in_executor|run_in_executor|make_async|async_wrap|sync_to_async|database_sync_to_async)$/;

type FunctionValue = Value & { kind: 'function' };

export interface Decoration {
  /**
   * `coroutine` when calling the function runs its body elsewhere or later, `context` for a context manager, `cached` when the
   * body runs once; undefined when it stays what it is.
   */
  readonly kind?: 'coroutine' | 'context' | 'cached';
  /** The decorator that runs the body elsewhere. */
  readonly offloads?: Decorator;
  /** Functions of the workspace that run around the body, in this thread. */
  readonly wrappers: readonly FunctionValue[];
}

const plain: Decoration = { wrappers: [] };

export function decorationOf(names: Names, file: Facts, scope: Scope, facts: FunctionFacts): Decoration {
  if (facts.decorators.length === 0) return plain;
  const wrappers: FunctionValue[] = [];
  let cached = false;
  for (const decorator of facts.decorators) {
    const expression = calleeOf(file, decorator);
    if (expression.kind !== 'name' && expression.kind !== 'attribute') continue;
    const { name } = expression;
    if (name === 'contextmanager' || name === 'asynccontextmanager') return { kind: 'context', wrappers: [] };
    if (name === 'lru_cache' || name === 'cache' || name === 'cached_property') cached = true;
    if (offloads.test(name) || (names.taught.offloading && names.offload(names.infer(file, expression, scope.parent, scope.start)))) return { kind: 'coroutine', offloads: decorator, wrappers: [] };
    if (facts.async || keepsFunction.has(name)) continue;
    for (const value of names.infer(file, expression, scope.parent, scope.start)) {
      if (value.kind === 'symbol' && value.name === 'tornado.gen.coroutine') return { kind: 'coroutine', wrappers: [] };
      if (value.kind !== 'function') continue;
      const made = decorated(names, value, decorator.value.kind === 'call');
      if (made === 'coroutine') return { kind: 'coroutine', wrappers: [] };
      wrappers.push(...made);
    }
  }
  return { ...(cached ? { kind: 'cached' } : {}), wrappers };
}

/** What a decorator of the workspace puts in a function's place: a coroutine, or the functions that run around it. */
function decorated(names: Names, decorator: FunctionValue, called: boolean): 'coroutine' | readonly FunctionValue[] {
  const file = names.file(decorator.path);
  const scope = file?.scopes[decorator.scope];
  if (!file || !scope?.function) return [];
  const wrappers: FunctionValue[] = [];
  for (const expression of scope.function.returns) {
    const values = names.infer(file, expression, scope.index, scope.end).filter((value) => value.kind === 'function');
    if (called) {
      for (const value of values) {
        const made = decorated(names, value, false);
        if (made === 'coroutine') return made;
        wrappers.push(...made);
      }
      continue;
    }
    if (expression.kind === 'call' && makesOffloaded(names, file, file.calls[expression.call]!)) return 'coroutine';
    const work = scope.function.parameters.find((parameter) => !parameter.star && parameter.name !== 'self' && parameter.name !== 'cls')?.name;
    for (const value of values) {
      if (names.function(value)?.async) return 'coroutine';
      if (value.path !== file.path || work === undefined) continue;
      if (isHandedOver(names, file, value.scope, work)) return 'coroutine';
      wrappers.push(value);
    }
  }
  return wrappers;
}

/** The type that a decorator gives a function (`@app.task`). */
export function decoratedType(names: Names, value: Definition): string | undefined {
  const file = names.file(value.path);
  const scope = file?.scopes[value.scope];
  for (const decorator of scope?.function?.decorators ?? []) {
    const expression = calleeOf(file!, decorator);
    for (const found of names.infer(file!, expression, scope!.parent, scope!.start)) {
      const row = found.kind === 'symbol' ? returns.get(found.name) : undefined;
      if (row?.decorator) return row.returns;
    }
    // An application that is not in sight: what is decorated as a task is sent like one.
    if ((expression.kind === 'attribute' || expression.kind === 'name') && /^(shared_)?task$/.test(expression.name)) return 'celery.app.task.Task';
  }
  return undefined;
}

function calleeOf(file: Facts, { value }: Decorator): Expression {
  return value.kind === 'call' ? file.calls[value.call]!.callee : value;
}

/** `tasks.add.delay`, imported from where we cannot look: Celery's, going by the module's name. */
export function taskMethod(name: string): string | undefined {
  if (!name.endsWith('.delay') && !name.endsWith('.apply_async')) return undefined;
  const sent = /(?:^|\.)(?:tasks?|celery[a-z_]*|[a-z_]+_tasks?)\.(?:.*\.)?[a-z_]\w*\.(delay|apply_async)$/.exec(name);
  return sent ? `celery.app.task.Task.${sent[1]}` : undefined;
}
