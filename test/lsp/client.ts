// A language client for tests: it talks to the built server over standard input and output, as any editor does.

import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  createMessageConnection, ProgressType, StreamMessageReader, StreamMessageWriter,
  type CodeAction, type CompletionItem, type Diagnostic, type DocumentDiagnosticReport, type Hover, type InitializeResult, type MessageConnection, type Range, type TextDocumentContentChangeEvent, type WorkspaceDiagnosticReport,
  type WorkspaceDiagnosticReportPartialResult, type WorkspaceDocumentDiagnosticReport, type WorkspaceEdit, CancellationTokenSource,
} from 'vscode-languageserver-protocol/node';
import type { Status } from '../../server/src/host/requests.ts';

const server = path.join(import.meta.dirname, '../../dist/server.cjs');

/** Long enough for a slow machine; waiting ends as soon as the condition holds. */
const patience = 20_000;

/** A folder of its own for each test, with a name that is hard to spell. */
export class Folder {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  static async with(files: Readonly<Record<string, string | Uint8Array>>): Promise<Folder> {
    const folder = new Folder(path.join(await mkdtemp(path.join(tmpdir(), 'unblock-')), '服务 (a+b)'));
    await mkdir(folder.root);
    for (const [name, content] of Object.entries(files)) await folder.write(name, content);
    return folder;
  }

  async write(name: string, content: string | Uint8Array): Promise<void> {
    const file = path.join(this.root, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }

  async delete(name: string): Promise<void> {
    await rm(path.join(this.root, name), { recursive: true });
  }

  /** As VS Code spells it: what can be encoded is encoded. */
  uri(name?: string): string {
    const encoded = pathToFileURL(name === undefined ? this.root : path.join(this.root, name)).href;
    return 'file://' + encoded.slice('file://'.length).replace(/[()+:]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  }

  remove(): Promise<void> {
    return rm(path.dirname(this.root), { recursive: true });
  }
}

/** What VS Code can do, as far as the server asks. */
export const able = {
  workspace: {
    configuration: true,
    workspaceFolders: true,
    didChangeConfiguration: { dynamicRegistration: true },
    didChangeWatchedFiles: { dynamicRegistration: true, relativePatternSupport: true },
    diagnostics: { refreshSupport: true },
    workspaceEdit: { documentChanges: true, resourceOperations: ['create', 'rename', 'delete'], changeAnnotationSupport: { groupsOnLabel: true } },
  },
  window: { workDoneProgress: true, showDocument: { support: true } },
  textDocument: {
    publishDiagnostics: { relatedInformation: true, tagSupport: { valueSet: [1, 2] }, codeDescriptionSupport: true, dataSupport: true },
    diagnostic: { dynamicRegistration: true, relatedDocumentSupport: false },
    codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: ['', 'quickfix', 'source'] } }, isPreferredSupport: true, dataSupport: true, resolveSupport: { properties: ['edit'] } },
    hover: { contentFormat: ['markdown', 'plaintext'] },
    completion: { completionItem: { documentationFormat: ['markdown', 'plaintext'], tagSupport: { valueSet: [1] }, resolveSupport: { properties: ['documentation', 'detail'] } } },
  },
} as const;

export interface Options {
  readonly folders?: readonly Folder[];
  readonly capabilities?: object;
  /** Answers to `workspace/configuration`, by section. */
  readonly settings?: Record<string, unknown>;
  readonly locale?: string;
  readonly initializationOptions?: object;
}

/** VS Code shows no markup in problems. */
export type Problem = Diagnostic & { readonly message: string };

function plain(diagnostic: Diagnostic): Problem {
  assert.equal(typeof diagnostic.message, 'string');
  return diagnostic as Problem;
}

/** A held question for the workspace's diagnostics. */
export interface Poll {
  /** What has been streamed, or answered. */
  readonly reports: WorkspaceDocumentDiagnosticReport[];
  readonly answer: Promise<WorkspaceDiagnosticReport>;
  answered: boolean;
  cancel(): void;
}

export class Client {
  readonly published = new Map<string, readonly Problem[]>();
  readonly registered: string[] = [];
  readonly progress: { readonly kind: string; readonly percentage?: number }[] = [];
  readonly log: string[] = [];
  refreshes = 0;
  status: Status | undefined;
  settings: Record<string, unknown>;
  capabilities!: InitializeResult['capabilities'];
  readonly #process: ChildProcess;
  readonly #connection: MessageConnection;
  readonly #versions = new Map<string, number>();
  #watching: (() => void)[] = [];
  #stderr = '';
  #polls = 0;

