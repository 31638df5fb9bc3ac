/** The outside of the editor tests: starts a VS Code, listens to the tests inside it, and reports each as a test of its own. */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { SourceMap, type SourceMapPayload } from 'node:module';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import Mocha from 'mocha';
import { portVariable, type Failure, type Message, type Titles } from './messages.ts';

/** A VS Code that runs the tests. */
export interface RunningEditor {
  /** Rejects when the editor ends or fails; a test that waits for a result then fails with this error. */
  readonly failed: Promise<never>;
  /** What it printed last. */
  output(): string;
  close(): Promise<void>;
}

export interface EditorPaths {
  /** The repository, which is the unpacked extension. */
  readonly extension: string;
  /** A module with `run()`. */
  readonly tests: string;
  /** The folder to open: a fresh copy of `test/editor/project`. */
  readonly workspace: string;
  /** For the editor's own data. */
  readonly data: string;
}

export type StartEditor = (paths: EditorPaths, environment: Readonly<Record<string, string>>) => Promise<RunningEditor>;

const repository = path.join(import.meta.dirname, '..', '..');

/** Declares a mocha suite whose tests are those that run inside the editor. `patience` is for its start, in milliseconds. */
export function declareEditorTests(name: string, start: StartEditor, patience: number): void {
  describe(name, function () {
    let session: Session | undefined;

    before(async function () {
      this.timeout(patience);
      session = await Session.open(start, patience - 5000);
      addTests(this.test!.parent!, session);
    });

    after(async function () {
      this.timeout(30_000);
      await session?.close();
    });

    it('starts and loads the tests', () => {
      assert.ok(session!.tests.length > 0);
    });
  });
}

/** Mocha runs suites that are added before their parent gets to them. */
function addTests(parent: Mocha.Suite, session: Session): void {
  for (const titles of session.tests) {
    let suite = parent;
    for (const title of titles.slice(0, -1)) {
      const known = suite.suites.find((child) => child.title === title);
      suite = known ?? suite.addSuite(new Mocha.Suite(title, suite.ctx)).suites.at(-1)!;
    }
    const test = new Mocha.Test(titles.at(-1)!, () => session.result(titles));
    suite.addTest(test);
    test.timeout(120_000); // inside, a test ends after 60 seconds; this is for an editor that hangs
  }
}

class Result {
  resolve!: () => void;
  reject!: (error: Error) => void;
  readonly settled = new Promise<void>((resolve, reject) => Object.assign(this, { resolve, reject }));

  constructor() {
    this.settled.catch(() => {}); // it may fail before mocha comes to ask
  }
}

class Session {
  readonly tests: readonly Titles[];
  readonly #results: ReadonlyMap<string, Result>;
  readonly #sources: (stack: string) => string;
  readonly #close: () => Promise<void>;

  constructor(tests: readonly Titles[], sources: (stack: string) => string, close: () => Promise<void>) {
    this.tests = tests;
    this.#sources = sources;
    this.#close = close;
    this.#results = new Map(
      tests.map((titles) => [key(titles), new Result()]),
    );
  }

  static async open(start: StartEditor, patience: number): Promise<Session> {
    assert.ok(existsSync(path.join(repository, 'dist', 'extension.cjs')), 'There is no dist/extension.cjs to test: `npm run build` makes it.');
    const folder = await mkdtemp(path.join(tmpdir(), 'unblock-editor-'));
    const paths: EditorPaths = {
      extension: repository,
      tests: path.join(folder, 'tests.cjs'),
      workspace: path.join(folder, 'work space 工作区'),
      data: path.join(folder, 'data'),
    };
    await cp(path.join(import.meta.dirname, 'project'), paths.workspace, { recursive: true });
    await bundleTests(paths.tests);
    const sources = await sourcesOf(paths.tests);
    const inside = await listen();
    let editor: RunningEditor | undefined;
    let deadline: NodeJS.Timeout | undefined;
    const close = async (): Promise<void> => {
      clearTimeout(deadline);
      await editor?.close();
      inside.server.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    };
    try {
      editor = await start(paths, { [portVariable]: String(inside.port) });
      const late = new Promise<never>((_, reject) => {
        const complain = (): void => reject(new Error(`VS Code did not run the tests within ${patience / 1000} seconds.\n${editor!.output()}`));
        deadline = setTimeout(complain, patience);
      });
      const first = await Promise.race([inside.next(), editor.failed, late]);
      clearTimeout(deadline);
      if (first?.kind !== 'tests') throw asError(first?.kind === 'broken' ? first.failure : undefined, sources);
      const session = new Session(first.tests, sources, close);
      session.#read(inside.next, editor.failed).catch((error: unknown) => session.#fail(error as Error));
      return session;
    } catch (error) {
      await close();
      throw error;
    }
  }

  async result(titles: Titles): Promise<void> {
    return this.#results.get(key(titles))!.settled;
  }

  async close(): Promise<void> {
    await this.#close();
  }

  async #read(next: () => Promise<Message | undefined>, failed: Promise<never>): Promise<void> {
    let broken: Failure | undefined;
    for (;;) {
      const message = await Promise.race([next(), failed]);
      if (message === undefined) throw asError(broken, this.#sources);
      if (message.kind === 'broken') broken = message.failure;
      if (message.kind !== 'result') continue;
      const result = this.#results.get(key(message.titles));
      if (message.failure === undefined) result?.resolve();
      else result?.reject(asError(message.failure, this.#sources));
    }
  }

  /** Fails what has no result yet. */
  #fail(error: Error): void {
    for (const result of this.#results.values()) result.reject(error);
  }
}

function key(titles: Titles): string {
  return JSON.stringify(titles);
}

function asError(failure: Failure | undefined, sources: (stack: string) => string): Error {
  if (failure === undefined) return new Error('The tests inside VS Code ended without a result for this one.');
  return Object.assign(new Error(failure.message), failure, { stack: sources(failure.stack) });
}

/** Writes a module with `run()` that needs nothing but VS Code, and its source map beside it. */
async function bundleTests(outfile: string): Promise<void> {
  await build({
    entryPoints: [path.join(import.meta.dirname, 'run.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    sourcemap: 'external',
    external: ['vscode'],
    logLevel: 'error',
  });
}

/** How to make a stack trace of the bundle name the lines of our sources; VS Code does not do it for its extensions. */
async function sourcesOf(bundle: string): Promise<(stack: string) => string> {
  const map = new SourceMap(JSON.parse(await readFile(`${bundle}.map`, 'utf8')) as SourceMapPayload);
  return (stack) =>
    stack.replaceAll(/([^\s(]*?)tests\.cjs:(\d+):(\d+)/g, (place, _folder, line: string, column: string) => {
      const entry = map.findEntry(Number(line) - 1, Number(column) - 1);
      if (!('originalSource' in entry)) return place;
      return `${path.resolve(path.dirname(bundle), entry.originalSource)}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
    });
}

/** Messages from inside in their order; `next` answers `undefined` after the last. */
async function listen(): Promise<{ port: number; server: net.Server; next: () => Promise<Message | undefined> }> {
  const arrived: (Message | undefined)[] = [];
  let wake: (() => void) | undefined;
  const push = (message: Message | undefined): void => {
    arrived.push(message);
    wake?.();
  };
  const server = net.createServer((socket) => {
    socket.setEncoding('utf8');
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => push(undefined));
    createInterface({ input: socket }).on('line', (line) => push(JSON.parse(line) as Message)).on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as net.AddressInfo).port,
    server,
    async next() {
      while (arrived.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return arrived.shift();
    },
  };
}
