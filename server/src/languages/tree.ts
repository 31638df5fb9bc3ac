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
  /** Where it invented an end of a line or of a block, which are no nodes (UTF-16). */
  readonly invented: readonly number[];
}

/** Whether the statement with a range (UTF-16) and kind, of the top level or a member of a class there, need not be read. */
export type IsKnown = (start: number, end: number, kind: number, top: boolean) => boolean;

export const errorKind = 65535;

const frameSize = 7;

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
  #frames = new Int32Array(frameSize * 256);
  // The language's tables, copied once.
  #publicSymbol: Uint16Array;
  #visibleAlias: Uint8Array;
  #aliases: Uint16Array;
  #aliasLength: number;
  #fieldOf: Uint8Array;
  #widestProduction: number;
  readonly #body: number;
  readonly #class: number;
  readonly #decorated: number;
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
    this.#body = this.kindOf('block');
    this.#class = this.kindOf('class_definition');
    this.#decorated = this.kindOf('decorated_definition');
  }

  /**
   * Flattens `tree`; the tree is not kept and may be deleted afterwards. Where `isKnown` says so of the range (UTF-16) and
   * kind of a statement of the top level, or of the body of a class there, that has no errors, its descendants are left out.
   */
  read(tree: Tree, isKnown?: IsKnown): FlatTree {
    const { HEAPU32: u32, HEAPU8: u8 } = this.#memory;
    const treeAddress = (tree as unknown as { 0: number })[0];
    this.#grow(u32[(u32[treeAddress >> 2]! >> 2) + 14]! + 16);
    let { kind, field, start, end, parent, next, missing } = this.#arrays();
    const publicSymbol = this.#publicSymbol;
    const aliases = this.#aliases;
    const aliasLength = this.#aliasLength;
    const fieldOf = this.#fieldOf;
    const widest = this.#widestProduction;
    const body = this.#body;
    const invented: number[] = [];
    let count = 0;
    let position = 0; // bytes, two for each UTF-16 unit
    // One frame for each open, possibly hidden, inner node: seven numbers.
    let frames = this.#frames;
    let top = -frameSize;
    // The root is the one child of nothing.
    let slot = treeAddress;
    let alias = 0;
    let childField = 0;
    let up = -1;
    for (;;) {
      const first = u8[slot]!;
      if (first & 1) {
        // A leaf stored in the eight bytes of its slot.
        position += u8[slot + 6]!;
        const size = u8[slot + 7]!;
        if (alias !== 0 || (first & 2) !== 0) {
          if (count === this.#capacity) { this.#grow(count * 2); ({ kind, field, start, end, parent, next, missing } = this.#arrays()); }
          kind[count] = publicSymbol[alias !== 0 ? alias : u8[slot + 1]!]!;
          field[count] = childField;
          start[count] = position >> 1;
          end[count] = (position + size) >> 1;
          parent[count] = up;
          missing[count] = (first >> 5) & 1;
          next[count] = ++count;
        } else if ((first & 32) !== 0) invented.push(position >> 1);
        position += size;
      } else {
        const address = u32[slot >> 2]! >> 2;
        const begin = position + u32[address + 1]!;
        const size = u32[address + 4]!;
        const children = u32[address + 9]!;
        const flags = u32[address + 11]!;
        const visible = alias !== 0 || (flags & 1) !== 0;
        let node = up;
        if (visible) {
          if (count === this.#capacity) { this.#grow(count * 2); ({ kind, field, start, end, parent, next, missing } = this.#arrays()); }
          const symbol = alias !== 0 ? alias : u32[address + 10]! & 0xffff;
          kind[count] = symbol >= 65534 ? errorKind : publicSymbol[symbol]!;
          field[count] = childField;
          start[count] = begin >> 1;
          end[count] = (begin + size) >> 1;
          parent[count] = up;
          missing[count] = (flags >> 9) & 1;
          node = count;
          next[count] = ++count;
        } else if ((flags & 512) !== 0) invented.push(begin >> 1);
        // Word 8 is the cost of the errors inside.
        if (children === 0 || (visible && isKnown !== undefined && u32[address + 8] === 0 && (up === 0 || (kind[up] === body && this.holdsMembers({ kind, parent }, up))) && isKnown(begin >> 1, (begin + size) >> 1, kind[node]!, up === 0))) position = begin + size;
        else {
          top += frameSize;
          if (top + frameSize > frames.length) {
            const wider = new Int32Array(frames.length * 2);
            wider.set(frames);
            this.#frames = frames = wider;
          }
          frames[top] = address;
          frames[top + 1] = children;
          frames[top + 2] = 0; // next child
          frames[top + 3] = 0; // its number among those that are no extras
          frames[top + 4] = node;
          frames[top + 5] = visible ? 1 : 0;
          frames[top + 6] = visible ? 0 : childField;
        }
      }
      // On to the next child of the innermost open node.
      while (top >= 0 && frames[top + 2] === frames[top + 1]) {
        if (frames[top + 5] === 1) next[frames[top + 4]!] = count;
        top -= frameSize;
      }
      if (top < 0) break;
      const address = frames[top]!;
      const index = frames[top + 2]!;
      frames[top + 2] = index + 1;
      slot = (address << 2) - (frames[top + 1]! - index) * 8;
      up = frames[top + 4]!;
      alias = 0;
      childField = 0;
      const head = u8[slot]!;
      const extra = head & 1 ? (head & 8) !== 0 : (u32[(u32[slot >> 2]! >> 2) + 11]! & 4) !== 0;
      if (!extra) {
        const structural = frames[top + 3]!;
        frames[top + 3] = structural + 1;
        const production = u32[address + 16]! >>> 16;
        if (production !== 0) {
          if (structural < aliasLength) alias = aliases[production * aliasLength + structural]!;
          if (structural < widest) childField = fieldOf[production * widest + structural]!;
        }
        if (childField === 0) childField = frames[top + 6]!;
      }
    }
    return { count, kind, field, start, end, parent, next, missing, invented };
  }

  /** Whether a node is the body of a class of the top level, decorated or not. */
  holdsMembers({ kind, parent }: Pick<FlatTree, 'kind' | 'parent'>, node: number): boolean {
    if (kind[node] !== this.#body) return false;
    const outer = parent[node]!;
    return kind[outer] === this.#class && (parent[outer] === 0 || (kind[parent[outer]!] === this.#decorated && parent[parent[outer]!] === 0));
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
