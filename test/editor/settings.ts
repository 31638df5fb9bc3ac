/** Settings and project files that take effect at once. */

import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { closeEditors, file, open, problems, problemsAre, rule, sleeping, write } from './problems.ts';

describe('Settings', () => {
  afterEach(async () => {
    await vscode.workspace.getConfiguration('unblock').update('rules', undefined, vscode.ConfigurationTarget.Workspace);
    await vscode.workspace.fs.delete(file('pyproject.toml')).then(undefined, () => {});
    await closeEditors();
  });

  it('change the level of a rule, in open and in closed files', async () => {
    const closed = await write('levels/closed.py', sleeping);
    const { document } = await open(await write('levels/open.py', sleeping));
    for (const uri of [document.uri, closed]) await problemsHave(uri, vscode.DiagnosticSeverity.Warning);
    await setRules({ 'blocking-sleep': 'error' });
    for (const uri of [document.uri, closed]) await problemsHave(uri, vscode.DiagnosticSeverity.Error);
    await setRules({ 'blocking-sleep': 'off' });
    for (const uri of [document.uri, closed]) await problemsAre(uri);
    await setRules(undefined);
    for (const uri of [document.uri, closed]) await problemsHave(uri, vscode.DiagnosticSeverity.Warning);
  });

  it('give way to the project file', async () => {
    const { document } = await open(await write('project-file.py', sleeping));
    await problemsHave(document.uri, vscode.DiagnosticSeverity.Warning);
    await write('pyproject.toml', '[tool.unblock.rules]\nblocking-sleep = "error"\n');
    await problemsHave(document.uri, vscode.DiagnosticSeverity.Error);
    await setRules({ 'blocking-sleep': 'info' });
    await vscode.workspace.fs.delete(file('pyproject.toml'));
    await problemsHave(document.uri, vscode.DiagnosticSeverity.Information);
  });

  it('that cannot be read get a squiggle in the project file, and the code is still checked', async () => {
    const { document } = await open(await write('still-checked.py', sleeping));
    const project = await write('pyproject.toml', '[tool.unblock\nrules = 1\n');
    const [problem] = await problems(project, (found) => found.length > 0);
    assert.match(problem!.source ?? '', /unblock/i);
    await problemsAre(document.uri, 'blocking-sleep');
    await write('pyproject.toml', '[tool.unblock]\n');
    await problemsAre(project);
  });

  it('that name an unknown rule get a squiggle under its name', async () => {
    await open(await write('unknown-rule.py', sleeping));
    const project = await write('pyproject.toml', '[tool.unblock.rules]\nblocking-slep = "error"\n');
    const [problem] = await problems(project, (found) => found.length > 0);
    const { document } = await open(project);
    assert.match(document.getText(problem!.range), /blocking-slep/);
  });
});

async function setRules(rules: Record<string, string> | undefined): Promise<void> {
  await vscode.workspace.getConfiguration('unblock').update('rules', rules, vscode.ConfigurationTarget.Workspace);
}

async function problemsHave(uri: vscode.Uri, severity: vscode.DiagnosticSeverity): Promise<void> {
  await problems(uri, (found) => found.length === 1 && rule(found[0]!) === 'blocking-sleep' && found[0]!.severity === severity);
}
