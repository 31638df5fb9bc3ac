/** Queries that a loop runs once for each of its elements, itself or through helpers. */

import type { Call, Expression, Facts, Loop, Scope } from '../facts.ts';
import { isExternal, isLockName, isPacing } from '../fixes/resources.ts';
import { blockingRow } from '../knowledge/index.ts';
import type { QueryMethod } from '../knowledge/queries.ts';
import { defineMessages, type Finding, type Level, type Message, type Note } from '../rule.ts';
import { callsNamed } from '../workspace/named-calls.ts';
import { askedBy, firstLine, isOrdinary, iteratedQuery, linksOf, mayAsk, nameOf, queryOf, ranBy, shownCall, statementText, type Asked } from '../workspace/queries.ts';
import type { Rows } from '../workspace/rows.ts';
import { ownerOf } from '../workspace/scopes.ts';
import { callsIn } from '../workspace/work.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { callsOf, Turn } from './turns.ts';
import { lastName, rootName, within } from '../fixes/names.ts';

export const queryMessages = defineMessages('queries', {
  read: '`{call}` asks the database once for every `{item}`, so a hundred of them wait for a hundred round trips; ask once for all of them, with `{instead}`',
  write: '`{call}` sends a statement for every `{item}`, so a hundred of them wait for a hundred round trips; send one for all of them, with `{instead}`',
  redis: '`{call}` waits for Redis once for every `{item}`; send the commands of all of them together, with `{instead}`',
  through: '`{call}` runs a query (`{primitive}`) for every `{item}`, so a hundred of them wait for a hundred round trips; ask once for all of them, with `{instead}`',
  writeThrough: '`{call}` sends a statement (`{primitive}`) for every `{item}`, so a hundred of them wait for a hundred round trips; send one for all of them, with `{instead}`',
  redisThrough: '`{call}` waits for Redis (`{primitive}`) once for every `{item}`; send the commands of all of them together, with `{instead}`',
  step: '{step}/{steps} `{call}` is called here — {module}',
  query: '{step}/{steps} `{call}` asks the database here — {module}',
  lazy: '`{read}` is loaded when it is read, with a query for every `{item}`; load it together with the rows, with `{instead}`',
  lazyThrough: '`{call}` reads `{read}`, which is loaded with a query for every `{item}`; load it together with the rows, with `{instead}`',
  dynamicThrough: '`{call}` reads `{read}`, which runs a query for every `{item}`, because the relationship is dynamic; ask once for all of them, grouped by their owner',
  dynamic: '`{read}` runs a query for every `{item}`, because the relationship is dynamic; ask once for all of them, grouped by their owner',
  again: '`{read}.{method}` asks the database for every `{item}`, even where `{relation}` is loaded with the rows; choose among the loaded ones, or load it with `{instead}`',
  perhaps: '`{read}` may be a related row, which is loaded with a query for every `{item}`; if it is, load it together with the rows, with `{instead}`',
  declared: '`{relation}` is declared here, to be loaded when it is read',
  readHere: '`{read}` is read here',
  rows: 'The rows come from this query',
});

const instead: Readonly<Record<QueryMethod['library'], string>> = {
  sqlalchemy: 'Model.id.in_(ids)', django: 'filter(pk__in=ids)', tortoise: 'filter(id__in=ids)', peewee: 'Model.id.in_(ids)', sql: 'WHERE id IN (…)', mongo: '{"$in": ids}', redis: 'pipeline()',
};

/** Rows of which each gets values of its own. */
const writeInstead: { readonly [library in QueryMethod['library']]?: string } = {
  sqlalchemy: 'execute(statement, rows)', django: 'bulk_update(rows, fields)', tortoise: 'bulk_update(rows, fields)', peewee: 'bulk_update(rows, fields)', sql: 'executemany(statement, rows)', mongo: 'bulk_write(requests)',
};

