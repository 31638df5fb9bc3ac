/** Files that nobody edits, kept as bytes. */

import type { Block, Call, Command, Facts, Ignore, Loop, Range, Read, Scope, Statement, Store, With } from '../facts.ts';
import { samePrint, printOf, type Print } from '../print.ts';
import { Unpacked } from './unpack.ts';

/** Texts of closed files, which the host reads again when somebody asks. */
export interface Texts {
  /** What a file says now; undefined where it is gone or cannot be read. Never throws. */
  read(path: string): string | undefined;
  /** A file turned out to say something else than what is known of it: it should be set or deleted. Called once, within a question. */
  changed(path: string): void;
}

const noCommands: readonly Command[] = [];
const encoder = new TextEncoder();
const noIgnores: readonly Ignore[] = [];
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Facts of a Python file as `pack` made them. It stays the same object; its tables are read when asked for, and others from then on when
 * the shelf has put them away between two questions.
 */
export class PackedFacts implements Facts {
  readonly path: string;
  readonly language = 'python';
  readonly commands = noCommands;
  readonly sections = undefined;
  readonly problems = undefined;
  readonly properties: readonly string[];
  readonly #shelf: Shelf;
  readonly #packed: ArrayBuffer;
  readonly #ignoring: boolean;
  /** UTF-8; undefined where it can be read again. */
  readonly #text: Uint8Array | undefined;
  #tables: Unpacked | undefined;
  #read: string | undefined;
  /** Somebody has asked since the shelf was last tidied. */
  used = false;
  /** The question for which its tables were last taken from the shelf, by number. */
  takenAt = -Infinity;

  constructor(path: string, text: string, packed: ArrayBuffer, shelf: Shelf) {
    this.path = path;
    this.#packed = packed;
    this.#shelf = shelf;
    const unpacked = new Unpacked(packed);
    this.properties = unpacked.properties;
    this.#ignoring = unpacked.hasIgnores;
    this.#text = shelf.texts ? undefined : encoder.encode(text);
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

  /** Its text goes from memory, except for the bytes. */
  close(): void {
    this.#read = undefined;
  }

  /** Of a file that says something else by now the lines are as they were, and blank: nothing in them is evidence. */
  get text(): string {
    if (this.#shelf.hasLost(this)) this.#shelf.blanks++;
    if (this.#read !== undefined) return this.#read;
    this.#read = this.#text ? decoder.decode(this.#text) : this.#again();
    this.#shelf.read(this);
    return this.#read;
  }

  #again(): string {
    const text = this.#shelf.hasLost(this) ? undefined : this.#shelf.texts!.read(this.path);
    if (text !== undefined && samePrint(printOf(text), this.print)) return text;
    this.#shelf.lose(this);
    return blank(this.print.length, this.lines);
  }

  get lines(): Uint32Array {
    return this.#open().lines;
  }

  get print(): Print {
    return new Unpacked(this.#packed).print;
  }

  holds(name: string): boolean {
    return new Unpacked(this.#packed).holds(name);
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
    return this.#ignoring ? this.#open().ignores : noIgnores;
  }
}

/** A text of this length (UTF-16) in which nothing stands but lines that start there. */
function blank(length: number, lines: Uint32Array): string {
  let text = '';
  for (const start of lines) text += '\n'.padStart(start - text.length);
  return text.padEnd(length);
}

/** How much is in memory beside the bytes: tables of so many packed bytes (they take about ten times as much), and texts of so many UTF-16 units. */
export interface Room {
  /** Of files that were asked for in one question only. */
  readonly once: number;
  /** Of files that were asked for again. */
  readonly again: number;
  readonly units: number;
}

const usual: Room = { once: 40_000, again: 1_200_000, units: 1_000_000 };

/** Who asks for a file again within so many questions will do so more often. */
const soon = 300;

/** Files in the order in which they came, and the packed bytes of all of them. */
class Row {
  files: PackedFacts[] = [];
  bytes = 0;

  add(file: PackedFacts): void {
    this.files.push(file);
    this.bytes += file.size;
  }

  /** Takes out the first ones until no more than `most` bytes are left; those that `stays` names go to the end instead. */
  shorten(most: number, out: (file: PackedFacts) => void, stays: (file: PackedFacts) => boolean): void {
    let at = 0;
    for (; this.bytes > most; at++) {
      const file = this.files[at]!;
      if (stays(file)) this.files.push(file);
      else {
        this.bytes -= file.size;
        out(file);
      }
    }
    if (at > 0) this.files.splice(0, at);
  }
}

/** The files whose tables are in memory, and those whose texts are. */
export class Shelf {
  readonly #room: Room;
  readonly #putAway: (path: string) => void;
  #questions = 0;
  /** Taken since the shelf was last tidied. */
  #taken: PackedFacts[] = [];
  readonly #once = new Row();
  readonly #again = new Row();
  #read: PackedFacts[] = [];
  #units = 0;
  /** Whoever reads texts again; undefined where they are kept. To be given before the first file. */
  texts: Texts | undefined;
  /** Files whose texts are not known any more. */
  readonly #lost = new Set<PackedFacts>();
  #leaving: Facts | undefined;
  /** So often somebody was given a blank text. */
  blanks = 0;

  /** `putAway` is told the path of each file whose tables go. */
  constructor(putAway: (path: string) => void, room = usual) {
    this.#putAway = putAway;
    this.#room = room;
  }

  taken(file: PackedFacts): void {
    this.#taken.push(file);
  }

  /** The text of a file has become a string. Strings are equal however often they are made, so others may go at any time. */
  read(file: PackedFacts): void {
    this.#read.push(file);
    this.#units += file.print.length;
    if (this.#units <= this.#room.units) return;
    let at = 0;
    for (; this.#units > this.#room.units / 2 && at < this.#read.length - 1; at++) {
      this.#units -= this.#read[at]!.print.length;
      this.#read[at]!.close();
    }
    this.#read.splice(0, at);
  }

  /** Whether something that was said may rest on a text that nobody knew. */
  get doubtful(): boolean {
    return this.#lost.size > 0;
  }

  hasLost(file: Facts | undefined): boolean {
    return this.#lost.size > 0 && this.#lost.has(file as PackedFacts);
  }

  lose(file: PackedFacts): void {
    this.blanks++;
    if (file === this.#leaving || this.#lost.has(file)) return;
    this.#lost.add(file);
    this.texts?.changed(file.path);
  }

  /** A file is exchanged or taken away by `work`; true where its text was not known any more before that. */
  leave(file: Facts | undefined, work: () => void): boolean {
    const lost = this.#lost.delete(file as PackedFacts);
    this.#leaving = file;
    work();
    this.#leaving = undefined;
    return lost;
  }

  /**
   * Puts tables away, as far as too many are in memory: first those that no second question has asked for, which young objects mostly
   * are, then those unused for longest. To be called between two questions, when nobody holds a table.
   */
  tidy(): void {
    this.#questions++;
    for (const file of this.#taken) {
      file.used = false;
      (this.#questions - file.takenAt < soon ? this.#again : this.#once).add(file);
      file.takenAt = this.#questions;
    }
    this.#taken = [];
    const away = (file: PackedFacts): void => {
      file.putAway();
      this.#putAway(file.path);
    };
    this.#once.shorten(this.#room.once, (file) => {
      if (file.used) this.#again.add(file);
      else away(file);
    }, () => false);
    this.#again.shorten(this.#room.again, away, (file) => {
      const stays = file.used;
      file.used = false;
      return stays;
    });
  }
}
