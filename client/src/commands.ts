/** What the command palette offers. */

import * as vscode from 'vscode';
import { commands } from '../../server/src/host/requests.ts';
import type { Server } from './extension.ts';
import { openPage, pageNames } from './pages.ts';

export function registerCommands(server: Server, output: vscode.LogOutputChannel, extension: vscode.Uri): vscode.Disposable[] {
  return [
    vscode.commands.registerCommand('unblock.restart', () => server.restart()),
    vscode.commands.registerCommand('unblock.showOutput', () => output.show()),
    vscode.commands.registerCommand(commands.scan, () => scan(server)),
    vscode.commands.registerCommand('unblock.fixAll', fixAll),
    vscode.commands.registerCommand(commands.explain, async (rule?: unknown) => {
      const name = typeof rule === 'string' ? rule : await vscode.window.showQuickPick(pageNames(extension), { placeHolder: vscode.l10n.t('Rule') });
      if (name !== undefined) await openPage(name);
    }),
  ];
}

async function scan(server: Server): Promise<void> {
  const options = { location: vscode.ProgressLocation.Notification, title: vscode.l10n.t('Unblock reads the workspace'), cancellable: true };
  await vscode.window.withProgress(options, (_progress, token) => server.request('workspace/executeCommand', { command: commands.scan }, token));
}

/** Applies the safe fixes of the active editor, as `codeActionsOnSave` would. */
async function fixAll(): Promise<void> {
  const document = vscode.window.activeTextEditor?.document;
  if (!document) return;
  const everything = document.validateRange(new vscode.Range(0, 0, document.lineCount, 0));
  const kind = 'source.fixAll.unblock';
  const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>('vscode.executeCodeActionProvider', document.uri, everything, kind, 1);
  const edit = actions.find((action) => action.kind?.value === kind)?.edit;
  if (edit) await vscode.workspace.applyEdit(edit);
}
