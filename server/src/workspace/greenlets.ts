/** Programs that run under gevent or eventlet, and the functions in them that serve clients. */

import type { Call, Facts, Range } from '../facts.ts';
import type { BlockingRow } from '../knowledge/index.ts';
import { concurrencyOf } from './launches.ts';
import type { Place, Workspace } from './workspace.ts';

const handlers = /^(route|get|post|put|patch|delete|before_request|after_request|teardown_request|errorhandler|on|event|on_event|task|shared_task|periodic_task)$/;

/** How the workspace runs under a hub of greenlets. */
export interface Greenlets {
  readonly evidence: NonNullable<Place['evidence']>;
  /** The standard library is patched: what gevent makes cooperative does not block. */
  readonly patched: boolean;
  readonly library: 'gevent' | 'eventlet';
  /** psycopg2 waits through gevent. */
  readonly green: boolean;
}

/** What the workspace says about greenlets; undefined when nothing says that it has any. */
export function greenletsOf(workspace: Workspace): Greenlets | undefined {
  let green = false;
  let library: 'gevent' | 'eventlet' | undefined;
  let patch: { path: string; range: Range } | undefined;
  let socket: { path: string; range: Range } | undefined;
  let hub = false;
  for (const path of workspace.paths) {
    const marks = marksOf(workspace.file(path)!);
    green ||= marks.green;
    hub ||= marks.hub;
    if (marks.patch) patch ??= { path, range: marks.patch };
    library ??= marks.library;
    if (marks.socket) socket ??= { path, range: marks.socket };
  }
  library ??= 'gevent';
  for (const { file, launch } of workspace.allLaunches()) {
    if (concurrencyOf(launch) === 'greenlets') return { evidence: { path: file.path, range: launch.range }, patched: true, library, green };
  }
  if (patch) return { evidence: patch, patched: true, library, green };
  // Flask-SocketIO takes the hub that is installed, and patches nothing.
  return socket && hub ? { evidence: socket, patched: false, library, green } : undefined;
}

/** Whether a call that blocks a thread blocks the hub. */
export function blocksHub(row: BlockingRow, { patched, green }: Greenlets): boolean {
  if (green && row.name.startsWith('psycopg2.')) return false;
  return patched ? row.gevent === false : true;
}

/** What one file says about greenlets. */
interface Marks {
  readonly green: boolean;
  readonly hub: boolean;
  readonly library?: 'gevent' | 'eventlet';
  readonly patch?: Range;
  readonly socket?: Range;
}

const known = new WeakMap<Facts, Marks>();

function marksOf(file: Facts): Marks {
  let marks = known.get(file);
  if (!marks) {
    const python = file.language === 'python';
    const library = (file.language === 'requirements' || file.language === 'config' ? /^\s*["']?(gevent|eventlet)\b(?!-)/m.exec(file.text)?.[1] : undefined) as Marks['library'];
    const patch = python && /\bpatch_all\b|\bmonkey_patch\b/.test(file.text) ? patchCall(file)?.calleeRange : undefined;
    const socket = python && file.text.includes('flask_socketio') ? socketCall(file)?.calleeRange : undefined;
    marks = {
      green: python && /\b(psycogreen|set_wait_callback)\b/.test(file.text),
      hub: library !== undefined,
      ...(library ? { library } : {}),
      ...(patch ? { patch } : {}), ...(socket ? { socket } : {}),
    };
    known.set(file, marks);
  }
  return marks;
}

function patchCall(file: Facts): Call | undefined {
  return file.calls.find(({ callee }) => (callee.kind === 'attribute' || callee.kind === 'name') && (callee.name === 'patch_all' || callee.name === 'monkey_patch') && /gevent|eventlet/.test(file.text));
}

/** `SocketIO(app)` without a mode of its own. */
function socketCall(file: Facts): Call | undefined {
  return file.calls.find(({ callee, arguments: args }) => callee.kind === 'name' && callee.name === 'SocketIO' && !args.some((argument) => argument.name === 'async_mode' || argument.star));
}

/** Scopes of the functions of a file that run in greenlets by themselves: handlers and tasks; every function of a file that patches. */
export function greenletRoots(file: Facts): ReadonlySet<number> {
  // FastAPI's plain endpoints run in threads, whatever else the workspace starts.
  if (importsAsgi(file)) return new Set();
  const patches = marksOf(file).patch !== undefined;
  const roots = new Set<number>();
  for (const scope of file.scopes) {
    if (scope.kind !== 'function' || scope.function!.async) continue;
    const handler = scope.function!.decorators.some(({ value }) => {
      const callee = value.kind === 'call' ? file.calls[value.call]!.callee : value;
      return (callee.kind === 'attribute' || callee.kind === 'name') && handlers.test(callee.name);
    });
    if (handler || (patches && file.scopes[scope.parent]!.kind === 'module')) roots.add(scope.index);
  }
  return roots;
}

function importsAsgi(file: Facts): boolean {
  for (const bindings of file.scopes[0]?.bindings.values() ?? []) {
    if (bindings.some(({ value }) => value.kind === 'import' && /^(fastapi|starlette|litestar)(\.|$)/.test(value.module))) return true;
  }
  return false;
}
