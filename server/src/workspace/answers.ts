/** Answers of `Names` that are remembered, by the file they are about. */

import type { Binding, Call, Section } from '../facts.ts';
import type { Decoration } from './decorators.ts';
import { none, unique, type Value } from './values.ts';

/** Questions that lead to questions further than this are unknown: no program people write goes there. */
const deepest = 64;

/** Answers about one file, by scope or name. */
interface Results {
  readonly returned: Map<number, readonly Value[]>;
  readonly bases: Map<number, readonly Value[]>;
  readonly members: Map<string, readonly Value[]>;
  /** Attributes of classes, and of their instances, by the class's scope. */
  readonly ofClasses: Map<number, Map<string, readonly Value[]>>;
  readonly ofObjects: Map<number, Map<string, readonly Value[]>>;
}

/** A parameter of a function. */
export interface FunctionTarget {
  readonly path: string;
  readonly scope: number;
  readonly parameter: string;
}

/** What a function does with a parameter: it calls it, or hands it to parameters of other functions. */
export interface Handling {
  readonly called: boolean;
  readonly to: readonly FunctionTarget[];
}

export class Answers {
  readonly #results = new Map<string, Results>();
  /** What single bindings and calls of each file give: many, and hardly ever asked for by other files. */
  readonly #details = new Map<string, Map<Binding | Call, readonly Value[]>>();
  readonly #decorations = new Map<string, Map<number, Decoration>>();
  readonly #handedOver = new Map<string, Map<number, number | undefined>>();
  readonly #handlings = new Map<string, Map<number, ReadonlyMap<string, Handling>>>();
  readonly #called = new Map<string, Map<number, readonly number[]>>();
  /** What others rest on: by file and scope, where it is anything. */
  readonly #told = new Map<string, Map<number, readonly number[]>>();
  #depth = 0;

  /** Forgets every answer, or those about one file whose interface stayed the same. */
  forget(path?: string): void {
    this.#decorations.clear();
    for (const answers of [this.#results, this.#details, this.#handedOver, this.#handlings, this.#called]) {
      if (path === undefined) answers.clear();
      else answers.delete(path);
    }
  }

  /** Forgets what was asked about a file whose tables are put away: it would fill memory and can be had again. What is handed over is little, and long to find. */
  settle(path: string): void {
    for (const answers of [this.#results, this.#details, this.#decorations]) answers.delete(path);
  }

  /** An edit took the place of some sections: what was known of those goes. `shown`: others may see something new of the file. */
  edited(path: string, gone: readonly Section[], shown: boolean): void {
    if (shown) {
      this.#decorations.clear();
      this.#results.delete(path);
      this.#handedOver.delete(path);
    }
    const details = this.#details.get(path);
    if (!details) return;
    for (const { calls, scopes, bound, members, attributes } of gone) {
      for (const call of calls) details.delete(call);
      for (const [, binding] of [...bound, ...members, ...attributes]) details.delete(binding);
      for (const { bindings, class: facts } of scopes) for (const binding of [...bindings.values(), ...(facts?.attributes.values() ?? [])].flat()) details.delete(binding);
    }
  }

  /** Remembers `make()` as the answer to `key`; a question that comes back to itself is unknown. */
  once<K>(answers: Map<K, readonly Value[]>, key: K, make: () => readonly Value[]): readonly Value[] {
    const known = answers.get(key);
    if (known) return known;
    if (this.#depth > deepest) return none;
    answers.set(key, none);
    this.#depth++;
    try {
      const values = unique(make());
      answers.set(key, values);
      return values;
    } finally {
      this.#depth--;
    }
  }

  #about(path: string): Results {
    let results = this.#results.get(path);
    if (!results) this.#results.set(path, (results = { returned: new Map(), bases: new Map(), members: new Map(), ofClasses: new Map(), ofObjects: new Map() }));
    return results;
  }

  /** By binding or call. */
  details(path: string): Map<Binding | Call, readonly Value[]> {
    return this.#details.get(path) ?? added(this.#details, path);
  }

  /** What functions give, by scope. */
  returned(path: string): Map<number, readonly Value[]> {
    return this.#about(path).returned;
  }

  /** What classes derive from, by scope. */
  bases(path: string): Map<number, readonly Value[]> {
    return this.#about(path).bases;
  }

  /** By name. */
  members(path: string): Map<string, readonly Value[]> {
    return this.#about(path).members;
  }

  /** Attributes of a class or of its instances, by name. */
  attributes({ path, scope }: { readonly path: string; readonly scope: number }, instance: boolean): Map<string, readonly Value[]> {
    const about = this.#about(path);
    const classes = instance ? about.ofObjects : about.ofClasses;
    return classes.get(scope) ?? added(classes, scope);
  }

  /** By scope of the function. */
  decorations(path: string): Map<number, Decoration> {
    return this.#decorations.get(path) ?? added(this.#decorations, path);
  }

  /** Which parameter each function hands to a thread (`work.ts`), by scope. */
  handedOver(path: string): Map<number, number | undefined> {
    return this.#handedOver.get(path) ?? added(this.#handedOver, path);
  }

  /** What each function does with its parameters (`called-parameters.ts`), by scope. */
  handlings(path: string): Map<number, ReadonlyMap<string, Handling>> {
    return this.#handlings.get(path) ?? added(this.#handlings, path);
  }

  /** Positions of the parameters that each function calls, itself or through others, by scope. */
  calledParameters(path: string): Map<number, readonly number[]> {
    return this.#called.get(path) ?? added(this.#called, path);
  }

  /** The functions of a file may do something else with their parameters. */
  forgetCalled(path: string): void {
    this.#handlings.delete(path);
    this.#called.delete(path);
  }

  /** Somebody rests on the parameters that a function calls. */
  told(path: string, scope: number, called: readonly number[]): void {
    (this.#told.get(path) ?? added(this.#told, path)).set(scope, called);
  }

  /** The parameters that others have been told a function calls; undefined where nobody has asked. */
  toldOf(path: string, scope: number): readonly number[] | undefined {
    return this.#told.get(path)?.get(scope);
  }
}

function added<K, L, V>(all: Map<K, Map<L, V>>, key: K): Map<L, V> {
  const made = new Map<L, V>();
  all.set(key, made);
  return made;
}