/** One finding for each query that every turn of `loop` runs anew; `rows` says what it walks. */
export function* roundTripFindings(file: Facts, workspace: Workspace, loop: Loop, rows: () => Rows | undefined): Iterable<Finding> {
  const owner = file.scopes[ownerOf(file, loop.scope)]!;
  const mattering = callsOf(file, loop).filter((call) => mayMatter(file, workspace, call));
  if (mattering.length === 0) return;
  const turn = new Turn(file, loop);
  const calls = mattering.filter((call) => isRepeated(file, loop, turn, owner, call));
  if (calls.length === 0) return;
  const item = file.text.slice(loop.targetRange!.start, loop.targetRange!.end);
  const found: Finding[] = [];
  const texts = new Set<string>();
  for (const call of calls) {
    const query = queryOf(file, workspace, call) ?? walked(file, workspace, call);
    // The same question twice in one turn is one thing to repair.
    const text = file.text.slice(call.start, call.end);
    if (texts.has(text) || (query && (isItsOwnStatement(file, call, turn) || isForItsOwnPlace(file, call, loop, turn)))) continue;
    const asked = query ? undefined : helperQuery(file, workspace, call, owner, turn);
    if ((!query && !asked) || (asked && isStarted(file, workspace, call))) continue;
    if (query && ((query.does === 'write' && isAlone(file, call, loop)) || isBuiltDifferently(file, call, loop))) continue;
    texts.add(text);
    const range = firstLine(file, call);
    const notes = [...sourceNotes(file, rows(), loop), ...(asked ? notesOf(asked) : [])];
    const values = { item, call: asked ? nameOf(workspace, ranBy(file, workspace, call)!) : shownCall(file, call), ...(asked ? { primitive: asked.steps.at(-1)!.name } : {}) };
    const message = messageOf(query ?? asked!.query, values);
    found.push({ range, message, ...levelOf(query ?? asked!.query), ...(notes.length > 0 ? { notes } : {}) });
  }
  // Where a turn also waits for other services, the queries are the least of it.
  if (found.length > 0 && !callsOf(file, loop).some((call) => isHeavy(file, workspace, call))) yield* found;
}

/** Whether a call may be a query, walk one or run one: most calls are neither, and need no other look. */
function mayMatter(file: Facts, workspace: Workspace, call: Call): boolean {
  return mayAsk(file, workspace, call) || call.role === 'iterated' || (call.role === 'argument' && consumedIn(file).has(call.index));
}

/** By loop and call: answers rest on one statement of the top level, which stays the same object while its text does. */
const repeated = new WeakMap<Loop, WeakMap<Call, boolean>>();

/** Whether every turn of a loop makes a call of its body anew, for its own element. */
function isRepeated(file: Facts, loop: Loop, turn: Turn, owner: Scope, call: Call): boolean {
  let calls = repeated.get(loop);
  if (!calls) repeated.set(loop, (calls = new WeakMap()));
  let answer = calls.get(call);
  if (answer === undefined) calls.set(call, (answer = turn.mentionedIn(call) && isOrdinary(file, call, owner) && !turn.isChosen(call)));
  return answer;
}

/** A query below a helper that is there to read or change rows, not to do a job of which rows are a part. */
function helperQuery(file: Facts, workspace: Workspace, call: Call, owner: Scope, turn: Turn): Asked | undefined {
  const name = (lastName(call.callee) ?? '').replace(/^_+a?(?=[a-z])/, '');
  if (jobs.test(name) || /(^|_)(batch|bulk|many)(_|$)/.test(name) || isLockName(rootName(call.callee) ?? '')) return undefined;
  const asked = askedBy(file, workspace, call, (range) => turn.mentionedIn(range));
  if (!asked || (asked.steps.length > 1 && (changes.test(name) || asked.query.does !== 'read'))) return undefined;
  // A tree is walked by asking itself: the first caller's loop is told.
  const { definition } = ranBy(file, workspace, call)!;
  return definition!.path === file.path && definition!.scope === owner.index ? undefined : asked;
}

const jobs = /^a?(run|execute|process|handle|perform|start|stop|trigger|schedule|dispatch|enqueue|send|notify|email|publish|upload|download|generate|train|transform|index|sync|import|export|crawl|scrape|search|query|create|insert|save|store|persist|close|record|log|claim|recover|cancel|refresh|register|install|initiali[sz]e|setup|migrate|evaluate|invoke|call|chat|embed|summari[sz]e|translate|retry|wait|poll|ensure)(_|$|[A-Z])/;
const changes = /^a?(update|delete|remove|set|mark|add|upsert|clear|reset|archive|patch|unlock|lock|revoke|grant|assign|unassign|activate|deactivate|enable|disable|complete|finali[sz]e|approve|reject|move|merge|apply|restore|expire|attach|detach|link|unlink)(_|$|[A-Z])/;
const databaseWords = /^(fetch\w*|scalars?|all|first|one|one_or_none|commit|rollback|flush|refresh|add_all|mappings|unique|begin|begin_nested|expire|cursor|aget|asave|save|acreate|alist|aiterator)$/;

