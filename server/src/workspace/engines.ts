/** Engines and pools of database connections: where each is made, what it connects to, and how large it may grow. */

import type { Call, Expression, Facts, Range, Test } from '../facts.ts';
import { databases, engineCalls, engineRows, type Database, type EngineRow } from '../knowledge/engines.ts';
import { urlOf, type DatabaseUrl } from './database-url.ts';
import { entryValue, flaskConfig } from './flask-config.ts';
import { mentioning } from './mentions.ts';
import { ownerOf } from './scopes.ts';
import { versionOf } from './versions.ts';
import type { SectionQuestion, Workspace } from './workspace.ts';
import { argumentOf, sourcesOf, valuesOf, type Written } from './written.ts';

export interface Engine {
  readonly file: Facts;
  readonly call: Call;
  /** The name of what makes it, within one line. */
  readonly range: Range;
  readonly row: EngineRow;
  readonly url: DatabaseUrl;
  /** Everything each argument may be, by name; those from dictionaries and Flask's configuration too. */
  readonly settings: ReadonlyMap<string, readonly Written[]>;
  /** Every argument can be seen. */
  readonly complete: boolean;
}

/** A constant, and the place where it is written. */
export interface Known {
  readonly value: string | number | boolean | null;
  readonly path: string;
  readonly range: Range;
  /** The variable or setting whose default it is. */
  readonly setting?: string;
}

/** The engines that a file makes, by position. */
export function enginesOf(file: Facts, workspace: Workspace): readonly Engine[] {
  if (!speaksOfEngines(file)) return [];
  const known = workspace.remembered('engines', () => new Map<string, readonly Engine[]>());
  let engines = known.get(file.path);
  if (!engines) {
    engines = workspace.bySection(file, making).map(({ call, row }) => engineOf(file, call, row, workspace));
    known.set(file.path, engines);
  }
  return engines;
}

/** Whether a file may make engines. */
export const speaksOfEngines = mentioning(/engine|Pool|_pool|SQLAlchemy/);

/** Calls that make engines. */
const making: SectionQuestion<{ readonly call: Call; readonly row: EngineRow }> = ({ calls }, file, workspace) => calls.flatMap((call) => {
  const { callee } = call;
  if (callee.kind !== 'name' && (callee.kind !== 'attribute' || !engineCalls.has(callee.name))) return [];
  const target = workspace.target(file, call);
  const row = target && target.definition === undefined ? engineRows.get(target.name) : undefined;
  return row ? [{ call, row }] : [];
});

/** The engines of all files that serve somebody: no tests, no migrations, no scripts. */
export function allEngines(workspace: Workspace): readonly Engine[] {
  return workspace.remembered('all-engines', () => {
    const found: Engine[] = [];
    for (const path of workspace.paths) {
      const file = workspace.file(path)!;
      if (speaksOfEngines(file) && !workspace.isScript(file)) found.push(...enginesOf(file, workspace));
    }
    return found;
  });
}

function engineOf(file: Facts, call: Call, row: EngineRow, workspace: Workspace): Engine {
  const options = new Options(workspace);
  for (const argument of call.arguments) {
    const written: Written = { file, expression: argument.value, scope: call.scope, block: call.block, range: argument.valueRange };
    if (argument.star === '**') options.dictionary({ ...written, expression: argument.value.kind === 'star' ? argument.value.value : argument.value });
    else if (argument.star) options.complete = false;
    else if (argument.name !== undefined) options.set(argument.name, written);
  }
  const held = row.options === undefined ? undefined : options.settings.get(row.options);
  for (const written of held ?? []) options.dictionary(written);
  let urls = row.url === undefined ? [] : [argumentOf(file, call, row.url, row.position) ?? []].flat();
  if (urls.length === 0 && row.url !== undefined) urls = [...(options.settings.get(row.url) ?? [])];
  if (urls.length === 0 && row.host !== undefined) urls = [...(options.settings.get(row.host) ?? [])];
  if (row.options !== undefined) urls = configured(options, workspace);
  const sized = row.size_position === undefined ? undefined : argumentOf(file, call, row.size, row.size_position);
  if (sized && !options.settings.has(row.size)) options.set(row.size, sized);
  const url = urlOf(urls, row.scheme, workspace);
  return { file, call, range: lastLine(file, call.calleeRange), row, url, settings: options.settings, complete: options.complete };
}

/** Adds what Flask's configuration says of engines; gives back the URLs. Settings made for tests say nothing. */
function configured(options: Options, workspace: Workspace): Written[] {
  const urls: Written[] = [];
  const config = flaskConfig(workspace);
  for (const entry of config.entries) {
    const { key, value, file, scope, kind } = entry;
    if (config.arrives(entry) === false || (kind === 'class' && /test/i.test(file.scopes[scope]!.name))) continue;
    if (key === 'SQLALCHEMY_DATABASE_URI') urls.push(value);
    else if (key === 'SQLALCHEMY_ENGINE_OPTIONS') options.dictionary(value);
  }
  return urls;
}

