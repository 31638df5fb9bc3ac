/** What an expression of a settings file comes to when the file is run, as far as it can be told. */

import type { Binding, Expression, Facts } from '../facts.ts';

/** A value that is known, one that the machine decides (`cpu_count() * 2 + 1`), or one that is not there (`os.getenv("X")` of an unset variable). */
export type Evaluated =
  | { readonly kind: 'known'; readonly value: string | number | boolean }
  | { readonly kind: 'computed' }
  | { readonly kind: 'absent' };

/** Value of an environment variable: a text; undefined where it is not set as far as anyone can see; null where it is set to something unknown. */
export type EnvironmentOf = (name: string) => string | undefined | null;

const farthest = 12;

/** What `expression`, written in `scope` of `file`, comes to; undefined when nobody can tell. */
export function evaluated(file: Facts, expression: Expression, environment: EnvironmentOf, scope = 0, depth = 0): Evaluated | undefined {
  if (depth > farthest) return undefined;
  const inner = (next: Expression) => evaluated(file, next, environment, scope, depth + 1);
  switch (expression.kind) {
    case 'constant':
      return expression.value === null ? { kind: 'absent' } : { kind: 'known', value: expression.value };
    case 'name': {
      const bindings = bindingsOf(file, expression.name, scope);
      const binding = bindings && lastOf(file, bindings);
      return binding?.value.kind === 'assigned' && binding.value.item === undefined ? evaluated(file, binding.value.value, environment, binding.scope, depth + 1) : undefined;
    }
    case 'sequence': {
      const items = expression.items.map(inner);
      return items.length > 0 && items.every((item) => item?.kind === 'known') ? { kind: 'known', value: items.map((item) => (item as { value: unknown }).value).join(',') } : undefined;
    }
    case 'subscript':
      return dotted(expression.object) === 'os.environ' || dotted(expression.object) === 'environ' ? variableNamed(inner(expression.index), environment) : undefined;
    case 'operation':
      return operation(expression.operator, inner(expression.left), inner(expression.right));
    case 'either':
      return either(expression.options.map(inner));
    case 'call':
      return called(file, expression.call, environment, inner);
    default:
      return undefined;
  }
}

/** The binding that holds when the file has run: its only one outside a branch, or the last on the top level. */
export function lastOf(file: Facts, bindings: readonly Binding[]): Binding | undefined {
  const last = bindings.at(-1);
  if (!last) return undefined;
  for (let block = file.blocks[last.block]; block && block.kind !== 'body'; block = file.blocks[block.parent]) if (block.kind !== 'with' && block.kind !== 'try') return undefined;
  return last;
}

function bindingsOf(file: Facts, name: string, scope: number): readonly Binding[] | undefined {
  for (let at = file.scopes[scope]; at; at = file.scopes[at.parent]) {
    const found = at.bindings.get(name);
    if (found) return found;
  }
  return undefined;
}

const counters = /^(?:(?:multiprocessing|os|psutil|mp|billiard|joblib)\.)?(?:cpu_count|process_cpu_count)$|^(?:os\.)?sched_getaffinity$/;
const readers = /^(?:(?:os\.)?getenv|(?:os\.)?environ\.get)$/;

/** Whether calling `callee` reads a variable of the environment. */
export function readsVariable(callee: Expression): boolean {
  return readers.test(dotted(callee) ?? '');
}

