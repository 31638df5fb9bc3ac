/** Python expressions, and the scopes, blocks and calls they add to a file's facts. */

import type { Argument, Binding, Block, BoundValue, Call, Expression, Loop, Range, Read, Scope, Test } from '../facts.ts';
import { longestString, others, readersOf, unknown, type Reader, type Role } from './expression-readers.ts';
import type { Reading } from './gaps.ts';
import { append, copied, newInterned, shared, type Interned } from './interning.ts';
import { ArgumentAt, CallAt } from './python-calls.ts';
import { loopFlow } from './python-loops.ts';
import { PythonTree } from './python-tree.ts';
import type { FlatTree, TreeReader } from './tree.ts';

export type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Deeper nesting than people write: what lies below is left unread rather than overflowing the stack. */
const deepest = 900;

interface State {
  scope: number;
  block: number;
  outerNames: Map<string, number>;
  returns: Expression[] | undefined;
  yields: Expression[] | undefined;
  yielded: boolean;
  awaited: boolean;
}

export abstract class PythonExpressions extends PythonTree {
  readonly path: string;
  readonly scopes: Scope[] = [];
  readonly blocks: Block[] = [];
  readonly calls: Call[] = [];
  readonly reads: Read[] = [];
  readonly loops: Loop[] = [];
  scope = -1;
  block = -1;
  outerNames = new Map<string, number>();
  returns: Expression[] | undefined;
  yields: Expression[] | undefined;
  yielded = false;
  awaited = false;
  #depth = 0;
  readonly interned: Interned;
  /** Expressions of the section that is being read that hold places in the file's lists, and what it binds in the module. */
  placed: Expression[] = [];
  /** Of a file that is being edited, what its sections add is kept apart. */
  keepsSections = false;
  bound: [string, Binding][] = [];
  /** What it binds in the body of the class of the top level that it is a member of, and of its instances. */
  members: [string, Binding][] = [];
  attributes: [string, Binding][] = [];
  /** Scope of that class; -1 outside of one. */
  memberOf = -1;
  readonly #read: Set<Expression>[] = [];
  /** Calls, lambdas and comprehensions by node: visiting one twice does not add it twice. */
  readonly made = new Map<number, Expression>();
  readonly #readers: readonly Reader[];

  constructor(path: string, reading: Reading, tree: FlatTree, reader: TreeReader, interned = newInterned()) {
    super(reading, tree, reader);
    this.path = path;
    this.#readers = readersOf(this.kinds);
    this.interned = interned;
  }

  // ── scopes and bindings ──

  enter(): State {
    const { scope, block, outerNames, returns, yields, yielded, awaited } = this;
    this.outerNames = new Map();
    this.yielded = false;
    this.awaited = false;
    return { scope, block, outerNames, returns, yields, yielded, awaited };
  }

  leave(state: State): void {
    Object.assign(this, state);
  }

  openScope(kind: Scope['kind'], name: string, nameRange: Range, range: Range, parent: number, block: number): number {
    const index = this.scopes.length;
    this.scopes.push({ index, kind, name, nameRange, parent, block, bindings: new Map<string, Binding[]>(), start: range.start, end: range.end });
    this.#read[index] = new Set();
    this.scope = index;
    return index;
  }

  openBlock(kind: Block['kind'], range: Range, details: Partial<Block> = {}): number {
    const index = this.blocks.length;
    this.blocks.push({ index, kind, parent: this.block, scope: this.scope, start: range.start, end: range.end, ...details });
    return index;
  }

  reserveLoop(): number {
    return this.loops.push(undefined as never) - 1;
  }

  /** Innermost block around `offset`. */
  blockAt(offset: number): number {
    for (let index = this.blocks.length - 1; index > 0; index--) {
      const block = this.blocks[index]!;
      if (block.start <= offset && offset < block.end) return index;
    }
    return 0;
  }

  enclosingFunction(scope: number): number {
    for (let at = this.scopes[scope]!.parent; at > 0; at = this.scopes[at]!.parent) if (this.scopes[at]!.kind === 'function') return at;
    return 0;
  }

