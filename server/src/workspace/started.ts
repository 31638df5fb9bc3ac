/** Programs that the workspace starts, with what importing their code does to patching. */

import type { Facts } from '../facts.ts';
import { isHelpedByPatching } from '../knowledge/gevent.ts';
import { greenletsOf, isOn, type Launch } from './launches.ts';
import { greenletServer, importRun, type GreenletServer, type ImportRun, type Library } from './patching.ts';
import { socketServerOf, type SocketServer } from './sockets.ts';
import { mustBe, versionOf } from './versions.ts';
import type { Workspace } from './workspace.ts';

/** A launch together with the file it starts. */
export interface StartedProgram {
  readonly launch: Launch;
  /** File that is imported or run first; undefined when it is not in the workspace. */
  readonly entry?: Facts;
  /** What importing `entry` runs. */
  readonly run?: ImportRun;
  /** Gunicorn worker, program that serves by itself, or Celery worker. */
  readonly kind: 'worker' | 'script' | 'celery' | 'other';
  /** The library whose greenlets serve; undefined when none does. */
  readonly library?: Library;
  /** For `script`: where it decides so. */
  readonly server?: GreenletServer;
  /** Gunicorn's configuration file and what it runs in the master. */
  readonly config?: Facts;
  readonly configRun?: ImportRun;
  readonly preload?: boolean | 'unknown';
  /** Of a worker: it patches in its own process, after a preloaded application was imported. Gunicorn 24 and later patch for eventlet in the master. */
  readonly patchesAfterFork?: boolean;
  /** The Socket.IO server that the application makes. */
  readonly socket?: SocketServer;
}

/** Whether a program serves by itself in greenlets that nothing patches for, though its code blocks in ways that patching helps. */
export function servesUnpatched({ kind, launch, run, server }: StartedProgram): boolean {
  return kind === 'script' && run !== undefined && server !== undefined && !run.patch && !run.hidden && !launch.patchedBefore && [...run.modules].some(isHelpedByPatching);
}

/** By the launches of one file, which the workspace keeps until something changes. */
const known = new WeakMap<readonly Launch[], readonly StartedProgram[]>();

/** Whether every file that a program was read from still says the same. */
function isCurrent({ run, configRun }: StartedProgram, workspace: Workspace): boolean {
  return [...(run?.files ?? []), ...(configRun?.files ?? [])].every((file) => workspace.file(file.path) === file);
}

/** Every program that a command or a Python file of the workspace starts. */
export function startedPrograms(workspace: Workspace): readonly StartedProgram[] {
  const files = new Set(workspace.allLaunches().map(({ file }) => file));
  return [...files].flatMap((file) => {
    const launches = workspace.launches(file);
    let programs = known.get(launches);
    if (!programs?.every((program) => isCurrent(program, workspace))) known.set(launches, (programs = launches.map((launch) => started(launch, workspace))));
    return programs;
  });
}

function started(launch: Launch, workspace: Workspace): StartedProgram {
  const entry = launch.entry === undefined ? undefined : workspace.file(launch.entry);
  const main = launch.program === 'python';
  const run = entry?.language === 'python' ? importRun(entry, workspace, main) : undefined;
  const socket = run && socketServerOf(run, workspace);
  const base = { launch, ...(run ? { entry: entry!, run } : {}), ...(socket ? { socket } : {}) };
  if (launch.program === 'gunicorn') {
    const config = launch.config === undefined ? undefined : workspace.file(launch.config);
    const library = greenletsOf(launch);
    const preload = launch.settings.get('preload_app');
    return {
      ...base,
      kind: 'worker',
      ...(library ? { library } : {}),
      ...(config ? { config, configRun: importRun(config, workspace, false, true) } : {}),
      patchesAfterFork: library === 'gevent' || (library === 'eventlet' && mustBe(versionOf(workspace, 'gunicorn'), '<24')),
      preload: preload && preload.value === undefined ? 'unknown' : isOn(preload),
    };
  }
  if (launch.program === 'celery worker') {
    const library = greenletsOf(launch);
    return { ...base, kind: 'celery', ...(library ? { library } : {}) };
  }
  if (!main) return { ...base, kind: 'other' };
  const server = run && greenletServer(run, workspace);
  return { ...base, kind: 'script', ...(server ? { library: server.library, server } : {}) };
}