/** Arguments from calls and dictionaries. */
class Options {
  readonly settings = new Map<string, Written[]>();
  complete = true;
  readonly #workspace: Workspace;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  set(name: string, written: Written): void {
    const known = this.settings.get(name);
    if (known) known.push(written);
    else this.settings.set(name, [written]);
  }

  /** What `**written` gives. */
  dictionary(written: Written): void {
    for (const source of sourcesOf(this.#workspace, written)) {
      if (source.kind !== 'value') this.complete = false;
      else this.#literal(source);
    }
  }

  #literal(source: Written): void {
    const { expression, file } = source;
    if (expression.kind === 'dictionary') {
      for (const { key, value } of expression.entries) {
        if (key.kind === 'star') this.dictionary({ ...source, expression: key.value });
        else if (key.kind === 'constant' && typeof key.value === 'string') this.set(key.value, { ...source, expression: value, range: entryRange(source, key.value) });
        else this.complete = false;
      }
    } else if (expression.kind === 'call' && isNamed(file.calls[expression.call]!.callee, 'dict')) {
      this.#arguments(file.calls[expression.call]!, source);
    } else this.complete = false;
    if (source.name !== undefined) this.#filled(source, source.name);
  }

  #arguments(call: Call, source: Written): void {
    for (const argument of call.arguments) {
      const written: Written = { file: source.file, expression: argument.value, scope: call.scope, block: call.block, range: argument.valueRange };
      if (argument.name !== undefined) this.set(argument.name, written);
      else this.dictionary(argument.value.kind === 'star' ? { ...written, expression: argument.value.value } : written);
    }
  }

  /** `options["pool_size"] = 5` and `options.update(…)` behind `options = {…}`. */
  #filled({ file, scope }: Written, name: string): void {
    for (const store of file.stores) {
      if (store.kind === 'item' && store.scope === scope && isNamed(store.object, name)) this.set(store.key, { file, expression: store.value, scope, block: store.block, range: store.valueRange });
    }
    for (const call of file.calls) {
      if (call.scope === scope && call.callee.kind === 'attribute' && isNamed(call.callee.object, name) && call.callee.name === 'update') this.#arguments(call, { file, expression: call.callee, scope, block: call.block, range: call });
    }
  }
}

function isNamed(expression: Expression, name: string): boolean {
  return expression.kind === 'name' && expression.name === name;
}

/** Where the value of a key stands in the text of a dictionary; the whole text where it cannot be found. */
function entryRange({ file, range }: Written, key: string): Range {
  const match = new RegExp(`(["'])${key.replace(/[^\w]/g, String.raw`\$&`)}\\1\\s*:`).exec(file.text.slice(range.start, range.end));
  if (!match) return range;
  const start = range.start + match.index + 1;
  return entryValue(file, { start, end: start + key.length }, range);
}

/** The last line of a name that spans several. */
function lastLine(file: Facts, range: Range): Range {
  const text = file.text.slice(range.start, range.end);
  const last = text.lastIndexOf('\n') + 1;
  return { start: range.start + last + (last > 0 ? /^[\s.]*/.exec(text.slice(last))![0].length : 0), end: range.end };
}

// ── What engines are like ──

/** The constant that an argument is; undefined where it is left out, may be several things, or is not known. */
export function settingOf(engine: Engine, name: string, workspace: Workspace): Known | undefined {
  const written = engine.settings.get(name);
  return written?.length === 1 ? constantOf(written[0]!, workspace) : undefined;
}

/** The one constant that a value is. The default of a variable or setting counts where no other file speaks of it. */
export function constantOf(written: Written, workspace: Workspace): Known | undefined {
  const values = valuesOf(workspace, written);
  const [value] = values;
  if (values.length !== 1 || !value) return undefined;
  const { file, expression, range, name, attribute } = value;
  const place = { path: file.path, range };
  if (expression.kind === 'constant') {
    if (!attribute || name === undefined) return { ...place, value: expression.value };
    return spokenOf(name, workspace) ? undefined : { ...place, value: expression.value, setting: name };
  }
  if (expression.kind !== 'call') return undefined;
  const call = file.calls[expression.call]!;
  const [variable, fallback] = call.arguments;
  const given = fallback ?? call.arguments.find((argument) => argument.name === 'default');
  if (!asksEnvironment(call.callee) || variable?.value.kind !== 'constant' || typeof variable.value.value !== 'string' || given?.value.kind !== 'constant' || given.value.value === null) return undefined;
  return spokenOf(variable.value.value, workspace) ? undefined : { path: file.path, range: given.valueRange, value: given.value.value, setting: variable.value.value };
}

/** `os.getenv`, `os.environ.get`, `config` of decouple, `env.int` of environs. */
export function asksEnvironment(callee: Expression): boolean {
  if (callee.kind === 'name') return callee.name === 'getenv' || callee.name === 'config' || callee.name === 'env';
  if (callee.kind !== 'attribute') return false;
  if (callee.name === 'getenv') return true;
  const object = callee.object;
  const owner = object.kind === 'name' || object.kind === 'attribute' ? object.name : undefined;
  return owner === 'environ' ? callee.name === 'get' : owner === 'env';
}