  bind(name: string, node: number, value: BoundValue): void {
    this.bindIn(this.scope, this.block, this.outerNames, name, node, value);
  }

  bindIn(scope: number, block: number, outerNames: ReadonlyMap<string, number>, name: string, node: number, value: BoundValue): void {
    const owner = outerNames.get(name) ?? scope;
    const binding: Binding = { start: this.tree.start[node]!, end: this.tree.end[node]!, scope, block, value };
    append(this.scopes[owner]!.bindings as Map<string, Binding[]>, name, binding);
    if (!this.keepsSections) return;
    if (owner === 0) this.bound.push([name, binding]);
    else if (owner === this.memberOf) this.members.push([name, binding]);
  }

  /** `self.x = …` in a method adds to the class's attributes, and so does `Name.x = …` in a method of the class of that name. */
  bindAttribute(target: Expression, node: number, value: BoundValue): void {
    if (target.kind !== 'attribute' || target.object.kind !== 'name') return;
    const owner = this.selfClass(target.object.name) ?? this.namedClass(target.object.name);
    if (owner === undefined) return;
    const binding: Binding = { start: this.tree.start[node]!, end: this.tree.end[node]!, scope: this.scope, block: this.block, value };
    append(this.scopes[owner]!.class!.attributes as Map<string, Binding[]>, target.name, binding);
    if (this.keepsSections && owner === this.memberOf) this.attributes.push([target.name, binding]);
  }

  /** The class whose instance (or self) `name` is here: the first parameter of the method around. */
  selfClass(name: string): number | undefined {
    for (let at = this.scope; at > 0; at = this.scopes[at]!.parent) {
      const bound = this.scopes[at]!.bindings.get(name)?.[0];
      if (!bound) continue;
      const parent = this.scopes[at]!.parent;
      return bound.value.kind === 'parameter' && bound.value.index === 0 && this.scopes[parent]?.kind === 'class' ? parent : undefined;
    }
    return undefined;
  }

  /** The class around the method here, where `name` is what it is called. */
  namedClass(name: string): number | undefined {
    for (let at = this.scope; at > 0; at = this.scopes[at]!.parent) {
      const scope = this.scopes[at]!;
      if (scope.kind === 'class') return scope.name === name && this.scope !== at ? at : undefined;
      if (scope.bindings.has(name)) return undefined;
    }
    return undefined;
  }

  marksAwait(): void {
    this.awaited = true;
  }

  names(i: number): string[] {
    if (this.kindName(i) === 'identifier') return [this.textOf(i)];
    if (this.kindName(i) === 'attribute' || this.kindName(i) === 'subscript') return [];
    return this.namedChildren(i).flatMap((child) => this.names(child));
  }

  // ── expressions ──

  abstract lambda(i: number): Expression;

  visitChildren(i: number): void {
    for (const child of this.namedChildren(i)) this.expression(child, 'value');
  }

  /** The expression at a node that was visited before: adds nothing. */
  quiet(i: number): Expression {
    return this.expression(i, 'value');
  }

