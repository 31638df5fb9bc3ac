/** Python: flat tree → facts. The module, and the sections of a file that is being edited. */

import type { Binding, Block, Facts, Ignore, Range, Statement } from '../facts.ts';
import { Reading } from './gaps.ts';
import { ignores } from './ignores.ts';
import { append, type Interned } from './interning.ts';
import type { Writable } from './python-expressions.ts';
import { PythonStatements, type Leaves } from './python-statements.ts';
import { grown, moveKin, propertiesIn, PythonSection, shiftKin, type Around, type Kept, type Kin, type Lengths, type Untouched } from './sections.ts';
import type { FlatTree, TreeReader } from './tree.ts';

/** Facts of one Python file. Never throws: what the parser could not read is left out. */
export function pythonFacts(path: string, text: string, tree: FlatTree, reader: TreeReader): Facts {
  return new PythonFile(path, new Reading(text, []), tree, reader).facts();
}

/**
 * Facts of a file that is being edited. Sections that `untouched` knows are moved to where they stand now; their nodes may be
 * absent. Undefined when one of those means something else now: all must be read.
 */
export function editedFacts(path: string, reading: Reading, tree: FlatTree, reader: TreeReader, untouched: Untouched | undefined): { readonly facts: Facts; readonly kept: Kept } | undefined {
  const interned = untouched?.kept.interned;
  const file = new PythonFile(path, reading, tree, reader, interned && interned.names.size < mostNames ? interned : undefined);
  file.untouched = untouched;
  const statements: Kin[] = [];
  file.kept = statements;
  file.keepsSections = true;
  const facts = { ...file.facts(), sections: file.sections };
  if (file.misled) return undefined;
  return {
    facts: reading.gaps.length > 0 ? { ...facts, halfTyped: { text: reading.real, unread: reading.unread, errors: facts.errors } } : facts,
    kept: {
      reading, facts, statements, comments: file.comments, bound: file.allBound, interned: file.interned,
      errors: [...facts.errors, ...file.tree.invented.map((offset) => ({ start: offset, end: offset }))],
    },
  };
}

/** Half-typed names are remembered until there are so many. */
const mostNames = 50_000;

const aroundModule: Around = { scope: 0, block: 0 };

/** Statements that the edit left alone, one behind the other: those from `first` to before `end` of the last version. */
interface Again {
  readonly first: number;
  end: number;
  /** How far they have moved (UTF-16). */
  readonly offset: number;
}

/** How long the lists were before a section. */
interface Mark {
  readonly first: Lengths;
  readonly errors: number;
}

class PythonFile extends PythonStatements {
  readonly reading: Reading;
  untouched: Untouched | undefined;
  /** Where the statements of a file that is being edited are gathered. */
  kept: Kin[] | undefined;
  /** The class of the top level whose members become sections. */
  membersOf: { readonly body: number; readonly sections: PythonSection[]; readonly between: Range[]; readonly head: Mark; readonly start: number } | undefined;
  /** Statements that were left alone and are not in the lists yet. */
  again: Again | undefined;
  /** A section that was left alone means something else now. */
  misled = false;
  readonly statements: Statement[] = [];
  /** In statements. */
  readonly comments: Range[] = [];
  /** Between the statements of the top level. */
  readonly between: Range[] = [];
  /** Of a file that is being edited: its sections, and what they bind in the module. */
  readonly sections: PythonSection[] = [];
  readonly allBound: (readonly [string, Binding])[] = [];
  readonly errors: Range[] = [];
  importsStart = 0;
  wantsComments = false;

  constructor(path: string, reading: Reading, tree: FlatTree, reader: TreeReader, interned?: Interned) {
    super(path, reading, tree, reader, interned);
    this.reading = reading;
  }

  facts(): Facts {
    const { tree } = this;
    // Of a file that is being edited comments are kept with their sections: that spares a look through the text.
    this.wantsComments = this.kept !== undefined || this.text.includes('unblock:') || this.text.includes('noqa');
    this.openScope('module', '', { start: 0, end: 0 }, { start: 0, end: this.text.length }, -1, -1);
    this.block = this.openBlock('body', { start: 0, end: this.text.length });
    if (tree.count > 0) {
      if (tree.kind[0] === 65535) this.errors.push(this.range(0));
      this.importsStart = this.firstImportOffset();
      this.module();
    }
    return {
      path: this.path, language: 'python', text: this.text, errors: this.errors,
      scopes: this.scopes, blocks: this.blocks, calls: this.calls, reads: this.reads, loops: this.loops, withs: this.withs, stores: this.stores,
      importsStart: this.importsStart, statements: this.statements, commands: [],
      properties: this.kept ? propertiesOf(this.sections) : propertiesIn(this.scopes),
      ignores: this.wantsComments ? this.ignoreComments() : [],
    };
  }

