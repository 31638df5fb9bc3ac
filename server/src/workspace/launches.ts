/** Servers started by commands and by Python: flags, environment and config file merged. */

import type { Call, Command, Facts, Range, Word } from '../facts.ts';
import { gunicornWorker, type GunicornWorker } from '../knowledge/gunicorn.ts';
import { serverTable } from '../knowledge/servers.ts';
import { readArguments, wordsIn, type Arguments } from './arguments.ts';
import { celerySettings, settingsBehind, type CelerySettings } from './celery-settings.ts';
import { developmentEvidence, placeOf, type LaunchPlace } from './circumstances.ts';
import { setElsewhere } from './deployment-variables.ts';
import { configSettings } from './gunicorn-settings.ts';
import { foldersAt, moduleFile, scriptFile } from './entries.ts';
import { environmentDefaults, environmentOf, isComputed, variable } from './environment.ts';
import { mentioning } from './mentions.ts';
import { programOf, type Program, type Started } from './programs.ts';
import { pythonLaunches } from './python-launches.ts';
import type { Workspace } from './workspace.ts';

export type { Program } from './programs.ts';
export type { LaunchPlace } from './circumstances.ts';

export interface Setting {
  /** Canonical long name: `worker_connections`, `max_tasks_per_child`. */
  readonly name: string;
  /** Undefined when it cannot be known. */
  readonly value?: string;
  /** The program computes it at start: `$(nproc)`, `cpu_count() * 2 + 1`. */
  readonly computed?: boolean;
  readonly path: string;
  /** The value as written; the flag, where it takes none. */
  readonly range: Range;
  /** `environment`: `GUNICORN_CMD_ARGS`; `default-environment`: a variable that gives a default, such as `WEB_CONCURRENCY`. */
  readonly source: 'flag' | 'environment' | 'config' | 'default-environment';
  /** The word that holds the flag. */
  readonly flag?: Word;
}

/** A word that looks like a flag and is none of the program's. */
export interface UnknownFlag {
  readonly word: Word;
  /** As written, without its value. */
  readonly name: string;
  readonly value?: string;
}

export interface Launch {
  readonly program: Program;
  /** File it is written in. */
  readonly path: string;
  /** The word that names the program, or the callee of the call that starts it. */
  readonly range: Range;
  /** Of a launch written as a command, or as a list of words in Python; absent for one written as a call. */
  readonly command?: Command;
  /** The command's words behind the program. */
  readonly arguments: readonly Word[];
  /** Of a launch written in Python: the call, and the dotted name of what it calls. */
  readonly call?: Call;
  readonly callee?: string;
  /** What is started, as written: `package.module:app`, `app.py`. */
  readonly application?: string;
  /** File of the workspace that `application` names. */
  readonly entry?: string;
  /** The program's configuration file in the workspace. */
  readonly config?: string;
  /** As written; Gunicorn's default where nothing says. Undefined when it cannot be known. */
  readonly workerClass?: string;
  readonly worker?: GunicornWorker;
  /** In force, by canonical long name (`worker_connections`). */
  readonly settings: ReadonlyMap<string, Setting>;
  /** Settings that lost to a stronger place, or to the same flag further right. */
  readonly overridden: readonly Setting[];
  readonly unknownFlags: readonly UnknownFlag[];
  /** Every flag is known: nothing is passed through, no config file out of sight. */
  readonly complete: boolean;
  /** It is not complete for its unknown flags alone. */
  readonly onlyUnknownFlags?: boolean;
  /** Words of the wrappers in front of the program (`opentelemetry-instrument`). */
  readonly wrappers: readonly Word[];
  readonly place: LaunchPlace;
  /** It says itself that it is not how the service runs in production. */
  readonly development: boolean;
  /** Why: the file's path, a condition as written, or a flag. */
  readonly developmentEvidence?: string;
  /** The interpreter was told to patch first (`python -m gevent.monkey app.py`). */
  readonly patchedBefore?: boolean;
}

