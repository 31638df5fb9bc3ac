/** Squiggles in open files, and problems of files that were never opened. */

import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { awaiting, closeEditors, file, open, problems, problemsAre, retype, rule, sleeping, write } from './problems.ts';

describe('Squiggles', () => {
  afterEach(closeEditors);

  it('appear when a file is opened, under the smallest text that is wrong', async () => {
    const { document } = await open(file('app/home.py'));
    const [problem] = await problemsAre(document.uri, 'blocking-sleep');
    assert.ok(problem);
    assert.equal(document.getText(problem.range), 'time.sleep');
    assert.equal(problem.severity, vscode.DiagnosticSeverity.Warning);
    assert.equal(problem.source?.toLowerCase(), 'unblock');
    assert.match(problem.message, /event loop/);
    assert.ok(typeof problem.code === 'object' && /blocking-sleep/.test(problem.code.target.toString()), 'the rule links to its page');
  });

  it('of files that were never opened are in the Problems panel', async () => {
    await open(file('app/home.py'));
    await problemsAre(file('app/reports.py'), 'blocking-sleep');
    assert.ok(!vscode.workspace.textDocuments.some(({ uri }) => uri.path.endsWith('reports.py')));
  });

  it('come and go while typing', async () => {
    const { document } = await open(await write('typing.py', awaiting));
    await problemsAre(document.uri);
    await retype(document, sleeping);
    await problemsAre(document.uri, 'blocking-sleep');
    await retype(document, `${sleeping}    time.sleep(2)\n`);
    await problemsAre(document.uri, 'blocking-sleep', 'blocking-sleep');
    await retype(document, awaiting);
    await problemsAre(document.uri);
  });

  it('stay while the text around them is half written', async () => {
    const { document } = await open(await write('half.py', sleeping));
    await problemsAre(document.uri, 'blocking-sleep');
    await retype(document, `${sleeping}    time.sleep(2)\n\ndef broken(:\n    x = [1,\n`);
    await problems(document.uri, (found) => found.filter((problem) => rule(problem) === 'blocking-sleep').length === 2);
  });

  it('are not shifted by Chinese text or emoji before them', async () => {
    const text = 'import time\n\n\nasync def 首页():\n    标签 = "异步任务 😀👩‍👩‍👧"; time.sleep(1)  # 等待\n';
    const { document } = await open(await write('中文/首页 😀.py', text));
    const [problem] = await problemsAre(document.uri, 'blocking-sleep');
    assert.equal(document.getText(problem!.range), 'time.sleep');
  });

  it('follow what is typed before them, character by character', async () => {
    const { document } = await open(await write('following.py', 'import time\n\n\nasync def home():\n    x = ""; time.sleep(1)\n'));
    await problemsAre(document.uri, 'blocking-sleep');
    for (const typed of ['😀', '异', '步', '👩‍👩‍👧', '\n# 😀\n']) {
      const edit = new vscode.WorkspaceEdit();
      edit.insert(document.uri, typed.includes('\n') ? new vscode.Position(2, 0) : new vscode.Position(4, '    x = "'.length), typed);
      await vscode.workspace.applyEdit(edit);
      await problems(document.uri, (found) => found.length === 1 && document.getText(found[0]!.range) === 'time.sleep');
    }
    await retype(document, document.getText().replace('time.sleep', 'print'));
    await problemsAre(document.uri);
  });

  it('appear in shell scripts', async () => {
    const text = '#!/bin/bash\n# 启动 😀\nexec gunicorn wsgi:app -k gevent -w 4 --bind 0.0.0.0:8000\n';
    const { document } = await open(await write('shell/start.sh', text));
    const [problem] = await problemsAre(document.uri, 'gunicorn-missing-flag');
    assert.equal(document.getText(problem!.range), 'gunicorn');
  });

  it('name every step of a chain that leads to the blocking call', async () => {
    await write('chain/helper.py', 'import time\n\n\ndef wait():\n    time.sleep(1)\n');
    const { document } = await open(await write('chain/page.py', 'from chain.helper import wait\n\n\nasync def page():\n    wait()\n'));
    const [problem] = await problemsAre(document.uri, 'blocking-sleep');
    assert.equal(document.getText(problem!.range), 'wait');
    const last = problem!.relatedInformation?.at(-1)?.location;
    assert.equal(last?.uri.toString(), file('chain/helper.py').toString());
    assert.equal(last?.range.start.line, 4);
  });
});