function called(file: Facts, index: number, environment: EnvironmentOf, inner: (next: Expression) => Evaluated | undefined): Evaluated | undefined {
  const call = file.calls[index];
  if (!call) return undefined;
  const name = dotted(call.callee);
  const given = call.arguments.filter((argument) => argument.star === undefined);
  const first = given[0] && inner(given[0].value);
  if (name === undefined) return method(file, call.callee, inner);
  if (counters.test(name)) return { kind: 'computed' };
  if (readers.test(name)) {
    const found = variableNamed(first, environment);
    if (found?.kind !== 'absent') return found;
    const fallback = given.find((argument, at) => at === 1 || argument.name === 'default');
    return fallback ? inner(fallback.value) : found;
  }
  switch (name) {
    case 'int':
    case 'float': {
      if (first?.kind !== 'known') return first;
      const number = typeof first.value === 'string' ? Number(first.value.trim() || NaN) : Number(first.value);
      return Number.isNaN(number) ? undefined : { kind: 'known', value: name === 'int' ? Math.trunc(number) : number };
    }
    case 'str':
      return first?.kind === 'known' ? { kind: 'known', value: String(first.value) } : first;
    case 'bool':
      return first?.kind === 'known' ? { kind: 'known', value: Boolean(first.value) } : undefined;
    case 'len':
    case 'round':
      return first?.kind === 'computed' ? first : undefined;
    case 'min':
    case 'max': {
      const all = given.map((argument) => inner(argument.value));
      if (all.length < 2 || all.includes(undefined)) return undefined;
      if (all.some((one) => one!.kind === 'computed')) return { kind: 'computed' };
      const numbers = all.map((one) => (one!.kind === 'known' ? Number((one as { value: unknown }).value) : NaN));
      return numbers.some(Number.isNaN) ? undefined : { kind: 'known', value: Math[name](...numbers) };
    }
    default:
      return method(file, call.callee, inner);
  }
}

/** `"True".lower()`, and what is like it. */
function method(file: Facts, callee: Expression, inner: (next: Expression) => Evaluated | undefined): Evaluated | undefined {
  if (callee.kind !== 'attribute') return undefined;
  const object = inner(callee.object);
  if (object?.kind !== 'known' || typeof object.value !== 'string') return undefined;
  switch (callee.name) {
    case 'lower': return { kind: 'known', value: object.value.toLowerCase() };
    case 'upper': return { kind: 'known', value: object.value.toUpperCase() };
    case 'strip': return { kind: 'known', value: object.value.trim() };
    default: return undefined;
  }
}

function variableNamed(name: Evaluated | undefined, environment: EnvironmentOf): Evaluated | undefined {
  if (name?.kind !== 'known' || typeof name.value !== 'string') return undefined;
  const value = environment(name.value);
  return value === undefined ? { kind: 'absent' } : value === null ? undefined : { kind: 'known', value };
}

function operation(operator: string, left: Evaluated | undefined, right: Evaluated | undefined): Evaluated | undefined {
  if (!left || !right || left.kind === 'absent' || right.kind === 'absent') return undefined;
  if (left.kind === 'computed' || right.kind === 'computed') return /^(?:[-+*/%]|\/\/)$/.test(operator) ? { kind: 'computed' } : undefined;
  if (typeof left.value === 'string' && typeof right.value === 'string') return operator === '+' ? { kind: 'known', value: left.value + right.value } : undefined;
  if (typeof left.value !== 'number' || typeof right.value !== 'number') return undefined;
  const [a, b] = [left.value, right.value];
  switch (operator) {
    case '+': return { kind: 'known', value: a + b };
    case '-': return { kind: 'known', value: a - b };
    case '*': return { kind: 'known', value: a * b };
    case '/': return b === 0 ? undefined : { kind: 'known', value: a / b };
    case '//': return b === 0 ? undefined : { kind: 'known', value: Math.floor(a / b) };
    default: return undefined;
  }
}

/** `a or b`: what is not there gives way to the next; else all must say the same. */
function either(options: readonly (Evaluated | undefined)[]): Evaluated | undefined {
  const [first, ...others] = options;
  if (first?.kind === 'absent' || (first?.kind === 'known' && (first.value === '' || first.value === 0))) return others.length === 1 ? others[0] : either(others);
  if (!first || others.some((other) => other === undefined)) return undefined;
  if (first.kind === 'computed') return first;
  return others.every((other) => other!.kind === 'known' && (other as { value: unknown }).value === first.value) ? first : undefined;
}

/** `a.b.c` as written; undefined for anything else. */
export function dotted(expression: Expression): string | undefined {
  if (expression.kind === 'name') return expression.name;
  const object = expression.kind === 'attribute' ? dotted(expression.object) : undefined;
  return object === undefined || expression.kind !== 'attribute' ? undefined : `${object}.${expression.name}`;
}
