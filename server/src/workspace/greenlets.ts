/** Programs that run under gevent or eventlet, and the functions in them that serve clients. */

import type { Call, Expression, Facts, Range, Scope } from '../facts.ts';
import { drivers, driversBelow } from '../knowledge/drivers.ts';
import type { BlockingRow } from '../knowledge/index.ts';
import { madeGreenBy } from './drivers.ts';
import { greenletsOf as libraryOf } from './launches.ts';
import { mentioning } from './mentions.ts';
import { nameOf } from './patching.ts';
import { onlySoundsLikeRoute } from './routes.ts';
import { standsAside } from './scripts.ts';
import type { Place, Workspace } from './workspace.ts';

const handlers = /^(route|get|post|put|patch|delete|before_request|after_request|teardown_request|errorhandler|on|event|on_event|task|shared_task|periodic_task)$/;

/** Classes whose methods named after HTTP's answer requests, and classes whose `_run` is a greenlet. */
const views = /(?:Resource|MethodView|APIView)$/;
const verbs: ReadonlySet<string> = new Set(['get', 'post', 'put', 'patch', 'delete', 'head', 'options']);
const tasks = /Greenlet$/;
/** What starts a greenlet, and which argument is its work. */
const spawners: ReadonlyMap<string, number> = new Map([['spawn', 0], ['spawn_raw', 0], ['spawn_later', 1], ['start_later', 1]]);

/** How the workspace runs under a hub of greenlets. */
export interface Greenlets {
  readonly evidence: NonNullable<Place['evidence']>;
  /** The standard library is patched: what gevent makes cooperative does not block. */
  readonly patched: boolean;
  readonly library: 'gevent' | 'eventlet';
  /** Names of the drivers in C that wait through the hub. */
  readonly green: ReadonlySet<string>;
}

/** What the workspace says about greenlets; undefined when nothing says that it has any. */
export function greenletsOf(workspace: Workspace): Greenlets | undefined {
  const green = new Set<string>();
  let installed: 'gevent' | 'eventlet' | undefined;
  let patch: { readonly path: string; readonly range: Range; readonly library: 'gevent' | 'eventlet' } | undefined;
  let socket: { readonly path: string; readonly range: Range } | undefined;
  let partly = false;
  for (const [path, marks] of workspace.noted(marking)) {
    for (const name of marks.green) green.add(name);
    installed ??= marks.library;
    if (marks.patch) patch ??= { path, ...marks.patch };
    partly ||= marks.partly === true;
    if (marks.socket) socket ??= { path, range: marks.socket };
  }
  for (const { file, launch } of workspace.allLaunches()) {
    if (launch.callee !== undefined && isShown(file.path)) continue;
    const library = libraryOf(launch);
    // Who patches some modules only, and starts the server itself, has patched we do not know what.
    if (library && launch.callee !== undefined && partly && !patch) return undefined;
    if (library) return patched({ path: file.path, range: launch.range }, library, green);
  }
  if (patch) return patched({ path: patch.path, range: patch.range }, patch.library, green);
  // Flask-SocketIO takes the hub that is installed, and patches nothing.
  return socket && installed ? { evidence: socket, patched: false, library: installed, green } : undefined;
}

function patched(evidence: Greenlets['evidence'], library: Greenlets['library'], green: Set<string>): Greenlets {
  for (const driver of drivers) if (driver.patched_by?.includes(library)) green.add(driver.name);
  return { evidence, patched: true, library, green };
}

/** Whether a call that blocks a thread blocks the hub. */
export function blocksHub(row: BlockingRow, { patched, green }: Greenlets): boolean {
  if (green.size > 0 && driversBelow(row.name).some((driver) => green.has(driver))) return false;
  return patched ? row.gevent === false : true;
}

/** What one file says about greenlets. */
interface Marks {
  readonly green: readonly string[];
  /** That requirements name. */
  readonly library?: 'gevent' | 'eventlet';
  readonly patch?: { readonly range: Range; readonly library: 'gevent' | 'eventlet' };
  readonly socket?: Range;
  /** Single modules are patched. */
  readonly partly?: true;
}

/** Whether a Python file may decide under which hub the workspace runs, and which drivers wait there. */
export const concernsHub = mentioning(/gevent|eventlet|patch_all|monkey_patch|flask_socketio|psycogreen|set_wait_callback|install_as_MySQLdb/);

const speaksOfPatching = mentioning(/\bpatch_all\b|\bmonkey_patch\b/);
/** Tests and examples patch for themselves; they say nothing of the program beside them. */
const shows = /(?:^|\/)(?:examples?|samples?|deprecated)\//;
const isShown = (path: string): boolean => standsAside(path) || shows.test(path);
const speaksOfModules = mentioning(/\bmonkey\.patch_(?!all\b)\w+/);
const speaksOfSockets = mentioning(/flask_socketio/);
const known = new WeakMap<Facts, Marks>();

