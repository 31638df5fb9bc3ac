/** Settings that the worker class of a launch ignores. */

import { concernsGunicorn, firstLine, gunicornLaunches, isOpen, once, placeOf, settingName, shortClass } from '../findings/gunicorn.ts';
import { removeFlagEdit } from '../fixes/flag.ts';
import { gunicornSettings, isHonoured } from '../knowledge/gunicorn.ts';
import { defineMessages, defineRule, type Finding, type Fix } from '../rule.ts';
import type { Facts } from '../facts.ts';
import type { Launch, Setting } from '../workspace/launches.ts';
import type { Workspace } from '../workspace/workspace.ts';

const message = defineMessages('gunicorn-ignored-flag', {
  ignored: '`{worker}` workers ignore `{name}`. Remove it, or choose a worker class that honours it: {classes}.',
  ignoredByAll: '`{worker}` workers ignore `{name}`. Remove it.',
  requests: '`{worker}` workers ignore `{name}`: they are never restarted, and a leak grows on. Remove it, or choose a worker class that honours it: {classes}.',
  alone: '`{name}` only varies `max_requests`, which nothing sets: workers are never restarted. Set `max_requests` too, or remove it.',
  unexported: '`GUNICORN_CMD_ARGS` is not exported: Gunicorn does not see these flags. Export it.',
  export: 'Export it',
  asked: 'The worker class is chosen here',
  remove: 'Remove `{name}`',
});

export default defineRule({
  id: 'gunicorn-ignored-flag',
  summary: 'A Gunicorn setting has no effect with the worker class of the command: `--threads` with gevent, `--keep-alive` with sync, `--max-requests` with gevent-websocket.',
  level: 'warning',
  fix: 'safe',
  messages: message.texts,

  concerns: concernsGunicorn,

  *check(file, workspace) {
    const launches = gunicornLaunches(file, workspace);
    const configures = file.commands.length === 0;
    if (launches.length > 0) yield* unexported(file, launches);
    yield* once(launches.flatMap((launch) => ignored(file, launch, workspace)).filter(({ setting }) =>
      // A configuration file may serve commands of several worker classes: one that honours the setting is enough.
      !configures || launches.every((launch) => !launch.worker || !isHonoured(gunicornSettings.get(setting.name)!, launch.worker.name) || setting.name === 'max_requests_jitter')));
  },
});

/** `GUNICORN_CMD_ARGS=…` in a script that never exports it. */
function* unexported(file: Facts, launches: readonly Launch[]): Iterable<Finding> {
  // A file that is sourced, and `set -a`, may export it.
  if (file.language !== 'shell' || /\bexport\s+(?:-\w+\s+)*GUNICORN_CMD_ARGS\b|\bdeclare\s+-\w*x|\bset\s+-\w*a|-o\s+allexport|^\s*(?:source|\.)\s/m.test(file.text)) return;
  for (const match of file.text.matchAll(/(?<=^|[;&|(]|\bthen|\bdo|\belse)([ \t]*)GUNICORN_CMD_ARGS(?=\+?=)/gm)) {
    const start = match.index + match[1]!.length;
    const before = file.commands.some(({ assignments, words }) => words.length > 0 && assignments.some((assignment) => assignment.start === start));
    if (before || !launches.some(({ command, range }) => range.start > start && !command!.exported.has('GUNICORN_CMD_ARGS'))) continue;
    yield {
      range: { start, end: start + 'GUNICORN_CMD_ARGS'.length },
      message: message.unexported(),
      fixes: () => [{ title: message.export(), safe: false, edits: [{ range: { start, end: start }, text: 'export ' }] }],
    };
  }
}

type Ignored = Finding & { readonly setting: Setting };

function ignored(file: Facts, launch: Launch, workspace: Workspace): readonly Ignored[] {
  const { worker, settings } = launch;
  if (!worker || isOpen(settings.get('worker_class'), workspace)) return [];
  return [...settings.values()].flatMap((setting) => {
    const row = gunicornSettings.get(setting.name);
    const place = placeOf(file, setting);
    // What says the default anyway deceives nobody.
    if (!row || !place || setting.value === undefined || setting.value === String(row.default) || setting.source === 'default-environment') return [];
    const name = settingName(setting);
    const fixes = () => removal(file, launch, setting, name);
    if (setting.name === 'max_requests_jitter' && launch.complete && isHonoured(row, worker.name) && (settings.get('max_requests')?.value ?? '0') === '0' && !settings.get('max_requests')?.computed) {
      return settings.has('max_requests') && settings.get('max_requests')!.value === undefined ? [] : [{ setting, range: place, message: message.alone({ name }), fixes }];
    }
    if (isHonoured(row, worker.name) || (setting.name === 'threads' && isOpen(setting, workspace))) return [];
    const chosen = settings.get('worker_class');
    const classes = row.honoured_by!.filter((one) => offered.has(one)).map((one) => `\`${one}\``).join(', ');
    const says = classes === '' ? message.ignoredByAll : setting.name === 'max_requests' ? message.requests : message.ignored;
    return [{
      setting,
      range: place,
      message: says({ worker: shortClass(launch), name, ...(classes === '' ? {} : { classes }) }),
      tags: ['unnecessary' as const],
      ...(chosen && (chosen.path !== file.path || chosen.source !== 'flag') ? { notes: [{ path: chosen.path, range: firstLine(workspace.file(chosen.path)!, chosen.range), message: message.asked() }] } : {}),
      fixes,
    }];
  });
}

/** Worker classes worth naming: those that Gunicorn itself brings, and keeps. */
const offered: ReadonlySet<string> = new Set(['sync', 'gthread', 'gevent', 'asgi']);

function removal(file: Facts, launch: Launch, setting: Setting, name: string): readonly Fix[] {
  const edit = removeFlagEdit(file, launch, setting);
  return edit ? [{ title: message.remove({ name }), safe: true, edits: [edit] }] : [];
}
