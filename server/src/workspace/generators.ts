/** Plain functions that give back a generator which another one makes: `return pages(url)`. */

import type { Call, Expression, Facts, FunctionFacts } from '../facts.ts';
import type { Names } from './names.ts';
import { flat, type Definition, type Value } from './values.ts';

/** Annotations that tell no generator from a list. */
const promises: ReadonlySet<string> = new Set(['Iterator', 'Iterable', 'Generator']);

/** Whether an annotation says what a function gives back, so that its `return`s need not be looked at. */
export function saysWhatReturns(annotation: Expression | undefined): boolean {
  const type = annotation?.kind === 'subscript' ? annotation.object : annotation;
  return type !== undefined && !((type.kind === 'name' || type.kind === 'attribute') && promises.has(type.name));
}

/** What a function gives back whose annotation promises items alone: the generators that it returns, where there are any. */
export function promised(names: Names, file: Facts, { returnAnnotation, returns }: FunctionFacts, scope: number, end: number, annotated: readonly Value[]): readonly Value[] {
  if (saysWhatReturns(returnAnnotation)) return annotated;
  const items = flat(annotated, (value) => names.elements(value));
  const made = flat(returns, (one) => (one.kind === 'call' || one.kind === 'name' ? names.infer(file, one, scope, end) : [])).filter((value) => value.kind === 'generator');
  return made.length === 0 || made.length < returns.length ? annotated : made.map((value) => ({ ...value, of: items }));
}

/** Whether a call of plain functions gives nothing but generators, which nobody walked before. */
export function handsOut(names: Names, file: Facts, expression: Expression & { kind: 'call' }): boolean {
  const call: Call = file.calls[expression.call]!;
  const callees = names.infer(file, call.callee, call.scope, call.start);
  return callees.length > 0 && callees.every((value) => value.kind === 'function' && givesGenerators(names, value));
}

function givesGenerators(names: Names, { path, scope }: Definition): boolean {
  const file = names.file(path);
  const facts = file?.scopes[scope]?.function;
  const made = (one: Expression): readonly Value[] => names.infer(file!, one, scope, file!.scopes[scope]!.end);
  return facts?.generator === false && !saysWhatReturns(facts.returnAnnotation) && facts.returns.length > 0 && facts.returns.every((one) => isGenerator(made(one)));
}

function isGenerator(values: readonly Value[]): boolean {
  return values.length > 0 && values.every(({ kind }) => kind === 'generator');
}
