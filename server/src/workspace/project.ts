/** All files together: answers the questions of `workspace.ts` from their facts, and works out again only what a change touches. */

import type { Call, Expression, Facts } from '../facts.ts';
import { callsTheSame } from './called-parameters.ts';
import type { FileCalls } from './edges.ts';
import { Chains } from './chains.ts';
import { FunctionIds } from './function-ids.ts';
import type { Constant } from './guards.ts';
import { concernsHub, greenletsOf, hubOf, type Greenlets } from './greenlets.ts';
import { concerned, ignoresOf, importsTheSame, prepare, showsTheSame } from './interface.ts';
import { concernsAll, launchesOf, speaksOfLaunches, type Launch } from './launches.ts';
import { HandedTypes } from './handed.ts';
import { servesThroughWsgi } from './heirs.ts';
import { Implementations, Subclasses } from './implementations.ts';
import { Imports } from './imports.ts';
import { Modules } from './modules.ts';
import { Names } from './names.ts';
import { Notes, type Note } from './notes.ts';
import { Places } from './places.ts';
import { Properties } from './properties.ts';
import { Propagation } from './propagation.ts';
import { isScript, standsAside } from './scripts.ts';
import { Resolving } from './resolving.ts';
import { RunningCalls } from './running-calls.ts';
import { SectionAnswers } from './section-answers.ts';
import { exchanged } from './sections.ts';
import { summarize } from './summaries.ts';
import { Taught, type Models } from './taught.ts';
import { Sites } from './sites.ts';
import { Targets } from './targets.ts';
import { Requests, type RequestPaths } from './requests.ts';
import type { BlockingSite, Place, Running, SectionQuestion, Target, Workspace } from './workspace.ts';

/** The calls of a file as they were, and as they have been worked out anew. */
interface Resolved {
  readonly path: string;
  readonly before: FileCalls | undefined;
  readonly after: FileCalls;
}

export class Project implements Workspace {
  readonly #facts = new Map<string, Facts>();
  readonly #modules = new Modules();
  readonly #names: Names;
  /** Calls of each Python file, as worked out last; those of stale files must be worked out again. */
  readonly #calls = new Map<string, FileCalls>();
  readonly #ids = new FunctionIds();
  readonly #handed = new HandedTypes(this.#ids);
  readonly #stale = new Set<string>();
  readonly #subclasses = new Subclasses();
  readonly #notes = new Notes(this.#facts);
  readonly #imports = new Imports({ files: this.#facts, modules: this.#modules });
  #propagation: Propagation | undefined;
  /** A file whose findings somebody waits for: stale files that it does not reach are left for later. */
  hurriedBy: string | undefined;
  /** The file for which that was done last, if nothing has changed since. */
  #reached: string | undefined;
  readonly #chains = new Chains();
  /** Files whose calls were worked out anew since `changes` was last asked. */
  readonly #resolvedSince = new Set<string>();
  /** What the hub was when `changes` was last asked. */
  #hub = '';
  readonly #changed = new Set<string>();
  #everything = false;
  /** More than bodies changed since `changes` was last asked. */
  #structure = true;
  /** What files show each other, and what those say that are not being edited: another object when it changes. */
  shown: object = {};
  #launched: readonly { readonly file: Facts; readonly launch: Launch }[] | undefined;
  // Answers that hold until the next change.
  #launches = new Map<string, readonly Launch[]>();
  readonly #properties = new Properties();
  #greenlet: Greenlets | undefined | null = null;
  #places: Places | undefined;
  #remembered = new Map<object | string, unknown>();
  #taughtKey = JSON.stringify({ blocking: [], nonblocking: [], offloads: [] });

  readonly #tidy: (worked?: string) => void;
  readonly #running = new RunningCalls();
  readonly #answered = new SectionAnswers();
  readonly #requests: Requests;
  readonly #sites: Sites;
  readonly #resolving: Resolving;
  readonly #targets: Targets;