/** Whether a call of the turn waits for something else than the database: a service, a file store, a pause. */
function isHeavy(file: Facts, workspace: Workspace, call: Call): boolean {
  const name = lastName(call.callee) ?? '';
  if (isPacing(name)) return true;
  const target = ranBy(file, workspace, call);
  if (target && !target.definition) {
    if (isExternal(target.name)) return true;
    const row = blockingRow(target.name);
    if (row && row.cost !== 'none' && row.cost !== 'low' && /^blocking-(http|network|subprocess|document|archive|sleep)$/.test(row.rule)) return true;
  }
  if (call.awaited === undefined || databaseWords.test(name) || queryOf(file, workspace, call) || askedBy(file, workspace, call)) return false;
  const definition = target?.definition;
  const inside = definition && workspace.file(definition.path);
  // A coroutine that waits for nothing is a placeholder for others, unless it does something at least.
  return !inside || inside.scopes[definition.scope]?.function?.awaits !== false || callsIn(inside, definition.scope).length === 0;
}

const walkers: ReadonlySet<string> = new Set(['list', 'len', 'set', 'sorted', 'tuple', 'bool', 'dict']);
const walking = callsNamed(walkers);
const consumed = new WeakMap<Facts, ReadonlySet<number>>();

/** Calls whose result a built-in function walks at once. */
function consumedIn(file: Facts): ReadonlySet<number> {
  let known = consumed.get(file);
  if (!known) {
    const found = new Set<number>();
    for (const { callee, arguments: [first] } of walking(file)) if (callee.kind === 'name' && first?.value.kind === 'call' && walkers.has(callee.name)) found.add(first.value.call);
    consumed.set(file, (known = found));
  }
  return known;
}

/** `list(queryset)` and a loop over a queryset run it. */
function walked(file: Facts, workspace: Workspace, call: Call): QueryMethod | undefined {
  if (call.role !== 'iterated' && !(call.role === 'argument' && consumedIn(file).has(call.index))) return undefined;
  const library = iteratedQuery(file, workspace, { kind: 'call', call: call.index }, call.scope, call.start);
  return library && { library, does: 'read' };
}

/** `rows.count()` where each kind of element has a query of its own: no one query answers all of them. */
function isBuiltDifferently(file: Facts, { callee, scope }: Call, loop: Loop): boolean {
  if (callee.kind !== 'attribute' || callee.object.kind !== 'name') return false;
  const bindings = file.scopes[ownerOf(file, scope)]!.bindings.get(callee.object.name) ?? [];
  return bindings.filter((binding) => within(binding, loop.bodyRange)).length > 2;
}

/** A coroutine that is made here and not awaited: it runs at the same time as those of the other turns. */
function isStarted(file: Facts, workspace: Workspace, call: Call): boolean {
  if (call.awaited !== undefined) return false;
  const definition = workspace.target(file, call)?.definition;
  return definition !== undefined && workspace.file(definition.path)?.scopes[definition.scope]?.function?.async === true && !file.loops.some((one) => one.async && one.iterable?.kind === 'call' && one.iterable.call === call.index);
}

/** A statement in a transaction of its own, under a `try`: one that fails shall not undo the others. */
function isAlone(file: Facts, call: Call, loop: Loop): boolean {
  const transaction = file.withs.some((one) => within(one, loop.bodyRange) && within(call, one.bodyRange) && one.items.some(({ value }) => value.kind === 'call' && /^(begin|begin_nested|atomic|transaction)$/.test(lastName(file.calls[value.call]!.callee) ?? '')));
  if (!transaction) return false;
  for (let block = file.blocks[call.block]; block && block.start >= loop.bodyRange.start && block.index !== loop.body; block = file.blocks[block.parent]) if (block.kind === 'try') return true;
  return false;
}

