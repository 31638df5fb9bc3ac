/** The only door for the shells: give it texts, ask it for findings. No I/O, no clock. */

import { configFor, configPathAbove, emptyConfig, isConfigFile, parseConfig, type Config, type ResolvedConfig, type Settings } from './config.ts';
import { emptyFacts, type Facts, type Ignore, type Language, type Range } from './facts.ts';
import { containerFacts } from './languages/containers.ts';
import { silences } from './languages/ignores.ts';
import { loadParsers, type Grammars, type Parsers } from './languages/parser.ts';
import { PythonSource } from './languages/python-source.ts';
import { recovered } from './languages/recovery.ts';
import { shellFacts, type ShellParser } from './languages/shell.ts';
import { readPython } from './packed/read-python.ts';
import { PackedFacts, Shelf, type Texts } from './packed/packed-facts.ts';
import { printOf, samePrint } from './print.ts';
import type { Finding, Level, Rule } from './rule.ts';
import { rules } from './rules/index.ts';
import type { Launch } from './workspace/launches.ts';
import { answerAll } from './workspace/mentions.ts';
import { offersAt, type Offers } from './workspace/offers.ts';
import { pointedAt, settingNear, type Pointed, type PointedSetting } from './workspace/pointing.ts';
import { Project } from './workspace/project.ts';
import type { Running } from './workspace/workspace.ts';

export type { Grammars } from './languages/parser.ts';
export type { Texts } from './packed/packed-facts.ts';
export { concurrencyOf, processesOf, type Launch } from './workspace/launches.ts';
export { termOf, type Budget, type Figure, type LaunchShare } from './workspace/budget.ts';
export { meaningOfValue, type Offer, type Offers } from './workspace/offers.ts';
export type { Pointed, PointedSetting, Use } from './workspace/pointing.ts';
export type { Run, Running } from './workspace/workspace.ts';

/** A finding as the shells show it: with its rule and the level the configuration gives it. */
export interface Diagnostic extends Finding {
  readonly path: string;
  readonly rule: string;
  readonly level: Level;
}

/** A rule that is not off, with what a configuration says of it. */
interface Asked {
  readonly rule: Rule;
  readonly level: Level;
  /** The user gave it its level. */
  readonly stated: boolean;
  readonly options: ReturnType<ResolvedConfig['options']>;
}

const asked = new WeakMap<ResolvedConfig, readonly Asked[]>();

function askedUnder(config: ResolvedConfig): readonly Asked[] {
  let known = asked.get(config);
  if (!known) {
    known = rules.flatMap((rule) => {
      const level = config.level(rule);
      return level === 'off' ? [] : [{ rule, level, stated: config.configuredLevel(rule.id) !== undefined, options: config.options(rule) }];
    });
    asked.set(config, known);
  }
  return known;
}

export class Engine {
  readonly #python: PythonSource;
  readonly #shell: ShellParser;
  readonly #shelf = new Shelf((path) => this.#project.settle(path));
  readonly #project = new Project((path) => this.#worked(path));
  /** Files whose calls were worked out while a text was not known. */
  readonly #doubtful = new Set<string>();
  #blanks = 0;
  readonly #configs = new Map<string, Config>();
  #settings: Settings = emptyConfig;
  #resolved = new Map<string, ResolvedConfig>();
  #configured = false;

  private constructor(parsers: Parsers) {
    this.#python = new PythonSource(parsers.python);
    this.#shell = { kinds: parsers.bash.reader.kinds, parse: (text) => parsers.bash.parse('', text, false) };
  }

  /** Loads the grammars once for the process; rejects when they cannot be compiled. */
  static async create(grammars: Grammars): Promise<Engine> {
    return new Engine(await loadParsers(grammars));
  }

  /**
   * Texts of closed Python files are not kept, but read again through `texts`. To be called before the first file is set. Where
   * a file says something else than what `set` was given last, `texts` is told; until it is set or deleted, nothing is found in
   * it and nothing is fixed anywhere.
   */
  readAgain(texts: Texts): void {
    this.#shelf.texts = texts;
  }

  /** Settings of the editor or command line; config files in the workspace win over them where they speak. */
  configure(settings: Settings): void {
    this.#settings = settings;
    this.#reconfigured();
  }

