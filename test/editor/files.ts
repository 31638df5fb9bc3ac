/** What one file's change does to the problems of other files, and that nothing stale stays behind. */

import * as vscode from 'vscode';
import { awaiting, closeEditors, file, open, problemsAre, retype, sleeping, write } from './problems.ts';

const blockingHelper = 'import time\n\n\ndef wait():\n    time.sleep(1)\n';
const harmlessHelper = 'def wait():\n    return 1\n';
const page = (folder: string): string => `from ${folder}.helper import wait\n\n\nasync def page():\n    wait()\n`;

describe('Files', () => {
  before(async () => {
    await open(file('app/home.py'));
    await problemsAre(file('app/home.py'), 'blocking-sleep');
  });
  afterEach(closeEditors);

  it('typing in a helper changes the finding in another open file', async () => {
    const helper = await open(await write('across/helper.py', harmlessHelper));
    const uri = await write('across/page.py', page('across'));
    await open(uri, vscode.ViewColumn.Beside);
    await problemsAre(uri);
    await retype(helper.document, blockingHelper);
    await problemsAre(uri, 'blocking-sleep');
    await retype(helper.document, harmlessHelper);
    await problemsAre(uri);
  });

  it('typing in a helper changes the finding in a closed file', async () => {
    const uri = await write('closed/page.py', page('closed'));
    const helper = await open(await write('closed/helper.py', blockingHelper));
    await problemsAre(uri, 'blocking-sleep');
    await retype(helper.document, harmlessHelper);
    await problemsAre(uri);
  });

  it('another program writes a helper, and an open file follows', async () => {
    await write('outside/helper.py', harmlessHelper);
    const { document } = await open(await write('outside/page.py', page('outside')));
    await problemsAre(document.uri);
    await write('outside/helper.py', blockingHelper);
    await problemsAre(document.uri, 'blocking-sleep');
  });

  it('a new file has problems, a deleted one has none', async () => {
    const uri = await write('deleted.py', sleeping);
    await problemsAre(uri, 'blocking-sleep');
    await vscode.workspace.fs.delete(uri);
    await problemsAre(uri);
  });

  it('deleting an open file clears its problems', async () => {
    const { document } = await open(await write('deleted-open.py', sleeping));
    await problemsAre(document.uri, 'blocking-sleep');
    await vscode.workspace.fs.delete(document.uri);
    await closeEditors();
    await problemsAre(document.uri);
  });

  it('deleting a folder clears the problems of the files in it', async () => {
    const uri = await write('folder/deep/file.py', sleeping);
    await problemsAre(uri, 'blocking-sleep');
    await vscode.workspace.fs.delete(file('folder'), { recursive: true });
    await problemsAre(uri);
  });

  it('problems move with a renamed file', async () => {
    const before = await write('before.py', sleeping);
    const after = file('after.py');
    await problemsAre(before, 'blocking-sleep');
    await vscode.workspace.fs.rename(before, after);
    await problemsAre(after, 'blocking-sleep');
    await problemsAre(before);
  });

  it('problems move with an open file that is renamed in the editor', async () => {
    const { document } = await open(await write('open-before.py', sleeping));
    const after = file('open-after.py');
    await problemsAre(document.uri, 'blocking-sleep');
    const rename = new vscode.WorkspaceEdit();
    rename.renameFile(document.uri, after);
    await vscode.workspace.applyEdit(rename);
    await problemsAre(after, 'blocking-sleep');
    await problemsAre(file('open-before.py'));
  });

  it('many files changed at once, as by a switch of branches, leave nothing stale', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `branch/file${index}.py`);
    const main = await Promise.all(names.map((name, index) => write(name, index % 2 === 0 ? sleeping : awaiting)));
    for (const [index, uri] of main.entries()) await problemsAre(uri, ...(index % 2 === 0 ? ['blocking-sleep'] : []));
    await Promise.all(names.map((name, index) => write(name, index % 2 === 0 ? awaiting : sleeping)));
    for (const [index, uri] of main.entries()) await problemsAre(uri, ...(index % 2 === 0 ? [] : ['blocking-sleep']));
  });

  it('closing a file keeps its problems, as they are on disk', async () => {
    const { document } = await open(await write('kept.py', sleeping));
    await problemsAre(document.uri, 'blocking-sleep');
    await retype(document, `${sleeping}    time.sleep(2)\n`);
    await problemsAre(document.uri, 'blocking-sleep', 'blocking-sleep');
    await closeEditors();
    await problemsAre(document.uri, 'blocking-sleep');
  });
});
