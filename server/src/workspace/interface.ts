/** What other files can see of a file: when it stays the same, an edit touches nobody else's answers. */

import type { Binding, Expression, Facts, FunctionFacts } from '../facts.ts';

/** A text that is equal for two versions of a file exactly when other files resolve the same names and types through both. */
export function signatureOf(file: Facts): string {
  const parts: string[] = [];
  // What a module calls when it is imported can start servers and patch the standard library.
  for (const call of file.calls) if (call.scope === 0) parts.push(`${text(file, call.callee)}(${call.arguments.map((argument) => `${argument.name ?? ''}=${shallow(argument.value)}`).join()})`);
  for (const scope of file.scopes) {
    if (scope.kind === 'comprehension') {
      parts.push('for');
      continue;
    }
    const inner = scope.kind === 'function' || scope.kind === 'lambda';
    parts.push(`${scope.kind} ${scope.name} ${scope.parent}`);
    if (scope.function) parts.push(functionText(file, scope.function));
    if (scope.class) {
      parts.push(scope.class.bases.map((base) => text(file, base)).join());
      for (const [name, bindings] of scope.class.attributes) parts.push(`self.${name}=${bindings.map((binding) => boundText(file, binding)).join()}`);
    }
    // What a function binds inside shows only through what it gives back without saying so.
    if (!inner || (scope.function!.returnAnnotation === undefined && [...scope.function!.returns, ...scope.function!.yields].some((value) => value.kind !== 'constant' && value.kind !== 'unknown'))) {
      for (const [name, bindings] of scope.bindings) parts.push(`${name}=${bindings.map((binding) => boundText(file, binding)).join()}`);
    }
  }
  return parts.join('\n');
}

function functionText(file: Facts, facts: FunctionFacts): string {
  return [
    facts.async, facts.generator, facts.decorators.map((decorator) => text(file, decorator.value)).join(),
    facts.parameters.map((parameter) => `${parameter.star ?? ''}${parameter.name}:${parameter.annotation ? text(file, parameter.annotation) : ''}=${parameter.default ? text(file, parameter.default) : ''}`).join(),
    facts.returnAnnotation ? text(file, facts.returnAnnotation) : facts.returns.map((value) => text(file, value)).join(), facts.yields.map((value) => text(file, value)).join(),
  ].join('|');
}

function boundText(file: Facts, { value, block }: Binding): string {
  const where = file.blocks[block]?.kind ?? '';
  switch (value.kind) {
    case 'assigned': return `${where}${text(file, value.value)}${value.annotation ? `:${text(file, value.annotation)}` : ''}${value.item?.join('.') ?? ''}`;
    case 'annotated': return `:${text(file, value.annotation)}`;
    case 'import': return `${'.'.repeat(value.level)}${value.module}/${value.member ?? ''}`;
    case 'star-import': return `${'.'.repeat(value.level)}${value.module}/*`;
    case 'element': case 'entered': return `${value.kind}${text(file, value.of)}${value.item?.join('.') ?? ''}`;
    default: return value.kind;
  }
}

function text(file: Facts, expression: Expression): string {
  switch (expression.kind) {
    case 'name': return expression.name;
    case 'attribute': return `${text(file, expression.object)}.${expression.name}`;
    case 'call': {
      const call = file.calls[expression.call];
      return call ? `${text(file, call.callee)}(${call.arguments.map((argument) => `${argument.name ?? ''}=${shallow(argument.value)}`).join()})` : '()';
    }
    case 'await': return `await ${text(file, expression.value)}`;
    case 'subscript': return `${text(file, expression.object)}[${text(file, expression.index)}]`;
    case 'constant': return JSON.stringify(expression.value);
    case 'sequence': return `(${expression.items.map((item) => text(file, item)).join()})`;
    case 'dictionary': return `{${expression.entries.map((entry) => text(file, entry.value)).join()}}`;
    case 'operation': return `${text(file, expression.left)}${expression.operator}${text(file, expression.right)}`;
    case 'either': return expression.options.map((option) => text(file, option)).join('|');
    case 'comprehension': return `[${text(file, expression.element)}]`;
    case 'star': return `*${text(file, expression.value)}`;
    default: return expression.kind;
  }
}

/** Arguments decide what a call gives only by name or constant. */
function shallow(expression: Expression): string {
  return expression.kind === 'name' ? expression.name : expression.kind === 'constant' ? JSON.stringify(expression.value) : expression.kind === 'attribute' ? `.${expression.name}` : '';
}
