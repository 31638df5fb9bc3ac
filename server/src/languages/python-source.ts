/** Python texts read into facts; of a file that is being edited, only what the last edit touched. */

import type { Edit } from 'web-tree-sitter';
import type { Facts, Range } from '../facts.ts';
import { apartFrom, liesWithin, movedBy, Reading, widened, withoutFirstLines, type Gap } from './gaps.ts';
import { difference, type SourceParser } from './parser.ts';
import { editedFacts, pythonFacts } from './python.ts';
import { readable } from './recovery.ts';
import { Remainder } from './remainder.ts';
import { Untouched, type Kept } from './sections.ts';
import { errorKind, type FlatTree, type IsKnown } from './tree.ts';

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
    const reading = new Reading(text, []);
    const edit = kept && difference(kept.reading.real, text, kept.edit);
    const untouched = kept && new Untouched(kept, edit!);
    return this.#read(path, reading, parser.parse(path, text, true, untouched && knownTo(untouched, reading)), untouched, edit);
  }

  /**
   * As `facts` of a file that is being edited; what cannot be read now stays as it last was, wherever it stands now. Where
   * the parser had to guess before, it may guess again.
   */
  understood(path: string, text: string): Facts {
    const kept = this.#kept.get(path);
    if (!kept) return this.#recovered(this.facts(path, text, true));
    const parser = this.#parser;
    const { reading: before } = kept;
    const edit = difference(before.real, text, kept.edit);
    const untouched = new Untouched(kept, edit);
    const guessed = movedBy(kept.errors, edit, before.real);
    const plain = !reaching.test(before.real.slice(edit.startIndex, edit.oldEndIndex) + text.slice(edit.startIndex, edit.newEndIndex));
    let errors: readonly Range[] | undefined;
    const attempt = (gaps: readonly Gap[]): Facts | undefined => {
      const reading = new Reading(text, gaps);
      const same = before.gaps.length === 0 && gaps.length === 0 ? edit : undefined;
      const rest = this.#remainder(reading, untouched);
      if (rest.tree) {
        parser.moved(path, reading.text, same);
        return this.#read(path, reading, rest.tree, untouched, edit);
      }
      if (rest.errors && plain) {
        errors ??= rest.errors;
        return undefined;
      }
      const flat = parser.attempt(path, reading.text, knownTo(untouched, reading), same);
      const found = errorsOf(flat, reading);
      errors ??= found;
      if (!liesWithin(found, guessed, text)) return undefined;
      parser.keep();
      const facts = this.#read(path, reading, flat, untouched, edit);
      return gaps.length === 0 ? this.#recovered(facts) : facts;
    };
    let facts = attempt([]);
    if (!facts) {
      const gaps = widened(before, edit, text);
      const others = apartFrom(gaps, edit, text);
      if (others.length > 0) facts = attempt(others);
      for (const rest of withoutFirstLines(gaps, edit, text)) facts ??= attempt(rest);
      if (!facts) {
        const reading = new Reading(text, gaps);
        const tree = this.#remainder(reading, untouched).tree ?? parser.again(path, knownTo(untouched, reading));
        facts = this.#read(path, reading, tree, untouched, edit);
      }
    }
    return facts.halfTyped ? { ...facts, errors: errors! } : facts;
  }

  /**
   * The tree of a text of which little more is parsed than what an edit touches; in its place where the parser has to guess
   * there (ranges of the real text), with the statements beside it as well. Neither, where it takes the whole text to tell.
   */
  #remainder(reading: Reading, untouched: Untouched): { readonly tree?: FlatTree | undefined; readonly errors?: readonly Range[] } {
    // What the parser makes of broken code rests on the whole text.
    if (untouched.kept.errors.length > 0) return {};
    const parser = this.#parser;
    let errors: readonly Range[] | undefined;
    for (const widely of [false, true]) {
      const remainder = Remainder.of(reading, untouched, widely);
      if (!remainder) return {};
      const tree = parser.parse('', remainder.text, false);
      const found = errorsOf(tree, reading, remainder);
      if (found.length === 0) return { tree: remainder.whole(tree, parser.reader) };
      errors ??= found;
      if (!remainder.dangles) break;
    }
    return errors ? { errors } : {};
  }

  /** `facts` of a file for which nothing better is known; where definitions are swallowed, those of a text that hides none. */
  #recovered(facts: Facts): Facts {
    const { path, text, errors } = facts;
    const other = readable(facts, (code) => this.facts(path, code, false));
    if (other === text) return facts;
    if (other === undefined) return this.facts(path, text, true);
    const reading = new Reading(text, widened(new Reading(other, []), difference(other, text), text));
    return { ...this.#read(path, reading, this.#parser.parse(path, other, true), undefined, undefined), errors };
  }

  #read(path: string, reading: Reading, flat: FlatTree, untouched: Untouched | undefined, edit: Edit | undefined): Facts {
    this.#kept.delete(path);
    const { reader } = this.#parser;
    const read = editedFacts(path, reading, flat, reader, untouched) ?? editedFacts(path, reading, this.#parser.again(path), reader, undefined)!;
    this.#kept.set(path, { ...read.kept, edit });
    return read.facts;
  }

  close(path: string): void {
    this.#kept.delete(path);
    this.#parser.close(path);
  }
}

/** The parser asks about places in the text that is read. */
function knownTo(untouched: Untouched, reading: Reading): IsKnown {
  return (start, end, kind, top) => untouched.knows(reading.start(start), reading.end(end), kind, top);
}

/** Where the parser had to guess: ranges of the real text. `remainder`: of which the tree is. */
function errorsOf({ count, kind, missing, start, end, invented }: FlatTree, reading: Reading, remainder?: Remainder): readonly Range[] {
  const found: Range[] = [];
  const add = (first: number, last: number): void => {
    const [from, to] = remainder ? [remainder.placeOf(first), remainder.placeOf(last)] : [first, last];
    found.push({ start: reading.start(from), end: Math.max(reading.start(from), reading.end(to)) });
  };
  for (let i = 0; i < count; i++) if (kind[i] === errorKind || missing[i] === 1) add(start[i]!, end[i]!);
  for (const offset of invented) add(offset, offset);
  return found;
}

/** What may end or begin far away from where it is typed: strings, brackets, comments, lines. */
const reaching = /["'()[\]{}\\#\n]/;