  /** `tidy` is called where nobody holds what a table of facts gave, and told which file's calls were worked out if any. */
  constructor(tidy: (worked?: string) => void = () => {}) {
    this.#tidy = tidy;
    this.#names = new Names({ facts: (path) => this.#facts.get(path), modules: this.#modules });
    this.#targets = new Targets(this.#names, this.#modules);
    this.#resolving = new Resolving({ names: this.#names, modules: this.#modules, handed: this.#handed, properties: this.#properties, ids: this.#ids, facts: (path) => this.#facts.get(path) });
    this.#sites = new Sites({ workspace: this, calls: this.#calls, ids: this.#ids, propagation: () => this.#propagate(), usage: () => this.#requests.update() });
    this.#requests = new Requests({ workspace: this, calls: this.#calls, ids: this.#ids });
  }

  /** The tables of a file's facts have been put away, and with them what was worked out about what stands in them. */
  settle(path: string): void {
    this.#names.answers.settle(path);
  }

  // ── changes ──

  set(facts: Facts): void {
    const { path } = facts;
    const before = this.#facts.get(path);
    if (!facts.sections || !before?.sections) this.shown = {};
    this.#facts.set(path, facts);
    this.#notes.changed(path);
    this.#reached = undefined;
    const exchange = before && exchanged(before, facts);
    this.#properties.changed(before, facts);
    this.#changed.add(path);
    if (facts.language !== 'python') {
      if (before !== undefined || concernsAll(facts)) this.#everything = true;
      this.#forgetAll();
      return;
    }
    if (facts.sections) prepare(facts);
    this.#stale.add(path);
    this.#imports.add(path);
    if (before && !importsTheSame(before, facts)) this.#imports.forget(path);
    if (!before) {
      this.#modules.add(path);
      this.#cameOrWent(path);
      return;
    }
    this.#forgetLaunchesSetIn(path);
    const runs = callsTheSame(this.#names, before, facts, exchange?.come);
    const same = showsTheSame(before, facts) && runs;
    const others = same ? [] : runs ? concerned(before, facts) : undefined;
    if (others === undefined) this.#ids.changed(before, facts);
    else if (facts.sections) this.#ids.edited(facts);
    if (others === undefined || ignoresOf(before) !== ignoresOf(facts)) this.#resolving.forget(path);
    else this.#resolving.forget(path, others);
    if (others && exchange) {
      this.#names.answers.edited(path, [...exchange.gone, ...others], !same);
      const started = this.#launches.get(path);
      this.#launches.delete(path);
      if (same && started?.length === 0 && this.launches(facts).length === 0 && !concernsHub(before) && !concernsHub(facts)) this.#forgetBodies();
      else if (same) this.#forget([]);
    } else if (same) this.#forget([path]);
    if (same) for (const other of this.#imports.importersOf([path])) this.#changed.add(other);
    else this.#structureChanged(this.#reach([path]), others ? [] : [path]);
  }

  /** Launches elsewhere say where in a file their settings stand. */
  #forgetLaunchesSetIn(path: string): void {
    for (const [other, launches] of this.#launches) {
      if (launches.length === 0 || !launches.some(({ settings, overridden }) => [...settings.values(), ...overridden].some((setting) => setting.path === path))) continue;
      this.#launches.delete(other);
      this.#launched = undefined;
      this.#changed.add(other);
    }
  }

  delete(path: string): void {
    const before = this.#facts.get(path);
    if (!before) return;
    this.#reached = undefined;
    this.#facts.delete(path);
    this.#notes.changed(path);
    this.#properties.changed(before, undefined);
    this.#calls.delete(path);
    this.#requests.resolved(path);
    this.#resolving.forget(path);
    this.#handed.set(path, []);
    this.#subclasses.set(path, undefined);
    this.#stale.delete(path);
    this.#changed.add(path);
    this.#propagation = undefined;
    if (before.language === 'python') {
      this.#imports.delete(path);
      this.#ids.delete(path);
      this.#modules.delete(path);
      this.#cameOrWent(path);
    } else {
      if (concernsAll(before)) this.#everything = true;
      this.#forgetAll();
    }
  }

  /** A Python file is there, or is no longer. */
  #cameOrWent(path: string): void {
    if (this.#calls.size > 0 && this.#modules.regroups(path)) this.doubt(this.#calls.keys());
    this.#structureChanged([path, ...this.#reach(this.#modules.answersTo(path))]);
  }

  /** What others see at `paths` has changed: every file that imports one of them, directly or not, must be worked out again. */
  #reach(paths: readonly string[]): readonly string[] {
    if (this.#calls.size === 0) return [];
    const reached = new Set(this.#imports.importersOf(paths));
    // A set visits what is added while it is walked. What others are given from there they do not import.
    for (const path of reached) for (const importer of this.#imports.importersOf([path])) reached.add(importer);
    const resting = this.#handed.restingOn(reached);
    for (const path of this.#handed.restingOn(new Set(paths))) if (!paths.includes(path)) reached.add(path);
    for (const path of resting) reached.add(path);
    for (const path of reached) {
      this.#stale.add(path);
      this.#resolving.forget(path);
      this.#changed.add(path);
      // A module that came or went is looked up anew.
      this.#imports.forget(path);
    }
    return [...reached];
  }

  /** What the project says about calls; everything is worked out again where it says something new. */
  teach(models: Models): void {
    const key = JSON.stringify(models);
    if (key === this.#taughtKey) return;
    this.#taughtKey = key;
    this.#names.taught = new Taught(models);
    this.#propagation = undefined;
    this.doubt(this.#calls.keys());
  }

  /** The calls of these files may mean something else, and anything may have been said because of that. */
  doubt(paths: Iterable<string>): void {
    this.#reached = undefined;
    for (const path of paths) if (this.#calls.has(path)) this.#stale.add(path);
    this.#resolving.forgetAll();
    this.#everything = true;
    this.#forgetAll();
  }

  /** What is remembered about these files goes, with all that is put together from every file. */
  #forget(paths: readonly string[]): void {
    for (const path of paths) {
      this.#names.answers.forget(path);
      this.#launches.delete(path);
    }
    this.#launched = undefined;
    this.#greenlet = null;
    this.#forgetBodies();
  }

  /** What rests on what functions do inside goes. */
  #forgetBodies(): void {
    this.#places = undefined;
    if (this.#remembered.size > 0) this.#remembered = new Map();
  }

  /** `edited` files, and those of `reached`, mean something else than before. */
  #structureChanged(reached: readonly string[], edited: readonly string[] = []): void {
    const paths = [...edited, ...reached];
    this.#structure = true;
    this.shown = {};
    this.#sites.forget();
    // Launches read other files: settings, what they start.
    for (const [path, launches] of this.#launches) if (launches.length > 0) this.#launches.delete(path);
    this.#forget(paths);
  }

  #forgetAll(): void {
    this.#names.answers.forget();
    this.#launches = new Map();
    this.#imports.clear();
    this.#structureChanged([]);
  }

  /** Works out what most questions rest on, before somebody holds what a table of facts gave. */
  workOut(): void {
    this.#propagate();
    if (this.#launched !== undefined || this.hurriedBy !== undefined) return;
    for (const path of this.noted(mayLaunch).keys()) {
      this.launches(this.#facts.get(path)!);
      this.#tidy();
    }
  }

  /** Paths whose answers may have changed since this was last asked. */
  changes(): ReadonlySet<string> {
    this.workOut();
    const propagation = this.#propagate();
    for (const path of this.#requests.changes()) this.#changed.add(path);
    for (const path of this.#chains.changed(propagation, this.#calls, this.#resolvedSince)) this.#changed.add(path);
    this.#resolvedSince.clear();
    // What runs in greenlets, and which drivers may wait there, concerns every file.
    const hub = `${hubOf(this.greenlets())} ${servesThroughWsgi(this)}`;
    this.#everything ||= hub !== this.#hub;
    this.#hub = hub;
    const changed = new Set(this.#everything ? [...this.#facts.keys(), ...this.#changed] : this.#changed);
    // Findings about launches and patching rest on files far away.
    if (this.#structure && changed.size > 0) for (const path of this.noted(mayLaunch).keys()) changed.add(path);
    this.#structure = false;
    this.#changed.clear();
    this.#everything = false;
    return changed;
  }

  // ── questions ──

  get paths(): Iterable<string> {
    return this.#facts.keys();
  }

  file(path: string): Facts | undefined {
    return this.#facts.get(path);
  }

  module(path: string): string {
    return this.#modules.nameOf(path);
  }

  target(file: Facts, call: Pick<Call, 'callee' | 'scope' | 'start'>): Target | undefined {
    return this.#targets.of(file, call);
  }

  mayRun(file: Facts, call: Call, coroutine = false): boolean {
    const propagation = this.#propagate();
    const calls = this.#calls.get(file.path);
    if (!calls || !this.#names.taught.empty || this.#stale.has(file.path)) return true;
    return this.#running.mayRun(file, calls, call, coroutine, propagation);
  }

  get requests(): RequestPaths {
    this.#propagate();
    return this.#requests.update();
  }

  types(file: Facts, expression: Expression, scope: number, at: number): readonly string[] {
    return this.#targets.types(file, expression, scope, at);
  }

  resolveModule(from: Facts, module: string, level: number): Facts | undefined {
    const found = this.#modules.resolve(from.path, module, level);
    const path = (found?.regular ?? found)?.path;
    return path === undefined ? undefined : this.#facts.get(path);
  }

  launches(file: Facts): readonly Launch[] {
    let known = this.#launches.get(file.path);
    if (!known) this.#launches.set(file.path, (known = launchesOf(file, this)));
    return known;
  }

  allLaunches(): readonly { readonly file: Facts; readonly launch: Launch }[] {
    return (this.#launched ??= [...this.#facts.values()].flatMap((file) => this.launches(file).map((launch) => ({ file, launch }))));
  }

  runsOn(file: Facts, scope: number): Place | undefined {
    return this.#sites.runsOn(file, scope);
  }

  greenlets(): Greenlets | undefined {
    if (this.#greenlet === null) this.#greenlet = greenletsOf(this);
    return this.#greenlet;
  }

  imports(path: string): Iterable<string> {
    return this.#imports.of(path);
  }

  isImported(path: string): boolean {
    return this.#imports.has(path);
  }

  noted<T>(note: Note<T>): ReadonlyMap<string, T> {
    return this.#notes.of(note);
  }

  bySection<T>(file: Facts, question: SectionQuestion<T>): readonly T[] {
    this.#propagate();
    const parts = this.#stale.has(file.path) ? undefined : this.#calls.get(file.path)?.parts;
    if (!file.sections || parts?.length !== file.sections.length) return question(file, file, this);
    return this.#answered.of(question, parts, (section) => question(section, file, this));
  }

  remembered<T>(key: object | string, make: () => T): T {
    if (!this.#remembered.has(key)) this.#remembered.set(key, make());
    return this.#remembered.get(key) as T;
  }

  isScript(file: Facts): boolean {
    return isScript(file, this.#imports);
  }

  /** The function whose name stands at an offset (UTF-16), where it is defined or called, and all that says where it runs. */
  running(file: Facts, offset: number): Running | undefined {
    const propagation = this.#propagate();
    if (this.#places?.propagation !== propagation) {
      this.#places = new Places({ calls: this.#calls, propagation, names: this.#names, files: { [Symbol.iterator]: () => this.#facts.values() }, imported: this.#imports, ids: this.#ids, runsOn: (one, scope) => this.runsOn(one, scope) });
    }
    return this.#places.at(file, offset);
  }

  blockingSites(file: Facts): readonly BlockingSite[] {
    return this.#sites.in(file);
  }

  /** Ignore comments of a file that silence chains through it, as offset and rule. */
  usedIgnores(path: string): readonly string[] {
    return (this.#calls.get(path)?.usedIgnores ?? []).map(({ comment, rule }) => `${comment.start} ${rule}`);
  }

  // ── working it out ──

  #propagate(): Propagation {
    if (this.#propagation && (this.#stale.size === 0 || (this.hurriedBy !== undefined && this.hurriedBy === this.#reached))) return this.#propagation;
    const resolved = this.hurriedBy === undefined ? this.#resolveAll() : this.#resolveBelow(this.hurriedBy);
    this.#reached = this.hurriedBy;
    for (const { before, after } of resolved) this.#sites.resolved(before, after);
    if (resolved.length > 0) this.#remembered.clear();
    const known = this.#propagation;
    // Where lines moved and little else, every chain is as it was.
    const survives = known && resolved.every(({ before, after }) => before && known.survives(before, after)) && known.implementsTheSame(resolved.map(({ path }) => path));
    this.#subclasses.changed.clear();
    if (survives) return known;
    const constant = (file: Facts, call: number, argument: Expression): Constant | undefined => this.#names.constant(file, file.calls[call]!, argument);
    const [ids, facts] = [this.#ids, (path: string): Facts | undefined => this.#facts.get(path)];
    const implementations = new Implementations({ subclasses: this.#subclasses, names: this.#names, ids, facts });
    this.#propagation = new Propagation(this.#calls, ids, facts, implementations, constant, () => this.#tidy());
    return this.#propagation;
  }

  /** Works out the calls of all stale files; those to whose functions others hand something new become stale by that. */
  #resolveAll(): readonly Resolved[] {
    const resolved = [...this.#resolve([...this.#stale])];
    while (this.#stale.size > 0) resolved.push(...this.#resolve([...this.#stale]));
    return resolved;
  }

  /** Works out the calls of a stale file, and of those that are stale and that it reaches through calls. */
  #resolveBelow(path: string): readonly Resolved[] {
    const resolved: Resolved[] = [];
    const seen = new Set<string>([path]);
    for (const at of seen) {
      if (this.#stale.has(at)) resolved.push(...this.#resolve([at]));
      if (this.#stale.size === 0) break;
      for (const one of this.#calls.get(at)?.functions ?? []) {
        for (const { target } of one.edges) {
          if (target === undefined) continue;
          seen.add(this.#ids.pathOf(target));
          for (const other of this.#propagation?.implementing(target) ?? []) seen.add(other);
        }
      }
    }
    return resolved;
  }

  /** Works out the calls of stale files. */
  #resolve(paths: readonly string[]): readonly Resolved[] {
    const resolved = new Map<string, { readonly path: string; readonly before: FileCalls | undefined; after: FileCalls }>();
    for (const path of paths) {
      this.#stale.delete(path);
      const file = this.#facts.get(path)!;
      const after = this.#resolving.calls(file, () => {
        if (file.sections || paths.length === 1) return;
        // While its facts are at hand, and what its calls mean.
        summarize(file);
        this.#imports.lookUp(path);
      });
      this.#imports.used(path);
      this.#handed.set(path, standsAside(path) ? [] : after.handed, after.carried);
      resolved.set(path, { path, before: this.#calls.get(path), after });
      this.#subclasses.set(path, file);
      this.#calls.set(path, after);
      if (file.sections || paths.length === 1) this.#requests.resolved(path);
      else this.#requests.take(path, after);
      this.#resolvedSince.add(path);
      this.#tidy(path);
    }
    for (const path of this.#handed.changes()) {
      this.#resolving.forgetWithin(path);
      if (resolved.has(path) || !this.#facts.has(path)) continue;
      this.#stale.add(path);
      this.#changed.add(path);
    }
    for (const [path, one] of resolved) {
      if (!this.#handed.has(path)) continue;
      one.after = this.#resolving.callsWithin(this.#facts.get(path)!);
      this.#calls.set(path, one.after);
      this.#requests.resolved(path);
      this.#tidy(path);
    }
    if (paths.length !== 1) {
      this.#requests.update();
      this.#modules.settle();
    }
    return [...resolved.values()];
  }
}

const mayLaunch = (file: Facts): true | undefined => (file.language !== 'python' || speaksOfLaunches(file) ? true : undefined);
