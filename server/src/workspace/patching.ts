/** When gevent or eventlet patch the standard library, and what was imported before. */

import type { Binding, Call, Expression, Facts, Range, Statement, Test } from '../facts.ts';
import { boundBy } from '../knowledge/gevent.ts';
import type { Workspace } from './workspace.ts';

export type Library = 'gevent' | 'eventlet';

/** A call of `gevent.monkey.patch_all` or `eventlet.monkey_patch` that runs when its module is imported. */
export interface Patch {
  readonly library: Library;
  readonly path: string;
  readonly call: Call;
  /** The top-level statement it stands in. */
  readonly statement: Statement;
}

/** An import that binds what patching replaces. */
export interface Imported {
  /** Dotted; with the member, where that is what was bound. */
  readonly module: string;
  readonly kind: 'tls' | 'name' | 'library';
  readonly path: string;
  readonly range: Range;
  /** The import in the first file that led here. */
  readonly root: Range;
}

/** What happens when a module is imported, everything it imports in turn included, in order. */
export interface ImportRun {
  /** The first patching. */
  readonly patch?: Patch;
  /** Nothing decides whether it runs: no condition around it, nor around the imports that lead to it. */
  readonly certain: boolean;
  /** What was bound before the patching; without one, at all. */
  readonly before: readonly Imported[];
  /** What was bound after it. */
  readonly after: readonly Imported[];
  /** Top-level names of all modules outside the workspace. */
  readonly modules: ReadonlySet<string>;
  /** Files of the workspace that ran, in order of their first statement. */
  readonly files: readonly Facts[];
  /** A function somewhere patches: when, nobody knows. */
  readonly hidden: boolean;
}

/** The call's library, where it patches. */
export function patches(file: Facts, call: Call, workspace: Workspace): Library | undefined {
  const name = nameOf(call.callee);
  if (name !== 'patch_all' && name !== 'monkey_patch') return undefined;
  const target = workspace.target(file, call)?.name;
  return target === 'gevent.monkey.patch_all' ? 'gevent' : target === 'eventlet.monkey_patch' || target === 'eventlet.patcher.monkey_patch' ? 'eventlet' : undefined;
}

/** Patching that runs when `file` is imported or started, by position. */
export function patchesOf(file: Facts, workspace: Workspace): readonly Patch[] {
  const found: Patch[] = [];
  for (const call of file.calls) {
    if (call.scope !== 0) continue;
    const library = patches(file, call, workspace);
    const statement = library && file.statements.find((one) => one.start <= call.start && call.end <= one.end);
    if (library && statement) found.push({ library, path: file.path, call, statement });
  }
  return found;
}

/**
 * Follows the imports of `entry`. `main`: it is started as a script, so `if __name__ == "__main__"` runs too; else it is imported, and its
 * packages before it. `byPath`: it is neither, but read from a file, as Gunicorn does with its configuration.
 */
export function importRun(entry: Facts, workspace: Workspace, main: boolean, byPath = false): ImportRun {
  const visited = new Set<string>();
  const files: Facts[] = [];
  const modules = new Set<string>();
  const before: Imported[] = [];
  const after: Imported[] = [];
  let patch: Patch | undefined;
  let certain = false;
  let hidden = false;

  const visit = (file: Facts, root: Range | undefined, sure: boolean): void => {
    if (visited.has(file.path)) return;
    visited.add(file.path);
    files.push(file);
    hidden ||= file.calls.some((call) => call.scope !== 0 && patches(file, call, workspace) !== undefined);
    const asMain = main && file === entry;
    const events: { readonly at: number; run(): void }[] = [];
    for (const [, bindings] of file.scopes[0]?.bindings ?? []) {
      for (const binding of bindings) {
        if (binding.value.kind !== 'import' && binding.value.kind !== 'star-import') continue;
        if (runs(file, binding.block, asMain)) events.push({ at: binding.start, run: () => follow(file, binding, root, sure && isUnconditional(file, binding.block)) });
      }
    }
    for (const one of patchesOf(file, workspace)) {
      if (runs(file, one.call.block, asMain)) events.push({ at: one.call.start, run: () => { if (!patch) [patch, certain] = [one, sure && isUnconditional(file, one.call.block)]; } });
    }
    events.sort((a, b) => a.at - b.at);
    for (const event of events) event.run();
  };

  const follow = (file: Facts, binding: Binding, root: Range | undefined, sure: boolean): void => {
    const { value } = binding;
    if (value.kind !== 'import' && value.kind !== 'star-import') return;
    const range = { start: binding.start, end: binding.end };
    const start = root ?? range;
    let local = false;
    const names = value.module === '' ? [] : value.module.split('.');
    const member = value.kind === 'import' ? value.member : undefined;
    // Importing `a.b` runs `a` first; `from a import b` may run `a.b`.
    const chain = names.map((_, index) => names.slice(0, index + 1).join('.'));
    if (value.level > 0 && names.length === 0) chain.push('');
    if (member !== undefined) chain.push([...names, member].join('.'));
    for (const module of chain) {
      const found = workspace.resolveModule(file, module, value.level);
      if (!found || found === file) continue;
      local = true;
      visit(found, start, sure);
    }
    if (local || value.level > 0 || names.length === 0) return;
    modules.add(names[0]!);
    const kind = boundBy(value.module, member);
    const module = kind === 'name' ? `${value.module}.${member}` : value.module;
    if (kind) (patch ? after : before).push({ module, kind, path: file.path, range, root: start });
  };

  if (!main && !byPath) {
    const names = workspace.module(entry.path).split('.');
    for (let depth = 1; depth < names.length; depth++) {
      const around = workspace.resolveModule(entry, names.slice(0, depth).join('.'), 0);
      if (around && around !== entry) visit(around, undefined, true);
    }
  }
  visit(entry, undefined, true);
  return { ...(patch ? { patch } : {}), certain, before, after, modules, files, hidden };
}

