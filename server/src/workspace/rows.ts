/** Where the rows that a loop walks come from: the query, the model, and all that was asked to be loaded with them. */

import type { Call, Expression, Facts } from '../facts.ts';
import type { Relation } from './models.ts';
import type { Definition } from './values.ts';
import type { Workspace } from './workspace.ts';

export interface Rows {
  readonly library: Relation['library'];
  /** The model as the query names it (empty for several, or columns), and its class where the workspace has it. */
  readonly named: string;
  readonly model?: Definition;
  /** The rows are instances of the model, whose relations can be read. */
  readonly objects: boolean;
  /** The call that begins the query. */
  readonly source: { readonly path: string; readonly call: Call };
  /** Everything that was written to build the query. */
  readonly written: string;
  /** It was awaited: nothing is loaded later. */
  readonly awaited: boolean;
}

/** Helpers that give back what another one found are followed this far. */
const deepest = 3;
const containers = /^(list|sorted|reversed|tuple|enumerate|set|tqdm|iter)$/;
/** Methods after which rows are no objects of the model. */
const plain = /\.(values|values_list|with_entities|add_columns|dicts|tuples|namedtuples|scalar|mappings|aggregate|raw)\(/;
const eager = /\b(joinedload|selectinload|subqueryload|contains_eager|immediateload|raiseload|noload|lazyload|defaultload|select_related|prefetch_related|prefetch|Prefetch|fetch_related)\b/;

/** The rows that `expression` gives one by one, where their query is in sight. */
export function rowsOf(file: Facts, workspace: Workspace, expression: Expression, scope: number, at: number): Rows | undefined {
  const rows = follow(file, workspace, expression, scope, at, deepest);
  return rows && plain.test(rows.written) ? { ...rows, objects: false } : rows;
}

/** Whether a query loads a relation together with its rows, or may do so in a way that cannot be seen. */
export function loadsWith(rows: Rows, relation: string): boolean {
  const { written } = rows;
  if (/\.options\(\s*(\*|[a-z_]\w*\s*[,)])|(select_related|prefetch_related)\(\s*(\*|\)|[a-z_]\w*\s*[,)])/.test(written)) return true;
  return eager.test(written) && new RegExp(String.raw`(?<![\p{L}\p{N}_])${relation}(?![\p{L}\p{N}])`, 'u').test(written);
}

/** Whether a query asks for any relation at all to be loaded with its rows. */
export function loadsAny(rows: Rows): boolean {
  return eager.test(rows.written);
}

function follow(file: Facts, workspace: Workspace, expression: Expression, scope: number, at: number, depth: number): Rows | undefined {
  const next = (inner: Expression, place = at): Rows | undefined => follow(file, workspace, inner, scope, place, depth);
  switch (expression.kind) {
    case 'await': {
      const rows = next(expression.value);
      return rows && { ...rows, awaited: true };
    }
    case 'subscript': return next(expression.object);
    case 'name': return bound(file, workspace, expression.name, scope, at, depth);
    case 'attribute': {
      if (expression.name === 'objects' || expression.name === 'query') return undefined;
      return expression.name === 'items' ? next(expression.object) : undefined;
    }
    case 'call': {
      const call = file.calls[expression.call]!;
      const rows = called(file, workspace, call, scope, at, depth);
      return rows && { ...rows, written: `${rows.written}\n${file.text.slice(call.start, call.end)}` };
    }
    default: return undefined;
  }
}

/** What a name was last given before `at`; what it was given earlier is followed from there. */
function bound(file: Facts, workspace: Workspace, name: string, scope: number, at: number, depth: number): Rows | undefined {
  for (let index = scope; index > 0; index = file.scopes[index]!.parent) {
    const bindings = file.scopes[index]!.bindings.get(name);
    if (!bindings) {
      if (file.scopes[index]!.kind === 'function') return undefined;
      continue;
    }
    const last = bindings.filter(({ start }) => start < at).at(-1);
    if (last?.value.kind !== 'assigned' || last.value.item) return undefined;
    return follow(file, workspace, last.value.value, last.scope, last.start, depth);
  }
  return undefined;
}

