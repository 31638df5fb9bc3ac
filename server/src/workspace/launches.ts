/** Servers started by commands and by Python: flags, environment and config file merged. */

import type { Call, Command, Facts, Range, Word } from '../facts.ts';
import { absoluteCandidates, folderOf, joinPath, scriptFolder } from '../folders.ts';
import { gunicornSettings, gunicornWorker, type GunicornWorker } from '../knowledge/gunicorn.ts';
import { readCelery, readGunicorn, readOptions, wordsIn, type Arguments } from './arguments.ts';
import { programOf, type Program, type Started } from './programs.ts';
import { pythonLaunches } from './python-launches.ts';
import type { Workspace } from './workspace.ts';

export type { Program } from './programs.ts';

export interface Setting {
  /** Undefined when it cannot be known. */
  readonly value?: string;
  readonly path: string;
  /** The value as written; the flag, where it takes none. */
  readonly range: Range;
  readonly source: 'flag' | 'environment' | 'config';
  /** The word that holds the flag. */
  readonly flag?: Word;
}

export interface Launch {
  readonly program: Program;
  /** File it is written in. */
  readonly path: string;
  /** The word that names the program, or the callee of the call that starts it. */
  readonly range: Range;
  /** Of a launch written as a command; absent for one written in Python. */
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
  /** Gunicorn's configuration file in the workspace. */
  readonly config?: string;
  /** As written; Gunicorn's default where nothing says. Undefined when it cannot be known. */
  readonly workerClass?: string;
  readonly worker?: GunicornWorker;
  /** By canonical long name (`worker_connections`). */
  readonly settings: ReadonlyMap<string, Setting>;
  /** Every flag is known: nothing is passed through, no config file out of sight. */
  readonly complete: boolean;
  /** Words of the wrappers in front of the program (`opentelemetry-instrument`). */
  readonly wrappers: readonly Word[];
  /** It says itself that it is not how the service runs in production. */
  readonly development: boolean;
  /** The interpreter was told to patch first (`python -m gevent.monkey app.py`). */
  readonly patchedBefore?: boolean;
}

