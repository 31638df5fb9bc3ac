/** Levels, options and overrides, from `[tool.unblock]`, `unblock.toml`, settings and flags. Parses, never throws. */

import picomatch from 'picomatch';
import type { Range } from './facts.ts';
import { pathMatcher } from './globs.ts';
import { defineMessages, levels, type Level, type Message, type OptionValue, type Rule } from './rule.ts';
import { nearest } from './spelling.ts';
import { readToml, type TomlTable, type TomlValue } from './toml.ts';

/** By rule id or glob of ids (`blocking-*`). An id wins over globs; of globs that match, the last. */
export type Levels = Readonly<Record<string, Level | 'off'>>;

/** By rule id, then option name. */
export type Options = Readonly<Record<string, Readonly<Record<string, OptionValue>>>>;

/** Dotted names: of a library's functions and methods (`mylib.Client.fetch`), or of the project's own (`app.legacy.fetch`). */
export interface Models {
  readonly blocking: readonly string[];
  readonly nonblocking: readonly string[];
  /** Functions that run what they are given in a thread, a process or another machine. */
  readonly offloads: readonly string[];
}

export interface Override {
  /** Globs, as in `Config.exclude`. */
  readonly files: readonly string[];
  readonly levels: Levels;
  readonly options: Options;
}

export interface Config {
  readonly levels: Levels;
  readonly options: Options;
  /** Later ones win. */
  readonly overrides: readonly Override[];
  /** What the project teaches about calls that we do not know. */
  readonly models?: Models;
  /** Globs of files not to check, beside `.gitignore`; relative to the config's folder. One without `/` matches at any depth. */
  readonly exclude: readonly string[];
}

/** What the editor or the command line sets. */
export interface Settings extends Config {
  /** Levels that win over everything (`--level`). */
  readonly final?: Levels;
  /** The config of the nearest folder above the workspace root: counts where none in the workspace does. `base` leads from that folder to the root, with `/` at the end. */
  readonly outer?: { readonly config: Config; readonly base: string };
  /** Config files in the workspace do not count, only `outer` (`--config`). */
  readonly alone?: boolean;
  /** Paths that no `exclude` leaves out: files named on the command line. */
  readonly always?: ReadonlySet<string>;
}

/** Something wrong in a config file; the rest of the file counts. */
export interface ConfigProblem {
  /** Within one line. */
  readonly range: Range;
  readonly message: Message;
}

export const emptyConfig: Config = { levels: {}, options: {}, overrides: [], exclude: [] };

type KnownRule = Pick<Rule, 'id' | 'options'>;

// ───────────────────────── Which config counts ─────────────────────────

/** Names of config files; of two in one folder, the first counts. */
export const configNames = ['.unblock.toml', 'unblock.toml', 'pyproject.toml'] as const;

/** Whether `parseConfig` should see the file at a path with `/`. */
export function isConfigFile(path: string): boolean {
  return (configNames as readonly string[]).includes(path.slice(path.lastIndexOf('/') + 1));
}

/** What holds for one file. */
export interface ResolvedConfig {
  /** The config excludes the file: it is not to be checked. */
  readonly excluded: boolean;
  /** The level the user gave the rule; undefined where nobody said anything. */
  configuredLevel(id: string): Level | 'off' | undefined;
  /** The rule's level: what the user said, or the rule's own. */
  level(rule: Pick<Rule, 'id' | 'level'>): Level | 'off';
  /** A value for every option of the rule. */
  options(rule: KnownRule): Readonly<Record<string, OptionValue>>;
}

/**
 * What holds for the file at `path` (relative to the workspace root, with `/`). `files` has the configs of the workspace
 * by the path of their file. The config in the nearest folder above wins, whole: configs are not inherited. `settings`
 * (editor, command line) fill its gaps; lists of excluded files add up. Files for which the same holds get the same object.
 */
