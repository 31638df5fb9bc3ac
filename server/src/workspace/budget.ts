/** Connections that the processes of all launches may open together, against what their database takes. */

import type { Facts, Range } from '../facts.ts';
import { databaseOf, databases, type Database } from '../knowledge/engines.ts';
import { allEngines, isSqlite, poolClassOf, requires, settingOf, type Engine, type Known } from './engines.ts';
import { concurrencyOf, type Launch } from './launches.ts';
import { ownerOf } from './scopes.ts';
import type { Workspace } from './workspace.ts';

/** A number, where it is written; without a place it is a default. */
export interface Figure {
  readonly value: number;
  readonly path?: string;
  readonly range?: Range;
}

/** How many connections one engine may open in one process. */
export interface EngineShare {
  readonly engine: Engine;
  readonly size: Figure;
  readonly overflow: Figure;
  /** `size` and `overflow` together. */
  readonly connections: number;
}

/** What the processes of one launch may open. */
export interface LaunchShare {
  readonly launch: Launch;
  readonly processes: Figure;
  /** How many requests or tasks one process works on at a time, where that is less than its engines may open. */
  readonly atATime?: number;
  readonly engines: readonly EngineShare[];
  /** What the pools allow; of Celery, whose children share the code of others, what can be open. */
  readonly allowed: number;
  /** What can be open at a time: no more than there is work. */
  readonly connections: number;
}

export interface Limit extends Figure {
  readonly database: Database;
  /** How many of them are kept for administrators. */
  readonly reserved: number;
  /** Without a place: what says that this database runs here, a compose file's image or the URL. */
  readonly evidence?: { readonly path: string; readonly range: Range };
}

export interface Budget {
  readonly limit: Limit;
  readonly launches: readonly LaunchShare[];
  readonly allowed: number;
  readonly connections: number;
}

/** One budget for each database whose launches, engines and limit are known, whether it is kept or not. What is not known is left out: sums are at least so large. */
export function budgetOf(workspace: Workspace): readonly Budget[] {
  return workspace.remembered('budget', () => {
    const engines = allEngines(workspace).filter((engine) => databaseFor(engine, workspace) !== undefined);
    if (engines.length === 0) return [];
    const reached = new Reached(workspace);
    const byDatabase = new Map<string, { engines: Engine[]; shares: LaunchShare[] }>();
    for (const engine of engines) {
      const key = databaseKey(engine, workspace);
      const known = byDatabase.get(key);
      if (known) known.engines.push(engine);
      else byDatabase.set(key, { engines: [engine], shares: [] });
    }
    return [...byDatabase.values()].flatMap(({ engines: of }) => {
      const limit = limitOf(of, workspace);
      const shares = limit === undefined ? [] : workspace.allLaunches().flatMap(({ launch }) => shareOf(launch, of, reached, workspace) ?? []);
      if (limit === undefined || shares.length === 0) return [];
      const launches = together(shares);
      return [{ limit, launches, allowed: sum(launches.map((share) => share.allowed)), connections: sum(launches.map((share) => share.connections)) }];
    });
  });
}

