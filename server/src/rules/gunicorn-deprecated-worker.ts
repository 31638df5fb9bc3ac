/** Worker classes that are going away. */

import { concernsGunicorn, firstLine, gunicornLaunches, once, valuePlace } from '../findings/gunicorn.ts';
import { valueEdit } from '../fixes/flag.ts';
import { gunicornWorker } from '../knowledge/gunicorn.ts';
import { defineMessages, defineRule, type Finding, type Fix } from '../rule.ts';
import type { Facts } from '../facts.ts';
import { isConfiguration } from '../workspace/configuration.ts';
import { configSettings } from '../workspace/gunicorn-settings.ts';
import type { Launch, Setting } from '../workspace/launches.ts';
import { mentioning } from '../workspace/mentions.ts';
import { mustBe, versionOf, type PackageVersion } from '../workspace/versions.ts';
import type { Workspace } from '../workspace/workspace.ts';

const message = defineMessages('gunicorn-deprecated-worker', {
  eventlet: 'Gunicorn 26 has no eventlet worker any more, and eventlet itself is being retired. Move to `gevent`, or to `gthread` with `--threads`.',
  eventletGone: 'Gunicorn {version} has no eventlet worker: it does not start. Move to `gevent`, or to `gthread` with `--threads`.',
  uvicorn: '`{value}` is deprecated since Uvicorn 0.30; the package `uvicorn-worker` keeps it. Require that, and write `{meant}`.',
  asked: 'The version is asked for here',
  write: 'Write `{meant}`',
});

export default defineRule({
  id: 'gunicorn-deprecated-worker',
  summary: 'A worker class that is going away: `eventlet`, which Gunicorn 26 removed, or `uvicorn.workers`, which Uvicorn deprecates.',
  level: 'warning',
  fix: 'safe',
  messages: message.texts,

  concerns: (file, workspace) => (file.language === 'python' && namesClass(file)) || concernsGunicorn(file, workspace),

  *check(file, workspace) {
    const launches = gunicornLaunches(file, workspace);
    yield* once(launches.flatMap((launch) => deprecated(file, launch, launch.settings.get('worker_class'), workspace)));
    // A configuration file that no command names speaks for itself.
    if (launches.length === 0 && file.language === 'python' && namesClass(file) && isConfiguration(file, workspace)) {
      yield* deprecated(file, undefined, configSettings(file, workspace).settings.get('worker_class'), workspace);
    }
  },
});

const namesClass = mentioning(/worker_class/);

function deprecated(file: Facts, launch: Launch | undefined, setting: Setting | undefined, workspace: Workspace): readonly Finding[] {
  const value = setting?.value;
  const range = setting && valuePlace(file, setting);
  if (!setting || value === undefined || !range) return [];
  const fixes = (meant: string, safe: boolean) => (): readonly Fix[] => {
    const edit = valueEdit(file, launch, setting, meant);
    return edit ? [{ title: message.write({ meant }), safe, edits: [edit] }] : [];
  };
  const worker = gunicornWorker(value);
  if (worker?.name === 'eventlet') {
    const version = versionOf(workspace, 'gunicorn');
    const gone = mustBe(version, '>=26');
    return [{
      range,
      level: gone ? 'error' : 'warning',
      message: gone ? message.eventletGone({ version: shown(version!) }) : message.eventlet(),
      tags: ['deprecated'],
      ...(gone ? { notes: [{ path: version!.path, range: firstLine(workspace.file(version!.path)!, version!.range), message: message.asked() }] } : {}),
      ...(versionOf(workspace, 'gevent') ? { fixes: fixes('gevent', false) } : {}),
    }];
  }
  if (worker?.name !== 'uvicorn' || !value.startsWith('uvicorn.') || mustBe(versionOf(workspace, 'uvicorn'), '<0.30')) return [];
  const meant = value.replace(/^uvicorn\.workers[.:]/, 'uvicorn_worker.');
  // Without its package the new class does not start.
  return [{ range, level: 'info', message: message.uvicorn({ value, meant }), tags: ['deprecated'], ...(versionOf(workspace, 'uvicorn-worker') ? { fixes: fixes(meant, true) } : {}) }];
}

function shown({ exact, minimum }: PackageVersion): string {
  return exact ?? `${minimum}`;
}
