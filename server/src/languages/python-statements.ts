/** Python statements, with the blocks and bindings they add to a file's facts. */

import type { Block, BodyStatement, BoundValue, Expression, Loop, Scope, Statement, Store, With } from '../facts.ts';
import { PythonDefinitions } from './python-definitions.ts';
import { unknown } from './expression-readers.ts';
import type { Writable } from './python-expressions.ts';
import { loopFlow } from './python-loops.ts';

/** Targets among which the items of one value are shared out: `a, b = items`. */
const unpacks: ReadonlySet<string> = new Set(['pattern_list', 'tuple_pattern', 'list_pattern']);

/** How a statement always leaves what it stands in, if it does. */
export type Leaves = Block['leaves'];

export abstract class PythonStatements extends PythonDefinitions {
  readonly withs: With[] = [];
  readonly stores: Store[] = [];

  /** Visits the statements of a block node; says how it always leaves, if it does. */
  suite(node: number): Leaves {
    const { tree } = this;
    const outer = this.block;
    let leaves: Leaves;
    for (let i = node + 1; i < tree.next[node]!; i = tree.next[i]!) {
      if ((!this.named[tree.kind[i]!] && tree.kind[i] !== 65535) || tree.kind[i] === this.commentKind) continue;
      if (leaves && this.blocks[this.block]!.unreachableFrom === undefined) (this.blocks[this.block] as Writable<Block>).unreachableFrom = tree.start[i]!;
      leaves = this.statement(i) ?? leaves;
    }
    if (leaves) (this.blocks[outer] as Writable<Block>).leaves = leaves;
    this.block = outer;
    return leaves;
  }

  statementKind(i: number, first: boolean): Statement['kind'] {
    switch (this.kindName(i)) {
      case 'import_statement': return 'import';
      case 'import_from_statement': return 'from-import';
      case 'future_import_statement': return 'future';
      case 'function_definition': return 'function';
      case 'class_definition': return 'class';
      case 'decorated_definition': return this.kindName(this.lastChild(i)) === 'class_definition' ? 'class' : 'function';
      case 'if_statement': return 'if';
      case 'try_statement': return 'try';
      case 'with_statement': return 'with';
      case 'for_statement': return 'for';
      case 'expression_statement': {
        const inner = this.kindName(i + 1);
        if (first && inner === 'string') return 'docstring';
        return inner === 'assignment' ? 'assignment' : 'expression';
      }
      default: return 'other';
    }
  }

  statement(i: number): Leaves {
    const { tree } = this;
    switch (this.kindName(i)) {
      case 'expression_statement':
        for (const child of this.namedChildren(i)) this.expressionStatement(child);
        return undefined;
      case 'import_statement': this.importStatement(i); return undefined;
      case 'import_from_statement': this.importFrom(i); return undefined;
      case 'future_import_statement': return undefined;
      case 'function_definition': this.functionDefinition(i, [], i); return undefined;
      case 'class_definition': this.classDefinition(i, [], i); return undefined;
      case 'decorated_definition': this.decorated(i); return undefined;
      case 'if_statement': return this.ifStatement(i);
      case 'for_statement': this.forStatement(i); return undefined;
      case 'while_statement': return this.whileStatement(i);
      case 'with_statement': return this.withStatement(i);
      case 'try_statement': return this.tryStatement(i);
      case 'match_statement': this.matchStatement(i); return undefined;
      case 'return_statement': {
        const child = this.namedChildren(i)[0];
        const value = child === undefined ? ({ kind: 'constant', value: null } as const) : this.expression(child, 'value');
        this.returns?.push(value);
        return 'return';
      }
      case 'raise_statement': this.visitChildren(i); return 'raise';
      case 'break_statement': return 'break';
      case 'continue_statement': return 'continue';
      case 'delete_statement':
        for (const child of this.namedChildren(i)) {
          for (const target of this.kindName(child) === 'expression_list' ? this.namedChildren(child) : [child]) {
            if (this.kindName(target) === 'identifier') this.bind(this.textOf(target), target, { kind: 'deleted' });
            else this.expression(target, 'value');
          }
        }
        return undefined;
      case 'global_statement':
      case 'nonlocal_statement': {
        const global = this.kindName(i) === 'global_statement';
        for (const child of this.namedChildren(i)) this.outerNames.set(this.textOf(child), global ? 0 : this.enclosingFunction(this.scope));
        (this.scopes[this.scope] as Writable<Scope>).outer = [...this.outerNames.keys()];
        return undefined;
      }
      case 'type_alias_statement': this.typeAlias(i); return undefined;
      case 'block': this.suite(i); return undefined;
      default:
        // Broken code: the pieces are still worth reading.
        if (tree.kind[i] === 65535) for (const child of this.namedChildren(i)) this.statement(child);
        else this.expression(i, 'statement');
        return undefined;
    }
  }

