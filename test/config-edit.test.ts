/** Lines written into config files. */

import assert from 'node:assert/strict';
import { applied, teach } from '../server/src/config-edit.ts';
import { parseConfig } from '../server/src/config.ts';

/** The file after `legacy.fetch` is taught not to block; undefined where it cannot be written. */
function taught(text: string, path = 'unblock.toml'): string | undefined {
  const edits = teach(path, text, 'nonblocking', 'legacy.fetch');
  return edits && applied(text, edits);
}

const inProject = (text: string): string | undefined => taught(text, 'api/pyproject.toml');

describe('A name that is taught', () => {
  it('goes into the list that is there, as the list is written', () => {
    assert.equal(taught('[models]\nnonblocking = ["a.b"] # why\n'), '[models]\nnonblocking = ["a.b", "legacy.fetch"] # why\n');
    assert.equal(taught('[models]\nnonblocking = []'), '[models]\nnonblocking = ["legacy.fetch"]');
    assert.equal(taught('[models]\nnonblocking = ["a", ]\n'), '[models]\nnonblocking = ["a", "legacy.fetch", ]\n');
    assert.equal(taught('[models]\nnonblocking = [\n  "a",  # one, first\n  "b",\n]\n'), '[models]\nnonblocking = [\n  "a",  # one, first\n  "b",\n  "legacy.fetch",\n]\n');
    assert.equal(taught('[models]\nnonblocking = [\n\t"a",\n\t"b"  # last\n]\n'), '[models]\nnonblocking = [\n\t"a",\n\t"b",  # last\n\t"legacy.fetch"\n]\n');
    assert.equal(taught('[models]\nnonblocking = [\n  "a",\n  "b" ]\n'), '[models]\nnonblocking = [\n  "a",\n  "b", "legacy.fetch" ]\n');
    assert.equal(taught('[models]\nnonblocking = [\n  # nothing yet\n]\n'), '[models]\nnonblocking = ["legacy.fetch"\n  # nothing yet\n]\n');
  });

  it('goes into the table that is there, however that is written', () => {
    assert.equal(taught('[models]\nblocking = ["a"] # why\n\n[rules]\n'), '[models]\nblocking = ["a"] # why\nnonblocking = ["legacy.fetch"]\n\n[rules]\n');
    assert.equal(taught('[models]'), '[models]\nnonblocking = ["legacy.fetch"]\n');
    assert.equal(taught('models = { blocking = ["a"] }\n'), 'models = { blocking = ["a"], nonblocking = ["legacy.fetch"] }\n');
    assert.equal(taught('models = {}\n'), 'models = { nonblocking = ["legacy.fetch"] }\n');
    assert.equal(inProject('[tool.unblock]\nmodels.blocking = ["a"]\nexclude = []\n'), '[tool.unblock]\nmodels.blocking = ["a"]\nmodels.nonblocking = ["legacy.fetch"]\nexclude = []\n');
    assert.equal(inProject('tool.unblock.models.offloads = [\n  "a",\n]\n'), 'tool.unblock.models.offloads = [\n  "a",\n]\ntool.unblock.models.nonblocking = ["legacy.fetch"]\n');
  });

  it('goes into a table of its own, below what is said about us', () => {
    assert.equal(inProject('[tool.unblock]\nexclude = ["gen"]\n\n[[tool.unblock.overrides]]\nfiles = ["tests"]\n\n[tool.ruff]\nline-length = 100\n'),
      '[tool.unblock]\nexclude = ["gen"]\n\n[[tool.unblock.overrides]]\nfiles = ["tests"]\n\n[tool.unblock.models]\nnonblocking = ["legacy.fetch"]\n\n[tool.ruff]\nline-length = 100\n');
    assert.equal(inProject('[project]\nname = "shop"'), '[project]\nname = "shop"\n\n[tool.unblock.models]\nnonblocking = ["legacy.fetch"]\n');
    assert.equal(inProject('[tool]\nunblock = { exclude = ["gen"] }\n'), '[tool]\nunblock = { exclude = ["gen"], models = { nonblocking = ["legacy.fetch"] } }\n');
    assert.equal(inProject('[tool]\nunblock.exclude = []\nruff.line-length = 100\n'), '[tool]\nunblock.exclude = []\nruff.line-length = 100\n\n[tool.unblock.models]\nnonblocking = ["legacy.fetch"]\n');
    assert.equal(taught(''), '[models]\nnonblocking = ["legacy.fetch"]\n');
    assert.equal(taught('exclude = ["gen"]\n\n\n'), 'exclude = ["gen"]\n\n[models]\nnonblocking = ["legacy.fetch"]\n');
  });

  it('is understood, and leaves the rest as it was', () => {
    const before = '# 你好 😀\nexclude = [ "gen" ]   # generated\n[rules]\nblocking-sleep = "off"\n';
    const after = taught(before)!;
    assert.ok(after.startsWith(before));
    assert.deepEqual(parseConfig('unblock.toml', after, []).config?.models?.nonblocking, ['legacy.fetch']);
  });

  it('is not written where it stands already, or where nobody could say how', () => {
    for (const text of ['[models]\nnonblocking = ["legacy.fetch"]\n', 'models = 1\n', '[models]\nnonblocking = "legacy.fetch"\n', '[[models]]\n', '[models\n']) assert.equal(taught(text), undefined, text);
    assert.equal(inProject('[tool]\nunblock = 3\n'), undefined);
    assert.equal(inProject('tool = "x"\n'), undefined);
  });
});
