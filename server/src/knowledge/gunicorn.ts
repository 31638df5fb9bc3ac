/** Gunicorn's settings and worker classes, and the commands that start other commands, as typed look-ups. */

import gunicornTable from './gunicorn.json' with { type: 'json' };
import type { ServerSetting } from './servers.ts';
import wrapperTable from './wrappers.json' with { type: 'json' };

/** How a worker class serves, by the name our tables use; `gws` is gevent-websocket's, `uvicorn` all of Uvicorn's. */
export type WorkerClass = 'sync' | 'gthread' | 'gevent' | 'pywsgi' | 'gws' | 'tornado' | 'eventlet' | 'asgi' | 'uvicorn';

/** A Gunicorn setting (`gunicorn/config.py`, 19.x to 27.0), by its name in the configuration file. */
export interface GunicornSetting extends ServerSetting {
  readonly honoured_by?: readonly WorkerClass[];
  /** Of a hook: how many arguments Gunicorn passes. */
  readonly parameters?: number;
}

export interface GunicornWorker {
  readonly name: WorkerClass;
  readonly concurrency: 'sync' | 'gthread' | 'gevent' | 'eventlet' | 'asyncio';
  readonly spellings: readonly string[];
}

/** A command that starts the command written behind it. */
export interface Wrapper {
  readonly name: string;
  /** Words that must follow the name: `run` of `poetry run`. */
  readonly after?: readonly string[];
  /** Its options that take a value in the next word; `*`: all do. */
  readonly valued?: readonly string[];
  /** Words of its own before the command: the user of `gosu`. */
  readonly positional?: number;
  /** `A=b` words may follow. */
  readonly assignments?: boolean;
  /** The command begins behind `--`. */
  readonly until?: boolean;
  /** Option that runs a Python module: `uv run -m gunicorn`. */
  readonly module?: string;
  /** It imports libraries that use TLS before the command's own code runs. */
  readonly imports_first?: boolean;
}

const settings = gunicornTable.settings as readonly GunicornSetting[];
const workers = gunicornTable.worker_classes as readonly GunicornWorker[];

/** By the name that the configuration file uses; flags that set nothing (`--help`) aside. */
export const gunicornSettings: ReadonlyMap<string, GunicornSetting> = new Map(settings.filter(({ name }) => name !== 'help' && name !== 'version').map((row) => [row.name, row]));
const byFlag: ReadonlyMap<string, GunicornSetting> = new Map(settings.flatMap((row) => row.flags.map((flag) => [flag, row] as const)));
const longFlags: readonly string[] = [...byFlag.keys()].filter((flag) => flag.startsWith('--'));
const byWorkerSpelling: ReadonlyMap<string, GunicornWorker> = new Map(workers.flatMap((row) => row.spellings.map((spelling) => [spelling, row] as const)));
/** The worker classes that have a short name, by it; the one that is going away left out. */
export const shortWorkers: readonly string[] = workers.flatMap((row) => (row.name === 'eventlet' ? [] : row.spellings.filter((spelling) => !spelling.includes('.'))));
const wrappers = wrapperTable as readonly Wrapper[];

/** The setting of a flag as written, abbreviated long flags included (argparse takes any unambiguous beginning). */
export function gunicornFlag(written: string): GunicornSetting | undefined {
  const exact = byFlag.get(written);
  if (exact || !written.startsWith('--')) return exact;
  const matches = longFlags.filter((flag) => flag.startsWith(written));
  return matches.length === 1 ? byFlag.get(matches[0]!) : undefined;
}

/** The worker class that `-k` or `worker_class` names; undefined for a class of the project's own. */
export function gunicornWorker(written: string): GunicornWorker | undefined {
  return byWorkerSpelling.get(written.replace(/^egg:gunicorn#/, '')) ?? byWorkerSpelling.get(written.replace(':', '.'));
}

export function isHonoured(setting: GunicornSetting, worker: WorkerClass): boolean {
  return setting.honoured_by === undefined || setting.honoured_by.includes(worker);
}

/** The long flag people write for a setting; undefined when only the configuration file has it. */
export function longFlag(setting: GunicornSetting): string | undefined {
  return setting.flags.find((flag) => flag.startsWith('--'));
}

export function wrappersNamed(name: string): readonly Wrapper[] {
  return wrappers.filter((row) => row.name === name);
}
