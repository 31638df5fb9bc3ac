/** Statements of the top level of a file that is being edited: what an edit leaves alone is moved, not read again. */

import type { Edit } from 'web-tree-sitter';
import {
  isProperty, type Binding, type Block, type Call, type Expression, type Facts, type Loop, type Range, type Read, type Scope, type Section, type Statement, type Store,
  type With,
} from '../facts.ts';
import type { Reading, Replacement } from './gaps.ts';
import type { Interned } from './interning.ts';
import { bindingsOf, moveRange, moveRanges, renumber } from './moving.ts';

/** Places in a file's lists: of what comes next while it is read, of what comes first in a section. */
export interface Position {
  readonly scope: number;
  readonly block: number;
  readonly call: number;
  readonly loop: number;
  readonly with: number;
}

/** How long all lists are that a file's statements add to. */
export interface Lengths extends Position {
  readonly read: number;
  readonly store: number;
  readonly comment: number;
  readonly bound: number;
  readonly section: number;
}

/** How much longer they have become. */
export function grown(from: Lengths, to: Lengths): Lengths {
  return {
    ...distance(from, to), read: to.read - from.read, store: to.store - from.store, comment: to.comment - from.comment, bound: to.bound - from.bound, section: to.section - from.section,
  };
}

function distance(from: Position, to: Position): Position {
  return { scope: to.scope - from.scope, block: to.block - from.block, call: to.call - from.call, loop: to.loop - from.loop, with: to.with - from.with };
}

function isNowhere({ scope, block, call, loop, with: one }: Position): boolean {
  return scope === 0 && block === 0 && call === 0 && loop === 0 && one === 0;
}

/** The scope and block around a section: the module's, or those of a class of the top level. */
export interface Around {
  readonly scope: number;
  readonly block: number;
}

/** Everything that a statement adds to the file's facts. */
type Added = Pick<PythonSection, 'start' | 'end' | 'scopes' | 'blocks' | 'calls' | 'reads' | 'loops' | 'withs' | 'stores' | 'bound' | 'members' | 'attributes' | 'comments' | 'movable' | 'head'>;

/** A statement of the top level, or of the body of a class there, with everything it adds to the file's facts; or what stands before such a body. */
export class PythonSection implements Section {
  start: number;
  end: number;
  readonly scopes: readonly Scope[];
  readonly blocks: readonly Block[];
  readonly calls: readonly Call[];
  readonly reads: readonly Read[];
  readonly loops: readonly Loop[];
  readonly withs: readonly With[];
  readonly stores: readonly Store[];
  readonly bound: readonly (readonly [string, Binding])[];
  readonly members: readonly (readonly [string, Binding])[];
  readonly attributes: readonly (readonly [string, Binding])[];
  readonly comments: readonly Range[];
  /** Names of its properties. */
  readonly properties: readonly string[];
  /** It means the same wherever it stands: nothing in it is broken, and what follows does not depend on it. */
  readonly movable: boolean;
  /** It stands before the body of a class; what the class binds belongs to the sections of its members, which move it. */
  readonly head: boolean;
  #first: Position;
  #around: Around;
  /** Expressions that hold places in the file's lists. */
  readonly placed: readonly Expression[];
  #bindings: readonly Binding[] | undefined;

  constructor(added: Added, first: Position, around: Around, placed: readonly Expression[]) {
    this.start = added.start;
    this.end = added.end;
    this.scopes = added.scopes;
    this.blocks = added.blocks;
    this.calls = added.calls;
    this.reads = added.reads;
    this.loops = added.loops;
    this.withs = added.withs;
    this.stores = added.stores;
    this.bound = added.bound;
    this.members = added.members;
    this.attributes = added.attributes;
    this.comments = added.comments;
    this.properties = propertiesIn(added.scopes);
    this.movable = added.movable;
    this.head = added.head;
    this.#first = first;
    this.#around = around;
    this.placed = placed;
  }

  get firstScope(): number {
    return this.#first.scope;
  }

  get firstBlock(): number {
    return this.#first.block;
  }

  get firstCall(): number {
    return this.#first.call;
  }

