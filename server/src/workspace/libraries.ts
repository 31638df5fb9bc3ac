/** What calls and attributes of libraries give, as far as knowledge goes. */

import { canonicalType, returns } from '../knowledge/index.ts';
import { taskMethod } from './decorators.ts';
import { none, symbolNamed, type Value } from './values.ts';

/** What calling a library's object of this dotted name gives. */
export function resultOf(written: string): readonly Value[] {
  const name = taskMethod(written) ?? written;
  const dot = name.lastIndexOf('.');
  const row = returns.get(name) ?? (dot > 0 ? returns.get(`${canonicalType(name.slice(0, dot))}${name.slice(dot)}`) : undefined);
  if (row) return given(row);
  const last = name.slice(dot + 1);
  return /^_?[A-Z]/.test(last) ? [{ kind: 'instance', of: canonicalType(name) }] : none;
}

/** An attribute of an instance of a library's type. */
export function attributeOf(type: string, name: string): readonly Value[] {
  const full = `${type}.${name}`;
  const row = returns.get(full);
  if (row?.attr) return given(row);
  const any = returns.get(`${type}.__getattr__`);
  if (any?.attr && !row && !name.startsWith('_')) {
    // A method of the type itself comes before its dynamic attributes.
    return [{ kind: 'symbol', name: full }, { kind: 'instance', of: any.returns }];
  }
  return symbolNamed(full);
}

/** `sessionmaker` instances make sessions. */
export const factories: ReadonlyMap<string, string> = new Map([...returns.values()].flatMap((row) => (row.factory_of ? [[row.returns, row.factory_of] as const] : [])));

function given({ returns: of, element }: { readonly returns: string; readonly element?: boolean }): readonly Value[] {
  return [element ? { kind: 'collection', of: [{ kind: 'instance', of }] } : { kind: 'instance', of }];
}