/** The term of one launch in the sum, as people write it: `4 × (10 + 20)`. `open`: of what can be open at a time, else of what the pools allow. */
export function termOf({ processes, engines, atATime, connections }: LaunchShare, open: boolean): string {
  if (open && atATime !== undefined) return `${processes.value} × ${connections / processes.value}`;
  const pools = engines.map(({ size, overflow }) => (overflow.value > 0 ? `${size.value} + ${overflow.value}` : `${size.value}`)).join(' + ');
  return `${processes.value} × ${/ /.test(pools) ? `(${pools})` : pools}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** The database that an engine connects to: of its URL, or where nothing says what is in that, the only one that runs here and has a driver. */
function databaseFor(engine: Engine, workspace: Workspace): Database | undefined {
  const kinds = new Set(engine.url.schemes.map(databaseOf));
  const [kind] = kinds;
  if (kinds.size > 0) return kinds.size === 1 && isSqlite(engine) === false ? kind : undefined;
  if (isSqlite(engine) !== undefined || /sqlite/i.test(engine.file.text)) return undefined;
  const required = databases.filter((database) => requires(database, workspace));
  return required.length === 1 && servers(required[0]!, workspace).image ? required[0] : undefined;
}

/**
 * The server where it is written out. What stands for one's own machine is another server for each service: there the place of the URL
 * counts, or the setting that it is read from and the folder of the service.
 */
function databaseKey(engine: Engine, workspace: Workspace): string {
  const { url, file } = engine;
  const kind = databaseFor(engine, workspace)!.name;
  const host = url.server?.replace(/:\d+$/, '');
  if (host !== undefined && !/^(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]|host\.docker\.internal)$/.test(host)) return `${kind} ${host}`;
  return `${kind} ${url.place ? `${url.place.path} ${url.place.range.start}` : `${url.settings.toSorted().join()} ${file.path.split('/', 1)[0]!}`}`;
}

// ── Launches ──

/** What a launch's processes open through `engines`; undefined where a number that it takes is not known. */
function shareOf(launch: Launch, engines: readonly Engine[], reached: Reached, workspace: Workspace): LaunchShare | undefined {
  if (launch.development || launch.entry === undefined) return undefined;
  const files = reached.from(launch.entry);
  const used = ofOneProcess(engines.filter((engine) => files.has(engine.file.path)).flatMap((engine) => engineShare(engine, workspace) ?? []));
  const processes = used.length === 0 ? undefined : processesOf(launch);
  if (!processes) return undefined;
  const work = workAtATime(launch, used);
  const one = sum(used.map((share) => share.connections));
  const atATime = work !== undefined && work * used.length < one ? work : undefined;
  const open = work === undefined ? one : sum(used.map((share) => Math.min(share.connections, work)));
  return { launch, processes, ...(atATime === undefined ? {} : { atATime }), engines: used, allowed: processes.value * (launch.program === 'celery worker' ? open : one), connections: processes.value * open };
}

function processesOf(launch: Launch): Figure | undefined {
  const name = launch.program === 'celery worker' ? 'concurrency' : launch.program === 'daphne' ? undefined : 'workers';
  const setting = name === undefined ? undefined : launch.settings.get(name);
  switch (launch.program) {
    case 'gunicorn': case 'uvicorn': case 'hypercorn': case 'granian': case 'fastapi':
      // A launch whose flags are not all known may have more, never less than one.
      return setting ? figure(setting) : { value: 1 };
    case 'celery worker': {
      // One process for each core where nothing says: nobody here knows how many.
      const kind = launch.settings.get('pool')?.value ?? 'prefork';
      return kind === 'prefork' || kind === 'processes' ? setting && figure(setting) : { value: 1 };
    }
    case 'daphne': return { value: 1 };
    default: return undefined;
  }
}

function figure(setting: { readonly value?: string; readonly path: string; readonly range: Range }): Figure | undefined {
  const value = setting.value === undefined ? NaN : Number(setting.value);
  return Number.isInteger(value) && value > 0 ? { value, path: setting.path, range: setting.range } : undefined;
}

/** Threads in which Starlette runs handlers that are no coroutines. */
const starletteThreads = 40;

/** How much one process works on at a time; undefined where that has no bound that matters. */
function workAtATime(launch: Launch, used: readonly EngineShare[]): number | undefined {
  const count = (name: string): number | undefined => {
    const value = Number(launch.settings.get(name)?.value ?? NaN);
    return Number.isInteger(value) && value > 0 ? value : undefined;
  };
  if (launch.program === 'celery worker') {
    const kind = launch.settings.get('pool')?.value ?? 'prefork';
    return kind === 'prefork' || kind === 'processes' || kind === 'solo' ? 1 : count('concurrency');
  }
  switch (concurrencyOf(launch)) {
    case 'processes': return 1;
    case 'threads': return launch.settings.has('threads') ? count('threads') : 1;
    case 'greenlets': return count('worker_connections') ?? 1000;
    case 'loop': return used.every(({ engine }) => engine.row.async) ? undefined : used.some(({ engine }) => engine.row.async) ? undefined : starletteThreads;
    default: return undefined;
  }
}

/** Launches of one application in several files are ways to start it; those in one file run together, but for branches. */
function together(shares: readonly LaunchShare[]): readonly LaunchShare[] {
  const applications = new Map<string, Map<string, LaunchShare[]>>();
  for (const share of shares) {
    const { launch } = share;
    const key = `${launch.program} ${launch.entry!}`;
    const files = applications.get(key) ?? new Map<string, LaunchShare[]>();
    applications.set(key, files);
    const beside = files.get(launch.path) ?? [];
    const branch = beside.findIndex((one) => (one.launch.command?.conditions.length ?? 0) > 0 || (launch.command?.conditions.length ?? 0) > 0);
    if (branch < 0) beside.push(share);
    else if (beside[branch]!.allowed < share.allowed) beside[branch] = share;
    files.set(launch.path, beside);
  }
  return [...applications.values()].flatMap((files) => [...files.values()].reduce((best, one) => (sum(one.map((share) => share.allowed)) > sum(best.map((share) => share.allowed)) ? one : best)));
}

/** The files that a program imports, directly or not. */
class Reached {
  readonly #workspace: Workspace;
  readonly #known = new Map<string, ReadonlySet<string>>();

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  from(entry: string): ReadonlySet<string> {
    let found = this.#known.get(entry);
    if (!found) {
      const all = new Set([entry]);
      // A set visits what is added while it is walked.
      for (const path of all) for (const other of this.#workspace.imports(path)) if (this.#workspace.file(other)) all.add(other);
      this.#known.set(entry, (found = all));
    }
    return found;
  }
}

// ── Engines ──

function engineShare(engine: Engine, workspace: Workspace): EngineShare | undefined {
  const { row } = engine;
  if (!engine.complete || engine.settings.has('pool') || /^(?:NullPool|StaticPool|SingletonThreadPool|AssertionPool)$/.test(poolClassOf(engine) ?? '')) return undefined;
  const size = numberOf(engine, row.size, workspace) ?? (row.size_falls_back === undefined ? undefined : numberOf(engine, row.size_falls_back, workspace)) ?? standard(engine, row.size, row.default_size);
  const overflow = row.overflow === undefined ? { value: 0 } : (numberOf(engine, row.overflow, workspace) ?? standard(engine, row.overflow, row.default_overflow));
  // 0 and -1 stand for no limit.
  if (!size || !overflow || size.value <= 0 || overflow.value < 0) return undefined;
  return { engine, size, overflow, connections: size.value + overflow.value };
}

function numberOf(engine: Engine, name: string, workspace: Workspace): Figure | undefined {
  const known: Known | undefined = settingOf(engine, name, workspace);
  const value = typeof known?.value === 'string' ? Number(known.value) : known?.value;
  return typeof value === 'number' && Number.isInteger(value) ? { value, path: known!.path, range: known!.range } : undefined;
}

function standard(engine: Engine, name: string, value: number | undefined): Figure | undefined {
  return engine.settings.has(name) || value === undefined ? undefined : { value };
}

/** Of several engines in branches of one function or module, one is made: the largest. */
function ofOneProcess(shares: readonly EngineShare[]): readonly EngineShare[] {
  const kept: EngineShare[] = [];
  for (const share of shares) {
    const { file, call } = share.engine;
    const owner = ownerOf(file, call.scope);
    const other = kept.findIndex(({ engine }) => engine.file === file && ownerOf(file, engine.call.scope) === owner && engine.call.block !== call.block);
    if (other < 0) kept.push(share);
    else if (kept[other]!.connections < share.connections) kept[other] = share;
  }
  return kept;
}

// ── The server ──

/** What the database of these engines takes; undefined where a pooler stands in front, or where nothing says which database it is. */
function limitOf(engines: readonly Engine[], workspace: Workspace): Limit | undefined {
  const database = databaseFor(engines[0]!, workspace)!;
  if (pooled(engines, workspace)) return undefined;
  const { files, image } = servers(database, workspace);
  const written = files.flatMap((file) => limitsIn(file));
  const highest = written.toSorted((a, b) => b.value - a.value)[0];
  const reserved = database.reserved;
  if (highest) return { ...highest, database, reserved };
  const evidence = image ?? engines.map(({ url }) => url.place).find((place) => place !== undefined);
  return { value: database.max_connections, database, reserved, ...(evidence ? { evidence } : {}) };
}

const poolers = /\b(?:pgbouncer|pgcat|pgpool|odyssey|supavisor|proxysql|rds-proxy)\b|:6432\b|\.pooler\./i;

function pooled(engines: readonly Engine[], workspace: Workspace): boolean {
  return engines.some(({ file }) => poolers.test(file.text)) || workspace.remembered('database poolers', () => {
    for (const path of workspace.paths) {
      const { language, text } = workspace.file(path)!;
      if (language !== 'python' && language !== 'requirements' && poolers.test(text)) return true;
    }
    return false;
  });
}

interface Servers {
  /** Files that start or configure the database. */
  readonly files: readonly Facts[];
  /** The image of a container that runs it. */
  readonly image?: { readonly path: string; readonly range: Range };
}

function servers(database: Database, workspace: Workspace): Servers {
  return workspace.remembered(`servers of ${database.name}`, () => {
    const images = new RegExp(`^[ \\t]*(?:-[ \\t]+)?(?:image:|FROM)[ \\t]*["']?((?:[\\w.-]+(?::\\d+)?/)*(?:${database.images.join('|')})(?=[:@"'\\s]|$)[^\\s"']*)`, 'im');
    const programs = new RegExp(`(?:^|[\\s"'/])(?:${database.servers.join('|')})["']?(?:,?\\s)`, 'm');
    const files: Facts[] = [];
    let image: Servers['image'];
    for (const path of workspace.paths) {
      const file = workspace.file(path)!;
      if (file.language === 'python' || file.language === 'requirements' || file.language === 'config') continue;
      const match = images.exec(file.text);
      if (match) {
        const end = match.index + match[0].length;
        image ??= { path, range: { start: end - match[1]!.length, end } };
      }
      if (match || programs.test(file.text) || (database.name === 'PostgreSQL' && /(^|\/)postgresql\.conf$/.test(path))) files.push(file);
    }
    return { files, ...(image ? { image } : {}) };
  });
}

