/** What a call asks of a database, itself or through the functions of the workspace that it runs. */

import type { Call, Expression, Facts, Range, Scope } from '../facts.ts';
import { queryIterated, queryMethod, queryNames, type Library, type QueryMethod } from '../knowledge/queries.ts';
import { argumentFor, constantOf, fillsOnce, guardsOf, holds, reachable } from './guards.ts';
import { decoratedWith, displayName, ownerOf } from './scopes.ts';
import { concernedNames, mentionsAny } from './concerns.ts';
import { callsIn } from './work.ts';
import type { Step, Target, Workspace } from './workspace.ts';

/** A round trip to a database or to Redis. */
export interface Query extends QueryMethod {
  /** Of a write: it removes rows. */
  readonly deletes?: boolean;
  readonly call: Call;
  /** As users name it: `db.session.query(Tool)….all`. */
  readonly name: string;
}

/** Calls from a helper down to the query it runs; the helper's own steps, the query last. */
export interface Asked {
  readonly query: QueryMethod & { readonly deletes?: boolean };
  readonly steps: readonly Step[];
}

/** Services have a layer or two above their queries. What lies deeper is a program of its own. */
const deepest = 3;

/** Functions that run another one elsewhere, with the position of the function and of its first argument. */
const runners = new Map<string, number>([['to_thread', 0], ['run_in_threadpool', 0], ['run_sync', 0], ['run_in_executor', 1]]);
const wrappers = /^(database_)?sync_to_async$|^asyncify$/;
const cachedNames = /cache|memo|once|singleton/i;

/** A link of `a.b(…).c`: the attribute, and the call of it where it is called. */
interface Link {
  readonly name: string;
  readonly call?: Call;
}

/** `db.session.query(Tool).filter(…).all` as its root and links. */
export function linksOf(file: Facts, expression: Expression): { readonly root: Expression; readonly links: readonly Link[] } {
  const links: Link[] = [];
  let at = expression;
  for (let call: Call | undefined; ;) {
    if (at.kind === 'call') {
      call = file.calls[at.call]!;
      at = call.callee;
    } else if (at.kind === 'attribute') {
      links.push({ name: at.name, ...(call ? { call } : {}) });
      call = undefined;
      at = at.object;
    } else if (at.kind === 'await') at = at.value;
    else {
      if (call && at.kind === 'name') links.push({ name: at.name, call });
      return { root: at, links: links.reverse() };
    }
  }
}

/** Whether a call may ask a database at all, itself or through a function that it runs: told at once, by its name. */
export function mayAsk(file: Facts, workspace: Workspace, call: Call): boolean {
  const { callee } = call;
  return callee.kind !== 'attribute' || queryNames.has(callee.name) || shapes.test(callee.name) || runners.has(callee.name) || workspace.mayRun(file, call);
}

