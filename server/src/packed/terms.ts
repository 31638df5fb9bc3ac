/** What all parts of packed facts speak of: strings and expressions, by number. */

import type { Expression, Test } from '../facts.ts';
import { Reader, stringAt, stringsAt } from '../bytes.ts';
import * as kinds from './kinds.ts';
import { groupSize, parts } from './pack.ts';

/** Conditions stand among the expressions. */
type Node = Expression | Test;

/** Each is read when somebody asks for it, or all at once. */
export class Terms {
  readonly #bytes: Uint8Array;
  readonly #starts: Uint32Array;
  readonly #strings: (string | undefined)[];
  /** Where the first string stands, and how many units after that each ends. */
  readonly #stringsStart: number;
  readonly #ends: readonly number[];
  readonly #wide: boolean;
  readonly #nodes: (Node | undefined)[];
  /** The byte where each group of nodes begins; undefined until one node alone is asked for. */
  #groups: readonly number[] | undefined;
  #complete = false;

  constructor(bytes: Uint8Array, starts: Uint32Array) {
    this.#bytes = bytes;
    this.#starts = starts;
    const from = new Reader(bytes, starts[parts.indexOf('strings')]!);
    let end = 0;
    this.#ends = from.list(() => (end += from.number()));
    this.#wide = from.number() === 1;
    this.#stringsStart = from.position;
    this.#strings = new Array<string | undefined>(this.#ends.length);
    this.#nodes = new Array<Node | undefined>(starts[parts.length]!);
  }

  string(number: number): string {
    const known = this.#strings[number];
    if (known !== undefined) return known;
    const start = number === 0 ? 0 : this.#ends[number - 1]!;
    return (this.#strings[number] = stringAt(this.#bytes, this.#stringsStart + (this.#wide ? 2 * start : start), this.#ends[number]! - start, this.#wide));
  }

  node(number: number): Node {
    const known = this.#nodes[number];
    if (known) return known;
    this.#groups ??= this.#readGroups();
    const from = new Reader(this.#bytes, this.#groups[Math.floor(number / groupSize)]!);
    for (let before = number % groupSize; before > 0; before--) skipNode(from);
    return (this.#nodes[number] = readNode(from, this));
  }

  #readGroups(): readonly number[] {
    let at = this.#starts[parts.indexOf('nodes')]!;
    const from = new Reader(this.#bytes, this.#starts[parts.indexOf('groups')]!);
    const groups = [at];
    for (let rest = this.#nodes.length; rest >= groupSize; rest -= groupSize) groups.push((at += from.number()));
    return groups;
  }

  /** Reads all of them, which takes less time than one after the other. Those that were read before stay. */
  readAll(): void {
    if (this.#complete) return;
    this.#complete = true;
    const ends = this.#ends;
    const lengths = ends.map((end, number) => (number === 0 ? end : end - ends[number - 1]!));
    for (const [number, one] of stringsAt(this.#bytes, this.#stringsStart, lengths, this.#wide).entries()) this.#strings[number] = one;
    const from = new Reader(this.#bytes, this.#starts[parts.indexOf('nodes')]!);
    for (let i = 0; i < this.#nodes.length; i++) {
      if (this.#nodes[i]) skipNode(from);
      else this.#nodes[i] = readNode(from, this);
    }
  }
}

function readNode(from: Reader, terms: Terms): Node {
  const number = from.number();
  if (number >= kinds.expressionKinds.length) return readTest(kinds.testKinds[number - kinds.expressionKinds.length]!, from, terms);
  const kind = kinds.expressionKinds[number]!;
  switch (kind) {
    case 'name': return { kind, name: terms.string(from.number()) };
    case 'attribute': return { kind, object: part(from, terms), name: terms.string(from.number()) };
    case 'call': return { kind, call: from.number() };
    case 'await': case 'star': return { kind, value: part(from, terms) };
    case 'subscript': return { kind, object: part(from, terms), index: part(from, terms) };
    case 'constant': return { kind, value: readConstant(from, terms) };
    case 'sequence': return { kind, type: kinds.sequenceTypes[from.number()]!, items: from.list(() => part(from, terms)) };
    case 'dictionary': return { kind, entries: from.list(() => ({ key: part(from, terms), value: part(from, terms) })) };
    case 'operation': return { kind, operator: terms.string(from.number()), left: part(from, terms), right: part(from, terms) };
    case 'either': return { kind, options: from.list(() => part(from, terms)) };
    case 'lambda': return { kind, scope: from.number() };
    case 'comprehension': return { kind, type: kinds.comprehensionTypes[from.number()]!, element: part(from, terms), scope: from.number() };
    case 'unknown': return { kind };
  }
}

function part(from: Reader, terms: Terms): Expression {
  return terms.node(from.number()) as Expression;
}

function readTest(kind: Test['kind'], from: Reader, terms: Terms): Test {
  switch (kind) {
    case 'truthy': return { kind, value: part(from, terms) };
    case 'not': return { kind, test: terms.node(from.number()) as Test };
    case 'and': case 'or': return { kind, tests: from.list(() => terms.node(from.number()) as Test) };
    case 'compare': return { kind, operator: terms.string(from.number()), left: part(from, terms), right: part(from, terms) };
  }
}

function readConstant(from: Reader, terms: Terms): string | number | boolean | null {
  switch (kinds.constantKinds[from.number()]!) {
    case 'text': return terms.string(from.number());
    case 'whole': return from.number();
    case 'double': return from.double();
    case 'true': return true;
    case 'false': return false;
    case 'null': return null;
  }
}

/** Goes past a node: by the numbers behind its kind. */
function skipNode(from: Reader): void {
  const number = from.number();
  const kind = kinds.expressionKinds[number] ?? kinds.testKinds[number - kinds.expressionKinds.length]!;
  switch (kind) {
    case 'unknown': return;
    case 'name': case 'call': case 'await': case 'star': case 'lambda': case 'truthy': case 'not': return skipNumbers(from, 1);
    case 'attribute': case 'subscript': return skipNumbers(from, 2);
    case 'operation': case 'comprehension': case 'compare': return skipNumbers(from, 3);
    case 'sequence':
      from.number();
      return skipNumbers(from, from.number());
    case 'either': case 'and': case 'or': return skipNumbers(from, from.number());
    case 'dictionary': return skipNumbers(from, 2 * from.number());
    case 'constant':
      switch (kinds.constantKinds[from.number()]!) {
        case 'text': case 'whole': return skipNumbers(from, 1);
        case 'double': return from.skip(8);
        default: return;
      }
  }
}

function skipNumbers(from: Reader, count: number): void {
  for (let rest = count; rest > 0; rest--) from.number();
}
