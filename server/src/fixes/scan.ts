/** Rewriting Redis' `KEYS` to `SCAN`: the result is an iterator, so what becomes of it decides the form. */

import type { Call, Expression, Facts, Range } from '../facts.ts';
import { defineMessages, type Edit, type Fix } from '../rule.ts';
import { freeName, lineBreak } from './imports.ts';
import { indentation, indentationStep, mentions } from './source.ts';

export const messages = defineMessages('scan', {
  iterate: 'Walk the keys with `{method}`',
  list: 'Collect the keys with `{method}`',
  batches: 'Walk the keys with `{method}` and delete them in batches of {size}',
});

/** Keys deleted by one command: enough to save round trips, few enough not to hold the server (facts RE-05). */
const batch = 500;

/** Built-ins that take any iterable in place of a list. */
const takesIterable = new Set(['list', 'sorted', 'set', 'tuple', 'frozenset', 'enumerate', 'any', 'all', 'min', 'max', 'sum', 'extend', 'update', 'join', 'iter']);

/** How `call`, a `keys` on a client, is written with an iterator `method` (`scan_iter`); none where its result is awaited elsewhere. */
export function scanFixes(file: Facts, call: Call, method: 'scan_iter' | 'iter_keys', asynchronous: boolean): readonly Fix[] {
  if (asynchronous && call.awaited === undefined || call.arguments.some((argument) => argument.star !== undefined)) return [];
  const scan = new Scan(file, call, method, asynchronous);
  return [scan.deletion() ?? scan.iteration() ?? scan.argument() ?? scan.list()];
}

class Scan {
  readonly file: Facts;
  readonly call: Call;
  readonly method: string;
  readonly asynchronous: boolean;
  /** The expression that gives the list today: the call, or the `await` around it. */
  readonly whole: Range;
  readonly receiver: string;
  readonly patterns: string;

  constructor(file: Facts, call: Call, method: string, asynchronous: boolean) {
    this.file = file;
    this.call = call;
    this.method = method;
    this.asynchronous = asynchronous;
    this.whole = asynchronous ? call.awaited! : call;
    this.receiver = this.text(call.calleeRange).replace(/\s*\.\s*keys$/, '');
    this.patterns = this.text(call.argumentsRange).slice(1, -1).replace(/^(\s*)pattern(\s*=)/, method === 'scan_iter' ? '$1match$2' : '$1search$2');
  }

  text(range: Range): string {
    return this.file.text.slice(range.start, range.end);
  }

  get scan(): string {
    return `${this.receiver}.${this.method}(${this.patterns})`;
  }

  fix(title: Fix['title'], ...edits: readonly Edit[]): Fix {
    return { title, safe: false, edits };
  }

  /** `for key in client.keys(…)`, in a statement or comprehension. */
  iteration(): Fix | undefined {
    const loop = this.file.loops.find((candidate) => candidate.iterableRange !== undefined && this.isWhole(candidate.iterableRange));
    if (loop === undefined) return undefined;
    const scanned: Edit = { range: this.whole, text: this.scan };
    const title = messages.iterate({ method: this.method });
    if (!this.asynchronous) return this.fix(title, scanned);
    // A generator expression would become an asynchronous one, which its reader does not expect.
    if (loop.async || loop.kind === 'comprehension' && this.file.text[loop.start] === '(') return undefined;
    if (loop.kind === 'comprehension' && !'[{'.includes(this.file.text[loop.start]!)) return undefined;
    return this.fix(title, { range: { start: loop.headerRange.start, end: loop.headerRange.start }, text: 'async ' }, scanned);
  }

  /** `sorted(client.keys(…))`, `len(client.keys(…))`. */
  argument(): Fix | undefined {
    const outer = this.file.calls.find((candidate) => candidate.arguments.length > 0 && this.isWhole(candidate.arguments[0]!.valueRange) && candidate.arguments[0]!.star === undefined);
    const name = outer?.callee.kind === 'name' || outer?.callee.kind === 'attribute' ? outer.callee.name : '';
    const title = messages.iterate({ method: this.method });
    // SCAN may give a key twice: counting needs a set (facts RE-04).
    if (name === 'len' && outer?.callee.kind === 'name') {
      return this.fix(title, { range: this.whole, text: this.asynchronous ? `{${this.element} async for ${this.element} in ${this.scan}}` : `set(${this.scan})` });
    }
    if (this.asynchronous || !takesIterable.has(name)) return undefined;
    return this.fix(title, { range: this.whole, text: this.scan });
  }

