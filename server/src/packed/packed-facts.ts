/** Files that nobody edits, kept as bytes. */

import type { Block, Call, Command, Facts, Ignore, Loop, Range, Read, Scope, Statement, Store, With } from '../facts.ts';
import { Unpacked } from './unpack.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Facts of a Python file as `pack` made them. It stays the same object; its tables are read when asked for, and others from then on when
 * the shelf has put them away between two questions.
 */
export class PackedFacts implements Facts {
  readonly path: string;
  readonly language = 'python';
  readonly commands: readonly Command[] = [];
  readonly sections = undefined;
  readonly problems = undefined;
  readonly properties: readonly string[];
  readonly #shelf: Shelf;
  readonly #packed: ArrayBuffer;
  /** UTF-8. */
  readonly #text: Uint8Array;
  /** Of its text, in UTF-16 code units. */
  readonly length: number;
  #tables: Unpacked | undefined;
  #read: string | undefined;
  /** Somebody has asked since the shelf was last tidied. */
  used = false;

  constructor(path: string, text: string, packed: ArrayBuffer, shelf: Shelf) {
    this.path = path;
    this.#packed = packed;
    this.#shelf = shelf;
    this.properties = new Unpacked(packed).properties;
    this.#text = encoder.encode(text);
    this.length = text.length;
  }

  #open(): Unpacked {
    this.used = true;
    if (this.#tables) return this.#tables;
    this.#shelf.taken(this);
    return (this.#tables = new Unpacked(this.#packed));
  }

  /** Bytes of its tables. */
  get size(): number {
    return this.#packed.byteLength;
  }

  putAway(): void {
    this.#tables = undefined;
  }

  /** Its text is kept as bytes alone. */
  close(): void {
    this.#read = undefined;
  }

  get text(): string {
    if (this.#read !== undefined) return this.#read;
    this.#read = decoder.decode(this.#text);
    this.#shelf.read(this);
    return this.#read;
  }

  get scopes(): readonly Scope[] {
    return this.#open().scopes;
  }

  get blocks(): readonly Block[] {
    return this.#open().blocks;
  }

  get calls(): readonly Call[] {
    return this.#open().calls;
  }

  get loops(): readonly Loop[] {
    return this.#open().loops;
  }

  get reads(): readonly Read[] {
    return this.#open().rest.reads;
  }

  get withs(): readonly With[] {
    return this.#open().rest.withs;
  }

  get stores(): readonly Store[] {
    return this.#open().rest.stores;
  }

  get errors(): readonly Range[] {
    return this.#open().rest.errors;
  }

  get importsStart(): number {
    return this.#open().rest.importsStart;
  }

  get statements(): readonly Statement[] {
    return this.#open().rest.statements;
  }

  get ignores(): readonly Ignore[] {
    return this.#open().rest.ignores;
  }
}

/** How much is in memory beside the bytes: tables of so many packed bytes (they take about ten times as much), and texts of so many UTF-16 units. */
export interface Room {
  readonly bytes: number;
  readonly units: number;
}

const usual: Room = { bytes: 2_000_000, units: 1_000_000 };

/** The files whose tables are in memory, and those whose texts are. */
export class Shelf {
  readonly #room: Room;
  readonly #putAway: (path: string) => void;
  #taken: PackedFacts[] = [];
  #bytes = 0;
  #texts: PackedFacts[] = [];
  #units = 0;

  /** `putAway` is told the path of each file whose tables go. */
  constructor(putAway: (path: string) => void, room = usual) {
    this.#putAway = putAway;
    this.#room = room;
  }

  taken(file: PackedFacts): void {
    this.#taken.push(file);
    this.#bytes += file.size;
  }

  /** The text of a file has become a string. Strings are equal however often they are made, so others may go at any time. */
  read(file: PackedFacts): void {
    this.#texts.push(file);
    this.#units += file.length;
    if (this.#units <= this.#room.units) return;
    let at = 0;
    for (; this.#units > this.#room.units / 2 && at < this.#texts.length - 1; at++) {
      this.#units -= this.#texts[at]!.length;
      this.#texts[at]!.close();
    }
    this.#texts.splice(0, at);
  }

  /** Puts away what has not been used for longest, as far as too much is in memory. To be called when nobody holds a table. */
  tidy(): void {
    if (this.#bytes <= this.#room.bytes) return;
    // What has been used since the last time gets another turn.
    let at = 0;
    for (; this.#bytes > this.#room.bytes * 0.75; at++) {
      const file = this.#taken[at]!;
      if (file.used) {
        file.used = false;
        this.#taken.push(file);
      } else {
        file.putAway();
        this.#bytes -= file.size;
        this.#putAway(file.path);
      }
    }
    this.#taken.splice(0, at);
  }
}
