/** Numbers, offsets and strings as bytes: small ones take one byte. */

import type { Range } from './facts.ts';

/** Bytes that are being written. */
export class Writer {
  #bytes = new Uint8Array(1 << 14);
  #view = new DataView(this.#bytes.buffer);
  length = 0;
  /** Where the last range started: ranges are written as distances. */
  #last = 0;

  clear(): void {
    this.length = 0;
    this.restart();
  }

  /** The next range is written as if the last one had started at `offset`: somebody will read on from here. */
  restart(offset = 0): void {
    this.#last = offset;
  }

  /** A whole number from 0 to 2³¹ − 1. */
  number(value: number): void {
    if (this.length + 8 > this.#bytes.length) this.#grow(8);
    let rest = value;
    for (; rest > 127; rest >>>= 7) this.#bytes[this.length++] = (rest & 127) | 128;
    this.#bytes[this.length++] = rest;
  }

  /** A whole number from −2³⁰ to 2³⁰ − 1. */
  signed(value: number): void {
    this.number(value < 0 ? -2 * value - 1 : 2 * value);
  }

  double(value: number): void {
    if (this.length + 8 > this.#bytes.length) this.#grow(8);
    this.#view.setFloat64(this.length, value);
    this.length += 8;
  }

  /** An offset near the last one. */
  offset(value: number): void {
    this.signed(value - this.#last);
    this.#last = value;
  }

  range({ start, end }: Range): void {
    this.offset(start);
    this.signed(end - start);
  }

  bytes(bytes: Uint8Array): void {
    if (this.length + bytes.length > this.#bytes.length) this.#grow(bytes.length);
    this.#bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  written(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  #grow(by: number): void {
    const wider = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + by));
    wider.set(this.written());
    this.#bytes = wider;
    this.#view = new DataView(wider.buffer);
  }
}

/** Reads what a `Writer` has written, in the same order. */
export class Reader {
  readonly #bytes: Uint8Array;
  #at: number;
  #last = 0;

  /** From byte `start` on. */
  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#at = start;
  }

  /** Goes on at byte `position`, as if the last range had started at `offset`. */
  go(position: number, offset = 0): this {
    this.#at = position;
    this.#last = offset;
    return this;
  }

  /** The next byte. */
  get position(): number {
    return this.#at;
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  number(): number {
    let byte = this.#bytes[this.#at++]!;
    if (byte < 128) return byte;
    let value = byte & 127;
    for (let shift = 7; ; shift += 7) {
      byte = this.#bytes[this.#at++]!;
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  }

  signed(): number {
    const value = this.number();
    return value & 1 ? -((value + 1) >>> 1) : value >>> 1;
  }

  double(): number {
    const value = new DataView(this.#bytes.buffer, this.#bytes.byteOffset).getFloat64(this.#at);
    this.#at += 8;
    return value;
  }

  offset(): number {
    return (this.#last += this.signed());
  }

  range(): Range {
    const start = this.offset();
    return { start, end: start + this.signed() };
  }

  /** A list of what `read` gives. */
  list<T>(read: () => T): T[] {
    const count = this.number();
    if (count === 0) return [];
    const items = new Array<T>(count);
    for (let i = 0; i < count; i++) items[i] = read();
    return items;
  }
}

/** Whether one byte is not enough for each UTF-16 unit of a text. */
export function isWide(text: string): boolean {
  return /[^\u0000-\u007f]/.test(text);
}

/** A text as bytes: one for each UTF-16 unit, or two where they are `wide`. */
export function unitsOf(text: string, wide: boolean): Uint8Array {
  const units = wide ? new Uint16Array(text.length) : new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) units[i] = text.charCodeAt(i);
  return new Uint8Array(units.buffer);
}

/** Whether `sought` stands in `bytes`. */
export function includes(bytes: Uint8Array, sought: Uint8Array): boolean {
  const [first] = sought;
  if (first === undefined) return true;
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    let same = 1;
    while (same < sought.length && bytes[at + same] === sought[same]) same++;
    if (same === sought.length) return true;
  }
  return false;
}

/** A string of `length` units that stands in `bytes` at `start`. */
export function stringAt(bytes: Uint8Array, start: number, length: number, wide: boolean): string {
  if (!wide && length > 1000) return ascii.decode(bytes.subarray(start, start + length));
  if (length > 1000) return stringsAt(bytes, start, [length], wide)[0]!;
  codes.length = length;
  if (wide) for (let i = 0, at = start; i < length; i++, at += 2) codes[i] = bytes[at]! | (bytes[at + 1]! << 8);
  else for (let i = 0; i < length; i++) codes[i] = bytes[start + i]!;
  return String.fromCharCode.apply(null, codes);
}

/** Strings of these `lengths` that stand in `bytes` from `start` on, one after the other. */
export function stringsAt(bytes: Uint8Array, start: number, lengths: readonly number[], wide: boolean): readonly string[] {
  let at = start;
  if (wide) {
    return lengths.map((length) => {
      let text = '';
      for (const end = at + 2 * length; at < end; at += 2) text += String.fromCharCode(bytes[at]! | (bytes[at + 1]! << 8));
      return text;
    });
  }
  let size = 0;
  for (const length of lengths) size += length;
  const all = ascii.decode(bytes.subarray(start, start + size));
  return lengths.map((length) => {
    const from = at;
    at += length;
    if (length <= longestCut) return all.slice(from - start, at - start);
    if (length > 1000) return ascii.decode(bytes.subarray(from, at));
    codes.length = length;
    for (let i = 0; i < length; i++) codes[i] = bytes[from + i]!;
    return String.fromCharCode.apply(null, codes);
  });
}

const ascii = new TextDecoder();
/** A longer string that was cut out of another would keep it in memory. */
const longestCut = 12;
const codes: number[] = [];
