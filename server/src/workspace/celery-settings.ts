/** Settings of a Celery application in its code: what its workers run with where the command says nothing. */

import { guesses, mayHold, type Call, type Expression, type Facts, type Range, type Word } from '../facts.ts';
import { celerySetting } from '../knowledge/servers.ts';
import { evaluated, type Evaluated } from './constants.ts';
import type { Setting } from './launches.ts';
import { mentioning } from './mentions.ts';
import { importRun } from './patching.ts';
import type { Workspace } from './workspace.ts';

export interface CelerySettings {
  /** By canonical name (`max_tasks_per_child`). */
  readonly settings: ReadonlyMap<string, Setting>;
  /** Nothing out of sight may set more. */
  readonly complete: boolean;
}

/** What the application in `entry`, and what it imports, configures. */
export function celerySettings(entry: Facts, workspace: Workspace): CelerySettings {
  return workspace.remembered(`celery settings: ${entry.path}`, () => {
    // `-A proj` means `proj.celery` where the package has no application itself.
    const own = workspace.resolveModule(entry, 'celery', 1);
    const files = new Set([entry, ...(own ? [own] : [])].flatMap((file) => importRun(file, workspace, false).files));
    const reading = new Reading(workspace, files);
    for (const file of files) if (speaks(file)) reading.read(file);
    return { settings: reading.settings, complete: reading.complete };
  });
}

/** Settings behind `--`: `-- worker.prefetch_multiplier=1`. */
export function settingsBehind(words: readonly Word[], path: string): ReadonlyMap<string, Setting> {
  const found = new Map<string, Setting>();
  for (const word of words) {
    const [, key, value] = /^([\w.]+)=(.*)$/s.exec(word.value ?? word.prefix ?? '') ?? [];
    const row = key === undefined ? undefined : celerySetting(key.replaceAll('.', '_'));
    if (row) found.set(row.name, { name: row.name, ...(word.value === undefined ? {} : { value: value! }), path, range: { start: word.start, end: word.end }, source: 'flag', flag: word });
  }
  return found;
}

