/** The names of all properties in the workspace: only reads of these may run code. And the functions behind them. */

import { isProperty, type Facts, type Scope } from '../facts.ts';
import type { Names } from './names.ts';
import type { Definition } from './values.ts';

export class Properties {
  /** How many functions of each name are properties. */
  readonly #counts = new Map<string, number>();

  has(name: string): boolean {
    return this.#counts.has(name);
  }

  /** A file says something else, came or went. */
  changed(before: Facts | undefined, after: Facts | undefined): void {
    for (const name of before?.properties ?? []) this.#count(name, -1);
    for (const name of after?.properties ?? []) this.#count(name, 1);
  }

  #count(name: string, step: 1 | -1): void {
    const count = (this.#counts.get(name) ?? 0) + step;
    if (count > 0) this.#counts.set(name, count);
    else this.#counts.delete(name);
  }
}

/** The function behind a property of a class of the workspace. */
export function propertyOf(names: Names, { path, scope }: Definition, name: string): { readonly file: Facts; readonly scope: Scope } | undefined {
  const queue: Definition[] = [{ path, scope }];
  for (let at = 0; at < queue.length && at < 12; at++) {
    const one = queue[at]!;
    const file = names.file(one.path);
    const bindings = file?.scopes[one.scope]?.bindings.get(name);
    if (file && bindings) {
      const bound = bindings[0]!.value;
      const method = bound.kind === 'function' ? file.scopes[bound.scope] : undefined;
      return method?.function && isProperty(method.function) && !method.function.async ? { file, scope: method } : undefined;
    }
    for (const base of names.bases(one)) if (base.kind === 'class') queue.push(base);
  }
  return undefined;
}
