/** Calls of files that nobody edits, kept as bytes: edges and uses are read when asked for, and are other objects each time. */

import { Reader, Writer } from '../bytes.ts';
import type { Range } from '../facts.ts';
import type { BlockingRow } from '../knowledge/index.ts';
import { Asked, EdgeAt, unmoved, UseAt, type Edge, type EdgePlace, type FileCalls, type FunctionCalls, type Use } from './edges.ts';
import type { FunctionId } from './function-ids.ts';
import type { Names } from './names.ts';
import { displayName, type Abstract } from './scopes.ts';

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
  /** Of what is called, as users name it. */
  readonly texts = new Numbered<string>();
  readonly rows = new Numbered<BlockingRow>();
}

const kinds: readonly Edge['kind'][] = ['call', 'enter', 'iterate', 'read'];
const kindBits = 3;
const boundBit = 4;
const callBit = 8;
const rowBit = 16;

const asyncBit = 1;
const cachedBit = 2;
const edgesBit = 4;
const mustBit = 8;
const mayBit = 16;

const [writer, edgeWriter] = [new Writer(), new Writer()];

export class StoredCalls implements FileCalls {
  readonly path: string;
  readonly names: Names;
  readonly callbacks: ReadonlyMap<FunctionId, Range>;
  readonly offloaded: ReadonlyMap<FunctionId, Range>;
  readonly usedIgnores: FileCalls['usedIgnores'];
  readonly handed: FileCalls['handed'];
  readonly carried: FileCalls['carried'];
  readonly #vocabulary: Vocabulary;
  readonly #asked = new Asked();
  /** The functions, each with its edges behind it, and the uses. */
  readonly #bytes: Uint8Array;
  /** The byte where the uses begin; none where there are none. */
  readonly #uses: number | undefined;

  constructor(path: string, calls: FileCalls, names: Names, vocabulary: Vocabulary) {
    this.path = path;
    this.names = names;
    this.callbacks = calls.callbacks;
    this.offloaded = calls.offloaded;
    this.handed = calls.handed;
    this.carried = calls.carried;
    this.usedIgnores = calls.usedIgnores.length > 0 ? calls.usedIgnores : noIgnores;
    this.#vocabulary = vocabulary;
    writer.clear();
    this.#writeFunctions(calls.functions);
    this.#uses = calls.uses.size > 0 ? writer.length : undefined;
    if (this.#uses !== undefined) this.#writeUses(calls.uses);
    this.#bytes = writer.written().slice();
  }

  #writeFunctions(functions: readonly FunctionCalls[]): void {
    let [lastId, lastScope] = [0, 0];
    writer.number(functions.length);
    for (const { id, scope, async, cached, abstract, edges } of functions) {
      writer.signed(id - lastId);
      writer.signed(scope - lastScope);
      [lastId, lastScope] = [id, scope];
      writer.number((async ? asyncBit : 0) | (cached ? cachedBit : 0) | (edges.length > 0 ? edgesBit : 0) | (abstract === 'must' ? mustBit : abstract === 'may' ? mayBit : 0));
      if (edges.length === 0) continue;
      edgeWriter.clear();
      this.#writeEdges(edges, edgeWriter);
      writer.number(edges.length);
      writer.number(edgeWriter.length);
      writer.bytes(edgeWriter.written());
    }
  }