  expression(i: number, role: Role): Expression {
    if (this.#depth > deepest) return unknown;
    this.#depth++;
    const value = this.#expression(i, role);
    this.#depth--;
    return value;
  }

  #expression(i: number, role: Role): Expression {
    return (this.#readers[this.tree.kind[i]!] ?? others)(this, i, role);
  }

  /** Of a file that is being edited it may be kept. Of others nothing is: their facts are packed at once. */
  override textOf(i: number): string {
    const text = super.textOf(i);
    return this.keepsSections ? shared(text) : text;
  }

  name(name: string): Expression {
    let known = this.interned.names.get(name);
    if (!known) this.interned.names.set(name, (known = { kind: 'name', name }));
    return known;
  }

  attribute(object: Expression, name: string): Expression {
    if (object.kind !== 'name' && object.kind !== 'attribute') return { kind: 'attribute', object, name };
    let known = this.interned.attributes.get(object);
    if (!known) this.interned.attributes.set(object, (known = new Map()));
    let value = known.get(name);
    if (!value) known.set(name, (value = { kind: 'attribute', object, name }));
    return value;
  }

  constant(value: string | number | boolean | null): Expression {
    let known = this.interned.constants.get(value);
    if (!known) {
      const own = typeof value === 'string' && this.keepsSections ? copied(value) : value;
      this.interned.constants.set(own, (known = { kind: 'constant', value: own }));
    }
    return known;
  }

  addRead(value: Expression & { kind: 'attribute' }, nameNode: number): void {
    // What runs at import is nobody's to wait for.
    const { kind } = this.scopes[this.scope]!;
    if (kind === 'module' || kind === 'class') return;
    const seen = this.#read[this.scope]!;
    if (seen.has(value)) return;
    seen.add(value);
    this.reads.push({ value, nameRange: this.range(nameNode), scope: this.scope, block: this.block });
  }

  string(i: number): Expression {
    let plain = true;
    let start = -1;
    let end = -1;
    for (const child of this.namedChildren(i)) {
      const kind = this.kindName(child);
      if (kind === 'interpolation') {
        plain = false;
        this.visitChildren(child);
      } else if (kind === 'string_start') {
        start = this.source.end[child]!;
        if (/[fFbB]/.test(this.textOf(child)) && /[fF]/.test(this.textOf(child))) plain = false;
      } else if (kind === 'string_end') end = this.source.start[child]!;
    }
    return plain && start >= 0 && end >= start ? this.constant(this.source.text.slice(start, Math.min(end, start + longestString))) : unknown;
  }

  annotation(i: number): Expression {
    return this.expression(i, 'target');
  }

  call(i: number, role: Role): Expression {
    const { tree } = this;
    const index = this.calls.push(undefined as never) - 1;
    const value: Expression = { kind: 'call', call: index };
    this.made.set(i, value);
    if (this.keepsSections) this.placed.push(value);
    const calleeNode = this.child(i, 'function')!;
    const list = this.child(i, 'arguments')!;
    const callee = this.expression(calleeNode, 'callee');
    const args = this.kindName(list) === 'generator_expression' ? [this.argument(list)] : this.namedChildren(list).map((child) => this.argument(child));
    this.calls[index] = new CallAt(index, callee, args, this.scope, this.block, role === 'target' ? 'value' : role, tree.start[i]! + this.starLength(i), tree.end[i]!, tree.end[calleeNode]!, tree.start[list]!);
    return value;
  }

  argument(i: number): Argument {
    const { start, end } = this.tree;
    switch (this.kindName(i)) {
      case 'keyword_argument': {
        const value = this.child(i, 'value')!;
        return new ArgumentAt(this.expression(value, 'argument'), start[i]!, end[i]!, start[value]!, this.textOf(this.child(i, 'name')!), undefined);
      }
      case 'list_splat': case 'dictionary_splat': {
        const inner = this.namedChildren(i)[0];
        return new ArgumentAt(inner === undefined ? unknown : this.expression(inner, 'argument'), start[i]!, end[i]!, start[inner ?? i]!, undefined, this.kindName(i) === 'list_splat' ? '*' : '**');
      }
      default: return new ArgumentAt(this.expression(i, 'argument'), start[i]!, end[i]!, start[i]!, undefined, undefined);
    }
  }

  comprehension(i: number): Expression {
    const kind = this.kindName(i);
    const type = kind === 'list_comprehension' ? 'list' : kind === 'set_comprehension' ? 'set' : kind === 'dictionary_comprehension' ? 'dictionary' : 'generator';
    const children = this.namedChildren(i);
    const clauses = children.filter((child) => this.kindName(child) === 'for_in_clause');
    const outerScope = this.scope;
    const outerBlock = this.block;
    const flows: number[] = [];
    const sources = new Map<number, Expression>();
    // The first iterable is evaluated outside.
    const first = clauses[0];
    const firstRight = first === undefined ? undefined : this.child(first, 'right');
    if (first !== undefined && firstRight !== undefined) sources.set(first, this.expression(firstRight, 'iterated'));
    const range = this.range(i);
    const scope = this.openScope('comprehension', '', { start: range.start, end: range.start + 1 }, range, outerScope, outerBlock);
    this.block = this.openBlock('body', range);
    const body = this.child(i, 'body');
    for (const clause of children) {
      if (this.kindName(clause) === 'for_in_clause') {
        const right = this.child(clause, 'right');
        const left = this.child(clause, 'left');
        if (right === undefined || left === undefined) continue;
        const of = sources.get(clause) ?? this.expression(right, 'iterated');
        const async = this.hasToken(clause, 'async');
        if (async) this.marksAwait();
        this.comprehensionTarget(left, [], of, async);
        this.loops.push({
          index: this.loops.length, kind: 'comprehension', async, scope: clause === first ? outerScope : scope, block: clause === first ? outerBlock : this.block, body: this.block,
          start: range.start, end: range.end, bodyRange: this.range(body ?? i), headerRange: this.range(clause),
          targets: this.names(left), targetRange: this.range(left), iterable: of, iterableRange: this.range(right), hasElse: false,
        });
        if (body !== undefined && this.containsAwait(body)) flows.push(this.loops.length - 1);
      } else if (this.kindName(clause) === 'if_clause') this.visitChildren(clause);
    }
    let element: Expression = unknown;
    if (body !== undefined) {
      if (this.kindName(body) === 'pair') {
        this.expression(this.child(body, 'key')!, 'value');
        element = this.expression(this.child(body, 'value')!, 'value');
      } else element = this.expression(body, 'value');
    }
    for (const flow of flows) (this.loops[flow] as Writable<Loop>).flow = loopFlow(this, body!, [], (offset) => this.blockAt(offset));
    this.scope = outerScope;
    this.block = outerBlock;
    const value: Expression = { kind: 'comprehension', type, element, scope };
    this.made.set(i, value);
    if (this.keepsSections) this.placed.push(value);
    return value;
  }

  comprehensionTarget(i: number, item: readonly number[], of: Expression, async: boolean): void {
    if (this.kindName(i) === 'identifier') this.bind(this.textOf(i), i, { kind: 'element', of, async, ...(item.length ? { item } : {}) });
    else this.namedChildren(i).forEach((child, index) => this.comprehensionTarget(child, [...item, index], of, async));
  }

  // ── conditions ──

  condition(i: number): Test {
    switch (this.kindName(i)) {
      case 'parenthesized_expression': {
        const inner = this.namedChildren(i)[0];
        return inner === undefined ? { kind: 'truthy', value: unknown } : this.condition(inner);
      }
      case 'not_operator': return { kind: 'not', test: this.condition(this.child(i, 'argument')!) };
      case 'boolean_operator': {
        const left = this.child(i, 'left')!;
        const right = this.child(i, 'right')!;
        const kind = this.operatorText(i) === 'and' ? 'and' : 'or';
        const first = this.condition(left);
        const outer = this.block;
        this.block = this.openBlock('conditional', this.range(right), kind === 'and' ? { test: first } : { not: [first] });
        const second = this.condition(right);
        this.block = outer;
        return { kind, tests: [first, second] };
      }
      case 'comparison_operator': {
        const operands = this.namedChildren(i).map((child) => this.expression(child, 'value'));
        const operator = this.children(i, 'operators').length > 0 ? '' : this.comparisonOperator(i);
        return operands.length === 2 ? { kind: 'compare', operator, left: operands[0]!, right: operands[1]! } : { kind: 'truthy', value: unknown };
      }
      default: return { kind: 'truthy', value: this.expression(i, 'value') };
    }
  }

  comparisonOperator(i: number): string {
    const { tree } = this;
    const words: string[] = [];
    for (let k = i + 1; k < tree.next[i]!; k = tree.next[k]!) {
      if (tree.kind[k] !== 65535 && !this.named[tree.kind[k]!]) words.push(this.textOf(k));
    }
    return words.join(' ');
  }
}
