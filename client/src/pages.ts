/** The rules' pages, which the extension brings along: they open without a network, in the reader's language. */

import * as vscode from 'vscode';
import type { Middleware, vsdiag } from 'vscode-languageclient';
import { commands, rulePages } from '../../server/src/host/requests.ts';

const scheme = 'unblock-explain';

export function registerPages(extension: vscode.Uri): vscode.Disposable[] {
  return [vscode.workspace.registerTextDocumentContentProvider(scheme, { provideTextDocumentContent: (uri) => read(extension, uri.path.slice(1)) })];
}

/** Opens the page of a rule beside the code. */
export async function openPage(rule: string): Promise<void> {
  const uri = vscode.Uri.from({ scheme, path: `/${rule}.md` });
  try {
    await vscode.commands.executeCommand('markdown.showPreview', uri);
  } catch {
    // VS Code's own Markdown extension may be disabled.
    await vscode.window.showTextDocument(uri, { preview: true });
  }
}

/** Ids of all rules that have a page. */
export async function pageNames(extension: vscode.Uri): Promise<string[]> {
  const entries = await vscode.workspace.fs.readDirectory(vscode.Uri.joinPath(extension, 'dist/docs/rules'));
  return entries.map(([name]) => name).filter((name) => name.endsWith('.md')).map((name) => name.slice(0, -'.md'.length)).sort();
}

async function read(extension: vscode.Uri, name: string): Promise<string> {
  for (const folder of [...(chinese() ? ['dist/docs/zh/rules'] : []), 'dist/docs/rules']) {
    try {
      return new TextDecoder().decode(await vscode.workspace.fs.readFile(vscode.Uri.joinPath(extension, folder, name)));
    } catch {
      // Not translated: the English page will do.
    }
  }
  return vscode.l10n.t('There is no page {0}.', `${rulePages}${name}`);
}

function chinese(): boolean {
  const locale = vscode.workspace.getConfiguration('unblock').get<string>('locale', 'auto');
  return locale === 'zh-cn' || (locale === 'auto' && /^zh(?:-cn|-hans)?$/i.test(vscode.env.language));
}

/** Lets the code of a problem open the page inside VS Code. Other editors get the address on the web. */
export const withPages: Middleware = {
  provideDiagnostics: async (document, previous, token, next) => {
    const report = await next(document, previous, token);
    if (report) link(report);
    return report;
  },
  provideWorkspaceDiagnostics: (previous, token, reporter, next) => next(previous, token, (chunk) => {
    for (const report of chunk?.items ?? []) link(report);
    reporter(chunk);
  }),
};

function link(report: vsdiag.DocumentDiagnosticReport | vsdiag.WorkspaceDocumentDiagnosticReport): void {
  if (!('items' in report)) return;
  for (const diagnostic of report.items) {
    const { code } = diagnostic;
    if (typeof code !== 'object' || !code.target.toString(true).startsWith(rulePages)) continue;
    diagnostic.code = { value: code.value, target: vscode.Uri.parse(`command:${commands.explain}?${encodeURIComponent(JSON.stringify([code.value]))}`) };
  }
}