  private constructor(settings: Record<string, unknown>) {
    assert.ok(existsSync(server), 'dist/ is not built: run `npm run build`');
    this.settings = settings;
    this.#process = spawn(process.execPath, [server, '--stdio'], { stdio: 'pipe' });
    this.#process.stderr!.on('data', (data: Buffer) => void (this.#stderr += data.toString()));
    this.#connection = createMessageConnection(new StreamMessageReader(this.#process.stdout!), new StreamMessageWriter(this.#process.stdin!));
    this.#listen();
  }

  static async start({ folders = [], capabilities = able, settings = {}, locale, initializationOptions }: Options = {}): Promise<Client> {
    const client = new Client(settings);
    const workspaceFolders = folders.map((folder) => ({ uri: folder.uri(), name: path.basename(folder.root) }));
    const result = await client.request<InitializeResult>('initialize', { processId: process.pid, rootUri: workspaceFolders[0]?.uri ?? null, capabilities, workspaceFolders, locale, initializationOptions });
    client.capabilities = result.capabilities;
    client.notify('initialized', {});
    return client;
  }

  /** Shuts the server down in order; it must have written nothing to standard error. */
  async stop(): Promise<void> {
    const exit = new Promise<number | null>((resolve) => void this.#process.once('exit', resolve));
    await this.request('shutdown', undefined);
    this.notify('exit', undefined);
    assert.equal(await exit, 0);
    this.#connection.dispose();
    assert.equal(this.#stderr, '');
    assert.deepEqual(this.log, []);
  }

  #listen(): void {
    const on = (method: string, handle: (parameters: never) => unknown): void => void this.#connection.onRequest(method, (parameters: unknown) => {
      const answer = handle(parameters as never);
      this.#look();
      return answer ?? null;
    });
    const hear = (method: string, handle: (parameters: never) => void): void => void this.#connection.onNotification(method, (parameters: unknown) => {
      handle(parameters as never);
      this.#look();
    });
    on('workspace/configuration', ({ items }: { items: { section: string }[] }) => items.map(({ section }) => this.settings[section] ?? null));
    on('client/registerCapability', ({ registrations }: { registrations: { method: string }[] }) => void this.registered.push(...registrations.map(({ method }) => method)));
    on('workspace/diagnostic/refresh', () => void this.refreshes++);
    on('window/workDoneProgress/create', () => undefined);
    hear('textDocument/publishDiagnostics', ({ uri, diagnostics }: { uri: string; diagnostics: Diagnostic[] }) => void this.published.set(uri, diagnostics.map(plain)));
    hear('unblock/status', (status: Status) => void (this.status = status));
    hear('window/logMessage', ({ type, message }: { type: number; message: string }) => void (type === 1 && this.log.push(message)));
    this.#connection.onUnhandledProgress(({ value }) => {
      this.progress.push(value as { kind: string });
      this.#look();
    });
    this.#connection.listen();
  }

  request<T>(method: string, parameters: unknown): Promise<T> {
    return this.#connection.sendRequest<T>(method, parameters);
  }

  notify(method: string, parameters: unknown): void {
    void this.#connection.sendNotification(method, parameters);
  }

  #look(): void {
    for (const look of this.#watching) look();
  }

  /** Until `holds`, asked again after every message from the server. */
  async until(what: string, holds: () => boolean): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const end = (settle: () => void): void => {
        clearTimeout(deadline);
        this.#watching = this.#watching.filter((other) => other !== look);
        settle();
      };
      const look = (): void => {
        if (holds()) end(resolve);
      };
      const deadline = setTimeout(() => end(() => reject(new Error(`Waited in vain until ${what}\n${this.log.join('\n')}`))), patience);
      this.#watching.push(look);
      look();
    });
  }

  /** Until the server has checked everything it knows to have changed. */
  idle(): Promise<unknown> {
    return this.request('unblock/idle', undefined);
  }

  // ── Documents ──

  open(uri: string, text: string, languageId = 'python'): void {
    this.#versions.set(uri, 1);
    this.notify('textDocument/didOpen', { textDocument: { uri, languageId, version: 1, text } });
  }

  change(uri: string, ...contentChanges: TextDocumentContentChangeEvent[]): void {
    const version = this.#versions.get(uri)! + 1;
    this.#versions.set(uri, version);
    this.notify('textDocument/didChange', { textDocument: { uri, version }, contentChanges });
  }

  save(uri: string): void {
    this.notify('textDocument/didSave', { textDocument: { uri } });
  }

  close(uri: string): void {
    this.notify('textDocument/didClose', { textDocument: { uri } });
  }

  /** File events: 1 created, 2 changed, 3 deleted. */
  watched(...changes: readonly { readonly uri: string; readonly type: 1 | 2 | 3 }[]): void {
    this.notify('workspace/didChangeWatchedFiles', { changes });
  }

  pull(uri: string, previousResultId?: string): Promise<DocumentDiagnosticReport> {
    return this.request('textDocument/diagnostic', { textDocument: { uri }, identifier: 'unblock', previousResultId });
  }

  /** The items of a full report. */
  async found(uri: string): Promise<Problem[]> {
    const report = await this.pull(uri);
    assert.equal(report.kind, 'full');
    return report.items.map(plain);
  }

  poll(previousResultIds: readonly { readonly uri: string; readonly value: string }[] = [], streamed = true): Poll {
    const token = new CancellationTokenSource();
    const partialResultToken = `poll-${this.#polls++}`;
    const reports: WorkspaceDocumentDiagnosticReport[] = [];
    const hearing = streamed ? this.#connection.onProgress(new ProgressType<WorkspaceDiagnosticReportPartialResult>(), partialResultToken, ({ items }) => {
      reports.push(...items);
      this.#look();
    }) : undefined;
    const answer = this.#connection.sendRequest<WorkspaceDiagnosticReport>('workspace/diagnostic', { identifier: 'unblock', previousResultIds, ...(streamed ? { partialResultToken } : {}) }, token.token);
    const poll: Poll = { reports, answer, answered: false, cancel: () => token.cancel() };
    void answer.then(({ items }) => {
      poll.answered = true;
      reports.push(...items);
      hearing?.dispose();
      this.#look();
    });
    return poll;
  }

  // ── What can be done ──

  actions(uri: string, range: Range, diagnostics: readonly Diagnostic[], only?: readonly string[]): Promise<CodeAction[]> {
    return this.request('textDocument/codeAction', { textDocument: { uri }, range, context: { diagnostics, ...(only ? { only } : {}) } });
  }

  resolve(action: CodeAction): Promise<CodeAction> {
    return this.request('codeAction/resolve', action);
  }

  hover(uri: string, line: number, character: number): Promise<Hover | null> {
    return this.request('textDocument/hover', { textDocument: { uri }, position: { line, character } });
  }

  completions(uri: string, line: number, character: number): Promise<CompletionItem[] | null> {
    return this.request('textDocument/completion', { textDocument: { uri }, position: { line, character } });
  }

  completed(item: CompletionItem): Promise<CompletionItem> {
    return this.request('completionItem/resolve', item);
  }
}

