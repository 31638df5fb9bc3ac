/** One workspace folder, or one document outside every folder: its engine, what is open, and what was found. */

import type { Diagnostic } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { configFor, configNames, configPathAbove, isConfigFile, parseConfig, type Config, type Settings as EngineSettings } from '../config.ts';
import type { Diagnostic as Finding, Engine, Offers, Pointed, PointedSetting, Running } from '../engine.ts';
import type { Facts } from '../facts.ts';
import type { Listing, Source, Unread } from '../host/disk.ts';
import { worthThreads, type Files, type PackedPython } from '../host/files.ts';
import type { Level, Message } from '../rule.ts';
import { rules } from '../rules/index.ts';
import { diskPath, keyBelow, keyOf, uriBelow } from './addresses.ts';
import { diagnosticsOf, fingerprint, type Places, type Shape } from './convert.ts';
import type { Settings } from './settings.ts';
import { Slices } from './slices.ts';
import { messages } from './messages.ts';

/** What is sent about one file. */
export interface Result {
  readonly items: readonly Diagnostic[];
  /** Equal for equal items. */
  readonly id: string;
  readonly levels: Readonly<Partial<Record<Level, number>>>;
}

/** How far a scan is. */
export interface Scan {
  report(done: number, total: number): void;
  cancelled(): boolean;
}

const chunk = 16;
const nothing: Result = { items: [], id: fingerprint('[]'), levels: {} };

export class Folder implements Places {
  readonly uri: string;
  readonly key: string;
  readonly root: string | undefined;
  readonly skipped = new Map<string, Message>();
  problems: readonly Message[] = [];
  settings: Settings;
  /** Told of files that say something else than what was read, when nobody else has told: they should be read again. */
  changed: (path: string) => void = () => {};
  readonly #engine: Engine;
  readonly #files: Files;
  readonly #owns: (path: string) => boolean;
  readonly #open = new Map<string, TextDocument>();
  readonly #edited = new Set<string>();
  readonly #uris = new Map<string, string>();
  readonly #results = new Map<string, Result>();
  readonly #stale = new Set<string>();
  /** What the last walk found; undefined before the first. */
  #listed: ReadonlySet<string> | undefined;
  /** Open files that the walk leaves out (`.gitignore`, exclusions): nothing is said of them. */
  #excluded = new Set<string>();
  #walked: Promise<void> = Promise.resolve();
  /** Files the engine keeps ready for the next edit. */
  readonly #kept = new Set<string>();
  /** Files set or deleted since it was last asked what follows from that. */
  readonly #touched = new Set<string>();
  #outer: EngineSettings['outer'];
  #disk: Promise<void> = Promise.resolve();
  #jobs = 0;

  /** `files` undefined: a document of its own, nothing is read. `owns`: false for what belongs to a folder inside this one. */
  constructor(uri: string, engine: Engine, settings: Settings, files: Files, alone: boolean, owns: (path: string) => boolean) {
    this.uri = uri;
    this.key = keyOf(uri);
    this.root = alone ? undefined : diskPath(uri);
    this.settings = settings;
    this.#engine = engine;
    this.#files = files;
    this.#owns = owns;
    engine.configure(settings.config);
    const { root } = this;
    const { readNow } = files;
    if (root === undefined || !readNow) return;
    engine.readAgain({ read: (path) => textOf(readNow(root, path, this.settings.maxFileBytes)), changed: (path) => this.changed(path) });
  }

  // ── What the editor says ──

  configure(settings: Settings): void {
    this.settings = settings;
    this.#engine.configure(this.#engineSettings());
  }

  open(path: string, document: TextDocument): void {
    this.#open.set(path, document);
    this.#uris.set(path, document.uri);
    this.#edited.add(path);
  }

  /** The disk counts again. */
  close(path: string): Promise<void> {
    this.#open.delete(path);
    this.#edited.delete(path);
    return this.read([path]);
  }

  document(path: string): TextDocument | undefined {
    return this.#open.get(path);
  }

  documents(): ReadonlyMap<string, TextDocument> {
    return this.#open;
  }

