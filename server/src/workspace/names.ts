/** What a name or expression stands for, across files. */

import type { Binding, Call, Expression, Facts, FunctionFacts, Scope } from '../facts.ts';
import { canonicalType, returns } from '../knowledge/index.ts';
import { annotationExpression } from './annotations.ts';
import { Modules, type Module } from './modules.ts';

/** A definition in the workspace. */
export interface Definition {
  readonly path: string;
  readonly scope: number;
}

/** What an expression may be. Several at once where branches or annotations leave it open; none means unknown. */
export type Value =
  /** A library's object by dotted name: a module, class, function or an attribute of one. */
  | { readonly kind: 'symbol'; readonly name: string }
  /** An instance of a library's type. */
  | { readonly kind: 'instance'; readonly of: string }
  | { readonly kind: 'module'; readonly module: Module }
  | { readonly kind: 'class'; readonly path: string; readonly scope: number }
  /** An instance of a class in the workspace. */
  | { readonly kind: 'object'; readonly path: string; readonly scope: number }
  | { readonly kind: 'function'; readonly path: string; readonly scope: number; /** Bound: its first parameter is taken. */ readonly bound?: boolean; readonly receiver?: Value }
  | { readonly kind: 'super'; readonly path: string; readonly scope: number }
  | { readonly kind: 'partial'; readonly of: readonly Value[] }
  | { readonly kind: 'collection'; readonly of: readonly Value[] }
  | { readonly kind: 'tuple'; readonly items: readonly (readonly Value[])[] }
  /** What `await` gives. */
  | { readonly kind: 'coroutine'; readonly of: readonly Value[] }
  /** What entering a `@contextmanager` function gives; its body runs then. */
  | { readonly kind: 'context'; readonly of: readonly Value[]; readonly function: Definition }
  | { readonly kind: 'generator'; readonly of: readonly Value[]; readonly function: Definition }
  | { readonly kind: 'constant'; readonly value: string | number | boolean | null };

const none: readonly Value[] = [];
const most = 6;
const deepest = 24;

const keepsFunction = new Set(['property', 'cached_property', 'staticmethod', 'classmethod', 'abstractmethod', 'override', 'overload']);
const annotationsOfFirst = new Set(['Optional', 'Annotated', 'Final', 'ClassVar', 'Required', 'NotRequired', 'InitVar', 'Mapped']);
const collections = new Set(['list', 'List', 'set', 'Set', 'frozenset', 'Sequence', 'Iterable', 'Iterator', 'Collection', 'deque', 'Generator', 'AsyncGenerator', 'AsyncIterator', 'AsyncIterable']);

export interface Files {
  facts(path: string): Facts | undefined;
  readonly modules: Modules;
}

/** Resolves names over the facts of all files. Answers are remembered until `forget`. */
export class Names {
  readonly #files: Files;
  /** By file, then by question. */
  readonly #results = new Map<string, Map<string, readonly Value[]>>();
  #depth = 0;

  constructor(files: Files) {
    this.#files = files;
  }

  /** Forgets every answer, or those about one file whose interface stayed the same. */
  forget(path?: string): void {
    if (path === undefined) this.#results.clear();
    else this.#results.delete(path);
  }

