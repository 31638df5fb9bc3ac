/** Loads the grammars once and turns text into flat trees, incrementally for files that are being edited. */

import { Language, Parser, type Edit, type Tree } from 'web-tree-sitter';
import { TreeReader, type FlatTree, type IsKnown, type Memory } from './tree.ts';

/** The bytes of the WebAssembly files. */
export interface Grammars {
  readonly runtime: Uint8Array;
  readonly python: Uint8Array;
  readonly bash: Uint8Array;
}

interface Open {
  readonly tree: Tree;
  readonly text: string;
  /** The tree has been told of edits that it was not parsed with. */
  readonly behind: boolean;
}

const pieceLength = 512;

/** Parses one language. Trees of open files are kept until `close`; all others live for one call. */
export class SourceParser {
  readonly reader: TreeReader;
  readonly #parser: Parser;
  readonly #open = new Map<string, Open>();
  #attempt: (Open & { readonly path: string }) | undefined;

  constructor(parser: Parser, reader: TreeReader) {
    this.#parser = parser;
    this.reader = reader;
  }

  /**
   * The flat tree is valid until the next call. `open` keeps the tree so that the next parse of `path` costs only what
   * changed. `isKnown`: statements whose descendants nobody wants (`TreeReader.read`). `edit`: what
   * `difference` says of the last text and this one, where it is known.
   */
  parse(path: string, text: string, open: boolean, isKnown?: IsKnown, edit?: Edit): FlatTree {
    if (open) {
      const flat = this.attempt(path, text, isKnown, edit);
      this.keep();
      return flat;
    }
    const tree = this.#parsed(path, text, null);
    this.close(path);
    try {
      return this.reader.read(tree, isKnown);
    } finally {
      tree.delete();
    }
  }

  /** As `parse` of an open file; the tree that was kept stays until `keep`. */
  attempt(path: string, text: string, isKnown?: IsKnown, edit?: Edit): FlatTree {
    this.#forgetAttempt();
    const before = this.#open.get(path);
    // An edit changes the tree that it is told.
    const old = before?.tree.copy();
    try {
      if (before && before.text !== text) old!.edit(edit ?? difference(before.text, text));
      this.#attempt = { path, text, tree: this.#parsed(path, text, old ?? null), behind: false };
    } finally {
      old?.delete();
    }
    return this.reader.read(this.#attempt.tree, isKnown);
  }

  /** The tree of the last attempt is kept in place of the one before. */
  keep(): void {
    const attempt = this.#attempt;
    if (!attempt) return;
    this.#attempt = undefined;
    this.close(attempt.path);
    this.#open.set(attempt.path, attempt);
  }

  /** The flat tree of the text that was kept last. */
  again(path: string, isKnown?: IsKnown): FlatTree {
    const { tree, text, behind } = this.#open.get(path)!;
    if (behind) return this.parse(path, text, true, isKnown);
    this.#forgetAttempt();
    return this.reader.read(tree, isKnown);
  }

  /** The text of `path` has become this one, which somebody else has read. `edit` as for `parse`. */
  moved(path: string, text: string, edit?: Edit): void {
    this.#forgetAttempt();
    const before = this.#open.get(path)!;
    if (before.text === text) return;
    before.tree.edit(edit ?? difference(before.text, text));
    this.#open.set(path, { tree: before.tree, text, behind: true });
  }

  close(path: string): void {
    this.#open.get(path)?.tree.delete();
    this.#open.delete(path);
  }

  #parsed(path: string, text: string, old: Tree | null): Tree {
    // With an old tree the parser looks at few places, and copies all that it is given at each.
    const tree = this.#parser.parse(old ? (index: number) => text.slice(index, index + pieceLength) : text, old);
    if (!tree) throw new Error(`The parser gave up on ${path}`);
    return tree;
  }

  #forgetAttempt(): void {
    this.#attempt?.tree.delete();
    this.#attempt = undefined;
  }
}

export interface Parsers {
  readonly python: SourceParser;
  readonly bash: SourceParser;
}

let loading: Promise<{ memory: Memory; python: Language; bash: Language }> | undefined;

/** Compiles the grammars once for the process; each caller gets parsers of its own. Rejects when the bytes are not valid WebAssembly. */
export async function loadParsers(grammars: Grammars): Promise<Parsers> {
  loading ??= load(grammars);
  const { memory, python, bash } = await loading;
  const make = (language: Language): SourceParser => {
    const parser = new Parser();
    parser.setLanguage(language);
    return new SourceParser(parser, new TreeReader(memory, language));
  };
  return { python: make(python), bash: make(bash) };
}

async function load(grammars: Grammars) {
  const options = { wasmBinary: grammars.runtime, locateFile: (name: string) => name };
  await Parser.init(options);
  const [python, bash] = await Promise.all([Language.load(grammars.python), Language.load(grammars.bash)]);
  // The options object has become the module itself, with the views of its memory.
  return { memory: options as unknown as Memory, python, bash };
}

/** The one edit (UTF-16) that turns `before` into `after`. `last`: the edit that made `before`, from whose place lines are counted. */
export function difference(before: string, after: string, last?: Edit): Edit {
  const shortest = Math.min(before.length, after.length);
  let start = 0;
  while (start + 4096 <= shortest && before.slice(start, start + 4096) === after.slice(start, start + 4096)) start += 4096;
  while (start < shortest && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  let tail = 0;
  while (tail + 4096 <= shortest - start && before.slice(before.length - tail - 4096, before.length - tail) === after.slice(after.length - tail - 4096, after.length - tail)) tail += 4096;
  while (tail < shortest - start && before.charCodeAt(before.length - 1 - tail) === after.charCodeAt(after.length - 1 - tail)) tail++;
  const known = last?.startPosition as Point | undefined;
  const startPosition = point(before, start, known && known.line <= start ? known : { row: 0, line: 0 });
  return {
    startIndex: start,
    oldEndIndex: before.length - tail,
    newEndIndex: after.length - tail,
    startPosition,
    oldEndPosition: point(before, before.length - tail, startPosition),
    newEndPosition: point(after, after.length - tail, startPosition),
  } as unknown as Edit;
}

interface Point {
  readonly row: number;
  /** Where the row begins (UTF-16). */
  readonly line: number;
}

/** Row and column of an offset (UTF-16), counted on from a point before it. */
function point(text: string, index: number, from: Point): Point & { readonly column: number } {
  let { row, line } = from;
  for (let at = text.indexOf('\n', line); at !== -1 && at < index; at = text.indexOf('\n', at + 1)) {
    row++;
    line = at + 1;
  }
  return { row, column: index - line, line };
}
