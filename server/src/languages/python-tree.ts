/** A Python syntax tree, as the extractors walk it. */

import type { Range } from '../facts.ts';
import type { Reading } from './gaps.ts';
import type { FlatTree, TreeReader } from './tree.ts';

export class PythonTree {
  readonly text: string;
  readonly tree: FlatTree;
  readonly awaitKind: number;
  protected readonly kinds: readonly string[];
  protected readonly named: readonly boolean[];
  protected readonly fields: ReadonlyMap<string, number>;
  protected readonly commentKind: number;
  /** What is read, and where the nodes stand in it: elsewhere than in `text` where the real one cannot be read. */
  protected readonly source: { readonly text: string; readonly start: Int32Array; readonly end: Int32Array };

  /** `tree` is that of the text that is read. */
  constructor(reading: Reading, tree: FlatTree, reader: TreeReader) {
    this.text = reading.masked;
    this.tree = reading.placed(tree);
    this.source = { text: reading.text, start: tree.start, end: tree.end };
    this.kinds = reader.kinds;
    this.named = reader.named;
    this.fields = reader.fields;
    this.commentKind = reader.kindOf('comment');
    this.awaitKind = reader.kindOf('await');
  }

  kindName(i: number): string {
    const kind = this.tree.kind[i]!;
    return kind === 65535 ? 'ERROR' : this.kinds[kind]!;
  }

  textOf(i: number): string {
    return this.source.text.slice(this.source.start[i]!, this.source.end[i]!);
  }

  /** How far the `*` reaches with which a node begins. */
  starLength(i: number): number {
    const { text, start } = this.source;
    if (text.charCodeAt(start[i]!) !== 42) return 0;
    let at = start[i]! + 1;
    while (text.charCodeAt(at) === 32) at++;
    return at - start[i]!;
  }

  range(i: number): Range {
    return { start: this.tree.start[i]!, end: this.tree.end[i]! };
  }

  namedChildren(i: number): number[] {
    const { kind, next } = this.tree;
    const { named, commentKind } = this;
    const end = next[i]!;
    let count = 0;
    for (let k = i + 1; k < end; k = next[k]!) if (kind[k] === 65535 || (named[kind[k]!] && kind[k] !== commentKind)) count++;
    // Counted first: an array that grows keeps room that nobody uses.
    const found = new Array<number>(count);
    count = 0;
    for (let k = i + 1; k < end; k = next[k]!) if (kind[k] === 65535 || (named[kind[k]!] && kind[k] !== commentKind)) found[count++] = k;
    return found;
  }

  child(i: number, field: string): number | undefined {
    const wanted = this.fields.get(field)!;
    const { field: fields, next } = this.tree;
    for (let k = i + 1, end = next[i]!; k < end; k = next[k]!) if (fields[k] === wanted) return k;
    return undefined;
  }

  children(i: number, field: string): number[] {
    const wanted = this.fields.get(field)!;
    return this.namedChildren(i).filter((k) => this.tree.field[k] === wanted);
  }

  lastChild(i: number): number {
    return this.namedChildren(i).at(-1) ?? i;
  }

  hasToken(i: number, token: string): boolean {
    for (let k = i + 1, end = this.tree.next[i]!; k < end; k = this.tree.next[k]!) {
      const kind = this.tree.kind[k]!;
      if (kind !== 65535 && !this.named[kind] && this.kinds[kind] === token) return true;
    }
    return false;
  }

  operatorText(i: number): string {
    const operator = this.child(i, 'operator') ?? this.child(i, 'operators');
    return operator === undefined ? '' : this.textOf(operator);
  }

  dotted(i: number): string {
    return this.textOf(i).replace(/\s+/g, '');
  }

  containsAwait(i: number): boolean {
    const { kind, next } = this.tree;
    for (let k = i; k < next[i]!; k++) if (kind[k] === this.awaitKind) return true;
    return false;
  }

  /** Offset behind the `:` that ends the header before `body`. */
  endOfHeader(i: number, body: number): number {
    const { tree } = this;
    for (let k = i + 1; k < tree.next[i]! && k < body; k = tree.next[k]!) {
      if (tree.kind[k] !== 65535 && this.kinds[tree.kind[k]!] === ':') return tree.end[k]!;
    }
    return tree.start[body]!;
  }
}