/** The launches written in `file`, by position. */
export function launchesOf(file: Facts, workspace: Workspace): readonly Launch[] {
  if (file.language === 'python') return pythonLaunches(file, workspace);
  const found: Launch[] = [];
  for (const command of file.commands) {
    const started = programOf(command.words);
    const launch = started && launchOf(file, command, started, workspace);
    if (launch) found.push(launch);
  }
  return found;
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

/** The library whose greenlets run the handlers of a launch, where its command says so. */
export function greenletsOf(launch: Launch): 'gevent' | 'eventlet' | undefined {
  const kind = launch.program === 'gunicorn' ? launch.worker?.concurrency : launch.program === 'celery worker' ? launch.settings.get('pool')?.value : undefined;
  if (kind === 'gevent' || kind === 'eventlet') return kind;
  return launch.callee?.startsWith('gevent.') ? 'gevent' : launch.callee?.startsWith('eventlet.') ? 'eventlet' : undefined;
}

function launchOf(file: Facts, command: Command, started: Started, workspace: Workspace): Launch | undefined {
  const base = {
    program: started.program,
    path: file.path,
    range: { start: started.word.start, end: started.word.end },
    command,
    arguments: started.rest,
    wrappers: started.wrappers,
    ...(started.patchedBefore ? { patchedBefore: true } : {}),
  };
  if (started.program === 'gunicorn') return gunicornLaunch(file, command, started, workspace, base);
  if (started.program === 'python') {
    const entry = started.module !== undefined ? moduleFile(started.module, command.directories, workspace) : scriptFile(started.script!, command, file, workspace);
    return { ...base, application: started.module ?? started.script!, ...(entry === undefined ? {} : { entry }), settings: new Map(), complete: true, development: isDevelopment(file, command) };
  }
  const read = started.program === 'celery worker' || started.program === 'celery beat' ? readCelery(file.path, started.rest) : readOptions(file.path, started.rest);
  if (read.settings.has('help') || read.settings.has('version')) return undefined;
  const application = started.program.startsWith('celery') ? read.settings.get('app')?.value : read.positional;
  const entry = application === undefined ? undefined : moduleFile(application.split(':', 1)[0]!, command.directories, workspace);
  const development = isDevelopment(file, command) || (read.settings.get('reload')?.value ?? 'false') !== 'false' || read.settings.has('debug') || started.development === true;
  return { ...base, ...(application === undefined ? {} : { application }), ...(entry === undefined ? {} : { entry }), settings: read.settings, complete: read.complete, development };
}

// ── Gunicorn ──

type Base = Pick<Launch, 'program' | 'path' | 'range' | 'command' | 'arguments' | 'wrappers' | 'patchedBefore'>;

function gunicornLaunch(file: Facts, command: Command, started: Started, workspace: Workspace, base: Base): Launch | undefined {
  const flags = readGunicorn(file.path, started.rest, 'flag');
  if (flags.stops) return undefined;
  const environment = environmentArguments(file.path, command, started);
  let complete = flags.complete && environment.complete;
  const configured = flags.settings.get('config') ?? environment.settings.get('config');
  const config = configFile(configured, command, file, workspace);
  if (configured && config === undefined) complete = false;
  const settings = new Map<string, Setting>();
  const concurrency = variable(command, started, 'WEB_CONCURRENCY');
  if (concurrency) settings.set('workers', { ...(concurrency.value === undefined ? {} : { value: concurrency.value }), path: file.path, range: concurrency, source: 'environment' });
  if (config !== undefined) {
    const read = configSettings(config);
    complete &&= read.complete;
    for (const [name, setting] of read.settings) settings.set(name, setting);
  }
  for (const [name, setting] of [...environment.settings, ...flags.settings]) settings.set(name, setting);

  const application = flags.positional ?? settings.get('wsgi_app')?.value;
  if (application === undefined && flags.complete && !settings.has('wsgi_app') && config === undefined) return undefined;
  const workerClass = workerClassOf(settings, complete);
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
    complete,
    development: isDevelopment(file, command) || isOn(settings.get('reload')),
  };
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

/** The value a variable has in the started program's environment; `value` is undefined when nobody knows. */
function variable(command: Command, started: Started, name: string): Word | undefined {
  const own = [...started.assignments, ...command.assignments].find((assignment) => assignment.name === name);
  if (own) return own.value;
  return command.exported.has(name) ? (command.exported.get(name) ?? { start: command.start, end: command.end, text: '' }) : undefined;
}

/** `GUNICORN_CMD_ARGS`. */
function environmentArguments(path: string, command: Command, started: Started): Arguments {
  const given = variable(command, started, 'GUNICORN_CMD_ARGS');
  if (!given) return { settings: new Map(), complete: true };
  if (given.value === undefined) return { settings: new Map(), complete: false };
  return readGunicorn(path, wordsIn(given.value, given), 'environment');
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

/** Settings that a configuration file assigns; what it computes has no value. */
export function configSettings(config: Facts): { readonly settings: ReadonlyMap<string, Setting>; readonly complete: boolean } {
  const settings = new Map<string, Setting>();
  const bindings = config.scopes[0]?.bindings;
  let complete = config.language === 'python';
  for (const [name, all] of bindings ?? []) {
    if (all.some((binding) => binding.value.kind === 'star-import')) complete = false;
    if (!gunicornSettings.has(name)) continue;
    const last = all.at(-1)!;
    const { value } = last;
    if (value.kind === 'annotated' || value.kind === 'deleted') continue;
    const constant = value.kind === 'assigned' && value.item === undefined && value.value.kind === 'constant' ? value.value.value : undefined;
    const known = constant !== undefined && constant !== null && (all.length === 1 || last.block === 0);
    settings.set(name, { ...(known ? { value: String(constant) } : {}), path: config.path, range: { start: last.start, end: last.end }, source: 'config' });
  }
  return { settings, complete };
}

// ── Files ──

/** The folders of the workspace that a path in a command may mean. */
function foldersAt(path: string, command: Command, file: Facts): readonly string[] {
  if (path.startsWith(scriptFolder)) return [joinPath(folderOf(file.path), path.slice(scriptFolder.length)) ?? ''];
  if (path.startsWith('/')) return absoluteCandidates(path, command.directories);
  return command.directories.map((folder) => joinPath(folder, path)).filter((folder) => folder !== undefined);
}

function scriptFile(script: string, command: Command, file: Facts, workspace: Workspace): string | undefined {
  return foldersAt(script, command, file).find((path) => workspace.file(path) !== undefined) ?? onlyFile(script.replace(/^.*\//, ''), workspace);
}

/** The file of a dotted module, looked for in `folders`, else the only one of that name. */
export function moduleFile(module: string, folders: readonly string[], workspace: Workspace): string | undefined {
  if (!/^[\w.-]+$/.test(module)) return undefined;
  const path = module.replaceAll('.', '/');
  for (const folder of folders) {
    for (const ending of ['.py', '/__init__.py']) {
      const candidate = `${folder === '' ? '' : `${folder}/`}${path}${ending}`;
      if (workspace.file(candidate)) return candidate;
    }
  }
  return onlyFile(`${path}.py`, workspace) ?? onlyFile(`${path}/__init__.py`, workspace);
}

function onlyFile(tail: string, workspace: Workspace): string | undefined {
  let found: string | undefined;
  for (const path of workspace.paths) {
    if (path !== tail && !path.endsWith(`/${tail}`)) continue;
    if (found !== undefined) return undefined;
    found = path;
  }
  return found;
}

// ── Development ──

const developmentName = /(?:^|[/._-])(?:dev|develop|development|local|debug|tests?|example)(?=[/._-]|$)/i;

/** Whether the file's name or a condition around the command says that this start is not production's. */
function isDevelopment(file: Facts, command: Command): boolean {
  if (developmentName.test(file.path)) return true;
  return command.conditions.flatMap((condition) => condition.split(/ && (?=!)/)).some((condition) => {
    // Each of these turns the meaning around: a branch not taken, `[ ! … ]`, `!=`.
    const turns = (condition.match(/^! |\[\[? ! |!=/g) ?? []).length;
    const holds = turns % 2 === 0;
    if (/prod(?:uction)?\b/i.test(condition)) return !holds;
    return holds && /dev|debug|local|reload/i.test(condition);
  });
}

const launching = new WeakMap<Facts, boolean>();

/** Whether findings in a file may rest on how the workspace is launched. */
export function speaksOfLaunches(file: Facts): boolean {
  let known = launching.get(file);
  if (known === undefined) launching.set(file, (known = /\b(patch_all|monkey_patch|SocketIO|WSGIServer|worker_main|worker_class)\b/.test(file.text)));
  return known;
}

/** Commands start what runs anywhere, and requirements say which libraries are there. */
export function concernsAll(facts: Facts): boolean {
  return facts.commands.length > 0 || facts.language === 'requirements' || facts.language === 'config';
}
