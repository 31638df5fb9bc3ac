/** What other files can see of a file: when it stays the same, an edit touches nobody else's answers. */

import { sameText, type Binding, type Expression, type Facts, type FunctionFacts, type Scope, type Section } from '../facts.ts';
import { saysWhatReturns } from './generators.ts';
import { mentioning } from './mentions.ts';
import { setOn } from './scopes.ts';
import { exchanged } from './sections.ts';

/** Whether other files resolve the same names and types through two versions of a file. */
export function showsTheSame(before: Facts, after: Facts): boolean {
  if (sameText(before, after)) return true;
  const engines = aboutEngines(after);
  if (engines !== aboutEngines(before)) return false;
  const exchange = exchanged(before, after);
  return exchange ? shown(after, exchange.come, engines) === shown(before, exchange.gone, engines) : signatureOf(before, engines) === signatureOf(after, engines);
}

/** To be asked of the first version of a file that is being edited, before another one moves its sections. */
export const prepare = (file: Facts): void => void aboutEngines(file);

/** A text that is equal for two versions of a file exactly when others see the same of both. */
function signatureOf(file: Facts, engines: boolean): string {
  return part(file, { start: 0, end: file.text.length, firstScope: 1, scopes: file.scopes.slice(1), calls: file.calls, attributes: [], bound: [...file.scopes[0]?.bindings ?? []].flatMap(([name, bindings]) => bindings.map((binding) => [name, binding] as const)) }, engines);
}

function shown(file: Facts, sections: readonly Section[], engines: boolean): string {
  return sections.map((section) => {
    let known = parts.get(section);
    if (known?.engines !== engines) parts.set(section, (known = { engines, text: part(file, section, engines) }));
    return known.text;
  }).join('\n');
}

/** What a section shows: it says the same wherever the section moves. */
const parts = new WeakMap<Section, { readonly engines: boolean; readonly text: string }>();

/**
 * The sections of `after` for which something they use may mean something else than in `before`, though they are the same
 * themselves; undefined when that cannot be told. Names decide: what mentions something that changed is concerned, and with it
 * what mentions that.
 */
export function concerned(before: Facts, after: Facts): readonly Section[] | undefined {
  if (!before.sections || !after.sections || before.scopes.length !== after.scopes.length) return undefined;
  const { gone, come } = exchanged(before, after)!;
  const fresh = new Set(come);
  const names = new Set(gone.length === come.length ? gone.flatMap((section, index) => changedNames(before, section, after, come[index]!)) : [...gone, ...come].flatMap(shownBy));
  // A star import may bind anything.
  if (names.has('*')) return undefined;
  const found = new Set<Section>();
  for (let front: readonly string[] = [...names]; front.length > 0; ) {
    if (names.size > mostNames) return undefined;
    const next: string[] = [];
    for (const section of after.sections) {
      if (fresh.has(section) || !mentions(after.text, section, front)) continue;
      found.add(section);
      // Only what rests on them in what it shows of itself leads further.
      for (const one of shownIn(after, section)) {
        if (!hasAny(one.words, front)) continue;
        for (const name of one.names) {
          if (!names.has(name)) next.push(name);
          names.add(name);
        }
      }
    }
    front = next;
  }
  return [...found];
}

/** With more names than this nearly everything is concerned. */
const mostNames = 300;

/** Names of what another version of a section shows otherwise. */
function changedNames(before: Facts, gone: Section, after: Facts, come: Section): readonly string[] {
  const all = [...shownBy(gone), ...shownBy(come)];
  if (gone.scopes.length !== come.scopes.length || gone.bound.length !== come.bound.length || gone.bound.some(([name], index) => name !== come.bound[index]![0])) return all;
  const changed = new Set(gone.bound.flatMap(([name, binding], index) => (boundText(before, binding) === boundText(after, come.bound[index]![1]) ? [] : [name])));
  for (const [index, scope] of gone.scopes.entries()) {
    const other = come.scopes[index]!;
    if (scope.kind !== other.kind || scope.name !== other.name) return all;
    if (scope.class) {
      if (derivationText(before, scope) !== derivationText(after, other)) return all;
      const [is, was] = [classTexts(after, other), classTexts(before, scope)];
      for (const name of new Set([...was.keys(), ...is.keys()])) if (was.get(name) !== is.get(name)) changed.add(name);
    } else if (scope.function && shownText(before, scope) !== shownText(after, other)) {
      if (scope.kind === 'lambda') return all;
      changed.add(scope.name);
    }
  }
  return [...changed];
}

