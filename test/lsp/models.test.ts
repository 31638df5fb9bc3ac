/** What the project is taught from the editor: a line in its config, shown before it is written. */

import assert from 'node:assert/strict';
import type { CodeAction, Diagnostic, TextDocumentEdit, WorkspaceEdit } from 'vscode-languageserver-protocol';
import { able, Client, edited, Folder } from './client.ts';

const legacy = 'import requests\n\n\ndef fetch(url):\n    return requests.get(url)\n\n\nclass Client:\n    def load(self, url):\n        return fetch(url)\n';
const app = 'from legacy import Client\n\n\nasync def home(url):\n    return Client().load(url)\n';

describe('A step of a chain', () => {
  let folder: Folder;
  let client: Client;
  let uri: string;

  const started = async (files: Readonly<Record<string, string>>, { capabilities = able as object, name = 'app.py', rule = 'blocking-http' } = {}): Promise<CodeAction[]> => {
    folder = await Folder.with({ 'legacy.py': legacy, [name]: app, ...files });
    client = await Client.start({ folders: [folder], capabilities });
    uri = folder.uri(name);
    client.open(uri, app);
    await client.idle();
    return teaching(rule);
  };

  afterEach(async () => {
    await client.stop();
    await folder.remove();
  });

  const teaching = async (rule = 'blocking-http', only?: readonly string[]): Promise<CodeAction[]> => {
    const found: Diagnostic[] = await client.found(uri);
    assert.deepEqual(found.map(({ code }) => code), [rule]);
    return (await client.actions(uri, found[0]!.range, found, only)).filter(({ title }) => / does not block$/.test(title));
  };

  const chosen = async (actions: readonly CodeAction[], name: string): Promise<WorkspaceEdit> => {
    const { edit } = await client.resolve(actions.find(({ title }) => title === `\`${name}\` does not block`)!);
    assert.ok(edit);
    return edit;
  };

  /** As the editor does when the edit is confirmed and saved. */
  const written = async (name: string, text: string, type: 1 | 2): Promise<void> => {
    await folder.write(name, text);
    client.watched({ uri: folder.uri(name), type });
  };

  const goesAway = async (): Promise<void> => {
    const deadline = Date.now() + 10_000;
    while ((await client.found(uri)).length > 0) {
      assert.ok(Date.now() < deadline, 'the finding stays');
      await client.idle();
    }
  };

  it('may be said not to block, by the name the engine knows', async () => {
    const actions = await started({});
    assert.deepEqual(actions.map(({ title }) => title), ['`legacy.Client.load` does not block', '`legacy.fetch` does not block', '`requests.get` does not block']);
    assert.ok(actions.every(({ kind, edit, isPreferred }) => kind === 'quickfix.unblock.models' && edit === undefined && isPreferred === undefined));
    assert.deepEqual((await teaching('blocking-http', ['quickfix.unblock.models'])).length, 3);
    assert.deepEqual(await teaching('blocking-http', ['source.fixAll']), []);
  });

  for (const [index, name] of ['legacy.Client.load', 'legacy.fetch', 'requests.get'].entries()) {
    it(`goes into the project’s config, seen first, and the finding goes away (${index + 1})`, async () => {
      const project = '[project]\nname = "shop"\n\n[tool.unblock.models]\nnonblocking = ["old.thing"]\n\n[tool.ruff]\n';
      const edit = await chosen(await started({ 'pyproject.toml': project }), name);
      assert.deepEqual(edit.changeAnnotations, { nonblocking: { label: `\`${name}\` does not block`, description: 'pyproject.toml', needsConfirmation: true } });
      const [change] = edit.documentChanges as TextDocumentEdit[];
      assert.deepEqual(change!.textDocument, { uri: folder.uri('pyproject.toml'), version: null });
      assert.ok(change!.edits.every((one) => 'annotationId' in one && one.annotationId === 'nonblocking'));
      const after = edited(project, edit);
      assert.equal(after, project.replace('"old.thing"', `"old.thing", "${name}"`));
      await written('pyproject.toml', after, 2);
      await goesAway();
    });
  }

  it('goes into the text of the editor, where the config is open', async () => {
    const actions = await started({ 'unblock.toml': '' });
    const config = folder.uri('unblock.toml');
    const text = '# ours\r\nexclude = ["gen"]\r\n';
    client.open(config, text, 'toml');
    const edit = await chosen(actions, 'legacy.fetch');
    assert.equal((edit.documentChanges as TextDocumentEdit[])[0]!.textDocument.version, 1);
    const after = edited(text, edit);
    assert.equal(after, '# ours\r\nexclude = ["gen"]\r\n\r\n[models]\r\nnonblocking = ["legacy.fetch"]\r\n');
    client.change(config, { text: after });
    await goesAway();
  });

  it('goes into a file that is made where there is none', async () => {
    const edit = await chosen(await started({}), 'legacy.fetch');
    const config = folder.uri('unblock.toml');
    assert.deepEqual(edit.documentChanges?.[0], { kind: 'create', uri: config, annotationId: 'nonblocking' });
    const after = edited('', edit);
    assert.equal(after, '[models]\nnonblocking = ["legacy.fetch"]\n');
    await written('unblock.toml', after, 1);
    await goesAway();
  });

  it('goes into the config that counts for the file, before any other pyproject.toml', async () => {
    const edit = await chosen(await started({ 'pyproject.toml': '[tool.unblock]\n', 'api/pyproject.toml': '[project]\n' }, { name: 'api/app.py' }), 'legacy.fetch');
    assert.equal((edit.documentChanges as TextDocumentEdit[])[0]!.textDocument.uri, folder.uri('pyproject.toml'));
  });

  it('goes into the nearest pyproject.toml where nothing speaks of us', async () => {
    const edit = await chosen(await started({ 'pyproject.toml': '[project]\n', 'api/pyproject.toml': '[project]\n' }, { name: 'api/app.py' }), 'legacy.fetch');
    assert.equal((edit.documentChanges as TextDocumentEdit[])[0]!.textDocument.uri, folder.uri('api/pyproject.toml'));
  });

  it('is a plain edit for an editor that shows none before', async () => {
    const capabilities = { ...able, workspace: { ...able.workspace, workspaceEdit: {} } };
    const edit = await chosen(await started({ 'unblock.toml': 'exclude = []\n' }, { capabilities }), 'legacy.fetch');
    assert.deepEqual(Object.keys(edit), ['changes']);
    assert.equal(edited('exclude = []\n', edit), 'exclude = []\n\n[models]\nnonblocking = ["legacy.fetch"]\n');
  });

  it('is not offered where it cannot be written: no file may be made, or the config is broken', async () => {
    const capabilities = { ...able, workspace: { ...able.workspace, workspaceEdit: { documentChanges: true } } };
    assert.deepEqual(await started({}, { capabilities }), []);
    await written('unblock.toml', 'models = {}\n', 1);
    await client.idle();
    client.open(folder.uri('unblock.toml'), 'models = {\n', 'toml');
    await client.idle();
    assert.deepEqual(await teaching(), []);
  });

  it('that everybody has is not the project’s to speak of', async () => {
    const actions = await started({ 'legacy.py': 'def fetch(url):\n    return input(url)\n\n\nclass Client:\n    def load(self, url):\n        return fetch(url)\n' }, { rule: 'blocking-input' });
    assert.deepEqual(actions.map(({ title }) => title), ['`legacy.Client.load` does not block', '`legacy.fetch` does not block']);
  });
});
