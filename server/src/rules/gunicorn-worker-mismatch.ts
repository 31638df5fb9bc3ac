/** ASGI applications under WSGI workers, and the reverse. */

import { concernsGunicorn, firstLine, gunicornLaunches, once, shortClass } from '../findings/gunicorn.ts';
import { flagEdit, removeFlagEdit, valueEdit } from '../fixes/flag.ts';
import { gunicornSettings, gunicornWorker, isHonoured } from '../knowledge/gunicorn.ts';
import { defineMessages, defineRule, type Edit, type Finding } from '../rule.ts';
import type { Facts } from '../facts.ts';
import { applicationOf } from '../workspace/applications.ts';
import type { Launch } from '../workspace/launches.ts';
import { mustBe, versionOf } from '../workspace/versions.ts';
import type { Workspace } from '../workspace/workspace.ts';

const message = defineMessages('gunicorn-worker-mismatch', {
  asgi: '`{application}` is an ASGI application, and `{worker}` workers call it as WSGI: every request fails. Use `-k {meant}`.',
  wsgi: '`{application}` is a WSGI application, and `{worker}` workers call it as ASGI: every request fails. Use `-k {meant}`.',
  made: 'The application is made here',
  write: 'Write `-k {meant}`',
});

export default defineRule({
  id: 'gunicorn-worker-mismatch',
  summary: 'A worker class of Gunicorn that cannot run its application: an ASGI application under a WSGI worker, or the reverse.',
  level: 'error',
  fix: 'safe',
  messages: message.texts,

  concerns: concernsGunicorn,

  *check(file, workspace) {
    yield* once(gunicornLaunches(file, workspace).flatMap((launch) => finding(file, launch, workspace)));
  },
});

const wsgiWorkers: ReadonlySet<string> = new Set(['sync', 'gthread', 'gevent', 'pywsgi', 'gws', 'eventlet', 'tornado']);
const asgiWorkers: ReadonlySet<string> = new Set(['uvicorn', 'asgi']);

function finding(file: Facts, launch: Launch, workspace: Workspace): readonly Finding[] {
  const { worker, application: written } = launch;
  if (!worker || written === undefined) return [];
  const chosen = launch.settings.get('worker_class');
  // Without a class, another may be chosen out of sight.
  if (!chosen && !launch.complete) return [];
  const range = chosen ? (chosen.path === file.path ? chosen.range : undefined) : launch.path === file.path ? launch.range : undefined;
  if (!range) return [];
  const application = applicationOf(launch, workspace);
  const wrong = application?.interface === 'asgi' ? wsgiWorkers.has(worker.name) : application?.interface === 'wsgi' && asgiWorkers.has(worker.name);
  if (!application || !wrong) return [];
  const meant = application.interface === 'asgi' ? asgiWorker(workspace) : { name: launch.settings.has('keepalive') ? 'gthread' : 'sync', installed: true };
  const place = application.path === undefined ? undefined : workspace.file(application.path);
  return [{
    range: firstLine(file, range),
    message: message[application.interface!]({ application: written, worker: shortClass(launch), meant: meant.name }),
    ...(place && application.range ? { notes: [{ path: place.path, range: firstLine(place, application.range), message: message.made() }] } : {}),
    fixes: () => {
      const edit: Edit | undefined = chosen ? valueEdit(file, launch, chosen, meant.name) : flagEdit(file, launch, [{ name: '--worker-class', value: meant.name }]);
      return edit ? [{ title: message.write({ meant: meant.name }), safe: meant.installed, edits: [edit, ...removals(file, launch, meant.name)] }] : [];
    },
  }];
}

/** What the other class ignores goes with the one that honoured it. */
function removals(file: Facts, launch: Launch, worker: string): readonly Edit[] {
  const { name } = gunicornWorker(worker)!;
  return [...launch.settings.values()].flatMap((setting) => {
    const row = gunicornSettings.get(setting.name);
    const edit = row && setting.source === 'flag' && !isHonoured(row, name) ? removeFlagEdit(file, launch, setting) : undefined;
    return edit ? [edit] : [];
  });
}

/** The ASGI worker class that the project can start with what it requires. */
function asgiWorker(workspace: Workspace): { readonly name: string; readonly installed: boolean } {
  if (!versionOf(workspace, 'uvicorn-worker') && mustBe(versionOf(workspace, 'gunicorn'), '>=25.1')) return { name: 'asgi', installed: true };
  return { name: 'uvicorn_worker.UvicornWorker', installed: versionOf(workspace, 'uvicorn-worker') !== undefined };
}
