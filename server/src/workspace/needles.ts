/** Which of many words a text holds, told in one pass over it: the machine of Aho and Corasick. */

/** A word to look for. It is ASCII, and not empty. */
export interface Needle {
  readonly word: string;
  /** What it stands for; several may stand for the same. */
  readonly number: number;
  /** Only as it is written, and as a name of its own; otherwise in whatever case, and within others too. */
  readonly whole: boolean;
}

/** Bits of a character's class. */
const classBits = 6;
const mostClasses = 1 << classBits;

export class Needles {
  /** Classes of ASCII characters, the same for both cases of a letter; 0 for all that stand in no word. */
  readonly #classes = new Uint8Array(128);
  /** By state and class. */
  readonly #next: Uint16Array;
  /** What ends where a state is reached; undefined for most. */
  readonly #ending: readonly (readonly Needle[] | undefined)[];
  /** 1 for states where something ends. */
  readonly #ends: Uint8Array;

  constructor(needles: readonly Needle[]) {
    const size = needles.reduce((sum, { word }) => sum + word.length, 1);
    const children = new Uint16Array(size << classBits);
    const ending: Needle[][] = [[]];
    let classes = 1;
    for (const needle of needles) {
      let state = 0;
      for (const letter of needle.word.toLowerCase()) {
        const code = letter.charCodeAt(0);
        if (this.#classes[code] === 0) {
          // What no class is left for shares the last one: more is found than there is, never less.
          const own = Math.min(classes++, mostClasses - 1);
          this.#classes[code] = own;
          this.#classes[letter.toUpperCase().charCodeAt(0)] = own;
        }
        const place = (state << classBits) + this.#classes[code]!;
        if (children[place] === 0) children[place] = ending.push([]) - 1;
        state = children[place]!;
      }
      ending[state]!.push(needle);
    }
    this.#next = new Uint16Array(ending.length << classBits);
    /** Of each state the one for its longest end that begins a word. */
    const back = new Uint16Array(ending.length);
    // States are numbered anew, the shallow ones first: most of a text stays with them.
    const order = [0];
    const sorted: (readonly Needle[])[] = [];
    for (let state = 0; state < order.length; state++) {
      const old = order[state]!;
      const shorter = back[state]!;
      sorted.push(state === 0 ? [] : [...ending[old]!, ...sorted[shorter]!]);
      for (let one = 0; one < mostClasses; one++) {
        const child = children[(old << classBits) + one]!;
        const otherwise = state === 0 ? 0 : this.#next[(shorter << classBits) + one]!;
        if (child !== 0) back[order.push(child) - 1] = otherwise;
        this.#next[(state << classBits) + one] = child === 0 ? otherwise : order.length - 1;
      }
    }
    this.#ending = sorted.map((all) => (all.length > 0 ? all : undefined));
    this.#ends = Uint8Array.from(this.#ending, (all) => (all ? 1 : 0));
  }

  /** Calls `tell` with the numbers of all that a text holds, some of them more than once. */
  in(text: string, tell: (number: number) => void): void {
    const [next, classes, ends] = [this.#next, this.#classes, this.#ends.slice()];
    let state = 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      state = next[(state << classBits) + (code < 128 ? classes[code]! : 0)]!;
      if (ends[state] === 0) continue;
      let all = true;
      for (const { word, number, whole } of this.#ending[state]!) {
        if (!whole || isName(text, word, at + 1)) tell(number);
        else all = false;
      }
      if (all) ends[state] = 0;
    }
  }
}

/** Whether a name stands as it is before `end`, and is not part of a longer one. */
function isName(text: string, name: string, end: number): boolean {
  const start = end - name.length;
  return text.startsWith(name, start) && !(start > 0 && isLetter(text.charCodeAt(start - 1))) && !(end < text.length && isLetter(text.charCodeAt(end)));
}

/** Whether an ASCII character can stand in a name. */
function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95;
}

/** What a sequence in a pattern must hold, the best so far. */
interface Held {
  readonly words: readonly string[];
  /** Length of its shortest word. */
  readonly length: number;
}

/**
 * Words of which every text that a pattern matches holds at least one, in whatever case; undefined where none follow from
 * how the pattern is written.
 */
export function wordsOf({ source }: RegExp): readonly string[] | undefined {
  // Letters by their numbers, and classes of other alphabets.
  if (/\\[xuckpP]/.test(source)) return undefined;
  const { held, end } = alternatives(source, 0);
  return held && end === source.length ? held.words : undefined;
}

const shortest = 2;

/** Reads what stands between `|` up to a closing bracket or the end. */
function alternatives(source: string, start: number): { readonly held: Held | undefined; readonly end: number } {
  const all: (Held | undefined)[] = [];
  let at = start;
  for (;;) {
    const { held, end } = sequence(source, at);
    all.push(held);
    at = end;
    if (source[at] !== '|') break;
    at++;
  }
  const words = new Set<string>();
  for (const held of all) {
    if (!held) return { held: undefined, end: at };
    for (const word of held.words) words.add(word);
  }
  return { held: { words: [...words], length: Math.min(...all.map((held) => held!.length)) }, end: at };
}

function sequence(source: string, start: number): { readonly held: Held | undefined; readonly end: number } {
  let best: Held | undefined;
  let run = '';
  const offer = (held: Held | undefined): void => {
    if (held && held.length >= shortest && held.length > (best?.length ?? 0)) best = held;
  };
  const flush = (): void => {
    offer({ words: [run.toLowerCase()], length: run.length });
    run = '';
  };
  let at = start;
  while (at < source.length && source[at] !== '|' && source[at] !== ')') {
    const letter = source[at]!;
    let group: Held | undefined;
    let literal: string | undefined;
    if (letter === '(') {
      const asserts = /^\(\?<?[=!]/.test(source.slice(at, at + 4));
      const inner = alternatives(source, at + (/^\(\?(?:<?[=!]|:|<\w+>)/.exec(source.slice(at))?.[0].length ?? 1));
      group = asserts ? undefined : inner.held;
      at = inner.end + 1;
    } else if (letter === '[') {
      at++;
      while (source[at] !== ']') at += source[at] === '\\' ? 2 : 1;
      at++;
    } else if (letter === '\\') {
      const escaped = source[at + 1]!;
      at += 2;
      if (escaped === 'b' || escaped === 'B') continue;
      if (!/\w/.test(escaped)) literal = escaped;
    } else {
      at++;
      if (letter === '^' || letter === '$') continue;
      // Other alphabets are left to the pattern.
      if (letter !== '.' && letter.charCodeAt(0) < 128) literal = letter;
    }
    const quantifier = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/.exec(source.slice(at))?.[0] ?? '';
    at += quantifier.length;
    const optional = /^(?:[*?]|\{0\b)/.test(quantifier);
    if (literal !== undefined && !optional) run += literal;
    if (literal === undefined || quantifier !== '') flush();
    if (!optional) offer(group);
  }
  flush();
  return { held: best, end: at };
}