/** The element is the statement, or the place to ask: `db.execute(statement)`, `model.objects.count()`, `select(table)`. */
function isItsOwnStatement(file: Facts, call: Call, turn: Turn): boolean {
  const first = call.arguments[0]?.value;
  if (tablesOf(file, call).some((table) => turn.owns(table))) return true;
  const { root, links } = linksOf(file, call.callee);
  if (root.kind === 'name' && turn.isTarget(root.name) && (links[0]?.name === 'objects' || links[0]?.name === 'query' || links.length === 1)) return true;
  return first?.kind === 'name' && turn.isTarget(first.name) && /^(execute|exec|scalars?)$/.test(lastName(call.callee) ?? '');
}

/** The element names the table or schema, or the database that is spoken to; or its row is locked and written before the next one. */
function isForItsOwnPlace(file: Facts, call: Call, loop: Loop, turn: Turn): boolean {
  const written = statementText(file, call) ?? '';
  for (const [, name] of written.matchAll(/\b(?:from|join|into|update|table|schema|search_path\s*(?:to|=))\s+["`[]*\{([\p{L}_][\p{L}\p{N}_]*)/giu)) if (turn.owns(name!)) return true;
  if (/\bwith_for_update\(/.test(file.text.slice(call.start, call.end)) && /\.commit\(/.test(file.text.slice(loop.bodyRange.start, loop.bodyRange.end))) return true;
  const root = rootName(call.callee);
  return root !== undefined && file.withs.some((one) => within(one, loop.bodyRange) && within(call, one.bodyRange) && one.items.some(({ alias, range }) => alias === root && turn.mentionedIn(range)));
}

/** Names of what a statement reads or changes: `select(table)`, `table.delete()`, `session.query(Model)`. */
function tablesOf(file: Facts, call: Call): readonly string[] {
  const found: string[] = [];
  // `redis.delete(key)` is no statement about a table.
  const look = (expression: Expression | undefined, statement: boolean): void => {
    if (expression?.kind !== 'call') return;
    const { root, links } = linksOf(file, expression);
    for (const { name, call: made } of links) {
      const of = made?.arguments[0]?.value;
      if ((name === 'query' || (statement && /^(select|insert|update|delete)$/.test(name))) && of?.kind === 'name') found.push(of.name);
    }
    if (statement && root.kind === 'name' && links[0]?.call) found.push(root.name);
  };
  look({ kind: 'call', call: call.index }, false);
  const [first] = call.arguments;
  look(first?.value, true);
  if (first?.value.kind === 'name') for (const { value } of file.scopes[call.scope]!.bindings.get(first.value.name) ?? []) if (value.kind === 'assigned') look(value.value, true);
  return found;
}

function messageOf(query: Asked['query'], values: Readonly<Record<string, string>>): Message {
  const all = { ...values, instead: query.does === 'write' && query.deletes !== true ? writeInstead[query.library] ?? instead[query.library] : instead[query.library] };
  const through = values['primitive'] !== undefined;
  if (query.library === 'redis') return through ? queryMessages.redisThrough(all) : queryMessages.redis(all);
  if (query.does === 'write') return through ? queryMessages.writeThrough(all) : queryMessages.write(all);
  return through ? queryMessages.through(all) : queryMessages.read(all);
}

/** Redis answers in a fraction of a millisecond, and a session may have loaded what is asked for by its key (facts SA-35). */
function levelOf({ library, does }: QueryMethod): { level?: Level } {
  return library === 'redis' || does === 'keyed' || does === 'write' ? { level: 'info' } : {};
}

function notesOf({ steps }: Asked): readonly Note[] {
  return steps.map(({ path, range, name, module }, index) => {
    const values = { step: String(index + 1), steps: String(steps.length), call: name, module };
    return { path, range, message: index === steps.length - 1 ? queryMessages.query(values) : queryMessages.step(values) };
  });
}

/** Where the rows of a loop come from, when their query is in sight. */
export function sourceNotes(file: Facts, rows: Rows | undefined, loop: Loop): readonly Note[] {
  if (!rows || (rows.source.path === file.path && within(rows.source.call, loop))) return [];
  const { path, call } = rows.source;
  return [{ path, range: { start: call.start, end: Math.min(call.calleeRange.end, call.start + (call.end - call.start)) }, message: queryMessages.rows() }];
}
