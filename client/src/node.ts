/** The extension's entry where there is Node: desktop, remote and container. */

import path from 'node:path';
import type { ExtensionContext } from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';
import { start, type Api } from './extension.ts';

export function activate(context: ExtensionContext): Api {
  const module = context.asAbsolutePath(path.join('dist', 'server.cjs'));
  const run = { module, transport: TransportKind.ipc, options: { execArgv: ['--max-old-space-size=2048'] } };
  const debug = { ...run, options: { execArgv: ['--nolazy', '--inspect=6009'] } };
  // The id is also the section of `unblock.trace.server`.
  return start(context, (options) => new LanguageClient('unblock', 'Unblock', { run, debug }, options));
}
