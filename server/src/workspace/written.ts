/** Where a value is written: names, attributes and settings followed across files to the text that says what they are. */

import type { Binding, Call, ClassFacts, Expression, Facts, Range } from '../facts.ts';
import type { Workspace } from './workspace.ts';

/** An expression, and the text that holds it. */
export interface Written {
  readonly file: Facts;
  readonly expression: Expression;
  /** Scope whose names it is written in, and the block it stands in. */
  readonly scope: number;
  readonly block: number;
  /** The argument, the right side of the assignment, or the body of the function that returns it (UTF-16). */
  readonly range: Range;
  /** The name it was given last. */
  readonly name?: string;
  /** It is an attribute of a class: a setting that its environment may override. */
  readonly attribute?: boolean;
}

/** What an expression leads to. */
export type Source =
  | ({ readonly kind: 'value' } & Written)
  | { readonly kind: 'class'; readonly file: Facts; readonly scope: number }
  | { readonly kind: 'module'; readonly file: Facts }
  | { readonly kind: 'parameter'; readonly file: Facts; readonly name: string; readonly scope: number };

/** Names lead no further than this, to no more sources, and in no more steps: what is farther away is left as it is. */
const farthest = 12;
const most = 32;
const patience = 2000;

interface Steps {
  left: number;
}

/** What `written` may be: its names followed to what they are bound to, its calls of the workspace to what they return. */
export function sourcesOf(workspace: Workspace, written: Written): readonly Source[] {
  return sources(workspace, written, 0, { left: patience });
}

function sources(workspace: Workspace, written: Written, depth: number, steps: Steps): readonly Source[] {
  const walk = new Walk(workspace, steps);
  walk.follow(written, depth);
  return walk.found;
}

/** The sources that are values. */
export function valuesOf(workspace: Workspace, written: Written): readonly Written[] {
  return sourcesOf(workspace, written).filter((source) => source.kind === 'value');
}

/** The argument of a call as a written value. */
export function argumentOf(file: Facts, call: Call, name: string | undefined, position?: number): Written | undefined {
  const positional = call.arguments.filter((argument) => argument.name === undefined);
  const before = position === undefined ? [] : positional.slice(0, position + 1);
  const argument = (name === undefined ? undefined : call.arguments.find((one) => one.name === name))
    ?? (position !== undefined && before.every((one) => one.star === undefined) ? positional[position] : undefined);
  return argument && { file, expression: argument.value, scope: call.scope, block: call.block, range: argument.valueRange };
}

/** The right side of an assignment to the target at `binding`. */
export function rightSide(file: Facts, binding: Range): Range {
  const { text } = file;
  let start = binding.end;
  const annotation = /^\s*:(?!=)/.exec(text.slice(start, start + 20));
  let depth = 0;
  let quote = '';
  for (let at = start; at < text.length; at++) {
    const character = text[at]!;
    if (quote !== '') {
      if (character === '\\') at++;
      else if (text.startsWith(quote, at)) {
        at += quote.length - 1;
        quote = '';
      }
    } else if (character === '"' || character === "'") {
      quote = text.startsWith(character.repeat(3), at) ? character.repeat(3) : character;
      at += quote.length - 1;
    } else if (character === '#') {
      if (depth <= 0) return trimmed(text, start, at);
      at = endOfLine(text, at) - 1;
    } else if ('([{'.includes(character)) depth++;
    else if (')]}'.includes(character)) depth--;
    else if (depth === 0 && character === '=' && start === binding.end && text[at + 1] !== '=') start = at + 1;
    else if ((character === '\n' && depth <= 0 && text[at - 1] !== '\\') || (character === ';' && depth === 0)) {
      return trimmed(text, annotation && start === binding.end ? binding.end : start, at);
    }
    if (depth < 0) return trimmed(text, start, at);
  }
  return trimmed(text, start, text.length);
}

function endOfLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end;
}

function trimmed(text: string, from: number, to: number): Range {
  let [start, end] = [from, to];
  while (start < end && /\s/.test(text[start]!)) start++;
  while (end > start && /\s/.test(text[end - 1]!)) end--;
  return { start, end };
}

/** Calls that give back what they are given, but for its type. */
const conversions = new Set(['int', 'str', 'bool', 'float', 'dict', 'cast', 'SecretStr', 'PostgresDsn', 'MySQLDsn', 'AnyUrl', 'make_url', 'Field', 'quote_plus', 'copy', 'deepcopy']);
/** Methods that give back their object, but for its type or its form. */
const ownForms = new Set(['get_secret_value', 'unicode_string', 'render_as_string', 'replace', 'strip', 'lower', 'copy', 'set', 'format']);

class Walk {
  readonly found: Source[] = [];
  readonly #workspace: Workspace;
  readonly #seen = new Set<unknown>();
  readonly #steps: Steps;

  constructor(workspace: Workspace, steps: Steps) {
    this.#workspace = workspace;
    this.#steps = steps;
  }

