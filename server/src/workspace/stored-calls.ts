/** Calls of files that nobody edits, kept as bytes: edges and uses are read when asked for, and are other objects each time. */

import { Reader, Writer } from '../bytes.ts';
import type { Range } from '../facts.ts';
import type { BlockingRow } from '../knowledge/index.ts';
import { Asked, EdgeAt, UseAt, type Edge, type EdgePlace, type FileCalls, type FunctionCalls, type Standing, type Use } from './edges.ts';
import type { Names } from './names.ts';
import { displayName } from './scopes.ts';

/** Things by number: each is kept once, for as long as the table. */
export class Numbered<T> {
  readonly #numbers = new Map<T, number>();
  readonly #all: T[] = [];

  numberOf(one: T): number {
    let number = this.#numbers.get(one);
    if (number === undefined) this.#numbers.set(one, (number = this.#all.push(one) - 1));
    return number;
  }

  at(number: number): T {
    return this.#all[number]!;
  }
}

/** What the calls of all files speak of. */
export class Vocabulary {
  /** Names of what is called, and ids of functions. */
  readonly texts = new Numbered<string>();
  readonly rows = new Numbered<BlockingRow>();
}

const kinds: readonly Edge['kind'][] = ['call', 'enter', 'iterate', 'read'];
const kindBits = 3;
const boundBit = 4;
const callBit = 8;
const rowBit = 16;

const unmoved: Standing = { offset: 0, block: 0, call: 0 };
const writer = new Writer();

export class StoredCalls implements FileCalls {
  readonly path: string;
  readonly names: Names;
  readonly functions: readonly FunctionCalls[];
  readonly callbacks: ReadonlyMap<string, Range>;
  readonly offloaded: ReadonlyMap<string, Range>;
  readonly usedIgnores: FileCalls['usedIgnores'];
  readonly #vocabulary: Vocabulary;
  readonly #asked = new Asked();
  readonly #bytes: Uint8Array;
  /** The byte where the uses begin; none where there are none. */
  readonly #uses: number | undefined;

  constructor(path: string, calls: FileCalls, names: Names, vocabulary: Vocabulary) {
    this.path = path;
    this.names = names;
    this.callbacks = calls.callbacks;
    this.offloaded = calls.offloaded;
    this.usedIgnores = calls.usedIgnores;
    this.#vocabulary = vocabulary;
    writer.clear();
    let edges = 0;
    this.functions = calls.functions.map((one) => {
      const stored = new StoredFunction(this, one, one.edges.length > 0 ? writer.length : undefined, edges);
      if (one.edges.length > 0) this.#writeEdges(one.edges);
      edges += one.edges.length;
      return stored;
    });
    this.#uses = calls.uses.size > 0 ? writer.length : undefined;
    if (this.#uses !== undefined) this.#writeUses(calls.uses);
    this.#bytes = writer.written().slice();
  }

  #writeEdges(edges: readonly Edge[]): void {
    const { texts, rows } = this.#vocabulary;
    writer.restart();
    writer.number(edges.length);
    for (const { kind, range, block, call, name, row, target, bound } of edges) {
      writer.number(kinds.indexOf(kind) | (bound ? boundBit : 0) | (call === undefined ? 0 : callBit) | (row ? rowBit : 0));
      writer.range(range);
      writer.number(block);
      if (call !== undefined) writer.number(call);
      writer.number(texts.numberOf(name));
      writer.number(row ? rows.numberOf(row) : texts.numberOf(target!));
    }
  }

  #writeUses(uses: FileCalls['uses']): void {
    writer.restart();
    writer.number(uses.size);
    for (const [owner, some] of uses) {
      writer.number(owner);
      writer.number(some.length);
      for (const { target, range, call } of some) {
        writer.number(this.#vocabulary.texts.numberOf(target));
        writer.range(range);
        writer.number(call === undefined ? 0 : call + 1);
      }
    }
  }

  /** Edges of the function with this `scope` that stand at a byte; the first has the number `first`. */
  edgesAt(byte: number, scope: number, first: number): readonly Edge[] {
    const { texts, rows } = this.#vocabulary;
    const place: EdgePlace = { path: this.path, names: this.names, standing: unmoved, asked: this.#asked };
    const reader = new Reader(this.#bytes, byte);
    let number = first;
    return reader.list(() => {
      const bits = reader.number();
      const range = reader.range();
      const block = reader.number();
      const call = bits & callBit ? reader.number() : undefined;
      const name = texts.at(reader.number());
      const leads = reader.number();
      const [row, target] = bits & rowBit ? [rows.at(leads), undefined] : [undefined, texts.at(leads)];
      return new EdgeAt(place, scope, number++, { kind: kinds[bits & kindBits]!, range, block, call, name, row, target, bound: (bits & boundBit) !== 0 });
    });
  }

  get uses(): FileCalls['uses'] {
    const uses = new Map<number, readonly Use[]>();
    if (this.#uses === undefined) return uses;
    const reader = new Reader(this.#bytes, this.#uses);
    for (let owners = reader.number(); owners > 0; owners--) {
      const owner = reader.number();
      uses.set(owner, reader.list(() => {
        const target = this.#vocabulary.texts.at(reader.number());
        const range = reader.range();
        const call = reader.number();
        return new UseAt(target, unmoved, range, call === 0 ? undefined : call - 1);
      }));
    }
    return uses;
  }
}

class StoredFunction implements FunctionCalls {
  readonly id: string;
  readonly scope: number;
  readonly async: boolean;
  readonly cached: boolean;
  readonly #calls: StoredCalls;
  readonly #byte: number | undefined;
  readonly #first: number;

  constructor(calls: StoredCalls, { id, scope, async, cached }: FunctionCalls, byte: number | undefined, first: number) {
    this.id = id;
    this.scope = scope;
    this.async = async;
    this.cached = cached;
    this.#calls = calls;
    this.#byte = byte;
    this.#first = first;
  }

  get path(): string {
    return this.#calls.path;
  }

  get edges(): readonly Edge[] {
    return this.#byte === undefined ? noEdges : this.#calls.edgesAt(this.#byte, this.scope, this.#first);
  }

  get name(): string {
    const file = this.#calls.names.file(this.path)!;
    return displayName(file, file.scopes[this.scope]!);
  }
}

const noEdges: readonly Edge[] = [];
