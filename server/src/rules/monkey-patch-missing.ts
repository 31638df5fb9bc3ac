/** Programs that serve in greenlets although nothing patches the standard library early enough. */

import { insertPatch } from '../fixes/patch.ts';
import { wrappersNamed } from '../knowledge/gunicorn.ts';
import { defineMessages, defineRule, type Finding, type Fix } from '../rule.ts';
import type { Facts, Range } from '../facts.ts';
import { bindsSettings } from '../workspace/gunicorn-files.ts';
import { mentioning } from '../workspace/mentions.ts';
import { servesUnpatched, startedPrograms, type StartedProgram } from '../workspace/started.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { firstLine } from '../findings/lines.ts';

const message = defineMessages('monkey-patch-missing', {
  preload: '`preload_app` imports the application before the {library} worker patches `ssl` and `socket`: what holds the unpatched classes by then may fail with RecursionError on HTTPS. Patch in the first lines of {file}, or do without preloading.',
  config: 'Gunicorn runs this file before the {library} worker patches: `{module}` keeps the unpatched TLS classes, and its HTTPS calls fail with RecursionError. Patch in the first lines.',
  wrapper: '`{wrapper}` imports TLS libraries before Gunicorn can patch for its {library} worker: their HTTPS calls may fail with RecursionError. Patch in the wrapper’s own start-up, or start without it.',
  server: 'This serves in {library} greenlets, and nothing patches the standard library: each blocking call stops every client. Patch in the first lines of {file}.',
  celeryCode: 'Celery patches for its {library} pool only when its own command starts it: this worker runs in greenlets unpatched, and each blocking call stops every task. Patch in the first lines of {file}.',
  importedHere: '`{module}` is imported here, unpatched',
  insert: 'Patch in the first lines of {file}',
});

export default defineRule({
  id: 'monkey-patch-missing',
  summary: 'A program serves in gevent or eventlet greenlets, but nothing patches the standard library before the application is imported.',
  level: 'warning',
  fix: 'safe',
  messages: message.texts,

  concerns: isConcerned,

  *check(file, workspace) {
    const programs = startedPrograms(workspace);
    const seen = new Set<string>();
    for (const program of programs) {
      for (const { path, ...finding } of missing(program, programs, workspace)) {
        const key = `${finding.range.start} ${finding.message.key}`;
        if (path !== file.path || seen.has(key)) continue;
        seen.add(key);
        yield finding;
      }
    }
  },
});

const namesServers = mentioning(/SocketIO|serve_forever|WSGIServer|worker_main|wsgi\.server/);

/** Files where a finding may stand: those with commands, Gunicorn's configuration, and those that make a server. */
function isConcerned(file: Facts): boolean {
  if (file.commands.length > 0) return true;
  if (file.language !== 'python') return false;
  if (namesServers(file)) return true;
  return bindsSettings(file);
}

type Placed = Finding & { readonly path: string };

function missing(program: StartedProgram, programs: readonly StartedProgram[], workspace: Workspace): readonly Placed[] {
  const { launch } = program;
  if (!program.library || launch.wrappers.some((word) => word.value?.endsWith('ddtrace-run'))) return [];
  switch (program.kind) {
    case 'worker':
      return launch.development ? [] : underGunicorn(program, programs);
    case 'script':
      return onItsOwn(program, programs, workspace);
    case 'celery':
      return inCelery(program, workspace);
    default:
      return [];
  }
}

// ── Gunicorn: the worker patches by itself, unless something was imported before ──

function underGunicorn(program: StartedProgram, programs: readonly StartedProgram[]): readonly Placed[] {
  const { launch, config, configRun, entry, run } = program;
  const { library } = program;
  if (!library || !program.patchesAfterFork || configRun?.patch || configRun?.hidden) return [];
  const wrapper = launch.wrappers.find((word) => wrappersNamed(word.value?.replace(/^.*\//, '') ?? '').some((row) => row.imports_first));
  if (wrapper) return [{ path: launch.path, range: range(wrapper), level: 'info', message: message.wrapper({ wrapper: wrapper.value!.replace(/^.*\//, ''), library }) }];
  const early = configRun?.before.find((one) => one.kind === 'tls');
  if (config && early) {
    return [{
      path: config.path,
      range: firstLine(config, early.root),
      message: message.config({ module: early.module, library }),
      ...(early.path === config.path ? {} : { notes: [{ path: early.path, range: early.range, message: message.importedHere({ module: early.module }) }] }),
      fixes: () => [inserting(config, library, config)],
    }];
  }
  if (program.preload !== true || !entry || !run || run.patch || run.hidden) return [];
  const tls = run.before.find((one) => one.kind === 'tls');
  const home = config ?? entry;
  const preload = launch.settings.get('preload_app')!;
  const stands = preload.source === 'flag' && preload.flag ? preload.flag : preload.range;
  return [{
    path: preload.path,
    range: range(stands),
    level: tls ? 'error' : 'warning',
    message: message.preload({ library, file: `\`${home.path}\`` }),
    ...(tls ? { notes: [{ path: tls.path, range: tls.range, message: message.importedHere({ module: tls.module }) }] } : {}),
    // What other servers import must not patch.
    fixes: () => (config || !programs.some((other) => other.kind !== 'script' && !other.library && other.run?.files.includes(entry)) ? [inserting(home, library)] : []),
  }];
}

// ── A program that serves by itself: nobody patches for it ──

function onItsOwn(program: StartedProgram, programs: readonly StartedProgram[], workspace: Workspace): readonly Placed[] {
  const { launch, entry, server, library } = program;
  if (!entry || !server || !servesUnpatched(program)) return [];
  // Under Gunicorn the same file is imported, and its own server stays for development.
  if (programs.some((other) => other.kind === 'worker' && other.entry === entry)) return [];
  const called = launch.call !== undefined;
  if (launch.development && !(called && programs.some((other) => other.launch.command && other.entry === entry && !other.launch.development))) return [];
  const place = workspace.file(server.path);
  if (!place) return [];
  return [{ path: server.path, range: firstLine(place, server.range), message: message.server({ library: library!, file: `\`${entry.path}\`` }), fixes: () => [inserting(entry, library!, place)] }];
}

// ── Celery patches only for its own command; `celery-unpatched-pool` speaks of how that is written ──

function inCelery({ launch, entry, run, library }: StartedProgram, workspace: Workspace): readonly Placed[] {
  const file = workspace.file(launch.path);
  if (!launch.call || !file || !entry || run?.patch || run?.hidden) return [];
  return [{ path: launch.path, range: firstLine(file, launch.range), message: message.celeryCode({ library: library!, file: `\`${file.path}\`` }), fixes: () => [inserting(file, library!)] }];
}

// ── Helpers ──

function inserting(home: Facts, library: 'gevent' | 'eventlet', from?: Facts): Fix {
  const edit = insertPatch(home, library);
  return { title: message.insert({ file: `\`${home.path}\`` }), safe: true, edits: [home === from ? edit : { ...edit, path: home.path }] };
}

function range({ start, end }: Range): Range {
  return { start, end };
}
