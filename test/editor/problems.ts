/** What the tests inside VS Code ask the editor, with waiting that ends when the condition holds. */

import * as vscode from 'vscode';

/** Long enough for a slow machine; a condition that holds ends the waiting at once. */
const patience = 20_000;

/** A file of the opened folder, by its path with `/`. */
export function file(path: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  if (folder === undefined) throw new Error('The tests need an opened folder.');
  return vscode.Uri.joinPath(folder.uri, path);
}

/** Writes to the disk, as another program would. */
export async function write(path: string, text: string): Promise<vscode.Uri> {
  await vscode.workspace.fs.writeFile(file(path), new TextEncoder().encode(text));
  return file(path);
}

/** Opens a file as a user does. (`openTextDocument` would keep it open for minutes after its editor is closed.) */
export async function open(uri: vscode.Uri, column = vscode.ViewColumn.Active): Promise<vscode.TextEditor> {
  await vscode.commands.executeCommand('vscode.open', uri, { preview: false, viewColumn: column });
  return eventually(
    () => vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === uri.toString()),
    (changed) => vscode.window.onDidChangeVisibleTextEditors(changed),
    () => `${uri.fsPath} was not opened.`,
  );
}

/** Types in an open file: replaces all of its text. */
export async function retype(document: vscode.TextDocument, text: string): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, new vscode.Range(new vscode.Position(0, 0), document.lineAt(document.lineCount - 1).range.end), text);
  if (!(await vscode.workspace.applyEdit(edit))) throw new Error('VS Code refused the edit.');
}

/** The rule a problem names. */
export function rule(problem: vscode.Diagnostic): string {
  const code = typeof problem.code === 'object' ? problem.code.value : problem.code;
  return String(code);
}

/** Waits until the problems of a file satisfy `accept`, and returns them. */
export async function problems(
  uri: vscode.Uri,
  accept: (problems: readonly vscode.Diagnostic[]) => boolean,
): Promise<readonly vscode.Diagnostic[]> {
  const shown = (): string =>
    JSON.stringify(vscode.languages.getDiagnostics(uri).map((problem) => [rule(problem), problem.range.start.line + 1, problem.message]));
  return eventually(
    () => {
      const now = vscode.languages.getDiagnostics(uri);
      return accept(now) ? now : undefined;
    },
    (changed) => vscode.languages.onDidChangeDiagnostics(changed),
    () => `Waited in vain for the problems of ${vscode.workspace.asRelativePath(uri)}; there are ${shown()}`,
  );
}

/** Waits until the file's problems are exactly of these rules, in the order of the text. */
export async function problemsAre(uri: vscode.Uri, ...rules: string[]): Promise<readonly vscode.Diagnostic[]> {
  const inOrder = (found: readonly vscode.Diagnostic[]): vscode.Diagnostic[] =>
    [...found].sort((a, b) => a.range.start.compareTo(b.range.start));
  return inOrder(await problems(uri, (found) => inOrder(found).map(rule).join() === rules.join()));
}

/** Waits until `ask` answers with something, asking again at each event. */
export async function eventually<Answer>(
  ask: () => Answer | undefined,
  subscribe: (changed: () => void) => vscode.Disposable,
  describe: () => string,
): Promise<Answer> {
  const late = new Error(); // made here, so that its stack names the test
  return new Promise((resolve, reject) => {
    const subscription = subscribe(look);
    const deadline = setTimeout(() => end(() => reject(Object.assign(late, { message: describe() }))), patience);
    function end(settle: () => void): void {
      clearTimeout(deadline);
      subscription.dispose();
      settle();
    }
    function look(): void {
      const answer = ask();
      if (answer !== undefined) end(() => resolve(answer));
    }
    look();
  });
}

/** Closes all editors, forgets what was typed in them, and waits until VS Code has let go of their files. */
export async function closeEditors(): Promise<void> {
  while (vscode.window.activeTextEditor !== undefined) {
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  }
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  const documents = (): vscode.TextDocument[] => vscode.workspace.textDocuments.filter(({ uri }) => uri.scheme === 'file');
  await eventually(
    () => documents().length === 0 || undefined,
    (changed) => vscode.workspace.onDidCloseTextDocument(changed),
    () => `Still open: ${documents().map(({ uri }) => uri.path).join(', ')}`,
  );
}

export const sleeping = 'import time\n\n\nasync def home():\n    time.sleep(1)\n';
export const awaiting = 'import asyncio\n\n\nasync def home():\n    await asyncio.sleep(1)\n';
