/** Where a name is used as a name, and which of those uses see what a stretch of code gave it. */

import type { Block, Facts, Range, Scope } from '../facts.ts';
import { within } from './names.ts';
import { logicalLineEnd } from './source.ts';

/**
 * Where `name` stands as a name in a range of Python text: no attribute, no keyword of an argument, no prefix of a string, and
 * in strings only where an f-string computes. The range begins outside strings.
 */
function nameUses(text: string, name: string, range: Range): readonly Range[] {
  const found: Range[] = [];
  code(text, range.start, range.end, false, (start, end, keyword) => {
    if (!keyword && text.slice(start, end) === name) found.push({ start, end });
  });
  return found;
}

const word = /[\p{L}_][\p{L}\p{M}\p{N}_]*/uy;
const stringPrefix = /^(?:[rub]|br|rb|[ft]|[ft]r|r[ft])$/i;

/** Walks through code and tells of its names. Of a replacement field it ends where the field does; returns where it stopped. */
function code(text: string, from: number, end: number, field: boolean, tell: (start: number, end: number, keyword: boolean) => void): number {
  const open: string[] = [];
  for (let at = from; at < end;) {
    const character = text[at]!;
    word.lastIndex = at;
    const match = word.exec(text)?.[0];
    if (match !== undefined) {
      const next = at + match.length;
      if (/["']/.test(text[next] ?? '') && stringPrefix.test(match)) at = string(text, next, end, match, tell);
      else {
        if (!/(?:^|[^.])\.\s*$/.test(text.slice(Math.max(0, at - 80), at))) tell(at, next, open.at(-1) === '(' && /^\s*=(?!=)/.test(text.slice(next, next + 80)));
        at = next;
      }
    } else if (/\d/.test(character)) at += /^[\w.]+/.exec(text.slice(at, at + 200))![0].length;
    else if (character === '"' || character === "'") at = string(text, at, end, '', tell);
    else if (character === '#') {
      const line = text.indexOf('\n', at);
      at = line < 0 ? end : line;
    } else if (field && open.length === 0 && (character === '}' || character === ':')) {
      return character === '}' ? at + 1 : literal(text, at + 1, end, '}', false, true, tell);
    } else if (field && open.length === 0 && /^![a-z]\s*[:}]/.test(text.slice(at, at + 20))) at += 2;
    else {
      if ('([{'.includes(character)) open.push(character);
      else if (')]}'.includes(character)) open.pop();
      at++;
    }
  }
  return end;
}

/** Walks over a string whose first quote stands at `at`; returns where it ends. */
function string(text: string, at: number, end: number, prefix: string, tell: (start: number, end: number, keyword: boolean) => void): number {
  const quote = text[at]!;
  const close = text.startsWith(quote.repeat(3), at) ? quote.repeat(3) : quote;
  return literal(text, at + close.length, end, close, !/r/i.test(prefix), /[ft]/i.test(prefix), tell);
}

/** The text of a string up to `close`; of an f-string with its replacement fields. */
function literal(text: string, from: number, end: number, close: string, escapes: boolean, fields: boolean, tell: (start: number, end: number, keyword: boolean) => void): number {
  for (let at = from; at < end;) {
    if (text[at] === '\\') at += escapes || close !== '}' ? 2 : 1;
    else if (text.startsWith(close, at)) return at + close.length;
    else if (close.length === 1 && text[at] === '\n') return at;
    else if (fields && close !== '}' && (text.startsWith('{{', at) || text.startsWith('}}', at))) at += 2;
    else if (fields && text[at] === '{') at = code(text, at + 1, end, true, tell);
    else at++;
  }
  return end;
}

// ── which uses see a value ──

/** Whether anything outside `moved`, a block's statement in `scope`, may read what that gives to `name`. */
export function neededOutside(file: Facts, scope: Scope, moved: Range, name: string): boolean {
  return readsOf(file, scope, name, scope).some((use) => {
    if (within(use, moved)) return false;
    if (use.start >= moved.end) return !isBoundBefore(file, scope, name, use, moved.end);
    // Before it: a function that is called later, or the next turn of a loop around both.
    if (innerScope(file, scope, use)?.kind === 'function' || innerScope(file, scope, use)?.kind === 'lambda') return true;
    const loop = file.loops.find((one) => one.kind !== 'comprehension' && within(moved, one) && within(use, one) && within(one, scope));
    return loop !== undefined && !isBoundBefore(file, scope, name, use, loop.start);
  });
}

/** Whether `moved` itself may read what `name` was before it. */
export function neededInside(file: Facts, scope: Scope, moved: Range, name: string): boolean {
  return readsOf(file, scope, name, moved).some((use) => !isBoundBefore(file, scope, name, use, moved.start));
}

/** Uses in `range` of what `name` means in `scope`, but for those that bind it. */
function readsOf(file: Facts, scope: Scope, name: string, range: Range): readonly Range[] {
  const bindings = scope.bindings.get(name) ?? [];
  return nameUses(file.text, name, range).filter((use) => {
    const binding = bindings.find((one) => one.start === use.start);
    if (binding && binding.value.kind !== 'augmented' && binding.value.kind !== 'deleted') return false;
    for (let inner = innerScope(file, scope, use); inner !== undefined && inner.index !== scope.index; inner = file.scopes[inner.parent]) {
      // The first iterable of a comprehension belongs to the scope around it.
      if (inner.bindings.has(name) && !(inner.kind === 'comprehension' && file.loops.some((loop) => loop.iterableRange !== undefined && within(use, loop.iterableRange)))) return false;
    }
    return true;
  });
}

/** The innermost scope below `scope` that holds a place. */
function innerScope(file: Facts, scope: Scope, place: Range): Scope | undefined {
  return file.scopes.findLast((one) => one.index !== scope.index && within(place, one) && within(one, scope));
}

/** Whether `name` has certainly been bound anew between `from` and a use of it, by a statement that comes before the use. */
function isBoundBefore(file: Facts, scope: Scope, name: string, use: Range, from: number): boolean {
  const around = blocksAround(file, use);
  return (scope.bindings.get(name) ?? []).some((binding) => {
    if (binding.start < from || binding.start >= use.start) return false;
    const { kind } = binding.value;
    if (kind === 'annotated' || kind === 'deleted' || kind === 'augmented' || kind === 'exception' || kind === 'parameter') return false;
    if (/^\s*:=/.test(file.text.slice(binding.end, binding.end + 20))) return false;
    // What `with` binds stays bound behind it; what `for` binds may never be.
    const block = (kind === 'entered' ? file.withs.find(({ body }) => body === binding.block)?.block : undefined) ?? binding.block;
    return around.has(block) && (kind === 'entered' || kind === 'element' ? binding.end : logicalLineEnd(file.text, binding.end)) <= use.start;
  });
}

function blocksAround(file: Facts, place: Range): ReadonlySet<number> {
  const found = new Set<number>();
  const innermost = file.blocks.findLast((block) => block.start <= place.start && place.start < block.end);
  for (let block: Block | undefined = innermost; block; block = file.blocks[block.parent]) found.add(block.index);
  return found;
}