/** What decides about everything in a class. */
function derivationText(file: Facts, { class: facts }: Scope): string {
  return [...facts!.decorators.map(({ value }) => value), ...facts!.bases, ...facts!.keywords.map(({ value }) => value)].map((value) => text(file, value)).join();
}

/** What a class and its instances have, by name. */
function classTexts(file: Facts, scope: Scope): ReadonlyMap<string, string> {
  const texts = new Map([...scope.bindings].map(([name, bindings]) => [name, bindings.map((binding) => boundText(file, binding)).join()]));
  for (const [name, bindings] of scope.class!.attributes) texts.set(name, `${texts.get(name) ?? ''};${bindings.map((binding) => attributeText(file, binding)).join()}`);
  return texts;
}

/**
 * What is said of a binding, once. A class tells of what its methods set, and an edit may have moved those: what stands in both
 * versions is the same object, and says the same. The later version is to be asked first: there positions are right.
 */
function saidOnce(say: (file: Facts, binding: Binding) => string): (file: Facts, binding: Binding) => string {
  const known = new WeakMap<Binding, string>();
  return (file, binding) => {
    let text = known.get(binding);
    if (text === undefined) known.set(binding, (text = say(file, binding)));
    return text;
  };
}

/** Where an attribute is set, and to what. */
const settingText = saidOnce((file, binding) => `${setOn(file, binding)}.${boundText(file, binding)}`);
/** The same, and what it may rest on: any name of the function around. */
const attributeText = saidOnce((file, binding) => `${settingText(file, binding)} ${bindingsText(file, file.scopes[binding.scope]!)}`);

/** What a function shows: of what it binds inside, what it gives back without saying so may rest on anything. */
function shownText(file: Facts, scope: Scope): string {
  return functionText(file, scope.function!) + (givesBackUnsaid(scope.function!) ? bindingsText(file, scope) : '');
}

function givesBackUnsaid({ returnAnnotation, returns, yields }: FunctionFacts): boolean {
  return !saysWhatReturns(returnAnnotation) && [...returns, ...yields].some((value) => value.kind !== 'constant' && value.kind !== 'unknown');
}

function bindingsText(file: Facts, scope: Scope): string {
  return [...scope.bindings].map(([name, bindings]) => `${name}=${bindings.map((binding) => boundText(file, binding)).join()}`).join();
}

/** Names under which the rest of a file reaches what a section defines. */
function shownBy({ bound, members, attributes, scopes }: Section): readonly string[] {
  return [...[...bound, ...members, ...attributes].map(([name]) => name), ...scopes.flatMap(namesOf)].filter(isReached);
}

function namesOf(scope: Scope): readonly string[] {
  return scope.class ? [scope.name, ...scope.bindings.keys(), ...scope.class.attributes.keys()] : [scope.name];
}

function isReached(name: string): boolean {
  return name !== '' && !name.startsWith('__');
}

/** What a section shows under some names, by the words of what it says. */
interface Shown {
  readonly names: readonly string[];
  readonly words: ReadonlySet<string>;
}

const words = new WeakMap<Section, ReadonlySet<string>>();
const allShown = new WeakMap<Section, readonly Shown[]>();