/** Where a program decides to serve in greenlets, and of which library. */
export interface GreenletServer {
  readonly library: Library;
  readonly path: string;
  readonly range: Range;
}

/** The server that a program starts itself, where it runs in greenlets: gevent's own, or Flask-SocketIO's in that mode. */
export function greenletServer(run: ImportRun, workspace: Workspace): GreenletServer | undefined {
  const servers = run.files.flatMap((file) => workspace.launches(file).filter((launch) => launch.callee !== undefined).map((launch) => ({ file, launch })));
  for (const { launch } of servers) {
    if (launch.callee!.startsWith('gevent.')) return { library: 'gevent', path: launch.path, range: launch.range };
    if (launch.callee!.startsWith('eventlet.')) return { library: 'eventlet', path: launch.path, range: launch.range };
  }
  if (!servers.some(({ launch }) => launch.callee === 'flask_socketio.SocketIO.run')) return undefined;
  for (const file of run.files) {
    for (const call of file.calls) {
      if (nameOf(call.callee) !== 'SocketIO' || workspace.target(file, call)?.name !== 'flask_socketio.SocketIO') continue;
      const mode = call.arguments.find((argument) => argument.name === 'async_mode');
      const library = mode === undefined ? installedLibrary(file, workspace) : mode.value.kind === 'constant' ? mode.value.value : undefined;
      if (library === 'gevent' || library === 'eventlet') return { library, path: file.path, range: call.calleeRange };
    }
  }
  return undefined;
}

/** What python-engineio chooses when nobody does: the first that is installed, eventlet before gevent. */
function installedLibrary(file: Facts, workspace: Workspace): Library | undefined {
  let found: Library | undefined;
  for (const path of workspace.paths) {
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    if (!file.path.startsWith(folder) || !/(?:^|\/)(?:requirements[^/]*\.(?:txt|in)|pyproject\.toml|Pipfile)$/.test(path)) continue;
    const text = workspace.file(path)!.text;
    if (/^[\s"']*eventlet\b/im.test(text)) return 'eventlet';
    if (/^[\s"']*gevent\b/im.test(text)) found = 'gevent';
  }
  return found;
}

/** Whether a block of the module runs on import, as far as its conditions tell. */
function runs(file: Facts, block: number, main: boolean): boolean {
  for (let at = file.blocks[block]; at && at.index !== 0; at = file.blocks[at.parent]) {
    if (at.test && at.kind === 'if' && !mayHold(at.test, main)) return false;
    if (main && at.not?.some(isMain)) return false;
  }
  return true;
}

/** Whether a block of the module surely runs, `if __name__ == "__main__"` aside. */
function isUnconditional(file: Facts, block: number): boolean {
  for (let at = file.blocks[block]; at && at.index !== 0; at = file.blocks[at.parent]) {
    if (at.kind !== 'try' && at.kind !== 'with' && at.kind !== 'body' && !(at.kind === 'if' && at.test && isMain(at.test))) return false;
  }
  return true;
}

function mayHold(test: Test, main: boolean): boolean {
  if (isName(test, 'TYPE_CHECKING')) return false;
  return !isMain(test) || main;
}

function isName(test: Test, name: string): boolean {
  return test.kind === 'truthy' && nameOf(test.value) === name;
}

/** `__name__ == "__main__"`. */
function isMain(test: Test): boolean {
  if (test.kind !== 'compare' || test.operator !== '==') return false;
  return nameOf(test.left) === '__name__' || nameOf(test.right) === '__name__';
}

/** The last name of a name or attribute. */
export function nameOf(expression: Expression): string | undefined {
  return expression.kind === 'name' || expression.kind === 'attribute' ? expression.name : undefined;
}
