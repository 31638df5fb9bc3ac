/** Annotations written as strings: `"Optional[requests.Session]"`. */

import type { Expression } from '../facts.ts';

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
