/** Socket.IO servers that a program makes when its modules are imported, with what they were told. */

import type { Argument, Call, Facts, Range } from '../facts.ts';
import { mentioning } from './mentions.ts';
import { nameOf, type ImportRun } from './patching.ts';
import type { Workspace } from './workspace.ts';

/** A server of Flask-SocketIO or python-socketio that serves clients. */
export interface SocketServer {
  readonly path: string;
  /** The callee that makes it. */
  readonly range: Range;
  readonly library: 'flask_socketio' | 'socketio';
  /** `async_mode`; `auto` where nobody says, undefined when it cannot be known. */
  readonly mode?: string;
  /** Where the mode is written. */
  readonly modeRange?: Range;
  /** Whether clients may begin with polling, which needs every request of a client to reach the same process. */
  readonly polls: boolean | 'unknown';
}

const makers: Readonly<Record<string, SocketServer['library']>> = { 'flask_socketio.SocketIO': 'flask_socketio', 'socketio.Server': 'socketio', 'socketio.AsyncServer': 'socketio' };
const mounts: ReadonlySet<string> = new Set(['socketio.WSGIApp', 'socketio.ASGIApp', 'socketio.Middleware', 'socketio.Server.attach', 'socketio.AsyncServer.attach']);

const speaksOfSockets = mentioning(/socketio/);

/** The Socket.IO server behind the modules of `run`; undefined where none is made there, or none that an application serves. */
export function socketServerOf(run: ImportRun, workspace: Workspace): SocketServer | undefined {
  for (const file of run.files) {
    if (!speaksOfSockets(file)) continue;
    for (const call of file.calls) {
      const name = nameOf(call.callee);
      if (name !== 'SocketIO' && name !== 'Server' && name !== 'AsyncServer') continue;
      const library = makers[workspace.target(file, call)?.name ?? ''];
      if (!library) continue;
      const later = laterCalls(library, run.files, workspace);
      // Without an application it only sends: the way a Celery task does.
      const serves = library === 'flask_socketio' ? later.length > 0 || call.arguments.some((argument) => argument.name === 'app' || (argument.name === undefined && !argument.star)) : later.length > 0;
      if (serves) return read(file, call, library, [...call.arguments, ...later.flatMap((one) => one.arguments)]);
    }
  }
  return undefined;
}

/** `init_app(…)` of Flask-SocketIO; what puts a python-socketio server into an application. */
function laterCalls(library: SocketServer['library'], files: readonly Facts[], workspace: Workspace): readonly Call[] {
  return files.flatMap((file) => file.calls.filter((call) => {
    const name = nameOf(call.callee);
    if (library === 'flask_socketio') return name === 'init_app' && workspace.target(file, call)?.name === 'flask_socketio.SocketIO.init_app';
    return (name === 'WSGIApp' || name === 'ASGIApp' || name === 'Middleware' || name === 'attach') && mounts.has(workspace.target(file, call)?.name ?? '');
  }));
}

function read(file: Facts, call: Call, library: SocketServer['library'], given: readonly Argument[]): SocketServer {
  const hidden = given.some((argument) => argument.star === '**');
  const mode = given.find((argument) => argument.name === 'async_mode');
  const known = mode === undefined ? (hidden ? undefined : 'auto') : mode.value.kind === 'constant' && typeof mode.value.value === 'string' ? mode.value.value : mode.value.kind === 'constant' && mode.value.value === null ? 'auto' : undefined;
  return {
    path: file.path, range: call.calleeRange, library,
    ...(known === undefined ? {} : { mode: known }),
    ...(mode && call.arguments.includes(mode) ? { modeRange: mode.valueRange } : {}),
    polls: pollsWith(given, hidden),
  };
}

function pollsWith(given: readonly Argument[], hidden: boolean): boolean | 'unknown' {
  const transports = given.find((argument) => argument.name === 'transports')?.value;
  if (!transports) return hidden ? 'unknown' : true;
  const words = transports.kind === 'sequence' ? transports.items : [transports];
  if (words.some((word) => word.kind !== 'constant' || typeof word.value !== 'string')) return 'unknown';
  return words.some((word) => word.kind === 'constant' && word.value === 'polling');
}
