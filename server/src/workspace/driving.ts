/** Calls that give a coroutine a loop of its own, and what keeps a loop busy with other work. */

import type { Call, Decorator, Expression, Facts, Loop, Scope } from '../facts.ts';
import { lastName } from './routes.ts';
import { ends, waitsForTheEnd } from './scripts.ts';
import { callsIn } from './work.ts';
import type { Workspace } from './workspace.ts';

const drivers: ReadonlySet<string> = new Set(['asyncio.run', 'asyncio.Runner.run', 'anyio.run', 'trio.run', 'uvloop.run', 'asgiref.sync.async_to_sync', 'asgiref.sync.AsyncToSync', 'asyncer.runnify', 'tornado.ioloop.IOLoop.run_sync']);
const driverNames: ReadonlySet<string> = new Set([...drivers].map((name) => name.slice(name.lastIndexOf('.') + 1)));
/** On the loop that runs already. */
const schedules = /^(?:create_task|ensure_future|run_coroutine_threadsafe|call_soon_threadsafe)$/;

/** A worker of RQ runs each of its jobs to the end, on a loop of its own. */
const workers: ReadonlySet<string> = new Set(['rq.Queue.enqueue', 'rq.Queue.enqueue_at', 'rq.Queue.enqueue_call', 'rq.Queue.enqueue_in', 'rq_scheduler.Scheduler.cron', 'rq_scheduler.Scheduler.enqueue_at', 'rq_scheduler.Scheduler.enqueue_in', 'rq_scheduler.Scheduler.schedule']);
const workerNames = /^enqueue(?:_(?:at|call|in))?$/;

/** Whether a call may drive what it is given, or have a worker do it, by its name. */
export function mayDrive({ callee }: Call): boolean {
  return (callee.kind === 'name' || callee.kind === 'attribute') && (driverNames.has(callee.name) || callee.name === 'run_until_complete' || workerNames.test(callee.name));
}

/** Whether a call gives a function to a worker. */
export function enqueues(workspace: Workspace, file: Facts, call: Call): boolean {
  return call.callee.kind === 'attribute' && workers.has(workspace.target(file, call)?.name ?? '');
}

/** Whether a call runs the coroutine that it is given to its end, on a loop of its own: `asyncio.run(…)`, or a helper of the workspace that does. */
export function drives(workspace: Workspace, file: Facts, call: Call): boolean {
  const { callee } = call;
  if (callee.kind === 'attribute' && callee.name === 'run_until_complete') return true;
  const target = workspace.target(file, call);
  if (!target?.definition) return target !== undefined && drivers.has(target.name);
  const helper = workspace.file(target.definition.path);
  const scope = helper?.scopes[target.definition.scope];
  if (!helper || !scope?.function || scope.function.async) return false;
  const parameters = new Set(scope.function.parameters.map(({ name }) => name));
  const calls = callsIn(helper, scope.index);
  return calls.some((inner) => isPrimitive(workspace, helper, inner) && inner.arguments.some(({ value }) => value.kind === 'name' && parameters.has(value.name)))
    && !calls.some((inner) => schedules.test(lastName(inner.callee)));
}

/** Whether a decorator of the workspace puts a plain function in a coroutine's place, which runs it on a loop of its own; or `async_to_sync` does. */
export function drivesDecorated(workspace: Workspace, file: Facts, { parent, start }: Scope, { value }: Decorator): boolean {
  const callee = value.kind === 'call' ? file.calls[value.call]!.callee : value;
  const target = workspace.target(file, { callee, scope: parent, start });
  const helper = target?.definition && workspace.file(target.definition.path);
  const around = helper?.scopes[target!.definition!.scope];
  if (!helper || !around?.function) return target !== undefined && drivers.has(target.name);
  return helper.calls.some((call) => around.start <= call.start && call.end <= around.end && isPrimitive(workspace, helper, call) && call.arguments.some(({ value: given }) => given.kind === 'call' && isParameter(helper, helper.calls[given.call]!, around)));
}

/** Whether a decorator of the workspace puts a function in a coroutine's place that says it is that one (`functools.wraps`), calls it, and gives it to nobody. */
export function wrapsOnly(workspace: Workspace, file: Facts, { parent, start }: Scope, { value }: Decorator): boolean {
  const callee = value.kind === 'call' ? file.calls[value.call]!.callee : value;
  const { path, scope } = workspace.target(file, { callee, scope: parent, start })?.definition ?? {};
  const helper = path === undefined ? undefined : workspace.file(path);
  const around = helper?.scopes[scope!];
  if (!helper || !around?.function) return false;
  const calls = helper.calls.filter((call) => around.start <= call.start && call.end <= around.end);
  const wrapped = new Set(calls.flatMap(({ callee: by, arguments: [given] }) => (lastName(by) === 'wraps' && given?.value.kind === 'name' ? [given.value.name] : [])));
  const called = calls.filter((call) => call.callee.kind === 'name' && wrapped.has(call.callee.name) && isParameter(helper, call, around));
  return called.length > 0 && calls.every((call) => asks.test(lastName(call.callee)) || !call.arguments.some(({ value: given }) => given.kind === 'name' && wrapped.has(given.name)))
    && called.every((call) => call.awaited !== undefined || !helper.scopes[call.scope]!.function?.async);
}

