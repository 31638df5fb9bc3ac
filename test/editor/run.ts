/** The entry of the tests that run inside VS Code's extension host. */

import { once } from 'node:events';
import net from 'node:net';
import Mocha from 'mocha';
import * as vscode from 'vscode';
import { portVariable, type Failure, type Message } from './messages.ts';

/** Called by VS Code (`extensionTestsPath`); results go to the port in the environment, not to VS Code. */
export async function run(): Promise<void> {
  const outside = net.connect(Number(process.env[portVariable]), '127.0.0.1');
  await once(outside, 'connect');
  const send = (message: Message): void => void outside.write(`${JSON.stringify(message)}\n`);
  try {
    await runSuites(send);
  } catch (error) {
    send({ kind: 'broken', failure: describeFailure(error) });
  }
  outside.end();
  await once(outside, 'close');
}

async function runSuites(send: (message: Message) => void): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 60_000, reporter: class {} as unknown as Mocha.ReporterConstructor });
  mocha.suite.emit('pre-require', globalThis as never, '', mocha);
  // Loaded only now, because `describe` and `it` exist only now.
  await import('./squiggles.ts');
  await import('./fixes.ts');
  await import('./launches.ts');
  await import('./files.ts');
  await import('./settings.ts');
  await import('./commands.ts');
  await import('./pages.ts');
  send({ kind: 'tests', version: vscode.version, tests: testsOf(mocha.suite).map((test) => test.titlePath()) });
  await new Promise<void>((resolve) => {
    mocha
      .run(() => resolve())
      .on('pass', (test) => send({ kind: 'result', titles: test.titlePath() }))
      .on('fail', (test, error) => {
        const failure = describeFailure(error);
        // At run time a failed hook arrives here too, under the type of a test.
        if ((test as Mocha.Runnable as { type?: string }).type === 'hook') {
          send({ kind: 'broken', failure: { ...failure, message: `${test.fullTitle()}: ${failure.message}` } });
        } else send({ kind: 'result', titles: test.titlePath(), failure });
      });
  });
}

function testsOf(suite: Mocha.Suite): Mocha.Test[] {
  return [...suite.tests, ...suite.suites.flatMap(testsOf)];
}

function describeFailure(error: unknown): Failure {
  if (!(error instanceof Error)) return { message: String(error), stack: String(error) };
  const { expected, actual } = error as Error & { expected?: unknown; actual?: unknown };
  return { message: error.message, stack: error.stack ?? error.message, expected, actual };
}
