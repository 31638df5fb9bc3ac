/** Servers that Python code starts itself. */

import type { Call, Expression, Facts } from '../facts.ts';
import type { Launch, Setting } from './launches.ts';
import { nameOf } from './patching.ts';
import type { Program } from './programs.ts';
import type { Workspace } from './workspace.ts';

/** Calls that serve until the program ends. */
const starters: Readonly<Record<string, Program>> = {
  'flask_socketio.SocketIO.run': 'python',
  'flask.Flask.run': 'python',
  'gevent.pywsgi.WSGIServer.serve_forever': 'python',
  'gevent.pywsgi.WSGIServer.start': 'python',
  'gevent.server.StreamServer.serve_forever': 'python',
  'eventlet.wsgi.server': 'python',
  'uvicorn.run': 'uvicorn',
  'celery.Celery.worker_main': 'celery worker',
};

const lastNames: ReadonlySet<string> = new Set(Object.keys(starters).map((name) => name.slice(name.lastIndexOf('.') + 1)));

export function pythonLaunches(file: Facts, workspace: Workspace): readonly Launch[] {
  const found: Launch[] = [];
  for (const call of file.calls) {
    const name = nameOf(call.callee);
    if (name === undefined || !lastNames.has(name)) continue;
    const callee = calleeOf(file, call, workspace);
    const program = callee === undefined ? undefined : starters[callee];
    if (callee === undefined || program === undefined) continue;
    const settings = program === 'celery worker' ? workerSettings(file, call) : keywordSettings(file, call);
    const application = program === 'uvicorn' ? constantOf(call.arguments[0]?.value) : file.path;
    const debug = settings.get('debug')?.value === 'true' || settings.get('reload')?.value === 'true';
    found.push({
      program,
      path: file.path,
      range: call.calleeRange,
      arguments: [],
      call,
      callee,
      ...(typeof application === 'string' ? { application } : {}),
      ...(program !== 'uvicorn' && isStarted(file, call) ? { entry: file.path } : {}),
      settings,
      complete: !call.arguments.some((argument) => argument.star !== undefined),
      wrappers: [],
      development: debug,
    });
  }
  return found;
}

function calleeOf(file: Facts, call: Call, workspace: Workspace): string | undefined {
  const target = workspace.target(file, call)?.name;
  if (target !== undefined && target in starters) return target;
  // The server object may be made on the spot: `WSGIServer(("", 5000), app).serve_forever()`.
  const { callee } = call;
  if (callee.kind !== 'attribute' || callee.object.kind !== 'call') return target;
  const made = file.calls[callee.object.call];
  const maker = made && workspace.target(file, made)?.name;
  return maker === undefined ? target : `${maker}.${callee.name}`;
}

/** Whether the program starts the call by itself: on the top level, or in a function that the top level calls. */
function isStarted(file: Facts, call: Call): boolean {
  if (call.scope === 0) return true;
  const scope = file.scopes[call.scope];
  if (scope?.kind !== 'function' || scope.parent !== 0) return false;
  return file.calls.some((other) => other.scope === 0 && other.callee.kind === 'name' && other.callee.name === scope.name);
}

function keywordSettings(file: Facts, call: Call): ReadonlyMap<string, Setting> {
  const settings = new Map<string, Setting>();
  for (const { name, value, valueRange } of call.arguments) {
    if (name === undefined) continue;
    const constant = constantOf(value);
    settings.set(name, { ...(constant === undefined ? {} : { value: String(constant) }), path: file.path, range: valueRange, source: 'flag' });
  }
  return settings;
}

/** `worker_main(["worker", "-P", "gevent"])`. */
function workerSettings(file: Facts, call: Call): ReadonlyMap<string, Setting> {
  const settings = new Map<string, Setting>();
  const list = call.arguments[0];
  if (list?.value.kind !== 'sequence') return settings;
  const words = list.value.items.map(constantOf);
  words.forEach((word, index) => {
    if (typeof word !== 'string') return;
    const pool = /^(?:-P|--pool=)(.+)$/.exec(word)?.[1] ?? (word === '-P' || word === '--pool' ? words[index + 1] : undefined);
    if (typeof pool === 'string') settings.set('pool', { value: pool, path: file.path, range: list.valueRange, source: 'flag' });
  });
  return settings;
}

function constantOf(expression: Expression | undefined): string | number | boolean | undefined {
  return expression?.kind === 'constant' && expression.value !== null ? expression.value : undefined;
}
