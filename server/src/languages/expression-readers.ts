/** What each kind of Python expression is in facts, by the kind of its node. */

import type { Call, Expression } from '../facts.ts';
import type { CallAt } from './python-calls.ts';
import type { PythonExpressions } from './python-expressions.ts';

export type Role = Call['role'] | 'target';

/** Reads the expression at node `i`. */
export type Reader = (python: PythonExpressions, i: number, role: Role) => Expression;

export const unknown: Expression = { kind: 'unknown' };

/** Literals longer than this are tables of data; their items say nothing about calls. */
const widest = 64;
export const longestString = 200;

const parenthesized: Reader = (python, i, role) => {
  const children = python.namedChildren(i);
  if (children.length === 1) return python.expression(children[0]!, role === 'statement' ? 'value' : role);
  const first = children.map((child) => python.expression(child, 'value'))[0];
  return first ?? unknown;
};

const number: Reader = (python, i) => {
  const number = Number(python.textOf(i).replaceAll('_', ''));
  return Number.isNaN(number) ? unknown : python.constant(number);
};

const sequence: Reader = (python, i) => {
  const children = python.namedChildren(i);
  // The grammar takes the first `*` of `[*items()]` for a part of the name behind it.
  const items = children.map((child): Expression => (python.kindName(child) !== 'list_splat' && python.starLength(child) > 0 ? { kind: 'star', value: python.expression(child, 'iterated') } : python.expression(child, 'value')));
  const kind = python.kindName(i);
  return items.length > widest ? unknown : { kind: 'sequence', type: kind === 'list' || kind === 'set' ? kind : 'tuple', items };
};

const splat: Reader = (python, i, role) => {
  const inner = python.namedChildren(i)[0];
  if (inner !== undefined && (role === 'object' || role === 'callee')) return python.expression(inner, role);
  // `*items` walks what it is given, `**options` does not.
  return { kind: 'star', value: inner === undefined ? unknown : python.expression(inner, python.kindName(i) === 'dictionary_splat' ? 'value' : 'iterated') };
};