/** The launches written in `file`, by position. */
export function launchesOf(file: Facts, workspace: Workspace): readonly Launch[] {
  if (file.language === 'python') return pythonLaunches(file, workspace);
  const found: Launch[] = [];
  for (const command of file.commands) {
    const launch = commandLaunch(file, command, workspace);
    if (launch) found.push(launch);
  }
  return found;
}

/** The launch that a command is; undefined for everything that starts no server and no Python program. */
export function commandLaunch(file: Facts, command: Command, workspace: Workspace): Launch | undefined {
  const started = programOf(command.words);
  return started && launchOf(file, command, started, workspace);
}

/** How a launch runs its handlers; undefined when nobody can know. */
export function concurrencyOf(launch: Launch): 'greenlets' | 'loop' | 'threads' | 'processes' | undefined {
  if (greenletsOf(launch)) return 'greenlets';
  switch (launch.program) {
    case 'gunicorn': {
      const kind = launch.worker?.concurrency;
      return kind === 'asyncio' ? 'loop' : kind === 'gthread' ? 'threads' : kind === 'sync' ? 'processes' : undefined;
    }
    case 'uvicorn':
    case 'hypercorn':
    case 'fastapi':
    case 'daphne':
      return 'loop';
    case 'celery worker': {
      const pool = launch.settings.get('pool');
      if (pool === undefined) return 'processes';
      return pool.value === 'threads' ? 'threads' : pool.value === 'prefork' || pool.value === 'processes' || pool.value === 'solo' ? 'processes' : undefined;
    }
    default:
      return undefined;
  }
}

/** How many processes serve, or work; undefined when nobody can know. Celery's other pools are one process, whatever their concurrency. */
export function processesOf(launch: Launch): number | undefined {
  const number = (setting: Setting | undefined, otherwise: number | undefined) => {
    if (!setting) return launch.complete ? otherwise : undefined;
    const value = Number(setting.value?.trim() || NaN);
    return Number.isInteger(value) ? value : undefined;
  };
  switch (launch.program) {
    case 'celery worker': {
      const pool = launch.settings.get('pool');
      if (!pool && !launch.complete) return undefined;
      if (pool && pool.value === undefined) return undefined;
      // Left to Celery, there are as many as the machine has processors.
      return !pool || pool.value === 'prefork' || pool.value === 'processes' ? number(launch.settings.get('concurrency'), undefined) : 1;
    }
    case 'celery beat':
      return 1;
    case 'python':
      return launch.callee === undefined ? undefined : 1;
    default:
      // A reloader runs one process, whatever is asked for.
      return launch.program !== 'gunicorn' && isOn(launch.settings.get('reload')) ? 1 : number(launch.settings.get('workers'), 1);
  }
}

/** The library whose greenlets run the handlers of a launch, where its command says so. */
export function greenletsOf(launch: Launch): 'gevent' | 'eventlet' | undefined {
  const kind = launch.program === 'gunicorn' ? launch.worker?.concurrency : launch.program === 'celery worker' ? launch.settings.get('pool')?.value : undefined;
  if (kind === 'gevent' || kind === 'eventlet') return kind;
  return launch.callee?.startsWith('gevent.') ? 'gevent' : launch.callee?.startsWith('eventlet.') ? 'eventlet' : undefined;
}

/** What every launch by a command has before its settings are read. */
type Base = Pick<Launch, 'program' | 'path' | 'range' | 'command' | 'arguments' | 'wrappers' | 'place' | 'patchedBefore'>;

const subCommands: ReadonlySet<string> = new Set(['worker', 'beat', 'run', 'dev']);
const withSubCommands: ReadonlySet<Program> = new Set(['celery worker', 'celery beat', 'flask', 'fastapi']);

