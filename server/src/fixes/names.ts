/** Names in expressions. */

import type { Expression, Range } from '../facts.ts';

/** The name of a callee: of `self.client.get`, `get`. */
export function lastName(value: Expression): string | undefined {
  return value.kind === 'name' || value.kind === 'attribute' ? value.name : undefined;
}

/** The name an attribute chain, item or call begins with. Calls are not followed. */
export function rootName(value: Expression): string | undefined {
  let at = value;
  while (at.kind === 'attribute' || at.kind === 'subscript') at = at.object;
  return at.kind === 'name' ? at.name : undefined;
}

/** The names of an attribute chain: `self.page.keyboard` has three. */
export function namesOf(value: Expression): readonly string[] {
  const found: string[] = [];
  for (let at = value; ;) {
    if (at.kind === 'attribute') {
      found.push(at.name);
      at = at.object;
    } else if (at.kind === 'subscript') at = at.object;
    else {
      if (at.kind === 'name') found.push(at.name);
      return found;
    }
  }
}

export function within(inner: Range, outer: Range): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}