/** Rule and place of a diagnostic, counted as people do: `blocking-sleep 4:5-4:15`. */
export function brief({ code, range: { start, end } }: Diagnostic): string {
  return `${code} ${start.line + 1}:${start.character + 1}-${end.line + 1}:${end.character + 1}`;
}

/** What clients hold after these reports, by URI. */
export function held(reports: readonly WorkspaceDocumentDiagnosticReport[]): { readonly uri: string; readonly value: string }[] {
  const ids = new Map(reports.map((report) => [report.uri, report.resultId]));
  return [...ids].flatMap(([uri, value]) => (value === undefined ? [] : [{ uri, value }]));
}

/** A text after the edits of one document. */
export function edited(text: string, edit: WorkspaceEdit | undefined): string {
  assert.ok(edit, 'there is no edit');
  const edits = edit.documentChanges?.flatMap((change) => ('edits' in change ? change.edits : [])) ?? Object.values(edit.changes ?? {}).flat();
  const lines = text.split(/(?<=\n)/);
  const offset = ({ line, character }: Range['start']): number => lines.slice(0, line).join('').length + character;
  let after = text;
  for (const one of edits.toReversed().sort((a, b) => offset(b.range.start) - offset(a.range.start))) {
    assert.ok('newText' in one);
    after = after.slice(0, offset(one.range.start)) + one.newText + after.slice(offset(one.range.end));
  }
  return after;
}

export const sleeping = 'import time\n\n\nasync def home():\n    time.sleep(1)\n';
export const quiet = 'import asyncio\n\n\nasync def home():\n    await asyncio.sleep(1)\n';
