/** The application that a launch starts: whether it is there, and what kind it is. */

import { guesses, type Binding, type Call, type Expression, type Facts, type Range } from '../facts.ts';
import { applicationInterfaces, type ServerInterface } from '../knowledge/applications.ts';
import type { Launch } from './launches.ts';
import { mentioning } from './mentions.ts';
import { importRun } from './patching.ts';
import type { Workspace } from './workspace.ts';

export interface Application {
  /** The module's file, where it is in the workspace. */
  readonly module: Facts | undefined;
  /** `no`: the module is in the workspace, and nothing in it can have the name. */
  readonly found: 'yes' | 'no' | 'unknown';
  /** How a server must call it; undefined when nobody knows. */
  readonly interface: ServerInterface | undefined;
  /** Dotted name of what it is made with: `fastapi.FastAPI`, `django.core.asgi.get_asgi_application`. */
  readonly framework?: string;
  /** The Socket.IO server in what the module imports. */
  readonly socketio?: { readonly path: string; readonly range: Range; readonly asyncMode?: string; readonly call: Call };
  /** Where its name is bound. */
  readonly range?: Range;
  readonly path?: string;
}

/** The application behind a launch; undefined for a launch that names none. */
export function applicationOf(launch: Launch, workspace: Workspace): Application | undefined {
  if (launch.application === undefined) return undefined;
  const { program, path, range, application } = launch;
  return workspace.remembered(`applications: ${path} ${range.start} ${program} ${application}`, () => find(launch, application, workspace));
}

/** The name of the application in its module, where none is written. */
const usualNames: Readonly<Record<string, string>> = { gunicorn: 'application', granian: 'application', hypercorn: 'app' };

function find(launch: Launch, written: string, workspace: Workspace): Application {
  const module = launch.entry === undefined ? undefined : workspace.file(launch.entry);
  const unknown: Application = { module, found: 'unknown', interface: undefined };
  if (module?.language !== 'python') return unknown;
  const socketio = socketioOf(module, workspace);
  const base = { ...unknown, ...(socketio ? { socketio } : {}) };
  const name = nameIn(launch, written);
  if (name === undefined) return base;
  const made = resolve(module, name.name, name.called || isOnFactory(launch), workspace, 0);
  if (made === 'missing') return { ...base, found: 'no' };
  if (made === undefined) return base;
  return {
    ...base,
    found: 'yes',
    path: made.file.path,
    range: { start: made.binding.start, end: made.binding.end },
    // An attribute of what is bound (`dash_app.server`) is something else.
    ...(name.attribute ? {} : kindOf(made, workspace)),
  };
}

/** `app` of `module:app`, `create_app` of `module:create_app()`; undefined for what names no attribute of a module. */
function nameIn(launch: Launch, written: string): { readonly name: string; readonly called: boolean; readonly attribute: boolean } | undefined {
  if (launch.program === 'python' || launch.program.startsWith('celery') || launch.program === 'flask' || launch.program === 'fastapi') return undefined;
  const colon = written.indexOf(':');
  if (colon === -1 || colon === written.length - 1) {
    const name = usualNames[launch.program];
    return name === undefined ? undefined : { name, called: false, attribute: false };
  }
  const [, name, rest] = /^([A-Za-z_]\w*)(.*)$/s.exec(written.slice(colon + 1).trim()) ?? [];
  if (name === undefined) return undefined;
  return { name, called: rest!.startsWith('('), attribute: rest!.startsWith('.') };
}

function isOnFactory(launch: Launch): boolean {
  return launch.settings.get('factory')?.value === 'true';
}

/** A name followed to where it is bound. */
interface Bound {
  readonly file: Facts;
  readonly binding: Binding;
  /** Its name there. */
  readonly name: string;
  /** It is called to make the application. */
  readonly called: boolean;
}

const farthest = 8;

