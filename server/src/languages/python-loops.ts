/** The data flow of one Python loop body: what it awaits, reads, writes, and how it leaves. */

import type { Await, BodyStatement, LoopFlow, NameUse } from '../facts.ts';
import type { PythonExpressions } from './python-expressions.ts';

type Exit = LoopFlow['exits'][number];
type Contains = LoopFlow['contains'][number];

const containers: Readonly<Record<string, Contains>> = {
  with_statement: 'with', try_statement: 'try', while_statement: 'while', for_statement: 'for', if_statement: 'if', conditional_expression: 'if',
  global_statement: 'global', nonlocal_statement: 'global', delete_statement: 'del', assert_statement: 'assert',
  function_definition: 'function', lambda: 'function', class_definition: 'function',
};

/** Flow of the statements (or the comprehension element) under `body`. Nested functions are not entered. */
export function loopFlow(file: PythonExpressions, body: number, statements: readonly BodyStatement[], blockAt: (offset: number) => number): LoopFlow {
  const awaits: Await[] = [];
  const reads: NameUse[] = [];
  const writes: NameUse[] = [];
  const exits: Exit[] = [];
  const contains = new Set<Contains>();

  /** `a.b[c].d` as a base name with a path; undefined when it starts with something else than a name. */
  const chain = (i: number): { name: string; path: string[]; inner: number[] } | undefined => {
    const path: string[] = [];
    const inner: number[] = [];
    let at = i;
    for (;;) {
      const kind = file.kindName(at);
      if (kind === 'identifier') return { name: file.textOf(at), path: path.reverse(), inner };
      if (kind === 'attribute') {
        path.push(`.${file.textOf(file.child(at, 'attribute')!)}`);
        at = file.child(at, 'object')!;
      } else if (kind === 'subscript') {
        path.push('[]');
        inner.push(...file.children(at, 'subscript'));
        at = file.child(at, 'value')!;
      } else return undefined;
    }
  };

  const use = (i: number, list: NameUse[], kind?: NameUse['kind']): boolean => {
    const found = chain(i);
    if (!found) return false;
    list.push({ name: found.name, path: found.path, kind: kind ?? (found.path.length === 0 ? 'name' : found.path.at(-1) === '[]' ? 'item' : 'attribute'), ...file.range(i) });
    for (const inner of found.inner) visit(inner, false);
    return true;
  };

  const target = (i: number): void => {
    if (use(i, writes)) return;
    for (const child of file.namedChildren(i)) target(child);
  };

  const visit = (i: number, nested: boolean): void => {
    const kind = file.kindName(i);
    const container = containers[kind];
    if (container) {
      contains.add(container);
      if (kind === 'with_statement' && file.hasToken(i, 'async')) contains.add('async-with');
      if (kind === 'for_statement' && file.hasToken(i, 'async')) contains.add('async-for');
    }
    switch (kind) {
      case 'function_definition': case 'class_definition': {
        const name = file.child(i, 'name');
        if (name !== undefined) use(name, writes);
        readAll(i);
        return;
      }
      case 'lambda': readAll(i); return;
      case 'break_statement': exits.push({ kind: 'break', start: file.tree.start[i]!, nested }); return;
      case 'continue_statement': exits.push({ kind: 'continue', start: file.tree.start[i]!, nested }); return;
      case 'return_statement': exits.push({ kind: 'return', start: file.tree.start[i]!, nested }); break;
      case 'raise_statement': exits.push({ kind: 'raise', start: file.tree.start[i]!, nested }); break;
      case 'yield': exits.push({ kind: 'yield', start: file.tree.start[i]!, nested }); break;
      case 'await': {
        const value = file.namedChildren(i)[0];
        if (value !== undefined) awaits.push({ ...file.range(i), value: file.quiet(value), valueRange: file.range(value), block: blockAt(file.tree.start[i]!) });
        break;
      }
      case 'assignment': {
        const right = file.child(i, 'right');
        if (right !== undefined) visit(right, nested);
        const left = file.child(i, 'left');
        if (left !== undefined) target(left);
        return;
      }
      case 'augmented_assignment': {
        const left = file.child(i, 'left')!;
        visit(file.child(i, 'right')!, nested);
        if (!use(left, writes, 'augmented')) target(left);
        use(left, reads);
        return;
      }
      case 'named_expression': target(file.child(i, 'name')!); visit(file.child(i, 'value')!, nested); return;
      case 'delete_statement': for (const child of file.namedChildren(i)) target(child); return;
      case 'as_pattern': {
        const alias = file.child(i, 'alias');
        if (alias !== undefined) target(alias);
        for (const child of file.namedChildren(i)) if (child !== alias) visit(child, nested);
        return;
      }
      case 'for_statement': case 'for_in_clause': {
        target(file.child(i, 'left')!);
        for (const child of file.namedChildren(i)) if (file.tree.field[child] !== file.tree.field[file.child(i, 'left')!]) visit(child, kind === 'for_statement' || nested);
        return;
      }
      case 'while_statement': for (const child of file.namedChildren(i)) visit(child, true); return;
      case 'keyword_argument': visit(file.child(i, 'value')!, nested); return;
      case 'call': {
        const callee = file.child(i, 'function')!;
        const known = chain(callee);
        if (known && known.path.length > 0) use(callee, reads, 'method');
        else visit(callee, nested);
        visit(file.child(i, 'arguments')!, nested);
        return;
      }
      case 'identifier': case 'attribute': case 'subscript':
        if (use(i, reads)) return;
        if (kind === 'attribute') {
          visit(file.child(i, 'object')!, nested);
          return;
        }
        break;
      case 'type': return;
    }
    for (const child of file.namedChildren(i)) visit(child, nested);
  };

  /** Names in a nested function count as read: it may run in this turn or later. */
  const readAll = (i: number): void => {
    for (let k = i + 1; k < file.tree.next[i]!; k++) if (file.kindName(k) === 'identifier') use(k, reads);
  };

  if (file.kindName(body) === 'block') for (const child of file.namedChildren(body)) visit(child, false);
  else visit(body, false);
  return { awaits, reads, writes, exits, contains: [...contains], statements };
}