/** By kind; of all others only what stands in them is read. */
const readers: Readonly<Record<string, Reader>> = {
  identifier: (python, i) => python.name(python.textOf(i)),
  attribute(python, i, role) {
    const value = python.attribute(python.expression(python.child(i, 'object')!, 'object'), python.textOf(python.child(i, 'attribute')!));
    if (role !== 'callee' && role !== 'target' && value.kind === 'attribute') python.addRead(value, python.child(i, 'attribute')!);
    return value;
  },
  call: (python, i, role) => python.made.get(i) ?? python.call(i, role),
  await(python, i, role) {
    python.marksAwait();
    const inner = python.namedChildren(i)[0];
    if (inner === undefined) return unknown;
    const value = python.expression(inner, role === 'statement' ? 'statement' : 'value');
    if (value.kind === 'call') (python.calls[value.call] as CallAt).awaitedAt(python.tree.start[i]!, python.tree.end[i]!);
    return { kind: 'await', value };
  },
  parenthesized_expression: parenthesized,
  type: parenthesized,
  interpolation: parenthesized,
  format_expression: parenthesized,
  subscript(python, i) {
    const object = python.expression(python.child(i, 'value')!, 'object');
    const items = python.children(i, 'subscript').map((child) => python.expression(child, 'value'));
    return { kind: 'subscript', object, index: items.length === 1 ? items[0]! : { kind: 'sequence', type: 'tuple', items } };
  },
  generic_type(python, i) {
    const [object, parameters] = python.namedChildren(i);
    const items = parameters === undefined ? [] : python.namedChildren(parameters).map((child) => python.expression(child, 'value'));
    return { kind: 'subscript', object: object === undefined ? unknown : python.expression(object, 'value'), index: items.length === 1 ? items[0]! : { kind: 'sequence', type: 'tuple', items } };
  },
  union_type(python, i) {
    const [left, right] = python.namedChildren(i).map((child) => python.expression(child, 'value'));
    return { kind: 'operation', operator: '|', left: left ?? unknown, right: right ?? unknown };
  },
  member_type(python, i) {
    const [object, name] = python.namedChildren(i);
    return object === undefined || name === undefined ? unknown : python.attribute(python.expression(object, 'value'), python.textOf(name));
  },
  string: (python, i) => python.string(i),
  concatenated_string(python, i) {
    const parts = python.namedChildren(i).map((child) => python.expression(child, 'value'));
    const texts = parts.map((part) => (part.kind === 'constant' ? part.value : undefined));
    return texts.every((text) => typeof text === 'string') ? python.constant(texts.join('').slice(0, longestString)) : unknown;
  },
  integer: number,
  float: number,
  true: (python) => python.constant(true),
  false: (python) => python.constant(false),
  none: (python) => python.constant(null),
  list: sequence,
  tuple: sequence,
  set: sequence,
  expression_list: sequence,
  pattern_list: sequence,
  dictionary(python, i) {
    const entries: { key: Expression; value: Expression }[] = [];
    for (const child of python.namedChildren(i)) {
      if (python.kindName(child) === 'pair') entries.push({ key: python.expression(python.child(child, 'key')!, 'value'), value: python.expression(python.child(child, 'value')!, 'value') });
      else if (python.kindName(child) === 'dictionary_splat') {
        const spread = python.expression(child, 'value');
        entries.push({ key: spread, value: spread });
      } else python.visitChildren(child);
    }
    return entries.length > widest ? unknown : { kind: 'dictionary', entries };
  },
  binary_operator(python, i) {
    const left = python.expression(python.child(i, 'left')!, 'value');
    const right = python.expression(python.child(i, 'right')!, 'value');
    return { kind: 'operation', operator: python.operatorText(i), left, right };
  },
  boolean_operator(python, i) {
    const operator = python.operatorText(i);
    const leftNode = python.child(i, 'left')!;
    const left = python.expression(leftNode, 'value');
    const outer = python.block;
    const test = python.condition(leftNode);
    python.block = python.openBlock('conditional', python.range(python.child(i, 'right')!), operator === 'and' ? { test } : { not: [test] });
    const right = python.expression(python.child(i, 'right')!, 'value');
    python.block = outer;
    return { kind: 'either', options: operator === 'and' ? [right] : [left, right] };
  },
  conditional_expression(python, i) {
    const [consequence, condition, alternative] = python.namedChildren(i);
    if (consequence === undefined || condition === undefined || alternative === undefined) return unknown;
    const outer = python.block;
    const test = python.condition(condition);
    python.block = python.openBlock('conditional', python.range(consequence), { test });
    const yes = python.expression(consequence, 'value');
    python.block = outer;
    python.block = python.openBlock('conditional', python.range(alternative), { not: [test] });
    const no = python.expression(alternative, 'value');
    python.block = outer;
    return { kind: 'either', options: [yes, no] };
  },
  named_expression(python, i) {
    const value = python.expression(python.child(i, 'value')!, 'value');
    const name = python.child(i, 'name')!;
    // A walrus in a comprehension binds in the scope around it.
    let owner = python.scope;
    while (python.scopes[owner]!.kind === 'comprehension') owner = python.scopes[owner]!.parent;
    python.bindIn(owner, python.block, python.outerNames, python.textOf(name), name, { kind: 'assigned', value });
    return value;
  },
  lambda(python, i) {
    const known = python.made.get(i);
    if (known) return known;
    const value = python.lambda(i);
    python.made.set(i, value);
    if (python.keepsSections) python.placed.push(value);
    return value;
  },
  list_comprehension: (python, i) => python.made.get(i) ?? python.comprehension(i),
  set_comprehension: (python, i) => python.made.get(i) ?? python.comprehension(i),
  dictionary_comprehension: (python, i) => python.made.get(i) ?? python.comprehension(i),
  generator_expression: (python, i) => python.made.get(i) ?? python.comprehension(i),
  list_splat: splat,
  dictionary_splat: splat,
  list_splat_pattern: splat,
  yield(python, i) {
    python.yielded = true;
    const inner = python.namedChildren(i)[0];
    const delegated = python.hasToken(i, 'from');
    const value = inner === undefined ? unknown : python.expression(inner, delegated ? 'iterated' : 'value');
    python.yields?.push(delegated ? unknown : value);
    return unknown;
  },
  as_pattern(python, i) {
    const value = python.namedChildren(i)[0];
    return value === undefined ? unknown : python.expression(value, 'value');
  },
  comment: () => unknown,
  ellipsis: () => unknown,
};

/** Reads what stands in it: of other kinds, and of what the parser could not read. */
export const others: Reader = (python, i) => {
  python.visitChildren(i);
  return unknown;
};

const byGrammar = new WeakMap<readonly string[], readonly Reader[]>();

/** What reads each of a grammar's kinds, by their numbers. */
export function readersOf(kinds: readonly string[]): readonly Reader[] {
  let known = byGrammar.get(kinds);
  if (!known) byGrammar.set(kinds, (known = kinds.map((kind) => readers[kind] ?? others)));
  return known;
}
