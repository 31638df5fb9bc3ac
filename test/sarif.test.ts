/** The SARIF log: what code-scanning services read from it. */

import assert from 'node:assert/strict';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Log, Run } from 'sarif';
import { folderWith, removeFolders, sleeping, unblock } from './command-line.ts';

function log(folder: string, ...args: readonly string[]): { readonly log: Log; readonly run: Run } {
  const { out, err, code } = unblock(folder, ['check', ...args, '--format', 'sarif']);
  assert.equal(err, '');
  assert.ok(code === 0 || code === 1);
  const parsed = JSON.parse(out) as Log;
  assert.equal(parsed.runs.length, 1);
  return { log: parsed, run: parsed.runs[0]! };
}

const files = {
  'pyproject.toml': '[project]\nname = "x"\n',
  'app/__init__.py': '',
  'app/help er.py': '',
  'app/helpers.py': 'import time\n\ndef rest():\n    time.sleep(1)\n',
  'app/视图.py': 'import time\nfrom app.helpers import rest\n\nasync def home():\n    label = "😀"; rest()\n    time.sleep(1)\n    time.sleep(1)\n',
  'binary.py': 'x\0',
};

afterEach(removeFolders);

describe('A SARIF log', () => {
  it('has the version and the tool with the rules that spoke', () => {
    const { log: whole, run } = log(folderWith(files));
    assert.equal(whole.version, '2.1.0');
    assert.match(whole.$schema!, /sarif-2\.1\.0\.json$/);
    assert.equal(run.columnKind, 'utf16CodeUnits');
    const { driver } = run.tool;
    assert.equal(driver.name, 'Unblock');
    assert.match(driver.semanticVersion!, /^\d+\.\d+\.\d+/);
    assert.deepEqual(driver.rules!.map(({ id }) => id), ['blocking-sleep']);
    const [rule] = driver.rules!;
    assert.match(rule!.helpUri!, /^https:\/\/.*\/docs\/rules\/blocking-sleep\.md$/);
    assert.ok(rule!.shortDescription!.text.length > 10);
    assert.equal(rule!.defaultConfiguration!.level, 'warning');
  });

  it('has a result for each finding, with its place in UTF-16 columns', () => {
    const root = folderWith(files);
    const { run } = log(root);
    assert.equal(run.results!.length, 3);
    const [first] = run.results!;
    assert.deepEqual([first!.ruleId, first!.ruleIndex, first!.level], ['blocking-sleep', 0, 'warning']);
    const { artifactLocation, region } = first!.locations![0]!.physicalLocation!;
    assert.deepEqual([region!.startLine, region!.startColumn, region!.endLine, region!.endColumn], [5, 19, 5, 23]);
    assert.equal(region!.snippet!.text, '    label = "😀"; rest()');
    const base = run.originalUriBaseIds![artifactLocation!.uriBaseId!]!.uri!;
    assert.ok(base.endsWith('/'));
    assert.equal(fileURLToPath(new URL(artifactLocation!.uri!, base)), path.join(root, 'app/视图.py'));
    assert.match(artifactLocation!.uri!, /^[\x21-\x7e]+$/);
  });

  it('tells a chain as a code flow and as related locations', () => {
    const { run } = log(folderWith(files));
    const [first, second] = run.results!;
    const flow = first!.codeFlows![0]!.threadFlows[0]!.locations;
    assert.ok(flow.length > 2);
    assert.ok(flow.every(({ location }) => location!.physicalLocation!.artifactLocation!.uri && location!.message!.text));
    assert.equal(flow.at(-1)!.location!.physicalLocation!.artifactLocation!.uri, 'app/helpers.py');
    assert.equal(first!.relatedLocations!.length, flow.length - 1);
    assert.deepEqual(first!.relatedLocations!.map(({ id }) => id), first!.relatedLocations!.map((_, i) => i));
    assert.equal(second!.codeFlows, undefined);
  });

  it('has the repairs, as regions to replace', () => {
    const { run } = log(folderWith(files));
    const [change, ...others] = run.results![1]!.fixes![0]!.artifactChanges;
    assert.deepEqual(others, []);
    assert.deepEqual(change!.artifactLocation, run.results![1]!.locations![0]!.physicalLocation!.artifactLocation);
    assert.deepEqual(change!.replacements.map(({ deletedRegion, insertedContent }) => [deletedRegion.startLine, deletedRegion.startColumn, deletedRegion.endLine, deletedRegion.endColumn, insertedContent!.text]), [
      [1, 1, 1, 1, 'import asyncio\n'],
      [6, 5, 6, 15, 'await asyncio.sleep'],
    ]);
  });

  it('knows a finding again when lines above it change', () => {
    const prints = (text: string): readonly string[] => log(folderWith({ 'a.py': text })).run.results!.map((result) => result.partialFingerprints!['unblock/v1']!);
    const twice = sleeping + '    time.sleep(1)\n';
    assert.deepEqual(prints(`# more\n\n${twice}`), prints(twice));
    assert.equal(new Set(prints(twice)).size, 2);
    assert.notDeepEqual(prints(sleeping.replace('sleep(1)', 'sleep(2)')), prints(sleeping));
  });

  it('tells what was not checked', () => {
    const { run } = log(folderWith(files));
    const [invocation] = run.invocations!;
    assert.equal(invocation!.executionSuccessful, true);
    assert.deepEqual(invocation!.toolExecutionNotifications!.map(({ level, message, locations }) => [level, message.text, locations![0]!.physicalLocation!.artifactLocation!.uri]), [['warning', 'Not checked: binary', 'binary.py']]);
  });

  it('is valid without findings, and for files outside the working directory', () => {
    assert.deepEqual(log(folderWith({ 'a.py': '' })).run.results, []);
    const [elsewhere, here] = [folderWith({ 'a.py': sleeping }), folderWith({})];
    const [result] = log(here, elsewhere).run.results!;
    assert.deepEqual(result!.locations![0]!.physicalLocation!.artifactLocation, { uri: pathToFileURL(path.join(elsewhere, 'a.py')).href });
  });
});
