/** Relations that a loop over rows reads one row after the other, because the query did not load them. */

import type { Facts, Loop, Range } from '../facts.ts';
import { logicalLineEnd } from '../fixes/source.ts';
import type { Finding, Note } from '../rule.ts';
import { relationsOf, type Relation } from '../workspace/models.ts';
import { isOrdinary } from '../workspace/queries.ts';
import { loadsAny, loadsWith, type Rows } from '../workspace/rows.ts';
import { ownerOf } from '../workspace/scopes.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { queryMessages, sourceNotes } from './round-trips.ts';
import { within } from '../fixes/names.ts';
import { callsOf } from './turns.ts';

/** Attributes that are no relations although something of theirs is read: files, dates, JSON. */
const values = /(file|image|photo|picture|avatar|logo|icon|attachment|document|cover|thumbnail|upload|media|video|audio|date|time|_at|_on|created|updated|modified|data|json|meta|settings|config|status|state|type|kind|objects|_meta|point|location|geom|color|range|url|price|amount)s?$|^(pk|id|self)$/;
const parts = /^(url|path|size|name_display|file|storage|year|month|day|hour|minute|second|value|label|x|y|lower|upper|pk|DoesNotExist)$/;

/** Methods by which a prefetched relation is still read without a query. */
const fromMemory = /^\s*\.\s*(all|count|exists)\(/;

/** One finding for each relation that every turn of `loop` loads anew; `asked` says what it walks. */
export function* lazyFindings(file: Facts, workspace: Workspace, loop: Loop, asked: () => Rows | undefined): Iterable<Finding> {
  const element = elementOf(file, loop);
  if (element === undefined || loop.async || !file.text.slice(loop.bodyRange.start, loop.bodyRange.end).includes(`${element}.`)) return;
  const rows = asked();
  // What was awaited loads nothing later: an asynchronous session refuses to.
  if (!rows?.objects || rows.awaited) return;
  const source = sourceNotes(file, rows, loop);
  if (!rows.model) {
    if (rows.library === 'django') yield* guesses(file, loop, element, rows, source);
    return;
  }
  for (const relation of relationsOf(workspace, rows.model).values()) {
    if (relation.loads === 'eager' || relation.library !== rows.library || haveOthers(file, loop, workspace, rows, relation)) continue;
    const loaded = relation.loads === 'lazy' && loadsWith(rows, relation.name);
    const declared: Note = { path: relation.path, range: relation.range, message: queryMessages.declared({ relation: relation.name }) };
    const [read] = readsOf(file, loop.bodyRange, element, relation.name).filter(({ end }) => !loaded || (relation.many && relation.library === 'django' && isQueried(file, end)));
    if (read) yield { range: read, message: messageOf(relation, rows, element, file, read), ...levelOf(relation), notes: [...source, declared] };
    else if (!loaded) yield* throughMethods(file, workspace, loop, element, relation, rows, [...source, declared]);
  }
}

const people = /user|author|owner|creator/;

/**
 * Whether the session has the rows at the other end of a relation already: all rows were asked for by one and the same
 * (`filter_by(author_id=user.id)`), or the others were loaded by their keys before the loop.
 */
function haveOthers(file: Facts, loop: Loop, workspace: Workspace, { source, named }: Rows, { library, many, name }: Relation): boolean {
  if (library !== 'sqlalchemy' || many) return false;
  const { text } = workspace.file(source.path)!;
  const written = text.slice(source.call.start, logicalLineEnd(text, source.call.end));
  const key = people.test(name) ? String.raw`(?:${name}|\w*(?:${people.source})\w*)` : name;
  if (new RegExp(String.raw`(?:filter_by\([^()]*\b${key}(?:_id)?\s*=(?!=)|\.${key}(?:_id)?\s*==\s*(?!\w*\.?[A-Z]))`, 'u').test(written)) return true;
  const before = file.text.slice(file.scopes[ownerOf(file, loop.scope)]!.start, loop.start);
  return [...before.matchAll(/\b([A-Z]\w*)\.id\.in_\(/g)].some(([, model]) => model !== named);
}

/** Methods of the element that read the relation of their `self`. */
function* throughMethods(file: Facts, workspace: Workspace, loop: Loop, element: string, relation: Relation, rows: Rows, notes: readonly Note[]): Iterable<Finding> {
  for (const call of callsOf(file, loop)) {
    const { callee } = call;
    if (callee.kind !== 'attribute' || callee.object.kind !== 'name' || callee.object.name !== element) continue;
    const definition = workspace.target(file, call)?.definition ?? methodOf(workspace, rows, callee.name);
    const inside = definition && workspace.file(definition.path);
    const scope = definition && inside?.scopes[definition.scope];
    if (!inside || !scope?.function || inside.scopes[scope.parent]?.kind !== 'class' || !isOrdinary(file, call, file.scopes[ownerOf(file, loop.scope)]!)) continue;
    const [read] = readsOf(inside, scope.function.bodyRange, 'self', relation.name).filter(({ end }) => !isQueried(inside, end) || relation.loads === 'dynamic' || relation.many);
    if (!read) continue;
    const values = { call: `${element}.${callee.name}`, read: `self.${relation.name}`, item: element };
    // SQLAlchemy refuses to load a dynamic relationship together with the rows.
    const message = relation.loads === 'dynamic' && relation.library === 'sqlalchemy' ? queryMessages.dynamicThrough(values) : queryMessages.lazyThrough({ ...values, instead: loaderOf(relation, rows) });
    yield {
      range: call.calleeRange, message, ...levelOf(relation),
      notes: [...notes, { path: inside.path, range: read, message: queryMessages.readHere({ read: `self.${relation.name}` }) }],
    };
  }
}

function methodOf(workspace: Workspace, rows: Rows, name: string): { path: string; scope: number } | undefined {
  const bound = workspace.file(rows.model!.path)?.scopes[rows.model!.scope]?.bindings.get(name)?.at(-1)?.value;
  return bound?.kind === 'function' ? { path: rows.model!.path, scope: bound.scope } : undefined;
}

/** `row.relation` where it is read, in order; what is assigned is not. */
function readsOf(file: Facts, range: Range, element: string, relation: string): readonly Range[] {
  const known = file.reads.some(({ value }) => value.name === relation && value.object.kind === 'name' && value.object.name === element);
  if (!known) return [];
  const found: Range[] = [];
  const pattern = new RegExp(String.raw`(?<![\p{L}\p{N}_.])${element}\.${relation}(?![\p{L}\p{N}_])(?!\s*(=[^=]|[-+|&]=))`, 'gu');
  const text = file.text.slice(range.start, range.end);
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const start = range.start + match.index;
    if (isCode(file.text, start)) found.push({ start, end: start + match[0].length });
  }
  return found;
}

/** Not in a comment, and in a string only where braces make it code. */
function isCode(text: string, at: number): boolean {
  const before = text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
  if (before.includes('#')) return false;
  const quotes = before.replace(/\\./g, '').match(/["']/g)?.length ?? 0;
  return quotes % 2 === 0 || before.lastIndexOf('{') > Math.max(before.lastIndexOf('"'), before.lastIndexOf("'"), before.lastIndexOf('}'));
}

/** Whether a manager is asked for other rows than all of its own. */
function isQueried(file: Facts, end: number): boolean {
  const after = file.text.slice(end, end + 40);
  return /^\s*\.\s*\w+\(/.test(after) && !fromMemory.test(after);
}

/** The model lies outside the workspace: two steps away from a row is most often another table, but that is not known. */
function* guesses(file: Facts, loop: Loop, element: string, rows: Rows, source: readonly Note[]): Iterable<Finding> {
  if (loadsAny(rows)) return;
  const owner = ownerOf(file, loop.scope);
  const seen = new Set<string>();
  for (const { value, scope, block, nameRange } of file.reads) {
    const { object } = value;
    if (object.kind !== 'attribute' || object.object.kind !== 'name' || object.object.name !== element || !within(nameRange, loop.bodyRange) || ownerOf(file, scope) !== owner) continue;
    if (seen.has(object.name) || values.test(object.name) || parts.test(value.name) || value.name === 'id' || file.blocks[block]?.kind === 'except') continue;
    seen.add(object.name);
    const [read] = readsOf(file, loop.bodyRange, element, object.name);
    if (read) yield { range: read, level: 'hint', message: queryMessages.perhaps({ read: `${element}.${object.name}`, item: element, instead: `select_related("${object.name}")` }), notes: source };
  }
}

/** The name that stands for one row in the loop's body. */
function elementOf(file: Facts, loop: Loop): string | undefined {
  if (loop.targets.length === 1) return loop.targets[0];
  const value = loop.iterable;
  const callee = value?.kind === 'call' ? file.calls[value.call]!.callee : undefined;
  return callee?.kind === 'name' && callee.name === 'enumerate' && loop.targets.length === 2 ? loop.targets[1] : undefined;
}

function messageOf(relation: Relation, rows: Rows, item: string, file: Facts, range: Range): Finding['message'] {
  const read = file.text.slice(range.start, range.end);
  if (relation.loads === 'dynamic') return queryMessages.dynamic({ read, item });
  if (relation.many && relation.library === 'django' && isQueried(file, range.end)) {
    const method = /^\s*\.\s*(\w+)/.exec(file.text.slice(range.end, range.end + 40))![1]!;
    return queryMessages.again({ read, method, item, relation: relation.name, instead: `Prefetch("${relation.name}", queryset=…)` });
  }
  return queryMessages.lazy({ read, item, instead: loaderOf(relation, rows) });
}

function loaderOf(relation: Relation, rows: Rows): string {
  if (relation.library === 'django') return `${relation.many ? 'prefetch_related' : 'select_related'}("${relation.name}")`;
  if (relation.library === 'peewee') return relation.many ? 'prefetch' : `join(${relation.name})`;
  return `${relation.many ? 'selectinload' : 'joinedload'}(${rows.named}.${relation.name})`;
}

/** A session that has loaded the one row at the other end already gives it back without a query (facts SA-35). */
function levelOf(relation: Relation): { level?: 'info' } {
  return relation.library === 'sqlalchemy' && !relation.many ? { level: 'info' } : {};
}
