/** Facts of a Python file → bytes: a tenth of the memory, and what threads send each other. */

import type { Argument, Binding, Block, BoundValue, Call, Decorator, Expression, Facts, Loop, LoopFlow, NameUse, Scope, Test, With } from '../facts.ts';
import { isWide, unitsOf, Writer } from '../bytes.ts';
import { printOf } from '../print.ts';
import * as kinds from './kinds.ts';

/** What `Unpacked` reads: facts of a Python file without its path, and of its text the print and the lines. */
export function pack(facts: Facts): ArrayBuffer {
  return packer.pack(facts);
}

/**
 * Parts of the packed bytes, in order. Where each starts stands at the very beginning, in four bytes each; behind that the
 * number of expressions, and the print of the text. `groups` says how many bytes each `groupSize` expressions take.
 */
export const parts = ['strings', 'nodes', 'groups', 'scopes', 'blocks', 'calls', 'loops', 'rest', 'ignores', 'properties', 'lines'] as const;

/** Expressions are found by groups, so that one can be read without those before it. */
export const groupSize = 16;

/** Numbers of four bytes at the beginning. */
export const headLength = parts.length + 3;

/** Numbers of the words in a list. */
function numbers<T extends string>(words: readonly T[]): Readonly<Record<T, number>> {
  return Object.fromEntries(words.map((word, number) => [word, number])) as Record<T, number>;
}

const numberOf = {
  scope: numbers(kinds.scopeKinds), block: numbers(kinds.blockKinds), leaves: numbers(kinds.leaveKinds), role: numbers(kinds.roles), sequence: numbers(kinds.sequenceTypes),
  comprehension: numbers(kinds.comprehensionTypes), expression: numbers(kinds.expressionKinds), bound: numbers(kinds.boundKinds), test: numbers(kinds.testKinds), loop: numbers(kinds.loopKinds),
  exit: numbers(kinds.exitKinds), contained: numbers(kinds.contained), use: numbers(kinds.useKinds), body: numbers(kinds.bodyStatementKinds), statement: numbers(kinds.statementKinds), constant: numbers(kinds.constantKinds),
};

class Packer {
  readonly #strings = new Map<string, number>();
  /** Expressions, and the conditions that blocks share. */
  readonly #nodes = new Map<Expression | Test, number>();
  readonly #node = new Writer();
  /** Bytes of groups of nodes. */
  readonly #groups: number[] = [];
  #groupStart = 0;
  readonly #out = new Writer();
  readonly #heads = new Writer();

  pack(facts: Facts): ArrayBuffer {
    this.#strings.clear();
    this.#nodes.clear();
    this.#node.clear();
    this.#groups.length = 0;
    this.#groupStart = 0;
    const written = [
      () => this.#scopes(facts), () => this.#list(facts.blocks, (block) => this.#block(block)), () => this.#list(facts.calls, (call) => this.#call(call)), () => this.#list(facts.loops, (loop) => this.#loop(loop)), () => this.#rest(facts), () => this.#ignores(facts), () => this.#names(facts.properties),
      () => this.#lines(facts.text),
    ].map((write) => {
      this.#out.clear();
      write();
      return this.#out.written().slice();
    });
    this.#out.clear();
    for (const bytes of this.#groups) this.#out.number(bytes);
    const groups = this.#out.written().slice();
    this.#out.clear();
    this.#names([...this.#strings.keys()]);
    const all = [this.#out.written(), this.#node.written(), groups, ...written];
    const starts = new Uint32Array(headLength);
    const bytes = new Uint8Array(starts.byteLength + all.reduce((sum, one) => sum + one.length, 0));
    let at = starts.byteLength;
    for (const [i, part] of all.entries()) {
      starts[i] = at;
      bytes.set(part, at);
      at += part.length;
    }
    const { length, hash } = printOf(facts.text);
    starts.set([this.#nodes.size, length, hash], parts.length);
    bytes.set(new Uint8Array(starts.buffer));
    return bytes.buffer;
  }

  /** Strings with nothing around them. */
  #names(all: readonly string[]): void {
    const together = all.join('');
    const wide = isWide(together);
    this.#out.number(all.length);
    for (const one of all) this.#out.number(one.length);
    this.#out.number(wide ? 1 : 0);
    this.#out.bytes(unitsOf(together, wide));
  }

  /** Lengths of the lines of a text, each with what ends it (`\n`, `\r\n` or a lone `\r`). */
  #lines(text: string): void {
    let start = 0;
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (unit !== 10 && (unit !== 13 || text.charCodeAt(at + 1) === 10)) continue;
      this.#out.number(at + 1 - start);
      start = at + 1;
    }
  }

  #stringNumber(text: string): number {
    let known = this.#strings.get(text);
    if (known === undefined) this.#strings.set(text, (known = this.#strings.size));
    return known;
  }