  expressionStatement(i: number): void {
    switch (this.kindName(i)) {
      case 'assignment': this.assignment(i); return;
      case 'augmented_assignment': {
        const left = this.child(i, 'left')!;
        const right = this.child(i, 'right')!;
        const value = this.expression(right, 'value');
        const operator = this.operatorText(i);
        if (this.kindName(left) === 'identifier') this.bind(this.textOf(left), left, { kind: 'augmented', operator, value });
        else {
          const target = this.expression(left, 'value');
          this.setAttribute(target, left, { kind: 'augmented', operator, value });
        }
        return;
      }
      default: this.expression(i, 'statement');
    }
  }

  assignment(i: number): Expression {
    const left = this.child(i, 'left');
    const right = this.child(i, 'right');
    const type = this.child(i, 'type');
    const annotation = type === undefined ? undefined : this.annotation(type);
    let value: Expression | undefined;
    if (right !== undefined) value = this.kindName(right) === 'assignment' ? this.assignment(right) : this.expression(right, left !== undefined && unpacks.has(this.kindName(left)) ? 'iterated' : 'value');
    if (left !== undefined) {
      if (value && right !== undefined && this.kindName(left) === 'subscript') this.store(left, right, value);
      else if (value) this.target(left, [], (item) => ({ kind: 'assigned', value: value!, ...(item.length ? { item } : {}), ...(annotation ? { annotation } : {}) }));
      else if (annotation) this.target(left, [], () => ({ kind: 'annotated', annotation }));
    }
    return value ?? unknown;
  }

  store(left: number, right: number, value: Expression): void {
    const target = this.expression(left, 'target');
    if (target.kind !== 'subscript' || target.index.kind !== 'constant' || typeof target.index.value !== 'string') return;
    this.stores.push({ ...this.range(left), kind: 'item', object: target.object, key: target.index.value, value, valueRange: this.range(right), scope: this.scope, block: this.block });
  }

  /** Attributes of classes, and what is set on the state of applications and requests. */
  setAttribute(target: Expression, node: number, value: BoundValue): void {
    this.bindAttribute(target, node, value);
    if (target.kind !== 'attribute' || (target.object.kind !== 'attribute' && target.object.kind !== 'name') || target.object.name !== 'state' || value.kind === 'annotated') return;
    const plain = value.kind === 'assigned' && !value.item ? value.value : unknown;
    this.stores.push({ ...this.range(node), kind: 'attribute', object: target.object, key: target.name, value: plain, valueRange: this.range(node), scope: this.scope, block: this.block });
  }

  /** Binds every name in an assignment target. */
  target(i: number, item: readonly number[], value: (item: readonly number[]) => BoundValue): void {
    switch (this.kindName(i)) {
      case 'identifier': this.bind(this.textOf(i), i, value(item)); return;
      case 'attribute': this.setAttribute(this.expression(i, 'target'), i, value(item)); return;
      case 'pattern_list': case 'tuple_pattern': case 'list_pattern': case 'tuple': case 'list': case 'expression_list': case 'as_pattern_target':
        this.namedChildren(i).forEach((child, index) => this.target(child, this.kindName(i) === 'as_pattern_target' ? item : [...item, index], value));
        return;
      case 'list_splat_pattern': case 'list_splat':
        for (const child of this.namedChildren(i)) this.target(child, [], () => ({ kind: 'unknown' }));
        return;
      default: this.expression(i, 'target');
    }
  }

