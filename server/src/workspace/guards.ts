/** Conditions that constant arguments decide: `if resolve_dns:` one call away. */

import type { Argument, Call, Expression, Facts, Parameter, Scope, Test } from '../facts.ts';
import { isMemo } from './memos.ts';

export type Constant = string | number | boolean | null;

/** A site runs only when `test`, with `name` standing for the parameter `parameter` of the function around, is `expected`. */
export interface Guard {
  readonly parameter: string;
  readonly name: string;
  readonly test: Test;
  readonly expected: boolean;
}

/** Three-valued: undefined when the value of a name decides that is not known. */
export function evaluate(test: Test, known: (expression: Expression) => Constant | undefined): boolean | undefined {
  switch (test.kind) {
    case 'truthy': {
      const value = known(test.value);
      return value === undefined ? undefined : Boolean(value);
    }
    case 'not': {
      const value = evaluate(test.test, known);
      return value === undefined ? undefined : !value;
    }
    case 'and': case 'or': {
      const decisive = test.kind === 'or';
      const values = test.tests.map((one) => evaluate(one, known));
      if (values.includes(decisive)) return decisive;
      return values.includes(undefined) ? undefined : !decisive;
    }
    case 'compare': {
      const left = known(test.left);
      const right = known(test.right);
      if (left === undefined || right === undefined) return undefined;
      switch (test.operator) {
        case '==': case 'is': return left === right;
        case '!=': case 'is not': return left !== right;
        default: return undefined;
      }
    }
  }
}

/** `TYPE_CHECKING`, `False`, `0`: blocks that never run. */
export function constantOf(expression: Expression): Constant | undefined {
  if (expression.kind === 'constant') return expression.value;
  if ((expression.kind === 'name' || expression.kind === 'attribute') && expression.name === 'TYPE_CHECKING') return false;
  return undefined;
}

/** Whether code at `offset` in `block` can run at all. */
export function reachable(file: Facts, block: number, offset: number): boolean {
  for (let at = block; at >= 0; at = file.blocks[at]!.parent) {
    const { unreachableFrom, test, not, kind } = file.blocks[at]!;
    if (unreachableFrom !== undefined && offset >= unreachableFrom) return false;
    if (test && kind !== 'while' && evaluate(test, constantOf) === false) return false;
    if (not?.some((one) => evaluate(one, constantOf) === true)) return false;
  }
  return true;
}

/** The conditions on parameters of `owner` under which `block` runs. At most three: more are never decided at once. */
export function guardsOf(file: Facts, block: number, owner: Scope): readonly Guard[] {
  const guards: Guard[] = [];
  const add = (test: Test, expected: boolean): void => {
    for (const name of namesIn(test)) {
      const bound = owner.bindings.get(name);
      if (bound?.length === 1 && bound[0]!.value.kind === 'parameter' && guards.length < 3) guards.push({ parameter: name, name, test, expected });
    }
  };
  for (let at = block; at >= 0; at = file.blocks[at]!.parent) {
    const { scope, test, not, kind } = file.blocks[at]!;
    if (scope !== owner.index && file.scopes[scope]!.kind === 'function') break;
    if (test && kind !== 'while') add(test, true);
    for (const one of not ?? []) add(one, false);
    if (scope === owner.index && kind === 'body') break;
  }
  return guards;
}

function namesIn(test: Test): string[] {
  switch (test.kind) {
    case 'truthy': return test.value.kind === 'name' ? [test.value.name] : [];
    case 'not': return namesIn(test.test);
    case 'and': case 'or': return [...new Set(test.tests.flatMap(namesIn))];
    case 'compare': return [test.left, test.right].flatMap((side) => (side.kind === 'name' ? [side.name] : []));
  }
}

/** What a call gives the parameter `name`; undefined when it cannot be said (`*args`). */
export function argumentFor(args: readonly Argument[], parameters: readonly Parameter[], name: string, bound: boolean): Expression | undefined {
  const named = args.find((argument) => argument.name === name);
  if (named) return named.value;
  if (args.some(({ star }) => star === '*')) return undefined;
  const position = parameters.findIndex((parameter) => parameter.name === name) - (bound ? 1 : 0);
  const positional = args.filter(({ name: written, star }) => written === undefined && !star);
  if (position >= 0 && position < positional.length) return positional[position]!.value;
  if (args.some(({ star }) => star === '**')) return undefined;
  return parameters.find((parameter) => parameter.name === name)?.default;
}

/** Whether `guard` can hold when its parameter is `value`. */
export function holds(guard: Guard, value: Constant): boolean {
  const result = evaluate(guard.test, (expression) => (expression.kind === 'name' && expression.name === guard.name ? value : constantOf(expression)));
  return result === undefined || result === guard.expected;
}

/**
 * Whether a call runs only until something is filled: `if cache.get("x") is None: cache["x"] = load()`, `x or load()`, and all that
 * stands under `if not self._client:` or behind `if _ready: return` where the function fills the attribute or global it asks for.
 */
