/** A syntax tree as flat arrays in pre-order, read straight out of the parser's memory: one pass, no call per node. */

import type { Language, Tree } from 'web-tree-sitter';

/** The parser's WebAssembly memory; the object given to `Parser.init` becomes this. */
export interface Memory {
  readonly HEAPU8: Uint8Array;
  readonly HEAPU16: Uint16Array;
  readonly HEAPU32: Uint32Array;
}

/**
 * All visible nodes of one parse, named and anonymous, in pre-order. Node `i` covers the UTF-16 range
 * `start[i]`..`end[i]`; its descendants are `i + 1` .. `next[i]` (exclusive).
 * The arrays belong to the reader and are valid until its next `read`.
 */
export interface FlatTree {
  readonly count: number;
  /** Symbol number; `kinds` names it. */
  readonly kind: Uint16Array;
  /** Field number of the node in its parent, 0 for none. */
  readonly field: Uint8Array;
  readonly start: Int32Array;
  readonly end: Int32Array;
  readonly parent: Int32Array;
  readonly next: Int32Array;
  /** 1 for a node the parser invented to recover from an error. */
  readonly missing: Uint8Array;
}

export const errorKind = 65535;

/** Reads trees of one grammar. Relies on the memory layout of web-tree-sitter 0.27 (`test/tree.test.ts` compares it with the public cursor). */
export class TreeReader {
  #memory: Memory;
  #capacity = 0;
  #kind = new Uint16Array(0);
  #field = new Uint8Array(0);
  #start = new Int32Array(0);
  #end = new Int32Array(0);
  #parent = new Int32Array(0);
  #next = new Int32Array(0);
  #missing = new Uint8Array(0);
  // The language's tables, copied once.
  #publicSymbol: Uint16Array;
  #visibleAlias: Uint8Array;
  #aliases: Uint16Array;
  #aliasLength: number;
  #fieldOf: Uint8Array;
  #widestProduction: number;
  /** Symbol name by number, for building look-up tables. */
  readonly kinds: readonly string[];
  readonly named: readonly boolean[];
  /** Field number by name. */
  readonly fields: ReadonlyMap<string, number>;

  constructor(memory: Memory, language: Language) {
    this.#memory = memory;
    const u32 = memory.HEAPU32;
    const u16 = memory.HEAPU16;
    const u8 = memory.HEAPU8;
    const at = (language as unknown as { 0: number })[0] >> 2;
    const symbols = u32[at + 1]! + u32[at + 2]!;
    const productions = u32[at + 7]!;
    this.#aliasLength = u16[(at + 9) << 1]!;
    const slices = u32[at + 16]! >> 1;
    const entries = u32[at + 17]!;
    const metadata = u32[at + 18]!;
    const publicMap = u32[at + 19]! >> 1;
    const aliases = u32[at + 21]! >> 1;
    this.#publicSymbol = u16.slice(publicMap, publicMap + symbols);
    this.#visibleAlias = new Uint8Array(symbols);
    const named: boolean[] = [];
    for (let s = 0; s < symbols; s++) {
      this.#visibleAlias[s] = u8[metadata + s * 3]!;
      named.push(u8[metadata + s * 3 + 1] === 1);
    }
    this.named = named;
    this.#aliases = u16.slice(aliases, aliases + productions * this.#aliasLength);
    this.#widestProduction = 256;
    this.#fieldOf = new Uint8Array(productions * this.#widestProduction);
    for (let p = 0; p < productions; p++) {
      const index = u16[slices + p * 2]!;
      const length = u16[slices + p * 2 + 1]!;
      for (let e = index; e < index + length; e++) {
        const entry = entries + e * 4;
        if (u8[entry + 3] === 0) this.#fieldOf[p * this.#widestProduction + u8[entry + 2]!] = u16[entry >> 1]!;
      }
    }
    const names: string[] = [];
    for (let s = 0; s < symbols; s++) names.push(language.types[s] ?? '');
    this.kinds = names;
    const fields = new Map<string, number>();
    language.fields.forEach((name, number) => name && fields.set(name, number));
    this.fields = fields;
  }