/** What only looks at a function. */
const asks = /^(?:wraps|update_wrapper|iscoroutinefunction|isasyncgenfunction|signature|getattr|cast)$/;

function isPrimitive(workspace: Workspace, file: Facts, call: Call): boolean {
  if (!mayDrive(call)) return false;
  return lastName(call.callee) === 'run_until_complete' || drivers.has(workspace.target(file, call)?.name ?? '');
}

/** Whether a call calls a parameter of a function inside `around`, or of that itself. */
function isParameter(file: Facts, { callee, scope }: Call, around: Scope): boolean {
  if (callee.kind !== 'name') return false;
  for (let at = scope; at >= around.index; at = file.scopes[at]!.parent) {
    const bound = file.scopes[at]!.bindings.get(callee.name);
    if (bound) return bound.every(({ value }) => value.kind === 'parameter');
  }
  return false;
}

const starters = /^(serve\w*|start\w*|run\w*|main|gather|idle|listen|poll\w*|connect\w*|launch\w*)$/;
const servers = /^(serve\w*|create_server|start_server|start_polling|run_polling|run_forever|run_app|idle)$/;
const tasks = /^(create_task|ensure_future|TaskGroup)$/;

/** Whether a function starts a server, or serves for ever itself. */
export function goesOn(file: Facts, scope: number): boolean {
  const own = file.scopes[scope]!;
  if (callsIn(file, scope).some((call) => servers.test(lastName(call.callee)) || waitsForTheEnd(call))) return true;
  return file.loops.some((loop) => loop.kind === 'while' && own.start <= loop.start && loop.end <= own.end && isEndless(file, loop));
}

/** Whether a function starts tasks. */
export function startsTasks(file: Facts, scope: number): boolean {
  return callsIn(file, scope).some((call) => tasks.test(lastName(call.callee)));
}

/** Whether a loop that awaits goes on for ever, or until somebody says that it should end. */
function isEndless(file: Facts, { test, flow }: Loop): boolean {
  if (!flow || !test) return false;
  if (test.kind === 'truthy' && test.value.kind === 'constant') return !flow.exits.some((exit) => exit.kind === 'return' || (exit.kind === 'break' && !exit.nested));
  const asked = test.kind === 'not' ? test.test : test;
  const value = asked.kind === 'truthy' ? asked.value : undefined;
  const callee = value?.kind === 'call' ? file.calls[value.call]!.callee : value;
  return callee !== undefined && (ends.test(lastName(callee)) || (callee.kind === 'attribute' && ends.test(lastName(callee.object))));
}

export function soundsLikeStart({ callee }: Call): boolean {
  return starters.test(lastName(callee));
}

/** Whether a coroutine calls what may start others, going by names; of `known` calls somebody knows what they run. */
export function mayStartOthers(workspace: Workspace, file: Facts, scope: number, known: ReadonlySet<number | undefined>): boolean {
  return callsIn(file, scope).some((call) => soundsLikeStart(call) && !known.has(call.index) && !elsewhere.test(workspace.target(file, call)?.name ?? ''));
}

/** What these start does not run on the loop. */
const elsewhere = /^(?:threading|multiprocessing|subprocess|concurrent)\./;

const startupArguments: ReadonlySet<string> = new Set(['lifespan', 'on_startup', 'on_shutdown', 'on_cleanup']);

/** Whether a call registers `name` for before the first client or after the last: `FastAPI(lifespan=…)`, `app.on_startup.append(…)`. */
export function registersStartup({ callee, arguments: args }: Call, name: string): boolean {
  if (args.some((argument) => argument.name !== undefined && startupArguments.has(argument.name) && names(argument.value, name))) return true;
  if (callee.kind !== 'attribute') return false;
  if (callee.name === 'append') return startupArguments.has(lastName(callee.object));
  const event = args[0]?.value;
  return callee.name === 'add_event_handler' && event?.kind === 'constant' && (event.value === 'startup' || event.value === 'shutdown');
}

function names(value: Expression, name: string): boolean {
  return value.kind === 'sequence' ? value.items.some((item) => names(item, name)) : lastName(value) === name;
}