function launchOf(file: Facts, command: Command, started: Started, workspace: Workspace): Launch | undefined {
  const base: Base = {
    program: started.program,
    path: file.path,
    range: { start: started.word.start, end: started.word.end },
    command,
    arguments: started.rest,
    wrappers: started.wrappers,
    place: placeOf(file, workspace),
    ...(started.patchedBefore ? { patchedBefore: true } : {}),
  };
  const table = serverTable(started.program);
  if (!table) {
    const entry = started.module !== undefined ? moduleFile(started.module, command.directories, workspace) : scriptFile(started.script!, command, file, workspace);
    // A module that is not here is a tool (`python -m pip`), and these commands of Django end.
    if (started.module !== undefined ? entry === undefined : endsItself(started.script!, started.rest)) return undefined;
    return { ...base, application: started.module ?? started.script!, ...(entry === undefined ? {} : { entry }), settings: new Map(), overridden: [], unknownFlags: [], complete: true, ...development(file, command, []) };
  }
  const flags = readArguments(started.rest, table, {
    path: file.path,
    source: 'flag',
    computed: (word) => isComputed(word, command, file),
    ...(withSubCommands.has(started.program) ? { commands: subCommands } : {}),
  });
  if (flags.stops) return undefined;
  const defaults = environmentDefaults(table, file.path, command, started, setElsewhere(file, workspace));
  return started.program === 'gunicorn' ? gunicornLaunch(file, command, started, workspace, base, flags, defaults) : serverLaunch(file, command, started, workspace, base, flags, defaults);
}

const serving = /^(?:run|.*(?:server|serve|worker|consume|scheduler|daphne|cluster|listen|poll|bot))/;

/** Commands that do something and end: `setup.py install`, and those of Django but for the few that serve. */
function endsItself(script: string, rest: readonly Word[]): boolean {
  if (/(?:^|\/)setup\.py$/.test(script)) return true;
  return /(?:^|\/)manage\.py$/.test(script) && !rest.some(({ value }) => value !== undefined && !value.startsWith('-') && serving.test(value));
}

/** Settings in force: each layer wins over those before it. */
function merged(...layers: readonly ReadonlyMap<string, Setting>[]): { readonly settings: Map<string, Setting>; readonly lost: readonly Setting[] } {
  const settings = new Map<string, Setting>();
  const lost: Setting[] = [];
  for (const layer of layers) {
    for (const [name, setting] of layer) {
      const before = settings.get(name);
      if (before) lost.push(before);
      settings.set(name, setting);
    }
  }
  return { settings, lost };
}

/** Whether a launch is not production's, and why: what stands around it, else a flag that only a developer gives. */
function development(file: Facts, command: Command, switches: readonly (Setting | undefined)[], dev?: Word): Pick<Launch, 'development' | 'developmentEvidence'> {
  const on = switches.find(isOn);
  const evidence = developmentEvidence(file, command) ?? (on ? (on.flag?.value ?? on.name) : dev?.value);
  return evidence === undefined ? { development: false } : { development: true, developmentEvidence: evidence };
}

/** The option that names the folder in which the application is looked for. */
const folderOptions: Partial<Readonly<Record<Program, string>>> = { uvicorn: 'app_dir', granian: 'working_dir', 'celery worker': 'workdir', 'celery beat': 'workdir', gunicorn: 'chdir' };
const applicationOptions: Partial<Readonly<Record<Program, string>>> = { 'celery worker': 'app', 'celery beat': 'app', flask: 'app', fastapi: 'entrypoint' };
/** Where the FastAPI command looks when nothing is named. */
const fastapiFiles = ['main.py', 'app.py', 'api.py', 'app/main.py', 'app/app.py', 'app/api.py'];