export function configFor(path: string, files: ReadonlyMap<string, Config>, settings: Settings): ResolvedConfig {
  const file = configAbove(path, settings.alone ? new Map() : files, settings);
  const layers = [...(file ? layersOf(file.config, file.path) : []), ...layersOf(settings, path)];
  const excluded = !settings.always?.has(path) && ((file !== undefined && pathMatcher(file.config.exclude)(file.path)) || pathMatcher(settings.exclude)(path));
  let known = resolved.get(settings);
  if (!known) resolved.set(settings, (known = []));
  const same = known.find((one) => one.config.excluded === excluded && one.layers.length === layers.length && one.layers.every((layer, index) => layer === layers[index]));
  if (same) return same.config;
  // Config files that are being edited bring new layers each time.
  if (known.length > 100) known.length = 0;
  const config = resolve(excluded, layers, settings.final);
  known.push({ layers, config });
  return config;
}

type Layer = Pick<Override, 'levels' | 'options'>;

/** What was made of the layers that hold for a file: most files have the same ones. */
const resolved = new WeakMap<Settings, { readonly layers: readonly Layer[]; readonly config: ResolvedConfig }[]>();

function resolve(excluded: boolean, layers: readonly Layer[], final: Levels = {}): ResolvedConfig {
  const stated = (id: string): Level | 'off' | undefined => {
    for (const levels of [final, ...layers.map((layer) => layer.levels)]) {
      const level = levelIn(levels, id);
      if (level !== undefined) return level;
    }
    return undefined;
  };
  return {
    excluded,
    configuredLevel: stated,
    level: (rule) => stated(rule.id) ?? rule.level,
    options: (rule) => Object.fromEntries(Object.entries(rule.options ?? {}).map(([name, option]) => {
      const said = layers.find((layer) => layer.options[rule.id]?.[name] !== undefined);
      return [name, said?.options[rule.id]![name] ?? option.default];
    })),
  };
}

/** The config that counts for a file, and the file's path as the config's globs see it. */
function configAbove(path: string, files: ReadonlyMap<string, Config>, { outer }: Settings): { readonly config: Config; readonly path: string } | undefined {
  const found = configPathAbove(path, files);
  if (found !== undefined) return { config: files.get(found)!, path: path.slice(folderOf(found).length) };
  return outer && { config: outer.config, path: outer.base + path };
}

/** Of some files (`configs` of the workspace), the config in the nearest folder above the file at `path`. */
export function configPathAbove(path: string, configs: Pick<ReadonlyMap<string, unknown>, 'has' | 'size'>): string | undefined {
  for (let folder = folderOf(path); configs.size > 0; folder = folderOf(folder.slice(0, -1))) {
    for (const name of configNames) if (configs.has(folder + name)) return folder + name;
    if (folder === '') break;
  }
  return undefined;
}

/** With `/` at the end; `''` at the top. */
function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

/** The parts of a config that speak about a file, the strongest first. */
function layersOf(config: Config, path: string): readonly Layer[] {
  return [...config.overrides.filter((override) => pathMatcher(override.files)(path)).reverse(), config];
}

function levelIn(levels: Levels, id: string): Level | 'off' | undefined {
  return levels[id] ?? Object.entries(levels).findLast(([pattern]) => isGlob(pattern) && matchesId(pattern, id))?.[1];
}

