/** How functions come to run where they do: for people who ask, with everything that says so. */

import { mayHold, type Facts, type Range, type Scope } from '../facts.ts';
import type { FileCalls, FunctionCalls } from './edges.ts';
import type { FunctionId, FunctionIds } from './function-ids.ts';
import type { Names } from './names.ts';
import type { Propagation } from './propagation.ts';
import { displayName, ownerOf } from './scopes.ts';
import { isScript, startsAsMain, type Imported } from './scripts.ts';
import type { Definition, Value } from './values.ts';
import type { Place, Run, Running } from './workspace.ts';

/** What places are worked out from. */
export interface Ground {
  readonly calls: ReadonlyMap<string, FileCalls>;
  readonly propagation: Propagation;
  readonly names: Names;
  readonly files: Iterable<Facts>;
  readonly imported: Imported;
  readonly ids: FunctionIds;
  /** As rules are told. */
  readonly runsOn: (file: Facts, scope: number) => Place | undefined;
}

/** The way from a function that runs somewhere by itself down to another. */
interface Way {
  readonly evidence: NonNullable<Place['evidence']>;
  readonly by: string;
  readonly direct: boolean;
}

const endpoints = /^(get|post|put|patch|delete|head|options|trace|api_route|route)$/;
const dependencies: ReadonlySet<string> = new Set(['Depends', 'Security']);
const asgi = /^(fastapi|starlette)\./;

export class Places {
  readonly propagation: Propagation;
  readonly #ground: Ground;
  readonly #ways = new Map<'loop' | 'script' | 'thread', ReadonlyMap<FunctionId, Way>>();

  constructor(ground: Ground) {
    this.propagation = ground.propagation;
    this.#ground = ground;
  }

  /** The function whose name stands at `offset` of a file, where it is defined or called; undefined anywhere else. */
  at(file: Facts, offset: number): Running | undefined {
    const { names } = this.#ground;
    const defined = file.scopes.find(({ kind, nameRange }) => kind === 'function' && nameRange.start <= offset && offset <= nameRange.end);
    if (defined) return this.#running(file, defined, defined.nameRange);
    for (const { callee, calleeRange: { end }, scope, start } of file.calls) {
      if (callee.kind !== 'name' && callee.kind !== 'attribute') continue;
      const range = { start: end - callee.name.length, end };
      if (offset < range.start || offset > end) continue;
      for (const value of this.#functions(names.infer(file, callee, scope, start))) {
        const other = names.file(value.path);
        if (other) return this.#running(other, other.scopes[value.scope]!, range);
      }
    }
    return undefined;
  }

