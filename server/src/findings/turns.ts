/** A loop with many turns, and what each turn does with its own element. */

import type { Binding, Block, Call, Expression, Facts, Loop, Range, Scope } from '../facts.ts';
import { logicalLineEnd, mentions } from '../fixes/source.ts';
import { mentioning } from '../workspace/mentions.ts';
import { ownerOf } from '../workspace/scopes.ts';
import { callsIn } from '../workspace/work.ts';
import { lastName, within } from '../fixes/names.ts';
import { saysItComesIn } from './arrivals.ts';

/** A slice or limit up to this many elements is a handful. */
export const handful = 10;

/** Elements that stand for many rows, for another try, or for a place to ask instead of something to ask for. */
const otherElements = /^(_+|offset|start|cls|page_\w+|group_of_\w+|try_\w*|search_\w+)$|(^|_)i?(batch(es)?|chunks?|pages?|attempts?|retry|retries|tries|table(_?name)?|column(_?name)?|field(_?name)?|model_?(class|cls)|schema|database|db|shard|replica|stmt|statement|sql|query|queries|filter|migration|index(_?name)?|constraint)$/i;
const batching = /^(nlargest|nsmallest|islice|most_common)$|batch|chunk|paginat|pages|grouper|windowed|partition|split|as_completed|\bcount$|cycle|repeat|retry|attempt/i;
const keepsElements = /^(enumerate|list|sorted|reversed|set|tuple|tqdm|trange|track|filter|map|iter|frozenset|zip|chain|atqdm)$/;
const keepsOwnElements = /^(items|keys|values|copy)$/;

/** Those of a file's loops whose number of turns is neither small nor known, the outer ones first. */
export function manyTurns(file: Facts, loops: readonly Loop[]): readonly Loop[] {
  return loops.filter((loop) => isLong(file, loop));
}

function isLong(file: Facts, loop: Loop): boolean {
  if (loop.kind === 'while' || !loop.iterable || !loop.iterableRange || loop.targets.length === 0) return false;
  // What comes in when it happens cannot be asked for together.
  if (saysItComesIn(file, loop)) return false;
  // Told by the text of the body: asked for last.
  const row = (): boolean => remember(rowLoops, loop, () => loop.targets.some((name) => isRow(file, loop, name)));
  if (loop.targets.every((name) => otherElements.test(name)) && !row()) return false;
  return !isFew(file, loop.iterable, loop.scope, loop.iterableRange, row, 0) && !remember(shortLoops, loop, () => endsEarly(file, loop));
}

// By loop, for what rests on its own statement of the top level: in a file that is being edited that stays the same object while its text does.
const rowLoops = new WeakMap<Loop, boolean>();
const shortLoops = new WeakMap<Loop, boolean>();
const ownNames = new WeakMap<Loop, ReadonlySet<string>>();
const callsOfLoops = new WeakMap<Loop, readonly Call[]>();

const key = /(?:id|pk|uuid|\w+_id)(?!\w)/y;

/** Whether an element has a key of its own (`page.id`), so that its name is that of a row. */
function isRow(file: Facts, loop: Loop, name: string): boolean {
  const body = file.text.slice(loop.bodyRange.start, loop.bodyRange.end);
  const read = `${name}.`;
  for (let at = body.indexOf(read); at !== -1; at = body.indexOf(read, at + 1)) {
    if (at > 0 && /[\w.]/.test(body[at - 1]!)) continue;
    key.lastIndex = at + read.length;
    if (key.test(body)) return true;
  }
  return false;
}

