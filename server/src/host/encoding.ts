/** Bytes to text and back, in the encoding a file declares. */

export interface Decoded {
  /** Without byte order mark. */
  readonly text: string;
  /** WHATWG label; `utf-8` unless the file says otherwise. */
  readonly encoding: string;
  readonly byteOrderMark: boolean;
}

/** `encoding` is the one declared, undefined where the file is simply not UTF-8. */
export interface Undecoded {
  readonly encoding?: string;
  readonly known: boolean;
}

/** Declaration of a Python source file, in one of the first two lines (PEP 263). */
const declaration = /^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)/;

/** What Python calls an encoding that the web's standard knows under another name. */
const labels: Readonly<Record<string, string>> = { 'latin-1': 'latin1', cp936: 'gbk', '936': 'gbk', 'ms936': 'gbk', cp932: 'shift_jis', sjis: 'shift_jis', cp949: 'euc-kr', cp950: 'big5', 'utf-8-sig': 'utf-8', utf8: 'utf-8', 'euc-cn': 'gb2312' };

/** `declares`: the file may name its encoding, as Python's do. */
export function decode(bytes: Uint8Array, declares: boolean): Decoded | Undecoded {
  const byteOrderMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const declared = declares && !byteOrderMark ? declaredEncoding(bytes) : undefined;
  const encoding = declared === undefined ? 'utf-8' : label(declared);
  try {
    return { text: new TextDecoder(encoding, { fatal: true }).decode(bytes), encoding, byteOrderMark };
  } catch (error) {
    // A RangeError is about the label, a TypeError about the bytes.
    if (error instanceof RangeError) return { encoding: declared!, known: false };
    return encoding === 'utf-8' ? { known: true } : { encoding: declared!, known: true };
  }
}

/**
 * The bytes of `text` in the way `before` was written; undefined where a character cannot be written so. For an encoding
 * other than UTF-8, only ASCII and the characters that already stand in the file can.
 */
export function encode(text: string, before: Uint8Array, how: Decoded): Uint8Array | undefined {
  if (how.encoding === 'utf-8') return new TextEncoder().encode(how.byteOrderMark ? `\uFEFF${text}` : text);
  const written = writtenCharacters(before, how.encoding);
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0)!;
    const known = code < 0x80 ? [code] : written.get(character);
    if (!known) return undefined;
    bytes.push(...known);
  }
  return Uint8Array.from(bytes);
}

/** How each character of a file is written, learnt by decoding it byte for byte: the platform encodes only UTF-8. */
function writtenCharacters(bytes: Uint8Array, encoding: string): ReadonlyMap<string, readonly number[]> {
  const written = new Map<string, readonly number[]>();
  const decoder = new TextDecoder(encoding, { fatal: true });
  let pending: number[] = [];
  for (const byte of bytes) {
    pending.push(byte);
    const character = decoder.decode(Uint8Array.of(byte), { stream: true });
    if (character === '') continue;
    written.set(character, pending);
    pending = [];
  }
  return written;
}

function declaredEncoding(bytes: Uint8Array): string | undefined {
  const lines = new TextDecoder('latin1').decode(bytes.subarray(0, 400)).split(/\r\n|\r|\n/, 2);
  const first = declaration.exec(lines[0]!);
  if (first) return first[1];
  return /^[ \t\f]*(?:#|$)/.test(lines[0]!) ? declaration.exec(lines[1] ?? '')?.[1] : undefined;
}

function label(declared: string): string {
  const name = declared.toLowerCase().replaceAll('_', '-');
  if (/^utf-8(?:-|$)/.test(name)) return 'utf-8';
  if (/^(?:latin-1|iso-8859-1|iso-latin-1)(?:-|$)/.test(name)) return 'latin1';
  return labels[name] ?? name;
}
