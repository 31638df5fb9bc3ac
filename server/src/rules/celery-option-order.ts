/** Options of Celery on the wrong side of its sub-command. */

import type { Facts, Word } from '../facts.ts';
import { startsSomething } from '../findings/launches.ts';
import { flagEdit, removeFlagEdit } from '../fixes/flag.ts';
import { serverTable } from '../knowledge/servers.ts';
import { defineMessages, defineRule, type Edit, type Fix } from '../rule.ts';
import { verbOf } from '../workspace/arguments.ts';
import type { Launch, Setting } from '../workspace/launches.ts';
import { mayBe, versionOf } from '../workspace/versions.ts';
import type { Workspace } from '../workspace/workspace.ts';

const messages = defineMessages('celery-option-order', {
  behind: '`{flag}` belongs before `{verb}`: since Celery 5 the sub-command does not know it, and the command ends with an error',
  before: '`{flag}` belongs behind `{verb}`: since Celery 5 only options of the whole program may stand before the sub-command, and the command ends with an error',
  forward: 'Write it before `{verb}`',
  back: 'Write it behind `{verb}`',
});

export default defineRule({
  id: 'celery-option-order',
  summary: '`celery worker -A app`: since Celery 5 `-A` stands before the sub-command, and options of the worker behind it.',
  level: 'error',
  fix: 'safe',
  messages: messages.texts,

  concerns: startsSomething,

  *check(file, workspace) {
    for (const launch of workspace.launches(file)) {
      if (!launch.program.startsWith('celery ') || !launch.command || !fails(workspace)) continue;
      const verb = verbIn(launch);
      if (!verb) continue;
      for (const setting of [...launch.settings.values(), ...launch.overridden]) {
        const { flag } = setting;
        if (!flag || setting.source !== 'flag' || setting.path !== file.path || !flag.value?.startsWith('-')) continue;
        const whole = serverTable(launch.program)!.settings.get(setting.name)?.of === undefined;
        if (whole === isBefore(launch, flag, verb)) continue;
        const values = { flag: flag.value.startsWith('--') ? flag.value.replace(/=.*$/s, '') : flag.value.slice(0, 2), verb: verb.value! };
        yield {
          range: { start: flag.start, end: flag.end },
          message: (whole ? messages.behind : messages.before)(values),
          // Which Celery runs is not known: most likely one that refuses it.
          ...(versionOf(workspace, 'celery') ? {} : { level: 'hint' as const }),
          fixes: () => fixes(file, launch, setting, verb, whole),
        };
      }
    }
  },
});

/** Celery 4 took both. */
function fails(workspace: Workspace): boolean {
  const version = versionOf(workspace, 'celery');
  return version === undefined || mayBe(version, '>=5');
}

/** By their order, for words out of one variable (`celery $ARGUMENTS`) stand in one place. */
function isBefore({ arguments: words }: Launch, flag: Word, verb: Word): boolean {
  const [first, second] = [words.indexOf(flag), words.indexOf(verb)];
  return first === -1 || second === -1 ? flag.start < verb.start : first < second;
}

function verbIn(launch: Launch): Word | undefined {
  const verb = launch.program.slice('celery '.length);
  const found = verbOf(launch.arguments, serverTable(launch.program)!);
  return found?.value === verb ? found : launch.arguments.find(({ value }) => value === verb);
}

function fixes(file: Facts, launch: Launch, setting: Setting, verb: Word, whole: boolean): readonly Fix[] {
  const removal = removeFlagEdit(file, launch, setting);
  if (!removal || verb.indirect) return [];
  const flag = setting.flag!;
  const title = (whole ? messages.forward : messages.back)({ verb: verb.value! });
  if (!whole) {
    const [name, attached] = flag.value!.startsWith('--') && flag.value!.includes('=') ? [/^[^=]*/.exec(flag.value!)![0], flag.value!.slice(flag.value!.indexOf('=') + 1)] : [flag.value!, undefined];
    const value = attached ?? (setting.range.start > flag.start ? setting.value : undefined);
    if (setting.range.start > flag.start && value === undefined) return [];
    const edit = flagEdit(file, launch, [{ name, ...(value === undefined ? {} : { value }) }]);
    // It must not be written behind itself.
    return edit && edit.range.start >= verb.end ? [{ title, safe: true, edits: [removal, edit] }] : [];
  }
  // What stands in the file moves as it is written: quotes, commas, list items.
  const end = setting.range.start > flag.start ? setting.range.end : flag.end;
  const between = file.text.slice(verb.start, verb.end);
  const moved = file.text.slice(flag.start, end);
  const glue = launch.command!.form === 'json' ? ', ' : launch.command!.form === 'yaml-list' ? undefined : ' ';
  const insertion: Edit | undefined = glue === undefined ? itemInsertion(file, verb, flag, end) : { range: { start: verb.start, end: verb.start }, text: moved.replace(/\s*\\\r?\n\s*/g, ' ') + glue };
  return insertion && between !== '' ? [{ title, safe: true, edits: [insertion, removal] }] : [];
}

/** Before the line of `verb`, the lines of the flag and its value. */
function itemInsertion(file: Facts, verb: Word, flag: Word, end: number): Edit | undefined {
  const lineStart = (at: number) => file.text.lastIndexOf('\n', at - 1) + 1;
  const place = lineStart(verb.start);
  const lineEnd = file.text.indexOf('\n', end);
  if (!/^\s*- /.test(file.text.slice(place, verb.start)) || lineStart(flag.start) === place) {
    return { range: { start: verb.start, end: verb.start }, text: `${file.text.slice(flag.start, end)}, ` };
  }
  return lineEnd === -1 ? undefined : { range: { start: place, end: place }, text: file.text.slice(lineStart(flag.start), lineEnd + 1) };
}