/** Whether what is walked is a handful by its own words, or comes in batches. */
function isFew(file: Facts, value: Expression, scope: number, range: Range, row: () => boolean, depth: number): boolean {
  if (depth > 4) return false;
  switch (value.kind) {
    case 'sequence': return !value.items.some((item) => item.kind === 'star');
    case 'dictionary': case 'constant': return true;
    case 'attribute': return isConstantName(value.name) || (batching.test(value.name) && !row());
    case 'name': return isConstantName(value.name) || /^[A-Z]/.test(value.name) || (batching.test(value.name) && !row()) || isWrittenOut(file, value.name, scope, row, depth);
    case 'subscript': {
      const last = /\[\s*:\s*(\d+)\s*\]\s*\)*$/.exec(file.text.slice(range.start, range.end));
      return last !== null && Number(last[1]) <= handful;
    }
    case 'either': return value.options.some((option) => isFew(file, option, scope, { start: range.end, end: range.end }, row, depth + 1) && option.kind !== 'sequence' && option.kind !== 'dictionary');
    case 'call': {
      const call = file.calls[value.call]!;
      const name = lastName(call.callee) ?? '';
      if (name === 'range') return !call.arguments.some(({ value: argument }) => isLength(file, argument)) || call.arguments.length > 2;
      if (batching.test(name)) return true;
      const [only] = call.arguments;
      if (call.arguments.length === 1 && only!.value.kind === 'sequence' && only!.value.items.length > 0 && only!.value.items.length <= 3 && only!.value.items.every((item) => item.kind !== 'star')) return true;
      if (name === 'sample' || name === 'choices') return /\bmin\(\s*\d\b|,\s*(k\s*=\s*)?\d\b/.test(file.text.slice(call.argumentsRange.start, call.argumentsRange.end));
      const inner = call.callee.kind === 'name' && keepsElements.test(name) ? call.arguments.find((argument) => !argument.star && argument.value.kind !== 'lambda')?.value
        : call.callee.kind === 'attribute' && call.arguments.length === 0 && keepsOwnElements.test(name) ? call.callee.object : undefined;
      return inner !== undefined && isFew(file, inner, scope, { start: range.end, end: range.end }, row, depth + 1);
    }
    default: return false;
  }
}

/** `len(rows)`; of a class, which is an enumeration then, the length is known. */
function isLength(file: Facts, value: Expression): boolean {
  const call = value.kind === 'call' ? file.calls[value.call]! : undefined;
  const of = call?.arguments[0]?.value;
  return call !== undefined && lastName(call.callee) === 'len' && !(of?.kind === 'name' && /^_?[A-Z]/.test(of.name));
}

const isConstantName = (name: string): boolean => /^_?[A-Z][A-Z0-9_]+$/.test(name);

/** Whether a name always stands for a list or dictionary written out in this file, which nothing adds to. */
function isWrittenOut(file: Facts, name: string, scope: number, row: () => boolean, depth: number): boolean {
  for (let at: Scope | undefined = file.scopes[scope]; at; at = file.scopes[at.parent]) {
    const bound = at.bindings.get(name);
    if (!bound) continue;
    return bound.every(({ value, scope: from, start }: Binding) => value.kind === 'assigned' && !(value.value.kind === 'sequence' && value.value.items.length === 0)
      && !(value.value.kind === 'dictionary' && value.value.entries.length === 0) && value.value.kind !== 'name' && isFew(file, value.value, from, { start, end: start }, row, depth + 1))
      && !new RegExp(String.raw`\b${name}\.(append|extend|add|update|insert)\(|\b${name}\[[^\]]*\]\s*=[^=]|\b${name}\s*\+=`).test(file.text);
  }
  return false;
}

/** Whether a turn that finds what it looks for is the last one; a turn that finds nothing and gives up does not count. */
function endsEarly(file: Facts, loop: Loop): boolean {
  if (loop.kind === 'comprehension') return isFirstOnly(file, loop);
  return remember(leaving, file.blocks, () => file.blocks.filter(({ leaves }) => leaves === 'return' || leaves === 'break')).some((block) => {
    if (block.scope !== loop.scope || block.start < loop.bodyRange.start || block.end > loop.bodyRange.end || block.kind === 'except') return false;
    if (block.leaves === 'break' && file.loops.some((inner) => inner !== loop && inner.kind !== 'comprehension' && within(inner, loop.bodyRange) && within(block, inner.bodyRange))) return false;
    const test = block.test;
    const missing = test?.kind === 'not' || (test?.kind === 'compare' && (test.operator === 'is' || test.operator === '==') && test.right.kind === 'constant' && test.right.value === null);
    return !(missing && block.leaves === 'return');
  });
}

const leaving = new WeakMap<readonly Block[], readonly Block[]>();
const bindingsByOwner = new WeakMap<readonly Scope[], Map<number, readonly NamedBinding[]>>();

interface NamedBinding {
  readonly name: string;
  readonly binding: Binding;
}

function remember<K extends object, T>(known: WeakMap<K, T>, key: K, make: () => T): T {
  let value = known.get(key);
  if (value === undefined) known.set(key, (value = make()));
  return value;
}

