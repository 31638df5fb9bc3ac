/** What classes derive from, and what libraries make of the methods of their heirs. */

import type { Expression, Facts, Scope } from '../facts.ts';
import { handlerClasses, loopDecorators, rowsBelow } from '../knowledge/requests.ts';
import { mentioning } from './mentions.ts';
import type { Target, Workspace } from './workspace.ts';

/** What somebody keeps of the classes that were asked about: by path and scope, what they derive from. */
export type KnownBases = Map<string, readonly Target[]>;

/** Names of the libraries' classes that a class derives from, through those of the workspace. */
export function libraryBases(workspace: Workspace, file: Facts, scope: Scope, known: KnownBases = new Map()): readonly string[] {
  const found: string[] = [];
  const queue: { readonly path: string; readonly scope: number }[] = [{ path: file.path, scope: scope.index }];
  for (let at = 0; at < queue.length && at < 20; at++) {
    const one = queue[at]!;
    const key = `${one.path}#${one.scope}`;
    let bases = known.get(key);
    if (!bases) known.set(key, (bases = basesOf(workspace, one)));
    for (const { name, definition } of bases) {
      if (definition) queue.push(definition);
      else found.push(name);
    }
  }
  return found;
}

function basesOf(workspace: Workspace, { path, scope }: { readonly path: string; readonly scope: number }): readonly Target[] {
  const file = workspace.file(path);
  const own = file?.scopes[scope];
  return own?.class?.bases.flatMap((base) => workspace.target(file!, { callee: base.kind === 'subscript' ? base.object : base, scope: own.parent, start: own.start }) ?? []) ?? [];
}

const onLoop = handlerClasses.filter(({ loop }) => loop);
const hooks: ReadonlySet<string> = new Set(onLoop.flatMap(({ methods }) => methods.source.slice('^(?:'.length, -')$'.length).split('|')));
const coroutines: ReadonlySet<string> = new Set(['tornado.gen.coroutine']);
/** Adapters that call Tornado's handlers from a WSGI server: no loop runs there. */
const adapts = mentioning(/\bwsgi\.WSGI(?:Adapter|Application)\b|\bimport[^\n]*\bWSGIAdapter\b/);
const adapter = (file: Facts): true | undefined => (file.language === 'python' && adapts(file) ? true : undefined);

/** Whether the workspace serves Tornado's handlers through WSGI. */
export function servesThroughWsgi(workspace: Workspace): boolean {
  return workspace.noted(adapter).size > 0;
}

/** Whether a plain function runs on the event loop by what it is: a method that Tornado calls, a coroutine made of a generator, a handler that its framework calls there. */
export function runsOnLoop(workspace: Workspace, file: Facts, scope: number, known?: KnownBases): boolean {
  const own = file.scopes[scope]!;
  const { async, decorators } = own.function!;
  if (async) return false;
  const around = file.scopes[own.parent];
  const called = hooks.has(own.name) && around?.class !== undefined && around.class.bases.length > 0
    && libraryBases(workspace, file, around, known).some((name) => rowsBelow(name).some((row) => row.loop && row.methods.test(own.name)));
  if (called || decorators.some(({ value }) => isCoroutine(workspace, file, own, value))) return !servesThroughWsgi(workspace);
  return decorators.some(({ value }) => isHandler(workspace, file, own, value));
}

function isHandler(workspace: Workspace, file: Facts, { parent, start }: Scope, decorator: Expression): boolean {
  const call = decorator.kind === 'call' ? file.calls[decorator.call] : undefined;
  const callee = call?.callee ?? decorator;
  if (callee.kind !== 'name' && callee.kind !== 'attribute') return false;
  const rows = loopDecorators.filter(({ names }) => names.test(callee.name));
  if (rows.length === 0) return false;
  const target = workspace.target(file, { callee, scope: parent, start })?.name ?? '';
  return rows.some(({ library, threads }) => library.test(target) && !call?.arguments.some(({ name, value }) => threads !== undefined && name === threads && !(value.kind === 'constant' && value.value === false)));
}

function isCoroutine(workspace: Workspace, file: Facts, { parent, start }: Scope, decorator: Expression): boolean {
  if ((decorator.kind !== 'name' && decorator.kind !== 'attribute') || decorator.name !== 'coroutine') return false;
  return coroutines.has(workspace.target(file, { callee: decorator, scope: parent, start })?.name ?? '');
}
