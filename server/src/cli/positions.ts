/** Lines and columns of offsets. */

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
}

/** The lines of one text. `\n`, `\r\n` and a lone `\r` end a line, as in editors and in Python. */
export class Lines {
  readonly text: string;
  #starts: number[] = [0];

  constructor(text: string) {
    this.text = text;
    for (const match of text.matchAll(/\r\n|\n|\r/g)) this.#starts.push(match.index + match[0].length);
  }

  /** How many lines there are; a line break at the end opens a last, empty one. */
  get count(): number {
    return this.#starts.length;
  }

  position(offset: number): Position {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - this.#starts[low]! + 1 };
  }

  /** The text of a line, without its line break. `line` from 1. */
  line(line: number): string {
    return this.text.slice(this.#starts[line - 1], this.#starts[line]).replace(/[\r\n]+$/, '');
  }
}
