/** What a name is made of. */

import type { Binding, Expression, Facts } from '../facts.ts';

/** Whether offset `at` lies in what a binding is made of: in `query = query.limit(9)` the right one is the query before. */
export function isMadeAt(file: Facts, { value }: Binding, at: number): boolean {
  switch (value.kind) {
    case 'assigned': case 'augmented': return standsIn(file, value.value, at);
    case 'element': case 'entered': return standsIn(file, value.of, at);
    default: return false;
  }
}

/** Whether a call at offset `at` is a part of an expression. */
function standsIn(file: Facts, expression: Expression, at: number): boolean {
  switch (expression.kind) {
    case 'call': {
      const call = file.calls[expression.call];
      return call !== undefined && call.start <= at && at < call.end;
    }
    case 'await': case 'star': return standsIn(file, expression.value, at);
    case 'attribute': case 'subscript': return standsIn(file, expression.object, at);
    case 'operation': return standsIn(file, expression.left, at) || standsIn(file, expression.right, at);
    case 'either': return expression.options.some((option) => standsIn(file, option, at));
    case 'sequence': return expression.items.some((item) => standsIn(file, item, at));
    case 'dictionary': return expression.entries.some((entry) => standsIn(file, entry.value, at));
    case 'comprehension': {
      const { start, end } = file.scopes[expression.scope]!;
      return start <= at && at < end;
    }
    default: return false;
  }
}