const speaks = mentioning(/\.conf\b|config_from_|\bCelery\s*\(/);

const assignment = /^[ \t]*[\w.]*\w\.conf\.(\w+)[ \t]*=(?!=)[ \t]*([^#\n]*)/gm;

class Reading {
  readonly settings = new Map<string, Setting>();
  complete = true;
  readonly #workspace: Workspace;
  readonly #files: ReadonlySet<Facts>;

  constructor(workspace: Workspace, files: ReadonlySet<Facts>) {
    this.#workspace = workspace;
    this.#files = files;
  }

  read(file: Facts): void {
    if (guesses(file).length > 0) this.complete = false;
    for (const call of file.calls) {
      const name = call.callee.kind === 'attribute' || call.callee.kind === 'name' ? call.callee.name : undefined;
      if (name === 'config_from_object') this.#object(file, call, call.arguments[0]?.value, namespaceOf(call));
      else if (name === 'config_from_envvar') this.complete = false;
      else if (name === 'Celery') {
        const source = call.arguments.find((argument) => argument.name === 'config_source');
        if (source) this.#object(file, call, source.value, namespaceOf(call));
      }
    }
    for (const call of file.calls) {
      const { callee } = call;
      if (callee.kind === 'attribute' && callee.name === 'update' && callee.object.kind === 'attribute' && callee.object.name === 'conf') this.#update(file, call);
    }
    for (const { object, key, start, end, value, scope } of file.stores) {
      if (object.kind === 'attribute' && object.name === 'conf') this.#set(file, key, { start, end }, evaluated(file, value, nothing, scope));
    }
    for (const match of file.text.matchAll(assignment)) {
      const [whole, key, written] = match;
      const start = match.index + whole.lastIndexOf(`.${key!}`, whole.length - written!.length) + 1;
      this.#set(file, key!, { start, end: start + key!.length }, literal(written!.trim()));
    }
  }

  #set(file: Facts, key: string, range: Range, value: Evaluated | undefined, namespace?: string): void {
    const plain = namespace !== undefined && key.toUpperCase().startsWith(`${namespace.toUpperCase()}_`) ? key.slice(namespace.length + 1) : key;
    const row = celerySetting(plain) ?? (plain === key ? undefined : celerySetting(key));
    if (!row) return;
    this.settings.set(row.name, {
      name: row.name,
      ...(value?.kind === 'known' ? { value: String(value.value) } : value?.kind === 'computed' ? { computed: true } : {}),
      path: file.path,
      range,
      source: 'config',
    });
  }

  /** `app.conf.update(worker_concurrency=4)`, `app.conf.update({…})`, `app.conf.update(settings)`. */
  #update(file: Facts, call: Call): void {
    for (const { name, star, start, value, valueRange } of call.arguments) {
      if (name !== undefined) this.#set(file, name, { start, end: start + name.length }, evaluated(file, value, nothing, call.scope));
      else if (star === '*' || !this.#dictionary(file, value, valueRange, call.scope)) this.complete = false;
    }
  }

  /** Reads a dictionary, `dict(…)`, or a name bound to one; false where it is something else. */
  #dictionary(file: Facts, value: Expression, range: Range, scope: number, namespace?: string): boolean {
    if (value.kind === 'dictionary') {
      for (const { key, value: of } of value.entries) {
        if (key.kind !== 'constant' || typeof key.value !== 'string') this.complete = false;
        else this.#set(file, key.value, keyIn(file, key.value, range), evaluated(file, of, nothing, scope), namespace);
      }
      return true;
    }
    if (value.kind === 'call') {
      const call = file.calls[value.call];
      if (call?.callee.kind !== 'name' || call.callee.name !== 'dict') return false;
      for (const { name, start, value: of } of call.arguments) if (name !== undefined) this.#set(file, name, { start, end: start + name.length }, evaluated(file, of, nothing, scope), namespace);
      return true;
    }
    if (value.kind !== 'name') return false;
    for (let index = scope; index >= 0; index = file.scopes[index]!.parent) {
      const binding = file.scopes[index]!.bindings.get(value.name)?.at(-1);
      if (!binding) continue;
      if (binding.value.kind === 'assigned' && binding.value.item === undefined) return this.#dictionary(file, binding.value.value, { start: binding.end, end: file.text.length }, binding.scope, namespace);
      if (binding.value.kind !== 'import' || binding.value.member === undefined) return false;
      const from = this.#workspace.resolveModule(file, binding.value.module, binding.value.level);
      return from !== undefined && from !== file && this.#dictionary(from, { kind: 'name', name: binding.value.member }, range, 0, namespace);
    }
    return false;
  }

  /** What `config_from_object` is given: a module by name or object, a class, Django's settings, a part of Flask's. */
  #object(file: Facts, call: Call, given: Expression | undefined, namespace: string | undefined): void {
    const text = given?.kind === 'constant' && typeof given.value === 'string' ? given.value : undefined;
    if (text?.startsWith('django.conf:settings') || (given?.kind === 'name' && given.name === 'settings' && this.#isDjango(file))) return this.#django(namespace);
    if (text !== undefined) {
      const [module, member] = text.split(':') as [string, string | undefined];
      const found = this.#workspace.resolveModule(file, module, 0);
      const parent = found ? undefined : this.#workspace.resolveModule(file, module.split('.').slice(0, -1).join('.'), 0);
      if (found) return member === undefined ? this.#module(found, namespace) : this.#member(found, member, namespace);
      return parent ? this.#member(parent, module.split('.').at(-1)!, namespace) : void (this.complete = false);
    }
    if (given?.kind === 'name' || given?.kind === 'attribute') {
      const name = given.kind === 'name' ? given.name : given.object.kind === 'name' ? given.object.name : '';
      const binding = file.scopes[0]?.bindings.get(name)?.at(-1)?.value;
      if (binding?.kind === 'class' && given.kind === 'name') return this.#scope(file, binding.scope, namespace);
      if (binding?.kind === 'import') {
        const whole = [binding.module, binding.member].filter((part) => part !== undefined && part !== '').join('.');
        const module = this.#workspace.resolveModule(file, whole, binding.level);
        if (module) return given.kind === 'attribute' ? this.#member(module, given.name, namespace) : this.#module(module, namespace);
        const from = binding.member === undefined ? undefined : this.#workspace.resolveModule(file, binding.module, binding.level);
        if (from && given.kind === 'name') return this.#member(from, binding.member!, namespace);
      }
    }
    // Flask: `app.config["CELERY"]`, `app.config.get("CELERY")`.
    const index = given?.kind === 'subscript' ? given.index : given?.kind === 'call' ? file.calls[given.call]?.arguments[0]?.value : undefined;
    if (index?.kind === 'constant' && typeof index.value === 'string' && this.#flask(index.value, namespace)) return;
    if (!given || !this.#dictionary(file, given, call.argumentsRange, call.scope, namespace)) this.complete = false;
  }

  #isDjango(file: Facts): boolean {
    const value = file.scopes[0]?.bindings.get('settings')?.at(-1)?.value;
    return value?.kind === 'import' && value.module === 'django.conf';
  }

  #module(file: Facts, namespace: string | undefined): void {
    this.#scope(file, 0, namespace);
  }

  #member(file: Facts, name: string, namespace: string | undefined): void {
    const binding = file.scopes[0]?.bindings.get(name)?.at(-1);
    if (binding?.value.kind === 'class') this.#scope(file, binding.value.scope, namespace);
    else if (!this.#dictionary(file, { kind: 'name', name }, binding ?? { start: 0, end: 0 }, 0, namespace)) this.complete = false;
  }

  /** What a module or class binds; what it takes over from others too. */
  #scope(file: Facts, scope: number, namespace: string | undefined, depth = 0): void {
    const { bindings, class: facts } = file.scopes[scope]!;
    if (facts?.bases.some((base) => base.kind !== 'name' || base.name !== 'object')) this.complete = false;
    for (const star of bindings.get('*') ?? []) {
      const from = star.value.kind === 'star-import' && depth < 4 ? this.#workspace.resolveModule(file, star.value.module, star.value.level) : undefined;
      if (from) this.#scope(from, 0, namespace, depth + 1);
      else this.complete = false;
    }
    for (const [key, all] of bindings) {
      const last = all.at(-1)!;
      if (last.value.kind === 'assigned' && last.value.item === undefined) this.#set(file, key, last, evaluated(file, last.value.value, nothing, scope), namespace);
    }
  }

  /** Django's settings modules: the one the code names, else all that look like it. */
  #django(namespace: string | undefined): void {
    let named: Facts | undefined;
    for (const file of this.#files) {
      for (const call of file.calls) {
        const [key, value] = call.arguments.map((argument) => argument.value);
        if (key?.kind === 'constant' && key.value === 'DJANGO_SETTINGS_MODULE' && value?.kind === 'constant' && typeof value.value === 'string') named ??= this.#workspace.resolveModule(file, value.value, 0);
      }
    }
    const folder = named?.path.replace(/[^/]*$/, '');
    let any = false;
    for (const path of this.#workspace.paths) {
      const settings = /(?:^|\/)settings(?:\/[^/]+)?\.py$/.test(path) || path === named?.path;
      if (!settings || (named && path !== named.path && !(folder!.endsWith('settings/') && path.startsWith(folder!)))) continue;
      const file = this.#workspace.file(path)!;
      if (file.language !== 'python') continue;
      any = true;
      this.#scope(file, 0, namespace);
    }
    if (!any) this.complete = false;
  }

  /** `CELERY=dict(…)` of `app.config.from_mapping`, `app.config["CELERY"] = {…}`, `CELERY = {…}` in a config class or module. */
  #flask(key: string, namespace: string | undefined): boolean {
    let found = false;
    for (const file of this.#files) {
      if (!mayHold(file, key)) continue;
      for (const call of file.calls) {
        for (const argument of call.arguments) if (argument.name === key) found = this.#dictionary(file, argument.value, argument.valueRange, call.scope, namespace) || found;
      }
      for (const store of file.stores) if (store.kind === 'item' && store.key === key) found = this.#dictionary(file, store.value, store.valueRange, store.scope, namespace) || found;
      for (const scope of file.scopes) {
        if (scope.kind !== 'module' && scope.kind !== 'class') continue;
        const binding = scope.bindings.get(key)?.at(-1);
        if (binding?.value.kind === 'assigned') found = this.#dictionary(file, binding.value.value, { start: binding.end, end: file.text.length }, binding.scope, namespace) || found;
      }
    }
    return found;
  }
}