  /** The client's spelling of a file's address. */
  spell(path: string, uri: string): void {
    if (!this.#open.has(path)) this.#uris.set(path, uri);
  }

  address(path: string): string {
    return this.#uris.get(path) ?? uriBelow(this.uri, path);
  }

  /** The key of a file's address, without spelling it. */
  keyOf(path: string): string {
    return this.root === undefined ? this.key : keyBelow(this.key, path);
  }

  // ── What the disk says ──

  /** Reading is going on. */
  get busy(): boolean {
    return this.#jobs > 0;
  }

  /** Everything asked of the disk so far has arrived. */
  settled(): Promise<void> {
    return this.#disk;
  }

  /** Walks the folder again and reads every file, or only `changed` ones and those that are new; what is gone goes. */
  scan(scan: Scan, changed?: ReadonlySet<string>): Promise<void> {
    // The walk is short and does not wait for the reading that may be going on: what is opened now wants to know.
    const walk = this.#walked.then(() => this.#walk());
    this.#walked = walk.then(() => {}, () => {});
    return this.#job(async () => this.#readAll(await walk, scan, changed));
  }

  /** Whether the last walk found the file. */
  lists(path: string): boolean {
    return this.#listed?.has(path) ?? false;
  }

  /** Until it is known whether an open file is left out. */
  async ready(path: string): Promise<void> {
    if (!this.lists(path)) await this.#walked;
    if (!this.#open.has(path)) await this.#disk;
  }

  /** Reads some files again; a file that is gone, or that the walk leaves out, goes. */
  read(paths: readonly string[]): Promise<void> {
    return this.#job(async () => {
      for (const path of paths) if (!this.lists(path)) this.#drop(path);
      await this.#read(paths.filter((path) => this.lists(path)), undefined);
    });
  }

