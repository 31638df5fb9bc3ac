/** What Pydantic runs when a model of the workspace is made: its validators, in the same thread. */

import type { Binding, Expression, Facts } from '../facts.ts';
import type { Names } from './names.ts';
import { lastName } from './routes.ts';
import type { Definition, Value } from './values.ts';

type FunctionValue = Value & { kind: 'function' };

const decorators: ReadonlySet<string> = new Set(['field_validator', 'model_validator', 'validator', 'root_validator']);
const annotations: ReadonlySet<string> = new Set(['AfterValidator', 'BeforeValidator', 'PlainValidator', 'WrapValidator']);
/** Methods of models that make one. */
const makes: ReadonlySet<string> = new Set(['model_validate', 'model_validate_json', 'parse_obj', 'parse_raw']);
/** Bases that are looked through. */
const most = 12;

const nothing: readonly FunctionValue[] = [];

/** The classes whose models a call makes by a method: `Model.model_validate(data)`. */
export function validatedBy(names: Names, file: Facts, callee: Expression, scope: number, at: number): readonly Definition[] {
  if (callee.kind !== 'attribute' || !makes.has(callee.name)) return [];
  return names.infer(file, callee.object, scope, at).flatMap((value) => (value.kind === 'class' ? [value] : []));
}

/** What runs when a model of a class is made, where the class is one of Pydantic's models. */
export function validatorsOf(names: Names, model: Definition): readonly FunctionValue[] {
  const classes: Definition[] = [model];
  let isModel = false;
  for (let at = 0; at < classes.length && at < most; at++) {
    for (const base of names.bases(classes[at]!)) {
      if (base.kind === 'class') classes.push(base);
      else if (base.kind === 'symbol' && /^(?:pydantic|sqlmodel)/.test(base.name)) isModel = true;
    }
  }
  return isModel ? classes.slice(0, most).flatMap((one) => ownValidators(names, one)) : nothing;
}

function ownValidators(names: Names, { path, scope }: Definition): readonly FunctionValue[] {
  const file = names.file(path);
  const found: FunctionValue[] = [];
  if (!file) return nothing;
  for (const [name, bindings] of file.scopes[scope]!.bindings) {
    for (const { value } of bindings) {
      if (value.kind === 'function' && (name === 'model_post_init' || isValidator(file, value.scope))) found.push({ kind: 'function', path, scope: value.scope });
      for (const work of givenIn(file, value)) for (const one of names.infer(file, work, scope, file.scopes[scope]!.end)) if (one.kind === 'function') found.push(one);
    }
  }
  return found;
}

function isValidator(file: Facts, scope: number): boolean {
  return file.scopes[scope]!.function!.decorators.some(({ value }) => decorators.has(lastName(value.kind === 'call' ? file.calls[value.call]!.callee : value)));
}

/** The functions of `field: Annotated[str, AfterValidator(f)]`. */
function givenIn(file: Facts, value: Binding['value']): readonly Expression[] {
  const annotation = value.kind === 'annotated' || value.kind === 'assigned' ? value.annotation : undefined;
  if (annotation?.kind !== 'subscript' || annotation.index.kind !== 'sequence') return [];
  return annotation.index.items.flatMap((item) => {
    const call = item.kind === 'call' ? file.calls[item.call]! : undefined;
    return call && annotations.has(lastName(call.callee)) && call.arguments[0] ? [call.arguments[0].value] : [];
  });
}
