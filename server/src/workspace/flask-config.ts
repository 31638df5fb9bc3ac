/** The `SQLALCHEMY_*` settings of Flask applications: where each is written, and whether it arrives in `app.config`. */

import type { Call, Expression, Facts, Range, Scope } from '../facts.ts';
import { mentioning } from './mentions.ts';
import { classesAbove, dottedName, rightSide, sourcesOf, type Source, type Written } from './written.ts';
import type { Workspace } from './workspace.ts';

export interface ConfigEntry {
  readonly key: string;
  readonly file: Facts;
  /** The key as it is written. */
  readonly range: Range;
  /** From the key, or what it is an item of, to the end of the value (UTF-16). */
  readonly whole: Range;
  readonly value: Written;
  /** A constant of a class or module, `app.config["KEY"] = …`, or an argument of `from_mapping` and `update`. */
  readonly kind: 'class' | 'module' | 'item' | 'argument';
  /** Of a constant: the class or module. */
  readonly scope: number;
}

export interface FlaskConfig {
  readonly entries: readonly ConfigEntry[];
  /** A place where an application takes settings; undefined where none was found. */
  readonly loads?: { readonly path: string; readonly range: Range };
  /** Every class and module that an application loads its settings from is known. */
  readonly complete: boolean;
  /** Whether an entry arrives in `app.config`; undefined when nobody can say. */
  arrives(entry: ConfigEntry): boolean | undefined;
}

/** The settings of all Flask applications of the workspace, tests aside. */
export function flaskConfig(workspace: Workspace): FlaskConfig {
  return workspace.remembered('flask-config', () => {
    const entries: ConfigEntry[] = [];
    const loads = new Loads(workspace);
    for (const path of workspace.paths) {
      const file = workspace.file(path)!;
      if (file.language !== 'python' || !speaksOfConfig(file) || workspace.isScript(file)) continue;
      entries.push(...entriesOf(file));
      loads.add(file);
    }
    return { entries, complete: loads.complete, ...(loads.place ? { loads: loads.place } : {}), arrives: (entry) => (entry.kind === 'item' || entry.kind === 'argument' ? true : loads.loaded.has(keyOf(entry.file, entry.scope)) ? true : loads.complete ? false : undefined) };
  });
}

const speaksOfConfig = mentioning(/SQLALCHEMY_|\bconfig\.(?:from_|update)/);

/** Whether a file may write settings of Flask-SQLAlchemy. */
export const writesSettings = mentioning(/SQLALCHEMY_/);
const settingName = /^SQLALCHEMY_[A-Z_]+$/;
const found = new WeakMap<readonly Scope[], readonly ConfigEntry[]>();

/** The settings that one file writes. */
export function entriesOf(file: Facts): readonly ConfigEntry[] {
  if (!writesSettings(file)) return [];
  let known = found.get(file.scopes);
  if (!known) found.set(file.scopes, (known = [...constants(file), ...items(file), ...given(file)].sort((a, b) => a.range.start - b.range.start)));
  return known;
}

function* constants(file: Facts): Iterable<ConfigEntry> {
  for (const scope of file.scopes) {
    if (scope.kind !== 'module' && scope.kind !== 'class') continue;
    for (const [key, bindings] of scope.bindings) {
      if (!settingName.test(key)) continue;
      for (const binding of bindings) {
        if (binding.value.kind !== 'assigned' || binding.value.item) continue;
        const range = rightSide(file, binding);
        const value: Written = { file, expression: binding.value.value, scope: binding.scope, block: binding.block, range, name: key };
        yield { key, file, range: { start: binding.start, end: binding.end }, whole: { start: binding.start, end: range.end }, value, kind: scope.kind, scope: scope.index };
      }
    }
  }
}

function* items(file: Facts): Iterable<ConfigEntry> {
  for (const { start, end, object, key, value, valueRange, scope, block } of file.stores) {
    if (!settingName.test(key) || lastName(object) !== 'config') continue;
    const range = placeOf(file, key, { start, end });
    if (range) yield { key, file, range, whole: { start, end: valueRange.end }, value: { file, expression: value, scope, block, range: valueRange, name: key }, kind: 'item', scope };
  }
}

function* given(file: Facts): Iterable<ConfigEntry> {
  for (const call of file.calls) {
    if (!fillsConfig(call)) continue;
    for (const argument of call.arguments) {
      const at = { file, scope: call.scope, block: call.block };
      if (argument.name !== undefined && settingName.test(argument.name)) {
        yield { key: argument.name, file, range: { start: argument.start, end: argument.start + argument.name.length }, whole: argument, value: { ...at, expression: argument.value, range: argument.valueRange, name: argument.name }, kind: 'argument', scope: call.scope };
      }
      for (const { key, value } of argument.value.kind === 'dictionary' ? argument.value.entries : []) {
        if (key.kind !== 'constant' || typeof key.value !== 'string' || !settingName.test(key.value)) continue;
        const range = placeOf(file, key.value, argument.valueRange);
        if (range) yield { key: key.value, file, range, whole: range, value: { ...at, expression: value, range: entryValue(file, range, argument.valueRange), name: key.value }, kind: 'argument', scope: call.scope };
      }
    }
  }
}

