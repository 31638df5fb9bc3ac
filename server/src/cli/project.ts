/** A folder, read and checked: one engine with all its files. */

import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { configFor, configNames, emptyConfig, isConfigFile, parseConfig, type Config, type Settings } from '../config.ts';
import { Engine, type Diagnostic, type Texts } from '../engine.ts';
import { defaultDiskSettings, list, messages, read, type Listing, type Source, type Unread } from '../host/disk.ts';
import { worthThreads } from '../host/files.ts';
import { readGrammars } from '../host/grammars.ts';
import { Parsing } from '../host/parsing.ts';
import { rules } from '../rules/index.ts';

export interface ProjectOptions {
  readonly settings: Settings;
  /** Largest file read, in bytes. */
  readonly limit: number;
  /** Called often while the work goes on. */
  readonly progress: (step: 'reading' | 'checking', done: number, total: number) => void;
}

/** What to check together: a root, and the files in it to report; all of them when undefined. */
export interface Selection {
  /** Absolute. */
  readonly root: string;
  /** Only these are reported, and they are read whatever their names; relative to the root, with `/`. */
  readonly only?: ReadonlySet<string>;
  /** The folder is nobody's project: its subfolders may be anything. */
  readonly shallow?: boolean;
}

/** A check that finds files changed begins again, but not more often than this. */
const mostRounds = 3;

/** What the files below a root say: on disk, or what they would say after repairs. */
class Disk implements Texts {
  readonly #root: string;
  readonly #limit: number;
  readonly replaced = new Map<string, string>();
  #changed: string[] = [];

  /** `limit`: largest file read, in bytes. */
  constructor(root: string, limit: number) {
    this.#root = root;
    this.#limit = limit;
  }

  source(file: string): Source | Unread | undefined {
    return read(this.#root, file, this.#limit);
  }

  read(file: string): string | undefined {
    const known = this.replaced.get(file);
    if (known !== undefined) return known;
    const source = this.source(file);
    return source && 'text' in source ? source.text : undefined;
  }

  changed(file: string): void {
    this.#changed.push(file);
  }

  /** Files that changed since this was last asked. */
  changes(): readonly string[] {
    const changed = this.#changed;
    this.#changed = [];
    return changed;
  }
}

export class Project {
  readonly root: string;
  readonly engine: Engine;
  /** Files reported that could not be read. */
  readonly unread: Unread[];
  /** Files to report, sorted. */
  readonly paths: readonly string[];
  readonly #disk: Disk;

  private constructor(root: string, engine: Engine, disk: Disk, paths: readonly string[], unread: Unread[]) {
    this.root = root;
    this.engine = engine;
    this.#disk = disk;
    this.paths = paths;
    this.unread = unread;
  }

  static async open({ root, only, shallow }: Selection, { settings, limit, progress }: ProjectOptions): Promise<Project> {
    const engine = await Engine.create(readGrammars());
    const disk = new Disk(root, limit);
    engine.readAgain(disk);
    const own: Settings = { ...settings, ...(settings.outer ? {} : outerConfig(root)), ...(only ? { always: only } : {}) };
    engine.configure(own);
    const listing: Pick<Listing, 'paths' | 'unread'> = shallow ? { paths: [], unread: [] } : list(root, { ...defaultDiskSettings, exclude: settings.exclude });
    const asked = [...(only ?? [])].filter((file) => !listing.paths.includes(file));
    const all = [...listing.paths, ...asked].sort();
    const unread = [...listing.unread];
    const load = (file: string): string | undefined => {
      const source = disk.source(file) ?? (asked.includes(file) ? { path: file, reason: messages.missing() } : undefined);
      if (source && 'text' in source) return source.text;
      if (source) unread.push(source);
      return undefined;
    };
    const configTexts = new Map<string, string | undefined>();
    const configs = new Map<string, Config>();
    for (const file of all.filter(isConfigFile)) {
      const text = load(file);
      configTexts.set(file, text);
      const config = text === undefined ? undefined : parseConfig(file, text, rules).config;
      if (config) configs.set(file, config);
    }
    const sources = function* (): Iterable<Source> {
      for (const [i, file] of all.entries()) {
        progress('reading', i, all.length);
        if (!isConfigFile(file) && configFor(file, configs, own).excluded) continue;
        const text = configTexts.has(file) ? configTexts.get(file) : load(file);
        if (text !== undefined) yield { path: file, text };
      }
    };
    const parsing = new Parsing(all.length < worthThreads ? 0 : undefined);
    try {
      for await (const { source, packed } of parsing.inOrder(sources(), (text) => engine.readPython(text))) engine.set(source.path, source.text, false, packed);
    } finally {
      parsing.close();
    }
    const wanted = (file: string): boolean => only === undefined || only.has(file);
    return new Project(root, engine, disk, all.filter((file) => engine.has(file) && wanted(file)), unread.filter((one) => wanted(one.path)));
  }

