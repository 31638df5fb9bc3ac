/** All folders and documents of one editor, and when what of them is checked. */

import type { TextDocument } from 'vscode-languageserver-textdocument';
import { URI } from 'vscode-uri';
import type { Engine } from '../engine.ts';
import type { Files } from '../host/files.ts';
import type { Status } from '../host/requests.ts';
import { render } from '../messages/index.ts';
import { keyBelow, keyOf, pathBelow } from './addresses.ts';
import type { Shape } from './convert.ts';
import { Folder, type Scan } from './folder.ts';
import { readSettings, type Settings } from './settings.ts';
import { Slices } from './slices.ts';

/** Wait this long (milliseconds) after a change for the next one before other files are checked. */
const calm = 100;

/** Results are passed on at most this often, in milliseconds. */
const batch = 50;

export interface Place {
  readonly folder: Folder;
  readonly path: string;
}

/** What a session needs and whom it tells. */
export interface Surroundings {
  readonly files: Files;
  /** A new one. */
  engine(): Promise<Engine>;
  /** Some results are new. */
  checked(): void;
  /** Everything that is known to have changed is checked. */
  settled(): void;
  failed(error: unknown): void;
}

/** Other people's code, which an editor opens when a definition is followed. */
const libraries = /\/(?:site-packages|dist-packages|node_modules)\/|\/lib\/python[\d.]+\//;
const extensions: Readonly<Record<string, string>> = { python: '.py', shellscript: '.sh' };

export class Session {
  shape: Shape;
  readonly #around: Surroundings;
  #folders: Folder[] = [];
  readonly #alone = new Map<string, Folder>();
  #settings: Settings = readSettings(undefined);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #settling = false;
  #again = false;
  #holds = 0;
  #waiting: (() => void)[] = [];
  /** Documents outside every folder whose engines are being made. */
  readonly #opening = new Map<string, Promise<void>>();
  closed = false;

  constructor(around: Surroundings, shape: Shape) {
    this.#around = around;
    this.shape = shape;
  }

  // ── Folders and documents ──

  folders(): readonly Folder[] {
    return this.#folders;
  }

  /** Documents outside every folder. */
  alone(): Iterable<Folder> {
    return this.#alone.values();
  }