/** Whether code asks for a setting by its name, beside giving it one. */
export function isReadElsewhere({ key }: ConfigEntry, workspace: Workspace): boolean {
  return workspace.remembered(`reads ${key}`, () => {
    const pattern = new RegExp(`\\b${key}\\b`, 'g');
    for (const path of workspace.paths) {
      const file = workspace.file(path)!;
      if (file.language !== 'python' || !writesSettings(file) || !file.text.includes(key)) continue;
      const written = new Set([...entriesOf(file).map(({ range }) => range.start), ...importsOf(file, key)]);
      for (const match of file.text.matchAll(pattern)) {
        const line = file.text.slice(file.text.lastIndexOf('\n', match.index) + 1, match.index);
        if (!written.has(match.index) && !line.includes('#') && !/(?:getenv|environ(?:\.get)?)\s*[([]\s*["']$/.test(line)) return true;
      }
    }
    return false;
  });
}

/** Where a file imports a name: that alone reads nothing. */
function importsOf(file: Facts, name: string): readonly number[] {
  return file.scopes.flatMap((scope) => (scope.bindings.get(name) ?? []).flatMap(({ value, start }) => (value.kind === 'import' ? [start] : [])));
}

function fillsConfig({ callee }: Call): boolean {
  return callee.kind === 'attribute' && (callee.name === 'from_mapping' || callee.name === 'update') && lastName(callee.object) === 'config';
}

function lastName(expression: Expression): string | undefined {
  return expression.kind === 'name' || expression.kind === 'attribute' ? expression.name : undefined;
}

/** Where a key stands as a string within `range`, without quotes. */
function placeOf(file: Facts, key: string, range: Range): Range | undefined {
  const match = new RegExp(`(["'])${key}\\1`).exec(file.text.slice(range.start, range.end));
  return match ? { start: range.start + match.index + 1, end: range.start + match.index + 1 + key.length } : undefined;
}

/** The value behind a dictionary's key, up to the comma or the end of the line. */
export function entryValue(file: Facts, key: Range, within: Range): Range {
  const match = /^["']\s*:\s*/.exec(file.text.slice(key.end, within.end));
  const start = key.end + (match?.[0].length ?? 0);
  const end = start + /^(?:\([^()\n]*\)|\[[^[\]\n]*\]|[^,}\n(])*/.exec(file.text.slice(start, within.end))![0].trimEnd().length;
  return { start, end: Math.max(end, start) };
}

// ── What is loaded ──

function keyOf(file: Facts, scope: number): string {
  return `${file.path}#${scope}`;
}

class Loads {
  /** Classes and modules, by path and scope. */
  readonly loaded = new Set<string>();
  complete = true;
  place: FlaskConfig['loads'];
  readonly #workspace: Workspace;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  add(file: Facts): void {
    for (const call of file.calls) {
      const { callee } = call;
      if (callee.kind !== 'attribute' || lastName(callee.object) !== 'config') continue;
      const [argument] = call.arguments;
      if (/^(?:from_(?:object|pyfile|mapping)|update)$/.test(callee.name)) this.place ??= { path: file.path, range: call.calleeRange };
      if (callee.name === 'from_object' && argument) this.#object(file, call, argument.value, argument.valueRange);
      else if (callee.name === 'from_pyfile') this.#file(file, argument?.value);
      else if (callee.name === 'from_mapping' || callee.name === 'update') {
        if (call.arguments.some(({ star, name, value }) => star !== undefined || (name === undefined && value.kind !== 'dictionary'))) this.complete = false;
      } else if (/^from_(envvar|file|json)$/.test(callee.name)) this.complete = false;
    }
  }

  #object(file: Facts, call: Call, expression: Expression, range: Range): void {
    for (const source of sourcesOf(this.#workspace, { file, expression, scope: call.scope, block: call.block, range })) this.#source(source);
  }

  #source(source: Source): void {
    switch (source.kind) {
      case 'class': {
        for (const one of classesAbove(this.#workspace, source.file, source.scope)) this.loaded.add(keyOf(one.file, one.scope));
        return;
      }
      case 'module': this.loaded.add(keyOf(source.file, 0)); return;
      case 'parameter': this.complete = false; return;
      case 'value': return this.#value(source);
    }
  }

  /** A dotted name, or one of the classes in a dictionary. */
  #value(source: Written): void {
    const { file, expression } = source;
    if (expression.kind === 'constant' && typeof expression.value === 'string') return this.#named(file, expression.value);
    const held = expression.kind === 'subscript' ? expression.object : expression.kind === 'call' ? dictionaryAsked(file.calls[expression.call]!) : undefined;
    const dictionaries = held ? sourcesOf(this.#workspace, { ...source, expression: held }) : [];
    if (dictionaries.length === 0) this.complete = false;
    for (const one of dictionaries) {
      if (one.kind !== 'value' || one.expression.kind !== 'dictionary') this.complete = false;
      else for (const { value } of one.expression.entries) for (const inner of sourcesOf(this.#workspace, { ...one, expression: value })) {
        if (inner.kind === 'value') this.complete = false;
        else this.#source(inner);
      }
    }
  }

  #named(file: Facts, name: string): void {
    const whole = this.#workspace.resolveModule(file, name, 0);
    if (whole) {
      this.loaded.add(keyOf(whole, 0));
      return;
    }
    const dot = name.lastIndexOf('.');
    const module = dot < 0 ? undefined : this.#workspace.resolveModule(file, name.slice(0, dot), 0);
    const bound = module?.scopes[0]?.bindings.get(name.slice(dot + 1))?.at(-1)?.value;
    if (module && bound?.kind === 'class') this.#source({ kind: 'class', file: module, scope: bound.scope });
    else this.complete = false;
  }

  #file(file: Facts, name: Expression | undefined): void {
    const wanted = name?.kind === 'constant' && typeof name.value === 'string' ? name.value.replace(/^.*\//, '') : undefined;
    if (wanted === undefined) {
      this.complete = false;
      return;
    }
    for (const path of this.#workspace.paths) if (path === wanted || path.endsWith(`/${wanted}`)) this.loaded.add(`${path}#0`);
  }
}

function dictionaryAsked({ callee }: Call): Expression | undefined {
  return callee.kind === 'attribute' && callee.name === 'get' && dottedName(callee.object) !== undefined ? callee.object : undefined;
}