/** Follows a name of a module through imports; `missing` when the module cannot have it, undefined when nobody knows. */
function resolve(file: Facts, name: string, called: boolean, workspace: Workspace, depth: number): Bound | 'missing' | undefined {
  const bindings = file.scopes[0]?.bindings;
  const binding = bindings?.get(name)?.findLast(({ value }) => value.kind !== 'deleted' && value.kind !== 'annotated');
  if (binding) {
    const { value } = binding;
    if (value.kind === 'import' && value.member !== undefined && depth < farthest) {
      const from = workspace.resolveModule(file, value.module, value.level);
      const inner = from && resolve(from, value.member, called, workspace, depth + 1);
      if (inner && inner !== 'missing') return inner;
    }
    return { file, binding, name, called };
  }
  for (const star of bindings?.get('*') ?? []) {
    if (star.value.kind !== 'star-import') continue;
    const from = depth < farthest ? workspace.resolveModule(file, star.value.module, star.value.level) : undefined;
    const inner = from && resolve(from, name, called, workspace, depth + 1);
    if (inner !== 'missing') return inner || undefined;
  }
  // The name may come from elsewhere: a function that declares it `global`, a module's `__getattr__`, what is written into `globals()`.
  const declared = file.scopes.some((scope) => scope.outer?.includes(name));
  const dynamic = guesses(file).length > 0 || bindings?.has('__getattr__') || /\bglobals\s*\(|\bsetattr\s*\(|\bexec\s*\(|sys\.modules/.test(file.text);
  return declared || dynamic || workspace.resolveModule(file, name, 1) ? undefined : 'missing';
}

/** What is bound, by the calls and types that make it. */
function kindOf(bound: Bound, workspace: Workspace): Pick<Application, 'interface' | 'framework'> {
  const { file, binding, name, called } = bound;
  const { value } = binding;
  if (value.kind === 'function') {
    const scope = file.scopes[value.scope]!;
    const facts = scope.function!;
    if (called) {
      for (const returned of facts.returns) {
        const made = madeBy(file, returned, value.scope, scope.end, workspace, 0);
        if (made) return made;
      }
      return { interface: undefined };
    }
    if (facts.decorators.length > 0) return { interface: undefined };
    // A bare ASGI or WSGI callable, by its parameters.
    const parameters = facts.parameters.filter(({ star }) => star === undefined).map((parameter) => parameter.name.replace(/^_+/, ''));
    if (facts.async && parameters.length === 3) return { interface: 'asgi' };
    return /^env(?:iron(?:ment)?)?$/.test(parameters[0] ?? '') && parameters.length === 2 && !facts.async ? { interface: 'wsgi' } : { interface: undefined };
  }
  return madeBy(file, { kind: 'name', name }, 0, file.text.length, workspace, 0) ?? { interface: undefined };
}

/** The table's row for what an expression makes: by the type that names lead to, else by the call that is written. */
function madeBy(file: Facts, expression: Expression, scope: number, at: number, workspace: Workspace, depth: number): Required<Pick<Application, 'interface' | 'framework'>> | undefined {
  for (const type of workspace.types(file, expression, scope, at)) {
    const kind = applicationInterfaces.get(type);
    if (kind) return { interface: kind, framework: type };
  }
  if (depth > farthest) return undefined;
  if (expression.kind === 'call') {
    const call = file.calls[expression.call];
    const target = call && workspace.target(file, call);
    const kind = target && applicationInterfaces.get(target.name);
    if (kind) return { interface: kind, framework: target.name };
    const definition = target?.definition;
    const inner = definition && workspace.file(definition.path);
    const facts = inner?.scopes[definition!.scope]?.function;
    for (const returned of facts?.returns ?? []) {
      const made = madeBy(inner!, returned, definition!.scope, inner!.scopes[definition!.scope]!.end, workspace, depth + 1);
      if (made) return made;
    }
    return undefined;
  }
  if (expression.kind !== 'name') return undefined;
  for (let index = scope; index >= 0; index = file.scopes[index]!.parent) {
    const last = file.scopes[index]!.bindings.get(expression.name)?.findLast(({ start }) => start < at);
    if (!last) continue;
    return last.value.kind === 'assigned' && last.value.item === undefined ? madeBy(file, last.value.value, last.scope, last.start, workspace, depth + 1) : undefined;
  }
  return undefined;
}

// ── Socket.IO ──

const socketioServers: ReadonlySet<string> = new Set(['flask_socketio.SocketIO', 'socketio.Server', 'socketio.AsyncServer']);
const speaksOfSockets = mentioning(/socketio/i);
const maker = /^(?:SocketIO|Server|AsyncServer)$/;

/** The first Socket.IO server made in what importing `module` runs. */
function socketioOf(module: Facts, workspace: Workspace): Application['socketio'] {
  return workspace.remembered(`applications: socketio ${module.path}`, () => {
    for (const file of importRun(module, workspace, false).files) {
      if (!speaksOfSockets(file)) continue;
      for (const call of file.calls) {
        const last = call.callee.kind === 'name' || call.callee.kind === 'attribute' ? call.callee.name : '';
        if (!maker.test(last) || !socketioServers.has(workspace.target(file, call)?.name ?? '')) continue;
        const mode = call.arguments.find((argument) => argument.name === 'async_mode')?.value;
        const asyncMode = mode?.kind === 'constant' && typeof mode.value === 'string' ? mode.value : undefined;
        return { path: file.path, range: call.calleeRange, call, ...(asyncMode === undefined ? {} : { asyncMode }) };
      }
    }
    return undefined;
  });
}