export function fillsOnce(file: Facts, call: Call, owner: Scope): boolean {
  const { test, not, kind } = file.blocks[call.block]!;
  if (kind === 'conditional' && not?.length === 1 && not[0]!.kind === 'truthy' && (not[0]!.value.kind === 'attribute' || not[0]!.value.kind === 'name') && file.text.slice(file.blocks[call.block]!.start - 4, file.blocks[call.block]!.start).includes('or')) return outlasts(file, not[0]!.value, call, owner);
  const subject = test && emptiness(file, test);
  if (subject) {
    const lineStart = file.text.lastIndexOf('\n', call.start - 1) + 1;
    const targets = /^\s*((?:[\w.]+(?:\[["'\w]+\])?\s*(?::[^=]+)?=\s*)+)(?:await\s+)?$/.exec(file.text.slice(lineStart, call.start))?.[1]!.split('=').map((target) => target.replace(/:.*/s, '').trim().replaceAll("'", '"'));
    if (targets?.includes(storedAt(file, subject) ?? '-') && outlasts(file, subject, call, owner)) return true;
  }
  for (let at = call.block; at >= 0 && file.blocks[at]!.scope === owner.index; at = file.blocks[at]!.parent) {
    const block = file.blocks[at]!;
    if (!block.test && !block.not) continue;
    const asked = [block.test && emptiness(file, block.test), ...(block.not ?? []).flatMap((one) => (one.kind === 'or' ? one.tests : [one])).map(fullness)];
    if (asked.some((one) => one && isFilled(file, one, owner))) return true;
  }
  return false;
}

/**
 * Whether what a call fills is there for the next caller as well: a name of a function's own only where the function puts it where it
 * looked for it. What a plain function is given, its callers may have.
 */
function outlasts(file: Facts, subject: Expression, call: Call, owner: Scope): boolean {
  if (subject.kind !== 'name' || owner.outer?.includes(subject.name)) return true;
  const bindings = owner.bindings.get(subject.name);
  if (!bindings) return true;
  if (bindings.some(({ value }) => value.kind === 'parameter')) return owner.function?.async !== true;
  return isMemo(file, subject.name, call, owner);
}

/** What a test finds full: the `x` of `x` and `x is not None`. */
function fullness(test: Test): Expression | undefined {
  if (test.kind === 'truthy') return test.value;
  return test.kind === 'compare' && test.operator === 'is not' && test.right.kind === 'constant' && test.right.value === null ? test.left : undefined;
}

/** Whether the function assigns to the global or the attribute of `self` that `subject` is. */
function isFilled(file: Facts, subject: Expression, owner: Scope): boolean {
  if (subject.kind === 'name') return owner.outer?.includes(subject.name) === true;
  if (subject.kind !== 'attribute' || subject.object.kind !== 'name') return false;
  const parent = file.scopes[owner.parent];
  return parent?.class !== undefined && ['self', 'cls', parent.name].includes(subject.object.name) && (parent.class.attributes.get(subject.name) ?? []).some((binding) => binding.scope === owner.index);
}

/** What a test finds empty: the `x` of `x is None` and `not x`, the `x.y` of `not hasattr(x, "y")`, and of `or` between such tests of one place. */
function emptiness(file: Facts, test: Test): Expression | undefined {
  if (test.kind === 'or') {
    const [first, ...rest] = test.tests.map((one) => emptiness(file, one));
    const place = first && storedAt(file, first);
    return place !== undefined && rest.every((one) => one && storedAt(file, one) === place) ? first : undefined;
  }
  if (test.kind === 'not') return test.test.kind === 'truthy' ? (attributeAskedFor(file, test.test.value) ?? test.test.value) : undefined;
  return test.kind === 'compare' && (test.operator === 'is' || test.operator === '==') && test.right.kind === 'constant' && test.right.value === null ? test.left : undefined;
}

/** The `x.y` that `hasattr(x, "y")` asks for. */
function attributeAskedFor(file: Facts, expression: Expression): Expression | undefined {
  const call = expression.kind === 'call' ? file.calls[expression.call] : undefined;
  if (call?.callee.kind !== 'name' || call.callee.name !== 'hasattr') return undefined;
  const [object, name] = call.arguments;
  return object && name?.value.kind === 'constant' && typeof name.value.value === 'string' ? { kind: 'attribute', object: object.value, name: name.value.value } : undefined;
}

/** How an assignment to the place that an expression reads is written; `.get(key)` reads what `[key]` is assigned to. */
function storedAt(file: Facts, expression: Expression): string | undefined {
  switch (expression.kind) {
    case 'name': return expression.name;
    case 'attribute': {
      const object = storedAt(file, expression.object);
      return object && `${object}.${expression.name}`;
    }
    case 'subscript': return item(storedAt(file, expression.object), expression.index);
    case 'call': {
      const { callee, arguments: args } = file.calls[expression.call]!;
      return callee.kind === 'attribute' && callee.name === 'get' && args[0] ? item(storedAt(file, callee.object), args[0].value) : undefined;
    }
    default: return undefined;
  }
}

function item(object: string | undefined, key: Expression): string | undefined {
  if (object === undefined) return undefined;
  return key.kind === 'constant' ? `${object}[${JSON.stringify(key.value)}]` : key.kind === 'name' ? `${object}[${key.name}]` : undefined;
}