  /** These files and everything below these folders are gone. */
  remove(paths: readonly string[]): Promise<void> {
    return this.#job(async () => {
      const gone = new Set(paths);
      const folders = paths.map((path) => `${path}/`);
      for (const path of [...this.#engine.paths(), ...this.skipped.keys()]) {
        if (gone.has(path) || folders.some((folder) => path.startsWith(folder))) this.#drop(path);
      }
    });
  }

  #job(work: () => Promise<void>): Promise<void> {
    this.#jobs++;
    return this.#disk = this.#disk.then(work).catch((error: unknown) => {
      this.#fail(error);
    }).finally(() => void this.#jobs--);
  }

  async #walk(): Promise<Listing> {
    const { root, settings } = this;
    if (root === undefined || settings.scan === 'off' || this.#files.isTooWide(root)) {
      this.#listed = undefined;
      await this.#exclude();
      return { paths: [], unread: [], cut: false };
    }
    const outer = await this.#configAbove(root);
    if (JSON.stringify(outer) !== JSON.stringify(this.#outer)) {
      this.#outer = outer;
      this.#engine.configure(this.#engineSettings());
    }
    const { paths, unread, cut } = await this.#files.list(root, { exclude: [...settings.hidden, ...settings.config.exclude], useGitignore: true, maximumFiles: settings.maxFiles });
    const included = await this.#included(root, paths.filter(this.#owns));
    this.#listed = new Set(included);
    await this.#exclude();
    return { paths: included, unread: unread.filter(({ path }) => this.#owns(path)), cut };
  }

  async #exclude(): Promise<void> {
    const before = this.#excluded;
    const now = new Set<string>();
    for (const path of this.#open.keys()) if (await this.#leftOut(path)) now.add(path);
    this.#excluded = now;
    for (const path of this.#open.keys()) if (before.has(path) !== now.has(path)) this.#forget(path);
  }

  async #readAll({ paths, unread, cut }: Listing, scan: Scan, changed: ReadonlySet<string> | undefined): Promise<void> {
    const listed = new Set(paths);
    const { root, settings } = this;
    if (cut) this.problems = [messages.tooMany({ count: String(settings.maxFiles) })];
    else this.problems = root !== undefined && settings.scan !== 'off' && this.#files.isTooWide(root) ? [messages.tooWide({ path: root })] : [];
    for (const path of [...this.#engine.paths(), ...this.skipped.keys()]) if (!listed.has(path)) this.#drop(path);
    for (const { path, reason } of unread) this.#skip(path, reason);
    await this.#read(paths.filter((path) => !changed || changed.has(path) || !(this.#engine.has(path) || this.skipped.has(path))), scan);
  }

  /** Without what the folder's own config files exclude. */
  async #included(root: string, paths: readonly string[]): Promise<string[]> {
    const configs = new Map<string, Config>();
    for (const path of paths.filter(isConfigFile)) {
      const content = await this.#files.read(root, path, this.settings.maxFileBytes);
      const config = content && 'text' in content ? parseConfig(path, content.text, rules).config : undefined;
      if (config) configs.set(path, config);
    }
    const settings = this.#engineSettings();
    return paths.filter((path) => isConfigFile(path) || !configFor(path, configs, settings).excluded);
  }

  /** The config of the nearest folder above that has one: it counts where the folder has none itself. */
  async #configAbove(root: string): Promise<EngineSettings['outer']> {
    const names = root.split(/[\\/]/).filter((name) => name !== '');
    for (let up = 1; up <= names.length; up++) {
      for (const name of configNames) {
        const content = await this.#files.read(root, '../'.repeat(up) + name, this.settings.maxFileBytes);
        const config = content && 'text' in content ? parseConfig(name, content.text, rules).config : undefined;
        if (config) return { config, base: `${names.slice(-up).join('/')}/` };
      }
    }
    return undefined;
  }

  #engineSettings(): EngineSettings {
    return { ...this.settings.config, ...(this.#outer ? { outer: this.#outer } : {}) };
  }

  /** It is on disk and the walk did not find it. A file that was never saved is nobody's to leave out. */
  async #leftOut(path: string): Promise<boolean> {
    return this.#listed !== undefined && !this.#listed.has(path) && this.#files.isWanted(path) && await this.#files.read(this.root!, path, this.settings.maxFileBytes) !== undefined;
  }

  async #read(paths: readonly string[], scan: Scan | undefined): Promise<void> {
    const { root } = this;
    if (root === undefined) return;
    const slices = new Slices();
    const threads = paths.length < worthThreads ? undefined : this.#files.parsing?.();
    try {
      const sources = this.#sources(root, paths, scan);
      for await (const { source, packed } of threads ? threads.inOrder(sources) : alone(sources)) {
        if (!this.#open.has(source.path)) this.#set(source.path, source.text, false, packed);
        await slices.next();
      }
    } finally {
      threads?.close();
    }
  }

  /** What the files say, as long as the scan goes on; those that cannot be read are noted. */
  async *#sources(root: string, paths: readonly string[], scan: Scan | undefined): AsyncGenerator<Source> {
    for (let start = 0; start < paths.length; start += chunk) {
      if (scan?.cancelled()) {
        this.problems = [...this.problems, messages.cancelled()];
        return;
      }
      const read = await Promise.all(paths.slice(start, start + chunk).map(async (path) => ({ path, content: await this.#files.read(root, path, this.settings.maxFileBytes) })));
      for (const { path, content } of read) {
        if (this.#open.has(path)) continue;
        if (content === undefined) this.#drop(path);
        else if ('reason' in content) this.#skip(path, content.reason);
        else yield content;
      }
      scan?.report(Math.min(start + chunk, paths.length), paths.length);
    }
  }

  #set(path: string, text: string, open: boolean, packed?: PackedPython): void {
    this.skipped.delete(path);
    if (!open && !this.#kept.has(path) && this.#engine.says(path, text)) return;
    if (open) this.#kept.add(path);
    else this.#kept.delete(path);
    this.#touched.add(path);
    try {
      this.#engine.set(path, text, open, packed);
    } catch (error) {
      // One file must not cost the others: it is left out until it changes.
      this.#engine.delete(path);
      this.skipped.set(path, messages.failed({ path, reason: String(error) }));
    }
  }

  #skip(path: string, reason: Message): void {
    this.#drop(path);
    if (!this.#open.has(path)) this.skipped.set(path, reason);
  }

  #drop(path: string): void {
    this.skipped.delete(path);
    if (this.#open.has(path)) return;
    this.#kept.delete(path);
    if (!this.#engine.has(path)) return;
    this.#touched.add(path);
    this.#engine.delete(path);
  }

  // ── What was found ──

  /** Gives the engine what was typed. */
  #type(): void {
    for (const path of this.#edited) {
      const document = this.#open.get(path);
      if (document) this.#set(path, document.getText(), true);
    }
    this.#edited.clear();
  }

  /** Makes sure that what is said of one file is what it says now. Which other files follow is found out later, unless this one may. */
  update(path: string): void {
    this.#type();
    const others = [...this.#touched].some((touched) => touched !== path);
    if (others && !this.busy) this.flush();
    else if (this.#touched.has(path)) this.#forget(path);
  }

  /** Gives the engine what was typed, and notes which files must be checked again. */
  flush(): void {
    this.#type();
    // While files are being read, everything changes all the time: this is asked once, at the end.
    const changed = this.busy ? [...this.#open.keys()].filter((path) => this.#touched.has(path)) : this.#changes();
    if (!this.busy) this.#touched.clear();
    for (const path of changed) this.#forget(path);
  }

  #changes(): Iterable<string> {
    try {
      return this.#engine.changes();
    } catch (error) {
      // Better to say something old of a file that nobody sees than nothing of all.
      this.#fail(error);
      return [...this.#touched, ...this.#open.keys()];
    }
  }

  #fail(error: unknown): void {
    this.problems = [messages.failed({ path: this.root ?? this.uri, reason: String(error) })];
  }

  /** Forgets what was found, so that it is said again (in another language, with other levels). */
  forget(): void {
    this.#results.clear();
    for (const path of this.#engine.paths()) this.#stale.add(path);
  }

  #forget(path: string): void {
    this.#results.delete(path);
    if (this.#engine.has(path)) this.#stale.add(path);
    else this.#stale.delete(path);
  }

  /** Files to check again, open ones first. While files are being read, only open ones: the answers for the others are not final. */
  stale(): string[] {
    return [...this.#stale].filter((path) => this.reported(path) && (!this.busy || this.#open.has(path))).sort((one, other) => Number(this.#open.has(other)) - Number(this.#open.has(one)));
  }

  /** Whether findings of this file are shown to anyone. */
  reported(path: string): boolean {
    if (!this.#engine.has(path) || this.#excluded.has(path)) return false;
    return this.settings.scan === 'workspace' || this.#open.has(path);
  }

  /** Every file of which findings are shown. */
  paths(): string[] {
    return [...this.#engine.paths()].filter((path) => this.reported(path));
  }

  count(): number {
    return [...this.#engine.paths()].length;
  }

  /** What is known of a file without checking it. */
  known(path: string): Result | undefined {
    return this.#stale.has(path) ? undefined : this.#results.get(path);
  }

  facts(path: string): Facts | undefined {
    return this.#engine.facts(path);
  }

  /** What a file says; undefined where it is not known, or not any more. */
  text(path: string): string | undefined {
    return this.#engine.text(path);
  }

  /** The function that somebody points at, and where it runs. */
  running(path: string, offset: number): Running | undefined {
    return this.reported(path) ? this.#engine.running(path, offset) : undefined;
  }

  /** What of a launch somebody points at. */
  pointed(path: string, offset: number): Pointed | undefined {
    return this.reported(path) ? this.#engine.pointed(path, offset) : undefined;
  }

  /** What may be written in a launch or its configuration. */
  offers(path: string, offset: number): Offers | undefined {
    return this.reported(path) ? this.#engine.offers(path, offset) : undefined;
  }

  /** A setting in the launch around an offset, written there or not. */
  setting(path: string, offset: number, program: string, name: string): PointedSetting | undefined {
    return this.#engine.setting(path, offset, program, name);
  }

  /**
   * The config file to write to for a file: the one that counts for it, else a `pyproject.toml` beside or above it, else one
   * to be made. Undefined where configs are not read, or the one that counts lies outside the folder.
   */
  configPath(path: string): string | undefined {
    if (this.#listed === undefined) return undefined;
    const counting = this.#engine.configPath(path);
    if (counting !== undefined || this.#outer) return counting;
    const pyprojects = new Set([...this.#engine.paths()].filter((one) => /(?:^|\/)pyproject\.toml$/.test(one)));
    return configPathAbove(path, pyprojects) ?? 'unblock.toml';
  }

  findings(path: string): readonly Finding[] {
    if (!this.reported(path)) return [];
    try {
      // Who types waits for this file alone; what follows elsewhere is worked out when `flush` asks.
      return this.#engine.check(path, this.#open.has(path));
    } catch (error) {
      this.skipped.set(path, messages.failed({ path, reason: String(error) }));
      return [];
    }
  }

  /** What is to be said of a file now. */
  result(path: string, shape: Shape): Result {
    const known = this.known(path);
    if (known) return known;
    if (!this.reported(path)) return nothing;
    const facts = this.#engine.facts(path);
    const findings = this.findings(path);
    const items = facts ? diagnosticsOf(facts, findings, this, shape) : [];
    const levels: Partial<Record<Level, number>> = {};
    for (const { level } of findings) levels[level] = (levels[level] ?? 0) + 1;
    const result = items.length === 0 ? nothing : { items, id: fingerprint(JSON.stringify(items)), levels };
    this.#results.set(path, result);
    this.#stale.delete(path);
    return result;
  }
}

function textOf(source: Source | Unread | undefined): string | undefined {
  return source && 'text' in source ? source.text : undefined;
}

async function* alone(sources: AsyncIterable<Source>): AsyncGenerator<{ readonly source: Source; readonly packed: undefined }> {
  for await (const source of sources) yield { source, packed: undefined };
}
