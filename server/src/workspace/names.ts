/** What a name or expression stands for, across files. */

import { isProperty, type Binding, type Call, type Expression, type Facts, type FunctionFacts, type Scope } from '../facts.ts';
import { canonicalType, carriers, returns } from '../knowledge/index.ts';
import { annotated, takesFunctions, typing } from './annotations.ts';
import { Answers } from './answers.ts';
import { builtinResult, operationResult } from './builtins.ts';
import { decoratedType, decorationOf, type Decoration } from './decorators.ts';
import { promised } from './generators.ts';
import { constantOf, type Constant } from './guards.ts';
import { attributeOf, factories, isCarriedKey, symbolNamed } from './libraries.ts';
import { Modules, type Module } from './modules.ts';
import { announces, decoratedWith, displayName, isNone, isOfClass } from './scopes.ts';
import { untaught } from './taught.ts';
import { isMadeAt } from './made-of.ts';
import { type Definition, type Value, flat, given, most, none, unique } from './values.ts';

export interface Files {
  facts(path: string): Facts | undefined;
  readonly modules: Modules;
  /** What calls give to a parameter that does not say what it takes. */
  handed?(file: Facts, scope: number, parameter: string): readonly Value[];
  /** What applications or requests carry under a dotted name; undefined where nobody knows. */
  carried?(name: string): readonly Value[] | undefined;
}

/** Resolves names over the facts of all files. Answers are remembered until whoever changes a file has them forgotten. */
export class Names {
  readonly #files: Files;
  readonly answers = new Answers();
  /** What the project says about calls; whoever changes it forgets the answers. */
  taught = untaught;

  constructor(files: Files) {
    this.#files = files;
  }

  file(path: string): Facts | undefined {
    return this.#files.facts(path);
  }

  // ── expressions ──

  /** What `expression` may be, written in `scope` of `file` at offset `at`. */
  infer(file: Facts, expression: Expression, scope: number, at: number): readonly Value[] {
    switch (expression.kind) {
      case 'name': return this.lookUp(file, expression.name, scope, at);
      case 'attribute': {
        const objects = this.infer(file, expression.object, scope, at);
        return objects.length === 1 ? this.attribute(objects[0]!, expression.name) : flat(objects, (value) => this.attribute(value, expression.name));
      }
      case 'call': {
        const call = file.calls[expression.call];
        return call ? this.result(file, call) : none;
      }
      case 'await': {
        const awaited = this.infer(file, expression.value, scope, at);
        // Who awaits a method that blocks has another, asynchronous type than we took it for.
        if (expression.value.kind === 'call' && awaited.some(({ kind }) => kind === 'instance') && this.#blocksAsMethod(file, file.calls[expression.value.call]!)) return none;
        return flat(awaited, (value) => (value.kind === 'coroutine' ? value.of : [value]));
      }
      case 'constant': return [{ kind: 'constant', value: expression.value }];
      case 'either': return flat(expression.options, (option) => this.infer(file, option, scope, at));
      case 'sequence': return expression.type === 'tuple'
        ? [{ kind: 'tuple', items: expression.items.map((item) => this.infer(file, item, scope, at)) }]
        : [{ kind: 'collection', of: unique(flat(expression.items, (item) => this.infer(file, item, scope, at))) }];
      case 'comprehension': return [{ kind: 'collection', of: this.infer(file, expression.element, expression.scope, at) }];
      case 'lambda': return [{ kind: 'function', path: file.path, scope: expression.scope }];
      case 'operation': return operationResult(this, file, expression, scope, at);
      case 'subscript': return this.#subscript(file, expression, scope, at);
      case 'dictionary': return [{ kind: 'collection', of: unique(flat(expression.entries, (entry) => this.infer(file, entry.value, scope, at))) }];
      default: return none;
    }
  }

  #blocksAsMethod(file: Facts, call: Call): boolean {
    return this.infer(file, call.callee, call.scope, call.start).some((value) => value.kind === 'symbol' && value.row?.kind === 'method');
  }