/** `max_connections=200`, `--max-connections 200`, `max_connections = 200`, comments aside. */
function limitsIn(file: Facts): readonly Figure[] {
  return [...file.text.matchAll(/^(?![ \t]*#)(.*?\bmax[_-]connections["']?[ \t]*(?:[=:]|[ \t]|,)[ \t]*["']?)(\d+)/gm)].map((match) => {
    const start = match.index + match[1]!.length;
    return { value: Number(match[2]), path: file.path, range: { start, end: start + match[2]!.length } };
  });
}

/** How many connections one process may open through `engine` until its database is full; undefined where nothing is known of that. */
export function connectionsLeft(engine: Engine, workspace: Workspace): number | undefined {
  const shareWith = (share: LaunchShare): EngineShare | undefined => share.engines.find((one) => one.engine.file === engine.file && one.engine.call === engine.call);
  for (const { limit, launches, allowed } of budgetOf(workspace)) {
    const sharing = launches.filter((share) => shareWith(share) !== undefined);
    if (sharing.length === 0) continue;
    const own = sum(sharing.map((share) => share.processes.value * shareWith(share)!.connections));
    return Math.floor((limit.value - limit.reserved - (allowed - own)) / sum(sharing.map((share) => share.processes.value)));
  }
  return undefined;
}