function marksOf(file: Facts): Marks {
  let marks = known.get(file);
  if (!marks) {
    const python = file.language === 'python';
    const library = (file.language === 'requirements' || file.language === 'config' ? /^\s*["']?(gevent|eventlet)\b(?!-)/m.exec(file.text)?.[1] : undefined) as Marks['library'];
    const patch = python && speaksOfPatching(file) && !isShown(file.path) ? patchCall(file) : undefined;
    const socket = python && speaksOfSockets(file) ? socketCall(file)?.calleeRange : undefined;
    marks = {
      green: python ? madeGreenBy(file) : [],
      ...(library ? { library } : {}),
      ...(patch ? { patch: { range: patch.calleeRange, library: nameOf(patch.callee) === 'monkey_patch' ? 'eventlet' : 'gevent' } } : {}), ...(socket ? { socket } : {}),
      ...(python && speaksOfModules(file) && !isShown(file.path) ? { partly: true } : {}),
    };
    known.set(file, marks);
  }
  return marks;
}

function marking(file: Facts): Marks | undefined {
  const marks = marksOf(file);
  return marks.green.length > 0 || marks.library || marks.patch || marks.socket || marks.partly ? marks : undefined;
}

function patchCall(file: Facts): Call | undefined {
  return file.calls.find(({ callee }) => (callee.kind === 'attribute' || callee.kind === 'name') && ((callee.name === 'patch_all' && /gevent/.test(file.text)) || (callee.name === 'monkey_patch' && /eventlet/.test(file.text))));
}

/** `SocketIO(app)` without a mode of its own. */
function socketCall(file: Facts): Call | undefined {
  return file.calls.find(({ callee, arguments: args }) => callee.kind === 'name' && callee.name === 'SocketIO' && !args.some((argument) => argument.name === 'async_mode' || argument.star));
}

/**
 * Scopes of the functions of a file that run in greenlets by themselves, if any: handlers and tasks, methods of views, what is given to
 * `spawn`; every function of a file that patches.
 */
export function greenletRoots(file: Facts): ReadonlySet<number> | undefined {
  // FastAPI's plain endpoints run in threads, whatever else the workspace starts.
  if (importsAsgi(file) || standsAside(file.path)) return undefined;
  const patches = marksOf(file).patch !== undefined || marksOf(file).socket !== undefined;
  const roots = new Set<number>();
  for (const scope of file.scopes) {
    if (scope.kind !== 'function' || scope.function!.async) continue;
    const handler = scope.function!.decorators.some(({ value }) => {
      const callee = value.kind === 'call' ? file.calls[value.call]!.callee : value;
      return (callee.kind === 'attribute' || callee.kind === 'name') && handlers.test(callee.name) && !onlySoundsLikeRoute(file, value);
    });
    if (handler || (patches && file.scopes[scope.parent]!.kind === 'module') || isGreenMethod(file, scope)) roots.add(scope.index);
  }
  if (speaksOfGevent(file)) for (const spawned of spawnedIn(file)) roots.add(spawned);
  return roots.size > 0 ? roots : undefined;
}

const speaksOfGevent = mentioning(/\bgevent\b|\beventlet\b/);

/** `get` of a view, `_run` of a greenlet. */
function isGreenMethod(file: Facts, { name, parent }: Scope): boolean {
  const bases = file.scopes[parent]!.class?.bases;
  if (!bases || !(verbs.has(name) || name === '_run')) return false;
  return bases.some((base) => (base.kind === 'name' || base.kind === 'attribute') && (name === '_run' ? tasks : views).test(base.name));
}

/** Scopes of the functions and methods of a file that it gives to `gevent.spawn` and its like. */
function spawnedIn(file: Facts): readonly number[] {
  const found: number[] = [];
  for (const { callee, arguments: args, scope } of file.calls) {
    const position = callee.kind === 'attribute' || callee.kind === 'name' ? spawners.get(callee.name) : undefined;
    if (position === undefined || (callee.kind === 'attribute' && /thread/i.test(nameOf(callee.object) ?? ''))) continue;
    const work = args.filter(({ name, star }) => name === undefined && !star)[position]?.value;
    const spawned = work && definedIn(file, work, scope);
    if (spawned !== undefined && !file.scopes[spawned]!.function!.async) found.push(spawned);
  }
  return found;
}

/** The function of the file that a name, or an attribute of `self`, stands for. */
function definedIn(file: Facts, work: Expression, scope: number): number | undefined {
  const ofSelf = work.kind === 'attribute' && nameOf(work.object) === 'self';
  if (work.kind !== 'name' && !ofSelf) return undefined;
  for (let at = scope; at >= 0; at = file.scopes[at]!.parent) {
    if ((file.scopes[at]!.kind === 'class') !== ofSelf) continue;
    const bound = file.scopes[at]!.bindings.get(work.name);
    if (bound || ofSelf) return bound?.length === 1 && bound[0]!.value.kind === 'function' ? bound[0]!.value.scope : undefined;
  }
  return undefined;
}

/** Whether a file belongs to an ASGI application. */
export function importsAsgi(file: Facts): boolean {
  for (const bindings of file.scopes[0]?.bindings.values() ?? []) {
    if (bindings.some(({ value }) => value.kind === 'import' && /^(fastapi|starlette|litestar)(\.|$)/.test(value.module))) return true;
  }
  return false;
}

export function hubOf(greenlets: Greenlets | undefined): string {
  return greenlets ? `${greenlets.library} ${greenlets.patched} ${[...greenlets.green].sort().join()}` : '';
}
