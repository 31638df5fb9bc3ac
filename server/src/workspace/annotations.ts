/** What annotations say, those written as strings included: `"Optional[requests.Session]"`. */

import type { Expression, Facts } from '../facts.ts';
import type { Names } from './names.ts';
import { flat, none, type Value } from './values.ts';

const wrappers = new Set(['Optional', 'Final', 'ClassVar', 'Required', 'NotRequired', 'InitVar', 'Mapped']);
const collections = new Set(['list', 'List', 'set', 'Set', 'frozenset', 'Sequence', 'Iterable', 'Iterator', 'Collection', 'deque', 'Generator', 'AsyncGenerator', 'AsyncIterator', 'AsyncIterable']);
const dictionaries = new Set(['dict', 'Dict', 'Mapping', 'MutableMapping', 'defaultdict', 'OrderedDict']);

/** What may stand before brackets in an annotation. */
export const typing = /^(typing|typing_extensions|collections|collections\.abc|contextlib)\.[A-Z]|^builtins\.(list|dict|set|frozenset|tuple|type)$/;

/** They name no type: what is assigned tells more. */
const silent = new Set(['str', 'int', 'Any', 'object', 'TypeAlias', 'Final', 'ClassVar']);

/** Past every binding: an annotation may name what is written below it. */
const anywhere = Number.MAX_SAFE_INTEGER;

/** Instances that an annotation speaks of, written in `scope`; none where it names nothing we know. */
export function annotated(names: Names, file: Facts, annotation: Expression, scope: number): readonly Value[] {
  const inner = (expression: Expression | undefined): readonly Value[] => (expression ? annotated(names, file, expression, scope) : none);
  switch (annotation.kind) {
    case 'name': case 'attribute': {
      if (silent.has(annotation.name)) return none;
      if (annotation.name === 'Self') return ownClass(file, scope);
      return flat(names.infer(file, annotation, scope, anywhere), (value) => names.instanceOf(value));
    }
    case 'constant': return typeof annotation.value === 'string' ? inner(annotationExpression(annotation.value)) : none;
    case 'operation': return annotation.operator === '|' ? [...inner(annotation.left), ...inner(annotation.right)] : none;
    case 'subscript': {
      const name = annotation.object.kind === 'name' || annotation.object.kind === 'attribute' ? annotation.object.name : '';
      const items = annotation.index.kind === 'sequence' && annotation.index.type === 'tuple' ? annotation.index.items : [annotation.index];
      if (name === 'Annotated') {
        const [first, ...rest] = items;
        const found = inner(first);
        return found.length > 0 ? found : flat(rest, (item) => (item.kind === 'call' ? names.infer(file, item, scope, 0) : none));
      }
      if (wrappers.has(name)) return inner(items[0]);
      if (name === 'Union') return flat(items, inner);
      if (name === 'type' || name === 'Type') return items[0] ? names.infer(file, items[0], scope, anywhere) : none;
      if (collections.has(name)) return [{ kind: 'collection', of: inner(items[0]) }];
      if (dictionaries.has(name)) return [{ kind: 'collection', of: inner(items[1]) }];
      if (name === 'tuple' || name === 'Tuple') return isEllipsis(items[1]) ? [{ kind: 'collection', of: inner(items[0]) }] : [{ kind: 'tuple', items: items.map(inner) }];
      if (name === 'Awaitable' || name === 'Coroutine') return [{ kind: 'coroutine', of: inner(items.at(-1)) }];
      if (name === 'Callable') return [{ kind: 'callable', of: inner(items[1]) }];
      if (name === 'ContextManager' || name === 'AbstractContextManager' || name === 'AbstractAsyncContextManager' || name === 'AsyncContextManager') return inner(items[0]);
      return inner(annotation.object);
    }
    default: return none;
  }
}

/** Whether an annotation speaks of a function, or of one that may be missing. */
export function takesFunctions(annotation: Expression): boolean {
  switch (annotation.kind) {
    case 'name': case 'attribute': return annotation.name === 'Callable';
    case 'constant': return typeof annotation.value === 'string' && /^(?:\w+\.)?(?:Optional\[(?:\w+\.)?)?Callable\b/.test(annotation.value);
    case 'operation': return annotation.operator === '|' && (takesFunctions(annotation.left) || takesFunctions(annotation.right));
    case 'subscript': {
      const { object, index } = annotation;
      if (takesFunctions(object)) return true;
      const name = object.kind === 'name' || object.kind === 'attribute' ? object.name : '';
      return (name === 'Optional' && takesFunctions(index)) || (name === 'Union' && index.kind === 'sequence' && index.items.some(takesFunctions));
    }
    default: return false;
  }
}

/** `...` is read as nothing known. */
function isEllipsis(expression: Expression | undefined): boolean {
  return expression?.kind === 'unknown';
}

/** The class around a scope, for `Self`. */
function ownClass(file: Facts, scope: number): readonly Value[] {
  for (let index = scope; index > 0; index = file.scopes[index]!.parent) if (file.scopes[index]!.kind === 'class') return [{ kind: 'object', path: file.path, scope: index }];
  return none;
}

/** The expression in a string annotation; undefined for anything but names, attributes, subscripts, `|` and commas. */
export function annotationExpression(text: string): Expression | undefined {
  if (text.length > 200) return undefined;
  const tokens = text.match(/[\p{L}_][\p{L}\p{N}_]*|[.[\],|]|"[^"]*"|'[^']*'|\S/gu) ?? [];
  let at = 0;
  const union = (): Expression | undefined => {
    let left = primary();
    while (left && tokens[at] === '|') {
      at++;
      const right = primary();
      if (!right) return undefined;
      left = { kind: 'operation', operator: '|', left, right };
    }
    return left;
  };
  const primary = (): Expression | undefined => {
    const token = tokens[at++];
    if (token === undefined) return undefined;
    if (/^["']/.test(token)) return { kind: 'constant', value: token.slice(1, -1) };
    if (token === '[') {
      const items = list();
      return items && { kind: 'sequence', type: 'list', items };
    }
    if (token === 'None') return { kind: 'constant', value: null };
    if (!/^[\p{L}_]/u.test(token)) return undefined;
    let value: Expression = { kind: 'name', name: token };
    for (;;) {
      if (tokens[at] === '.' && tokens[at + 1] !== undefined) {
        value = { kind: 'attribute', object: value, name: tokens[at + 1]! };
        at += 2;
      } else if (tokens[at] === '[') {
        at++;
        const items = list();
        if (!items) return undefined;
        value = { kind: 'subscript', object: value, index: items.length === 1 ? items[0]! : { kind: 'sequence', type: 'tuple', items } };
      } else return value;
    }
  };
  const list = (): Expression[] | undefined => {
    const items: Expression[] = [];
    while (tokens[at] !== ']') {
      const item = union();
      if (!item) return undefined;
      items.push(item);
      if (tokens[at] === ',') at++;
      else if (tokens[at] !== ']') return undefined;
    }
    at++;
    return items;
  };
  const found = union();
  return found && at === tokens.length ? found : undefined;
}
