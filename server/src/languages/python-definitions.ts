/** Python functions, classes and lambdas, each with a scope of its own. */

import type { Binding, Block, Expression, FunctionFacts, Parameter, Range, Scope } from '../facts.ts';
import { unknown } from './expression-readers.ts';
import { PythonExpressions, type Writable } from './python-expressions.ts';

export abstract class PythonDefinitions extends PythonExpressions {
  /** Visits the statements of a block; says how it always leaves, if it does. */
  abstract suite(node: number): Block['leaves'];

  abstract statement(i: number): Block['leaves'];

  /** Visits the body of a class. */
  abstract classBody(node: number): void;

  decorated(i: number): void {
    const decorators = this.namedChildren(i).filter((child) => this.kindName(child) === 'decorator').map((child) => {
      const inner = this.namedChildren(child)[0];
      return { value: inner === undefined ? unknown : this.expression(inner, 'decorator'), ...this.range(child) };
    });
    const definition = this.child(i, 'definition');
    if (definition === undefined) return;
    if (this.kindName(definition) === 'class_definition') this.classDefinition(definition, decorators, i);
    else this.functionDefinition(definition, decorators, i);
  }

  functionDefinition(i: number, decorators: FunctionFacts['decorators'], whole: number): void {
    const { tree } = this;
    const nameNode = this.child(i, 'name');
    if (nameNode === undefined) return;
    const parameterNode = this.child(i, 'parameters');
    const returnType = this.child(i, 'return_type');
    const returnAnnotation = returnType === undefined ? undefined : this.annotation(returnType);
    const { parameters, nodes } = this.parameters(parameterNode);
    const name = this.textOf(nameNode);
    const body = this.child(i, 'body');
    const state = this.enter();
    const scope = this.openScope('function', name, this.range(nameNode), this.range(whole), state.scope, state.block);
    this.bindIn(state.scope, state.block, state.outerNames, name, nameNode, { kind: 'function', scope });
    this.block = this.openBlock('body', body === undefined ? this.range(i) : this.range(body));
    this.returns = [];
    this.yields = [];
    nodes.forEach((node, index) => this.bind(parameters[index]!.name, node, { kind: 'parameter', index }));
    // Half-typed code may stand before the body, or be all there is of it.
    for (const child of this.namedChildren(i)) if (tree.kind[child] === 65535) this.statement(child);
    if (body !== undefined) this.suite(body);
    const stub = body === undefined ? undefined : this.#stub(body);
    (this.scopes[scope] as Writable<Scope>).function = {
      async: this.hasToken(i, 'async'), generator: this.yielded, decorators, parameters,
      ...(returnAnnotation ? { returnAnnotation } : {}), returns: this.returns.slice(), yields: this.yields.slice(),
      wholeRange: this.range(whole), keywordRange: this.keyword(i, this.hasToken(i, 'async') ? 5 : 3),
      bodyRange: body === undefined ? { start: tree.end[i]!, end: tree.end[i]! } : this.range(body), awaits: this.awaited,
      ...(stub ? { stub } : {}),
    };
    this.leave(state);
  }

  /** What a body says that does nothing. */
  #stub(body: number): FunctionFacts['stub'] {
    let found: FunctionFacts['stub'];
    for (const child of this.namedChildren(body)) {
      const [inner] = this.namedChildren(child);
      switch (this.kindName(child)) {
        case 'comment': break;
        case 'pass_statement': found ??= 'empty'; break;
        case 'expression_statement': {
          const kind = inner === undefined ? undefined : this.kindName(inner);
          if (kind !== 'string' && kind !== 'ellipsis') return undefined;
          found ??= 'empty';
          break;
        }
        case 'raise_statement': {
          if (inner === undefined || !/^NotImplemented/.test(this.textOf(inner))) return undefined;
          found = 'missing';
          break;
        }
        default: return undefined;
      }
    }
    return found;
  }

  classDefinition(i: number, decorators: FunctionFacts['decorators'], whole: number): void {
    const nameNode = this.child(i, 'name');
    if (nameNode === undefined) return;
    const bases: Expression[] = [];
    const keywords: { name: string; value: Expression }[] = [];
    const list = this.child(i, 'superclasses');
    for (const child of list === undefined ? [] : this.namedChildren(list)) {
      if (this.kindName(child) === 'keyword_argument') keywords.push({ name: this.textOf(this.child(child, 'name')!), value: this.expression(this.child(child, 'value')!, 'argument') });
      else if (this.kindName(child) !== 'comment') bases.push(this.expression(child, 'argument'));
    }
    const body = this.child(i, 'body');
    const state = this.enter();
    const scope = this.openScope('class', this.textOf(nameNode), this.range(nameNode), this.range(whole), state.scope, state.block);
    this.bindIn(state.scope, state.block, state.outerNames, this.textOf(nameNode), nameNode, { kind: 'class', scope });
    (this.scopes[scope] as Writable<Scope>).class = { decorators, bases, keywords, attributes: new Map<string, Binding[]>() };
    this.block = this.openBlock('body', body === undefined ? this.range(i) : this.range(body));
    if (body !== undefined) this.classBody(body);
    this.leave(state);
  }

  parameters(node: number | undefined): { parameters: Parameter[]; nodes: number[] } {
    const parameters: Parameter[] = [];
    const nodes: number[] = [];
    for (const child of node === undefined ? [] : this.namedChildren(node)) {
      const kind = this.kindName(child);
      const type = this.child(child, 'type');
      const annotation = type === undefined ? undefined : this.annotation(type);
      const value = this.child(child, 'value');
      const initial = value === undefined ? undefined : this.expression(value, 'default');
      let name = this.child(child, 'name') ?? (kind === 'identifier' ? child : this.namedChildren(child)[0]);
      let star: '*' | '**' | undefined;
      const pattern = name !== undefined && (this.kindName(name) === 'list_splat_pattern' || this.kindName(name) === 'dictionary_splat_pattern') ? name : kind.endsWith('splat_pattern') ? child : undefined;
      if (pattern !== undefined) {
        star = this.kindName(pattern) === 'list_splat_pattern' ? '*' : '**';
        name = this.namedChildren(pattern)[0];
      }
      if (name === undefined || this.kindName(name) !== 'identifier') continue;
      parameters.push({ name: this.textOf(name), ...(star ? { star } : {}), ...(annotation ? { annotation } : {}), ...(initial ? { default: initial } : {}) });
      nodes.push(name);
    }
    return { parameters: parameters.slice(), nodes };
  }

  /** The first letters of a node; half-typed code may have fewer. */
  keyword(i: number, length: number): Range {
    const { start, end } = this.range(i);
    return { start, end: Math.min(start + length, end) };
  }

  lambda(i: number): Expression {
    const { parameters, nodes } = this.parameters(this.child(i, 'parameters'));
    const body = this.child(i, 'body');
    const state = this.enter();
    const scope = this.openScope('lambda', '', this.keyword(i, 6), this.range(i), state.scope, state.block);
    this.block = this.openBlock('body', body === undefined ? this.range(i) : this.range(body));
    nodes.forEach((node, index) => this.bind(parameters[index]!.name, node, { kind: 'parameter', index }));
    const value = body === undefined ? unknown : this.expression(body, 'value');
    (this.scopes[scope] as Writable<Scope>).function = {
      async: false, generator: this.yielded, decorators: [], parameters, returns: [value], yields: [],
      wholeRange: this.range(i), keywordRange: this.keyword(i, 6),
      bodyRange: body === undefined ? this.range(i) : this.range(body), awaits: false,
    };
    this.leave(state);
    return { kind: 'lambda', scope };
  }
}