  /** `type Database = Annotated[Session, Depends(get_db)]`; generic ones are left out. */
  typeAlias(i: number): void {
    const [left, right] = this.namedChildren(i);
    const name = left === undefined ? undefined : this.namedChildren(left)[0];
    if (name === undefined || right === undefined || this.kindName(name) !== 'identifier') return;
    this.bind(this.textOf(name), name, { kind: 'assigned', value: this.annotation(right) });
  }

  importStatement(i: number): void {
    for (const child of this.namedChildren(i)) {
      if (this.kindName(child) === 'aliased_import') {
        const module = this.dotted(this.child(child, 'name')!);
        const alias = this.child(child, 'alias')!;
        this.bind(this.textOf(alias), alias, { kind: 'import', module, level: 0 });
      } else {
        const module = this.dotted(child);
        const root = module.split('.', 1)[0]!;
        this.bind(root, child, { kind: 'import', module, level: 0, ...(root === module ? {} : { root: true }) });
      }
    }
  }

  importFrom(i: number): void {
    const from = this.child(i, 'module_name');
    if (from === undefined) return;
    const written = this.textOf(from).replace(/\s/g, '');
    const level = /^\.*/.exec(written)![0].length;
    const module = written.slice(level);
    for (const child of this.namedChildren(i)) {
      if (child === from) continue;
      switch (this.kindName(child)) {
        case 'aliased_import': {
          const alias = this.child(child, 'alias')!;
          this.bind(this.textOf(alias), alias, { kind: 'import', module, level, member: this.dotted(this.child(child, 'name')!) });
          break;
        }
        case 'dotted_name': {
          const member = this.dotted(child);
          this.bind(member, child, { kind: 'import', module, level, member });
          break;
        }
        case 'wildcard_import': this.bind('*', child, { kind: 'star-import', module, level }); break;
      }
    }
  }

  // ── compound statements ──

  ifStatement(i: number): Leaves {
    const outer = this.block;
    let test = this.condition(this.child(i, 'condition')!);
    const not = [] as NonNullable<Block['test']>[];
    const branches: Leaves[] = [];
    const consequence = this.child(i, 'consequence');
    branches.push(consequence === undefined ? undefined : this.branch('if', consequence, outer, test, []));
    not.push(test);
    let complete = false;
    for (const alternative of this.children(i, 'alternative')) {
      if (this.kindName(alternative) === 'elif_clause') {
        this.block = this.openBlock('else', this.range(alternative), { not: [...not] });
        test = this.condition(this.child(alternative, 'condition')!);
        this.block = outer;
        const body = this.child(alternative, 'consequence');
        branches.push(body === undefined ? undefined : this.branch('if', body, outer, test, not));
        not.push(test);
      } else {
        complete = true;
        const body = this.child(alternative, 'body');
        branches.push(body === undefined ? undefined : this.branch('else', body, outer, undefined, not));
      }
    }
    this.block = outer;
    if (complete && branches.every((leaves) => leaves)) return branches[0];
    // What follows `if x: return` runs only when x was false.
    const gone = not.filter((_, index) => branches[index]);
    if (gone.length > 0) this.block = this.openBlock('else', { start: this.tree.end[i]!, end: this.blocks[outer]!.end }, { not: gone });
    return undefined;
  }

  branch(kind: 'if' | 'else', body: number, outer: number, test: Block['test'], not: NonNullable<Block['not']>): Leaves {
    this.block = outer;
    this.block = this.openBlock(kind, this.range(body), { ...(test ? { test } : {}), ...(not.length ? { not: [...not] } : {}) });
    const leaves = this.suite(body);
    this.block = outer;
    return leaves;
  }

