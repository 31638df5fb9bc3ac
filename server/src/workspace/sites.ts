/** Places that block a loop or a hub, and where code runs. */

import type { Facts } from '../facts.ts';
import { urgencyOf } from '../knowledge/index.ts';
import type { Edge, FileCalls, FunctionCalls } from './edges.ts';
import type { FunctionId, FunctionIds } from './function-ids.ts';
import { blocksHub, greenletRoots } from './greenlets.ts';
import { runsOnLoop, type KnownBases } from './heirs.ts';
import type { Entry, Propagation } from './propagation.ts';
import { ownerOf } from './scopes.ts';
import { isFlaskView } from './scripts.ts';
import { waitingFor, type Usage } from './waiting.ts';
import type { BlockingSite, Place, Step, Workspace } from './workspace.ts';

/** What sites are worked out from. */
export interface SiteGround {
  readonly workspace: Workspace;
  readonly calls: ReadonlyMap<string, FileCalls>;
  readonly ids: FunctionIds;
  readonly propagation: () => Propagation;
  readonly usage: () => Usage;
}

interface Handed {
  readonly callbacks: ReadonlySet<FunctionId>;
  /** By id, the file that hands it over. */
  readonly threads: ReadonlyMap<FunctionId, string>;
}

/** Answers are remembered until `forget`, or until calls have been worked out anew. */
export class Sites {
  readonly #ground: SiteGround;
  readonly #known = new Map<string, readonly BlockingSite[]>();
  #handled: ReadonlyMap<FunctionId, readonly Step[]> | undefined;
  /** Functions that some file schedules on the loop, and those that one hands to threads. */
  #gathered: Handed | undefined;

  constructor(ground: SiteGround) {
    this.#ground = ground;
  }

  forget(): void {
    this.#known.clear();
    this.#handled = undefined;
    this.#gathered = undefined;
  }

  /** The calls of a file have been worked out anew. */
  resolved(before: FileCalls | undefined, after: FileCalls): void {
    this.#known.clear();
    this.#handled = undefined;
    if (!sameKeys(before?.callbacks, after.callbacks) || !sameKeys(before?.offloaded, after.offloaded)) this.#gathered = undefined;
  }

  /** Everything in a file that blocks a loop or hub. */
  in(file: Facts): readonly BlockingSite[] {
    // What is stale is worked out first: it may forget what is known.
    this.#ground.propagation();
    let known = this.#known.get(file.path);
    if (!known) this.#known.set(file.path, (known = this.#findSites(file)));
    return known;
  }