  /** Comments in gaps silence nothing. */
  ignoreComments(): Ignore[] {
    const { gaps } = this.reading;
    const all = [...this.comments, ...this.between].sort((one, other) => one.start - other.start);
    const comments = gaps.length === 0 ? all : all.filter((comment) => gaps.every(({ start, end }) => comment.end < start || comment.start > end));
    return ignores(this.text, comments, 'python', this.statements);
  }

  /** Comments, and the places where the parser had to guess, from node `first` on to `end` (exclusive). */
  collectMarks(first: number, end: number): void {
    const { tree } = this;
    for (let i = first; i < end; i++) {
      const kind = tree.kind[i]!;
      if (kind === this.commentKind) {
        if (this.wantsComments) this.comments.push(this.range(i));
      } else if (kind === 65535 || tree.missing[i] === 1) this.errors.push(this.range(i));
    }
  }

  /** The statements of the top level. */
  module(): void {
    const { tree } = this;
    let leaves: Leaves;
    for (let i = 1; i < tree.count; i = tree.next[i]!) {
      const kind = tree.kind[i]!;
      if (kind === this.commentKind || (kind !== 65535 && !this.named[kind])) {
        const before = this.comments.length;
        this.collectMarks(i, tree.next[i]!);
        this.between.push(...this.comments.splice(before));
        continue;
      }
      // Behind what leaves the module or asks a condition of the rest, statements mean something else.
      const plain = leaves === undefined && this.block === 0 && this.outerNames.size === 0;
      const known = this.known(i);
      if (known !== undefined) {
        // A docstring is one only where it comes first.
        if (!plain || this.keptKind(known) === (this.statements.length === 0 && !this.again ? 'expression' : 'docstring')) {
          this.misled = true;
          return;
        }
        this.statementAgain(known, tree.start[i]!);
        continue;
      }
      this.takeAgain();
      if (leaves && this.blocks[this.block]!.unreachableFrom === undefined) (this.blocks[this.block] as Writable<Block>).unreachableFrom = tree.start[i]!;
      const statement: Statement = { kind: this.statementKind(i, this.statements.length === 0), start: tree.start[i]!, end: tree.end[i]! };
      this.statements.push(statement);
      if (!this.kept) {
        this.collectMarks(i, tree.next[i]!);
        leaves = this.statement(i) ?? leaves;
        continue;
      }
      // Members may be left out of the tree only where they become sections again.
      if (!plain && this.untouched && statement.kind === 'class') {
        this.misled = true;
        return;
      }
      const sections: PythonSection[] = [];
      const between: Range[] = [];
      const mark = this.mark();
      const body = plain && statement.kind === 'class' ? this.bodyOfClass(i) : undefined;
      if (body === undefined) {
        this.collectMarks(i, tree.next[i]!);
        leaves = this.statement(i) ?? leaves;
        const movable = plain && leaves === undefined && this.block === 0 && this.outerNames.size === 0 && (this.statements.length > 1 || statement.kind !== 'expression');
        sections.push(this.sectionSince(mark, statement, aroundModule, movable));
      } else {
        this.membersOf = { body, sections, between, head: mark, start: tree.start[i]! };
        this.collectMarks(i, body);
        this.statement(i);
        this.membersOf = undefined;
      }
      if (this.misled) return;
      this.kept.push({ statement, first: mark.first, kind, sections, between, movable: sections.every((section) => section.movable) });
    }
    this.takeAgain();
    if (leaves) (this.blocks[0] as Writable<Block>).leaves = leaves;
  }

  keptKind(place: number): Statement['kind'] {
    return this.untouched!.kept.statements[place]!.statement.kind;
  }

  /** The statement of the top level at a node, by its place in the last version, where it need not be read. */
  known(i: number): number | undefined {
    const { tree } = this;
    return tree.next[i] === i + 1 ? this.untouched?.statement(tree.start[i]!, tree.end[i]!, tree.kind[i]!) : undefined;
  }

