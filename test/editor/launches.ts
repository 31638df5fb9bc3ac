/** Launches in the files that hold them: a squiggle under the flag itself, a quick fix that changes it there, and what is said of it when the pointer rests there. */

import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { closeEditors, open, problems, rule, write } from './problems.ts';

/** Path, text with one flag or name misspelt, what is underlined, and what the quick fix makes of it. */
const launches: readonly (readonly [path: string, text: string, wrong: string, right: string])[] = [
  ['launches/Dockerfile', 'FROM python:3.13-slim\nWORKDIR /srv\nCMD ["gunicorn", "--bind", "0.0.0.0:8000", \\\n     "--error-log-file", "-", "app:app"]\n', '"--error-log-file"', '"--error-logfile"'],
  ['launches/compose.yaml', 'services:\n  web:\n    image: web # 服务\n    command:\n      - gunicorn\n      - --error-log-file\n      - "-"\n      - app:app\n', '--error-log-file', '--error-logfile'],
  ['launches/serve.sh', '#!/bin/sh\n# 启动 😀\nexec gunicorn \\\n  --error-log-file - \\\n  app:app\n', '--error-log-file', '--error-logfile'],
  ['launches/gunicorn.conf.py', 'bind = ":8000"\nlog_level = "info"\n', 'log_level', 'loglevel'],
  ['launches/web.service', '[Service]\nExecStart=/srv/bin/gunicorn --error-log-file - app:app\n', '--error-log-file', '--error-logfile'],
  ['launches/supervisord.conf', '[program:web]\ncommand=gunicorn\n    --error-log-file - app:app\n', '--error-log-file', '--error-logfile'],
  ['launches/Makefile', 'run:\n\tgunicorn --error-log-file - app:app\n', '--error-log-file', '--error-logfile'],
  ['launches/Procfile', 'web: gunicorn --error-log-file - app:app\n', '--error-log-file', '--error-logfile'],
  ['launches/deployment.yaml', 'kind: Pod\nspec:\n  containers:\n    - name: web\n      command: [gunicorn]\n      args: ["--error-log-file", "-", "app:app"]\n', '"--error-log-file"', '"--error-logfile"'],
];

describe('Launches', () => {
  afterEach(closeEditors);

  for (const [path, text, wrong, right] of launches) {
    it(`are underlined, repaired and explained in ${path.slice('launches/'.length)}`, async () => {
      const { document } = await open(await write(path, text));
      const misspelt = (found: readonly vscode.Diagnostic[]): readonly vscode.Diagnostic[] => found.filter((problem) => rule(problem) === 'gunicorn-unknown-flag');
      const [problem] = misspelt(await problems(document.uri, (found) => misspelt(found).length === 1));
      assert.equal(document.getText(problem!.range), wrong);
      const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>('vscode.executeCodeActionProvider', document.uri, problem!.range, vscode.CodeActionKind.QuickFix.value, 100);
      const repair = actions.find(({ title }) => title.includes('Write'));
      assert.ok(repair?.edit, `there is a repair among ${actions.map(({ title }) => title).join(', ')}`);
      assert.ok(await vscode.workspace.applyEdit(repair.edit));
      await problems(document.uri, (found) => misspelt(found).length === 0);
      assert.equal(document.getText(), text.replace(wrong, right));
      const said = await saidAt(document, right);
      assert.ok(said.includes(`\`${right.replaceAll('"', '')}\` of Gunicorn`), said);
      if (path.endsWith('.conf.py')) return;
      const picture = await saidAt(document, 'gunicorn');
      assert.ok(/Gunicorn starts `app:app`/.test(picture) && /Worker class: `sync`|Worker class: not known/.test(picture), picture);
    });
  }

  it('are completed while a flag, a worker class or a setting is being typed', async () => {
    const typed: readonly (readonly [path: string, text: string, at: string, label: string, after: string])[] = [
      ['launches/typed.sh', '#!/bin/sh\ngunicorn app:app --wor\n', '--wor', '--workers', '#!/bin/sh\ngunicorn app:app --workers\n'],
      ['launches/typed/Dockerfile', 'FROM python:3.13-slim\nCMD ["gunicorn", "-k", "ge", "app:app"]\n', '"ge', 'gevent', 'FROM python:3.13-slim\nCMD ["gunicorn", "-k", "gevent", "app:app"]\n'],
      ['launches/typed/gunicorn.conf.py', 'bind = ":8000"\nwork\n', 'work', 'workers', 'bind = ":8000"\nworkers\n'],
    ];
    for (const [path, text, at, label, after] of typed) {
      const { document } = await open(await write(path, text));
      const position = document.positionAt(text.indexOf(at) + at.length);
      const list = await vscode.commands.executeCommand<vscode.CompletionList>('vscode.executeCompletionItemProvider', document.uri, position, undefined, 200);
      const item = list.items.find((one) => one.label === label && one.documentation !== undefined);
      assert.ok(item, `${path}: ${list.items.slice(0, 10).map((one) => String(one.label)).join(' ')}`);
      const range = item.range instanceof vscode.Range ? item.range : item.range!.replacing;
      const edit = new vscode.WorkspaceEdit();
      edit.replace(document.uri, range, typeof item.insertText === 'string' ? item.insertText : String(item.label));
      assert.ok(await vscode.workspace.applyEdit(edit));
      assert.equal(document.getText(), after);
    }
  });
});

/** What is shown where the pointer rests on the first `target`. */
async function saidAt(document: vscode.TextDocument, target: string): Promise<string> {
  const position = document.positionAt(document.getText().indexOf(target) + 2);
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', document.uri, position);
  return hovers.flatMap(({ contents }) => contents).map((content) => (typeof content === 'string' ? content : content.value)).join('\n');
}