function serverLaunch(file: Facts, command: Command, started: Started, workspace: Workspace, base: Base, flags: Arguments, defaults: ReadonlyMap<string, Setting>): Launch {
  const celery = started.program.startsWith('celery');
  const named = applicationOptions[started.program];
  const given = named === undefined ? undefined : (flags.settings.get(named) ?? defaults.get(named))?.value;
  const application = started.program === 'fastapi' ? (given ?? flags.positional ?? projectEntrypoint(command, workspace)) : named !== undefined ? given : (flags.positional ?? variable(command, started, 'UVICORN_APP')?.value);
  const chdir = (flags.settings.get(folderOptions[started.program] ?? '') ?? defaults.get(folderOptions[started.program] ?? ''))?.value;
  const folders = chdir === undefined ? command.directories : foldersAt(chdir, command, file);
  const entry = application === undefined
    ? (started.program === 'fastapi' && flags.complete ? fastapiFiles.flatMap((name) => foldersAt(name, command, file)).find((path) => workspace.file(path)) : undefined)
    : entryOf(application, folders, command, file, workspace, celery);
  const code = celery ? applicationSettings(entry, workspace) : undefined;
  const own = serverTable(started.program)!.settings;
  const { settings, lost } = merged(new Map([...(code?.settings ?? [])].filter(([name]) => own.has(name))), defaults, celery ? settingsBehind(flags.behind, file.path) : new Map(), flags.settings);
  return {
    ...base,
    ...(application === undefined ? {} : { application }),
    ...(entry === undefined ? {} : { entry }),
    settings,
    overridden: [...lost, ...flags.overridden],
    unknownFlags: flags.unknownFlags,
    complete: flags.complete && code?.complete !== false,
    ...development(file, command, [settings.get('reload'), settings.get('debug')], started.development ? started.rest.find((word) => word.value === 'dev') : undefined),
  };
}