  /** The functions that calling one of `values` runs. */
  #functions(values: readonly Value[]): readonly Definition[] {
    return values.flatMap((value): readonly Definition[] => {
      if (value.kind === 'function') return [value];
      if (value.kind === 'partial') return this.#functions(value.of);
      return value.kind === 'class' ? this.#ground.names.attribute({ kind: 'object', path: value.path, scope: value.scope }, '__init__').filter((method) => method.kind === 'function') : [];
    });
  }

  #running(file: Facts, scope: Scope, range: Range): Running {
    return { range, name: displayName(file, scope), runs: this.#runs(file, scope) };
  }

  #runs(file: Facts, scope: Scope): readonly Run[] {
    const { runsOn, ids, calls } = this.#ground;
    const place = runsOn(file, scope.index);
    if (scope.function!.async) return place ? [{ kind: place.kind, how: 'itself', evidence: place.evidence ?? { path: file.path, range: scope.nameRange } }] : [];
    const id = ids.of(file, scope.index)!;
    const found: Run[] = [];
    for (const [path, { callbacks }] of calls) {
      const range = callbacks.get(id);
      if (range) found.push({ kind: 'loop', how: 'given', evidence: { path, range } });
    }
    if (place?.kind === 'loop' && place.evidence) found.push({ kind: 'loop', how: 'itself', evidence: place.evidence });
    this.#below('loop', id, found);
    if (place?.kind === 'greenlet' && place.evidence) found.push({ kind: 'greenlet', how: 'itself', evidence: place.evidence });
    const endpoint = this.#endpoint(file, scope);
    if (endpoint) found.push({ kind: 'thread', how: 'itself', evidence: { path: file.path, range: endpoint } });
    for (const [path, { offloaded }] of calls) {
      const range = offloaded.get(id);
      if (range) found.push({ kind: 'thread', how: 'given', evidence: { path, range } });
    }
    this.#below('thread', id, found);
    this.#below('script', id, found);
    this.#named(file, scope, found);
    // One way for each kind of place: the first is the plainest.
    return found.filter((run, index) => found.findIndex(({ kind }) => kind === run.kind) === index);
  }

  #below(kind: 'loop' | 'script' | 'thread', id: FunctionId, found: Run[]): void {
    const way = this.#waysFrom(kind).get(id);
    if (way) found.push({ kind, how: way.direct ? 'called' : 'below', evidence: way.evidence, by: way.by });
  }

  /** Functions that are called, directly or not, by those that run in a place by themselves: the shortest way to each. */
  #waysFrom(kind: 'loop' | 'script' | 'thread'): ReadonlyMap<FunctionId, Way> {
    const known = this.#ways.get(kind);
    if (known) return known;
    const ways = new Map<FunctionId, Way>();
    const follow = (one: FunctionCalls, wayTo: (range: Range) => Way): void => {
      for (const { target, range } of one.edges) {
        if (target !== undefined && !ways.has(target) && this.propagation.function(target)?.async === false) ways.set(target, wayTo(range));
      }
    };
    for (const one of this.#roots(kind)) follow(one, (range) => ({ evidence: { path: one.path, range }, by: one.name, direct: true }));
    // A map visits what is added while it is walked: breadth first.
    for (const [id, way] of ways) follow(this.propagation.function(id)!, () => ({ ...way, direct: false }));
    this.#ways.set(kind, ways);
    return ways;
  }

  *#roots(kind: 'loop' | 'script' | 'thread'): Iterable<FunctionCalls> {
    const { calls, names, runsOn } = this.#ground;
    const given = new Set([...calls.values()].flatMap(({ callbacks, offloaded }) => [...(kind === 'loop' ? callbacks.keys() : kind === 'thread' ? offloaded.keys() : [])]));
    for (const [path, { functions }] of calls) {
      const file = names.file(path);
      if (!file) continue;
      for (const one of functions) {
        if (given.has(one.id)) yield one;
        else if (kind === 'thread' ? !one.async && this.#endpoint(file, file.scopes[one.scope]!) : runsOn(file, one.scope)?.kind === kind) yield one;
      }
    }
  }

  /** The decorator that makes of a plain function an endpoint of FastAPI or Starlette, which run those in threads. */
  #endpoint(file: Facts, scope: Scope): Range | undefined {
    return scope.function?.decorators.find(({ value }) => {
      const callee = value.kind === 'call' ? file.calls[value.call]!.callee : undefined;
      return callee?.kind === 'attribute' && endpoints.test(callee.name)
        && this.#ground.names.infer(file, callee.object, scope.parent, scope.start).some((owner) => owner.kind === 'instance' && asgi.test(owner.of));
    });
  }

  /** Places that name the function outside every function, or give it to FastAPI as a dependency. */
  #named(file: Facts, scope: Scope, found: Run[]): void {
    const { files, names, imported } = this.#ground;
    const name = scope.name === '__init__' ? file.scopes[scope.parent]!.name : scope.name;
    const is = (values: readonly Value[]): boolean => this.#functions(values).some((one) => one.path === file.path && one.scope === scope.index);
    for (const other of files) {
      if (other.language !== 'python' || name === '' || !mayHold(other, name)) continue;
      for (const call of other.calls) {
        const { callee } = call;
        if (callee.kind !== 'name' && callee.kind !== 'attribute') continue;
        const evidence = { path: other.path, range: call.calleeRange };
        const [work] = call.arguments;
        if (dependencies.has(callee.name) && work && is(names.infer(other, work.value, call.scope, call.start))) {
          if (names.infer(other, callee, call.scope, call.start).some((value) => value.kind === 'symbol' && asgi.test(value.name))) found.push({ kind: 'thread', how: 'itself', evidence });
        } else if (callee.name === name && ownerOf(other, call.scope) === 0 && is(names.infer(other, callee, call.scope, call.start))) {
          found.push({ kind: startsAsMain(other, call.block) || isScript(other, imported) ? 'script' : 'import', how: 'given', evidence });
        }
      }
    }
  }
}