/** Whether a file that is not Python (compose, a script, a unit) sets a variable. */
function spokenOf(name: string, workspace: Workspace): boolean {
  const pattern = new RegExp(`\\b${name}\\b`, 'i');
  return workspace.remembered(`spoken of ${name}`, () => {
    for (const path of workspace.paths) {
      const { language, text } = workspace.file(path)!;
      if (language !== 'python' && pattern.test(text)) return true;
    }
    return false;
  });
}

/** The class of its pool as written, where one is given: `NullPool`. */
export function poolClassOf(engine: Engine): string | undefined {
  const written = engine.settings.get('poolclass')?.map(({ file, range }) => file.text.slice(range.start, range.end)).join(' ');
  return written === undefined ? undefined : (/\b(?:NullPool|StaticPool|SingletonThreadPool|AssertionPool)\b/.exec(written)?.[0] ?? written);
}

/**
 * Whether an engine speaks to SQLite, whose pools take other arguments: `perhaps` where some of the URLs it may get do.
 * Undefined when nothing is known of its URL.
 */
export function isSqlite(engine: Engine): boolean | 'perhaps' | undefined {
  const { schemes } = engine.url;
  const guard = sqliteGuard(engine);
  if (guard !== undefined) return guard;
  if (engine.settings.get('connect_args')?.some(({ file, range }) => file.text.slice(range.start, range.end).includes('check_same_thread'))) return true;
  const sqlite = schemes.filter((scheme) => /^sqlite\b/.test(scheme)).length;
  if (schemes.length === 0) return undefined;
  return sqlite === 0 ? false : sqlite === schemes.length ? true : 'perhaps';
}

/** What the conditions around an engine say: `if url.startswith("sqlite"):`, and what follows where that branch leaves. */
function sqliteGuard({ file, call }: Engine): boolean | undefined {
  for (let at = call.block; at >= 0; at = file.blocks[at]!.parent) {
    const { test, not, scope } = file.blocks[at]!;
    if (test && speaksOfSqlite(file, test)) return !isTurned(test);
    if (not?.some((one) => speaksOfSqlite(file, one))) return isTurned(not.find((one) => speaksOfSqlite(file, one))!);
    const earlier = file.blocks.find((block) => block.parent === at && block.end <= call.start && block.leaves !== undefined && block.test !== undefined && speaksOfSqlite(file, block.test));
    if (earlier) return isTurned(earlier.test!);
    if (scope !== call.scope) break;
  }
  return undefined;
}

function isTurned(test: Test): boolean {
  return test.kind === 'not' || (test.kind === 'compare' && (test.operator === '!=' || test.operator === 'not in' || test.operator === 'is not'));
}

function speaksOfSqlite(file: Facts, test: Test): boolean {
  switch (test.kind) {
    case 'truthy': return mentionsSqlite(file, test.value);
    case 'not': return speaksOfSqlite(file, test.test);
    case 'and': case 'or': return test.tests.some((one) => speaksOfSqlite(file, one));
    case 'compare': return mentionsSqlite(file, test.left) || mentionsSqlite(file, test.right);
  }
}

function mentionsSqlite(file: Facts, expression: Expression): boolean {
  switch (expression.kind) {
    case 'constant': return typeof expression.value === 'string' && /sqlite|:memory:/i.test(expression.value);
    case 'name': return /sqlite/i.test(expression.name);
    case 'attribute': return /sqlite/i.test(expression.name) || mentionsSqlite(file, expression.object);
    case 'call': {
      const { callee, arguments: given } = file.calls[expression.call]!;
      return mentionsSqlite(file, callee) || given.some(({ value }) => mentionsSqlite(file, value));
    }
    default: return false;
  }
}

/** Whether an engine is made for one piece of work and closed behind it: `await engine.dispose()` in the same function. */
export function isShortLived({ file, call }: Engine): boolean {
  const owner = ownerOf(file, call.scope);
  if (owner === 0) return false;
  const name = [...file.scopes[owner]!.bindings].find(([, bindings]) => bindings.some(({ value }) => value.kind === 'assigned' && value.value.kind === 'call' && value.value.call === call.index))?.[0];
  return name !== undefined && file.calls.some((one) => ownerOf(file, one.scope) === owner && one.callee.kind === 'attribute' && one.callee.name === 'dispose' && rootOf(one.callee.object) === name);
}

function rootOf(expression: Expression): string | undefined {
  return expression.kind === 'name' ? expression.name : expression.kind === 'attribute' ? rootOf(expression.object) : undefined;
}

/** Whether the requirements name a driver of some database server. */
export function speaksToServer(workspace: Workspace): boolean {
  return databases.some((database) => requires(database, workspace));
}

/** Whether the requirements name a driver of a database. */
export function requires(database: Database, workspace: Workspace): boolean {
  return database.packages.some((name) => versionOf(workspace, name) !== undefined);
}