  forStatement(i: number): void {
    const outer = this.block;
    const left = this.child(i, 'left')!;
    const right = this.child(i, 'right')!;
    const body = this.child(i, 'body');
    const async = this.hasToken(i, 'async');
    if (async) this.marksAwait();
    const of = this.expression(right, 'iterated');
    const index = this.reserveLoop();
    const inner = this.openBlock('for', body === undefined ? this.range(i) : this.range(body), { loop: index, async });
    this.block = inner;
    this.target(left, [], (item) => ({ kind: 'element', of, async, ...(item.length ? { item } : {}) }));
    const alternative = this.child(i, 'alternative');
    const { tree } = this;
    this.loops[index] = {
      index, kind: 'for', async, scope: this.scope, block: outer, body: inner, ...this.range(i),
      bodyRange: body === undefined ? { start: tree.end[i]!, end: tree.end[i]! } : this.range(body),
      headerRange: { start: tree.start[i]!, end: body === undefined ? tree.end[i]! : this.endOfHeader(i, body) },
      targets: this.names(left), targetRange: this.range(left), iterable: of, iterableRange: this.range(right), hasElse: alternative !== undefined,
    };
    if (body !== undefined) this.suite(body);
    this.block = outer;
    if (alternative !== undefined) this.suiteBlock('loop-else', this.child(alternative, 'body') ?? alternative);
    this.addFlow(index, body);
  }

  whileStatement(i: number): Leaves {
    const outer = this.block;
    const body = this.child(i, 'body');
    const index = this.reserveLoop();
    const condition = this.child(i, 'condition')!;
    const inner = this.openBlock('while', body === undefined ? this.range(i) : this.range(body), { loop: index });
    this.block = inner;
    const test = this.condition(condition);
    (this.blocks[inner] as Writable<Block>).test = test;
    const alternative = this.child(i, 'alternative');
    this.loops[index] = {
      index, kind: 'while', async: false, scope: this.scope, block: outer, body: inner, ...this.range(i),
      bodyRange: body === undefined ? { start: this.tree.end[i]!, end: this.tree.end[i]! } : this.range(body),
      headerRange: { start: this.tree.start[i]!, end: body === undefined ? this.tree.end[i]! : this.endOfHeader(i, body) },
      targets: [], test, hasElse: alternative !== undefined,
    };
    if (body !== undefined) this.suite(body);
    this.block = outer;
    if (alternative !== undefined) this.suiteBlock('loop-else', this.child(alternative, 'body') ?? alternative);
    this.addFlow(index, body);
    return undefined;
  }

  addFlow(index: number, body: number | undefined): void {
    if (body === undefined || !this.containsAwait(body)) return;
    (this.loops[index] as Writable<Loop>).flow = loopFlow(this, body, this.bodyStatements(body), (offset) => this.blockAt(offset));
  }

  bodyStatements(body: number): BodyStatement[] {
    const found: BodyStatement[] = [];
    for (const child of this.namedChildren(body)) {
      const inner = this.kindName(child) === 'expression_statement' ? this.namedChildren(child)[0] : undefined;
      if (inner === undefined) found.push({ kind: 'other', ...this.range(child) });
      else if (this.kindName(inner) === 'assignment' && this.child(inner, 'right') !== undefined && this.kindName(this.child(inner, 'right')!) !== 'assignment') {
        const right = this.child(inner, 'right')!;
        found.push({ kind: 'assign', ...this.range(child), targets: this.names(this.child(inner, 'left')!), value: this.quiet(right), valueRange: this.range(right) });
      } else if (this.kindName(inner) === 'assignment' || this.kindName(inner) === 'augmented_assignment') found.push({ kind: 'other', ...this.range(child) });
      else found.push({ kind: 'expression', ...this.range(child), value: this.quiet(inner), valueRange: this.range(inner) });
    }
    return found;
  }

  withStatement(i: number): Leaves {
    const outer = this.block;
    const async = this.hasToken(i, 'async');
    if (async) this.marksAwait();
    const body = this.child(i, 'body');
    const clause = this.namedChildren(i).find((child) => this.kindName(child) === 'with_clause');
    const items: With['items'][number][] = [];
    const bound: { target: number; of: Expression }[] = [];
    for (const item of clause === undefined ? [] : this.withItems(clause)) {
      let value = this.child(item, 'value') ?? this.namedChildren(item)[0];
      let alias: number | undefined;
      if (value !== undefined && this.kindName(value) === 'as_pattern') {
        alias = this.child(value, 'alias');
        value = this.namedChildren(value)[0];
      }
      if (value === undefined) continue;
      const of = this.expression(value, 'with');
      if (alias !== undefined) bound.push({ target: alias, of });
      items.push({ value: of, range: this.range(value), ...(alias === undefined ? {} : { alias: this.textOf(alias) }) });
    }
    const index = this.withs.length;
    const inner = this.openBlock('with', body === undefined ? this.range(i) : this.range(body), { with: index, async });
    this.block = inner;
    for (const { target, of } of bound) this.target(target, [], (item) => ({ kind: 'entered', of, async, ...(item.length ? { item } : {}) }));
    this.withs.push({ index, async, scope: this.scope, block: outer, body: inner, ...this.range(i), bodyRange: body === undefined ? { start: this.tree.end[i]!, end: this.tree.end[i]! } : this.range(body), items });
    const leaves = body === undefined ? undefined : this.suite(body);
    this.block = outer;
    // A context manager may swallow what is raised.
    return leaves === 'raise' ? undefined : leaves;
  }

