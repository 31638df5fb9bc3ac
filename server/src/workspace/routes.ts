/** Decorators that give what they decorate a URL. */

import type { Call, Expression, Facts } from '../facts.ts';

const verbs: ReadonlySet<string> = new Set(['get', 'post', 'put', 'patch', 'delete', 'head', 'options']);
const servers = /(?:^|_|\b)(?:app|application|api|routers?|routes?|blueprint|bp|server|web|flask|ns|namespace)$|(?:app|api|router|blueprint)$/i;

/** Whether a decorator named like a method of HTTP is none: `@mock.patch("shop.cart")` gives no application a path. */
export function onlySoundsLikeRoute(file: Facts, decorator: Expression): boolean {
  const call = decorator.kind === 'call' ? file.calls[decorator.call]! : undefined;
  const callee = call?.callee ?? decorator;
  if ((callee.kind !== 'attribute' && callee.kind !== 'name') || !verbs.has(callee.name)) return false;
  if (callee.kind === 'attribute' && servers.test(lastName(callee.object))) return false;
  return !call || !call.arguments[0] || !takesPath(file, call);
}

/** Whether a decorator's first argument can be the path of a URL. */
export function takesPath(file: Facts, { arguments: [first] }: Call): boolean {
  if (!first) return false;
  if (first.name !== undefined) return /^(path|rule|uri|url)$/.test(first.name);
  if (first.value.kind === 'constant') return typeof first.value.value === 'string' && /^(\/.*)?$/s.test(first.value.value);
  return /^[fr]*["']\/|^[A-Za-z_][\w.]*(_PATH|_URL|PREFIX|path|url|route)\b|\{/i.test(file.text.slice(first.start, first.end));
}

export function lastName(expression: Expression): string {
  switch (expression.kind) {
    case 'name': case 'attribute': return expression.name;
    case 'subscript': return lastName(expression.object);
    default: return '';
  }
}
