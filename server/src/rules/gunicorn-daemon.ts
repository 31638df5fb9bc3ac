/** Gunicorn in the background of a container or a supervisor, which then sees it end. */

import { concernsGunicorn, gunicornLaunches, once, placeOf, settingName } from '../findings/gunicorn.ts';
import { removeFlagEdit } from '../fixes/flag.ts';
import { defineMessages, defineRule, type Finding } from '../rule.ts';
import type { Facts } from '../facts.ts';
import { isOn, type Launch } from '../workspace/launches.ts';
import type { Workspace } from '../workspace/workspace.ts';

const message = defineMessages('gunicorn-daemon', {
  container: '`{name}` sends Gunicorn to the background, and a container ends with its first process. Remove it.',
  supervised: '`{name}` sends Gunicorn to the background, where what started it can neither watch nor stop it. Remove it.',
  remove: 'Remove `{name}`',
});

export default defineRule({
  id: 'gunicorn-daemon',
  summary: 'Gunicorn sends itself to the background in a container or under a supervisor, which then takes it for ended.',
  level: 'warning',
  fix: 'safe',
  messages: message.texts,

  concerns: concernsGunicorn,

  *check(file, workspace) {
    yield* once(gunicornLaunches(file, workspace).flatMap((launch) => finding(file, launch, workspace)));
  },
});

function finding(file: Facts, launch: Launch, workspace: Workspace): readonly Finding[] {
  const setting = launch.settings.get('daemon');
  const range = setting && placeOf(file, setting);
  if (!setting || !range || !isOn(setting)) return [];
  const says = launch.place === 'container' ? message.container : launch.place === 'supervised' ? message.supervised : undefined;
  if (!says || isMeant(launch, workspace)) return [];
  const name = settingName(setting);
  const edit = removeFlagEdit(file, launch, setting);
  return [{ range, message: says({ name }), ...(edit ? { fixes: () => [{ title: message.remove({ name }), safe: true, edits: [edit] }] } : {}) }];
}

/** Whether something else stays in the foreground, or the supervisor was told to expect a daemon. */
function isMeant({ command, path }: Launch, workspace: Workspace): boolean {
  const file = workspace.file(path);
  if (!file || !command) return false;
  if (file.language === 'systemd') return /^\s*Type\s*=\s*forking\b/m.test(file.text);
  return file.commands.some(({ start }) => start > command.end && (file.language === 'shell' || file.language === 'dockerfile' || !file.text.slice(command.end, start).includes('\n')));
}
