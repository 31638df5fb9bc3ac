/** What runs on each request, message or task: the handlers that frameworks call, and all that they reach. */

import type { Call, Expression, Facts, Range, Scope } from '../facts.ts';
import { handlerClasses, handlerDecorators, handlerRegistrations, rowsBelow, type Occasion } from '../knowledge/requests.ts';
import type { FileCalls, SectionCalls } from './edges.ts';
import type { FunctionId, FunctionIds } from './function-ids.ts';
import { argumentFor, constantOf, guardsOf, holds } from './guards.ts';
import { NamesAsked } from './handing.ts';
import { libraryBases, type KnownBases } from './heirs.ts';
import { isKept } from './kept.ts';
import { lastName, takesPath } from './routes.ts';
import { displayName, ownerOf } from './scopes.ts';
import { isStartup, startsAsMain } from './scripts.ts';
import { exchange, Sayings } from './sections.ts';
import { Users } from './users.ts';
import type { FunctionUse, Usage } from './waiting.ts';
import type { Target, Workspace } from './workspace.ts';

export type { Occasion } from '../knowledge/requests.ts';

/** A place on the way that calls a function, or that defines one which is given away. */
export interface RequestStep {
  readonly path: string;
  readonly range: Range;
  readonly name: string;
  readonly defines?: boolean;
}

/** The way from a handler down to a function. */
export interface RequestPath {
  readonly occasion: Occasion;
  /** The function that the framework calls. */
  readonly handler: { readonly path: string; readonly range: Range; readonly name: string };
  /** What is called from there on, the function asked about last; none where it is the handler itself. */
  readonly steps: readonly RequestStep[];
}

/** A place in code: a {@link Call} is one. */
export interface Spot {
  readonly scope: number;
  readonly block: number;
}

/** What rules may ask about requests. */
export interface RequestPaths {
  /**
   * The shortest way in which a request, message or task comes to run code; undefined where none is known.
   * `at` is a scope, or a call: then its conditions count as well.
   * With `oneLoop` only ways that stay on the server's event loop: what belongs to a loop can be shared only there.
   */
  to(file: Facts, at: Spot | number, oneLoop?: boolean): RequestPath | undefined;
  /** Whether anything in the workspace calls the function that a scope belongs to, or names it as a handler. */
  isUsed(file: Facts, scope: number): boolean;
}

/** What paths are worked out from. */
export interface RequestGround {
  readonly workspace: Workspace;
  readonly calls: ReadonlyMap<string, FileCalls>;
  readonly ids: FunctionIds;
}

interface Caller extends FunctionUse {
  /** It only defines the function. */
  readonly defines?: boolean;
}

interface Root {
  readonly occasion: Occasion;
  /** Runs each handler on an event loop of its own. */
  readonly ownLoops?: boolean;
}

/** What one file tells. */
interface Share {
  readonly calls: FileCalls;
  readonly roots: ReadonlyMap<FunctionId, Root>;
}

type Named = readonly [id: FunctionId, root: Root];

/** Handlers that a file tells of, or a section of one that is being edited: by what they are, and by calls that register them. */
interface Handlers {
  readonly defined: readonly Named[];
  readonly registered: readonly Named[];
}

/** A function on the way, with the place in it that leads on. */
interface Way {
  readonly id: FunctionId;
  readonly path: string;
  readonly scope: number;
  readonly block: number;
  readonly range?: Range;
  readonly defines?: boolean;
  readonly below?: Way;
  readonly length: number;
}

/** Ways longer than this are not shown, and nobody would follow them. */
const longest = 12;
const mostVisited = 400;

export class Requests implements RequestPaths, Usage {
  readonly #ground: RequestGround;
  readonly #shares = new Map<string, Share>();
  readonly #users = new Users();
  /** Files whose calls were worked out again since they were taken in. */
  readonly #resolved = new Set<string>();
  /** Handlers by id, with the files that say so. */
  readonly #roots = new Map<FunctionId, ReadonlyMap<string, Root>>();
  /** By path, handlers that sections of files that are being edited tell of: one has other calls as soon as what it names may mean something else. */
  readonly #handlers = new Map<string, Sayings<SectionCalls, Handlers>>();
  /** Functions whose results are kept, by scope. */
  readonly #cached = new WeakMap<FileCalls, ReadonlySet<number>>();
  /** Files whose answers rest on who calls a function, by its id. */
  readonly #asking = new Map<FunctionId, Set<string>>();
  readonly #names = new NamesAsked();
  /** What came and went since `changes` was last asked; of files that are being edited, the sections that did. */
  readonly #untold = new Set<FileCalls>();
  readonly #untoldRoots = new Set<FunctionId>();
  /** By path, what may only have moved since then. */
  readonly #moved = new Map<string, FileCalls>();
  /** What classes derive from, while files are taken in. */
  readonly #bases: KnownBases = new Map();

