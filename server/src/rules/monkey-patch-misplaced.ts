/** Patching inside a server that serves in threads, in processes or on an event loop. */

import { firstLine, once } from '../findings/gunicorn.ts';
import { defineMessages, defineRule, type Finding, type Level, type Message } from '../rule.ts';
import type { Facts } from '../facts.ts';
import { mentioning } from '../workspace/mentions.ts';
import type { Patch } from '../workspace/patching.ts';
import { startedPrograms, type StartedProgram } from '../workspace/started.ts';
import type { Workspace } from '../workspace/workspace.ts';

const message = defineMessages('monkey-patch-misplaced', {
  threads: 'This patches inside a `gthread` worker, whose threads and selector are there already: it accepts connections and answers none. Use `-k gevent`, or do not patch.',
  loop: 'This patches a process of {server}, which is an asyncio server: its signal handlers fail, and the worker ends over and over. Do not patch here.',
  asyncio: 'This patches a process of {server}, which is an asyncio server: gevent and asyncio do not share a thread. Do not patch here.',
  sync: 'This patches a `sync` worker, which still serves one request at a time: it brings nothing. Use `-k gevent`, or do not patch.',
  started: 'It is started here',
});

export default defineRule({
  id: 'monkey-patch-misplaced',
  summary: '`monkey.patch_all()` runs in a server that is not gevent’s: a threaded worker stops answering, an asyncio server crashes.',
  level: 'error',
  fix: 'none',
  messages: message.texts,

  concerns: (file) => file.language === 'python' && speaksOfPatching(file),

  *check(file, workspace) {
    // A patching is reached by several programs: the worst of them is said.
    const programs = startedPrograms(workspace);
    const found = programs.flatMap((program) => finding(file, program, workspace))
      // Where it has its use under another launch, a sync worker is no harm.
      .filter(({ level }) => level !== 'info' || !programs.some(({ library, run, config }) => library && (run?.files.includes(file) || config === file)));
    const weight: Readonly<Record<Level, number>> = { error: 3, warning: 2, info: 1, hint: 0 };
    const worst = new Map<number, Finding>();
    for (const one of found) {
      const known = worst.get(one.range.start);
      if (!known || weight[one.level!] > weight[known.level!]) worst.set(one.range.start, one);
    }
    yield* once(worst.values());
  },
});

const speaksOfPatching = mentioning(/patch_all/);

function finding(file: Facts, program: StartedProgram, workspace: Workspace): readonly Finding[] {
  const { launch, run, configRun } = program;
  const early = configRun?.patch && configRun.certain ? configRun.patch : undefined;
  const patch = configRun?.patch ?? run?.patch;
  const certain = configRun?.patch ? configRun.certain : run?.certain === true;
  if (!patch || !certain || patch.library !== 'gevent' || patch.path !== file.path || launch.patchedBefore) return [];
  const verdict = judged(program, patch === early);
  if (!verdict) return [];
  return [{ range: place(patch), level: verdict.level, message: verdict.message, notes: [{ path: launch.path, range: firstLine(workspace.file(launch.path)!, launch.range), message: message.started() }] }];
}

/** Rows 8 to 10 of what happens to a patched program, by its server (measured with Gunicorn 20.1 to 26.1). */
function judged({ launch, kind, preload }: StartedProgram, inConfig: boolean): { readonly level: Level; readonly message: Message } | undefined {
  if (kind === 'worker') {
    switch (launch.worker?.name) {
      // Patched before the worker begins, its threads become greenlets, and it serves.
      case 'gthread': return preload === false && !inConfig ? { level: 'error', message: message.threads() } : undefined;
      case 'uvicorn': return { level: 'error', message: message.loop({ server: '`UvicornWorker`' }) };
      case 'asgi': return inConfig || preload === true ? { level: 'error', message: message.loop({ server: 'Gunicorn’s `asgi` worker' }) } : { level: 'warning', message: message.asyncio({ server: 'Gunicorn’s `asgi` worker' }) };
      case 'sync': return { level: 'info', message: message.sync() };
      default: return undefined;
    }
  }
  const server = { uvicorn: 'Uvicorn', hypercorn: 'Hypercorn', granian: 'Granian', daphne: 'Daphne', fastapi: 'Uvicorn' }[launch.program as string];
  if (server === undefined) return undefined;
  // Granian and Hypercorn serve WSGI applications too.
  if ((launch.program === 'granian' || launch.program === 'hypercorn') && launch.settings.get('interface')?.value?.startsWith('wsgi')) return undefined;
  return { level: 'warning', message: message.asyncio({ server }) };
}

function place({ call }: Patch): Finding['range'] {
  return call.calleeRange;
}