function shownIn(file: Facts, section: Section): readonly Shown[] {
  let known = allShown.get(section);
  if (known) return known;
  const all: Shown[] = [];
  const show = (names: readonly string[], said: string): void => {
    all.push({ names: names.filter(isReached), words: new Set(wordsOf(said)) });
  };
  for (const [name, binding] of [...section.bound, ...section.members]) show([name], boundText(file, binding));
  for (const [name, binding] of section.attributes) show([name], attributeText(file, binding));
  for (const scope of section.scopes) {
    if (scope.class) {
      show(namesOf(scope), derivationText(file, scope));
      for (const [name, said] of classTexts(file, scope)) show([name], said);
    } else if (scope.function) show(scope.kind === 'lambda' ? shownBy(section) : [scope.name], shownText(file, scope));
  }
  allShown.set(section, (known = all.filter((one) => one.names.length > 0 && one.words.size > 0)));
  return known;
}

/** Whether a section uses one of `names`; that it gives something such a name itself does not count. */
function mentions(text: string, section: Section, names: readonly string[]): boolean {
  let known = words.get(section);
  if (!known) {
    // Words cut out of the text of the file would keep all of it in memory.
    const found = wordsOf(`\n${text.slice(section.start, section.end)}`);
    const own = new Set(section.scopes.map(({ name }) => name));
    const counts = new Map<string, number>();
    for (const word of found) if (own.has(word)) counts.set(word, (counts.get(word) ?? 0) + 1);
    for (const { name } of section.scopes) counts.set(name, (counts.get(name) ?? 0) - 1);
    words.set(section, (known = new Set(found.filter((word) => !own.has(word) || counts.get(word)! > 0))));
  }
  return hasAny(known, names);
}

const wordsOf = (text: string): readonly string[] => text.match(/[^\W\d]\w*/gu) ?? [];

function hasAny(known: ReadonlySet<string>, names: readonly string[]): boolean {
  for (const name of names) if (known.has(name)) return true;
  return false;
}

function part(file: Facts, { start, end, firstScope, scopes, calls, bound, attributes }: Pick<Section, 'start' | 'end' | 'firstScope' | 'scopes' | 'calls' | 'bound' | 'attributes'>, engines: boolean): string {
  const parts: string[] = [];
  // What a module calls when it is imported can start servers and patch the standard library.
  for (const call of calls) if (call.scope === 0) parts.push(`${text(file, call.callee)}(${call.arguments.map((argument) => `${argument.name ?? ''}=${shallow(argument.value)}`).join()})`);
  for (const [name, binding] of bound) parts.push(`${name}=${boundText(file, binding)}`);
  const outward = new Set([...bound, ...attributes].map(([, binding]) => binding.scope));
  for (const scope of scopes) if (scope.class) for (const bindings of scope.class.attributes.values()) for (const binding of bindings) outward.add(binding.scope);
  // Pools are summed with launches far away, wherever in the file they are made.
  if (engines) parts.push(...file.text.slice(start, end).split('\n').filter((line) => aboutPools.test(line)));
  for (const scope of scopes) {
    if (scope.kind === 'comprehension') {
      parts.push('for');
      continue;
    }
    const inner = scope.kind === 'function' || scope.kind === 'lambda';
    parts.push(`${scope.kind} ${scope.name} ${scope.parent === 0 ? '' : scope.parent < firstScope ? 'member' : scope.parent - firstScope}`);
    if (scope.function) parts.push(functionText(file, scope.function));
    if (scope.class) {
      parts.push(scope.class.bases.map((base) => text(file, base)).join());
      for (const [name, bindings] of scope.class.attributes) parts.push(`${name}=${bindings.map((binding) => settingText(file, binding)).join()}`);
    }
    // What a function binds inside shows only through what it gives back without saying so, and through what it keeps elsewhere.
    if (!inner || outward.has(scope.index) || givesBackUnsaid(scope.function!)) {
      for (const [name, bindings] of scope.bindings) parts.push(`${name}=${bindings.map((binding) => boundText(file, binding)).join()}`);
    }
  }
  return parts.join('\n');
}

const aboutEngines = mentioning(/\bcreate_(?:async_)?engine\b|\bcreate_pool\b|SQLALCHEMY_|Connection_?Pool|Pooled(?:Postgres|MySQL)/i);
const aboutPools = /pool|overflow|echo|engine|SQLALCHEMY_|\bconfig\b|:\/\/|dispose|_(?:size|conn)/i;

