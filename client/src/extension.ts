/** The extension: starts the language server and shows what it says, whatever machine it runs on. */

import * as vscode from 'vscode';
import { CloseAction, ErrorAction, RevealOutputChannelOn, type BaseLanguageClient, type LanguageClientOptions } from 'vscode-languageclient';
import { commands, documentSelector, idleMethod, statusMethod, type StartOptions, type Status } from '../../server/src/host/requests.ts';
import { registerCommands } from './commands.ts';
import { registerPages, withPages } from './pages.ts';
import { StatusItem } from './status.ts';

/** What other extensions may use. */
export interface Api {
  readonly version: string;
  /** Resolves when everything that is known to have changed is checked; at once when the server does not run. */
  whenIdle(): Promise<void>;
}

/** How a client for this machine's server is made. */
export type MakeClient = (options: LanguageClientOptions) => BaseLanguageClient;

/** A server that ends this often within `crashWindow` milliseconds is left alone. */
const crashLimit = 5;
const crashWindow = 3 * 60_000;

export function start(context: vscode.ExtensionContext, makeClient: MakeClient): Api {
  const output = vscode.window.createOutputChannel('Unblock', { log: true });
  const status = new StatusItem(documentSelector, output);
  const server = new Server(makeClient, output, status);
  context.subscriptions.push(output, status, server, ...registerPages(context.extensionUri), ...registerCommands(server, output, context.extensionUri));
  void server.start();
  return {
    version: String((context.extension.packageJSON as { version?: unknown }).version),
    whenIdle: async () => {
      await server.request(idleMethod, undefined);
    },
  };
}

/** The server's life: one at a time, restarted at will, never with a message nobody asked for. */
export class Server implements vscode.Disposable {
  readonly #makeClient: MakeClient;
  readonly #output: vscode.LogOutputChannel;
  readonly #status: StatusItem;
  #client: BaseLanguageClient | undefined;
  #changing: Promise<void> = Promise.resolve();
  #ends: number[] = [];

  constructor(makeClient: MakeClient, output: vscode.LogOutputChannel, status: StatusItem) {
    this.#makeClient = makeClient;
    this.#output = output;
    this.#status = status;
  }

  start(): Promise<void> {
    return this.#changing = this.#changing.then(() => this.#start());
  }

  /** Works in every state; a client that could not start is thrown away. */
  restart(): Promise<void> {
    return this.#changing = this.#changing.then(async () => {
      this.#ends = [];
      await this.#stop();
      await this.#start();
    });
  }

  dispose(): void {
    this.#changing = this.#changing.then(() => this.#stop());
  }

  /** Sends a request once the server runs; undefined when it does not. */
  async request<T>(method: string, parameters: unknown, token?: vscode.CancellationToken): Promise<T | undefined> {
    await this.#changing;
    if (!this.#client?.isRunning()) return undefined;
    return this.#client.sendRequest<T>(method, parameters, token);
  }

  async #start(): Promise<void> {
    this.#status.starting();
    const client = this.#makeClient(this.#options());
    this.#client = client;
    client.onNotification(statusMethod, (status: Status) => this.#status.show(status));
    try {
      await client.start();
    } catch (error) {
      this.#failed(error);
    }
  }

  async #stop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    try {
      await client?.dispose();
    } catch (error) {
      this.#output.warn(`The language server did not stop in order: ${String(error)}`);
    }
  }

  #failed(error: unknown): void {
    this.#output.error(error instanceof Error ? error : String(error));
    this.#status.failed(vscode.l10n.t('The language server could not start.'));
  }

  #options(): LanguageClientOptions {
    const initializationOptions: StartOptions = { commands: Object.values(commands) };
    return {
      documentSelector: [...documentSelector] as LanguageClientOptions['documentSelector'] & object,
      outputChannel: this.#output,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      progressOnInitialization: false,
      initializationOptions,
      textSynchronization: { delayOpenNotifications: true },
      diagnosticPullOptions: {
        onChange: true,
        onSave: true,
        filter: (document, mode) => mode === 'onType' && vscode.workspace.getConfiguration('unblock', document.uri).get('run') === 'onSave',
      },
      middleware: withPages,
      initializationFailedHandler: (error) => {
        this.#failed(error);
        return false;
      },
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => this.#ended(),
      },
    };
  }

  #ended(): { action: CloseAction; handled: true } {
    const now = Date.now();
    this.#ends = [...this.#ends.filter((end) => now - end < crashWindow), now];
    if (this.#ends.length < crashLimit) return { action: CloseAction.Restart, handled: true };
    this.#status.failed(vscode.l10n.t('The language server stopped {0} times in three minutes.', crashLimit));
    return { action: CloseAction.DoNotRestart, handled: true };
  }
}