  #subscript(file: Facts, expression: Expression & { kind: 'subscript' }, scope: number, at: number): readonly Value[] {
    const { index } = expression;
    return flat(this.infer(file, expression.object, scope, at), (value) => {
      switch (value.kind) {
        case 'tuple': return index.kind === 'constant' && typeof index.value === 'number' ? (value.items.at(index.value) ?? none) : this.elements(value);
        case 'instance': {
          const row = returns.get(`${value.of}.__getitem__`) ?? returns.get(`${value.of}.__getattr__`);
          if (row?.carrier) return index.kind === 'constant' && isCarriedKey(index.value) ? this.attribute({ kind: 'instance', of: row.returns }, index.value) : none;
          return row ? [{ kind: 'instance', of: row.returns }] : this.elements(value);
        }
        case 'symbol': {
          const row = returns.get(`${value.name}.__getitem__`);
          if (row) return [{ kind: 'instance', of: row.returns }];
          return typing.test(value.name) ? [{ kind: 'type', of: annotated(this, file, expression, scope) }] : none;
        }
        // A generic class is itself with any type in its brackets.
        case 'class': return [value];
        default: return this.elements(value);
      }
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
      case 'object': {
        const next = this.attribute(value, '__next__');
        const items = flat(next, (method) => (method.kind === 'function' ? this.returned(method) : none));
        return items.length > 0 ? items : flat(this.attribute(value, '__iter__'), (method) => (method.kind === 'function' ? flat(this.returned(method), (result) => (result.kind === 'object' ? none : this.elements(result))) : none));
      }
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
        const found = flat(methods, (method) => (method.kind === 'function' ? flat(this.returned(method), (result) => (result.kind === 'coroutine' ? result.of : [result])) : none));
        return found.length > 0 ? found : [value];
      }
      case 'coroutine': return flat(value.of, (inner) => this.entered(inner));
      default: return none;
    }
  }

  /** The constant that an argument of a call is. */
  constant(file: Facts, call: Pick<Call, 'scope' | 'start'>, argument: Expression): Constant | undefined {
    const values = this.infer(file, argument, call.scope, call.start);
    return values.length === 1 && values[0]!.kind === 'constant' ? values[0]!.value : constantOf(argument);
  }

  // ── names ──

  lookUp(file: Facts, name: string, scope: number, at: number): readonly Value[] {
    let own = true;
    for (let index = scope; index >= 0; index = file.scopes[index]!.parent) {
      const current = file.scopes[index]!;
      if (current.kind === 'class' && !own) continue;
      const bindings = current.bindings.get(name);
      if (bindings && !current.outer?.includes(name)) return this.#reaching(file, current, bindings, own ? at : undefined);
      // A comprehension's body belongs to the function around it: position still counts there.
      if (current.kind !== 'comprehension') own = false;
    }
    const found: Value[] = [];
    for (const star of file.scopes[0]?.bindings.get('*') ?? []) {
      if (star.value.kind !== 'star-import') continue;
      const module = this.#files.modules.resolve(file.path, star.value.module, star.value.level);
      if (module?.path !== undefined || module?.regular) found.push(...this.member(module.regular ?? module, name));
    }
    return found.length > 0 ? found : symbolNamed('builtins')[0]!.attribute(name);
  }

  /** Values of the bindings that may hold at offset `at`; of all that may be the last where `at` is undefined (another scope asks). */
  #reaching(file: Facts, scope: Scope, bindings: readonly Binding[], at: number | undefined): readonly Value[] {
    if (bindings.length === 1) return this.#bound(file, scope, bindings[0]!);
    const found: Value[] = [];
    let any = false;
    for (let k = bindings.length - 1; k >= 0; k--) {
      const binding = bindings[k]!;
      if (at !== undefined && (binding.start >= at || isMadeAt(file, binding, at))) continue;
      any = true;
      const values = this.#bound(file, scope, binding);
      found.push(...(values.length === 0 && binding.value.kind === 'assigned' && !binding.value.annotation ? this.#declared(file, bindings) : values));
      if (this.#always(file, binding, at) && binding.value.kind !== 'augmented' && binding.value.kind !== 'annotated') break;
      if (found.length > most) break;
    }
    if (!any) for (const binding of bindings) found.push(...this.#bound(file, scope, binding));
    return unique(found);
  }

  /** The type that a name was declared with, where what is assigned to it is unknown. */
  #declared(file: Facts, bindings: readonly Binding[]): readonly Value[] {
    for (const { value, scope } of bindings) {
      if ((value.kind === 'annotated' || value.kind === 'assigned') && value.annotation) return annotated(this, file, value.annotation, scope);
    }
    return none;
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

  #bound(file: Facts, scope: Scope, binding: Binding): readonly Value[] {
    const { kind } = binding.value;
    if (kind === 'function' || kind === 'class') return this.#boundNow(file, scope, binding);
    return this.answers.once(this.answers.details(file.path), binding, () => this.#boundNow(file, scope, binding));
  }

  #boundNow(file: Facts, scope: Scope, binding: Binding): readonly Value[] {
    const { value } = binding;
    switch (value.kind) {
      case 'assigned': {
        if (value.annotation) {
          const declared = annotated(this, file, value.annotation, binding.scope);
          if (declared.length > 0) return declared;
        }
        return this.#item(this.infer(file, value.value, binding.scope, binding.start), value.item);
      }
      case 'annotated': return annotated(this, file, value.annotation, binding.scope);
      case 'import': return this.#imported(file, value);
      case 'function': return [{ kind: 'function', path: file.path, scope: value.scope }];
      case 'class': return [{ kind: 'class', path: file.path, scope: value.scope }];
      case 'parameter': return this.#parameter(file, scope, value.index);
      case 'element': {
        const of = this.infer(file, value.of, binding.scope, binding.start);
        return this.#item(flat(of, (inner) => this.elements(inner)), value.item);
      }
      case 'entered': return this.#item(flat(this.infer(file, value.of, binding.scope, binding.start), (inner) => this.entered(inner)), value.item);
      default: return none;
    }
  }

  #item(values: readonly Value[], path: readonly number[] | undefined): readonly Value[] {
    let found = values;
    for (const index of path ?? []) {
      found = flat(found, (value) => (value.kind === 'tuple' ? (value.items[index] ?? none) : this.elements(value)));
    }
    return found;
  }

  #imported(file: Facts, value: { module: string; level: number; member?: string; root?: boolean }): readonly Value[] {
    const { modules } = this.#files;
    if (value.member === undefined) {
      const wanted = value.root ? value.module.split('.', 1)[0]! : value.module;
      // `import a.b` binds `a`; the workspace has it when it has a.b.
      const whole = modules.resolve(file.path, value.module, 0);
      if (!whole) return symbolNamed(wanted);
      if (!value.root) return [{ kind: 'module', module: whole }];
      const top = modules.resolve(file.path, wanted, 0);
      return top ? [{ kind: 'module', module: top }] : none;
    }
    const module = modules.resolve(file.path, value.module, value.level);
    // A package that imports from itself names what lies in it.
    const inner = module?.path === file.path ? modules.inside(module, value.member) : undefined;
    if (inner) return [{ kind: 'module', module: inner }];
    if (module) return this.member(module, value.member);
    return value.level > 0 ? none : symbolNamed(`${value.module}.${value.member}`);
  }

  /** `name` of a module of the workspace. */
  member(module: Module, name: string): readonly Value[] {
    if (module.path === undefined) return this.#inFolder(module, name);
    return this.answers.once(this.answers.members(module.path), name, () => {
      const file = this.file(module.path!);
      const scope = file?.scopes[0];
      const bindings = scope?.bindings.get(name);
      if (file && scope && bindings) return this.#reaching(file, scope, bindings, undefined);
      const inner = this.#files.modules.inside(module, name);
      if (inner) return [{ kind: 'module', module: inner }];
      if (!file || !scope) return none;
      for (const star of scope.bindings.get('*') ?? []) {
        if (star.value.kind !== 'star-import') continue;
        const from = this.#files.modules.resolve(file.path, star.value.module, star.value.level);
        const found = from ? this.member(from, name) : none;
        if (found.length > 0) return found;
      }
      return none;
    });
  }

  /** `name` of a folder without `__init__.py`: a file there, or what a package of that name has. */
  #inFolder(module: Module, name: string): readonly Value[] {
    const own = this.#files.modules.inside(module, name);
    if (own?.path !== undefined && own.path !== module.regular?.path) return [{ kind: 'module', module: own }];
    const there = module.regular ? this.member(module.regular, name) : none;
    return there.length > 0 || !own ? there : [{ kind: 'module', module: own }];
  }

  #parameter(file: Facts, scope: Scope, index: number): readonly Value[] {
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
    if (parameter.annotation) found.push(...annotated(this, file, parameter.annotation, scope.parent));
    if (found.length === 0 && parameter.default) {
      found.push(...flat(this.infer(file, parameter.default, scope.parent, scope.start + 1), (value) => (value.kind === 'constant' ? none : [value])));
    }
    if (!this.#files.handed) return found;
    if (parameter.annotation) return takesFunctions(parameter.annotation) ? [...this.#files.handed(file, scope.index, parameter.name), ...found] : found;
    return found.length === 0 ? this.#files.handed(file, scope.index, parameter.name) : found;
  }

  /** An instance of what `value` is, when it is a class. */
  instanceOf(value: Value): readonly Value[] {
    if (value.kind === 'class') return [{ kind: 'object', path: value.path, scope: value.scope }];
    if (value.kind === 'type') return value.of;
    if (value.kind !== 'symbol') return none;
    return [{ kind: 'instance', of: canonicalType(value.name) }];
  }

  // ── attributes ──

  attribute(value: Value, name: string): readonly Value[] {
    switch (value.kind) {
      case 'symbol': return value.attribute(name);
      case 'instance': return (carriers.has(value.of) ? this.#files.carried?.(`${value.of}.${name}`) : undefined) ?? attributeOf(value.of, name);
      case 'module': return this.member(value.module, name);
      case 'class': return this.#classAttribute(value, name, false);
      case 'object': return this.#classAttribute(value, name, true);
      case 'super': {
        const found: Value[] = [];
        for (const base of this.bases(value)) found.push(...(base.kind === 'class' ? this.#classAttribute(base, name, true) : base.kind === 'symbol' ? symbolNamed(`${canonicalType(base.name)}.${name}`) : none));
        return found;
      }
      case 'partial': return name === 'func' ? value.of : none;
      case 'collection': case 'coroutine': case 'context': case 'generator': case 'tuple': case 'constant': case 'callable': case 'type': return none;
      case 'function': {
        if (name === '__wrapped__') return [value];
        const type = decoratedType(this, value);
        return type === undefined ? none : this.attribute({ kind: 'instance', of: type }, name);
      }
    }
  }

  bases(value: { path: string; scope: number }): readonly Value[] {
    return this.answers.once(this.answers.bases(value.path), value.scope, () => {
      const file = this.file(value.path);
      const scope = file?.scopes[value.scope];
      if (!file || !scope?.class) return none;
      return scope.class.bases.flatMap((base) => this.infer(file, base.kind === 'subscript' ? base.object : base, scope.parent, scope.start));
    });
  }

  /** Finds `name` in a class, its instances' attributes and its bases, in that order. */
  #classAttribute(value: { path: string; scope: number }, name: string, instance: boolean): readonly Value[] {
    return this.answers.once(this.answers.attributes(value, instance), name, () => {
      const visited: { readonly path: string; readonly scope: number }[] = [];
      const find = (path: string, index: number): readonly Value[] | undefined => {
        if (visited.length > 40) return undefined;
        for (const one of visited) if (one.scope === index && one.path === path) return undefined;
        visited.push({ path, scope: index });
        const file = this.file(path);
        const scope = file?.scopes[index];
        if (!file || !scope?.class) return undefined;
        const found: Value[] = [];
        const members = scope.bindings.get(name);
        const method = members?.some((binding) => binding.value.kind === 'function');
        const set = method ? undefined : scope.class.attributes.get(name);
        const attributes = instance ? set : set?.filter((binding) => isOfClass(file, scope, binding));
        const announced = attributes?.length && members?.every(announces) ? members : undefined;
        if (members && !announced) {
          for (const member of this.#reaching(file, scope, members, undefined)) found.push(...this.#bind(member, instance));
        }
        if (!method) {
          found.push(...this.#attributeValues(file, scope, [...announced ?? [], ...attributes ?? []]));
          if (attributes?.length && !members) {
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

  /** What is assigned to an attribute. It tells more than `self.x: Base | None = None`, which only announces it, where all of it is known. */
  #attributeValues(file: Facts, scope: Scope, bindings: readonly Binding[]): readonly Value[] {
    const announced: Value[] = [];
    const assigned: Value[] = [];
    let told = true;
    for (const binding of bindings) {
      if (announced.length + assigned.length > most) break;
      const values = this.#bound(file, scope, binding).filter((one) => !(one.kind === 'constant' && one.value === null));
      if (announces(binding)) announced.push(...values);
      else {
        assigned.push(...values);
        told &&= isNone(binding) || values.length > 0 && values.every(({ kind }) => kind === 'instance' || kind === 'object');
      }
    }
    return told && assigned.length > 0 ? assigned : [...announced, ...assigned];
  }

  /** A class member as an instance sees it: methods are bound, properties are what they return. */
  #bind(member: Value, instance: boolean): readonly Value[] {
    if (member.kind !== 'function') return [member];
    const facts = this.function(member);
    if (!facts) return [member];
    if (instance && isProperty(facts)) return flat(this.returned(member), (value) => [value]);
    if (decoratedWith(facts, 'staticmethod')) return [member];
    return instance || decoratedWith(facts, 'classmethod') ? [{ ...member, bound: true }] : [member];
  }

  /** Dotted name by which the project's config speaks of a function, class or library's object: `app.users.Client.fetch`. */
  nameOf(value: Value): string | undefined {
    if (value.kind === 'symbol') return value.name;
    const file = value.kind === 'function' || value.kind === 'class' ? this.file(value.path) : undefined;
    return file && (value.kind === 'function' || value.kind === 'class') ? `${this.#files.modules.nameOf(file.path)}.${displayName(file, file.scopes[value.scope]!)}` : undefined;
  }

  /** Whether the project says of one of `values` that it runs elsewhere what it is given. */
  offload(values: readonly Value[]): boolean {
    return this.taught.offloading && values.some((value) => this.taught.offloads(this.nameOf(value) ?? ''));
  }

  function(value: Definition): FunctionFacts | undefined {
    return this.file(value.path)?.scopes[value.scope]?.function;
  }

  // ── calls ──

  /** What a call gives. */
  result(file: Facts, call: Call): readonly Value[] {
    return this.answers.once(this.answers.details(file.path), call, () => {
      const special = builtinResult(this, file, call);
      if (special) return special;
      return flat(this.infer(file, call.callee, call.scope, call.start), (callee) => this.called(callee));
    });
  }

  /** What calling `value` gives. */
  called(value: Value): readonly Value[] {
    switch (value.kind) {
      case 'class': return [{ ...value, kind: 'object' }];
      case 'function': return this.returned(value);
      case 'partial': {
        const results = flat(value.of, (inner) => this.called(inner));
        return value.given ? given(results) : results;
      }
      case 'callable': return value.of;
      case 'object': return flat(this.attribute(value, '__call__'), (method) => (method.kind === 'function' ? this.returned(method) : none));
      case 'instance': {
        const row = factories.get(value.of);
        return row ? [{ kind: 'instance', of: row }] : none;
      }
      case 'symbol': return value.result;
      default: return none;
    }
  }

  /** What calling a function of the workspace gives. */
  returned(value: Value & { kind: 'function' }): readonly Value[] {
    return this.answers.once(this.answers.returned(value.path), value.scope, () => {
      const file = this.file(value.path);
      const scope = file?.scopes[value.scope];
      const facts = scope?.function;
      if (!file || !scope || !facts) return none;
      const wrapped = this.decoration(file, scope, facts).kind;
      let results: readonly Value[] = none;
      if (facts.generator) {
        const items = flat(facts.yields, (item) => this.infer(file, item, scope.index, scope.end));
        const declared = facts.returnAnnotation ? flat(annotated(this, file, facts.returnAnnotation, scope.parent), (one) => this.elements(one)) : none;
        const of = unique(declared.length > 0 ? declared : items);
        const definition = { path: value.path, scope: value.scope };
        return [wrapped === 'context' ? { kind: 'context', of, function: definition } : { kind: 'generator', of, function: definition }];
      }
      if (facts.returnAnnotation) results = promised(this, file, facts, scope.index, scope.end, annotated(this, file, facts.returnAnnotation, scope.parent));
      if (results.length === 0) results = unique(flat(facts.returns, (one) => this.infer(file, one, scope.index, scope.end)).filter((one) => !(one.kind === 'constant' && one.value === null) && !('given' in one)));
      // Functions that it gives back run elsewhere.
      if (this.offload([value])) results = results.filter(({ kind }) => kind !== 'function' && kind !== 'partial');
      return facts.async || wrapped === 'coroutine' ? [{ kind: 'coroutine', of: results }] : results;
    });
  }

  /** What its decorators make of a function. */
  decoration(file: Facts, scope: Scope, facts: FunctionFacts): Decoration {
    if (facts.decorators.length === 0) return decorationOf(this, file, scope, facts);
    const decorations = this.answers.decorations(file.path);
    let known = decorations.get(scope.index);
    if (!known) decorations.set(scope.index, (known = decorationOf(this, file, scope, facts)));
    return known;
  }
}
