/** The relationships of the workspace's models, and how each is loaded. */

import type { Call, Expression, Facts, Range, Scope } from '../facts.ts';
import { mentioning } from './mentions.ts';
import type { Definition } from './values.ts';
import type { Workspace } from './workspace.ts';

/** An attribute of a model that stands for rows of another table. */
export interface Relation {
  readonly name: string;
  readonly library: 'sqlalchemy' | 'django' | 'peewee';
  readonly many: boolean;
  /** `lazy`: by a query when it is first read; `dynamic`: by a query at each use; `eager`: with the row, or never. */
  readonly loads: 'lazy' | 'dynamic' | 'eager';
  /** Where it is declared. */
  readonly path: string;
  readonly range: Range;
}

/** A relation as one file declares it: of a class there, and by its other end of a class that goes by a name. */
interface Declared extends Omit<Relation, 'path'> {
  readonly scope?: number;
  readonly of?: string;
}

const loading: Readonly<Record<string, Relation['loads']>> = {
  select: 'lazy', true: 'lazy', dynamic: 'dynamic', joined: 'eager', selectin: 'eager', subquery: 'eager', immediate: 'eager', false: 'eager', raise: 'eager', raise_on_sql: 'eager', noload: 'eager', write_only: 'eager',
};

/** All relations of a model: its own, those of its bases, and those that other models declare from their end. */
export function relationsOf(workspace: Workspace, model: Definition): ReadonlyMap<string, Relation> {
  const index = workspace.remembered('relations of models', () => allRelations(workspace));
  const found = new Map<string, Relation>();
  const visit = ({ path, scope: at }: Definition, depth: number): void => {
    const file = workspace.file(path);
    const scope = file?.scopes[at];
    if (!file || !scope?.class) return;
    for (const relation of [...(index.own.get(`${path}#${at}`) ?? []), ...(index.reverse.get(scope.name) ?? [])]) if (!found.has(relation.name)) found.set(relation.name, relation);
    if (depth > 0) {
      for (const base of scope.class.bases) {
        const definition = workspace.target(file, { callee: base, scope: scope.parent, start: scope.start })?.definition;
        if (definition) visit(definition, depth - 1);
      }
    }
  };
  visit(model, 4);
  return found;
}

function allRelations(workspace: Workspace): { own: ReadonlyMap<string, readonly Relation[]>; reverse: ReadonlyMap<string, readonly Relation[]> } {
  const own = new Map<string, Relation[]>();
  const reverse = new Map<string, Relation[]>();
  for (const [path, declared] of workspace.noted(declaring)) {
    for (const { scope, of, ...rest } of declared) {
      const [map, key] = of === undefined ? [own, `${path}#${scope}`] : [reverse, of];
      map.set(key, [...(map.get(key) ?? []), { ...rest, path }]);
    }
  }
  return { own, reverse };
}