  constructor(ground: RequestGround) {
    this.#ground = ground;
  }

  /** The calls of a file were worked out again, or are gone. */
  resolved(path: string): void {
    this.#resolved.add(path);
  }

  /** Takes in the files whose calls were worked out again. */
  update(): this {
    for (const path of this.#resolved) this.take(path, this.#ground.calls.get(path));
    this.#resolved.clear();
    this.#bases.clear();
    return this;
  }

  /** Files whose answers may have changed since this was last asked. */
  changes(): ReadonlySet<string> {
    this.update();
    const changed = new Set<string>();
    const tell = (id: FunctionId): void => {
      for (const path of this.#asking.get(id) ?? []) changed.add(path);
    };
    if (this.#asking.size > 0) {
      for (const { functions, uses } of [...this.#untold, ...[...this.#moved.values()].flatMap((calls) => calls.parts!)]) {
        for (const { id } of functions) tell(id);
        for (const some of uses.values()) for (const { target } of some) tell(target);
      }
      for (const id of this.#untoldRoots) tell(id);
      for (const part of this.#untold) for (const path of this.#names.concernedBy(part)) changed.add(path);
    }
    this.#untold.clear();
    this.#untoldRoots.clear();
    this.#moved.clear();
    return changed;
  }

  /** What a file tells takes the place of what it told. */
  take(path: string, calls: FileCalls | undefined): void {
    const before = this.#shares.get(path);
    const { gone, come } = exchange<FileCalls>(before ? (before.calls.parts ?? [before.calls]) : [], calls ? (calls.parts ?? [calls]) : []);
    for (const part of gone) this.#remove(part);
    for (const part of come) this.#add(path, part);
    const roots: Share['roots'] = calls ? this.#rootsOf(this.#ground.workspace.file(path)!, calls) : noRoots;
    for (const id of before?.roots.keys() ?? []) {
      this.#untoldRoots.add(id);
      const rest = new Map([...(this.#roots.get(id) ?? [])].filter(([other]) => other !== path));
      if (rest.size > 0) this.#roots.set(id, rest);
      else this.#roots.delete(id);
    }
    for (const [id, root] of roots) {
      this.#untoldRoots.add(id);
      this.#roots.set(id, new Map([...(this.#roots.get(id) ?? []), [path, root]]));
    }
    if (calls) this.#shares.set(path, { calls, roots });
    else this.#shares.delete(path);
    if (calls?.parts) this.#moved.set(path, calls);
    else {
      this.#moved.delete(path);
      this.#handlers.delete(path);
    }
  }

  #add(path: string, part: FileCalls): void {
    this.#untold.add(part);
    this.#users.add({ path, part });
  }

  #remove(part: FileCalls): void {
    this.#untold.add(part);
    this.#users.remove(part);
  }

  // ── questions ──

  to(file: Facts, at: Spot | number, oneLoop = false): RequestPath | undefined {
    const owner = ownerOf(file, typeof at === 'number' ? at : at.scope);
    const block = typeof at === 'number' ? file.scopes[owner]!.block : at.block;
    const id = this.#ground.ids.of(file, owner);
    if (id === undefined) return undefined;
    const seen = new Set([id]);
    const queue: Way[] = [{ id, path: file.path, scope: owner, block, length: 0 }];
    for (const way of queue) {
      this.asks(way.id, file.path);
      const here = this.#ground.workspace.file(way.path);
      const own = here?.scopes[way.scope];
      if (!here || !own?.function || this.#stops(here, own)) continue;
      const root = this.#rootOf(way.id);
      if (root && !(oneLoop && root.ownLoops)) {
        return { occasion: root.occasion, handler: { path: way.path, range: own.nameRange.end > own.nameRange.start ? own.nameRange : own.function.keywordRange, name: displayName(here, own) }, steps: this.#stepsOf(way) };
      }
      if (way.length >= longest || seen.size > mostVisited) continue;
      for (const caller of this.#callersOf(here, own, way.id)) {
        const above = this.#ground.workspace.file(caller.path);
        const callerId = above && this.#ground.ids.of(above, caller.scope);
        if (!above || callerId === undefined || seen.has(callerId)) continue;
        const around = above.scopes[caller.scope]!;
        const call = above.calls[caller.call ?? -1];
        // A job that is put on a schedule does not run while the request does.
        if (!call && !caller.defines && scheduling.test(above.text.slice(caller.range.start, caller.range.end))) continue;
        if (call && (startsAsMain(above, call.block) || isKept(above, call, around, { file: here, scope: own }) || !leadsTo(here, way.block, own, call))) continue;
        if (oneLoop && own.function.async && !around.function!.async && drivesLoop.test(above.text.slice(around.start, around.end))) continue;
        seen.add(callerId);
        // The range leads from the caller to what is below it.
        queue.push({ id: callerId, path: caller.path, scope: caller.scope, block: call?.block ?? around.block, below: way, range: caller.range, ...(caller.defines ? { defines: true } : {}), length: way.length + 1 });
      }
    }
    return undefined;
  }

  #stepsOf(handler: Way): RequestPath['steps'] {
    const steps: RequestStep[] = [];
    for (let at = handler; at.below; at = at.below) {
      const called = this.#ground.workspace.file(at.below.path)!;
      steps.push({ path: at.path, range: at.range!, name: displayName(called, called.scopes[at.below.scope]!), ...(at.defines ? { defines: true } : {}) });
    }
    return steps;
  }

  asks(id: FunctionId, asker: string): void {
    const asking = this.#asking.get(id);
    if (asking) asking.add(asker);
    else this.#asking.set(id, new Set([asker]));
  }

  isUsed(file: Facts, scope: number): boolean {
    const owner = ownerOf(file, scope);
    const id = this.#ground.ids.of(file, owner);
    if (id === undefined) return true;
    this.asks(id, file.path);
    return this.#users.has(id) || this.#rootOf(id) !== undefined;
  }

  usesOf(id: FunctionId, asker: string): readonly FunctionUse[] {
    this.asks(id, asker);
    return this.#usesOf(id);
  }

  isHandler(id: FunctionId): boolean {
    return this.#roots.has(id);
  }

  asksName(name: string, asker: string): void {
    this.#names.add(name, asker);
  }

  /** In an order that does not depend on which file came first. */
  #usesOf(id: FunctionId): FunctionUse[] {
    const found: FunctionUse[] = [];
    for (const { path, part } of this.#users.of(id)) {
      for (const [owner, uses] of part.uses) for (const { target, range, call } of uses) if (target === id) found.push(call === undefined ? { path, scope: owner, range } : { path, scope: owner, range, call });
    }
    return found.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : a.range.start - b.range.start));
  }

  #callersOf(file: Facts, scope: Scope, id: FunctionId): readonly Caller[] {
    const found: Caller[] = this.#usesOf(id);
    // What is defined in a function runs where that does, or is given away by it.
    const around = ownerOf(file, scope.parent);
    if (around > 0) found.push({ path: file.path, scope: around, defines: true, range: scope.nameRange.end > scope.nameRange.start ? scope.nameRange : { start: scope.start, end: scope.start + 'lambda'.length } });
    return found;
  }

  /** Whether calls that come from above mean nothing for a function: its body runs once, or for nobody. */
  #stops(file: Facts, scope: Scope): boolean {
    return this.#runsOnce(file, scope.index) || isStartup(file, scope.index) || this.#ground.workspace.isScript(file) || isSingleton(file, scope);
  }

  /** Whether what a function gives is kept (`lru_cache`). */
  #runsOnce({ path }: Facts, scope: number): boolean {
    const calls = this.#shares.get(path)?.calls;
    if (!calls) return false;
    let cached = this.#cached.get(calls);
    if (!cached) this.#cached.set(calls, (cached = new Set(calls.functions.flatMap((one) => (one.cached ? [one.scope] : [])))));
    return cached.has(scope);
  }

  #rootOf(id: FunctionId): Root | undefined {
    const own = this.#roots.get(id);
    if (own === undefined || own.size < 2) return own?.values().next().value;
    // Whichever file came first.
    return own.get([...own.keys()].sort()[0]!);
  }

