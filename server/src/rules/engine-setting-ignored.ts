/** Settings of the connection pool that nobody reads. */

import { engineOptionsEdit } from '../fixes/engine-options.ts';
import type { Facts } from '../facts.ts';
import { defineMessages, defineRule, type Edit, type Finding, type Message, type Note } from '../rule.ts';
import { databaseOf } from '../knowledge/engines.ts';
import { urlOf } from '../workspace/database-url.ts';
import { type ConfigEntry, entriesOf, flaskConfig, isReadElsewhere, writesSettings } from '../workspace/flask-config.ts';
import { mayBe, mustBe, versionOf } from '../workspace/versions.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { firstLine } from '../findings/lines.ts';

const messages = defineMessages('engine-setting-ignored', {
  removed: 'Flask-SQLAlchemy 3 does not read {keys}: the pool runs with its defaults; say it in `SQLALCHEMY_ENGINE_OPTIONS`',
  maybe: 'Flask-SQLAlchemy does not read {keys} since 3.0, and the pool runs with its defaults there; say it in `SQLALCHEMY_ENGINE_OPTIONS`, which every version since 2.4 reads',
  deprecated: 'Flask-SQLAlchemy 3 will not read {keys} any more; say it in `SQLALCHEMY_ENGINE_OPTIONS`, which every version since 2.4 reads',
  unknown: 'No version of Flask-SQLAlchemy reads {keys}; say it in `SQLALCHEMY_ENGINE_OPTIONS`',
  unread: 'Nothing hands {keys} to `app.config`, so the pool runs with its defaults; give them to the application as `SQLALCHEMY_ENGINE_OPTIONS`',
  version: 'the version that is required',
  loaded: 'the application’s settings come from here',
  also: 'nor this',
  fix: 'Say it in `SQLALCHEMY_ENGINE_OPTIONS`',
});

/** Settings of Flask-SQLAlchemy 2 by the engine’s name for them. */
const removed: ReadonlyMap<string, string> = new Map([
  ['SQLALCHEMY_POOL_SIZE', 'pool_size'], ['SQLALCHEMY_MAX_OVERFLOW', 'max_overflow'], ['SQLALCHEMY_POOL_TIMEOUT', 'pool_timeout'], ['SQLALCHEMY_POOL_RECYCLE', 'pool_recycle'],
]);
/** Names that look like settings, and never were. */
const invented: ReadonlyMap<string, string> = new Map([
  ['SQLALCHEMY_POOL_PRE_PING', 'pool_pre_ping'], ['SQLALCHEMY_PRE_PING', 'pool_pre_ping'], ['SQLALCHEMY_POOL_MAX_OVERFLOW', 'max_overflow'],
  ['SQLALCHEMY_POOL_USE_LIFO', 'pool_use_lifo'], ['SQLALCHEMY_ENGINE_POOL_SIZE', 'pool_size'],
]);

export default defineRule({
  id: 'engine-setting-ignored',
  summary: 'A setting of the connection pool has no effect: Flask-SQLAlchemy does not read it, or it never arrives in `app.config`.',
  level: 'warning',
  fix: 'safe',
  messages: messages.texts,

  concerns: writesSettings,

  *check(file, workspace) {
    const entries = entriesOf(file).filter(({ key }) => removed.has(key) || invented.has(key) || key === 'SQLALCHEMY_ENGINE_OPTIONS');
    if (entries.length === 0 || workspace.isScript(file) || !usesFlaskSqlalchemy(workspace)) return;
    for (const group of groupsOf(entries)) {
      const silent = group.filter((entry) => !isReadElsewhere(entry, workspace));
      yield* neverArriving(silent, workspace);
      yield* notRead(silent, file, workspace);
    }
  },
});