  list(): Fix {
    const text = this.asynchronous ? `[${this.element} async for ${this.element} in ${this.scan}]` : `list(${this.scan})`;
    return this.fix(messages.list({ method: this.method }), { range: this.whole, text });
  }

  /** `client.delete(*client.keys(…))`, or the two statements with `if keys:` between. */
  deletion(): Fix | undefined {
    if (this.method !== 'scan_iter') return undefined;
    return this.directDeletion() ?? this.guardedDeletion();
  }

  directDeletion(): Fix | undefined {
    const outer = this.file.calls.find((candidate) => candidate.arguments.length === 1 && candidate.arguments[0]!.star === '*' && this.isWhole(candidate.arguments[0]!.valueRange));
    const client = outer && this.deletingClient(outer);
    if (outer === undefined || client === undefined || outer.role !== 'statement') return undefined;
    const range: Range = outer.awaited ?? outer;
    return this.inBatches(range, freeName(this.file, 'keys', outer.start), client);
  }

  guardedDeletion(): Fix | undefined {
    const { file, call } = this;
    for (const [name, bindings] of file.scopes[call.scope]!.bindings) {
      const binding = bindings.find(({ value }) => value.kind === 'assigned' && value.item === undefined && refersTo(value.value, call));
      if (binding === undefined) continue;
      const guard = file.blocks.find((block) => block.kind === 'if' && block.parent === call.block && block.start > call.end && block.test?.kind === 'truthy' && block.test.value.kind === 'name' && block.test.value.name === name);
      if (guard === undefined || !/^[ \t]*(\r?\n\s*)+if\s+\w+\s*:\s*$/.test(file.text.slice(this.whole.end, guard.start))) return undefined;
      const removal = file.calls.find((candidate) => candidate.block === guard.index && candidate.arguments.length === 1 && candidate.arguments[0]!.star === '*' && this.text(candidate.arguments[0]!.valueRange) === name);
      const client = removal && this.deletingClient(removal);
      const statement: Range | undefined = removal?.awaited ?? removal;
      if (client === undefined || statement === undefined || statement.start !== guard.start || statement.end !== guard.end) return undefined;
      if (file.blocks.some((block) => block.not?.[0] === guard.test)) return undefined;
      const end = file.scopes[call.scope]!.kind === 'function' ? file.scopes[call.scope]!.end : file.text.length;
      if (mentions(file.text, name, guard.end, end)) return undefined;
      return this.inBatches({ start: binding.start, end: guard.end }, name, client);
    }
    return undefined;
  }

  deletingClient(call: Call): string | undefined {
    if (call.callee.kind !== 'attribute' || (call.callee.name !== 'delete' && call.callee.name !== 'unlink') || this.asynchronous !== (call.awaited !== undefined)) return undefined;
    return this.text(call.calleeRange).replace(/\s*\.\s*\w+$/, '');
  }

  inBatches(range: Range, keys: string, client: string): Fix | undefined {
    const { file } = this;
    const indent = indentation(file.text, range.start);
    // The pattern may stand over lines or hold comments: then it is not moved.
    if (indent === undefined || this.patterns.includes('\n') || this.patterns.trim() === '') return undefined;
    const step = indentationStep(file, range.start);
    const unlink = `${this.asynchronous ? 'await ' : ''}${client}.unlink(*${keys})`;
    const scan = `${this.receiver}.scan_iter(${this.patterns.replace(/,\s*$/, '')}, count=${batch})`;
    const lines = [
      `${keys} = []`, `${this.asynchronous ? 'async ' : ''}for ${this.element} in ${scan}:`, `${step}${keys}.append(${this.element})`,
      `${step}if len(${keys}) >= ${batch}:`, `${step}${step}${unlink}`, `${step}${step}${keys}.clear()`, `if ${keys}:`, `${step}${unlink}`,
    ];
    return this.fix(messages.batches({ method: this.method, size: String(batch) }), { range, text: lines.join(lineBreak(file) + indent) });
  }

  /** A name for one key that the pattern and the client do not use. */
  get element(): string {
    return ['key', 'name', 'found'].find((name) => !mentions(this.scan, name)) ?? freeName(this.file, 'redis_key', this.call.start);
  }

  isWhole(range: Range): boolean {
    return range.start === this.whole.start && range.end === this.whole.end;
  }
}

function refersTo(value: Expression, call: Call): boolean {
  return value.kind === 'await' ? refersTo(value.value, call) : value.kind === 'call' && value.call === call.index;
}
