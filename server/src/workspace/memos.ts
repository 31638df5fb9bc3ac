/** Whether what a function fills a name of its own with is there for the next caller as well. */

import type { Call, Expression, Facts, Scope } from '../facts.ts';
import { dotted } from './constants.ts';
import { callsIn } from './work.ts';

/** A place that outlives the call: where a function looks (`by` the words of the method, of an item none), and where it puts something. */
interface Place {
  readonly object: string;
  readonly by?: string;
}

/** So many names and calls lie between a name and the place it was read from. */
const furthest = 4;

/** `get_cached_user` and `cache_user`, `get` and `setex`, `hget` and `hset`: all but these words is what a method is about. */
const verbs = /^(?:[ahm]?get|[ahm]?set|getex|p?setex|setnx|fetch|load|read|find|lookup|peek|put|store|save|write|add|insert|update|cached?|memo|getattr|setattr)$/;
const puts = /(?:^|_)(?:[ahm]?set|p?setex|setnx|put|store|save|write|add|insert|update|cache|memo|setattr)(?:_|$)/;

/** Whether a function puts what it fills the name `name` with into the place that it read it from: `x = cache.get(k)` … `cache[k] = x`. */
export function isMemo(file: Facts, name: string, call: Call, owner: Scope): boolean {
  const line = file.text.lastIndexOf('\n', call.start) + 1;
  const below = file.text.slice(line, owner.end);
  const read: Place[] = [];
  for (const { value, start } of owner.bindings.get(name) ?? []) if (value.kind === 'assigned' && start < line) placesIn(file, value.value, owner, read);
  // `x` and `x.dict()`, but not `x.id`.
  const word = String.raw`${escaped(name)}\b(?!\[|\.\w+\b(?!\())`;
  const above = file.text.slice(owner.function?.bodyRange.start ?? owner.start, line);
  for (const [, place] of copies(word).flatMap((copy) => [...below.matchAll(copy)])) if ((place!.includes('.') || owner.outer?.includes(place!)) && looksAt(above, place!)) return true;
  for (const { object } of read) if (items(escaped(object), word).test(below)) return true;
  return read.length > 0 && callsIn(file, owner.index).some((put) => put.start >= line && putsInto(file, put, read, word));
}

/** `_client = x`, `self._value = x`; `x = self._value = …`: each with the place. */
function copies(word: string): readonly RegExp[] {
  const place = String.raw`([A-Za-z_][\w.]*)`;
  return [
    new RegExp(String.raw`(?<![\w.])${place}[ \t]*(?::[^=\n]+)?=(?!=)[ \t]*(?:[\w.]+[ \t]*=[ \t]*)?${word}(?!\()`, 'g'),
    new RegExp(String.raw`\b${word}[ \t]*=[ \t]*${place}[ \t]*=(?!=)`, 'g'),
  ];
}

/** `cache[key] = x`, `cache[key] = (x, now)`, `x = cache[key] = …`. */
function items(object: string, word: string): RegExp {
  return new RegExp(String.raw`(?<![\w.])${object}\[[^\n]*\][ \t]*(?::[^=\n]+)?=(?!=)[^\n]*\b${word}|\b${word}[ \t]*=[ \t]*${object}\[[^\n=]*\][ \t]*=(?!=)`);
}

/** Whether text speaks of a place other than to declare it, or to assign it. */
function looksAt(text: string, place: string): boolean {
  const [, object, name] = /^(.+)\.(\w+)$/.exec(place) ?? [];
  const asked = object === undefined ? '' : String.raw`|(?:get|has)attr\([ \t]*${escaped(object)},[ \t]*["']${name}["']`;
  return new RegExp(String.raw`(?<![\w.])${escaped(place)}\b(?![ \t]*=(?!=))${asked}`).test(text.replace(/^[ \t]*(?:global|nonlocal)[^\n]*/gm, ''));
}

/** Whether a call puts something that holds the name under a key: `cache.set(key, x)`, `cache.update({key: x})`, `save_user(key, x)`. */
function putsInto(file: Facts, { callee, arguments: args, argumentsRange }: Call, read: readonly Place[], word: string): boolean {
  const object = callee.kind === 'attribute' ? dotted(callee.object) : '';
  const method = callee.kind === 'attribute' || callee.kind === 'name' ? callee.name : '';
  if (object === undefined || !puts.test(method) || !(args.length > 1 || args[0]?.value.kind === 'dictionary')) return false;
  const about = subject(method);
  return read.some((place) => place.object === object && (place.by === undefined ? object !== '' : place.by === about)) && new RegExp(String.raw`\b${word}`).test(file.text.slice(argumentsRange.start, argumentsRange.end));
}

/** The places that an expression reads, through calls that convert what they are given and names of the function's own. */
function placesIn(file: Facts, expression: Expression, owner: Scope, found: Place[], depth = 0): void {
  if (depth > furthest) return;
  const inside = (one: Expression): void => placesIn(file, one, owner, found, depth + 1);
  switch (expression.kind) {
    case 'await': return inside(expression.value);
    case 'either': return expression.options.forEach(inside);
    case 'subscript': {
      const object = dotted(expression.object);
      if (object !== undefined) found.push({ object });
      return inside(expression.object);
    }
    case 'name': {
      for (const { value } of owner.bindings.get(expression.name) ?? []) if (value.kind === 'assigned') inside(value.value);
      return;
    }
    case 'call': {
      const { callee, arguments: args } = file.calls[expression.call]!;
      if (callee.kind === 'attribute') {
        const object = dotted(callee.object);
        if (object !== undefined && args.length > 0) found.push({ object, by: subject(callee.name) });
        inside(callee.object);
      } else if (callee.kind === 'name' && args.length > 0) found.push({ object: '', by: subject(callee.name) });
      return args.forEach(({ value }) => inside(value));
    }
    default: return;
  }
}

/** What a method reads or puts: `_user` of `get_user` and `save_user`. */
function subject(method: string): string {
  return method.toLowerCase().split('_').filter((word) => word !== '' && !verbs.test(word)).join('_');
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
