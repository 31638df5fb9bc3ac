/** Python texts read into facts; of a file that is being edited, only what the last edit touched. */

import type { Facts } from '../facts.ts';
import { difference, type SourceParser } from './parser.ts';
import { editedFacts, pythonFacts } from './python.ts';
import { Untouched, type Kept } from './sections.ts';

export class PythonSource {
  readonly #parser: SourceParser;
  readonly #kept = new Map<string, Kept>();

  constructor(parser: SourceParser) {
    this.#parser = parser;
  }

  /**
   * Facts of the text that a file has now. `open`: it is being edited; the facts given for its last text are then used up.
   * Throws when the parser gives up.
   */
  facts(path: string, text: string, open: boolean): Facts {
    const parser = this.#parser;
    if (!open) return pythonFacts(path, text, parser.parse(path, text, false), parser.reader);
    const kept = this.#kept.get(path);
    this.#kept.delete(path);
    const edit = kept && difference(kept.text, text, kept.edit);
    const untouched = kept && new Untouched(kept, edit!);
    const flat = parser.parse(path, text, true, untouched && ((start, end, kind, top) => untouched.knows(start, end, kind, top)), edit);
    const read = editedFacts(path, text, flat, parser.reader, untouched) ?? editedFacts(path, text, parser.parse(path, text, true), parser.reader, undefined)!;
    this.#kept.set(path, { ...read.kept, edit });
    return read.facts;
  }

  close(path: string): void {
    this.#kept.delete(path);
    this.#parser.close(path);
  }
}
