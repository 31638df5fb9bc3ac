/** The language server: what it offers, and which part answers what. */

import {
  CodeActionKind, DidChangeConfigurationNotification, DidChangeWatchedFilesNotification, TextDocumentSyncKind, TextDocuments,
  type CancellationToken, type Connection, type DocumentDiagnosticReport, type FileEvent, type InitializeParams, type InitializeResult, type ResultProgressReporter,
  type WorkspaceDiagnosticParams, type WorkspaceDiagnosticReport, type WorkspaceDiagnosticReportPartialResult, type WorkspaceFullDocumentDiagnosticReport,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { ruleUrl } from '../documentation.ts';
import { Engine, type Grammars } from '../engine.ts';
import type { Files } from '../host/files.ts';
import { commands, idleMethod, statusMethod, type StartOptions } from '../host/requests.ts';
import { localeOf } from '../messages/index.ts';
import { abilitiesOf, type Abilities } from './abilities.ts';
import { Actions, fixAllKind } from './actions.ts';
import { keyOf } from './addresses.ts';
import { completed, completion, completionTriggers } from './completion.ts';
import { hover } from './hover.ts';
import { ScanProgress } from './progress.ts';
import { Reports, type Held } from './reports.ts';
import { Session } from './session.ts';
import { readSettings, type Settings } from './settings.ts';
import { changesBelow } from './watching.ts';

/** What the server needs of the machine it runs on. */
export interface Start {
  readonly files: Files;
  /** Throws when the installation is broken. */
  grammars(): Grammars;
}

/** File events are gathered this long, in milliseconds: a branch switch sends many. */
const gathering = 200;

/** Answers `connection` until it closes. */
export function serve(connection: Connection, start: Start): void {
  connection.onInitialize(async (params): Promise<InitializeResult> => {
    const grammars = start.grammars();
    const engine = (): Promise<Engine> => Engine.create(grammars);
    // A broken installation shows now, not when the first file is opened.
    await engine();
    return new Server(connection, start.files, engine, params).capabilities();
  });
  connection.listen();
}

class Server {
  readonly #connection: Connection;
  readonly #files: Files;
  readonly #params: InitializeParams;
  readonly #able: Abilities;
  readonly #options: StartOptions;
  readonly #documents = new TextDocuments(TextDocument);
  readonly #session: Session;
  readonly #reports: Reports;
  readonly #actions: Actions;
  /** What a client that does not ask was sent. */
  readonly #published: Held = new Map();
  /** Settings as a client sent them that cannot be asked. */
  #sent: unknown;
  #status = '';
  /** The folders and their settings are known. */
  readonly #ready: Promise<void>;
  #makeReady!: () => void;
  #events: FileEvent[] = [];
  #gathering: Promise<void> | undefined;

  constructor(connection: Connection, files: Files, engine: () => Promise<Engine>, params: InitializeParams) {
    this.#connection = connection;
    this.#files = files;
    this.#params = params;
    this.#able = abilitiesOf(params.capabilities);
    this.#options = (params.initializationOptions ?? {}) as StartOptions;
    this.#sent = this.#options.settings;
    const around = { files, engine, checked: () => this.#checked(), settled: () => this.#settled(), failed: (error: unknown) => this.#failed(error) };
    this.#session = new Session(around, { ...this.#able, locale: localeOf(params.locale) });
    this.#reports = new Reports(this.#session);
    this.#actions = new Actions(this.#session, this.#able);
    this.#ready = new Promise((resolve) => void (this.#makeReady = resolve));
    this.#listen();
  }

  capabilities(): InitializeResult {
    const offered = Object.values(commands).filter((command) => !this.#options.commands?.includes(command));
    return {
      serverInfo: { name: 'Unblock' },
      capabilities: {
        positionEncoding: 'utf-16',
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
        hoverProvider: true,
        completionProvider: { triggerCharacters: [...completionTriggers], resolveProvider: true },
        codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, fixAllKind], resolveProvider: this.#able.resolvesEdits },
        ...(this.#able.pull ? { diagnosticProvider: { identifier: 'unblock', interFileDependencies: true, workspaceDiagnostics: true } } : {}),
        ...(offered.length > 0 ? { executeCommandProvider: { commands: offered } } : {}),
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      },
    };
  }

  #listen(): void {
    const connection = this.#connection;
    const session = this.#session;
    this.#documents.onDidOpen(({ document }) => session.open(document));
    this.#documents.onDidChangeContent(({ document }) => session.edit(document));
    this.#documents.onDidSave(() => this.#saved());
    this.#documents.onDidClose(({ document }) => {
      session.close(document.uri);
      this.#reports.closed(document.uri);
    });
    this.#documents.listen(connection);

    connection.onInitialized(() => void this.#change(() => this.#initialized()).finally(() => this.#makeReady()));
    connection.onDidChangeConfiguration(({ settings }) => void this.#change(async () => {
      if (!this.#able.configuration) this.#sent = (settings as { unblock?: unknown } | null)?.unblock;
      await this.#configure();
    }));
    connection.onDidChangeWatchedFiles(({ changes }) => this.#gather(changes));
    connection.languages.diagnostics.on((params) => this.#guard<DocumentDiagnosticReport>({ kind: 'full', items: [] }, () => this.#document(params.textDocument.uri, params.previousResultId)));
    connection.languages.diagnostics.onWorkspace((params, token, _progress, partial) => this.#guard<WorkspaceDiagnosticReport>({ items: [] }, () => this.#workspace(params, token, partial)));
    connection.onCodeAction((params) => this.#guard([], async () => {
      await this.#current(params.textDocument.uri);
      return this.#actions.list(params);
    }));
    connection.onCodeActionResolve((action) => this.#guard(action, async () => {
      await this.#current((action.data as { uri?: string } | undefined)?.uri);
      return this.#actions.resolve(action);
    }));
    connection.onHover((params) => this.#guard(null, async () => {
      await this.#current(params.textDocument.uri);
      return hover(session, params, this.#able.markdown) ?? null;
    }));
    connection.onCompletion((params) => this.#guard(null, async () => {
      await this.#current(params.textDocument.uri);
      return completion(session, params, this.#able) ?? null;
    }));
    connection.onCompletionResolve((item) => this.#guard(item, async () => {
      await this.#current((item.data as { uri?: string } | undefined)?.uri);
      return completed(session, item, this.#able);
    }));
    connection.onExecuteCommand(({ command, arguments: values }, token) => this.#guard(null, () => this.#execute(command, values ?? [], token)));
    connection.onRequest(idleMethod, () => this.#guard(null, async () => {
      await session.idle();
      return null;
    }));
    connection.onShutdown(() => session.shutdown());
  }

  /** What fails is written to the log and answered with `otherwise`: a client that gets errors stops asking. */
  async #guard<T>(otherwise: T, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.#failed(error);
      return otherwise;
    }
  }

  #failed(error: unknown): void {
    this.#connection.console.error(error instanceof Error ? error.stack ?? error.message : String(error));
  }

  /** Work that nobody waits for, but that may change what is found. */
  #change(work: () => Promise<void>): Promise<void> {
    return this.#session.during(() => this.#guard(undefined, work));
  }

  // ── Start ──

  async #initialized(): Promise<void> {
    const { client, workspace } = this.#connection;
    const { workspaceFolders, rootUri } = this.#params;
    const folders = workspaceFolders ?? (rootUri ? [{ uri: rootUri, name: rootUri }] : []);
    if (this.#able.configurationRegistration) void client.register(DidChangeConfigurationNotification.type, { section: 'unblock' });
    if (this.#able.configurationRegistration) void client.register(DidChangeConfigurationNotification.type, { section: 'files.exclude' });
    if (this.#able.watching) void client.register(DidChangeWatchedFilesNotification.type, { watchers: [{ globPattern: '**/*' }] });
    if (this.#able.folders) {
      workspace.onDidChangeWorkspaceFolders(({ added, removed }) => void this.#change(async () => {
        for (const { uri } of removed) this.#session.remove(uri);
        await this.#add(added.map(({ uri }) => uri));
        // Files may belong to an outer folder again, or no longer.
        for (const folder of this.#session.folders()) void this.#session.rescan(folder, new Set());
      }));
    }
    const settings = await this.#read(undefined);
    this.#session.configure(settings);
    this.#speak(settings);
    await this.#add(folders.map(({ uri }) => uri));
  }

  async #add(uris: readonly string[]): Promise<void> {
    const added = await Promise.all(uris.map(async (uri) => ({ uri, settings: await this.#read(uri) })));
    for (const { uri, settings } of added) await this.#session.add(uri, settings);
    // What is open may belong to another folder now.
    for (const document of this.#documents.all()) this.#session.reopen(document);
    this.#makeReady();
    await this.#scan(new Set(uris.map(keyOf)));
  }

  // ── Settings ──

  async #read(scopeUri: string | undefined): Promise<Settings> {
    if (!this.#able.configuration) return readSettings(this.#sent);
    const [settings, hidden] = await this.#connection.workspace.getConfiguration(['unblock', 'files.exclude'].map((section) => ({ section, ...(scopeUri === undefined ? {} : { scopeUri }) }))) as unknown[];
    return readSettings(settings, hidden);
  }

  async #configure(): Promise<void> {
    const settings = await this.#read(undefined);
    this.#session.configure(settings);
    this.#speak(settings);
    const walk = new Set<string>();
    for (const folder of this.#session.folders()) {
      const { config: before, ...reading } = folder.settings;
      const after = await this.#read(folder.uri);
      const { config, ...readingNow } = after;
      folder.configure(after);
      if (JSON.stringify([before.exclude, reading]) !== JSON.stringify([config.exclude, readingNow])) walk.add(folder.key);
    }
    this.#session.touch();
    if (walk.size > 0) await this.#scan(walk);
  }

  #speak(settings: Settings): void {
    this.#session.speak({ ...this.#able, locale: settings.locale ?? localeOf(this.#params.locale) });
  }

  // ── The disk ──

  /** Reads every file of the folders with these keys, or of all. */
  async #scan(keys?: ReadonlySet<string>, token?: CancellationToken): Promise<void> {
    const progress = new ScanProgress(this.#connection, this.#able.progress && !token, this.#session.shape.locale, token);
    const folders = this.#session.folders().filter(({ key }) => !keys || keys.has(key));
    const scans = folders.map((folder) => this.#session.rescan(folder, undefined, progress.part()));
    this.#tellStatus();
    await Promise.all(scans);
    progress.done();
    this.#session.touch();
  }

  #gather(events: readonly FileEvent[]): void {
    this.#events.push(...events);
    this.#gathering ??= this.#change(async () => {
      await new Promise((resolve) => setTimeout(resolve, gathering));
      const gathered = this.#events;
      this.#events = [];
      this.#gathering = undefined;
      for (const folder of this.#session.folders()) {
        const { changed, removed, walk, all } = changesBelow(folder, gathered, (path) => this.#files.isWanted(path));
        this.#session.reread(folder, walk || all ? [] : [...changed], removed);
        if (walk || all) void this.#session.rescan(folder, all ? undefined : changed);
      }
    });
  }

  #saved(): void {
    this.#session.touch();
    // Nobody tells what else was written: look.
    if (!this.#able.watching) for (const folder of this.#session.folders()) void this.#session.rescan(folder);
  }

  // ── Diagnostics ──

  /** Until the engine has what was typed. */
  async #current(uri: string | undefined): Promise<void> {
    await this.#ready;
    if (uri !== undefined) await this.#session.opened(uri);
    const place = uri === undefined ? undefined : this.#session.place(uri);
    if (!place) return;
    await place.folder.ready(place.path);
    place.folder.update(place.path);
  }

  async #document(uri: string, previous: string | undefined): Promise<DocumentDiagnosticReport> {
    await this.#current(uri);
    const place = this.#session.place(uri);
    if (!place) return { kind: 'full', items: [] };
    const { items, id } = place.folder.result(place.path, this.#session.shape);
    const document = place.folder.document(place.path);
    if (document) this.#reports.answered(uri, id, document.version, items.length === 0);
    return id === previous ? { kind: 'unchanged', resultId: id } : { kind: 'full', items: [...items], resultId: id };
  }

  /** Answers when something differs from what the client holds, and everything that differs is told. */
  async #workspace(params: WorkspaceDiagnosticParams, token: CancellationToken, partial: ResultProgressReporter<WorkspaceDiagnosticReportPartialResult> | undefined): Promise<WorkspaceDiagnosticReport> {
    const held: Held = new Map(params.previousResultIds.map(({ uri, value }) => [keyOf(uri), { uri, id: value }]));
    const items: WorkspaceFullDocumentDiagnosticReport[] = [];
    let told = false;
    token.onCancellationRequested(() => this.#session.wake());
    for (;;) {
      if (token.isCancellationRequested || this.#session.closed) return { items };
      const { settled } = this.#session;
      const reports = this.#reports.difference(held, false);
      told ||= reports.length > 0;
      if (!partial) items.push(...reports);
      else if (reports.length > 0) partial.report({ items: reports });
      if (told && settled) return { items };
      await this.#session.next();
    }
  }

  #checked(): void {
    if (this.#able.pull) return;
    for (const { uri, version, items } of this.#reports.difference(this.#published, true)) {
      void this.#connection.sendDiagnostics({ uri, diagnostics: items, ...(version === null ? {} : { version }) });
    }
  }

  #settled(): void {
    this.#files.settled?.();
    this.#checked();
    if (this.#able.pull && this.#able.refresh && this.#reports.outdated()) this.#connection.languages.diagnostics.refresh().catch(() => {});
    this.#tellStatus();
  }

  #tellStatus(): void {
    const status = this.#session.status();
    const text = JSON.stringify(status);
    if (text === this.#status) return;
    this.#status = text;
    void this.#connection.sendNotification(statusMethod, status);
  }

  // ── Commands ──

  async #execute(command: string, values: readonly unknown[], token: CancellationToken): Promise<null> {
    if (command === commands.scan) await this.#scan(undefined, token);
    const [rule] = values;
    if (command === commands.explain && typeof rule === 'string' && this.#able.showDocument) await this.#connection.window.showDocument({ uri: ruleUrl(rule), external: true });
    return null;
  }
}