function nothing(): undefined {
  return undefined;
}

function namespaceOf(call: Call): string | undefined {
  const value = call.arguments.find((argument) => argument.name === 'namespace')?.value;
  return value?.kind === 'constant' && typeof value.value === 'string' ? value.value : undefined;
}

/** Where a dictionary's text says a key. */
function keyIn(file: Facts, key: string, range: Range): Range {
  const match = new RegExp(`(["'])${key.replace(/[^\w]/g, '\\$&')}\\1`).exec(file.text.slice(range.start, range.end));
  const start = range.start + (match?.index ?? 0);
  return { start, end: start + (match?.[0].length ?? 1) };
}

/** A value as written: a constant, a product of numbers, a variable of the environment with a default. */
function literal(written: string): Evaluated | undefined {
  const variable = /^(?:(?:int|float|str)\(\s*)?(?:os\.)?(?:getenv|environ\.get)\(\s*["']\w+["']\s*,\s*(?:["']([^"']*)["']|([\w.]+))\s*\)\s*\)?$/.exec(written);
  if (variable) return { kind: 'known', value: variable[1] ?? variable[2]! };
  const text = /^(["'])([^"'\\]*)\1$/.exec(written);
  if (text) return { kind: 'known', value: text[2]! };
  if (written === 'True' || written === 'False') return { kind: 'known', value: written === 'True' };
  if (/^[\d_]+(?:\.\d+)?(?:\s*\*\s*[\d_]+)*$/.test(written)) return { kind: 'known', value: written.split('*').reduce((product, part) => product * Number(part.replaceAll('_', '')), 1) };
  return /cpu_count\(/.test(written) ? { kind: 'computed' } : undefined;
}