  async add(uri: string, settings: Settings): Promise<void> {
    const folder: Folder = new Folder(uri, await this.#around.engine(), settings, this.#around.files, false, (path) => this.#folderOf(keyBelow(folder.key, path))?.folder === folder);
    folder.changed = (path) => this.reread(folder, [path], []);
    if (!this.#folders.some(({ key }) => key === folder.key)) this.#folders = [...this.#folders, folder];
  }

  remove(uri: string): void {
    const key = keyOf(uri);
    this.#folders = this.#folders.filter((folder) => folder.key !== key);
  }

  #folderOf(key: string): Place | undefined {
    let best: Place | undefined;
    for (const folder of this.#folders) {
      const path = pathBelow(folder.key, key);
      if (path && (!best || folder.key.length > best.folder.key.length)) best = { folder, path };
    }
    return best;
  }

  /** Where a document lies; undefined for what we are silent about. */
  place(uri: string): Place | undefined {
    const key = keyOf(uri);
    const folder = this.#folderOf(key);
    if (folder) return folder;
    const alone = this.#alone.get(key);
    const path = alone && [...alone.documents().keys()][0];
    return alone && path !== undefined ? { folder: alone, path } : undefined;
  }

  open(document: TextDocument): void {
    const { scheme, path } = URI.parse(document.uri);
    if (scheme !== 'file' && scheme !== 'untitled') return;
    const key = keyOf(document.uri);
    const place = this.#folderOf(key);
    if (place) {
      place.folder.open(place.path, document);
      if (!place.folder.lists(place.path)) this.rescan(place.folder, new Set());
    } else if (!libraries.test(path) && !this.#opening.has(key) && !this.#alone.has(key)) {
      this.#opening.set(key, this.#openAlone(key, document));
    }
    this.touch();
  }

  async #openAlone(key: string, document: TextDocument): Promise<void> {
    const engine = await this.#around.engine();
    // Closed meanwhile, or in a folder that was added.
    if (!this.#opening.delete(key) || this.#folderOf(key)) return;
    const folder = new Folder(document.uri, engine, { ...this.#settings, scan: 'openFiles' }, this.#around.files, true, () => true);
    const { path } = URI.parse(document.uri);
    const name = path.slice(path.lastIndexOf('/') + 1);
    const extension = extensions[document.languageId];
    folder.open(extension && !/\.\w+$/.test(name) ? name + extension : name, document);
    this.#alone.set(key, folder);
    this.touch();
  }

  /** Until a document that was opened has its place. */
  async opened(uri: string): Promise<void> {
    await this.#opening.get(keyOf(uri));
  }

  /** The folders are others now: a document belongs to the innermost. */
  reopen(document: TextDocument): void {
    const key = keyOf(document.uri);
    const owner = this.#folderOf(key)?.folder;
    for (const folder of this.#folders) {
      const path = pathBelow(folder.key, key);
      if (folder !== owner && path && folder.document(path)) this.#after(folder.close(path));
    }
    if (owner) this.#alone.delete(key);
    this.open(document);
  }

  edit(document: TextDocument): void {
    const place = this.place(document.uri);
    if (!place) return;
    place.folder.open(place.path, document);
    if (place.folder.settings.run === 'onType') this.touch();
  }

  close(uri: string): void {
    const key = keyOf(uri);
    const place = this.#folderOf(key);
    if (place) this.#after(place.folder.close(place.path));
    this.#opening.delete(key);
    this.#alone.delete(key);
    this.touch();
  }

  // ── Settings ──

  get settings(): Settings {
    return this.#settings;
  }

  /** Settings of what is in no folder, and of the whole editor. */
  configure(settings: Settings): void {
    this.#settings = settings;
    for (const folder of this.#alone.values()) folder.configure({ ...settings, scan: 'openFiles' });
    this.touch();
  }

  /** Says everything again in another language. */
  speak(shape: Shape): void {
    if (shape.locale === this.shape.locale) return;
    this.shape = shape;
    for (const folder of [...this.#folders, ...this.#alone.values()]) folder.forget();
    this.touch();
  }

  // ── The disk ──

  /** Walks a folder again; reads every file, or the `changed` and the new ones. */
  rescan(folder: Folder, changed?: ReadonlySet<string>, scan: Scan = { report: () => {}, cancelled: () => false }): Promise<void> {
    return this.#after(folder.scan(scan, changed));
  }

  reread(folder: Folder, changed: readonly string[], removed: readonly string[]): void {
    if (removed.length > 0) this.#after(folder.remove(removed));
    if (changed.length > 0) this.#after(folder.read(changed));
  }

  #after(work: Promise<void>): Promise<void> {
    return work.then(() => this.touch());
  }

  // ── Checking ──

  /** Something changed: check what it concerns, soon. */
  touch(): void {
    if (this.closed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#settle();
    }, calm);
  }

  /** Nothing is settled until `work` is done: it may bring changes. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#holds++;
    try {
      return await work();
    } finally {
      this.#holds--;
      this.touch();
    }
  }

  /** Everything that is known to have changed is checked. */
  get settled(): boolean {
    return this.#holds === 0 && this.#timer === undefined && !this.#settling && this.#opening.size === 0 && this.#folders.every((folder) => !folder.busy);
  }

  async #settle(): Promise<void> {
    if (this.#settling) {
      this.#again = true;
      return;
    }
    this.#settling = true;
    do {
      this.#again = false;
      for (const folder of [...this.#folders, ...this.#alone.values()]) {
        try {
          await this.#check(folder);
        } catch (error) {
          this.#around.failed(error);
        }
      }
    } while (this.#again && !this.closed);
    this.#settling = false;
    this.#tell(() => (this.settled ? this.#around.settled() : this.#around.checked()));
  }

  async #check(folder: Folder): Promise<void> {
    folder.flush();
    const slices = new Slices();
    let told = performance.now();
    for (const path of folder.stale()) {
      folder.result(path, this.shape);
      await slices.next();
      if (this.closed) return;
      if (performance.now() - told < batch) continue;
      told = performance.now();
      this.#tell(() => this.#around.checked());
    }
  }

  #tell(event: () => void): void {
    event();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** Until there may be more to say, or somebody no longer wants to hear it. */
  next(): Promise<void> {
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }

  wake(): void {
    this.#tell(() => {});
  }

  async idle(): Promise<void> {
    while (!this.settled && !this.closed) await this.next();
  }

  shutdown(): void {
    this.closed = true;
    clearTimeout(this.#timer);
    this.wake();
  }

  status(): Status {
    const findings = { error: 0, warning: 0, info: 0, hint: 0 };
    const all = [...this.#folders, ...this.#alone.values()];
    for (const folder of all) {
      for (const path of folder.paths()) {
        for (const [level, count] of Object.entries(folder.known(path)?.levels ?? {})) findings[level as keyof typeof findings] += count;
      }
    }
    const { locale } = this.shape;
    const skipped = all.flatMap((folder) => [...folder.skipped].map(([path, reason]) => ({ path, reason: render(reason, locale) })));
    const problems = all.flatMap((folder) => folder.problems.map((problem) => render(problem, locale)));
    const files = all.reduce((sum, folder) => sum + folder.count(), 0);
    return { state: problems.length > 0 ? 'problem' : this.settled ? 'ready' : 'scanning', files, findings, skipped, problems };
  }
}