  // ── handlers ──

  #rootsOf(file: Facts, { parts }: FileCalls): Share['roots'] {
    const all = parts ? this.#handlersBySection(file, parts) : [this.#handlersIn(file, file)].flatMap((one) => one ?? []);
    if (all.length === 0) return noRoots;
    const roots = new Map<FunctionId, Root>();
    // What a definition says of itself comes before what is registered.
    for (const { defined } of all) for (const [id, root] of defined) if (!roots.has(id)) roots.set(id, root);
    for (const { registered } of all) for (const [id, root] of registered) if (!roots.has(id)) roots.set(id, root);
    return roots;
  }

  #handlersBySection(file: Facts, parts: readonly SectionCalls[]): readonly Handlers[] {
    let known = this.#handlers.get(file.path);
    if (!known) this.#handlers.set(file.path, (known = new Sayings()));
    return known.of(parts, ({ section }) => this.#handlersIn(file, section), ({ standing }) => standing.offset).map(({ answer }) => answer);
  }

  #handlersIn(file: Facts, { scopes, calls }: Pick<Facts, 'scopes' | 'calls'>): Handlers | undefined {
    const { ids } = this.#ground;
    const [defined, registered]: [Named[], Named[]] = [[], []];
    const adding = (to: Named[]) => (id: FunctionId | undefined, root: Root): void => void (id !== undefined && to.push([id, root]));
    const add = adding(defined);
    for (const scope of scopes) {
      if (scope.kind === 'function') {
        const root = this.#decorated(file, scope) ?? this.#protocol(file, scope);
        if (root) add(ids.of(file, scope.index), root);
      } else if (scope.class && scope.class.bases.length > 0) this.#methods(file, scope, (method, root) => add(ids.of(file, method), root));
    }
    for (const call of calls) this.#registered(file, call, adding(registered));
    return defined.length + registered.length > 0 ? { defined, registered } : undefined;
  }

  #decorated(file: Facts, scope: Scope): Root | undefined {
    for (const { value } of scope.function!.decorators) {
      const call = value.kind === 'call' ? file.calls[value.call] : undefined;
      const callee = call ? call.callee : value;
      if ((callee.kind !== 'name' && callee.kind !== 'attribute') || !isDecorating(callee.name)) continue;
      for (const row of handlerDecorators) {
        if (!row.names.test(callee.name) || (row.function && !row.function.test(scope.name))) continue;
        if (row.path && !(callee.kind === 'attribute' && call && takesPath(file, call))) continue;
        if (row.receiver && !(callee.kind === 'attribute' && row.receiver.test(lastName(callee.object)))) continue;
        if (!row.library && callee.kind === 'name' && !row.names.test('shared_task')) continue;
        const library = this.#target(file, callee, scope)?.name ?? '';
        if (row.library ? !row.library.test(library) : mocks.test(library)) continue;
        return { occasion: row.kind, ...(library.startsWith('flask') ? { ownLoops: true } : {}) };
      }
    }
    return undefined;
  }

  #target(file: Facts, callee: Expression, { parent, start }: Scope): Target | undefined {
    return this.#ground.workspace.target(file, { callee, scope: parent, start });
  }

  /** What interfaces without a class are known by: ASGI, Django's middleware, Falcon's resources, gRPC's servicers. */
  #protocol(file: Facts, scope: Scope): Root | undefined {
    const { parameters } = scope.function!;
    const method = file.scopes[scope.parent]!.class;
    if (!protocolNames.has(parameters[method ? 1 : 0]?.name ?? '')) return undefined;
    const own = parameters.slice(method ? 1 : 0).map(({ name }) => name).join();
    if (own === 'scope,receive,send' || (scope.name === '__call__' && own === 'request')) return { occasion: 'request' };
    if (!method) return undefined;
    if (/^on_(get|post|put|patch|delete)$/.test(scope.name) && /^req,resp\b/.test(own)) return { occasion: 'request' };
    return own === 'request,context' && method.bases.some((base) => lastName(base).endsWith('Servicer')) ? { occasion: 'request' } : undefined;
  }

  #methods(file: Facts, scope: Scope, add: (method: number, root: Root) => void): void {
    const rows = new Set(libraryBases(this.#ground.workspace, file, scope, this.#bases).flatMap(rowsBelow));
    if (rows.size === 0) return;
    for (const row of handlerClasses) {
      if (!rows.has(row)) continue;
      for (const [name, bindings] of scope.bindings) {
        const bound = row.methods.test(name) ? bindings.at(-1)!.value : undefined;
        if (bound?.kind === 'function') add(bound.scope, { occasion: row.kind, ...(row.base.startsWith('flask') ? { ownLoops: true } : {}) });
      }
    }
  }

  #registered(file: Facts, call: Call, add: (id: FunctionId | undefined, root: Root) => void): void {
    const { callee } = call;
    if ((callee.kind !== 'name' && callee.kind !== 'attribute') || call.arguments.length === 0 || !isRegistering(callee.name)) return;
    const { workspace, ids } = this.#ground;
    for (const row of handlerRegistrations) {
      if (!row.names.test(callee.name)) continue;
      if (row.library && !row.library.test(workspace.target(file, call)?.name ?? '')) continue;
      for (const { value } of call.arguments) {
        if (value.kind !== 'name' && value.kind !== 'attribute' && value.kind !== 'call') continue;
        // `Depends(Settings())` calls what it makes; `path("x/", View.as_view())` does not.
        if (value.kind === 'call' && !/^(Depends|Security)$/.test(callee.name)) continue;
        const definition = workspace.target(file, value.kind === 'call' ? file.calls[value.call]! : { callee: value, scope: call.scope, start: call.start })?.definition;
        const other = definition && workspace.file(definition.path);
        const scope = other?.scopes[definition!.scope];
        const made = scope?.class ? scope.bindings.get(value.kind === 'call' ? '__call__' : '__init__')?.at(-1)?.value : undefined;
        if (scope?.function && value.kind !== 'call') add(ids.of(other!, scope.index), { occasion: row.kind });
        else if (made?.kind === 'function') add(ids.of(other!, made.scope), { occasion: row.kind });
      }
      return;
    }
  }
}