/** Entries of one class, module, application or call. */
function groupsOf(entries: readonly ConfigEntry[]): readonly (readonly ConfigEntry[])[] {
  const groups = new Map<string, ConfigEntry[]>();
  for (const entry of entries) {
    const key = `${entry.kind} ${entry.scope} ${entry.value.block}`;
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  return [...groups.values()];
}

function* neverArriving(group: readonly ConfigEntry[], workspace: Workspace): Iterable<Finding> {
  const config = flaskConfig(workspace);
  const lost = group.filter((entry) => !invented.has(entry.key) && config.arrives(entry) === false);
  // A module that nobody imports is an old one, and other settings may say of the pool what is to be said.
  if (lost.length === 0 || config.loads === undefined || !workspace.isImported(lost[0]!.file.path)) return;
  if (config.entries.some((entry) => config.arrives(entry) !== false && (removed.has(entry.key) || entry.key === 'SQLALCHEMY_ENGINE_OPTIONS'))) return;
  const notes = [{ ...config.loads, message: messages.loaded() }, ...lost.slice(1).map(({ file, range }) => ({ path: file.path, range, message: messages.also() }))];
  yield finding(lost, messages.unread({ keys: keysOf(lost) }), undefined, notes);
}

function* notRead(group: readonly ConfigEntry[], file: Facts, workspace: Workspace): Iterable<Finding> {
  const config = flaskConfig(workspace);
  const version = versionOf(workspace, 'flask-sqlalchemy');
  const old = group.filter((entry) => removed.has(entry.key) && (config.arrives(entry) !== false || config.loads === undefined));
  const made = group.filter((entry) => invented.has(entry.key));
  const notes = version ? [{ path: version.path, range: firstLine(workspace.file(version.path)!, version.range), message: messages.version() }] : [];
  const fixed = [...old, ...made].sort((a, b) => a.range.start - b.range.start);
  const edit = (): Edit | undefined => engineOptionsEdit(file, fixed.map((entry) => ({ entry, name: (removed.get(entry.key) ?? invented.get(entry.key))! })), group.find(({ key }) => key === 'SQLALCHEMY_ENGINE_OPTIONS'));
  const fix = { edit, safe: fixed.every(({ value }) => value.expression.kind === 'constant' && value.expression.value !== null) && takesPool(workspace) };
  if (old.length > 0) {
    if (mustBe(version, '>=3')) yield finding(old, messages.removed({ keys: keysOf(old) }), fix, notes);
    else if (mustBe(version, '<3')) yield { ...finding(old, messages.deprecated({ keys: keysOf(old) }), fix, notes), level: 'hint' };
    else yield { ...finding(old, messages.maybe({ keys: keysOf(old) }), fix, mayBe(version, '>=3') ? notes : []), level: 'info' };
  }
  if (made.length > 0) yield finding(made, messages.unknown({ keys: keysOf(made) }), old.length > 0 ? undefined : fix, []);
}

function finding(entries: readonly ConfigEntry[], message: Message, fix: { edit: () => Edit | undefined; safe: boolean } | undefined, notes: readonly Note[]): Finding {
  return {
    range: entries[0]!.range,
    message,
    notes,
    ...(fix ? { fixes: () => {
      const edit = fix.edit();
      return edit ? [{ title: messages.fix(), safe: fix.safe, edits: [edit] }] : [];
    } } : {}),
  };
}

function keysOf(entries: readonly ConfigEntry[]): string {
  return [...new Set(entries.map(({ key }) => `\`${key}\``))].join(', ');
}

/** Whether the pool is known to take these settings: SQLite's may refuse them. */
function takesPool(workspace: Workspace): boolean {
  const { entries } = flaskConfig(workspace);
  const { schemes } = urlOf(entries.filter(({ key }) => key === 'SQLALCHEMY_DATABASE_URI').map(({ value }) => value), undefined, workspace);
  return schemes.length > 0 && schemes.every((scheme) => databaseOf(scheme) !== undefined);
}

function usesFlaskSqlalchemy(workspace: Workspace): boolean {
  return workspace.remembered('uses Flask-SQLAlchemy', () => {
    if (versionOf(workspace, 'flask-sqlalchemy') !== undefined) return true;
    for (const path of workspace.paths) if (/\bflask_sqlalchemy\b/.test(workspace.file(path)!.text)) return true;
    return false;
  });
}