function called(file: Facts, workspace: Workspace, call: Call, scope: number, at: number, depth: number): Rows | undefined {
  const { callee } = call;
  const first = call.arguments.find(({ name, star }) => name === undefined && !star)?.value;
  const next = (inner: Expression): Rows | undefined => follow(file, workspace, inner, scope, at, depth);
  if (callee.kind === 'call') return first && next(first); // sync_to_async(list)(rows)
  if (callee.kind === 'name' && containers.test(callee.name)) return first && next(first);
  const target = workspace.target(file, call);
  if (target?.definition) return depth > 0 ? returned(workspace, target.definition, depth - 1) : undefined;
  if (callee.kind === 'name' ? callee.name === 'select' : callee.kind === 'attribute' && (callee.name === 'select' || (callee.name === 'query' && first !== undefined))) return begun(file, workspace, call, first);
  if (callee.kind !== 'attribute') return undefined;
  if (/^(execute|scalars|exec|stream_scalars)$/.test(callee.name) && first) {
    const rows = next(first);
    // `execute` gives tuples, of which `scalars()` takes the first.
    return callee.name === 'execute' ? rows && { ...rows, objects: false } : rows;
  }
  if (callee.object.kind === 'attribute' && (callee.object.name === 'objects' || callee.object.name === 'query')) return managed(file, workspace, call, callee.object);
  const rows = next(callee.object);
  return rows && callee.name === 'scalars' ? { ...rows, objects: rows.named !== '' } : rows;
}

/** `session.query(Model)`, `select(Model)`, peewee's `Model.select()`. */
function begun(file: Facts, workspace: Workspace, call: Call, first: Expression | undefined): Rows | undefined {
  const { callee } = call;
  const model = first ?? (callee.kind === 'attribute' ? callee.object : undefined);
  if (call.arguments.length > 1) return { library: 'sqlalchemy', named: '', objects: false, source: { path: file.path, call }, written: '', awaited: false };
  if (!model || (model.kind !== 'name' && model.kind !== 'attribute') || !/^_?[A-Z]/.test(model.name)) return undefined;
  return begin(file, workspace, call, model, first ? 'sqlalchemy' : 'peewee');
}

/** `Model.objects.…`, `Model.query.…`. */
function managed(file: Facts, workspace: Workspace, call: Call, manager: Expression & { kind: 'attribute' }): Rows | undefined {
  const model = manager.object;
  if ((model.kind !== 'name' && model.kind !== 'attribute') || !/^_?[A-Z]/.test(model.name)) return undefined;
  return begin(file, workspace, call, model, manager.name === 'objects' ? 'django' : 'sqlalchemy');
}

function begin(file: Facts, workspace: Workspace, call: Call, model: Expression & { kind: 'name' | 'attribute' }, library: Rows['library']): Rows {
  const definition = workspace.target(file, { callee: model, scope: call.scope, start: call.start })?.definition;
  return { library, named: model.name, source: { path: file.path, call }, written: file.text.slice(call.start, call.end), awaited: false, objects: true, ...(definition ? { model: definition } : {}) };
}

/** Rows that a function gives back, where all its ways out give rows of one model. */
function returned(workspace: Workspace, { path, scope: index }: Definition, depth: number): Rows | undefined {
  const file = workspace.file(path);
  const scope = file?.scopes[index];
  if (!file || !scope?.function || scope.function.returns.length === 0) return undefined;
  const all = scope.function.returns.filter((value) => !(value.kind === 'constant' && value.value === null) && !(value.kind === 'sequence' && value.items.length === 0)).map((value) => follow(file, workspace, value, index, scope.end, depth));
  const [first] = all;
  if (!first || all.some((rows) => rows?.named !== first.named)) return undefined;
  return { ...first, written: all.map((rows) => rows!.written).join('\n'), awaited: all.some((rows) => rows!.awaited) || scope.function.async };
}
