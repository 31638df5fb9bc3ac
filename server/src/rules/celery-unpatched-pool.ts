/** Celery pools of greenlets that are chosen where Celery does not patch. */

import type { Facts } from '../facts.ts';
import { startsSomething } from '../findings/launches.ts';
import { removeFlagEdit } from '../fixes/flag.ts';
import { defineMessages, defineRule, type Edit, type Finding } from '../rule.ts';
import { greenletsOf, type Launch, type Setting } from '../workspace/launches.ts';
import { mentioning } from '../workspace/mentions.ts';
import { importRun } from '../workspace/patching.ts';
import type { Workspace } from '../workspace/workspace.ts';

const messages = defineMessages('celery-unpatched-pool', {
  attached: 'Celery patches for its {pool} pool only where it reads `-P {pool}` in two words: this worker runs in greenlets unpatched, and each blocking call stops every task. Write them apart',
  setting: 'Celery patches for its {pool} pool only when the command says so: a pool chosen here runs in greenlets unpatched, and each blocking call stops every task. Start the worker with `-P {pool}`, and leave this out',
  split: 'Write `-P {pool}` in two words',
});

export default defineRule({
  id: 'celery-unpatched-pool',
  summary: 'A Celery worker gets its pool of greenlets in a way that Celery does not patch for: `-Pgevent` in one word, or `worker_pool` in its settings.',
  level: 'warning',
  fix: 'safe',
  messages: messages.texts,

  concerns: (file, workspace) => (file.language === 'python' && namesPool(file)) || startsSomething(file, workspace),

  *check(file, workspace) {
    for (const launch of workspace.launches(file)) {
      const pool = launch.program === 'celery worker' ? launch.settings.get('pool') : undefined;
      const library = greenletsOf(launch);
      if (!pool?.flag || !library || launch.call || pool.path !== file.path || !/^-P./.test(pool.flag.value ?? '') || patchesItself(launch, workspace)) continue;
      const edit = splitEdit(file, launch, pool);
      yield {
        range: { start: pool.flag.start, end: pool.flag.end },
        message: messages.attached({ pool: library }),
        ...(edit ? { fixes: () => [{ title: messages.split({ pool: library }), safe: true, edits: [edit] }] } : {}),
      };
    }
    if (file.language === 'python' && namesPool(file)) yield* inCode(file, workspace);
  },
});

const namesPool = mentioning(/\bworker_pool\b|\bCELERYD_POOL\b|\bCELERY_WORKER_POOL\b/);

/** `worker_pool = "gevent"` in the settings of an application. */
function* inCode(file: Facts, workspace: Workspace): Iterable<Finding> {
  const seen = new Set<number>();
  for (const { launch } of workspace.allLaunches()) {
    if (launch.program !== 'celery worker') continue;
    for (const setting of [...launch.settings.values(), ...launch.overridden]) {
      if (setting.name !== 'pool' || setting.source !== 'config' || setting.path !== file.path || seen.has(setting.range.start)) continue;
      const library = setting.value;
      if ((library !== 'gevent' && library !== 'eventlet') || isPatchedBy(launch, library) || patchesItself(launch, workspace)) continue;
      seen.add(setting.range.start);
      yield { range: setting.range, message: messages.setting({ pool: library }) };
    }
  }
}

/** The command asks for the pool too, in a way that Celery sees. */
function isPatchedBy({ settings }: Launch, library: string): boolean {
  const pool = settings.get('pool');
  return pool?.source === 'flag' && (pool.value === undefined || pool.value !== library || !/^-P./.test(pool.flag?.value ?? ''));
}

function patchesItself(launch: Launch, workspace: Workspace): boolean {
  const entry = launch.entry === undefined ? undefined : workspace.file(launch.entry);
  if (launch.patchedBefore) return true;
  if (entry?.language !== 'python') return false;
  const run = importRun(entry, workspace, false);
  return run.patch !== undefined || run.hidden;
}

/** `-Pgevent` → `-P gevent`, in the way of the file. */
function splitEdit(file: Facts, launch: Launch, { flag }: Setting): Edit | undefined {
  const form = launch.command?.form;
  if (!flag || flag.indirect || !removeFlagEdit(file, launch, { word: flag, name: '-P' })) return undefined;
  const written = file.text.slice(flag.start, flag.end);
  const at = written.indexOf('-P');
  if (at === -1) return undefined;
  const place = flag.start + at + 2;
  const quote = /^["']/.exec(written)?.[0] ?? '';
  if (form === 'yaml-list') {
    const line = file.text.slice(file.text.lastIndexOf('\n', flag.start - 1) + 1, flag.start);
    if (!/^\s*- +$/.test(line)) return undefined;
    return { range: { start: place, end: place }, text: `${quote}\n${line}${quote}` };
  }
  return { range: { start: place, end: place }, text: form === 'json' ? `${quote}, ${quote}` : quote === '' ? ' ' : `${quote} ${quote}` };
}