  /** Findings of the files to report. Those that change meanwhile are read again. */
  check(progress: ProjectOptions['progress']): Diagnostic[] {
    for (let round = 1; ; round++) {
      const found = this.paths.flatMap((file, i) => {
        progress('checking', i, this.paths.length);
        return this.engine.check(file);
      });
      const changed = this.#disk.changes();
      if (changed.length === 0) return found;
      if (round === mostRounds) {
        this.#skip(changed.map((file) => ({ path: file, reason: messages.changing() })));
        return found;
      }
      for (const file of changed) this.#reread(file);
    }
  }

  #reread(file: string): void {
    const source = this.#disk.source(file);
    if (source && 'text' in source) this.engine.set(file, source.text);
    else this.engine.delete(file);
    if (source && 'reason' in source) this.#skip([source]);
  }

  #skip(unread: readonly Unread[]): void {
    this.unread.push(...unread.filter((one) => this.paths.includes(one.path)));
  }

  absolute(file: string): string {
    return path.join(this.root, file);
  }

  /** To be shown: lines of a file that has changed since are blank. */
  text(file: string): string | undefined {
    return this.engine.facts(file)?.text;
  }

  /** The file now says something else; it is not written. */
  replace(file: string, text: string): void {
    this.#disk.replaced.set(file, text);
    this.engine.set(file, text);
  }
}

/** The config of the nearest folder above `root` that has one. */
function outerConfig(root: string): Pick<Settings, 'outer'> {
  let base = '';
  for (let folder = root; folder !== path.dirname(folder); ) {
    base = `${path.basename(folder)}/${base}`;
    folder = path.dirname(folder);
    for (const name of configNames) {
      const file = path.join(folder, name);
      if (!existsSync(file)) continue;
      const { config } = parseConfig(name, readFileSync(file, 'utf8'), rules);
      if (config) return { outer: { config, base } };
    }
  }
  return {};
}

/** What stands in the top folder of a project. */
const marks = ['.git', '.hg', ...configNames, 'setup.py', 'setup.cfg', 'requirements.txt', 'Pipfile', 'manage.py'];

/** The project a single file belongs to: the nearest folder above that looks like one, otherwise the folder its package lies in. */
export function projectOf(file: string): { readonly root: string; readonly shallow: boolean } {
  let own = path.dirname(file);
  while (existsSync(path.join(own, '__init__.py'))) own = path.dirname(own);
  for (let folder = own; ; folder = path.dirname(folder)) {
    if (marks.some((name) => existsSync(path.join(folder, name)))) return { root: folder, shallow: false };
    // A script in a home or temporary folder must not make us read all that lies beside it.
    if (folder === path.dirname(folder)) return { root: own, shallow: [os.homedir(), os.tmpdir(), folder].includes(own) };
  }
}

/** The settings of a config file named on the command line, or what is wrong with it. */
export function settingsFrom(file: string, text: string): { readonly settings: Settings } & Pick<ReturnType<typeof parseConfig>, 'problems'> {
  const { config, problems } = parseConfig(file, text, rules);
  return { settings: { ...emptyConfig, alone: true, outer: { config: config ?? emptyConfig, base: '' } }, problems };
}
