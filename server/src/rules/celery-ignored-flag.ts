/** Options that the pool of a Celery worker does not look at. */

import type { Facts } from '../facts.ts';
import { rangeOfSetting, startsSomething } from '../findings/launches.ts';
import { removeFlagEdit } from '../fixes/flag.ts';
import { serverTable } from '../knowledge/servers.ts';
import { defineMessages, defineRule, type Fix } from '../rule.ts';
import type { Launch, Setting } from '../workspace/launches.ts';
import { mentioning } from '../workspace/mentions.ts';
import type { Workspace } from '../workspace/workspace.ts';

const messages = defineMessages('celery-ignored-flag', {
  processes: '`{setting}` has no effect with the `{pool}` pool: it is for pools of processes',
  soft: '`{setting}` has no effect with the `{pool}` pool: there is no signal to raise in the task; `--time-limit` ends one that waits',
  solo: '`{setting}` has no effect with the `solo` pool: it runs one task after the other',
  other: '`{setting}` has no effect with the `{pool}` pool',
  worker: 'This worker has the `{pool}` pool',
  remove: 'Leave out `{setting}`',
});

export default defineRule({
  id: 'celery-ignored-flag',
  summary: 'An option of a Celery worker that its pool does not look at, such as `--max-tasks-per-child` with gevent.',
  level: 'info',
  fix: 'safe',
  messages: messages.texts,

  concerns: (file, workspace) => (file.language === 'python' && namesSettings(file)) || startsSomething(file, workspace),

  *check(file, workspace) {
    for (const launch of workspace.launches(file)) {
      const pool = poolOf(launch);
      if (pool === undefined) continue;
      for (const setting of launch.settings.values()) {
        if (setting.source === 'config' || setting.path !== file.path || !isIgnored(setting, pool)) continue;
        yield { range: rangeOfSetting(file, launch, setting), message: messageOf(setting, pool), tags: ['unnecessary'], fixes: () => fixes(file, launch, setting) };
      }
    }
    if (file.language === 'python' && namesSettings(file)) yield* inCode(file, workspace);
  },
});

const namesSettings = mentioning(/_(?:limit|per_child|concurrency|autoscale)\b/i);

/** Settings in the application's code that no worker of it looks at. */
function* inCode(file: Facts, workspace: Workspace) {
  const workers = workersConfiguredIn(workspace).get(file.path);
  if (!workers) return;
  const seen = new Set<number>();
  for (const { settings } of workers) {
    for (const setting of settings.values()) {
      if (setting.source !== 'config' || setting.path !== file.path || seen.has(setting.range.start)) continue;
      seen.add(setting.range.start);
      const pools = workers.map(poolOf);
      if (!pools.every((pool) => pool !== undefined && isIgnored(setting, pool))) continue;
      const [worker] = workers;
      yield {
        range: setting.range,
        message: messageOf(setting, pools[0]!, file.text.slice(setting.range.start, setting.range.end)),
        notes: [{ path: worker!.path, range: worker!.range, message: messages.worker({ pool: pools[0]! }) }],
      };
    }
  }
}

/** The workers whose settings a file of Python holds. */
function workersConfiguredIn(workspace: Workspace): ReadonlyMap<string, readonly Launch[]> {
  return workspace.remembered('celery workers by configuration', () => {
    const found = new Map<string, Launch[]>();
    for (const { launch } of workspace.allLaunches()) {
      if (launch.program !== 'celery worker') continue;
      for (const path of new Set([...launch.settings.values(), ...launch.overridden].flatMap(({ source, path: home }) => (source === 'config' ? [home] : [])))) {
        const known = found.get(path);
        if (known) known.push(launch);
        else found.set(path, [launch]);
      }
    }
    return found;
  });
}

/** The pool by its usual name; undefined when nobody knows, and for a class of the project's own. */
function poolOf({ program, settings, complete }: Launch): string | undefined {
  if (program !== 'celery worker') return undefined;
  const pool = settings.get('pool');
  const name = pool ? pool.value : complete ? 'prefork' : undefined;
  return name !== undefined && ['prefork', 'processes', 'gevent', 'eventlet', 'threads', 'solo'].includes(name) ? name : undefined;
}

function isIgnored({ name, value }: Setting, pool: string): boolean {
  const honoured = serverTable('celery worker')!.settings.get(name)?.honoured_by;
  if (!honoured || honoured.includes(pool)) return false;
  // One task at a time is what `solo` does; nothing and nobody is what `None` and `0` ask for.
  return !(name === 'concurrency' && value === '1') && value !== 'None' && value !== '0';
}

function messageOf({ name, flag }: Setting, pool: string, written?: string) {
  const setting = written ?? (flag?.value?.startsWith('--') ? flag.value.replace(/=.*$/s, '') : (flag?.value?.slice(0, 2) ?? name));
  if (pool === 'solo') return messages.solo({ setting });
  if (name === 'soft_time_limit' && pool !== 'threads') return messages.soft({ setting, pool });
  return /per_child$|^optimization$/.test(name) ? messages.processes({ setting, pool }) : messages.other({ setting, pool });
}

function fixes(file: Facts, launch: Launch, setting: Setting): readonly Fix[] {
  const edit = setting.source === 'flag' ? removeFlagEdit(file, launch, setting) : undefined;
  const written = setting.flag?.value ?? setting.name;
  return edit ? [{ title: messages.remove({ setting: written.startsWith('--') ? written.replace(/=.*$/s, '') : written.slice(0, 2) }), safe: true, edits: [edit] }] : [];
}