  #string(text: string): void {
    this.#out.number(this.#stringNumber(text));
  }

  #list<T>(items: readonly T[], write: (item: T) => void): void {
    this.#out.number(items.length);
    for (const item of items) write(item);
  }

  #flags(...set: readonly boolean[]): void {
    let bits = 0;
    for (let i = 0; i < set.length; i++) if (set[i]) bits |= 1 << i;
    this.#out.number(bits);
  }

  // ── expressions and conditions: a list in which each comes after its parts ──

  #expression(expression: Expression): void {
    this.#out.number(this.#nodeNumber(expression));
  }

  #nodeNumber(expression: Expression): number {
    let known = this.#nodes.get(expression);
    if (known === undefined) {
      this.#writeNode(expression);
      known = this.#numbered(expression);
    }
    return known;
  }

  /** The number of a node that has just been written. */
  #numbered(node: Expression | Test): number {
    const number = this.#nodes.size;
    this.#nodes.set(node, number);
    if ((number + 1) % groupSize === 0) {
      this.#groups.push(this.#node.length - this.#groupStart);
      this.#groupStart = this.#node.length;
    }
    return number;
  }

  #writeNode(expression: Expression): void {
    const to = this.#node;
    const kind = numberOf.expression[expression.kind];
    // Parts first: they are written while they are numbered.
    const start = (...rest: readonly number[]): void => {
      to.number(kind);
      for (const one of rest) to.number(one);
    };
    switch (expression.kind) {
      case 'name': start(this.#stringNumber(expression.name)); break;
      case 'attribute': start(this.#nodeNumber(expression.object), this.#stringNumber(expression.name)); break;
      case 'call': start(expression.call); break;
      case 'await': case 'star': start(this.#nodeNumber(expression.value)); break;
      case 'subscript': start(this.#nodeNumber(expression.object), this.#nodeNumber(expression.index)); break;
      case 'constant': this.#constant(kind, expression.value); break;
      case 'sequence': start(numberOf.sequence[expression.type], expression.items.length, ...expression.items.map((item) => this.#nodeNumber(item))); break;
      case 'dictionary': start(expression.entries.length, ...expression.entries.flatMap(({ key, value }) => [this.#nodeNumber(key), this.#nodeNumber(value)])); break;
      case 'operation': start(this.#stringNumber(expression.operator), this.#nodeNumber(expression.left), this.#nodeNumber(expression.right)); break;
      case 'either': start(expression.options.length, ...expression.options.map((option) => this.#nodeNumber(option))); break;
      case 'lambda': start(expression.scope); break;
      case 'comprehension': start(numberOf.comprehension[expression.type], this.#nodeNumber(expression.element), expression.scope); break;
      case 'unknown': start(); break;
    }
  }

  #test(test: Test): void {
    this.#out.number(this.#testNumber(test));
  }

  #testNumber(test: Test): number {
    let known = this.#nodes.get(test);
    if (known !== undefined) return known;
    const parts = this.#partsOf(test);
    this.#node.number(kinds.expressionKinds.length + numberOf.test[test.kind]);
    for (const part of parts) this.#node.number(part);
    return this.#numbered(test);
  }

  #partsOf(test: Test): readonly number[] {
    switch (test.kind) {
      case 'truthy': return [this.#nodeNumber(test.value)];
      case 'not': return [this.#testNumber(test.test)];
      case 'and': case 'or': return [test.tests.length, ...test.tests.map((one) => this.#testNumber(one))];
      case 'compare': return [this.#stringNumber(test.operator), this.#nodeNumber(test.left), this.#nodeNumber(test.right)];
    }
  }

  #constant(kind: number, value: string | number | boolean | null): void {
    const to = this.#node;
    const text = typeof value === 'string' ? this.#stringNumber(value) : 0;
    to.number(kind);
    if (typeof value === 'string') {
      to.number(numberOf.constant.text);
      to.number(text);
    } else if (typeof value !== 'number') to.number(value === null ? numberOf.constant.null : value ? numberOf.constant.true : numberOf.constant.false);
    else if (Number.isInteger(value) && value >= 0 && value < 2 ** 31 && !Object.is(value, -0)) {
      to.number(numberOf.constant.whole);
      to.number(value);
    } else {
      to.number(numberOf.constant.double);
      to.double(value);
    }
  }

  // ── scopes and blocks ──

  /** The heads of all scopes, each with the lengths of what stands behind the heads in the same order: names, then the rest; either can be read alone. */
  #scopes({ scopes }: Facts): void {
    const [heads, out] = [this.#heads, this.#out];
    heads.clear();
    for (const scope of scopes) {
      const flags = (scope.outer ? 1 : 0) | (scope.function ? 2 : 0) | (scope.class ? 4 : 0);
      heads.number(flags);
      heads.number(numberOf.scope[scope.kind]);
      heads.number(this.#stringNumber(scope.name));
      heads.range(scope);
      heads.range(scope.nameRange);
      heads.signed(scope.parent);
      heads.signed(scope.block);
      const body = out.length;
      if (scope.bindings.size > 0) {
        out.restart(scope.start);
        this.#bindings(scope.bindings);
      }
      heads.number(out.length - body);
      if (flags === 0) continue;
      const details = out.length;
      out.restart(scope.start);
      this.#details(scope);
      heads.number(out.length - details);
    }
    const bodies = out.written().slice();
    out.clear();
    out.number(scopes.length);
    out.number(heads.length);
    out.bytes(heads.written());
    out.bytes(bodies);
  }

  #details({ start, outer, function: made, class: type }: Scope): void {
    const out = this.#out;
    if (outer) this.#list(outer, (name) => this.#string(name));
    if (made) {
      this.#flags(made.async, made.generator, made.awaits, made.returnAnnotation !== undefined, made.stub === 'empty', made.stub === 'missing');
      this.#list(made.decorators, (decorator) => this.#decorator(decorator));
      this.#list(made.parameters, (parameter) => {
        this.#flags(parameter.star === '*', parameter.star === '**', parameter.annotation !== undefined, parameter.default !== undefined);
        this.#string(parameter.name);
        if (parameter.annotation) this.#expression(parameter.annotation);
        if (parameter.default) this.#expression(parameter.default);
      });
      if (made.returnAnnotation) this.#expression(made.returnAnnotation);
      this.#list(made.returns, (value) => this.#expression(value));
      this.#list(made.yields, (value) => this.#expression(value));
      out.range(made.wholeRange);
      out.range(made.keywordRange);
      out.range(made.bodyRange);
    }
    if (type) {
      this.#list(type.decorators, (decorator) => this.#decorator(decorator));
      this.#list(type.bases, (base) => this.#expression(base));
      this.#list(type.keywords, ({ name, value }) => {
        this.#string(name);
        this.#expression(value);
      });
      out.restart(start);
      this.#bindings(type.attributes);
    }
  }

  #decorator(decorator: Decorator): void {
    this.#out.range(decorator);
    this.#expression(decorator.value);
  }

  #bindings(bindings: ReadonlyMap<string, readonly Binding[]>): void {
    this.#out.number(bindings.size);
    for (const [name, all] of bindings) {
      this.#string(name);
      this.#list(all, (binding) => {
        this.#bound(binding.value);
        this.#out.range(binding);
        this.#out.signed(binding.scope);
        this.#out.signed(binding.block);
      });
    }
  }

  #bound(value: BoundValue): void {
    const out = this.#out;
    const item = 'item' in value ? value.item : undefined;
    switch (value.kind) {
      case 'assigned': this.#boundHead(value, item !== undefined, value.annotation !== undefined); break;
      case 'import': this.#boundHead(value, value.member !== undefined, value.root === true); break;
      case 'element': case 'entered': this.#boundHead(value, item !== undefined, value.async); break;
      case 'exception': this.#boundHead(value, value.type !== undefined, false); break;
      default: this.#boundHead(value, false, false);
    }
    switch (value.kind) {
      case 'assigned':
        this.#expression(value.value);
        if (value.annotation) this.#expression(value.annotation);
        break;
      case 'annotated': this.#expression(value.annotation); break;
      case 'import': case 'star-import':
        this.#string(value.module);
        out.number(value.level);
        if (value.kind === 'import' && value.member !== undefined) this.#string(value.member);
        break;
      case 'function': case 'class': out.number(value.scope); break;
      case 'parameter': out.number(value.index); break;
      case 'element': case 'entered': this.#expression(value.of); break;
      case 'exception': if (value.type) this.#expression(value.type); break;
      case 'augmented':
        this.#string(value.operator);
        this.#expression(value.value);
        break;
      case 'deleted': case 'unknown': break;
    }
    if (item) this.#list(item, (index) => out.number(index));
  }

  #boundHead(value: BoundValue, first: boolean, second: boolean): void {
    this.#out.number(numberOf.bound[value.kind] * 4 + (first ? 1 : 0) + (second ? 2 : 0));
  }

  #block(block: Block): void {
    const out = this.#out;
    this.#flags(block.test !== undefined, block.not !== undefined, block.unreachableFrom !== undefined, block.leaves !== undefined, block.loop !== undefined, block.with !== undefined, block.async === true, block.async === false);
    out.number(numberOf.block[block.kind]);
    out.range(block);
    out.signed(block.parent);
    out.signed(block.scope);
    if (block.test) this.#test(block.test);
    if (block.not) this.#list(block.not, (test) => this.#test(test));
    if (block.unreachableFrom !== undefined) out.offset(block.unreachableFrom);
    if (block.leaves) out.number(numberOf.leaves[block.leaves]);
    if (block.loop !== undefined) out.number(block.loop);
    if (block.with !== undefined) out.number(block.with);
  }

  // ── calls ──

  #call(call: Call): void {
    const out = this.#out;
    const { awaited } = call;
    this.#flags(awaited !== undefined);
    out.number(numberOf.role[call.role]);
    out.range(call);
    this.#expression(call.callee);
    out.signed(call.calleeRange.end - call.start);
    out.signed(call.argumentsRange.start - call.start);
    out.number(call.scope);
    out.number(call.block);
    if (awaited) {
      out.signed(awaited.start - call.start);
      out.signed(awaited.end - call.end);
    }
    this.#list(call.arguments, (argument) => this.#argument(argument));
  }

  #argument(argument: Argument): void {
    this.#flags(argument.star === '*', argument.star === '**', argument.name !== undefined);
    this.#out.range(argument);
    this.#out.signed(argument.valueRange.start - argument.start);
    this.#expression(argument.value);
    if (argument.name !== undefined) this.#string(argument.name);
  }

  // ── loops ──

  #loop(loop: Loop): void {
    const out = this.#out;
    this.#flags(loop.async, loop.targetRange !== undefined, loop.iterable !== undefined, loop.iterableRange !== undefined, loop.test !== undefined, loop.hasElse, loop.flow !== undefined);
    out.number(numberOf.loop[loop.kind]);
    out.range(loop);
    out.number(loop.scope);
    out.number(loop.block);
    out.number(loop.body);
    out.range(loop.bodyRange);
    out.range(loop.headerRange);
    this.#list(loop.targets, (name) => this.#string(name));
    if (loop.targetRange) out.range(loop.targetRange);
    if (loop.iterable) this.#expression(loop.iterable);
    if (loop.iterableRange) out.range(loop.iterableRange);
    if (loop.test) this.#test(loop.test);
    if (loop.flow) this.#flow(loop.flow);
  }

  #flow(flow: LoopFlow): void {
    const out = this.#out;
    this.#list(flow.awaits, (one) => {
      out.range(one);
      this.#expression(one.value);
      out.range(one.valueRange);
      out.number(one.block);
    });
    this.#uses(flow.reads);
    this.#uses(flow.writes);
    this.#list(flow.exits, (exit) => {
      out.number(numberOf.exit[exit.kind] * 2 + (exit.nested ? 1 : 0));
      out.offset(exit.start);
    });
    this.#list(flow.contains, (one) => out.number(numberOf.contained[one]));
    this.#list(flow.statements, (statement) => {
      this.#flags(statement.targets !== undefined, statement.value !== undefined, statement.valueRange !== undefined);
      out.number(numberOf.body[statement.kind]);
      out.range(statement);
      if (statement.targets) this.#list(statement.targets, (name) => this.#string(name));
      if (statement.value) this.#expression(statement.value);
      if (statement.valueRange) out.range(statement.valueRange);
    });
  }

  #uses(uses: readonly NameUse[]): void {
    this.#list(uses, (use) => {
      this.#string(use.name);
      this.#list(use.path, (step) => this.#string(step));
      this.#out.number(numberOf.use[use.kind]);
      this.#out.range(use);
    });
  }

  // ── the rest ──

  #rest(facts: Facts): void {
    const out = this.#out;
    this.#list(facts.errors, (range) => out.range(range));
    out.number(facts.importsStart);
    this.#list(facts.statements, (statement) => {
      out.number(numberOf.statement[statement.kind]);
      out.range(statement);
    });
    this.#list(facts.reads, (read) => {
      this.#expression(read.value);
      out.range(read.nameRange);
      out.number(read.scope);
      out.number(read.block);
    });
    this.#list(facts.withs, (one) => this.#with(one));
    this.#list(facts.stores, (store) => {
      out.range(store);
      out.number(store.kind === 'item' ? 0 : 1);
      this.#expression(store.object);
      this.#string(store.key);
      this.#expression(store.value);
      out.range(store.valueRange);
      out.number(store.scope);
      out.number(store.block);
    });
  }

  #ignores({ ignores }: Facts): void {
    const out = this.#out;
    this.#list(ignores, (ignore) => {
      this.#flags(ignore.scope === 'file', ignore.source === 'noqa');
      out.range(ignore);
      out.range(ignore.target);
      this.#list(ignore.rules, (rule) => this.#string(rule));
      this.#list(ignore.ruleRanges, (range) => out.range(range));
    });
  }

  #with(one: With): void {
    const out = this.#out;
    this.#flags(one.async);
    out.range(one);
    out.number(one.scope);
    out.number(one.block);
    out.number(one.body);
    out.range(one.bodyRange);
    this.#list(one.items, (item) => {
      this.#flags(item.alias !== undefined);
      this.#expression(item.value);
      out.range(item.range);
      if (item.alias !== undefined) this.#string(item.alias);
    });
  }
}

const packer = new Packer();