/** The round trip that a call is; undefined for all other calls. */
export function queryOf(file: Facts, workspace: Workspace, call: Call): Query | undefined {
  if (file.language !== 'python') return undefined;
  const { callee } = call;
  if (callee.kind !== 'attribute' && callee.kind !== 'name') return undefined;
  const target = workspace.target(file, call);
  if (target?.definition) return undefined;
  let method = target && queryMethod(target.name);
  if (!method && callee.kind === 'attribute') {
    for (const type of workspace.types(file, callee.object, call.scope, call.start)) method ??= queryMethod(`${type}.${callee.name}`);
  }
  method ??= byShape(file, workspace, call);
  if (!method || isInMemory(file, call) || asksForMany(file, call)) return undefined;
  // `execute` does what its statement says.
  const written = /^(execute|exec)$/.test(callee.name) ? statementText(file, call) ?? argumentText(file, call) : undefined;
  // Locks, sessions and tables are no rows: `SET`, `KILL`, `DropTable(…)`.
  if (written !== undefined && /^(\w+\.)*(Create|Drop|Add|Set)[A-Z]\w*\(/.test(written)) return undefined;
  if (written !== undefined && /^\W*(\w+\.)*(text\()?\s*[rbf]{0,2}["']/i.test(written) && !statement.test(written)) return undefined;
  return { ...method, ...(written !== undefined && doesOf(written) === 'write' ? { does: 'write' } : {}), ...(isDelete(callee.name, written) ? { deletes: true } : {}), call, name: shownCall(file, call) };
}

/** The library whose query runs when `expression` is walked by a loop or `list()`. */
export function iteratedQuery(file: Facts, workspace: Workspace, expression: Expression, scope: number, at: number): Library | undefined {
  if (expression.kind !== 'call' && expression.kind !== 'name' && expression.kind !== 'attribute') return undefined;
  for (const type of workspace.types(file, expression, scope, at)) {
    const library = queryIterated(type);
    if (library) return library;
  }
  if (expression.kind !== 'call') return undefined;
  const { links } = linksOf(file, expression);
  const manager = links.findIndex(({ name, call }) => name === 'objects' && !call);
  return manager >= 0 && links.slice(manager + 1).every(({ name, call }) => call && lazyDjango.has(name)) ? 'django' : undefined;
}

const lazyDjango = new Set('all filter exclude order_by annotate distinct values values_list only defer select_related prefetch_related using reverse raw none'.split(' '));

// ── shapes: what no type tells ──

const statement = /^\s*\(?\s*(?:(?:sqlalchemy|sa|sql|db)\.)?(?:[rbf]{0,2}(?:"""|'''|"|')\s*(?:select|insert|update|delete|with|replace|merge)\b|text\(|(?:select|update|delete|insert)\()/i;

const shapes = /^(?:fetch_(?:all|one|val)|fetch(?:row|val)?|execute|scalars?|exec|stream)$/;

/** A query by the words around it, where the receiver's type is not known. */
function byShape(file: Facts, workspace: Workspace, call: Call): QueryMethod | undefined {
  const { callee } = call;
  if (callee.kind !== 'attribute' || (callee.object.kind !== 'call' && workspace.types(file, callee.object, call.scope, call.start).length > 0)) return undefined;
  const built = byBuilder(file, callee.object, callee.name) ?? byBuilder(file, builtBefore(file, call, linksOf(file, callee.object).root), callee.name);
  if (built) return built;
  if (/^fetch_(all|one|val)$|^fetch(row|val)$/.test(callee.name) && call.arguments.length > 0) return { library: 'sql', does: 'read' };
  if (/^(execute|scalars?|exec|stream|fetch)$/.test(callee.name)) {
    const written = statementText(file, call);
    if (written === undefined || /\bsqlite3\b/.test(file.text)) return undefined;
    return { library: /^\W*\w*\W*["']/.test(written) ? 'sql' : 'sqlalchemy', does: doesOf(written) };
  }
  return undefined;
}

/** `session.query(Tool)…`, `Tool.query…` and `Tool.objects…` are queries whatever the session is. */
function byBuilder(file: Facts, builder: Expression | undefined, method: string): QueryMethod | undefined {
  if (!builder) return undefined;
  for (const { name, call } of linksOf(file, builder).links) {
    if (name === 'query' && (call ? namesModel(file, call) : isModel(beforeLink(file, builder, 'query')))) return queryMethod(`flask_sqlalchemy.query.Query.${method}`);
    if (name === 'objects' && isModel(beforeLink(file, builder, 'objects'))) return queryMethod(`django.db.models.query.QuerySet.${method}`);
  }
  return undefined;
}

/** What a name was given last before a call, in the same function, where that is another call. */
function builtBefore(file: Facts, call: Call, root: Expression): Expression | undefined {
  if (root.kind !== 'name') return undefined;
  for (let scope: Scope | undefined = file.scopes[call.scope]; scope && scope.index > 0; scope = file.scopes[scope.parent]) {
    const value = scope.bindings.get(root.name)?.filter(({ start }) => start < call.start).at(-1)?.value;
    if (value) return value.kind === 'assigned' && value.value.kind === 'call' ? value.value : undefined;
    if (scope.kind === 'function') return undefined;
  }
  return undefined;
}

function beforeLink(file: Facts, expression: Expression, name: string): Expression | undefined {
  let at = expression;
  for (;;) {
    if (at.kind === 'call') at = file.calls[at.call]!.callee;
    else if (at.kind === 'await') at = at.value;
    else if (at.kind === 'attribute') {
      if (at.name === name) return at.object;
      at = at.object;
    } else return undefined;
  }
}

/** A class by its name: `Tool`, `models.Tool`. */
function isModel(expression: Expression | undefined): boolean {
  return (expression?.kind === 'name' || expression?.kind === 'attribute') && (/^_?[A-Z]/.test(expression.name) || expression.name === 'cls' || expression.name === 'model');
}

function namesModel(file: Facts, call: Call): boolean {
  const first = call.arguments[0]?.value;
  if (!first) return false;
  if (first.kind === 'call') return linksOf(file, first).links[0]?.name === 'func' || linksOf(file, first).root.kind === 'name';
  return isModel(first) || (first.kind === 'attribute' && isModel(first.object));
}

/** The SQL or statement given to `execute`, as it is written here or where its name is bound in the same function. */
export function statementText(file: Facts, call: Call): string | undefined {
  const argument = call.arguments[0];
  if (!argument || argument.star || argument.name !== undefined) return undefined;
  const written = file.text.slice(argument.valueRange.start, Math.min(argument.valueRange.end, argument.valueRange.start + 200));
  if (statement.test(written)) return written;
  if (argument.value.kind !== 'name') return undefined;
  for (let scope: Scope | undefined = file.scopes[call.scope]; scope; scope = file.scopes[scope.parent]) {
    const bound = scope.bindings.get(argument.value.name);
    if (!bound) continue;
    const last = bound.filter((binding) => binding.start < call.start).at(-1) ?? bound[0]!;
    const assigned = /^\s*[\w.]+\s*(?::[^=\n]+)?=\s*([^]*)/.exec(file.text.slice(last.start, last.start + 300))?.[1];
    return assigned !== undefined && statement.test(assigned) ? assigned : undefined;
  }
  return undefined;
}

function doesOf(written: string): 'read' | 'write' {
  return /^\W*(?:\w+\.)*(?:text\()?[\s(rbf"']*(insert|update|delete|replace|merge)\b/i.test(written) || /^[\w.]+\.(insert|update|delete)\(/.test(written) ? 'write' : 'read';
}

/** `query.delete()`, `execute(delete(Model))`, `execute("DELETE …")`. */
function isDelete(method: string, written: string | undefined): boolean {
  return written === undefined ? /^a?delete(_|$)/.test(method) : /^\W*(?:\w+\.)*(?:text\()?[\s(rbf"']*delete\b|\.delete\(/i.test(written);
}

/** `pipe.get(…)` is sent with the others later, and so is what a name says of itself. */
function isInMemory(file: Facts, { callee }: Call): boolean {
  if (callee.kind !== 'attribute') return false;
  const { object } = callee;
  return (object.kind === 'name' || object.kind === 'attribute') && /(^|_)(pipe|pipeline|batch|bulk|multi)$/i.test(object.name);
}

const argumentText = (file: Facts, { arguments: [first] }: Call): string | undefined => first && file.text.slice(first.valueRange.start, first.valueRange.end);

/** A query for many at once, or for a text that no list of values replaces. */
function asksForMany(file: Facts, call: Call): boolean {
  const written = file.text.slice(call.start, call.end) + (statementText(file, call) ?? '') + builtText(file, call);
  return /__in\s*=|\.in_\(|\bin\s*\(|=\s*any\s*\(|\$in\b|\.(i?like|i?contains|match|op)\(|__(i?contains|search|i?startswith)\s*=|\bi?like\s+[%:?$'\"({]/i.test(written);
}

/** How `rows` of `rows.exists()` was built. */
function builtText(file: Facts, call: Call): string {
  if (call.arguments.length > 0 || call.callee.kind !== 'attribute' || call.callee.object.kind !== 'name') return '';
  const built = builtBefore(file, call, call.callee.object);
  const made = built?.kind === 'call' ? file.calls[built.call] : undefined;
  return made ? file.text.slice(made.start, made.end) : '';
}

// ── through helpers ──

/** The function of the workspace that a call runs, also where it hands it to a thread first. */
export function ranBy(file: Facts, workspace: Workspace, call: Call): Target | undefined {
  const { callee } = call;
  const name = callee.kind === 'name' || callee.kind === 'attribute' ? callee.name : undefined;
  const position = name === undefined ? undefined : runners.get(name);
  if (position !== undefined) {
    const work = call.arguments.filter((argument) => argument.name === undefined && !argument.star)[position];
    return work && workspace.target(file, { callee: work.value, scope: call.scope, start: call.start });
  }
  if (callee.kind === 'call') {
    const wrapper = file.calls[callee.call]!;
    const work = wrapper.arguments[0]?.value;
    if ((wrapper.callee.kind === 'name' || wrapper.callee.kind === 'attribute') && wrappers.test(wrapper.callee.name) && work) {
      return workspace.target(file, { callee: work, scope: call.scope, start: call.start });
    }
  }
  return workspace.target(file, call);
}

/**
 * The query that a call runs through functions of the workspace, with the steps down to it; undefined where there is none.
 * With `concerned` only one that rests on an argument for which that holds.
 */
export function askedBy(file: Facts, workspace: Workspace, call: Call, concerned?: (range: Range) => boolean): Asked | undefined {
  const target = ranBy(file, workspace, call);
  if (!target?.definition) return undefined;
  return asked(workspace, target.definition, deepest - 1, { file, call, ...(concerned ? { concerned } : {}) });
}

/** A call that leads to a function, and which of its arguments matter. */
interface Asking {
  readonly file: Facts;
  readonly call: Call;
  readonly concerned?: (range: Range) => boolean;
}

function asked(workspace: Workspace, { path, scope: index }: NonNullable<Target['definition']>, depth: number, from: Asking): Asked | undefined {
  const file = workspace.file(path);
  const scope = file?.scopes[index];
  if (!file || !scope?.function) return undefined;
  const known = workspace.remembered('queries of functions', () => new Map<string, readonly { call: Call; asked: Asked }[]>());
  const key = `${depth} ${path}#${index}`;
  let all = known.get(key);
  if (!all) {
    known.set(key, []);
    known.set(key, (all = repeats(file, scope) ? found(file, workspace, scope, depth) : []));
  }
  if (all.length === 0) return undefined;
  const given = from.concerned && concernedNames(file, scope, from);
  return all.find((one) => mayRun(file, scope, one.call, from) && (!given || mentionsAny(file.text.slice(one.call.start, one.call.end), given)))?.asked;
}

/** Queries of a function's own, then those of the functions it calls; each with the call that leads to it. */
function found(file: Facts, workspace: Workspace, scope: Scope, depth: number): readonly { call: Call; asked: Asked }[] {
  const all: { call: Call; asked: Asked }[] = [];
  const module = workspace.module(file.path);
  const calls = callsIn(file, scope.index).filter((call) => mayAsk(file, workspace, call) && isOrdinary(file, call, scope));
  for (const call of calls) {
    const query = queryOf(file, workspace, call);
    if (query) all.push({ call, asked: { query, steps: [{ path: file.path, range: firstLine(file, call), name: query.name, module }] } });
  }
  for (const loop of file.loops) {
    if (!loop.iterable || !loop.iterableRange || loop.iterable.kind !== 'call' || ownerOf(file, loop.scope) !== scope.index) continue;
    const call = file.calls[loop.iterable.call]!;
    const library = isOrdinary(file, call, scope) ? iteratedQuery(file, workspace, loop.iterable, loop.scope, loop.iterableRange.start) : undefined;
    if (library) all.push({ call, asked: { query: { library, does: 'read' }, steps: [{ path: file.path, range: firstLine(file, call), name: shownCall(file, call), module }] } });
  }
  if (depth > 0) {
    for (const call of calls) {
      const target = ranBy(file, workspace, call);
      const below = target?.definition && asked(workspace, target.definition, depth - 1, { file, call });
      if (below) all.push({ call, asked: { query: below.query, steps: [{ path: file.path, range: firstLine(file, call), name: nameOf(workspace, target), module }, ...below.steps] } });
    }
  }
  return all;
}

/** A function's name as users say it: `TaskStore.history`. */
export function nameOf(workspace: Workspace, { name, definition }: Target): string {
  const file = definition && workspace.file(definition.path);
  return file ? displayName(file, file.scopes[definition.scope]!) : name;
}

const repeating = new WeakMap<Scope, boolean>();

/** Whether each call of a function does its work anew. */
function repeats(file: Facts, scope: Scope): boolean {
  let known = repeating.get(scope);
  if (known === undefined) repeating.set(scope, (known = doesAnew(file, scope)));
  return known;
}

function doesAnew(file: Facts, scope: Scope): boolean {
  const facts = scope.function!;
  if (facts.generator || decoratedWith(facts, 'overload')) return false;
  if (facts.decorators.some(({ value }) => cachedNames.test(file.text.slice(...rangeOf(file, value))))) return false;
  const body = file.text.slice(facts.bodyRange.start, facts.bodyRange.end);
  // A search for a text is not asked for many texts at once.
  if (/\bif\s+\w+\s+in\s+([\w.]+)\s*:\s*return\s+\1\[/.test(body)) return false;
  return !cachedNames.test(scope.name) && !/\b\w*(cache|memo)\w*\b/i.test(body) && !/\bI?LIKE\s+[%:?$'"({]/.test(body);
}

function rangeOf(file: Facts, value: Expression): [number, number] {
  if (value.kind === 'call') {
    const { calleeRange } = file.calls[value.call]!;
    return [calleeRange.start, calleeRange.end];
  }
  return [0, 0];
}

/** A call that every run of its function may reach: not only after a failure, not only the first time. */
export function isOrdinary(file: Facts, call: Call, owner: Scope): boolean {
  if (!reachable(file, call.block, call.start) || fillsOnce(file, call, owner)) return false;
  for (let block = file.blocks[call.block]; block && block.kind !== 'body'; block = file.blocks[block.parent]) if (block.kind === 'except') return false;
  return true;
}

/** Whether the arguments of a call leave one of the callee's own calls possible. */
function mayRun(file: Facts, scope: Scope, inner: Call, from: { file: Facts; call: Call }): boolean {
  const bound = from.call.callee.kind === 'attribute' && file.scopes[scope.parent]?.kind === 'class' && !decoratedWith(scope.function!, 'staticmethod');
  return guardsOf(file, inner.block, scope).every((guard) => {
    const given = argumentFor(from.call.arguments, scope.function!.parameters, guard.parameter, bound);
    const constant = given && constantOf(given);
    return constant === undefined || holds(guard, constant);
  });
}

// ── words ──

/** The first line of a call's callee. */
export function firstLine(file: Facts, { calleeRange: { start, end } }: Call): { start: number; end: number } {
  const line = file.text.slice(start, end).split('\n', 1)[0]!.replace(/[\s(\\]+$/, '');
  return { start, end: start + line.length };
}

/** A callee as users would say it, with what is in its brackets left out unless it is one name. */
export function shownCall(file: Facts, call: Call): string {
  const show = (expression: Expression): string => {
    switch (expression.kind) {
      case 'name': return expression.name;
      case 'attribute': return `${show(expression.object)}.${expression.name}`;
      case 'call': {
        const inner = file.calls[expression.call]!;
        const [first] = inner.arguments;
        const plain = inner.arguments.length === 1 && first!.name === undefined && (first!.value.kind === 'name' || first!.value.kind === 'attribute');
        return `${show(inner.callee)}(${inner.arguments.length === 0 ? '' : plain ? show(first!.value) : '…'})`;
      }
      case 'subscript': return `${show(expression.object)}[…]`;
      case 'await': return `(await ${show(expression.value)})`;
      default: return '…';
    }
  };
  const whole = show(call.callee);
  if (whole.length <= 60) return whole;
  const { links } = linksOf(file, call.callee);
  return `${links.some(({ name }) => name === 'query') ? 'query' : links[0]?.name ?? ''}….${links.at(-1)!.name}`;
}