function isGlob(text: string): boolean {
  return /[*?[{]/.test(text);
}

const idMatchers = new Map<string, (id: string) => boolean>();

function matchesId(glob: string, id: string): boolean {
  const matcher = idMatchers.get(glob) ?? picomatch(glob);
  idMatchers.set(glob, matcher);
  return matcher(id);
}

// ───────────────────────── Reading a config file ─────────────────────────

export const messages = defineMessages('config', {
  syntax: 'This file is not valid TOML, so none of its settings count: {reason}.',
  key: 'Unknown key `{name}`.',
  keyMeant: 'Unknown key `{name}`; did you mean `{meant}`?',
  rule: 'There is no rule `{name}`.',
  ruleMeant: 'There is no rule `{name}`; did you mean `{meant}`?',
  pattern: 'No rule matches `{name}`.',
  level: '`{name}` is no level; write one of {levels}.',
  levelMeant: '`{name}` is no level; did you mean `{meant}`?',
  option: '`{rule}` has no option `{name}`.',
  optionMeant: '`{rule}` has no option `{name}`; did you mean `{meant}`?',
  table: '`{name}` must be a table.',
  tables: '`{name}` must be a list of tables (`[[{name}]]`).',
  strings: '`{name}` must be a list of strings.',
  boolean: '`{name}` must be `true` or `false`.',
  number: '`{name}` must be a number.',
  string: '`{name}` must be a string.',
  files: 'An override needs `files`, a list of globs.',
});

/**
 * The config a file holds: the table `[tool.unblock]` of a `pyproject.toml`, the whole of any other file. Undefined where
 * there is none, or the file is not TOML. What is wrong is told, with its place, and left out; the rest counts.
 */
export function parseConfig(path: string, text: string, rules: readonly KnownRule[]): { readonly config: Config | undefined; readonly problems: readonly ConfigProblem[] } {
  const root = readToml(text);
  const inProject = /(?:^|[/\\])pyproject\.toml$/.test(path);
  if (root.kind === 'problem') {
    // A `pyproject.toml` that never speaks of us is other tools' business.
    const ours = !inProject || /\bunblock\b/.test(text);
    return { config: undefined, problems: ours ? [{ range: root.range, message: messages.syntax({ reason: root.reason }) }] : [] };
  }
  const table = inProject ? tableUnder(tableUnder(root, 'tool'), 'unblock') : root;
  if (!table) return { config: undefined, problems: [] };
  const reader = new ConfigReader(text, rules);
  const config = reader.config(table);
  return { config, problems: reader.problems.sort((a, b) => a.range.start - b.range.start) };
}

function tableUnder(table: TomlTable | undefined, name: string): TomlTable | undefined {
  const value = table?.entries.get(name)?.value;
  return value?.kind === 'table' ? value : undefined;
}

class ConfigReader {
  readonly problems: ConfigProblem[] = [];
  #text: string;
  #rules: ReadonlyMap<string, KnownRule>;

  constructor(text: string, rules: readonly KnownRule[]) {
    this.#text = text;
    this.#rules = new Map(rules.map((rule) => [rule.id, rule]));
  }

  config(table: TomlTable): Config {
    this.#known(table, ['rules', 'options', 'exclude', 'overrides', 'models']);
    const models = this.#models(table);
    return { levels: this.#levels(table), options: this.#options(table), exclude: this.#strings(table, 'exclude') ?? [], overrides: this.#overrides(table), ...(models ? { models } : {}) };
  }

  #models(table: TomlTable): Models | undefined {
    const value = table.entries.get('models')?.value;
    if (!value) return undefined;
    if (value.kind !== 'table') return this.#wrong(value, 'models', 'table', undefined);
    this.#known(value, ['blocking', 'nonblocking', 'offloads']);
    return { blocking: this.#strings(value, 'blocking') ?? [], nonblocking: this.#strings(value, 'nonblocking') ?? [], offloads: this.#strings(value, 'offloads') ?? [] };
  }

  #overrides(table: TomlTable): Override[] {
    const value = table.entries.get('overrides')?.value;
    if (!value) return [];
    if (value.kind !== 'list') return this.#wrong(value, 'overrides', 'tables', []);
    return value.items.flatMap((item) => {
      if (item.kind !== 'table') return this.#wrong(item, 'overrides', 'tables', []);
      this.#known(item, ['files', 'rules', 'options']);
      const written = item.entries.has('files');
      const files = this.#strings(item, 'files');
      if (!written) this.#report(item.range, messages.files());
      const [levels, options] = [this.#levels(item), this.#options(item)];
      return files ? [{ files, levels, options }] : [];
    });
  }

  #levels(table: TomlTable): Levels {
    const found: Record<string, Level | 'off'> = {};
    for (const [name, { keyRange, value }] of this.#table(table, 'rules')) {
      if (!this.#ruleExists(name, keyRange)) continue;
      const level = value.kind === 'plain' && typeof value.value === 'string' ? value.value : undefined;
      if ((levels as readonly unknown[]).includes(level)) {
        found[name] = level as Level | 'off';
      } else {
        const written = level ?? this.#text.slice(value.range.start, value.range.end);
        const meant = level === undefined ? undefined : nearest(level, levels);
        this.#report(value.range, meant ? messages.levelMeant({ name: written, meant }) : messages.level({ name: written, levels: levels.map((one) => `\`${one}\``).join(', ') }));
      }
    }
    return found;
  }

  #ruleExists(name: string, range: Range): boolean {
    if (this.#rules.has(name)) return true;
    if (isGlob(name)) {
      if ([...this.#rules.keys()].some((id) => matchesId(name, id))) return true;
      this.#report(range, messages.pattern({ name }));
    } else {
      const meant = nearest(name, this.#rules.keys());
      this.#report(range, meant ? messages.ruleMeant({ name, meant }) : messages.rule({ name }));
    }
    return false;
  }

  #options(table: TomlTable): Options {
    const found: Record<string, Record<string, OptionValue>> = {};
    for (const [id, { keyRange, value }] of this.#table(table, 'options')) {
      const rule = this.#rules.get(id);
      if (!rule) {
        const meant = nearest(id, this.#rules.keys());
        this.#report(keyRange, meant ? messages.ruleMeant({ name: id, meant }) : messages.rule({ name: id }));
      } else if (value.kind !== 'table') {
        this.#wrong(value, id, 'table', undefined);
      } else {
        found[id] = this.#optionsOf(rule, value);
      }
    }
    return found;
  }

  #optionsOf(rule: KnownRule, table: TomlTable): Record<string, OptionValue> {
    const found: Record<string, OptionValue> = {};
    for (const [name, { keyRange, value }] of table.entries) {
      const option = rule.options && Object.hasOwn(rule.options, name) ? rule.options[name] : undefined;
      if (!option) {
        const meant = nearest(name, Object.keys(rule.options ?? {}));
        this.#report(keyRange, meant ? messages.optionMeant({ rule: rule.id, name, meant }) : messages.option({ rule: rule.id, name }));
        continue;
      }
      const read = plainOf(value);
      if (typeof option.default === 'object' ? isStrings(read) : typeof read === typeof option.default) found[name] = read as OptionValue;
      else this.#wrong(value, name, typeof option.default === 'object' ? 'strings' : (typeof option.default as 'boolean' | 'number' | 'string'), undefined);
    }
    return found;
  }

  #strings(table: TomlTable, name: string): readonly string[] | undefined {
    const value = table.entries.get(name)?.value;
    if (!value) return undefined;
    if (value.kind !== 'list') return this.#wrong(value, name, 'strings', undefined);
    return value.items.flatMap((item) => {
      const read = plainOf(item);
      return typeof read === 'string' ? [read] : this.#wrong(item, name, 'strings', []);
    });
  }

  #table(table: TomlTable, name: string): TomlTable['entries'] {
    const value = table.entries.get(name)?.value;
    if (value === undefined || value.kind === 'table') return value?.entries ?? new Map();
    return this.#wrong(value, name, 'table', new Map());
  }

  #known(table: TomlTable, names: readonly string[]): void {
    for (const [name, { keyRange }] of table.entries) {
      if (names.includes(name)) continue;
      const meant = nearest(name, names);
      this.#report(keyRange, meant ? messages.keyMeant({ name, meant }) : messages.key({ name }));
    }
  }

  #wrong<T>(value: TomlValue, name: string, wanted: 'table' | 'tables' | 'strings' | 'boolean' | 'number' | 'string', instead: T): T {
    this.#report(value.range, messages[wanted]({ name }));
    return instead;
  }

  #report({ start, end }: Range, message: Message): void {
    const line = /[\r\n]/.exec(this.#text.slice(start, end));
    this.problems.push({ range: { start, end: line ? start + line.index : end }, message });
  }
}

function plainOf(value: TomlValue): unknown {
  if (value.kind === 'plain') return value.value;
  return value.kind === 'list' ? value.items.map(plainOf) : undefined;
}

function isStrings(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