  /**
   * The file at `path` (relative to the workspace root, `/`) now says `text`. `open`: it is being edited, keep what makes
   * the next edit cheap. `packed`: what `readPython` made of the text, here or in another thread. Never throws: of a file
   * that cannot be read, nothing is known.
   */
  set(path: string, text: string, open = false, packed?: ArrayBuffer): void {
    if (!open) this.#python.close(path);
    const facts = this.#read(path, text, open, packed);
    this.#exchange(path, () => this.#project.set(facts));
    this.#shelf.tidy();
  }

  /** Facts of a Python text, to be given to `set`; undefined when it cannot be read. */
  readPython(text: string): ArrayBuffer | undefined {
    return readPython(this.#python, text);
  }

  #read(path: string, text: string, open: boolean, packed: ArrayBuffer | undefined): Facts {
    const language = languageOf(path, text);
    try {
      switch (language) {
        case 'python': {
          if (open) return this.#python.understood(path, text);
          const bytes = packed ?? this.readPython(text);
          if (!bytes) return emptyFacts(path, language, text);
          const facts = new PackedFacts(path, text, bytes, this.#shelf);
          // While its text is at hand.
          answerAll(facts, text);
          return facts;
        }
        case 'shell': return shellFacts(path, text, this.#shell);
        case 'config': {
          const { config, problems } = parseConfig(path, text, rules);
          if (config) this.#configs.set(path, config);
          // A config that does not parse for a moment is not forgotten.
          else if (problems.length === 0) this.#configs.delete(path);
          this.#reconfigured();
          return { ...emptyFacts(path, 'config', text), problems };
        }
        default: return containerLanguages.has(language) ? containerFacts(path, text, language, this.#shell) : emptyFacts(path, language, text);
      }
    } catch {
      return emptyFacts(path, language, text);
    }
  }

  /** The file is gone, or will not be checked any more. */
  delete(path: string): void {
    this.#python.close(path);
    if (this.#configs.delete(path)) this.#reconfigured();
    this.#exchange(path, () => this.#project.delete(path));
  }

  #exchange(path: string, work: () => void): void {
    if (!this.#shelf.leave(this.#project.file(path), work)) return;
    this.#project.doubt(this.#doubtful);
    this.#doubtful.clear();
  }

  /** `path`: of the file whose calls were worked out, if any were. */
  #worked(path: string | undefined): void {
    if (path !== undefined) {
      if (this.#shelf.blanks !== this.#blanks) this.#doubtful.add(path);
      this.#blanks = this.#shelf.blanks;
    }
    this.#shelf.tidy();
  }

  has(path: string): boolean {
    return this.#project.file(path) !== undefined;
  }

  /** Whether a file is known to say this; it is not read for that. */
  says(path: string, text: string): boolean {
    const file = this.#project.file(path);
    if (!file || this.#shelf.hasLost(file)) return false;
    return file.print ? samePrint(file.print, printOf(text)) : (file.halfTyped?.text ?? file.text) === text;
  }

  /** What a file says; undefined where it is not known, or not any more. */
  text(path: string): string | undefined {
    const text = this.facts(path)?.text;
    return this.#shelf.hasLost(this.#project.file(path)) ? undefined : text;
  }

  /** With the text that the file really has; one that is not known any more is blank. */
  facts(path: string): Facts | undefined {
    const file = this.#project.file(path);
    return file?.halfTyped ? { ...file, text: file.halfTyped.text } : file;
  }

  /** Paths of all files set. */
  paths(): Iterable<string> {
    return this.#project.paths;
  }

  /**
   * Findings of one file after levels, overrides and ignore comments, by position. Never throws for any text. `hurried`:
   * other files that changed are looked at only as far as this one calls into them; `changes` then tells what more follows.
   */
  check(path: string, hurried = false): readonly Diagnostic[] {
    const file = this.#project.file(path);
    if (!file) return [];
    this.#project.hurriedBy = hurried ? path : undefined;
    try {
      return this.#check(path, file);
    } finally {
      this.#project.hurriedBy = undefined;
      this.#shelf.tidy();
    }
  }

  #check(path: string, file: Facts): readonly Diagnostic[] {
    const config = this.#configOf(path);
    if (config.excluded) return [];
    if (file.language === 'python') this.#project.workOut();
    const found: Diagnostic[] = [];
    const used = new Set<Ignore>();
    const usedNames = new Set<string>();
    for (const { rule, level, stated, options } of askedUnder(config)) {
      if (rule.concerns && !this.#concerns(rule, file)) continue;
      for (const finding of this.#findings(rule, file, options)) {
        const silencing = file.ignores.filter((ignore) => silences(ignore, rule, finding.range));
        for (const ignore of silencing) {
          used.add(ignore);
          usedNames.add(`${ignore.start} ${rule.id}`);
        }
        if (silencing.length > 0) continue;
        found.push({ ...finding, path, rule: rule.id, level: stated ? level : (finding.level ?? level) } as Diagnostic);
      }
    }
    for (const name of this.#project.usedIgnores(path)) {
      usedNames.add(name);
      for (const ignore of file.ignores) if (name.startsWith(`${ignore.start} `)) used.add(ignore);
    }
    this.#addUnused(file, config, used, usedNames, found);
    if (this.#shelf.hasLost(file)) return [];
    return this.#certain(sure(file, found)).sort((a, b) => a.range.start - b.range.start || a.range.end - b.range.end || (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0));
  }

  /** Without fixes while a text is not known that they may rest on. */
  #certain(found: Diagnostic[]): Diagnostic[] {
    if (!this.#shelf.texts) return found;
    return found.map((finding) => {
      const { fixes } = finding;
      if (!fixes) return finding;
      return { ...finding, fixes: () => {
        const all = fixes();
        return this.#shelf.doubtful ? [] : all;
      } };
    });
  }

  #concerns(rule: Rule, file: Facts): boolean {
    try {
      return rule.concerns!(file, this.#project);
    } catch {
      return false;
    }
  }

  #findings(rule: Rule, file: Facts, options: Asked['options']): readonly Finding[] {
    const found: Finding[] = [];
    try {
      for (const finding of rule.check(file, this.#project, options)) found.push(finding);
    } catch {
      // One rule that fails on one file costs nothing else.
    }
    return found;
  }

  #addUnused(file: Facts, config: ResolvedConfig, used: ReadonlySet<Ignore>, usedNames: ReadonlySet<string>, found: Diagnostic[]): void {
    const rule = rules.find((one) => one.unused);
    if (!rule?.unused || file.ignores.length === 0) return;
    const level = config.level(rule);
    if (level === 'off') return;
    for (const ignore of file.ignores) {
      // Ruff says itself which of its own comments are unused.
      if (ignore.source === 'noqa') continue;
      const names = ignore.rules.filter((id) => !usedNames.has(`${ignore.start} ${id}`) && config.level(rules.find((one) => one.id === id) ?? { id, level: 'warning' }) !== 'off');
      const wholly = !used.has(ignore) && (ignore.rules.length === 0 || names.length === ignore.rules.length);
      const findings = wholly ? [rule.unused(file, ignore, undefined)] : ignore.rules.length > 0 ? names.map((name) => rule.unused!(file, ignore, name)) : [];
      for (const finding of findings) found.push({ ...finding, path: file.path, rule: rule.id, level });
    }
  }

  /** The function whose name stands at an offset (UTF-16) of a file, where it is defined or called, and where it runs. */
  running(path: string, offset: number): Running | undefined {
    const file = this.#project.file(path);
    return file?.language === 'python' ? this.#project.running(file, offset) : undefined;
  }

  /** The servers and Python programs that a file starts. */
  launches(path: string): readonly Launch[] {
    const file = this.#project.file(path);
    return file ? this.#project.launches(file) : [];
  }

  /** What stands at an offset (UTF-16) of a file, if it is something of a launch. */
  pointed(path: string, offset: number): Pointed | undefined {
    const file = this.#project.file(path);
    return file && pointedAt(file, offset, this.#project);
  }

  /** What may be written at an offset (UTF-16) of a file; undefined outside launches. */
  offers(path: string, offset: number): Offers | undefined {
    const file = this.#project.file(path);
    return file && offersAt(file, offset, this.#project, this.#asWritten(file));
  }

  /** Facts of what is being written, as far as it can be read, not of what was there before. */
  #asWritten(file: Facts): Facts {
    if (!file.halfTyped) return file;
    try {
      return { ...recovered(file.halfTyped.text, (code) => this.#python.facts('', code, false)), path: file.path };
    } catch {
      return file;
    }
  }

  /** A setting of `program` in the launch around an offset, whether or not it is written there. */
  setting(path: string, offset: number, program: string, name: string): PointedSetting | undefined {
    const file = this.#project.file(path);
    return file && settingNear(file, offset, program, name, this.#project);
  }

  /** The config file of the workspace that counts for a file; undefined where there is none. */
  configPath(path: string): string | undefined {
    return configPathAbove(path, this.#configs);
  }

  /**
   * Paths whose findings may have changed since the last call of this method: the files set or deleted, and the files
   * whose answers rest on them.
   */
  changes(): ReadonlySet<string> {
    const changed = this.#project.changes();
    this.#shelf.tidy();
    if (!this.#configured) return changed;
    this.#configured = false;
    return new Set([...this.#project.paths, ...changed]);
  }

  #configOf(path: string): ResolvedConfig {
    let known = this.#resolved.get(path);
    if (!known) this.#resolved.set(path, (known = configFor(path, this.#configs, this.#settings)));
    return known;
  }

  #reconfigured(): void {
    this.#resolved = new Map();
    this.#configured = true;
    const taught = [this.#settings, ...(this.#settings.outer ? [this.#settings.outer.config] : []), ...this.#configs.values()].flatMap(({ models }) => (models ? [models] : []));
    this.#project.teach({
      blocking: taught.flatMap(({ blocking }) => blocking),
      nonblocking: taught.flatMap(({ nonblocking }) => nonblocking),
      offloads: taught.flatMap(({ offloads }) => offloads),
    });
  }
}

/** Without findings where the text cannot be read, and without fixes that would write there. */
function sure({ halfTyped }: Facts, found: readonly Diagnostic[]): Diagnostic[] {
  if (!halfTyped) return found.slice();
  const doubtful = ({ start, end }: Range): boolean => halfTyped.unread.some((range) => start <= range.end && end >= range.start);
  return found.filter(({ range }) => range.start < range.end && !doubtful(range)).map((finding) => {
    const { fixes } = finding;
    return fixes ? { ...finding, fixes: () => fixes().filter(({ edits }) => !edits.some(({ path, range }) => path === undefined && doubtful(range))) } : finding;
  });
}

const containerLanguages: ReadonlySet<Language> = new Set(['dockerfile', 'compose', 'procfile', 'systemd', 'supervisor', 'makefile', 'kubernetes']);

const byName: readonly (readonly [RegExp, Language])[] = [
  [/\.py$/, 'python'],
  [/\.(sh|bash|zsh|ksh)$/, 'shell'],
  [/^requirements[^/]*\.(txt|in)$/, 'requirements'],
  [/^(Dockerfile|Containerfile)([.A-Z_-].*)?$|\.(Dockerfile|dockerfile)$/, 'dockerfile'],
  [/^(docker-)?compose[^/]*\.ya?ml$/, 'compose'],
  [/^Procfile(\..+)?$/, 'procfile'],
  [/\.service$/, 'systemd'],
  [/supervisor[^/]*\.(conf|ini)$/, 'supervisor'],
  [/^(Makefile|makefile|GNUmakefile)(\..+)?$|\.mk$/, 'makefile'],
  [/\.ya?ml$/, 'kubernetes'],
];

/** Compose files have many names (`local.yml`, `stack.yaml`); other YAML has no services with an image or a build. */
function composes(text: string): boolean {
  return /^services:[ \t]*(?:#.*)?\r?$/m.test(text) && /^[ \t]+(?:image|build):/m.test(text);
}

/** What a file is by its name; a file without an extension by its first line. */
export function languageOf(path: string, text: string): Language {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (isConfigFile(path)) return 'config';
  for (const [pattern, language] of byName) if (pattern.test(name)) return language === 'kubernetes' && composes(text) ? 'compose' : language;
  if (/\.(conf|ini)$/.test(name)) return /^\[(program|fcgi-program|eventlistener):/m.test(text) ? 'supervisor' : 'other';
  const first = /^#!.*/.exec(text)?.[0] ?? '';
  if (/\b(python|pypy)[\d.]*\s*$/.test(first)) return 'python';
  if (/\b(ba|da|z|k)?sh\b/.test(first)) return 'shell';
  return 'other';
}
