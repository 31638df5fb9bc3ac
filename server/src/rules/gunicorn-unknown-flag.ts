/** Flags that Gunicorn does not have, and names in its configuration file that are no setting. */

import { concernsGunicorn, firstLine, gunicornLaunches, once } from '../findings/gunicorn.ts';
import { replaceFlagEdit } from '../fixes/flag.ts';
import { gunicornSettings, isHonoured } from '../knowledge/gunicorn.ts';
import { serverTable, type ServerSetting } from '../knowledge/servers.ts';
import { defineMessages, defineRule, type Edit, type Finding, type Fix } from '../rule.ts';
import type { Facts } from '../facts.ts';
import { gunicornFile, type GunicornFile } from '../workspace/gunicorn-files.ts';
import type { Launch, UnknownFlag } from '../workspace/launches.ts';
import { mustBe, versionOf } from '../workspace/versions.ts';
import type { Workspace } from '../workspace/workspace.ts';

const message = defineMessages('gunicorn-unknown-flag', {
  unknown: 'Gunicorn has no flag `{flag}`, and does not start. Look it up in `gunicorn --help`.',
  meant: 'Gunicorn has no flag `{flag}`, and does not start. Write `{meant}`.',
  ambiguous: '`{flag}` may be short for {flags}: Gunicorn does not choose, and does not start. Write the one you mean in full.',
  early: '`{flag}` came with Gunicorn {since}, and {version} is asked for: it does not start. Ask for {since} or later, or remove it.',
  gone: '`{flag}` is gone since Gunicorn {until}, and {version} is asked for: it does not start. Remove it.',
  name: 'Gunicorn ignores `{name}`, which is no setting. Write `{meant}`.',
  nameToo: 'Gunicorn ignores `{name}`, which is no setting; `{meant}` is set as well. Remove it.',
  asked: 'The version is asked for here',
  write: 'Write `{meant}`',
});

const table = serverTable('gunicorn')!;

export default defineRule({
  id: 'gunicorn-unknown-flag',
  summary: 'A command has a flag that Gunicorn does not know and refuses, or its configuration file a name that is no setting and changes nothing.',
  level: 'error',
  fix: 'safe',
  messages: message.texts,

  concerns: concernsGunicorn,

  *check(file, workspace) {
    if (file.commands.length > 0) {
      yield* once(gunicornLaunches(file, workspace).flatMap((launch) => [
        ...launch.unknownFlags.flatMap((flag) => unknown(file, launch, flag)),
        ...otherVersions(file, launch, workspace),
      ]));
      return;
    }
    const read = gunicornFile(file, workspace);
    if (read) yield* names(file, read, gunicornLaunches(file, workspace));
  },
});

// ── Flags ──

function unknown(file: Facts, launch: Launch, flag: UnknownFlag): readonly Finding[] {
  const { word, name } = flag;
  // What a template or a shell makes of it is not known.
  if (!/^--?[A-Za-z][\w-]*$/.test(name)) return [];
  const range = firstLine(file, word);
  const short = [...table.settings.values()].flatMap(({ flags }) => flags).filter((flag) => flag.startsWith('--') && flag.startsWith(name));
  if (name.startsWith('--') && short.length > 1) return [{ range, message: message.ambiguous({ flag: name, flags: listed(short) }) }];
  // One letter is near to everything.
  const nearest = name.length > 2 ? table.nearest(name) : undefined;
  const meant = nearest?.flags.find((flag) => flag.startsWith('--'));
  if (!nearest || meant === undefined) return [{ range, message: message.unknown({ flag: name }) }];
  return [{ range, message: message.meant({ flag: name, meant }), fixes: () => (isOfUse(nearest, [launch]) ? writing(replaceFlagEdit(file, launch, flag, meant), meant) : []) }];
}

/** Flags that the version which the project asks for does not have yet, or no more. */
function otherVersions(file: Facts, launch: Launch, workspace: Workspace): readonly Finding[] {
  const version = versionOf(workspace, 'gunicorn');
  if (!version) return [];
  const shown = version.exact ?? (version.below === undefined ? `>=${version.minimum}` : `<${version.below}`);
  const notes = [{ path: version.path, range: firstLine(workspace.file(version.path)!, version.range), message: message.asked() }];
  return [...launch.settings.values()].flatMap((setting) => {
    const row = gunicornSettings.get(setting.name);
    if (!row || !setting.flag || setting.path !== file.path || setting.source !== 'flag') return [];
    const range = firstLine(file, setting.flag);
    const flag = row.flags.at(-1)!;
    if (row.since !== undefined && mustBe(version, `<${row.since}`)) return [{ range, message: message.early({ flag, since: row.since, version: shown }), notes }];
    if (row.until !== undefined && mustBe(version, `>=${row.until}`)) return [{ range, message: message.gone({ flag, until: row.until, version: shown }), notes }];
    return [];
  });
}

// ── Names in the configuration file ──

function* names(file: Facts, { assigned }: GunicornFile, launches: readonly Launch[]): Iterable<Finding> {
  for (const { name, nameRange } of assigned) {
    if (gunicornSettings.has(name) || !/^[a-z][a-z0-9_]*$/.test(name) || isRead(file, name)) continue;
    const meant = table.nearest(name);
    if (!meant || !isMeant(name, meant)) continue;
    if (assigned.some((other) => other.name === meant.name)) yield { range: nameRange, level: 'warning', message: message.nameToo({ name, meant: meant.name }), tags: ['unnecessary'] };
    else yield { range: nameRange, level: 'warning', message: message.name({ name, meant: meant.name }), fixes: () => (isOfUse(meant, launches) ? writing({ range: nameRange, text: meant.name }, meant.name) : []) };
  }
}

/** Whether a name was surely meant to be a setting: known to be written for it, or one letter away. */
function isMeant(name: string, { name: setting, flags, misspellings = [] }: ServerSetting): boolean {
  const letters = (text: string) => text.replace(/[-_]/g, '');
  return [setting, ...flags, ...misspellings].some((said) => letters(said) === letters(name)) || (name.length > 5 && oneApart(name, setting));
}

/** One letter more, less or other, or two neighbours swapped. */
function oneApart(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  return (left.length <= 1 && right.length <= 1) || (left.length === 2 && left === `${right[1]}${right[0]}`);
}

/** Whether the file itself uses a name that it binds. */
function isRead(file: Facts, name: string): boolean {
  const uses = file.text.replace(/#[^\r\n]*/g, '').match(new RegExp(String.raw`(?<![\w.])${name}(?!\w)`, 'g'))?.length ?? 0;
  return uses > (file.scopes[0]?.bindings.get(name)?.length ?? 0);
}

// ── Fixes ──

/** Whether writing a setting right has an effect: the worker class may ignore it, which is another finding. */
function isOfUse({ name }: ServerSetting, launches: readonly Launch[]): boolean {
  return launches.every(({ worker, workerClass }) => isHonoured(gunicornSettings.get(name)!, worker?.name ?? (workerClass === undefined ? 'sync' : 'gthread')));
}

function writing(edit: Edit | undefined, meant: string): readonly Fix[] {
  return edit ? [{ title: message.write({ meant }), safe: true, edits: [edit] }] : [];
}

function listed(flags: readonly string[]): string {
  return flags.map((flag) => `\`${flag}\``).join(', ');
}