  #add(source: Source): void {
    if (this.found.length < most) this.found.push(source);
  }

  follow(written: Written, depth: number): void {
    const { file, expression } = written;
    if (depth > farthest || --this.#steps.left < 0) return this.#add({ kind: 'value', ...written });
    switch (expression.kind) {
      case 'name': return this.#name(file, expression.name, written.scope, depth, written);
      case 'attribute': return this.#attribute(written, expression.object, expression.name, depth);
      case 'await': return this.follow({ ...written, expression: expression.value }, depth);
      case 'either': {
        for (const option of expression.options) this.follow({ ...written, expression: option }, depth + 1);
        return;
      }
      case 'subscript': {
        const key = expression.index.kind === 'constant' ? expression.index.value : undefined;
        const entries = key === undefined ? [] : this.#sources({ ...written, expression: expression.object }, depth + 1).flatMap((source) =>
          (source.kind === 'value' && source.expression.kind === 'dictionary' ? source.expression.entries.filter((entry) => entry.key.kind === 'constant' && entry.key.value === key).map((entry) => ({ ...source, expression: entry.value })) : []));
        if (entries.length === 0) return this.#add({ kind: 'value', ...written });
        for (const entry of entries) this.follow(entry, depth + 1);
        return;
      }
      case 'call': return this.#call(written, file.calls[expression.call]!, depth);
      default: return this.#add({ kind: 'value', ...written });
    }
  }

  #sources(written: Written, depth: number): readonly Source[] {
    return sources(this.#workspace, written, depth, this.#steps);
  }

  #call(written: Written, call: Call, depth: number): void {
    const { file } = written;
    const inner = (expression: Expression, range: Range): Written => ({ ...written, expression, range, scope: call.scope });
    if (call.callee.kind === 'name' && conversions.has(call.callee.name)) {
      const given = call.arguments.find(({ name }) => name === 'default') ?? call.arguments.filter(({ name, star }) => name === undefined && star === undefined).at(call.callee.name === 'cast' ? 1 : 0);
      if (given) return this.follow(inner(given.value, given.valueRange), depth + 1);
    }
    if (call.callee.kind === 'attribute' && ownForms.has(call.callee.name)) return this.follow(inner(call.callee.object, written.range), depth + 1);
    const definition = this.#workspace.target(file, call)?.definition;
    const target = definition && this.#workspace.file(definition.path);
    const scope = target?.scopes[definition!.scope];
    if (!target || !scope) return this.#add({ kind: 'value', ...written });
    if (scope.kind === 'class') return this.#add({ kind: 'class', file: target, scope: scope.index });
    if (!scope.function || scope.function.returns.length === 0 || this.#seen.has(scope)) return this.#add({ kind: 'value', ...written });
    this.#seen.add(scope);
    for (const value of scope.function.returns) {
      this.follow({ file: target, expression: value, scope: scope.index, block: -1, range: scope.function.bodyRange, name: scope.name }, depth + 1);
    }
  }

  #name(file: Facts, name: string, from: number, depth: number, written: Written): void {
    let own = true;
    for (let index = from; index >= 0; index = file.scopes[index]!.parent) {
      const scope = file.scopes[index]!;
      if (scope.kind === 'class' && !own) continue;
      own = false;
      const bindings = scope.bindings.get(name);
      if (bindings && !scope.outer?.includes(name)) return this.#bound(file, bindings, name, depth, written, false);
    }
    for (const { value } of file.scopes[0]?.bindings.get('*') ?? []) {
      if (value.kind !== 'star-import') continue;
      const module = this.#workspace.resolveModule(file, value.module, value.level);
      if (module && this.#hasName(module, name)) return this.#member(module, name, depth, written);
    }
    this.#add({ kind: 'value', ...written });
  }

  #hasName(module: Facts, name: string): boolean {
    const bindings = module.scopes[0]?.bindings;
    return bindings?.has(name) === true || bindings?.has('*') === true;
  }

  #member(module: Facts, name: string, depth: number, written: Written): void {
    this.#name(module, name, 0, depth + 1, { ...written, name });
  }

  #bound(file: Facts, bindings: readonly Binding[], name: string, depth: number, written: Written, attribute: boolean): void {
    for (const binding of bindings) {
      if (this.#seen.has(binding)) continue;
      this.#seen.add(binding);
      this.#binding(file, binding, name, depth, written, attribute);
    }
  }

  #binding(file: Facts, binding: Binding, name: string, depth: number, written: Written, attribute: boolean): void {
    const { value } = binding;
    const at = { file, scope: binding.scope, block: binding.block, name, ...(attribute ? { attribute } : {}) };
    switch (value.kind) {
      case 'assigned':
        if (value.item) return this.#add({ kind: 'value', ...at, expression: { kind: 'unknown' }, range: { start: binding.end, end: binding.end } });
        return this.follow({ ...at, expression: value.value, range: rightSide(file, binding) }, depth + 1);
      case 'annotated': return this.#add({ kind: 'value', ...at, expression: { kind: 'unknown' }, range: { start: binding.end, end: binding.end } });
      case 'import': {
        const module = this.#imported(file, value);
        if (module === undefined) return this.#add({ kind: 'value', ...written });
        return 'file' in module ? this.#add({ kind: 'module', file: module.file }) : this.#member(module.from, value.member!, depth, written);
      }
      case 'class': return this.#add({ kind: 'class', file, scope: value.scope });
      case 'function': {
        // A property, or a function that is handed on: what it returns stands in its body.
        const facts = file.scopes[value.scope]!.function!;
        for (const returned of facts.returns) this.follow({ ...at, expression: returned, scope: value.scope, block: -1, range: facts.bodyRange }, depth + 1);
        return;
      }
      case 'parameter': {
        const scope = file.scopes[binding.scope]!;
        const parameter = scope.function?.parameters[value.index];
        this.#add({ kind: 'parameter', file, name, scope: binding.scope });
        if (parameter?.default && parameter.default.kind !== 'constant') this.follow({ ...at, expression: parameter.default, scope: scope.parent, range: { start: binding.start, end: binding.end } }, depth + 1);
        return;
      }
      default: return this.#add({ kind: 'value', ...at, expression: { kind: 'unknown' }, range: { start: binding.start, end: binding.end } });
    }
  }

  #imported(file: Facts, value: Binding['value'] & { kind: 'import' }): { readonly file: Facts } | { readonly from: Facts } | undefined {
    if (value.member === undefined) {
      const module = this.#workspace.resolveModule(file, value.root ? value.module.split('.', 1)[0]! : value.module, 0);
      return module && { file: module };
    }
    const from = this.#workspace.resolveModule(file, value.module, value.level);
    if (from && this.#hasName(from, value.member)) return { from };
    const inner = this.#workspace.resolveModule(file, value.module === '' ? value.member : `${value.module}.${value.member}`, value.level);
    return inner ? { file: inner } : undefined;
  }

  #attribute(written: Written, object: Expression, name: string, depth: number): void {
    const { file } = written;
    if (object.kind === 'name' && (object.name === 'self' || object.name === 'cls')) {
      for (let index = written.scope; index > 0; index = file.scopes[index]!.parent) {
        if (file.scopes[index]!.kind === 'class') return this.#classAttribute(file, index, name, depth, written);
      }
    }
    const dotted = dottedName(object);
    const module = dotted?.includes('.') ? this.#workspace.resolveModule(file, dotted, 0) : undefined;
    if (module && this.#hasName(module, name)) return this.#member(module, name, depth, written);
    const before = this.found.length;
    for (const source of this.#sources({ ...written, expression: object }, depth + 1)) {
      if (source.kind === 'module') {
        if (this.#hasName(source.file, name)) this.#member(source.file, name, depth, written);
        else {
          const inner = this.#workspace.resolveModule(source.file, name, 1);
          if (inner) this.#add({ kind: 'module', file: inner });
        }
      } else if (source.kind === 'class') this.#classAttribute(source.file, source.scope, name, depth, written);
    }
    if (this.found.length === before) this.#add({ kind: 'value', ...written, name });
  }

  #classAttribute(file: Facts, scope: number, name: string, depth: number, written: Written): void {
    const before = this.found.length;
    for (const one of classesAbove(this.#workspace, file, scope, this.#steps)) {
      const facts = one.file.scopes[one.scope]!;
      const bindings = [...(facts.bindings.get(name) ?? []), ...(facts.class?.attributes.get(name) ?? [])];
      if (bindings.length === 0) continue;
      this.#bound(one.file, bindings, name, depth, written, true);
      break;
    }
    if (this.found.length === before) this.#add({ kind: 'value', ...written, name });
  }
}

