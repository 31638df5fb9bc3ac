/** What chains of blocking calls looked like when somebody last asked, and whom their changes concern. */

import type { FileCalls } from './edges.ts';
import type { FunctionId } from './function-ids.ts';
import { chainOf, type Propagation } from './propagation.ts';

export class Chains {
  #propagation: Propagation | undefined;
  /** By function that blocks, all ways in which it does. */
  #texts = new Map<FunctionId, string>();
  /** By path, the functions whose chains go through a file. */
  #through = new Map<string, Set<FunctionId>>();
  /** By function that blocks, the files that call it. */
  #callers = new Map<FunctionId, Set<string>>();

  /** Files that call something which blocks in other ways than when this was last asked. `resolved`: paths whose calls were worked out anew since. */
  changed(propagation: Propagation, calls: ReadonlyMap<string, FileCalls>, resolved: Iterable<string>): ReadonlySet<string> {
    return this.#propagation === propagation ? this.#moved(propagation, calls, resolved) : this.#replaced(propagation, calls);
  }

  #replaced(propagation: Propagation, calls: ReadonlyMap<string, FileCalls>): ReadonlySet<string> {
    const [texts, callers] = [this.#texts, this.#callers];
    this.#propagation = propagation;
    this.#texts = new Map();
    this.#through = new Map();
    this.#callers = new Map();
    const changed = new Set<FunctionId>();
    for (const id of propagation.blocking) {
      const text = this.#textOf(propagation, id);
      this.#texts.set(id, text);
      if (texts.get(id) !== text) changed.add(id);
    }
    for (const id of texts.keys()) if (!this.#texts.has(id)) changed.add(id);
    for (const [path, file] of calls) this.#addCalls(propagation, path, file);
    const found = new Set<string>();
    for (const id of changed) {
      for (const path of callers.get(id) ?? []) found.add(path);
      for (const path of this.#callers.get(id) ?? []) found.add(path);
    }
    return found;
  }

  #moved(propagation: Propagation, calls: ReadonlyMap<string, FileCalls>, resolved: Iterable<string>): ReadonlySet<string> {
    const found = new Set<string>();
    const paths = new Set(resolved);
    for (const path of paths) {
      const file = calls.get(path);
      if (file) this.#addCalls(propagation, path, file);
    }
    for (const path of paths) {
      for (const id of this.#through.get(path) ?? []) {
        const text = this.#textOf(propagation, id);
        if (this.#texts.get(id) === text) continue;
        this.#texts.set(id, text);
        for (const caller of this.#callers.get(id) ?? []) found.add(caller);
      }
    }
    return found;
  }

  #addCalls(propagation: Propagation, path: string, { functions }: FileCalls): void {
    for (const { edges } of functions) {
      for (const { target } of edges) {
        if (target === undefined || !propagation.blocks(target)) continue;
        const known = this.#callers.get(target);
        if (known) known.add(path);
        else this.#callers.set(target, new Set([path]));
      }
    }
  }

  #textOf(propagation: Propagation, id: FunctionId): string {
    const entries = propagation.entries(id);
    for (const entry of entries) {
      for (let at: typeof entry | undefined = entry; at; at = at.next) {
        const { path } = at.function;
        const known = this.#through.get(path);
        if (known) known.add(id);
        else this.#through.set(path, new Set([id]));
      }
    }
    return `${entries.map((entry) => `${chainOf(entry)}${entry.guards.length > 0 ? JSON.stringify(entry.guards) : ''}`).join('|')}+${propagation.others(id)}`;
  }
}