  /** The body of a class definition, decorated or not. */
  bodyOfClass(i: number): number | undefined {
    const definition = this.kindName(i) === 'decorated_definition' ? this.child(i, 'definition') : i;
    return definition === undefined ? undefined : this.child(definition, 'body');
  }

  classBody(body: number): void {
    const { membersOf, tree } = this;
    if (membersOf?.body !== body) {
      this.suite(body);
      return;
    }
    // What stands before the body is a section of its own, which is read with every edit of the class.
    membersOf.sections.push(this.sectionSince(membersOf.head, { start: membersOf.start, end: tree.start[body]! }, aroundModule, true, true));
    const around = { scope: this.scope, block: this.block };
    let leaves: Leaves;
    this.memberOf = this.scope;
    for (let i = body + 1; i < tree.next[body]!; i = tree.next[i]!) {
      const kind = tree.kind[i]!;
      if (kind === this.commentKind || (kind !== 65535 && !this.named[kind])) {
        const before = this.comments.length;
        this.collectMarks(i, tree.next[i]!);
        membersOf.between.push(...this.comments.slice(before));
        continue;
      }
      const plain = leaves === undefined && this.block === around.block && this.outerNames.size === 0;
      const known = tree.next[i] === i + 1 ? this.untouched?.member(tree.start[i]!, tree.end[i]!) : undefined;
      if (known) {
        if (!plain) {
          this.misled = true;
          return;
        }
        this.memberAgain(known, tree.start[i]!, around);
        const own = this.scopes[around.scope]!;
        for (const [name, binding] of known.members) append(own.bindings as Map<string, Binding[]>, name, binding);
        for (const [name, binding] of known.attributes) append(own.class!.attributes as Map<string, Binding[]>, name, binding);
        membersOf.sections.push(known);
        continue;
      }
      const mark = this.mark();
      this.collectMarks(i, tree.next[i]!);
      if (leaves && this.blocks[this.block]!.unreachableFrom === undefined) (this.blocks[this.block] as Writable<Block>).unreachableFrom = tree.start[i]!;
      leaves = this.statement(i) ?? leaves;
      const movable = plain && leaves === undefined && this.block === around.block && this.outerNames.size === 0;
      membersOf.sections.push(this.sectionSince(mark, { start: tree.start[i]!, end: tree.end[i]! }, around, movable));
    }
    this.memberOf = -1;
    if (leaves) (this.blocks[around.block] as Writable<Block>).leaves = leaves;
    this.block = around.block;
  }

  /** Where the lists end now, and fresh ones for what is gathered of one section. */
  mark(): Mark {
    this.placed = [];
    this.bound = [];
    this.members = [];
    this.attributes = [];
    return { first: this.lengths(), errors: this.errors.length };
  }

  lengths(): Lengths {
    return lengthsOf(this, this.comments, this.allBound, this.sections);
  }

  sectionSince({ first, errors }: Mark, { start, end }: Range, around: Around, movable: boolean, head = false): PythonSection {
    const section = new PythonSection({
      start, end, scopes: this.scopes.slice(first.scope), blocks: this.blocks.slice(first.block), calls: this.calls.slice(first.call), reads: this.reads.slice(first.read), loops: this.loops.slice(first.loop),
      withs: this.withs.slice(first.with), stores: this.stores.slice(first.store), bound: this.bound, members: this.members, attributes: this.attributes, comments: this.comments.slice(first.comment),
      movable: movable && this.errors.length === errors, head,
    }, first, around, this.placed);
    this.sections.push(section);
    copy(section.bound, 0, section.bound.length, this.allBound);
    return section;
  }

  /** A statement that the edit left alone, by its place in the last version, now at offset `start` (UTF-16). */
  statementAgain(place: number, start: number): void {
    const offset = start - this.untouched!.kept.statements[place]!.statement.start;
    if (this.again?.end !== place || this.again.offset !== offset) {
      this.takeAgain();
      this.again = { first: place, end: place, offset };
    }
    this.again.end++;
  }