/** Most files have no handlers: those have the same. */
const noRoots: Share['roots'] = new Map();

/** Whether a call's arguments let the function it calls come to a block: `if client is None:` where it is given one. */
function leadsTo(file: Facts, block: number, callee: Scope, call: Call): boolean {
  return guardsOf(file, block, callee).every((guard) => {
    const { parameters } = callee.function!;
    const bound = file.scopes[callee.parent]?.class !== undefined && call.callee.kind === 'attribute';
    const argument = argumentFor(call.arguments, parameters, guard.parameter, bound || callee.name === '__init__');
    if (argument === undefined) return true;
    const value = constantOf(argument);
    if (value !== undefined) return holds(guard, value);
    // Something is given: only what runs without it is ruled out.
    const { test } = guard;
    const asksWhether = test.kind === 'not' || test.kind === 'truthy' || (test.kind === 'compare' && test.right.kind === 'constant' && test.right.value === null);
    return !asksWhether || holds(guard, true);
  });
}

const isDecorating = remembering(new RegExp(handlerDecorators.map(({ names }) => names.source).join('|')));
const isRegistering = remembering(new RegExp(handlerRegistrations.map(({ names }) => names.source).join('|')));

/** Whether a pattern matches a name: the same few are asked for again and again. */
function remembering(pattern: RegExp): (name: string) => boolean {
  const known = new Map<string, boolean>();
  return (name) => {
    let answer = known.get(name);
    if (answer === undefined) {
      if (known.size > 2000) known.clear();
      known.set(name, (answer = pattern.test(name)));
    }
    return answer;
  };
}

/** Their first parameters. */
const protocolNames: ReadonlySet<string> = new Set(['scope', 'request', 'req']);

const mocks = /^(?:unittest\.)?mock\./;
const scheduling = /\.(?:add_job|scheduled_job|run_daily|run_repeating|run_monthly)$/;

/** Code that starts an event loop of its own for a coroutine. */
const drivesLoop = /\basyncio\.run\(|\brun_until_complete\(|\basync_to_sync\(|\banyio\.run\(|\bnew_event_loop\(/;

/** A class of which there is one object whoever asks for it. */
function isSingleton(file: Facts, { name, parent }: Scope): boolean {
  const around = file.scopes[parent]!;
  if (!around.class || (name !== '__init__' && name !== '__post_init__')) return false;
  return around.class.keywords.some((keyword) => keyword.name === 'metaclass' && lastName(keyword.value) !== 'ABCMeta') || around.bindings.has('__new__') || around.class.decorators.some(({ value }) => /singleton/i.test(lastName(value)));
}