  /** `with (a, b):` is parsed as one tuple in parentheses. */
  withItems(clause: number): number[] {
    return this.namedChildren(clause).filter((child) => this.kindName(child) === 'with_item').flatMap((item) => {
      const value = this.child(item, 'value');
      if (value !== undefined && this.kindName(value) === 'tuple') return this.namedChildren(value).filter((child) => this.kindName(child) !== 'comment').map((child) => child);
      return [item];
    });
  }

  tryStatement(i: number): Leaves {
    const outer = this.block;
    const body = this.child(i, 'body');
    const attempts: Leaves[] = [body === undefined ? undefined : this.suiteBlock('try', body)];
    let finish: Leaves;
    for (const clause of this.namedChildren(i)) {
      const kind = this.kindName(clause);
      if (kind === 'except_clause' || kind === 'except_group_clause') {
        this.block = this.openBlock('except', this.range(clause));
        const inner = this.block;
        let block: number | undefined;
        for (const child of this.namedChildren(clause)) {
          if (this.kindName(child) === 'block') block = child;
          else if (this.kindName(child) === 'as_pattern') {
            const alias = this.child(child, 'alias');
            const type = this.expression(this.namedChildren(child)[0]!, 'value');
            if (alias !== undefined) this.target(alias, [], () => ({ kind: 'exception', type }));
          } else if (this.kindName(child) !== 'comment') this.expression(child, 'value');
        }
        attempts.push(block === undefined ? undefined : this.suite(block));
        if (attempts.at(-1)) (this.blocks[inner] as Writable<Block>).leaves = attempts.at(-1);
        this.block = outer;
      } else if (kind === 'else_clause') {
        const leaves = this.suiteBlock('try-else', this.child(clause, 'body') ?? clause);
        attempts[0] ??= leaves;
      } else if (kind === 'finally_clause') {
        const block = this.namedChildren(clause).find((child) => this.kindName(child) === 'block');
        if (block !== undefined) finish = this.suiteBlock('finally', block);
      }
    }
    this.block = outer;
    return finish ?? (attempts.every((leaves) => leaves) ? attempts[0] : undefined);
  }

  matchStatement(i: number): void {
    for (const subject of this.children(i, 'subject')) this.expression(subject, 'value');
    const outer = this.block;
    const body = this.child(i, 'body');
    for (const clause of body === undefined ? [] : this.namedChildren(body)) {
      this.block = this.openBlock('case', this.range(clause));
      for (const child of this.namedChildren(clause)) {
        if (this.kindName(child) === 'case_pattern') this.patternNames(child);
        else if (this.kindName(child) === 'if_clause') this.visitChildren(child);
      }
      const consequence = this.child(clause, 'consequence');
      if (consequence !== undefined) this.suite(consequence);
      this.block = outer;
    }
  }

  patternNames(i: number): void {
    for (let k = i + 1; k < this.tree.next[i]!; k++) {
      if (this.kindName(k) === 'identifier' || (this.kindName(k) === 'dotted_name' && !this.textOf(k).includes('.'))) this.bind(this.textOf(k), k, { kind: 'unknown' });
    }
  }

  suiteBlock(kind: Block['kind'], node: number): Leaves {
    const outer = this.block;
    this.block = this.openBlock(kind, this.range(node));
    const leaves = this.suite(node);
    this.block = outer;
    return leaves;
  }
}
