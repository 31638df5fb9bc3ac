/** The calls of files, worked out: as everybody sees them, and as a file sees its own that knows what others hand to its functions. */

import type { Facts, Section } from '../facts.ts';
import type { CallContext } from './calls.ts';
import type { FileCalls } from './edges.ts';
import type { HandedTypes } from './handed.ts';
import type { Modules } from './modules.ts';
import { Names } from './names.ts';
import { fileCalls, KnownCalls } from './section-calls.ts';
import { Vocabulary } from './stored-calls.ts';
import { none } from './values.ts';

interface Ground extends Omit<CallContext, 'names' | 'kept'> {
  readonly names: Names;
  readonly modules: Modules;
  readonly handed: HandedTypes;
}

export class Resolving {
  readonly #ground: Ground;
  readonly #vocabulary = new Vocabulary();
  /** The calls of each section of files that are being edited; gone when what they call may mean something else. */
  readonly #known = new Map<string, KnownCalls>();
  /** The same as the files see them. */
  readonly #knownWithin = new Map<string, KnownCalls>();

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** `meanwhile` is called while the file's facts are at hand. */
  calls(file: Facts, meanwhile: () => void): FileCalls {
    return this.#calls(file, this.#ground.names, this.#known, meanwhile);
  }

  /**
   * As a file sees them that knows what its functions are given. What it hands on itself does not rest on that, and no other file
   * sees it: so the order of files and edits decides nothing.
   */
  callsWithin(file: Facts): FileCalls {
    const { facts, modules, handed, names } = this.#ground;
    if (!file.sections) handed.forgetAsked(file.path);
    const own = new Names({
      facts, modules,
      handed: (other, scope, parameter) => (other.path === file.path ? handed.of(other, scope, parameter, facts) : none),
      carried: (name) => handed.carried(file.path, name, facts),
    });
    own.taught = names.taught;
    return this.#calls(file, own, this.#knownWithin);
  }

  #calls(file: Facts, names: Names, all: Map<string, KnownCalls>, meanwhile?: () => void): FileCalls {
    try {
      let known = all.get(file.path);
      if (!known) all.set(file.path, (known = new KnownCalls()));
      const calls = fileCalls(file, { ...this.#ground, names, kept: this.#ground.names }, this.#vocabulary, known);
      if (!file.sections) all.delete(file.path);
      meanwhile?.();
      return calls;
    } catch {
      // A file that overflows costs only itself.
      return noCalls;
    }
  }

  /** What sections of a file call may mean something else; all of them, where none are named. */
  forget(path: string, sections?: readonly Section[]): void {
    for (const all of [this.#known, this.#knownWithin]) {
      if (sections) all.get(path)?.forget(sections);
      else all.delete(path);
    }
  }

  /** The functions of a file are given something else. */
  forgetWithin(path: string): void {
    this.#knownWithin.delete(path);
  }

  forgetAll(): void {
    this.#known.clear();
    this.#knownWithin.clear();
  }
}

const noCalls: FileCalls = { functions: [], uses: new Map(), callbacks: new Map(), offloaded: new Map(), handed: [], carried: [], usedIgnores: [] };