function functionText(file: Facts, facts: FunctionFacts): string {
  return [
    facts.async, facts.generator, facts.decorators.map((decorator) => text(file, decorator.value)).join(),
    facts.parameters.map((parameter) => `${parameter.star ?? ''}${parameter.name}:${parameter.annotation ? text(file, parameter.annotation) : ''}=${parameter.default ? text(file, parameter.default) : ''}`).join(),
    facts.returnAnnotation ? text(file, facts.returnAnnotation) : '', saysWhatReturns(facts.returnAnnotation) ? '' : facts.returns.map((value) => text(file, value)).join(), facts.yields.map((value) => text(file, value)).join(),
  ].join('|');
}

function boundText(file: Facts, { value, block }: Binding): string {
  const where = file.blocks[block]?.kind ?? '';
  switch (value.kind) {
    case 'assigned': return `${where}${text(file, value.value)}${value.annotation ? `:${text(file, value.annotation)}` : ''}${value.item?.join('.') ?? ''}`;
    case 'annotated': return `:${text(file, value.annotation)}`;
    case 'import': return `${'.'.repeat(value.level)}${value.module}/${value.member ?? ''}`;
    case 'star-import': return `${'.'.repeat(value.level)}${value.module}/*`;
    case 'element': case 'entered': return `${value.kind}${text(file, value.of)}${value.item?.join('.') ?? ''}`;
    default: return value.kind;
  }
}

function text(file: Facts, expression: Expression): string {
  switch (expression.kind) {
    case 'name': return expression.name;
    case 'attribute': return `${text(file, expression.object)}.${expression.name}`;
    case 'call': {
      const call = file.calls[expression.call];
      return call ? `${text(file, call.callee)}(${call.arguments.map((argument) => `${argument.name ?? ''}=${shallow(argument.value)}`).join()})` : '()';
    }
    case 'await': return `await ${text(file, expression.value)}`;
    case 'subscript': return `${text(file, expression.object)}[${text(file, expression.index)}]`;
    case 'constant': return JSON.stringify(expression.value);
    case 'sequence': return `(${expression.items.map((item) => text(file, item)).join()})`;
    case 'dictionary': return `{${expression.entries.map((entry) => `${text(file, entry.key)}:${text(file, entry.value)}`).join()}}`;
    case 'operation': return `${text(file, expression.left)}${expression.operator}${text(file, expression.right)}`;
    case 'either': return expression.options.map((option) => text(file, option)).join('|');
    case 'comprehension': return `[${text(file, expression.element)}]`;
    case 'star': return `*${text(file, expression.value)}`;
    default: return expression.kind;
  }
}

/** Arguments decide what a call gives only by name or constant. */
function shallow(expression: Expression): string {
  return expression.kind === 'name' ? expression.name : expression.kind === 'constant' ? JSON.stringify(expression.value) : expression.kind === 'attribute' ? `.${expression.name}` : '';
}

/** What a file's ignore comments silence, wherever they stand. */
export function ignoresOf(file: Facts): string {
  return file.ignores.map(({ scope, source, rules, target }) => `${scope} ${source} ${rules.join()} ${scope === 'line' ? file.text.slice(target.start, target.end) : ''}`).join('\n');
}

/** Whether an edit left every import as it was. */
export function importsTheSame(before: Facts, after: Facts): boolean {
  const exchange = exchanged(before, after);
  return exchange ? importsIn(exchange.gone) === importsIn(exchange.come) : sameText(before, after);
}

/** Everything that sections import, in order. */
function importsIn(sections: readonly Section[]): string {
  return sections.flatMap(({ scopes, bound }) => [...bound.map(([, binding]) => binding), ...scopes.flatMap((scope) => [...scope.bindings.values()].flat())])
    .flatMap(({ value }) => (value.kind === 'import' || value.kind === 'star-import' ? [JSON.stringify(value)] : [])).join();
}