  /** Flattens `tree`; the tree is not kept and may be deleted afterwards. */
  read(tree: Tree): FlatTree {
    const u32 = this.#memory.HEAPU32;
    const u16 = this.#memory.HEAPU16;
    const u8 = this.#memory.HEAPU8;
    const treeAddress = (tree as unknown as { 0: number })[0];
    const root = u32[treeAddress >> 2]!;
    this.#grow(u32[(root >> 2) + 14]! + 16);
    let kind = this.#kind, field = this.#field, start = this.#start, end = this.#end, parent = this.#parent, next = this.#next, missing = this.#missing;
    let count = 0;
    // One frame for each open (possibly hidden) inner node.
    const frameAddress: number[] = [], frameChild: number[] = [], frameStructural: number[] = [], frameNode: number[] = [], frameField: number[] = [], frameVisible: number[] = [];
    let depth = -1;
    let position = 0; // bytes, two for each UTF-16 unit

    // Visits the subtree stored in the eight bytes at `slot`, as a child with `alias` and `childField` of node `up`.
    const visit = (slot: number, alias: number, childField: number, up: number): void => {
      const first = u8[slot]!;
      if (first & 1) {
        position += u8[slot + 6]!;
        const size = u8[slot + 7]!;
        if (alias !== 0 ? true : (first & 2) !== 0) {
          if (count === this.#capacity) { this.#grow(count * 2); ({ kind, field, start, end, parent, next, missing } = this.#arrays()); }
          kind[count] = alias !== 0 ? this.#publicSymbol[alias]! : this.#publicSymbol[u8[slot + 1]!]!;
          field[count] = childField;
          start[count] = position >> 1;
          end[count] = (position + size) >> 1;
          parent[count] = up;
          missing[count] = first & 32 ? 1 : 0;
          next[count] = ++count;
        }
        position += size;
        return;
      }
      const address = u32[slot >> 2]! >> 2;
      const begin = position + u32[address + 1]!;
      const size = u32[address + 4]!;
      const children = u32[address + 9]!;
      const flags = u32[address + 11]!;
      let node = up;
      const visible = alias !== 0 || (flags & 1) !== 0;
      if (visible) {
        if (count === this.#capacity) { this.#grow(count * 2); ({ kind, field, start, end, parent, next, missing } = this.#arrays()); }
        const symbol = alias !== 0 ? alias : u16[(address + 10) << 1]!;
        kind[count] = symbol >= 65534 ? errorKind : this.#publicSymbol[symbol]!;
        field[count] = childField;
        start[count] = begin >> 1;
        end[count] = (begin + size) >> 1;
        parent[count] = up;
        missing[count] = flags & 512 ? 1 : 0;
        node = count;
        next[count] = ++count;
      }
      if (children === 0) {
        position = begin + size;
        return;
      }
      depth++;
      frameAddress[depth] = address;
      frameChild[depth] = 0;
      frameStructural[depth] = 0;
      frameNode[depth] = node;
      frameField[depth] = visible ? 0 : childField;
      frameVisible[depth] = visible ? 1 : 0;
    };

    // The root pointer lies at the start of the tree object; its high word is not part of it.
    visit(treeAddress, 0, 0, -1);
    while (depth >= 0) {
      const address = frameAddress[depth]!;
      const index = frameChild[depth]!;
      const children = u32[address + 9]!;
      if (index === children) {
        if (frameVisible[depth] === 1) next[frameNode[depth]!] = count;
        depth--;
        continue;
      }
      frameChild[depth] = index + 1;
      const slot = (address << 2) - (children - index) * 8;
      const first = u8[slot]!;
      const extra = first & 1 ? (first & 8) !== 0 : (u32[(u32[slot >> 2]! >> 2) + 11]! & 4) !== 0;
      let alias = 0;
      let childField = 0;
      if (!extra) {
        const production = u32[address + 16]! >>> 16;
        const structural = frameStructural[depth]!;
        frameStructural[depth] = structural + 1;
        if (production !== 0) {
          if (structural < this.#aliasLength) alias = this.#aliases[production * this.#aliasLength + structural]!;
        }
        if (structural < this.#widestProduction) childField = this.#fieldOf[production * this.#widestProduction + structural]!;
        if (childField === 0) childField = frameField[depth]!;
      }
      visit(slot, alias, childField, frameNode[depth]!);
    }
    return { count, kind, field, start, end, parent, next, missing };
  }

  /** Number under which nodes called `name` appear in `FlatTree.kind`; -1 when the grammar has none. */
  kindOf(name: string, named = true): number {
    for (let s = 0; s < this.kinds.length; s++) {
      if (this.kinds[s] === name && this.named[s] === named && this.#publicSymbol[s] === s) return s;
    }
    return -1;
  }

  #arrays() {
    return { kind: this.#kind, field: this.#field, start: this.#start, end: this.#end, parent: this.#parent, next: this.#next, missing: this.#missing };
  }

  #grow(capacity: number): void {
    if (capacity <= this.#capacity) return;
    const room = Math.max(4096, capacity);
    const copy = <T extends Uint8Array | Uint16Array | Int32Array>(from: T, to: T): T => (to.set(from), to);
    this.#kind = copy(this.#kind, new Uint16Array(room));
    this.#field = copy(this.#field, new Uint8Array(room));
    this.#start = copy(this.#start, new Int32Array(room));
    this.#end = copy(this.#end, new Int32Array(room));
    this.#parent = copy(this.#parent, new Int32Array(room));
    this.#next = copy(this.#next, new Int32Array(room));
    this.#missing = copy(this.#missing, new Uint8Array(room));
    this.#capacity = room;
  }
}
