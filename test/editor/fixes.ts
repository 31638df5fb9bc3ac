/** Quick fixes, applied through the editor. */

import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { awaiting, closeEditors, open, problemsAre, sleeping, write } from './problems.ts';

describe('Quick fixes', () => {
  afterEach(closeEditors);

  it('are offered on the squiggle, the safe one preferred', async () => {
    const { document } = await open(await write('offered.py', sleeping));
    const [problem] = await problemsAre(document.uri, 'blocking-sleep');
    const actions = await actionsAt(document.uri, problem!.range, vscode.CodeActionKind.QuickFix);
    const [preferred] = actions.filter((action) => action.isPreferred);
    assert.match(preferred?.title ?? '', /asyncio\.sleep/);
    assert.ok(actions.some(({ title }) => /ignore/i.test(title)), 'the line can be ignored');
  });

  it('repair the code and take the squiggle away; undo brings both back', async () => {
    const editor = await open(await write('repaired.py', sleeping));
    const [problem] = await problemsAre(editor.document.uri, 'blocking-sleep');
    editor.selection = new vscode.Selection(problem!.range.start, problem!.range.start);
    await vscode.commands.executeCommand('editor.action.autoFix');
    await problemsAre(editor.document.uri);
    const repaired = editor.document.getText();
    assert.match(repaired, /^import asyncio$/m);
    assert.match(repaired, /^ {4}await asyncio\.sleep\(1\)$/m);
    await vscode.commands.executeCommand('undo');
    await problemsAre(editor.document.uri, 'blocking-sleep');
    assert.equal(editor.document.getText(), sleeping);
  });

  it('are right after Chinese text and emoji on the same line', async () => {
    const editor = await open(await write('修复.py', 'import time\n\n\nasync def home():\n    label = "😀异步"; time.sleep(1)\n'));
    const [problem] = await problemsAre(editor.document.uri, 'blocking-sleep');
    editor.selection = new vscode.Selection(problem!.range.start, problem!.range.start);
    await vscode.commands.executeCommand('editor.action.autoFix');
    await problemsAre(editor.document.uri);
    assert.match(editor.document.getText(), /^ {4}label = "😀异步"; await asyncio\.sleep\(1\)$/m);
  });

  it('ignore a finding with a comment', async () => {
    const { document } = await open(await write('ignored.py', sleeping));
    const [problem] = await problemsAre(document.uri, 'blocking-sleep');
    const actions = await actionsAt(document.uri, problem!.range, vscode.CodeActionKind.QuickFix);
    await apply(actions.find(({ title }) => /ignore/i.test(title)));
    await problemsAre(document.uri);
    assert.match(document.getText(), /# unblock: ignore\[blocking-sleep\]/);
  });

  it('write flags into a shell script', async () => {
    const { document } = await open(await write('shell/flags.sh', '#!/bin/bash\nexec gunicorn wsgi:app -k gevent -w 4\n'));
    const [problem] = await problemsAre(document.uri, 'gunicorn-missing-flag');
    const actions = await actionsAt(document.uri, problem!.range, vscode.CodeActionKind.QuickFix);
    await apply(actions.find(({ title }) => title.includes('--timeout')));
    await problemsAre(document.uri);
    assert.match(document.getText(), /^exec gunicorn wsgi:app .*--timeout 30/m);
  });

  it('fix all in a file, as a command', async () => {
    const { document } = await open(await write('all.py', `${sleeping}\n\nasync def other():\n    time.sleep(2)\n`));
    await problemsAre(document.uri, 'blocking-sleep', 'blocking-sleep');
    await vscode.commands.executeCommand('unblock.fixAll');
    await problemsAre(document.uri);
    assert.equal(document.getText().match(/await asyncio\.sleep/g)?.length, 2);
    assert.equal(document.getText().match(/^import asyncio$/gm)?.length, 1);
  });

  it('fix all on save, when the user asks for it', async () => {
    const settings = vscode.workspace.getConfiguration('editor');
    await settings.update('codeActionsOnSave', { 'source.fixAll.unblock': 'explicit' }, vscode.ConfigurationTarget.Workspace);
    try {
      const { document } = await open(await write('saved.py', sleeping));
      await problemsAre(document.uri, 'blocking-sleep');
      const edit = new vscode.WorkspaceEdit();
      edit.insert(document.uri, new vscode.Position(document.lineCount - 1, 0), '    time.sleep(2)\n');
      await vscode.workspace.applyEdit(edit);
      await problemsAre(document.uri, 'blocking-sleep', 'blocking-sleep');
      await document.save();
      await problemsAre(document.uri);
      assert.equal(document.getText().match(/await asyncio\.sleep/g)?.length, 2);
    } finally {
      await settings.update('codeActionsOnSave', undefined, vscode.ConfigurationTarget.Workspace);
    }
  });

  it('are not offered where there is nothing to fix', async () => {
    const { document } = await open(await write('nothing.py', awaiting));
    await problemsAre(document.uri);
    const everything = new vscode.Range(0, 0, document.lineCount, 0);
    assert.deepEqual((await actionsAt(document.uri, everything, vscode.CodeActionKind.QuickFix)).map(({ title }) => title), []);
    assert.deepEqual((await actionsAt(document.uri, everything, vscode.CodeActionKind.SourceFixAll)).map(({ title }) => title), []);
  });
});

/** The actions of the light bulb, with their edits worked out. */
async function actionsAt(uri: vscode.Uri, range: vscode.Range, kind: vscode.CodeActionKind): Promise<vscode.CodeAction[]> {
  return vscode.commands.executeCommand('vscode.executeCodeActionProvider', uri, range, kind.value, 100);
}

async function apply(action: vscode.CodeAction | undefined): Promise<void> {
  assert.ok(action?.edit, 'the action has an edit');
  assert.ok(await vscode.workspace.applyEdit(action.edit));
}