/** A class and the classes of the workspace that it derives from, nearest first. */
export function classesAbove(workspace: Workspace, file: Facts, scope: number, steps: Steps = { left: patience }): readonly { readonly file: Facts; readonly scope: number }[] {
  const found = [{ file, scope }];
  for (const one of found) {
    const { class: facts, parent, nameRange } = one.file.scopes[one.scope]!;
    // A class whose base is looked up through itself has none.
    if (found.length > most || climbing.has(facts!)) break;
    climbing.add(facts!);
    for (const base of facts!.bases) {
      for (const source of sources(workspace, { file: one.file, expression: base, scope: parent, block: 0, range: nameRange }, 0, steps)) {
        if (source.kind === 'class' && !found.some((known) => known.file === source.file && known.scope === source.scope)) found.push({ file: source.file, scope: source.scope });
      }
    }
    climbing.delete(facts!);
  }
  return found;
}

const climbing = new Set<ClassFacts>();

/** `a.b.c` as written; undefined for anything else. */
export function dottedName(expression: Expression): string | undefined {
  if (expression.kind === 'name') return expression.name;
  const object = expression.kind === 'attribute' ? dottedName(expression.object) : undefined;
  return object === undefined || expression.kind !== 'attribute' ? undefined : `${object}.${expression.name}`;
}
