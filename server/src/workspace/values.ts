/** What an expression may be, as far as the workspace can tell. */

import type { LibrarySymbol } from './libraries.ts';
import type { Module } from './modules.ts';

/** A definition in the workspace. */
export interface Definition {
  readonly path: string;
  readonly scope: number;
}

/** What an expression may be. Several at once where branches or annotations leave it open; none means unknown. */
export type Value =
  /** A library's object by dotted name: a module, class, function or an attribute of one. */
  | LibrarySymbol
  /** An instance of a library's type. */
  | { readonly kind: 'instance'; readonly of: string; readonly given?: boolean }
  | { readonly kind: 'module'; readonly module: Module }
  /** `given`, of this and others: it is what one of several calls gives to a parameter, or comes of that. */
  | { readonly kind: 'class'; readonly path: string; readonly scope: number; readonly given?: boolean }
  /** An instance of a class in the workspace. */
  | { readonly kind: 'object'; readonly path: string; readonly scope: number; readonly given?: boolean }
  | { readonly kind: 'function'; readonly path: string; readonly scope: number; /** Bound: its first parameter is taken. */ readonly bound?: boolean; readonly receiver?: Value }
  | { readonly kind: 'super'; readonly path: string; readonly scope: number }
  | { readonly kind: 'partial'; readonly of: readonly Value[]; readonly given?: boolean }
  /** Something of which only what calling it gives is known: `Callable[[], Session]`. */
  | { readonly kind: 'callable'; readonly of: readonly Value[] }
  /** A name for an annotation: `Database = Annotated[Session, Depends(get_db)]`. */
  | { readonly kind: 'type'; readonly of: readonly Value[] }
  | { readonly kind: 'collection'; readonly of: readonly Value[] }
  | { readonly kind: 'tuple'; readonly items: readonly (readonly Value[])[] }
  /** What `await` gives. */
  | { readonly kind: 'coroutine'; readonly of: readonly Value[] }
  /** What entering a `@contextmanager` function gives; its body runs then. */
  | { readonly kind: 'context'; readonly of: readonly Value[]; readonly function: Definition }
  | { readonly kind: 'generator'; readonly of: readonly Value[]; readonly function: Definition }
  | { readonly kind: 'constant'; readonly value: string | number | boolean | null };

/** What comes of something that is given. */
export function given(values: readonly Value[]): readonly Value[] {
  return values.map((value) => (value.kind === 'instance' || value.kind === 'object' || value.kind === 'class' ? { ...value, given: true } : value));
}

export const none: readonly Value[] = [];

/** More possibilities than this are not kept: an expression that may be anything is unknown. */
export const most = 6;

export function unique(values: readonly Value[]): readonly Value[] {
  if (values.length < 2) return values;
  const seen = new Set<string>();
  const kept: Value[] = [];
  for (const value of values) {
    const key = keyOf(value);
    if (seen.has(key)) continue;
    seen.add(key);
    kept.push(value);
    if (kept.length === most) break;
  }
  return kept;
}

/** The possibilities of all items together. */
export function flat<T>(items: readonly T[], map: (item: T) => readonly Value[]): readonly Value[] {
  if (items.length === 0) return none;
  if (items.length === 1) return map(items[0]!);
  const found: Value[] = [];
  for (const item of items) for (const value of map(item)) if (found.push(value) === most * 2) return found;
  return found;
}

function keyOf(value: Value): string {
  switch (value.kind) {
    case 'symbol': return `s${value.name}`;
    case 'instance': return `i${value.of}`;
    case 'module': return `m${value.module.path ?? `${value.module.folder} ${value.module.regular?.path ?? ''}`}`;
    case 'class': case 'object': case 'super': return `${value.kind}${value.path}#${value.scope}`;
    case 'function': return `f${value.path}#${value.scope}${value.bound ? 'b' : ''}`;
    case 'constant': return `c${typeof value.value}${value.value}`;
    case 'tuple': return `t${value.items.map((item) => item.map(keyOf).join()).join(';')}`;
    default: return `${value.kind}(${value.of.map(keyOf).join()})`;
  }
}