  /** Where the code of a scope runs; undefined when nothing says. */
  runsOn(file: Facts, scope: number): Place | undefined {
    const owner = ownerOf(file, scope);
    if (owner === 0) return { kind: 'import' };
    const facts = file.scopes[owner]!.function!;
    if (facts.async) return this.#loopPlace(file, owner);
    const id = this.#ground.ids.of(file, owner);
    if (id !== undefined && this.#gather().callbacks.has(id)) return { kind: 'loop' };
    if (runsOnLoop(this.#ground.workspace, file, owner)) return this.#plainPlace(file, owner);
    if (id !== undefined && this.#inGreenlets().has(id)) return { kind: 'greenlet', evidence: this.#ground.workspace.greenlets()!.evidence };
    const path = id === undefined ? undefined : this.#gather().threads.get(id);
    return path === undefined ? undefined : { kind: 'thread', evidence: { path, range: this.#ground.calls.get(path)!.offloaded.get(id!)! } };
  }

  #gather(): Handed {
    this.#ground.propagation();
    if (this.#gathered) return this.#gathered;
    const callbacks = new Set<FunctionId>();
    const threads = new Map<FunctionId, string>();
    for (const [path, calls] of this.#ground.calls) {
      for (const id of calls.callbacks.keys()) callbacks.add(id);
      for (const id of calls.offloaded.keys()) threads.set(id, path);
    }
    return (this.#gathered = { callbacks, threads });
  }

  /** Functions that run in greenlets, with the steps from a handler down to each. */
  #inGreenlets(): ReadonlyMap<FunctionId, readonly Step[]> {
    if (this.#handled) return this.#handled;
    const handled = new Map<FunctionId, readonly Step[]>();
    if (this.#ground.workspace.greenlets()) {
      const propagation = this.#ground.propagation();
      for (const [path, roots] of this.#ground.workspace.noted(greenletRoots)) {
        for (const one of this.#ground.calls.get(path)?.functions ?? []) if (roots.has(one.scope) && !this.#gather().threads.has(one.id)) handled.set(one.id, []);
      }
      // A map visits what is added while it is walked: breadth first.
      for (const [id, steps] of handled) {
        const one = propagation.function(id);
        if (!one || one.async || steps.length > 8) continue;
        for (const edge of one.edges) {
          if (edge.target !== undefined && !handled.has(edge.target) && !propagation.function(edge.target)?.async) handled.set(edge.target, [...steps, this.#step(one.path, edge)]);
        }
      }
    }
    return (this.#handled = handled);
  }

  #step(path: string, edge: Edge): Step {
    const model = this.#modelOf(edge);
    return { path, range: edge.range, name: edge.name, module: this.#ground.workspace.module(path), ...(edge.implements ? { implements: true } : {}), ...(model === undefined ? {} : { model }) };
  }

  /** The name under which `Taught` knows what an edge calls. */
  #modelOf({ row, target, name }: Edge): string | undefined {
    // Of a type of which every method blocks, only this method. What everybody has (`open`, its files) is not one project's to speak of.
    if (row) return /^(builtins|io)\./.test(row.name) ? undefined : row.name.endsWith('.*') ? name : row.name;
    const one = target === undefined ? undefined : this.#ground.propagation().function(target);
    // A decorator's function goes by the name of what it decorates.
    return one && one.name === name && name !== 'lambda' ? `${this.#ground.workspace.module(one.path)}.${name}` : undefined;
  }

  #loopPlace(file: Facts, owner: number): Place {
    const evidence = { path: file.path, range: file.scopes[owner]!.function!.keywordRange };
    const { workspace, calls, ids, usage } = this.#ground;
    if (workspace.isScript(file) || isFlaskView(file, owner)) return { kind: 'script', evidence };
    const waiting = waitingFor({ workspace, calls, ids, usage: usage() }, file, owner);
    return { kind: waiting === 'alone' ? 'script' : 'loop', evidence, ...(waiting === 'startup' ? { startup: true } : {}) };
  }

  /** Of a plain function that runs on the loop. */
  #plainPlace(file: Facts, owner: number): Place {
    return { kind: this.#ground.workspace.isScript(file) ? 'script' : 'loop', evidence: { path: file.path, range: file.scopes[owner]!.function!.keywordRange } };
  }

  #isPlainOnLoop(id: FunctionId, bases: KnownBases): boolean {
    const one = this.#ground.propagation().function(id);
    const file = one && this.#ground.workspace.file(one.path);
    return file !== undefined && runsOnLoop(this.#ground.workspace, file, one!.scope, bases);
  }

  #findSites(file: Facts): readonly BlockingSite[] {
    if (file.language !== 'python') return [];
    const propagation = this.#ground.propagation();
    const calls = this.#ground.calls.get(file.path);
    if (!calls) return [];
    const callbacks = this.#gather().callbacks;
    const greenlets = this.#ground.workspace.greenlets();
    const handled = this.#inGreenlets();
    const sites: BlockingSite[] = [];
    const bases: KnownBases = new Map();
    for (const one of functionsOf(calls)) {
      if (one.async || callbacks.has(one.id) || (one.edges.length > 0 && runsOnLoop(this.#ground.workspace, file, one.scope, bases))) {
        let place: Place | undefined;
        for (const edge of one.edges) {
          const entry = propagation.entry(one, edge);
          // Where what is called runs on the loop by itself, that is where it is told.
          if (!entry || (edge.target !== undefined && this.#isPlainOnLoop(edge.target, bases))) continue;
          place ??= one.async ? this.#loopPlace(file, one.scope) : this.#plainPlace(file, one.scope);
          sites.push(this.#site(file, edge, entry, propagation, place));
        }
        continue;
      }
      const above = handled.get(one.id);
      if (!above) continue;
      // In greenlets everything is called the plain way: the finding stands on the primitive, below its handler.
      for (const edge of one.edges) {
        if (!edge.row || edge.once || !blocksHub(edge.row, greenlets!)) continue;
        sites.push({
          range: edge.range, kind: edge.kind, row: edge.row, steps: [...above, this.#step(file.path, edge)], others: 0,
          place: { kind: 'greenlet', evidence: greenlets!.evidence, hub: greenlets! }, ...(edge.call === undefined ? {} : { call: file.calls[edge.call]! }),
        });
      }
    }
    return mostUrgentOnEach(sites);
  }

  #site(file: Facts, edge: Edge, entry: Entry, propagation: Propagation, place: Place): BlockingSite {
    const steps: Step[] = [];
    for (let at: Entry | undefined = entry; at; at = at.next) steps.push(this.#step(at.function.path, at.edge));
    return {
      range: edge.range, kind: edge.kind, row: entry.row, steps, place, others: propagation.others(edge.target),
      ...(edge.call === undefined ? {} : { call: file.calls[edge.call]! }),
    };
  }
}

/** Of a file that is being edited without putting a list together. */
function* functionsOf(calls: FileCalls): Iterable<FunctionCalls> {
  for (const { functions } of calls.parts ?? [calls]) yield* functions;
}

function sameKeys(before: ReadonlyMap<FunctionId, unknown> | undefined, after: ReadonlyMap<FunctionId, unknown>): boolean {
  if ((before?.size ?? 0) !== after.size) return false;
  for (const key of after.keys()) if (!before!.has(key)) return false;
  return true;
}

/** One finding for one place: of several ways to block, the most urgent. */
function mostUrgentOnEach(sites: readonly BlockingSite[]): readonly BlockingSite[] {
  const best = new Map<number, BlockingSite>();
  for (const site of sites) {
    const known = best.get(site.range.start);
    if (!known || urgencyOf(site.row) < urgencyOf(known.row)) best.set(site.range.start, site);
  }
  return [...best.values()].sort((a, b) => a.range.start - b.range.start);
}
