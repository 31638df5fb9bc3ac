/** What calls mean, and what expressions are, by dotted names. */

import type { Call, Expression, Facts } from '../facts.ts';
import type { Modules } from './modules.ts';
import type { Names } from './names.ts';
import type { Value } from './values.ts';
import type { Target } from './workspace.ts';

export class Targets {
  readonly #names: Names;
  readonly #modules: Modules;

  constructor(names: Names, modules: Modules) {
    this.#names = names;
    this.#modules = modules;
  }

  /** The first of what a call may call; undefined where nobody knows. */
  of(file: Facts, { callee, scope, start }: Pick<Call, 'callee' | 'scope' | 'start'>): Target | undefined {
    for (const value of this.#names.infer(file, callee, scope, start)) {
      const target = this.#targetOf(value);
      if (target) return target;
    }
    return undefined;
  }

  #targetOf(value: Value): Target | undefined {
    switch (value.kind) {
      case 'symbol': return { name: value.name };
      case 'instance': return { name: `${value.of}.__call__` };
      case 'partial': return value.of[0] && this.#targetOf(value.of[0]);
      case 'function': case 'class': return { name: this.#nameOf(value), definition: { path: value.path, scope: value.scope } };
      case 'object': {
        for (const method of this.#names.attribute(value, '__call__')) if (method.kind === 'function') return this.#targetOf(method);
        return undefined;
      }
      default: return undefined;
    }
  }

  /** Types that an expression may have. */
  types(file: Facts, expression: Expression, scope: number, at: number): readonly string[] {
    const found: string[] = [];
    for (const value of this.#names.infer(file, expression, scope, at)) {
      if (value.kind === 'instance') found.push(value.of);
      else if (value.kind === 'object') {
        found.push(this.#nameOf(value));
        // A class of the workspace is also what it derives from.
        for (const base of this.#names.bases(value)) for (const one of this.#names.instanceOf(base)) if (one.kind === 'instance') found.push(one.of);
      }
    }
    return found;
  }

  #nameOf({ path, scope }: { readonly path: string; readonly scope: number }): string {
    return `${this.#modules.nameOf(path)}.${this.#names.file(path)?.scopes[scope]?.name ?? ''}`;
  }
}