  /** Puts the statements that were left alone into the lists, where their parts follow each other as they did before. */
  takeAgain(): void {
    if (!this.again) return;
    const { first, end, offset } = this.again;
    this.again = undefined;
    const { statements, facts, comments, bound } = this.untouched!.kept;
    const [from, to] = [statements[first]!.first, statements[end]?.first ?? lengthsOf(facts, comments, bound, facts.sections!)];
    const by = grown(from, this.lengths());
    copy(facts.scopes, from.scope, to.scope, this.scopes);
    copy(facts.blocks, from.block, to.block, this.blocks);
    copy(facts.calls, from.call, to.call, this.calls);
    copy(facts.reads, from.read, to.read, this.reads);
    copy(facts.loops, from.loop, to.loop, this.loops);
    copy(facts.withs, from.with, to.with, this.withs);
    copy(facts.stores, from.store, to.store, this.stores);
    copy(comments, from.comment, to.comment, this.comments);
    copy(facts.sections as readonly PythonSection[], from.section, to.section, this.sections);
    copy(facts.statements, first, end, this.statements);
    copy(statements, first, end, this.kept!);
    this.bindAgain(bound, from.bound, to.bound);
    const moves = Object.values(by).some((many) => many !== 0);
    for (let index = first; index < end && (moves || offset !== 0); index++) {
      if (offset !== 0) moveKin(statements[index]!, offset);
      if (moves) shiftKin(statements[index]!, by);
    }
  }

  /** What statements that the edit left alone bind in the module. */
  bindAgain(bound: PythonSection['bound'], start: number, end: number): void {
    copy(bound, start, end, this.allBound);
    const bindings = this.scopes[0]!.bindings as Map<string, Binding[]>;
    for (let at = start; at < end; at++) append(bindings, bound[at]![0], bound[at]![1]);
  }

  /** A member that the edit left alone, of a class that it touched, now at offset `start` (UTF-16). */
  memberAgain(section: PythonSection, start: number, around: Around): void {
    section.moveTo(start, this.lengths(), around);
    copy(section.scopes, 0, section.scopes.length, this.scopes);
    copy(section.blocks, 0, section.blocks.length, this.blocks);
    copy(section.calls, 0, section.calls.length, this.calls);
    copy(section.reads, 0, section.reads.length, this.reads);
    copy(section.loops, 0, section.loops.length, this.loops);
    copy(section.withs, 0, section.withs.length, this.withs);
    copy(section.stores, 0, section.stores.length, this.stores);
    copy(section.comments, 0, section.comments.length, this.comments);
    this.sections.push(section);
    this.bindAgain(section.bound, 0, section.bound.length);
  }

  firstImportOffset(): number {
    const { tree } = this;
    let offset = this.text.startsWith('#!') ? this.nextLine(0) : 0;
    let first = true;
    for (let i = 1; i < tree.count; i = tree.next[i]!) {
      const name = this.kindName(i);
      if (name === 'comment') {
        if (first && /^#.*?coding[:=]/.test(this.textOf(i))) offset = this.nextLine(tree.end[i]!);
        continue;
      }
      const docstring = first && name === 'expression_statement' && (this.isKnownDocstring(i) || this.kindName(i + 1) === 'string');
      if (!docstring && name !== 'future_import_statement') break;
      offset = this.nextLine(tree.end[i]!);
      first = false;
    }
    return offset;
  }

  isKnownDocstring(i: number): boolean {
    const known = this.known(i);
    return known !== undefined && this.keptKind(known) === 'docstring';
  }

  nextLine(offset: number): number {
    const at = this.text.indexOf('\n', offset);
    return at === -1 ? this.text.length : at + 1;
  }
}

type Lists = Pick<Facts, 'scopes' | 'blocks' | 'calls' | 'loops' | 'withs' | 'reads' | 'stores'>;

function lengthsOf({ scopes, blocks, calls, loops, withs, reads, stores }: Lists, comments: readonly Range[], bound: PythonSection['bound'], sections: readonly unknown[]): Lengths {
  return {
    scope: scopes.length, block: blocks.length, call: calls.length, loop: loops.length, with: withs.length, read: reads.length, store: stores.length,
    comment: comments.length, bound: bound.length, section: sections.length,
  };
}

function propertiesOf(sections: readonly PythonSection[]): readonly string[] {
  const all: string[] = [];
  for (const { properties } of sections) if (properties.length > 0) all.push(...properties);
  return all;
}

/** Adds the items from `start` to before `end`. */
function copy<T>(from: readonly T[], start: number, end: number, to: T[]): void {
  for (let at = start; at < end; at++) to.push(from[at]!);
}
