/** Servers that watch their sources in production. */

import type { Facts } from '../facts.ts';
import { isForDevelopment, rangeOfSetting, startsSomething } from '../findings/launches.ts';
import { removeFlagEdit, replaceFlagEdit } from '../fixes/flag.ts';
import { defineMessages, defineRule, type Finding } from '../rule.ts';
import { configSettings } from '../workspace/gunicorn-settings.ts';
import { isConfiguration } from '../workspace/configuration.ts';
import { isOn, type Launch } from '../workspace/launches.ts';
import { mentioning } from '../workspace/mentions.ts';
import type { Workspace } from '../workspace/workspace.ts';

const messages = defineMessages('launch-reload', {
  reload: '`{flag}` is for development: the server watches its sources, and starts anew in the middle of requests when a file changes. Leave it out where clients come',
  uvicorn: '`{flag}` is for development: Uvicorn watches its sources, starts anew in the middle of requests when a file changes, and serves with one process, whatever `workers` says. Leave it out where clients come',
  gunicorn: '`{flag}` is for development: Gunicorn watches its sources, starts the workers anew in the middle of requests when a file changes, and cannot preload. Leave it out where clients come',
  dev: '`fastapi dev` is for development: it reloads, listens on this machine only and serves with one process. Use `fastapi run` where clients come',
  started: 'starts this program',
  remove: 'Leave out `{flag}`',
  run: 'Use `fastapi run`',
});

export default defineRule({
  id: 'launch-reload',
  summary: 'A server watches its sources and reloads in something that is no development start.',
  level: 'warning',
  fix: 'safe',
  messages: messages.texts,

  concerns: (file, workspace) => file.language !== 'makefile' && ((file.language === 'python' && setsReload(file)) || startsSomething(file, workspace)),

  *check(file, workspace) {
    if (file.language === 'python') yield* inConfiguration(file, workspace);
    for (const launch of workspace.launches(file)) {
      const reload = launch.settings.get('reload');
      if (launch.program === 'flask' || (!isOn(reload) && launch.program !== 'fastapi') || isForDevelopment(launch) || isOverride(file, launch, workspace)) continue;
      if (launch.call) {
        const starter = isOn(reload) ? starterOf(file, launch, workspace) : undefined;
        if (starter) yield { ...found(file, launch), notes: [{ path: starter.path, range: starter.range, message: messages.started() }] };
      } else if (isOn(reload) && reload!.source !== 'config') yield found(file, launch);
      else if (launch.program === 'fastapi') yield* fastapiDev(file, launch);
    }
  },
});

function found(file: Facts, launch: Launch): Finding {
  const reload = launch.settings.get('reload')!;
  const flag = reload.source !== 'flag' ? reload.name : launch.command && reload.flag ? (reload.flag.value ?? '--reload') : 'reload=True';
  return {
    range: rangeOfSetting(file, launch, reload),
    message: (launch.program === 'gunicorn' ? messages.gunicorn : launch.program === 'uvicorn' ? messages.uvicorn : messages.reload)({ flag }),
    fixes: () => {
      const edit = removeFlagEdit(file, launch, reload);
      return edit ? [{ title: messages.remove({ flag }), safe: true, edits: [edit] }] : [];
    },
  };
}

function* fastapiDev(file: Facts, launch: Launch): Iterable<Finding> {
  const verb = launch.arguments.find(({ value }) => value === 'dev');
  if (!verb) return;
  yield {
    range: { start: verb.start, end: verb.end },
    message: messages.dev(),
    fixes: () => {
      const edit = replaceFlagEdit(file, launch, verb, 'run');
      return edit ? [{ title: messages.run(), safe: true, edits: [edit] }] : [];
    },
  };
}

const setsReload = mentioning(/^reload\b/m);

/** `reload = True` in Gunicorn's configuration. */
function* inConfiguration(file: Facts, workspace: Workspace): Iterable<Finding> {
  if (!setsReload(file) || !isConfiguration(file, workspace) || /(?:^|[/._-])(?:dev|development|local|debug|tests?)(?=[/._-]|$)/i.test(file.path)) return;
  const reload = configSettings(file, workspace).settings.get('reload');
  if (!reload || !isOn(reload) || reload.path !== file.path) return;
  const launches = workspace.allLaunches().filter(({ launch }) => launch.config === file.path);
  if (launches.length > 0 && launches.every(({ launch }) => isForDevelopment(launch))) return;
  // Which start reads it is not known, unless Gunicorn looks for it by itself.
  const unused = launches.length === 0 && !file.path.endsWith('gunicorn.conf.py');
  yield {
    range: reload.range,
    ...(unused ? { level: 'hint' } : {}),
    message: messages.gunicorn({ flag: 'reload' }),
    fixes: () => {
      const edit = removeFlagEdit(file, undefined, reload);
      return edit ? [{ title: messages.remove({ flag: 'reload' }), safe: true, edits: [edit] }] : [];
    },
  };
}

/** A start beside one of the same application that does without: a compose file or script for development. */
function isOverride(file: Facts, launch: Launch, workspace: Workspace): boolean {
  if (file.language === 'dockerfile' || file.language === 'systemd' || file.language === 'supervisor') return false;
  if (/override/i.test(file.path)) return true;
  if (file.language === 'compose' && [...workspace.paths].some((path) => /compose[^/]*prod|prod[^/]*compose/i.test(path))) return true;
  return workspace.allLaunches().some(({ launch: other }) => other.command && other.path !== file.path && !other.development && isServer(other) && other.application === launch.application && other.entry === launch.entry);
}

function isServer({ program }: Launch): boolean {
  return program === 'gunicorn' || program === 'uvicorn' || program === 'hypercorn' || program === 'granian' || program === 'fastapi';
}

/** What starts a Python program as the service: an image, a unit, a `Procfile`. */
function starterOf(file: Facts, launch: Launch, workspace: Workspace): Launch | undefined {
  if (launch.command) return launch.place === 'container' ? launch : undefined;
  return workspace.allLaunches().find(({ file: home, launch: other }) => other.program === 'python' && other.command && other.entry === file.path && !isForDevelopment(other)
    && (other.place === 'container' || other.place === 'supervised' || home.language === 'procfile'))?.launch;
}