  #file(path: string): Facts | undefined {
    return this.#files.facts(path);
  }

  /** Remembers `make()` as the answer to `key` about the file at `path`; a question that comes back to itself is unknown. */
  #once(path: string, key: string, make: () => readonly Value[]): readonly Value[] {
    let answers = this.#results.get(path);
    if (!answers) this.#results.set(path, (answers = new Map()));
    const known = answers.get(key);
    if (known) return known;
    if (this.#depth > deepest) return none;
    answers.set(key, none);
    this.#depth++;
    const values = unique(make());
    this.#depth--;
    answers.set(key, values);
    return values;
  }

  // ── expressions ──

  /** What `expression` may be, written in `scope` of `file` at offset `at`. */
  infer(file: Facts, expression: Expression, scope: number, at: number): readonly Value[] {
    switch (expression.kind) {
      case 'name': return this.lookUp(file, expression.name, scope, at);
      case 'attribute': return this.#flat(this.infer(file, expression.object, scope, at), (value) => this.attribute(value, expression.name));
      case 'call': {
        const call = file.calls[expression.call];
        return call ? this.result(file, call) : none;
      }
      case 'await': return this.#flat(this.infer(file, expression.value, scope, at), (value) => (value.kind === 'coroutine' ? value.of : [value]));
      case 'constant': return [{ kind: 'constant', value: expression.value }];
      case 'either': return this.#flat(expression.options, (option) => this.infer(file, option, scope, at));
      case 'sequence': return expression.type === 'tuple'
        ? [{ kind: 'tuple', items: expression.items.map((item) => this.infer(file, item, scope, at)) }]
        : [{ kind: 'collection', of: unique(this.#flat(expression.items, (item) => this.infer(file, item, scope, at))) }];
      case 'comprehension': return [{ kind: 'collection', of: this.infer(file, expression.element, expression.scope, at) }];
      case 'lambda': return [{ kind: 'function', path: file.path, scope: expression.scope }];
      case 'operation': return this.#operation(file, expression, scope, at);
      case 'subscript': return this.#subscript(file, expression, scope, at);
      case 'dictionary': return [{ kind: 'collection', of: unique(this.#flat(expression.entries, (entry) => this.infer(file, entry.value, scope, at))) }];
      default: return none;
    }
  }

  #flat<T>(items: readonly T[], map: (item: T) => readonly Value[]): readonly Value[] {
    if (items.length === 1) return map(items[0]!);
    return items.flatMap(map).slice(0, most * 2);
  }

  #operation(file: Facts, expression: Expression & { kind: 'operation' }, scope: number, at: number): readonly Value[] {
    if (expression.operator !== '/') return none;
    for (const side of [expression.left, expression.right]) {
      for (const value of this.infer(file, side, scope, at)) {
        if (value.kind !== 'instance') continue;
        const row = returns.get(`${value.of}.__truediv__`);
        if (row) return [{ kind: 'instance', of: row.returns }];
        if (value.of.endsWith('Path')) return [value];
      }
    }
    return none;
  }

  #subscript(file: Facts, expression: Expression & { kind: 'subscript' }, scope: number, at: number): readonly Value[] {
    const { index } = expression;
    return this.#flat(this.infer(file, expression.object, scope, at), (value) => {
      if (value.kind === 'tuple' && index.kind === 'constant' && typeof index.value === 'number') return value.items.at(index.value) ?? none;
      if (value.kind === 'instance') {
        const row = returns.get(`${value.of}.__getitem__`) ?? returns.get(`${value.of}.__getattr__`);
        if (row) return [{ kind: 'instance', of: row.returns }];
      }
      return this.elements(value);
    });
  }

  /** What iterating over `value` gives. */
  elements(value: Value): readonly Value[] {
    switch (value.kind) {
      case 'collection': case 'generator': return value.of;
      case 'tuple': return unique(value.items.flat());
      case 'instance': {
        const row = returns.get(value.of);
        if (row?.element_of) return [{ kind: 'instance', of: row.element_of }];
        const iterated = returns.get(`${value.of}.__iter__`);
        return iterated ? [{ kind: 'instance', of: iterated.returns }] : none;
      }
      case 'object': return this.#flat(this.attribute(value, '__iter__'), (method) => (method.kind === 'function' ? this.#flat(this.returned(method), (result) => this.elements(result)) : none));
      default: return none;
    }
  }

  /** What `with value as x` binds. */
  entered(value: Value): readonly Value[] {
    switch (value.kind) {
      case 'context': return value.of;
      case 'instance': {
        const row = returns.get(`${value.of}.__enter__`);
        return row ? [{ kind: 'instance', of: row.returns }] : [value];
      }
      case 'object': {
        const methods = [...this.attribute(value, '__enter__'), ...this.attribute(value, '__aenter__')];
        const found = this.#flat(methods, (method) => (method.kind === 'function' ? this.#flat(this.returned(method), (result) => (result.kind === 'coroutine' ? result.of : [result])) : none));
        return found.length > 0 ? found : [value];
      }
      case 'coroutine': return this.#flat(value.of, (inner) => this.entered(inner));
      default: return none;
    }
  }

  // ── names ──

  lookUp(file: Facts, name: string, scope: number, at: number): readonly Value[] {
    let own = true;
    for (let index = scope; index >= 0; index = file.scopes[index]!.parent) {
      const current = file.scopes[index]!;
      if (current.kind === 'class' && !own) continue;
      const bindings = current.bindings.get(name);
      if (bindings && !current.outer?.includes(name)) return this.#reaching(file, current, bindings, own ? at : undefined, index);
      // A comprehension's body belongs to the function around it: position still counts there.
      if (current.kind !== 'comprehension') own = false;
    }
    const found: Value[] = [];
    for (const star of file.scopes[0]?.bindings.get('*') ?? []) {
      if (star.value.kind !== 'star-import') continue;
      const module = this.#files.modules.resolve(file.path, star.value.module, star.value.level);
      if (module?.path !== undefined) found.push(...this.member(module, name));
    }
    return found.length > 0 ? found : [{ kind: 'symbol', name: `builtins.${name}` }];
  }

  /** Values of the bindings that may hold at offset `at`; of all that may be the last where `at` is undefined (another scope asks). */
  #reaching(file: Facts, scope: Scope, bindings: readonly Binding[], at: number | undefined, index: number): readonly Value[] {
    if (bindings.length === 1) return this.#bound(file, scope, bindings[0]!, index);
    const found: Value[] = [];
    let any = false;
    for (let k = bindings.length - 1; k >= 0; k--) {
      const binding = bindings[k]!;
      if (at !== undefined && binding.start >= at) continue;
      any = true;
      found.push(...this.#bound(file, scope, binding, index));
      if (this.#always(file, binding, at) && binding.value.kind !== 'augmented' && binding.value.kind !== 'annotated') break;
      if (found.length > most) break;
    }
    if (!any) for (const binding of bindings) found.push(...this.#bound(file, scope, binding, index));
    return unique(found);
  }

  /** Whether a binding holds whenever offset `at` is reached after it: it stands in no branch that `at` is outside of. */
  #always(file: Facts, binding: Binding, at: number | undefined): boolean {
    for (let block = binding.block; block >= 0; ) {
      const { kind, start, end, parent, scope } = file.blocks[block]!;
      const optional = kind !== 'body' && kind !== 'with' && kind !== 'finally' && kind !== 'try';
      if (optional && !(at !== undefined && start <= at && at < end)) return false;
      if (kind === 'try' && !(at !== undefined && start <= at && at < end)) return false;
      if (kind === 'body' && scope === binding.scope) return true;
      block = parent;
    }
    return true;
  }

  #bound(file: Facts, scope: Scope, binding: Binding, owner: number): readonly Value[] {
    return this.#once(file.path, `${binding.start} ${binding.value.kind}`, () => this.#boundNow(file, scope, binding, owner));
  }

  #boundNow(file: Facts, scope: Scope, binding: Binding, owner: number): readonly Value[] {
    const { value } = binding;
    switch (value.kind) {
      case 'assigned': {
        if (value.annotation) {
          const annotated = this.annotated(file, value.annotation, binding.scope);
          if (annotated.length > 0) return annotated;
        }
        return this.#item(this.infer(file, value.value, binding.scope, binding.start), value.item);
      }
      case 'annotated': return this.annotated(file, value.annotation, binding.scope);
      case 'import': return this.#imported(file, value);
      case 'function': return [{ kind: 'function', path: file.path, scope: value.scope }];
      case 'class': return [{ kind: 'class', path: file.path, scope: value.scope }];
      case 'parameter': return this.#parameter(file, scope, owner, value.index);
      case 'element': {
        const of = this.infer(file, value.of, binding.scope, binding.start);
        return this.#item(this.#flat(of, (inner) => this.elements(inner)), value.item);
      }
      case 'entered': return this.#item(this.#flat(this.infer(file, value.of, binding.scope, binding.start), (inner) => this.entered(inner)), value.item);
      default: return none;
    }
  }

  #item(values: readonly Value[], path: readonly number[] | undefined): readonly Value[] {
    let found = values;
    for (const index of path ?? []) {
      found = this.#flat(found, (value) => (value.kind === 'tuple' ? (value.items[index] ?? none) : this.elements(value)));
    }
    return found;
  }

  #imported(file: Facts, value: { module: string; level: number; member?: string; root?: boolean }): readonly Value[] {
    const { modules } = this.#files;
    if (value.member === undefined) {
      const wanted = value.root ? value.module.split('.', 1)[0]! : value.module;
      // `import a.b` binds `a`; the workspace has it when it has a.b.
      const whole = modules.resolve(file.path, value.module, 0);
      if (!whole) return [{ kind: 'symbol', name: wanted }];
      if (!value.root) return [{ kind: 'module', module: whole }];
      const top = modules.resolve(file.path, wanted, 0);
      return top ? [{ kind: 'module', module: top }] : none;
    }
    const module = modules.resolve(file.path, value.module, value.level);
    if (module) return this.member(module, value.member);
    return value.level > 0 ? none : [{ kind: 'symbol', name: `${value.module}.${value.member}` }];
  }

  /** `name` of a module of the workspace. */
  member(module: Module, name: string): readonly Value[] {
    return this.#once(module.path ?? module.folder, `::${name}`, () => {
      const file = module.path === undefined ? undefined : this.#file(module.path);
      const scope = file?.scopes[0];
      const bindings = scope?.bindings.get(name);
      if (file && scope && bindings) return this.#reaching(file, scope, bindings, undefined, 0);
      const inner = this.#files.modules.inside(module, name);
      if (inner) return [{ kind: 'module', module: inner }];
      if (!file || !scope) return none;
      for (const star of scope.bindings.get('*') ?? []) {
        if (star.value.kind !== 'star-import') continue;
        const from = this.#files.modules.resolve(file.path, star.value.module, star.value.level);
        const found = from ? this.member(from, name) : star.value.level === 0 ? none : none;
        if (found.length > 0) return found;
      }
      return none;
    });
  }

  #parameter(file: Facts, scope: Scope, owner: number, index: number): readonly Value[] {
    const facts = scope.function;
    const parameter = facts?.parameters[index];
    if (!facts || !parameter) return none;
    const parent = file.scopes[scope.parent];
    if (index === 0 && scope.kind === 'function' && parent?.kind === 'class' && !parameter.annotation && !decoratedWith(facts, 'staticmethod')) {
      const classMethod = decoratedWith(facts, 'classmethod') || scope.name === '__new__' || scope.name === '__init_subclass__';
      return [{ kind: classMethod ? 'class' : 'object', path: file.path, scope: parent.index }];
    }
    if (parameter.star) return none;
    const found: Value[] = [];
    if (parameter.annotation) found.push(...this.annotated(file, parameter.annotation, scope.parent));
    if (found.length === 0 && parameter.default) {
      found.push(...this.#flat(this.infer(file, parameter.default, scope.parent, scope.start + 1), (value) => (value.kind === 'constant' ? none : [value])));
    }
    void owner;
    return found;
  }

  // ── annotations ──

  /** Instances that an annotation speaks of. */
  annotated(file: Facts, annotation: Expression, scope: number): readonly Value[] {
    switch (annotation.kind) {
      case 'name': case 'attribute': {
        if (annotation.kind === 'name' && (annotation.name === 'str' || annotation.name === 'int' || annotation.name === 'Any')) return none;
        return this.#flat(this.infer(file, annotation, scope, Number.MAX_SAFE_INTEGER), (value) => this.instanceOf(value));
      }
      case 'constant': {
        const parsed = typeof annotation.value === 'string' ? annotationExpression(annotation.value) : undefined;
        return parsed ? this.annotated(file, parsed, scope) : none;
      }
      case 'operation': return annotation.operator === '|' ? [...this.annotated(file, annotation.left, scope), ...this.annotated(file, annotation.right, scope)] : none;
      case 'subscript': {
        const name = annotation.object.kind === 'name' || annotation.object.kind === 'attribute' ? annotation.object.name : '';
        const items = annotation.index.kind === 'sequence' ? annotation.index.items : [annotation.index];
        if (name === 'Annotated') {
          const [first, ...rest] = items;
          const found = first ? this.annotated(file, first, scope) : none;
          return found.length > 0 ? found : this.#flat(rest, (item) => (item.kind === 'call' ? this.infer(file, item, scope, 0) : none));
        }
        if (annotationsOfFirst.has(name)) return items[0] ? this.annotated(file, items[0], scope) : none;
        if (name === 'Union') return this.#flat(items, (item) => this.annotated(file, item, scope));
        if (name === 'type' || name === 'Type') return items[0] ? this.infer(file, items[0], scope, Number.MAX_SAFE_INTEGER) : none;
        if (collections.has(name)) return items[0] ? [{ kind: 'collection', of: this.annotated(file, items[0], scope) }] : none;
        if (name === 'dict' || name === 'Dict' || name === 'Mapping') return items[1] ? [{ kind: 'collection', of: this.annotated(file, items[1], scope) }] : none;
        if (name === 'tuple' || name === 'Tuple') return [{ kind: 'tuple', items: items.map((item) => this.annotated(file, item, scope)) }];
        if (name === 'Awaitable' || name === 'Coroutine') return items.at(-1) ? [{ kind: 'coroutine', of: this.annotated(file, items.at(-1)!, scope) }] : none;
        return this.annotated(file, annotation.object, scope);
      }
      default: return none;
    }
  }

  /** An instance of what `value` is, when it is a class. */
  instanceOf(value: Value): readonly Value[] {
    if (value.kind === 'class') return [{ kind: 'object', path: value.path, scope: value.scope }];
    if (value.kind !== 'symbol') return none;
    return [{ kind: 'instance', of: canonicalType(value.name) }];
  }

  // ── attributes ──

  attribute(value: Value, name: string): readonly Value[] {
    switch (value.kind) {
      case 'symbol': return [{ kind: 'symbol', name: `${value.name}.${name}` }];
      case 'instance': {
        const full = `${value.of}.${name}`;
        const row = returns.get(full);
        if (row?.attr) return [row.element ? { kind: 'collection', of: [{ kind: 'instance', of: row.returns }] } : { kind: 'instance', of: row.returns }];
        const any = returns.get(`${value.of}.__getattr__`);
        if (any?.attr && !row && !name.startsWith('_')) {
          // A method of the type itself comes before its dynamic attributes.
          return [{ kind: 'symbol', name: full }, { kind: 'instance', of: any.returns }];
        }
        return [{ kind: 'symbol', name: full }];
      }
      case 'module': return this.member(value.module, name);
      case 'class': return this.#classAttribute(value, name, false);
      case 'object': return this.#classAttribute(value, name, true);
      case 'super': {
        const found: Value[] = [];
        for (const base of this.bases(value)) found.push(...(base.kind === 'class' ? this.#classAttribute(base, name, true) : base.kind === 'symbol' ? [{ kind: 'symbol', name: `${canonicalType(base.name)}.${name}` } as const] : none));
        return found;
      }
      case 'partial': return name === 'func' ? value.of : none;
      case 'collection': return none;
      case 'coroutine': case 'context': case 'generator': case 'tuple': case 'constant': return none;
      case 'function': {
        if (name === '__wrapped__') return [value];
        const type = this.#decoratedType(value);
        return type === undefined ? none : this.attribute({ kind: 'instance', of: type }, name);
      }
    }
  }

  /** The type that a decorator gives a function (`@app.task`). */
  #decoratedType(value: Definition): string | undefined {
    const file = this.#file(value.path);
    const scope = file?.scopes[value.scope];
    for (const decorator of scope?.function?.decorators ?? []) {
      const expression = decorator.value.kind === 'call' ? file!.calls[decorator.value.call]!.callee : decorator.value;
      for (const found of this.infer(file!, expression, scope!.parent, scope!.start)) {
        const row = found.kind === 'symbol' ? returns.get(found.name) : undefined;
        if (row?.decorator) return row.returns;
      }
      // An application that is not in sight: what is decorated as a task is sent like one.
      if ((expression.kind === 'attribute' || expression.kind === 'name') && /^(shared_)?task$/.test(expression.name)) return 'celery.app.task.Task';
    }
    return undefined;
  }

  bases(value: { path: string; scope: number }): readonly Value[] {
    return this.#once(value.path, `bases ${value.scope}`, () => {
      const file = this.#file(value.path);
      const scope = file?.scopes[value.scope];
      if (!file || !scope?.class) return none;
      return scope.class.bases.flatMap((base) => this.infer(file, base.kind === 'subscript' ? base.object : base, scope.parent, scope.start));
    });
  }

  /** Finds `name` in a class, its instances' attributes and its bases, in that order. */
  #classAttribute(value: { path: string; scope: number }, name: string, instance: boolean): readonly Value[] {
    return this.#once(value.path, `${instance ? 'object' : 'class'} ${value.scope}.${name}`, () => {
      const visited = new Set<string>();
      const find = (path: string, index: number): readonly Value[] | undefined => {
        const key = `${path}#${index}`;
        if (visited.has(key) || visited.size > 40) return undefined;
        visited.add(key);
        const file = this.#file(path);
        const scope = file?.scopes[index];
        if (!file || !scope?.class) return undefined;
        const found: Value[] = [];
        const members = scope.bindings.get(name);
        const method = members?.some((binding) => binding.value.kind === 'function');
        if (members) {
          for (const member of this.#reaching(file, scope, members, undefined, index)) found.push(...this.#bind(member, instance));
        }
        if (!method && instance) {
          const attributes = scope.class.attributes.get(name);
          for (const binding of attributes ?? []) {
            if (found.length > most) break;
            found.push(...this.#bound(file, scope, binding, index).filter((one) => !(one.kind === 'constant' && one.value === null)));
          }
          if (attributes && !members) {
            // An attribute set here may also be declared with its type in a base.
            if (found.length > 0) return found;
            for (const base of this.bases({ path, scope: index })) if (base.kind === 'class') { const inherited = find(base.path, base.scope); if (inherited?.length) return inherited; }
            return found;
          }
        }
        if (members) return found;
        let external: string | undefined;
        for (const base of this.bases({ path, scope: index })) {
          if (base.kind === 'class') {
            const inherited = find(base.path, base.scope);
            if (inherited) return inherited;
          } else if (base.kind === 'instance') external ??= base.of;
          else if (base.kind === 'symbol' && !/^(builtins|abc|typing)\./.test(base.name)) external ??= canonicalType(base.name);
        }
        return external === undefined ? undefined : this.attribute({ kind: 'instance', of: external }, name);
      };
      return find(value.path, value.scope) ?? none;
    });
  }

  /** A class member as an instance sees it: methods are bound, properties are what they return. */
  #bind(member: Value, instance: boolean): readonly Value[] {
    if (member.kind !== 'function') return [member];
    const facts = this.function(member);
    if (!facts) return [member];
    if (instance && isProperty(facts)) return this.#flat(this.returned(member), (value) => [value]);
    if (decoratedWith(facts, 'staticmethod')) return [member];
    return instance || decoratedWith(facts, 'classmethod') ? [{ ...member, bound: true }] : [member];
  }

  function(value: Definition): FunctionFacts | undefined {
    return this.#file(value.path)?.scopes[value.scope]?.function;
  }

  // ── calls ──

  /** What a call gives. */
  result(file: Facts, call: Call): readonly Value[] {
    return this.#once(file.path, `call ${call.index}`, () => {
      const special = this.#special(file, call);
      if (special) return special;
      return this.#flat(this.infer(file, call.callee, call.scope, call.start), (callee) => this.called(callee));
    });
  }

  /** What calling `value` gives. */
  called(value: Value): readonly Value[] {
    switch (value.kind) {
      case 'class': return [{ kind: 'object', path: value.path, scope: value.scope }];
      case 'function': return this.returned(value);
      case 'partial': return this.#flat(value.of, (inner) => this.called(inner));
      case 'object': return this.#flat(this.attribute(value, '__call__'), (method) => (method.kind === 'function' ? this.returned(method) : none));
      case 'instance': {
        const row = factories.get(value.of);
        return row ? [{ kind: 'instance', of: row }] : none;
      }
      case 'symbol': return this.#symbolCalled(value.name);
      default: return none;
    }
  }

  #symbolCalled(written: string): readonly Value[] {
    const name = taskMethod(written) ?? written;
    const dot = name.lastIndexOf('.');
    const row = returns.get(name) ?? (dot > 0 ? returns.get(`${canonicalType(name.slice(0, dot))}${name.slice(dot)}`) : undefined);
    if (row) return [row.element ? { kind: 'collection', of: [{ kind: 'instance', of: row.returns }] } : { kind: 'instance', of: row.returns }];
    const last = name.slice(dot + 1);
    return /^_?[A-Z]/.test(last) ? [{ kind: 'instance', of: canonicalType(name) }] : none;
  }

  /** Calls whose meaning is in their arguments. */
  #special(file: Facts, call: Call): readonly Value[] | undefined {
    const { callee } = call;
    const name = callee.kind === 'name' || callee.kind === 'attribute' ? callee.name : '';
    const first = call.arguments[0]?.value;
    const infer = (expression: Expression): readonly Value[] => this.infer(file, expression, call.scope, call.start);
    switch (name) {
      case 'super': {
        for (let index = call.scope; index > 0; index = file.scopes[index]!.parent) {
          const parent = file.scopes[index]!.parent;
          if (file.scopes[index]!.kind === 'function' && file.scopes[parent]?.kind === 'class') return [{ kind: 'super', path: file.path, scope: parent }];
        }
        return none;
      }
      case 'getattr': {
        const attribute = call.arguments[1]?.value;
        if (first && attribute?.kind === 'constant' && typeof attribute.value === 'string') return this.#flat(infer(first), (value) => this.attribute(value, attribute.value as string));
        return none;
      }
      case 'partial': return first ? [{ kind: 'partial', of: infer(first) }] : none;
      case 'cast': {
        const value = call.arguments[1]?.value;
        return first && value ? this.annotated(file, first, call.scope) : undefined;
      }
      case 'Depends': case 'Security': return first ? this.#flat(infer(first), (value) => this.#flat(this.called(value), (result) => (result.kind === 'generator' ? result.of : result.kind === 'coroutine' ? result.of : [result]))) : none;
      case 'list': case 'sorted': case 'tuple': case 'set': case 'reversed': case 'iter':
        return first && callee.kind === 'name' ? [{ kind: 'collection', of: this.#flat(infer(first), (value) => this.elements(value)) }] : undefined;
      case 'next': return first && callee.kind === 'name' ? this.#flat(infer(first), (value) => this.elements(value)) : undefined;
      case 'enumerate': return first && callee.kind === 'name' ? [{ kind: 'collection', of: [{ kind: 'tuple', items: [none, this.#flat(infer(first), (value) => this.elements(value))] }] }] : undefined;
      case 'zip': return callee.kind === 'name' ? [{ kind: 'collection', of: [{ kind: 'tuple', items: call.arguments.map((argument) => this.#flat(infer(argument.value), (value) => this.elements(value))) }] }] : undefined;
      case 'enter_context': case 'enter_async_context': return first ? this.#flat(infer(first), (value) => this.entered(value)) : none;
      case 'wait_for': case 'shield': return first ? infer(first) : none;
      case 'gather': return [{ kind: 'coroutine', of: [{ kind: 'tuple', items: call.arguments.map((argument) => this.#flat(infer(argument.value), (value) => (value.kind === 'coroutine' ? value.of : [value]))) }] }];
      case 'values': case 'items': case 'copy': {
        if (callee.kind !== 'attribute') return undefined;
        const owner = infer(callee.object).filter((value) => value.kind === 'collection');
        if (owner.length === 0) return undefined;
        return name === 'items' ? [{ kind: 'collection', of: [{ kind: 'tuple', items: [none, this.#flat(owner, (value) => this.elements(value))] }] }] : owner;
      }
      case 'get': case 'pop': {
        if (callee.kind !== 'attribute') return undefined;
        const owner = infer(callee.object).filter((value) => value.kind === 'collection');
        return owner.length === 0 ? undefined : this.#flat(owner, (value) => this.elements(value));
      }
      default: return undefined;
    }
  }

  /** What calling a function of the workspace gives. */
  returned(value: Value & { kind: 'function' }): readonly Value[] {
    return this.#once(value.path, `returns ${value.scope}`, () => {
      const file = this.#file(value.path);
      const scope = file?.scopes[value.scope];
      const facts = scope?.function;
      if (!file || !scope || !facts) return none;
      const wrapped = this.decoration(file, scope, facts);
      let results: readonly Value[] = none;
      if (facts.generator) {
        const items = this.#flat(facts.yields, (item) => this.infer(file, item, scope.index, scope.end));
        const annotated = facts.returnAnnotation ? this.#flat(this.annotated(file, facts.returnAnnotation, scope.parent), (one) => this.elements(one)) : none;
        const of = unique([...(annotated.length > 0 ? annotated : items)]);
        const definition = { path: value.path, scope: value.scope };
        return [wrapped === 'context' ? { kind: 'context', of, function: definition } : { kind: 'generator', of, function: definition }];
      }
      if (facts.returnAnnotation) results = this.annotated(file, facts.returnAnnotation, scope.parent);
      if (results.length === 0) results = unique(this.#flat(facts.returns, (one) => this.infer(file, one, scope.index, scope.end)).filter((one) => !(one.kind === 'constant' && one.value === null)));
      return facts.async || wrapped === 'coroutine' ? [{ kind: 'coroutine', of: results }] : results;
    });
  }

  /**
   * What its decorators make of a function: `coroutine` when calling it runs the body elsewhere or later, `context` for
   * a context manager, `cached` when the body runs once; undefined when it stays what it is.
   */
  decoration(file: Facts, scope: Scope, facts: FunctionFacts): 'coroutine' | 'context' | 'cached' | undefined {
    for (const decorator of facts.decorators) {
      const expression = decorator.value.kind === 'call' ? file.calls[decorator.value.call]!.callee : decorator.value;
      if (expression.kind !== 'name' && expression.kind !== 'attribute') continue;
      const { name } = expression;
      if (keepsFunction.has(name)) continue;
      if (name === 'contextmanager' || name === 'asynccontextmanager') return 'context';
      if (name === 'lru_cache' || name === 'cache' || name === 'cached_property') return 'cached';
      if (/(^|_)(to_async|asyncify|to_thread|in_thread|threadpool|in_threadpool|in_executor|run_in_executor|make_async|async_wrap|sync_to_async|database_sync_to_async)$/.test(name)) return 'coroutine';
      for (const value of this.infer(file, expression, scope.parent, scope.start)) {
        if (value.kind !== 'function' || facts.async) continue;
        // A decorator of the workspace that gives back an `async def` runs the body there.
        const results = this.#rawReturns(value, decorator.value.kind === 'call');
        if (results.some((result) => result.kind === 'function' && this.function(result)?.async)) return 'coroutine';
      }
    }
    return undefined;
  }

  #rawReturns(value: Value & { kind: 'function' }, twice: boolean): readonly Value[] {
    const file = this.#file(value.path);
    const scope = file?.scopes[value.scope];
    const found = file && scope?.function ? this.#flat(scope.function.returns, (one) => this.infer(file, one, scope.index, scope.end)) : none;
    return twice ? this.#flat(found, (inner) => (inner.kind === 'function' ? this.#rawReturns(inner, false) : none)) : found;
  }
}

/** `sessionmaker` instances make sessions. */
const factories: ReadonlyMap<string, string> = new Map([...returns.values()].flatMap((row) => (row.factory_of ? [[row.returns, row.factory_of] as const] : [])));

export function decoratedWith(facts: FunctionFacts, name: string): boolean {
  return facts.decorators.some(({ value }) => (value.kind === 'name' || value.kind === 'attribute') && value.name === name);
}

export function isProperty(facts: FunctionFacts): boolean {
  return facts.decorators.some(({ value }) => (value.kind === 'name' || value.kind === 'attribute') && /^(cached_|abstract|hybrid_)?property$/.test(value.name));
}

/** `tasks.add.delay`, imported from where we cannot look: Celery's, going by the module's name. */
export function taskMethod(name: string): string | undefined {
  const sent = /(?:^|\.)(?:tasks?|celery[a-z_]*|[a-z_]+_tasks?)\.(?:.*\.)?[a-z_]\w*\.(delay|apply_async)$/.exec(name);
  return sent ? `celery.app.task.Task.${sent[1]}` : undefined;
}

function unique(values: readonly Value[]): readonly Value[] {
  if (values.length < 2) return values;
  const seen = new Set<string>();
  const kept: Value[] = [];
  for (const value of values) {
    const key = keyOf(value);
    if (seen.has(key)) continue;
    seen.add(key);
    kept.push(value);
    if (kept.length === most) break;
  }
  return kept;
}

function keyOf(value: Value): string {
  switch (value.kind) {
    case 'symbol': return `s${value.name}`;
    case 'instance': return `i${value.of}`;
    case 'module': return `m${value.module.path ?? value.module.folder}`;
    case 'class': case 'object': case 'super': return `${value.kind}${value.path}#${value.scope}`;
    case 'function': return `f${value.path}#${value.scope}${value.bound ? 'b' : ''}`;
    case 'constant': return `c${typeof value.value}${value.value}`;
    case 'tuple': return `t${value.items.map((item) => item.map(keyOf).join()).join(';')}`;
    default: return `${value.kind}(${value.of.map(keyOf).join()})`;
  }
}
