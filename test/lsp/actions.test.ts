/** Quick fixes, ignore comments and explanations. */

import assert from 'node:assert/strict';
import type { CodeAction, Diagnostic } from 'vscode-languageserver-protocol';
import { able, Client, edited, Folder, quiet, sleeping } from './client.ts';

const requesting = 'import requests\n\n\nasync def home(url):\n    return requests.get(\n        url,\n        timeout=5,\n    )\n';

describe('Code actions', () => {
  let folder: Folder;
  let client: Client;
  let uri: string;

  const started = async (options: object = {}): Promise<void> => {
    client = await Client.start({ folders: [folder], ...options });
  };

  beforeEach(async () => {
    folder = await Folder.with({});
    uri = folder.uri('app.py');
  });

  afterEach(async () => {
    await client.stop();
    await folder.remove();
  });

  /** The first finding of a document, and what can be done about it. */
  const offered = async (text: string, only?: string[], name = uri, language = 'python'): Promise<{ found: Diagnostic; actions: CodeAction[] }> => {
    client.open(name, text, language);
    await client.idle();
    const [found] = await client.found(name);
    assert.ok(found, 'nothing was found');
    return { found, actions: await client.actions(name, found.range, [found], only) };
  };

  const named = (actions: readonly CodeAction[], title: RegExp): CodeAction => {
    const action = actions.find((one) => title.test(one.title));
    assert.ok(action, `${title} is not among ${actions.map((one) => one.title).join(' | ')}`);
    return action;
  };

  const after = async (text: string, action: CodeAction): Promise<string> => edited(text, (await client.resolve(action)).edit);

  it('fix a finding, with an edit made when it is chosen', async () => {
    await started();
    const { found, actions } = await offered(sleeping);
    const [fix] = actions;
    assert.equal(fix!.kind, 'quickfix');
    assert.equal(fix!.isPreferred, true);
    assert.deepEqual(fix!.diagnostics, [found]);
    assert.equal(fix!.edit, undefined);
    const { edit } = await client.resolve(fix!);
    assert.deepEqual(edit?.documentChanges?.map((change) => 'textDocument' in change && change.textDocument), [{ uri, version: 1 }]);
    client.change(uri, { text: edited(sleeping, edit) });
    assert.deepEqual(await client.found(uri), []);
  });

  it('carry their edit where the client cannot ask for it later', async () => {
    await started({ capabilities: { textDocument: { ...able.textDocument, codeAction: { codeActionLiteralSupport: {} } } } });
    const { actions } = await offered(sleeping);
    const { edit } = actions[0]!;
    assert.ok(edit?.changes?.[uri]);
    assert.match(edited(sleeping, edit), /await asyncio\.sleep\(1\)/);
  });

  it('say which may change behaviour, and do not prefer them', async () => {
    await started();
    const { actions } = await offered(requesting);
    const fix = named(actions, /\(may change behaviour\)$/);
    assert.equal(fix.isPreferred, undefined);
    client.change(uri, { text: await after(requesting, fix) });
    assert.deepEqual(await client.found(uri), []);
  });

  it('work on the text as it is when they are chosen', async () => {
    await started();
    const { actions } = await offered(sleeping);
    const moved = `# moved 😀\n\n${sleeping}`;
    client.change(uri, { text: moved });
    assert.match(await after(moved, actions[0]!), /await asyncio\.sleep\(1\)/);
    client.change(uri, { text: quiet });
    assert.equal((await client.resolve(actions[0]!)).edit, undefined);
  });

  it('fix everything that is safe on saving, and nothing else', async () => {
    await started();
    const text = 'import time\n\nimport requests\n\n\nasync def home(url):\n    time.sleep(1)\n    time.sleep(2)\n    return requests.get(url, timeout=5)\n';
    const { actions } = await offered(text, ['source.fixAll']);
    assert.deepEqual(actions.map(({ kind }) => kind), ['source.fixAll.unblock']);
    const result = await after(text, actions[0]!);
    assert.match(result, /await asyncio\.sleep\(1\)\n {4}await asyncio\.sleep\(2\)\n {4}return requests\.get\(url, timeout=5\)/);
    assert.equal(result.match(/^import asyncio$/gm)?.length, 1);
  });

  it('are only of the kinds that were asked for', async () => {
    await started();
    const { found } = await offered(sleeping);
    assert.deepEqual(await client.actions(uri, found.range, [found], ['source.organizeImports']), []);
    assert.deepEqual(await client.actions(uri, found.range, [found], ['refactor']), []);
    assert.deepEqual((await client.actions(uri, found.range, [found], ['source.fixAll.unblock'])).length, 1);
    assert.ok((await client.actions(uri, found.range, [found])).every(({ kind }) => kind?.startsWith('quickfix')));
  });

  it('fix one rule in the whole file', async () => {
    await started();
    const text = sleeping + sleeping.replace('home', 'other').replace('import time\n', '');
    const { actions } = await offered(text);
    const result = await after(text, named(actions, /^Fix all `blocking-sleep` findings/));
    client.change(uri, { text: result });
    assert.deepEqual(await client.found(uri), []);
  });

  it('ignore a finding behind its statement', async () => {
    await started();
    const { actions } = await offered(requesting);
    const result = await after(requesting, named(actions, /^Ignore `blocking-http` on this line$/));
    assert.match(result, /^ {4}\) {2}# unblock: ignore\[blocking-http\]$/m);
    client.change(uri, { text: result });
    assert.deepEqual(await client.found(uri), []);
  });

  it('add to an ignore comment that is there', async () => {
    await started();
    const text = sleeping.replace('sleep(1)', 'sleep(1)  # unblock: ignore[blocking-http]');
    client.open(uri, text);
    await client.idle();
    const found = (await client.found(uri)).find(({ code }) => code === 'blocking-sleep')!;
    const actions = await client.actions(uri, found.range, [found]);
    assert.match(await after(text, named(actions, /^Ignore `blocking-sleep` on this line$/)), /# unblock: ignore\[blocking-http, blocking-sleep\]$/m);
  });

  it('ignore a rule in a file, below its first lines', async () => {
    await started();
    const text = `#!/usr/bin/env python3\n# -*- coding: utf-8 -*-\n${sleeping}`;
    const { actions } = await offered(text);
    const result = await after(text, named(actions, /^Ignore `blocking-sleep` in this file$/));
    assert.equal(result.split('\n')[2], '# unblock: ignore-file[blocking-sleep]');
    client.change(uri, { text: result });
    assert.deepEqual(await client.found(uri), []);
  });

  it('keep the line breaks of the file', async () => {
    await started();
    const text = sleeping.replaceAll('\n', '\r\n');
    const { actions } = await offered(text);
    assert.doesNotMatch(await after(text, actions[0]!), /[^\r]\n/);
    assert.match(await after(text, named(actions, /on this line$/)), /sleep\(1\) {2}# unblock: ignore\[blocking-sleep\]\r\n$/);
  });

  it('show the documentation of the rule', async () => {
    await started();
    const { actions } = await offered(sleeping);
    assert.deepEqual(named(actions, /^Show documentation/).command, { title: 'Show documentation of `blocking-sleep`', command: 'unblock.openRuleDocs', arguments: ['blocking-sleep'] });
  });

  it('leave to the client the commands that it carries out itself', async () => {
    await started({ initializationOptions: { commands: ['unblock.scanWorkspace', 'unblock.openRuleDocs'] } });
    assert.equal(client.capabilities.executeCommandProvider, undefined);
  });
});

describe('Hover', () => {
  it('tells why, the way, and where to read more', async () => {
    const folder = await Folder.with({ 'helper.py': 'import time\n\n\ndef load():\n    time.sleep(1)\n' });
    const client = await Client.start({ folders: [folder] });
    client.open(folder.uri('app.py'), 'from helper import load\n\n\nasync def home():\n    load()\n');
    await client.idle();
    const shown = await client.hover(folder.uri('app.py'), 4, 6);
    assert.ok(shown && typeof shown.contents === 'object' && 'kind' in shown.contents);
    assert.equal(shown.contents.kind, 'markdown');
    assert.ok(shown.contents.value.includes(`[helper.py:5](${folder.uri('helper.py')}#L5,5)`), shown.contents.value);
    assert.ok(shown.contents.value.includes('docs/rules/blocking-sleep.md'));
    assert.equal(await client.hover(folder.uri('app.py'), 0, 0), null);
    await client.stop();
    await folder.remove();
  });
});