/** What a function binds, its comprehensions and classes included, in the order of the text. */
function bindingsOf(file: Facts, owner: number): readonly NamedBinding[] {
  const known = remember(bindingsByOwner, file.scopes, () => new Map<number, readonly NamedBinding[]>());
  let list = known.get(owner);
  if (!list) {
    const found: NamedBinding[] = [];
    const { end } = file.scopes[owner]!;
    // What stands in a function comes right behind it.
    for (let at = owner; at < file.scopes.length && file.scopes[at]!.start < end; at++) {
      if (ownerOf(file, at) !== owner) continue;
      for (const [name, bindings] of file.scopes[at]!.bindings) for (const binding of bindings) if (binding.value.kind !== 'import' && binding.value.kind !== 'exception') found.push({ name, binding });
    }
    known.set(owner, (list = found.sort((one, other) => one.binding.start - other.binding.start)));
  }
  return list;
}

const takesFirst = mentioning(/\b(?:next|anext|any|all)\s*\(/);

/** `next(x for x in …)`, `any(…)` stop at the first. */
function isFirstOnly(file: Facts, loop: Loop): boolean {
  return takesFirst(file) && file.text[loop.start] === '(' && /\b(next|anext|any|all)\s*\(*$/.test(file.text.slice(Math.max(0, loop.start - 12), loop.start + 1));
}

/** The element of a loop, and what its body makes of it. */
function ownNamesOf(file: Facts, loop: Loop): ReadonlySet<string> {
  const own = new Set(loop.targets);
  for (const { name, binding } of bindingsOf(file, ownerOf(file, loop.scope))) {
    if (!within(binding, loop.bodyRange) || own.has(name)) continue;
    const { kind } = binding.value;
    const end = kind === 'element' || kind === 'entered' ? Math.min(file.text.indexOf(':\n', binding.start) + 1 || binding.end, loop.bodyRange.end) : logicalLineEnd(file.text, binding.end);
    if (mentionsAny(file.text, own, binding.end, end)) own.add(name);
  }
  return own;
}

function mentionsAny(text: string, names: ReadonlySet<string>, start: number, end: number): boolean {
  for (const name of names) if (mentions(text, name, start, end)) return true;
  return false;
}

/** What one turn of a loop has of its own: the element, and what the body makes of it. */
export class Turn {
  readonly #file: Facts;
  readonly #loop: Loop;
  readonly #own: ReadonlySet<string>;

  constructor(file: Facts, loop: Loop) {
    this.#file = file;
    this.#loop = loop;
    this.#own = remember(ownNames, loop, () => ownNamesOf(file, loop));
  }

  /** Whether the element, or what was made of it, stands in a range of the text. */
  mentionedIn({ start, end }: Range): boolean {
    return mentionsAny(this.#file.text, this.#own, start, end);
  }

  /** Whether a name means something of its own in every turn: the element, or what was made of it. */
  owns(name: string): boolean {
    return this.#own.has(name);
  }

  /** Whether a name is the loop's own element. */
  isTarget(name: string): boolean {
    return this.#loop.targets.includes(name);
  }

  /** Whether a call runs for one element at most: behind `if key == "category_id":`, or where the loop is left. */
  isChosen(call: Call): boolean {
    for (let block = this.#file.blocks[call.block]; block && block.start >= this.#loop.bodyRange.start; block = this.#file.blocks[block.parent]) {
      const { test, leaves } = block;
      if (block.index !== this.#loop.body && (leaves === 'return' || leaves === 'raise' || leaves === 'break')) return true;
      // What was asked for before is kept: `if key not in known: known[key] = …`.
      if (test?.kind === 'compare' && test.operator === 'not in' && (test.right.kind === 'name' || test.right.kind === 'attribute')) {
        const kept = new RegExp(String.raw`\b${test.right.name}(\[[^\n]*\]\s*=[^=]|\.(add|append|update|setdefault)\()`);
        if (kept.test(this.#file.text.slice(block.start, block.end))) return true;
      }
      if (test?.kind === 'compare' && test.operator === '==' && test.left.kind === 'name' && this.isTarget(test.left.name) && test.right.kind === 'constant') return true;
    }
    return false;
  }
}

/** The calls of a loop's body as they are written, those in functions defined there left out. */
export function callsOf(file: Facts, loop: Loop): readonly Call[] {
  return remember(callsOfLoops, loop, () => callsIn(file, ownerOf(file, loop.scope))
    .filter((call) => within(call, loop.bodyRange)).sort((one, other) => one.start - other.start));
}
