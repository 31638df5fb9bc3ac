/** What calls and attributes of libraries give, as far as knowledge goes. */

import { blockingRow, canonicalType, carriers, offLoop, returns, type BlockingRow, type OffloadRow } from '../knowledge/index.ts';
import { taskMethod } from './decorators.ts';
import { none, type Value } from './values.ts';

const offloading: ReadonlyMap<string, OffloadRow> = new Map(offLoop.map((row) => [row.call, row]));

/** A library's object by dotted name: a module, class, function or an attribute of one. What is known of it is looked up once. */
export class LibrarySymbol {
  readonly kind = 'symbol';
  readonly name: string;
  #attributes: Map<string, readonly LibrarySymbol[]> | undefined;
  #row: BlockingRow | null | undefined;
  #offloads: OffloadRow | null | undefined;
  #result: readonly Value[] | undefined;
  #carried: string | null | undefined;

  constructor(name: string) {
    this.name = name;
  }

  attribute(name: string): readonly LibrarySymbol[] {
    this.#attributes ??= new Map();
    let known = this.#attributes.get(name);
    if (!known) this.#attributes.set(name, (known = symbolNamed(`${this.name}.${name}`)));
    return known;
  }

  /** How calling it blocks. */
  get row(): BlockingRow | undefined {
    if (this.#row === undefined) this.#row = blockingRow(taskMethod(this.name) ?? this.name) ?? null;
    return this.#row ?? undefined;
  }

  /** How calling it hands work over. */
  get offloads(): OffloadRow | undefined {
    if (this.#offloads === undefined) this.#offloads = offloading.get(this.name) ?? null;
    return this.#offloads ?? undefined;
  }

  /** What calling it gives. */
  get result(): readonly Value[] {
    return (this.#result ??= resultOf(this.name));
  }

  /** What an application or request carries, by its dotted name: this itself, or what this is an attribute of. */
  get carried(): string | undefined {
    if (this.#carried === undefined) this.#carried = carriedIn(this.name) ?? null;
    return this.#carried ?? undefined;
  }
}

/** Whether what stands under a key of an application has a dotted name: the key is one name. */
export function isCarriedKey(key: string | number | boolean | null): key is string {
  return typeof key === 'string' && /^\w+$/.test(key);
}

function carriedIn(name: string): string | undefined {
  for (const type of carriers) {
    if (!name.startsWith(`${type}.`)) continue;
    const end = name.indexOf('.', type.length + 1);
    return end === -1 ? name : name.slice(0, end);
  }
  return undefined;
}

const symbols = new Map<string, readonly LibrarySymbol[]>();
/** With more symbols than this all are made anew. */
const mostSymbols = 10_000;

/** A library's object by name; the same one for the same name, because most are asked for thousands of times. */
export function symbolNamed(name: string): readonly LibrarySymbol[] {
  let known = symbols.get(name);
  if (!known) {
    if (symbols.size > mostSymbols) symbols.clear();
    symbols.set(name, (known = [new LibrarySymbol(name)]));
  }
  return known;
}

/** What calling a library's object of this dotted name gives. */
function resultOf(written: string): readonly Value[] {
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
    return [...symbolNamed(full), { kind: 'instance', of: any.returns }];
  }
  return symbolNamed(full);
}

/** `sessionmaker` instances make sessions. */
export const factories: ReadonlyMap<string, string> = new Map([...returns.values()].flatMap((row) => (row.factory_of ? [[row.returns, row.factory_of] as const] : [])));

function given({ returns: of, element }: { readonly returns: string; readonly element?: boolean }): readonly Value[] {
  return [element ? { kind: 'collection', of: [{ kind: 'instance', of }] } : { kind: 'instance', of }];
}
