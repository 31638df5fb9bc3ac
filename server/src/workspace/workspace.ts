/** The questions a rule may ask about all files together. */

import type { Call, Expression, Facts, Range } from '../facts.ts';
import type { BlockingRow } from '../knowledge/index.ts';
import type { Greenlets } from './greenlets.ts';
import type { Launch } from './launches.ts';
import type { Note } from './notes.ts';
import type { RequestPaths } from './requests.ts';

/** What a call calls. */
export interface Target {
  /** Dotted name: of a library (`redis.Redis.keys`) or of a definition in the workspace (`app.cache.load`). */
  readonly name: string;
  readonly definition?: { readonly path: string; readonly scope: number };
}

/** One step from a call down to the primitive that blocks. */
export interface Step {
  readonly path: string;
  readonly range: Range;
  /** What is called at this step, as users name it (`load_user`, `requests.get`). */
  readonly name: string;
  /** Module of the file, dotted. */
  readonly module: string;
  /** Nothing is called here: it implements what the step before calls. */
  readonly implements?: true;
  /** Dotted name by which a project's config (`[tool.unblock.models]`) speaks of what is called; undefined for what has none of its own. */
  readonly model?: string;
}

/** A place on the loop (or in a greenlet) that blocks, directly or through helpers. */
export interface BlockingSite {
  readonly range: Range;
  readonly call?: Call;
  /** `call`, entering a `with`, iterating, or reading a property. */
  readonly kind: 'call' | 'enter' | 'iterate' | 'read';
  readonly row: BlockingRow;
  /** From the site to the primitive; the site itself first. One step for a direct call. */
  readonly steps: readonly Step[];
  /** How many other primitives lie below. */
  readonly others: number;
  readonly place: Place;
}

/** Where code runs, with the evidence. */
export interface Place {
  readonly kind: 'loop' | 'greenlet' | 'thread' | 'import' | 'script';
  readonly evidence?: { readonly path: string; readonly range: Range };
  /** Before the first client is served, or after the last: `on_event("startup")`, a lifespan. */
  readonly startup?: boolean;
  /** Of a greenlet: the hub's library, and whether the standard library is patched. */
  readonly hub?: { readonly library: 'gevent' | 'eventlet'; readonly patched: boolean };
}

/** One way in which a function comes to run somewhere. */
export interface Run {
  readonly kind: Place['kind'];
  /** By what it is (a coroutine, an endpoint), given to what runs it, called by `by`, or called by what `by` calls. */
  readonly how: 'itself' | 'given' | 'called' | 'below';
  readonly evidence: { readonly path: string; readonly range: Range };
  readonly by?: string;
}

/** A function that somebody points at, by the name that stands in `range`. */
export interface Running {
  readonly range: Range;
  /** As users name it. */
  readonly name: string;
  /** At most one for each kind of place. */
  readonly runs: readonly Run[];
}

/** Something asked of what stands in a whole file, or in one section of it. */
export type SectionQuestion<T> = (part: Pick<Facts, 'calls' | 'scopes' | 'loops'>, file: Facts, workspace: Workspace) => readonly T[];

export interface Workspace {
  readonly paths: Iterable<string>;
  file(path: string): Facts | undefined;
  /** Dotted module name of a file, from the source root it lies under. */
  module(path: string): string;
  target(file: Facts, call: Pick<Call, 'callee' | 'scope' | 'start'>): Target | undefined;
  /** Whether a call may run a function of the workspace, or only a coroutine of it: told at once, and before `target` is asked. */
  mayRun(file: Facts, call: Call, coroutine?: boolean): boolean;
  /** What runs on each request, and through which calls. */
  readonly requests: RequestPaths;
  /** Dotted names of the types an expression may have, written in `scope` at offset `at`. */
  types(file: Facts, expression: Expression, scope: number, at: number): readonly string[];
  /** Everything in `file` that blocks a loop or hub. */
  blockingSites(file: Facts): readonly BlockingSite[];
  /** Where the code of a scope runs; undefined when nothing says. */
  runsOn(file: Facts, scope: number): Place | undefined;
  /** How the workspace runs under a hub of greenlets; undefined when nothing says that it does. */
  greenlets(): Greenlets | undefined;
  /** Whether a file serves nobody: a test, a migration, or a script that nothing imports. */
  isScript(file: Facts): boolean;
  /** Launches written in this file. */
  launches(file: Facts): readonly Launch[];
  allLaunches(): readonly { readonly file: Facts; readonly launch: Launch }[];
  /** Top-level statements a file runs when imported or started, following imports: does gevent patch, and where? */
  resolveModule(from: Facts, module: string, level: number): Facts | undefined;
  /** Paths that the imports of a Python file name, those of files that do not exist included. */
  imports(path: string): Iterable<string>;
  /** Whether another file imports the one at `path`. */
  isImported(path: string): boolean;
  /** What `note` says of each file by itself, where it says something, in the order of the files; each file is asked once until it changes. */
  noted<T>(note: Note<T>): ReadonlyMap<string, T>;
  /** What files show each other, and what those say that are not being edited: another object as soon as it changes. */
  readonly shown: object;
  /**
   * What `question` answers of a file, or of each section of one that is being edited. The answer of a section is kept as long as
   * what its names mean: it must rest on nothing else. The question is made once, where a module is loaded.
   */
  bySection<T>(file: Facts, question: SectionQuestion<T>): readonly T[];
  /** What `make` gave for `key`, kept until any file changes: for answers that rest on several files. */
  remembered<T>(key: object | string, make: () => T): T;
}