  #writeEdges(edges: readonly Edge[], to: Writer): void {
    const { texts, rows } = this.#vocabulary;
    for (const { kind, range, block, call, name, row, target, bound } of edges) {
      to.number(kinds.indexOf(kind) | (bound ? boundBit : 0) | (call === undefined ? 0 : callBit) | (row ? rowBit : 0));
      to.range(range);
      to.number(block);
      if (call !== undefined) to.number(call);
      to.number(texts.numberOf(name));
      to.number(row ? rows.numberOf(row) : target!);
    }
  }

  #writeUses(uses: FileCalls['uses']): void {
    writer.restart();
    writer.number(uses.size);
    for (const [owner, some] of uses) {
      writer.number(owner);
      writer.number(some.length);
      for (const { target, range, call } of some) {
        writer.number(target);
        writer.range(range);
        writer.number(call === undefined ? 0 : call + 1);
      }
    }
  }

  get functions(): readonly FunctionCalls[] {
    return this.#read();
  }

  find(id: FunctionId): FunctionCalls | undefined {
    return this.#read(id)[0];
  }

  /** All functions, or `only` one. */
  #read(only?: FunctionId): readonly FunctionCalls[] {
    const found: FunctionCalls[] = [];
    const reader = new Reader(this.#bytes, 0);
    let [id, scope, first] = [0, 0, 0];
    for (let count = reader.number(); count > 0; count--) {
      id += reader.signed();
      scope += reader.signed();
      const flags = reader.number();
      const edges = flags & edgesBit ? reader.number() : 0;
      const length = edges > 0 ? reader.number() : 0;
      if (only === undefined || id === only) found.push(new StoredFunction(this, id, scope, flags, reader.position, edges, first));
      if (id === only) break;
      first += edges;
      reader.skip(length);
    }
    return found;
  }

  /** `count` edges that stand at a byte, of the function with this `scope`; the first has the number `first`. */
  edgesAt(byte: number, count: number, scope: number, first: number): readonly Edge[] {
    const { texts, rows } = this.#vocabulary;
    const place: EdgePlace = { path: this.path, names: this.names, standing: unmoved, asked: this.#asked };
    const reader = new Reader(this.#bytes, byte);
    const edges = new Array<Edge>(count);
    for (let i = 0; i < count; i++) {
      const bits = reader.number();
      const range = reader.range();
      const block = reader.number();
      const call = bits & callBit ? reader.number() : undefined;
      const name = texts.at(reader.number());
      const leads = reader.number();
      const [row, target] = bits & rowBit ? [rows.at(leads), undefined] : [undefined, leads];
      edges[i] = new EdgeAt(place, scope, first + i, { kind: kinds[bits & kindBits]!, range, block, call, name, row, target, bound: (bits & boundBit) !== 0 });
    }
    return edges;
  }

  get uses(): FileCalls['uses'] {
    const uses = new Map<number, readonly Use[]>();
    if (this.#uses === undefined) return uses;
    const reader = new Reader(this.#bytes, this.#uses);
    for (let owners = reader.number(); owners > 0; owners--) {
      const owner = reader.number();
      uses.set(owner, reader.list(() => {
        const target = reader.number();
        const range = reader.range();
        const call = reader.number();
        return new UseAt(target, unmoved, range, call === 0 ? undefined : call - 1);
      }));
    }
    return uses;
  }
}

class StoredFunction implements FunctionCalls {
  readonly id: FunctionId;
  readonly scope: number;
  readonly #calls: StoredCalls;
  readonly #flags: number;
  /** Its edges: where they begin, how many they are, and the number of the first. */
  readonly #byte: number;
  readonly #count: number;
  readonly #first: number;

  constructor(calls: StoredCalls, id: FunctionId, scope: number, flags: number, byte: number, count: number, first: number) {
    this.id = id;
    this.scope = scope;
    this.#calls = calls;
    this.#flags = flags;
    this.#byte = byte;
    this.#count = count;
    this.#first = first;
  }

  get path(): string {
    return this.#calls.path;
  }

  get async(): boolean {
    return (this.#flags & asyncBit) !== 0;
  }

  get cached(): boolean {
    return (this.#flags & cachedBit) !== 0;
  }

  get abstract(): Abstract | undefined {
    return this.#flags & mustBit ? 'must' : this.#flags & mayBit ? 'may' : undefined;
  }

  get edges(): readonly Edge[] {
    return this.#count === 0 ? noEdges : this.#calls.edgesAt(this.#byte, this.#count, this.scope, this.#first);
  }

  get name(): string {
    const file = this.#calls.names.file(this.path)!;
    return displayName(file, file.scopes[this.scope]!);
  }
}

const noEdges: readonly Edge[] = [];
const noIgnores: FileCalls['usedIgnores'] = [];
