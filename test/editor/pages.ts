// The rules' pages, opened inside VS Code.

import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { closeEditors, eventually, open, problemsAre, sleeping, write } from './problems.ts';

describe('Pages of rules', () => {
  afterEach(closeEditors);

  it('are behind the code of a problem', async () => {
    const { document } = await open(await write('explained.py', sleeping));
    const [problem] = await problemsAre(document.uri, 'blocking-sleep');
    const target = typeof problem!.code === 'object' ? problem!.code.target : undefined;
    assert.equal(target?.scheme, 'command');
    assert.equal(target.path, 'unblock.openRuleDocs');
    assert.deepEqual(JSON.parse(decodeURIComponent(target.query)), ['blocking-sleep']);
  });

  it('open without a network', async () => {
    const page = await vscode.workspace.openTextDocument(vscode.Uri.from({ scheme: 'unblock-explain', path: '/blocking-sleep.md' }));
    assert.match(page.getText(), /`time\.sleep`/);
    assert.equal(page.languageId, 'markdown');
    await vscode.commands.executeCommand('unblock.openRuleDocs', 'blocking-sleep');
    const labels = (): string[] => vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ label }) => label));
    await eventually(
      () => labels().find((label) => label.includes('blocking-sleep')),
      (changed) => vscode.window.tabGroups.onDidChangeTabs(changed),
      () => `No tab shows the page, only ${labels().join(', ') || 'none'}`,
    );
  });
});