const declaresRelations = mentioning(/relationship\(|ForeignKey|ManyToMany|OneToOne/);

function declaring(file: Facts): readonly Declared[] | undefined {
  const found = file.language === 'python' && declaresRelations(file) ? file.scopes.flatMap((scope) => (scope.class ? declaredBy(file, scope) : [])) : [];
  return found.length > 0 ? found : undefined;
}

function declaredBy(file: Facts, scope: Scope): readonly Declared[] {
  const found: Declared[] = [];
  for (const [name, bindings] of scope.bindings) {
    const binding = bindings.at(-1)!;
    if (binding.value.kind !== 'assigned' || binding.value.value.kind !== 'call') continue;
    const call = file.calls[binding.value.value.call]!;
    const made = call.callee.kind === 'name' || call.callee.kind === 'attribute' ? call.callee.name : '';
    const range = { start: binding.start, end: binding.start + name.length };
    const add = (relation: Pick<Declared, 'library' | 'many' | 'loads'>, of?: string, as = name): void => {
      if (/^[\p{L}_][\p{L}\p{N}_]*$/u.test(as)) found.push({ name: as, range, ...relation, ...(of === undefined ? { scope: scope.index } : { of }) });
    };
    if (made === 'relationship' || made === 'relation') sqlalchemy(file, scope, name, call, add);
    else if (made === 'ForeignKeyField' && /\bpeewee\b|playhouse/.test(file.text)) {
      const back = textOf(argument(call, 'backref'));
      add({ library: 'peewee', many: false, loads: 'lazy' });
      if (back !== undefined) add({ library: 'peewee', many: true, loads: 'dynamic' }, targetName(scope, call), back);
    } else if (/^(ForeignKey|OneToOneField|ParentalKey|TreeForeignKey|ManyToManyField|ParentalManyToManyField)$/.test(made) && /django|\bmodels\b/.test(file.text)) django(scope, call, made, add);
  }
  return found;
}

type Add = (relation: Pick<Declared, 'library' | 'many' | 'loads'>, of?: string, as?: string) => void;

function sqlalchemy(file: Facts, scope: Scope, name: string, call: Call, add: Add): void {
  const binding = scope.bindings.get(name)!.at(-1)!;
  const annotation = binding.value.kind === 'assigned' && binding.value.annotation ? file.text.slice(binding.start, call.start) : '';
  const of = targetName(scope, call);
  const loads = loadsOf(argument(call, 'lazy'));
  const one = loads === 'dynamic' || argument(call, 'secondary') !== undefined ? false : annotation.includes('Mapped') ? !/list|set|sequence|collection/i.test(annotation) : isConstant(argument(call, 'uselist'), false) || scope.bindings.has(`${name}_id`) || pointsAt(file, scope, of);
  if (loads) add({ library: 'sqlalchemy', many: !one, loads });
  const back = argument(call, 'backref');
  if (!back || of === undefined) return;
  if (back.kind === 'constant' && typeof back.value === 'string') add({ library: 'sqlalchemy', many: one, loads: 'lazy' }, of, back.value);
  else if (back.kind === 'call') {
    const inner = file.calls[back.call]!;
    const as = textOf(inner.arguments[0]?.value);
    const backLoads = loadsOf(argument(inner, 'lazy'));
    if (as !== undefined && backLoads) add({ library: 'sqlalchemy', many: one, loads: backLoads }, of, as);
  }
}

/** Whether a class has the foreign key itself: a column that points at the other's table, whose name follows the class's. */
function pointsAt(file: Facts, scope: Scope, of: string | undefined): boolean {
  if (of === undefined || of === scope.name) return false;
  const plain = (name: string): string => name.replaceAll('_', '').toLowerCase().replace(/(ie)?s$|y$/, '');
  return [...file.text.slice(scope.start, scope.end).matchAll(/ForeignKey\(\s*["'](?:\w+\.)?(\w+)\.\w+["']/g)].some(([, table]) => plain(table!) === plain(of));
}

function django(scope: Scope, call: Call, made: string, add: Add): void {
  const many = made.includes('ManyToMany');
  add({ library: 'django', many, loads: 'lazy' });
  const of = targetName(scope, call);
  const related = argument(call, 'related_name');
  if (of === undefined || (related && textOf(related) === undefined)) return;
  const back = textOf(related);
  if (back?.endsWith('+') || back?.includes('%')) return;
  add({ library: 'django', many: made !== 'OneToOneField', loads: 'lazy' }, of, back ?? (made === 'OneToOneField' ? scope.name.toLowerCase() : `${scope.name.toLowerCase()}_set`));
}

/** How a relation with this `lazy=` is loaded; undefined when that is not known. */
function loadsOf(lazy: Expression | undefined): Relation['loads'] | undefined {
  if (!lazy) return 'lazy';
  return lazy.kind === 'constant' ? loading[String(lazy.value)] : undefined;
}

function argument(call: Call, name: string): Expression | undefined {
  return call.arguments.find((one) => one.name === name)?.value;
}

function textOf(expression: Expression | undefined): string | undefined {
  return expression?.kind === 'constant' && typeof expression.value === 'string' ? expression.value : undefined;
}

function isConstant(expression: Expression | undefined, value: boolean): boolean {
  return expression?.kind === 'constant' && expression.value === value;
}

/** The name of the class at the other end: `"app.User"`, `User`, `models.User`, `"self"`. */
function targetName(scope: Scope, call: Call): string | undefined {
  const value = call.arguments.find(({ name, star }) => !star && (name === undefined || name === 'to' || name === 'argument' || name === 'model'))?.value;
  if (value?.kind === 'name' || value?.kind === 'attribute') return value.name;
  const written = textOf(value);
  return written === 'self' ? scope.name : written?.split('.').at(-1);
}