  /** All that is bound in it, once each. Nothing is added once the file has been read. */
  get bindings(): readonly Binding[] {
    return (this.#bindings ??= bindingsOf(this));
  }

  /** It stands so much further in the text (UTF-16). */
  move(offset: number): void {
    moveRange(this, offset);
    moveRanges(this, offset);
  }

  /** What it adds to the file's lists stands so much further there, with all that is around it but the module. */
  shift(by: Position): void {
    const { scope, block } = this.#around;
    this.#place(by, { scope: scope === 0 ? 0 : scope + by.scope, block: block === 0 ? 0 : block + by.block });
  }

  /** Now it starts at `start` (UTF-16), what it adds comes first at these places of the file's lists, and this is around it. */
  moveTo(start: number, first: Position, around: Around): void {
    if (start !== this.start) this.move(start - this.start);
    const by = distance(this.#first, first);
    if (!isNowhere(by) || around.scope !== this.#around.scope || around.block !== this.#around.block) this.#place(by, around);
  }

  #place(by: Position, around: Around): void {
    const [was, outer] = [this.#first, this.#around];
    this.#first = { scope: was.scope + by.scope, block: was.block + by.block, call: was.call + by.call, loop: was.loop + by.loop, with: was.with + by.with };
    this.#around = around;
    renumber(this, {
      call: by.call, loop: by.loop, with: by.with,
      scope: (place) => (place >= was.scope ? place + by.scope : place === outer.scope ? around.scope : place),
      block: (place) => (place >= was.block ? place + by.block : place === outer.block ? around.block : place),
    });
  }
}

/** Names of the functions in `scopes` that are properties. */
export function propertiesIn(scopes: readonly Scope[]): readonly string[] {
  return scopes.flatMap((scope) => (scope.function && isProperty(scope.function) ? [scope.name] : []));
}

/** A statement of the top level: one section, or the head of a class and its members. */
export interface Kin {
  readonly statement: Statement;
  /** Where what it adds to the file's lists comes first. */
  first: Lengths;
  /** Number of the syntax node's kind. */
  readonly kind: number;
  readonly sections: readonly PythonSection[];
  /** Comments between the members of a class. */
  readonly between: readonly Range[];
  /** All of it means the same wherever it stands. */
  readonly movable: boolean;
}

/** Where a statement or member stands (UTF-16). */
export function rangeOf(one: Kin | PythonSection): Range {
  return 'statement' in one ? one.statement : one;
}

/** A statement stands so much further in the text (UTF-16). */
export function moveKin({ statement, between, sections }: Kin, offset: number): void {
  moveRange(statement, offset);
  for (const comment of between) moveRange(comment, offset);
  for (const section of sections) section.move(offset);
}

/** What a statement adds to the file's lists stands so much further there. */
export function shiftKin(kin: Kin, by: Lengths): void {
  const { first } = kin;
  kin.first = {
    scope: first.scope + by.scope, block: first.block + by.block, call: first.call + by.call, loop: first.loop + by.loop, with: first.with + by.with,
    read: first.read + by.read, store: first.store + by.store, comment: first.comment + by.comment, bound: first.bound + by.bound, section: first.section + by.section,
  };
  if (!isNowhere(by)) for (const section of kin.sections) section.shift(by);
}

/** Statements that follow each other, of the top level or members of one class there, which an edit leaves alone, and all between them. */
export interface Run {
  readonly top: boolean;
  /** Those from `first` to before `end`. */
  readonly statements: readonly (Kin | PythonSection)[];
  readonly first: number;
  readonly end: number;
  /** How far the edit moves them (UTF-16). */
  readonly shift: number;
  /** It is the one directly before the edit, or directly behind it. */
  readonly before: boolean;
  readonly behind: boolean;
}

/** What was last read of a file that is being edited. */
export interface Kept {
  readonly reading: Reading;
  /** The edit that made its text. */
  readonly edit?: Edit | undefined;
  /** Where the parser had to guess in it: ranges of the real text. */
  readonly errors: readonly Range[];
  readonly facts: Facts;
  /** All comments in statements, and all that statements bind in the module, in order. */
  readonly comments: readonly Range[];
  readonly bound: PythonSection['bound'];
  readonly statements: readonly Kin[];
  readonly interned: Interned;
}

/** The sections of `kept` that an edit cannot have touched, by where they stand in the new text. */
export class Untouched {
  readonly kept: Kept;
  readonly #startOfEdit: number;
  readonly #endOfEdit: number;
  readonly #moved: number;
  readonly #statements: Standing<Kin>;
  #members: Standing<PythonSection> | undefined;
  #runs: readonly Run[] | undefined;

  constructor(kept: Kept, { startIndex, oldEndIndex, newEndIndex }: Replacement) {
    this.kept = kept;
    this.#startOfEdit = startIndex;
    this.#endOfEdit = newEndIndex;
    this.#moved = newEndIndex - oldEndIndex;
    this.#statements = new Standing(kept.statements, (kin) => kin.statement);
  }

  /** Whether a statement of the new text, of the top level or of a class there, need not be read. */
  knows(start: number, end: number, kind: number, top: boolean): boolean {
    return (top ? this.statement(start, end, kind) : this.member(start, end)) !== undefined;
  }

  /** Which of the statements of the top level, by its place among them, one of the new text is; undefined when it must be read. */
  statement(start: number, end: number, kind: number): number | undefined {
    const before = this.#before(start, end);
    const place = this.#statements.at(before, end - start);
    if (place === undefined) return undefined;
    const known = this.kept.statements[place]!;
    return known.movable && known.kind === kind && this.#isWhole(before, end - start) ? place : undefined;
  }

  /** What a statement of the body of a class of the top level is; undefined when it must be read. */
  member(start: number, end: number): PythonSection | undefined {
    const before = this.#before(start, end);
    this.#members ??= new Standing(this.kept.statements.flatMap(({ sections }) => sections.slice(1)), (member) => member);
    const place = this.#members.at(before, end - start);
    const known = place === undefined ? undefined : this.#members.all[place];
    return known?.movable && this.#isWhole(before, end - start) ? known : undefined;
  }

  /** All that need not be read, in order. */
  get runs(): readonly Run[] {
    return (this.#runs ??= this.#makeRuns());
  }

  #makeRuns(): readonly Run[] {
    const runs: Run[] = [];
    const gather = (statements: readonly (Kin | PythonSection)[], top: boolean, from: number): void => {
      let first = from;
      let shift = 0;
      const close = (end: number): void => {
        if (first < end) runs.push({ top, statements, first, end, shift, before: false, behind: false });
        first = end;
      };
      for (let index = from; index < statements.length; index++) {
        const one = statements[index]!;
        const { start, end } = rangeOf(one);
        const before = end < this.#startOfEdit;
        if (one.movable && (before || start > this.#endOfEdit - this.#moved) && this.#isWhole(start, end - start)) {
          const last = index > first ? rangeOf(statements[index - 1]!).end : start;
          // Nothing was edited or unreadable between them.
          if (index > first && ((shift === 0 && last < this.#startOfEdit) !== before || !this.#isWhole(last, start - last))) close(index);
          shift = before ? 0 : this.#moved;
          continue;
        }
        close(index);
        first = index + 1;
        if (top) gather((one as Kin).sections, false, 1);
      }
      close(statements.length);
    };
    gather(this.kept.statements, true, 0);
    const behind = runs.findIndex(({ statements, first }) => rangeOf(statements[first]!).start >= this.#startOfEdit);
    const last = behind < 0 ? runs.length - 1 : behind - 1;
    return runs.map((run, index) => ({ ...run, behind: index === behind, before: index === last }));
  }

  /** What has gaps does not move as one. */
  #isWhole(start: number, length: number): boolean {
    return this.kept.reading.gaps.every((gap) => start + length < gap.start || start > gap.end);
  }

  /** Where a range of the new text started in the old one; -1 when the edit touches it. */
  #before(start: number, end: number): number {
    return end < this.#startOfEdit ? start : start > this.#endOfEdit ? start - this.#moved : -1;
  }
}

/** What stood where, in order: it moves while the new text is read. */
class Standing<T> {
  readonly all: readonly T[];
  readonly #starts: Int32Array;
  readonly #lengths: Int32Array;
  /** The place found last: questions come in order, mostly. */
  #last = 0;

  constructor(all: readonly T[], rangeOf: (one: T) => Range) {
    this.all = all;
    this.#starts = new Int32Array(all.length);
    this.#lengths = new Int32Array(all.length);
    for (let index = 0; index < all.length; index++) {
      const { start, end } = rangeOf(all[index]!);
      this.#starts[index] = start;
      this.#lengths[index] = end - start;
    }
  }

  /** The place of the one that stood there. */
  at(start: number, length: number): number | undefined {
    const starts = this.#starts;
    let found = starts[this.#last + 1] === start ? this.#last + 1 : -1;
    if (found < 0) {
      let low = 0;
      for (let high = starts.length; low < high;) {
        const middle = (low + high) >> 1;
        if (starts[middle]! < start) low = middle + 1;
        else high = middle;
      }
      if (starts[low] !== start) return undefined;
      found = low;
    }
    this.#last = found;
    return this.#lengths[found] === length ? found : undefined;
  }
}