/** `entrypoint` of `[tool.fastapi]` in the project file where the command runs. */
function projectEntrypoint(command: Command, workspace: Workspace): string | undefined {
  for (const folder of command.directories) {
    const project = workspace.file(folder === '' ? 'pyproject.toml' : `${folder}/pyproject.toml`);
    if (project) return /^\[tool\.fastapi\]\s*(?:\n(?!\[).*)*?\nentrypoint\s*=\s*["']([^"'\n]+)["']/m.exec(project.text.replaceAll('\r', ''))?.[1];
  }
  return undefined;
}

/** What the code of a Celery application sets; an application that is not in the workspace is taken to set nothing. */
export function applicationSettings(entry: string | undefined, workspace: Workspace): CelerySettings {
  const file = entry === undefined ? undefined : workspace.file(entry);
  return file?.language === 'python' ? celerySettings(file, workspace) : { settings: new Map(), complete: true };
}

function entryOf(application: string, folders: readonly string[], command: Command, file: Facts, workspace: Workspace, dottedName: boolean): string | undefined {
  if (/\.py$|\//.test(application.split(':', 1)[0]!)) return scriptFile(application.split(':', 1)[0]!, command, file, workspace);
  const module = application.split(':', 1)[0]!;
  // Celery's `-A package.module.app` may end with the application's own name.
  return moduleFile(module, folders, workspace) ?? (dottedName && module.includes('.') ? moduleFile(module.replace(/\.[^.]*$/, ''), folders, workspace) : undefined);
}

// ── Gunicorn ──

function gunicornLaunch(file: Facts, command: Command, started: Started, workspace: Workspace, base: Base, flags: Arguments, defaults: ReadonlyMap<string, Setting>): Launch | undefined {
  const elsewhere = setElsewhere(file, workspace);
  const environment = environmentArguments(file.path, command, started);
  let legible = flags.legible && environment.legible && (variable(command, started, 'GUNICORN_CMD_ARGS') !== undefined || !elsewhere('GUNICORN_CMD_ARGS'));
  const configured = flags.settings.get('config') ?? environment.settings.get('config');
  const config = configFile(configured, command, file, workspace);
  if (configured && config === undefined) legible = false;
  const read = config === undefined ? undefined : configSettings(config, workspace, environmentOf(command, started, elsewhere));
  if (read) legible &&= read.complete;
  const unknownFlags = [...environment.unknownFlags, ...flags.unknownFlags];
  const complete = legible && flags.complete && environment.complete;
  const { settings, lost } = merged(defaults, read?.settings ?? new Map(), environment.settings, flags.settings);

  const application = flags.positional ?? settings.get('wsgi_app')?.value;
  if (application === undefined && flags.complete && !settings.has('wsgi_app') && config === undefined) return undefined;
  const workerClass = workerClassOf(settings, complete || (legible && !unknownFlags.some(isClassMisspelt)));
  const worker = workerClass === undefined ? undefined : gunicornWorker(workerClass);
  const chdir = settings.get('chdir')?.value;
  const folders = chdir === undefined ? command.directories : foldersAt(chdir, command, file);
  const entry = application === undefined ? undefined : moduleFile(application.split(':', 1)[0]!, folders, workspace);
  return {
    ...base,
    ...(application === undefined ? {} : { application }),
    ...(entry === undefined ? {} : { entry }),
    ...(config === undefined ? {} : { config: config.path }),
    ...(workerClass === undefined ? {} : { workerClass }),
    ...(worker === undefined ? {} : { worker }),
    settings,
    overridden: [...lost, ...environment.overridden, ...flags.overridden],
    unknownFlags,
    complete,
    ...(legible && !complete ? { onlyUnknownFlags: true } : {}),
    ...development(file, command, [settings.get('reload')]),
  };
}

/** A flag that may be meant to choose the class: which one, nobody knows. */
function isClassMisspelt({ name }: UnknownFlag): boolean {
  if ('--worker-class'.startsWith(name) || '--threads'.startsWith(name)) return true;
  const meant = serverTable('gunicorn')!.nearest(name)?.name;
  return meant === 'worker_class' || meant === 'threads';
}

/** The class that will run: `sync` with more than one thread becomes `gthread`. */
function workerClassOf(settings: ReadonlyMap<string, Setting>, complete: boolean): string | undefined {
  const written = settings.get('worker_class');
  if (written) return written.value === 'sync' ? threaded(settings) : written.value;
  return complete ? threaded(settings) : undefined;
}

function threaded(settings: ReadonlyMap<string, Setting>): string | undefined {
  const threads = settings.get('threads');
  if (!threads) return 'sync';
  if (threads.value === undefined) return undefined;
  return Number(threads.value) > 1 ? 'gthread' : 'sync';
}

/** Whether a setting that is a switch is on; an unknown value is neither on nor off. */
export function isOn(setting: Setting | undefined): boolean {
  return setting?.value !== undefined && /^(?:true|1|yes|on)$/i.test(setting.value);
}

/** `GUNICORN_CMD_ARGS`. */
function environmentArguments(path: string, command: Command, started: Started): Arguments {
  const given = variable(command, started, 'GUNICORN_CMD_ARGS');
  const empty = { settings: new Map(), overridden: [], unknownFlags: [], behind: [], legible: true };
  if (!given) return { ...empty, complete: true };
  if (given.value === undefined) return { ...empty, complete: false, legible: false };
  return readArguments(wordsIn(given.value, given), serverTable('gunicorn')!, { path, source: 'environment' });
}

function configFile(configured: Setting | undefined, command: Command, file: Facts, workspace: Workspace): Facts | undefined {
  if (!configured) {
    for (const folder of command.directories) {
      const found = workspace.file(folder === '' ? 'gunicorn.conf.py' : `${folder}/gunicorn.conf.py`);
      if (found) return found;
    }
    return undefined;
  }
  const { value } = configured;
  if (value === undefined) return undefined;
  if (value.startsWith('python:')) {
    const path = moduleFile(value.slice('python:'.length), command.directories, workspace);
    return path === undefined ? undefined : workspace.file(path);
  }
  const path = scriptFile(value.replace(/^file:/, ''), command, file, workspace);
  return path === undefined ? undefined : workspace.file(path);
}

/** Whether findings in a file may rest on how the workspace is launched. */
export const speaksOfLaunches = mentioning(/\b(patch_all|monkey_patch|SocketIO|WSGIServer|worker_main|worker_class|uvicorn|create_engine|create_async_engine|SQLAlchemy|send_from_directory|config_from_object|conf|reload)\b|SQLALCHEMY_|\bCELERY/);

/** Commands start what runs anywhere, and requirements say which libraries are there. */
export function concernsAll(facts: Facts): boolean {
  return facts.commands.length > 0 || facts.language === 'requirements' || facts.language === 'config';
}
