/** The extension itself: its manifest, its commands, starting again. */

import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { closeEditors, file, open, problemsAre, retype, sleeping, write } from './problems.ts';

interface Manifest {
  readonly contributes: { readonly commands: readonly { readonly command: string }[] };
  readonly capabilities: { readonly untrustedWorkspaces: { readonly supported: boolean } };
}

describe('The extension', () => {
  before(() => open(file('app/home.py')).then(() => problemsAre(file('app/home.py'), 'blocking-sleep')));
  afterEach(closeEditors);

  it('is active once a Python file is open', () => {
    assert.equal(extension().isActive, true);
  });

  it('registers the commands of its manifest and no others', async () => {
    const declared = (extension().packageJSON as Manifest).contributes.commands.map(({ command }) => command).sort();
    const registered = (await vscode.commands.getCommands(true)).filter((command) => command.startsWith('unblock.')).sort();
    assert.ok(declared.length > 0);
    assert.deepEqual(registered, declared);
  });

  it('works in Restricted Mode', () => {
    assert.equal((extension().packageJSON as Manifest).capabilities.untrustedWorkspaces.supported, true);
  });

  it('starts again on command and checks as before', async () => {
    const { document } = await open(await write('restarted.py', sleeping));
    await problemsAre(document.uri, 'blocking-sleep');
    await vscode.commands.executeCommand('unblock.restart');
    await problemsAre(document.uri, 'blocking-sleep');
    await problemsAre(file('app/reports.py'), 'blocking-sleep');
    await retype(document, `${sleeping}    time.sleep(2)\n`);
    await problemsAre(document.uri, 'blocking-sleep', 'blocking-sleep');
  });

  it('scans the workspace and shows its output on command, without an error', async () => {
    await vscode.commands.executeCommand('unblock.scanWorkspace');
    await vscode.commands.executeCommand('unblock.showOutput');
    await problemsAre(file('app/reports.py'), 'blocking-sleep');
  });
});

function extension(): vscode.Extension<unknown> {
  const found = vscode.extensions.getExtension('unblock.unblock');
  assert.ok(found, 'VS Code has the extension');
  return found;
}
