/** What one file says: plain data made from one path and one text. No syntax nodes, no other file. */

import { printOf, samePrint, type Print } from './print.ts';

/** A span of UTF-16 code units in a file's text; `end` is exclusive. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export type Language = 'python' | 'shell' | 'dockerfile' | 'compose' | 'procfile' | 'systemd' | 'supervisor' | 'makefile' | 'kubernetes' | 'config' | 'requirements' | 'other';

/** Facts of one file. A language that has no calls has empty `calls`, and so on: rules need not ask for the language. */
export interface Facts {
  /** Path relative to the workspace root, with `/`. */
  readonly path: string;
  readonly language: Language;
  /** Of a closed file it may be read again when somebody asks: ask for it only where nothing else tells. */
  readonly text: string;
  /** Of a closed file: what tells its text from others. */
  readonly print?: Print;
  /** Of a closed file: where its lines start, from the second on. */
  readonly lines?: Uint32Array;
  /** Of a closed file: whether its names and strings may hold this one. */
  holds?(name: string): boolean;
  /** Where the parser had to guess; empty for a file that parses. */
  readonly errors: readonly Range[];
  /** Of a file that is being edited, whose text cannot be read as it stands: the facts are what it last said. */
  readonly halfTyped?: HalfTyped;

  // ── Python ──
  /** Scope 0 is the module. */
  readonly scopes: readonly Scope[];
  readonly blocks: readonly Block[];
  readonly calls: readonly Call[];
  readonly reads: readonly Read[];
  readonly loops: readonly Loop[];
  readonly withs: readonly With[];
  /** `object["key"] = value`, and `….state.key = value`. */
  readonly stores: readonly Store[];
  /** The module's docstring and `from __future__` imports end here: the first place where an import may be added. */
  readonly importsStart: number;
  /** Top-level statements, for rules about their order (monkey patching). */
  readonly statements: readonly Statement[];
  /** Names of the functions that are properties: reading one of another file may run code. */
  readonly properties: readonly string[];
  /** Of a file that is being edited: what its statements add to these lists, in order. */
  readonly sections?: readonly Section[] | undefined;

  // ── Shell, containers ──
  readonly commands: readonly Command[];

  /** Ignore comments of this file. */
  readonly ignores: readonly Ignore[];

  /** What is wrong with a config file, each within one line. */
  readonly problems?: readonly { readonly range: Range; readonly message: { readonly key: string; readonly text: string; readonly values: Readonly<Record<string, string>> } }[];
}

/** What facts of a text rest on that cannot be read as it stands. */
export interface HalfTyped {
  /** The real text. That of the facts is as long, and has words of an earlier one where this cannot be read. */
  readonly text: string;
  /** Where it cannot be read, in order: facts there are those of an earlier text. */
  readonly unread: readonly Range[];
  /** Where the parser had to guess in what is read instead. */
  readonly errors: readonly Range[];
}

/** Where what is known of a file rests on guesses of the parser. */
export function guesses({ errors, halfTyped }: Facts): readonly Range[] {
  return halfTyped ? halfTyped.errors : errors;
}

// ───────────────────────── Python ─────────────────────────

/**
 * The value of an expression, as far as names and calls matter. Without positions, and shared by equal expressions of
 * one file: where it stands is known by the call, binding or block that holds it.
 */
export type Expression =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'attribute'; readonly object: Expression; readonly name: string }
  | { readonly kind: 'call'; /** Index into `Facts.calls`. */ readonly call: number }
  | { readonly kind: 'await'; readonly value: Expression }
  | { readonly kind: 'subscript'; readonly object: Expression; readonly index: Expression }
  | { readonly kind: 'constant'; readonly value: string | number | boolean | null }
  | { readonly kind: 'sequence'; readonly type: 'list' | 'tuple' | 'set'; readonly items: readonly Expression[] }
  | { readonly kind: 'dictionary'; /** Of `**other`, key and value are a `star`. */ readonly entries: readonly { readonly key: Expression; readonly value: Expression }[] }
  | { readonly kind: 'operation'; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'either'; /** `a or b`, `a if c else b` */ readonly options: readonly Expression[] }
  | { readonly kind: 'lambda'; readonly scope: number }
  | { readonly kind: 'comprehension'; readonly type: 'list' | 'set' | 'dictionary' | 'generator'; readonly element: Expression; readonly scope: number }
  | { readonly kind: 'star'; readonly value: Expression }
  | { readonly kind: 'unknown' };

/** A module, class body, function body, lambda or comprehension. */
export interface Scope extends Range {
  readonly index: number;
  readonly kind: 'module' | 'class' | 'function' | 'lambda' | 'comprehension';
  /** `''` for module, lambda and comprehension. */
  readonly name: string;
  readonly nameRange: Range;
  /** Index of the enclosing scope; -1 for the module. */
  readonly parent: number;
  /** The block of the enclosing scope in which it is defined. */
  readonly block: number;
  /** What each name is bound to in this scope, in source order. */
  readonly bindings: ReadonlyMap<string, readonly Binding[]>;
  /** Names declared `global` / `nonlocal` here. */
  readonly outer?: readonly string[];
  readonly function?: FunctionFacts;
  readonly class?: ClassFacts;
}

export interface FunctionFacts {
  readonly async: boolean;
  readonly generator: boolean;
  readonly decorators: readonly Decorator[];
  readonly parameters: readonly Parameter[];
  readonly returnAnnotation?: Expression;
  readonly returns: readonly Expression[];
  readonly yields: readonly Expression[];
  /** From the first decorator or `async`/`def` to the end. */
  readonly wholeRange: Range;
  /** The `def` keyword, or `async` of `async def`. */
  readonly keywordRange: Range;
  readonly bodyRange: Range;
  /** Whether the body has an `await`, `async for` or `async with` of its own. */
  readonly awaits: boolean;
  /** Of a body that does nothing: `pass`, `...` or a docstring alone is `empty`, `raise NotImplementedError` is `missing`. */
  readonly stub?: 'empty' | 'missing';
}

export interface ClassFacts {
  readonly decorators: readonly Decorator[];
  readonly bases: readonly Expression[];
  readonly keywords: readonly { readonly name: string; readonly value: Expression }[];
  /** `self.x = …`, `cls.x = …` and `Name.x = …` anywhere in the class's methods, by attribute. */
  readonly attributes: ReadonlyMap<string, readonly Binding[]>;
}

export interface Decorator extends Range {
  readonly value: Expression;
}

export interface Parameter {
  readonly name: string;
  readonly star?: '*' | '**';
  readonly annotation?: Expression;
  readonly default?: Expression;
}

/** One way a name (or `self` attribute) gets a value. */
export interface Binding extends Range {
  /** Scope whose names the value is written in. */
  readonly scope: number;
  readonly block: number;
  readonly value: BoundValue;
}

export type BoundValue =
  | { readonly kind: 'assigned'; readonly value: Expression; /** Index path in tuple unpacking. */ readonly item?: readonly number[]; readonly annotation?: Expression }
  | { readonly kind: 'annotated'; readonly annotation: Expression }
  | { readonly kind: 'import'; /** Dotted, without leading dots. */ readonly module: string; readonly level: number; /** For `from m import member`. */ readonly member?: string; /** `import a.b` binds `a`. */ readonly root?: boolean }
  | { readonly kind: 'star-import'; readonly module: string; readonly level: number }
  | { readonly kind: 'function'; readonly scope: number }
  | { readonly kind: 'class'; readonly scope: number }
  | { readonly kind: 'parameter'; readonly index: number }
  | { readonly kind: 'element'; /** `for x in value` */ readonly of: Expression; readonly async: boolean; readonly item?: readonly number[] }
  | { readonly kind: 'entered'; /** `with value as x` */ readonly of: Expression; readonly async: boolean; readonly item?: readonly number[] }
  | { readonly kind: 'exception'; readonly type?: Expression }
  | { readonly kind: 'augmented'; readonly operator: string; readonly value: Expression }
  | { readonly kind: 'deleted' }
  | { readonly kind: 'unknown' };

/**
 * A stretch of statements under one header. Block 0 is the module body; a function, class, lambda or comprehension has a
 * block of its own, whose parent is the block it stands in.
 */
export interface Block extends Range {
  readonly index: number;
  readonly kind: 'body' | 'if' | 'else' | 'for' | 'while' | 'loop-else' | 'with' | 'try' | 'except' | 'finally' | 'try-else' | 'case' | 'conditional';
  readonly parent: number;
  readonly scope: number;
  /** Condition of `if`, `while`; for `else` and `elif`, the conditions that were false stand in `not`. */
  readonly test?: Test;
  readonly not?: readonly Test[];
  /** Offset after which statements of this block are unreachable (behind `return`, `raise`, `continue`, `break`). */
  readonly unreachableFrom?: number;
  /** Where it cannot fall through: its last statement always leaves. */
  readonly leaves?: 'return' | 'raise' | 'continue' | 'break';
  /** Index into `Facts.loops` / `Facts.withs`, where this block is their body. */
  readonly loop?: number;
  readonly with?: number;
  readonly async?: boolean;
}

/** A condition, as far as it can be decided from constants. */
export type Test =
  | { readonly kind: 'truthy'; readonly value: Expression }
  | { readonly kind: 'not'; readonly test: Test }
  | { readonly kind: 'and' | 'or'; readonly tests: readonly Test[] }
  | { readonly kind: 'compare'; readonly operator: string; readonly left: Expression; readonly right: Expression };

export interface Call extends Range {
  readonly index: number;
  readonly callee: Expression;
  readonly calleeRange: Range;
  readonly arguments: readonly Argument[];
  /** The parentheses and what is between them. */
  readonly argumentsRange: Range;
  readonly scope: number;
  readonly block: number;
  /** The `await` expression whose direct operand this call is. */
  readonly awaited?: Range;
  /** What stands directly around it, for fixes. */
  readonly role: 'statement' | 'value' | 'object' | 'callee' | 'argument' | 'with' | 'iterated' | 'decorator' | 'default';
}

export interface Argument extends Range {
  readonly name?: string;
  readonly star?: '*' | '**';
  readonly value: Expression;
  readonly valueRange: Range;
}

/** The first read of an attribute chain in a scope, where it is not called: a property may run behind it. */
export interface Read {
  /** Always an attribute. */
  readonly value: Expression & { readonly kind: 'attribute' };
  readonly nameRange: Range;
  readonly scope: number;
  readonly block: number;
}

export interface Statement extends Range {
  readonly kind: 'import' | 'from-import' | 'future' | 'docstring' | 'expression' | 'assignment' | 'function' | 'class' | 'if' | 'try' | 'with' | 'for' | 'other';
}

/**
 * A statement of a file that is being edited: of the top level, or of the body of a class there; what stands before such a
 * body is one as well. It stays the same object while its text does, wherever an edit elsewhere moves it; its facts are then
 * moved in place.
 */
export interface Section extends Range {
  /** Places of its first scope, block and call in the file's lists. */
  readonly firstScope: number;
  readonly firstBlock: number;
  readonly firstCall: number;
  readonly scopes: readonly Scope[];
  readonly blocks: readonly Block[];
  readonly calls: readonly Call[];
  readonly reads: readonly Read[];
  readonly loops: readonly Loop[];
  readonly withs: readonly With[];
  readonly stores: readonly Store[];
  /** What it binds in the module, in order. */
  readonly bound: readonly (readonly [string, Binding])[];
  /** Of a member of a class: what it binds in the class's body, and of its instances. */
  readonly members: readonly (readonly [string, Binding])[];
  readonly attributes: readonly (readonly [string, Binding])[];
}

/**
 * An assignment to one item by a constant key, or to one attribute of what is called `state`; its own range is the target's. Of an
 * attribute, `value` is unknown where it is not assigned as it is, and `valueRange` is the target's as well.
 */
export interface Store extends Range {
  readonly kind: 'item' | 'attribute';
  readonly object: Expression;
  readonly key: string;
  readonly value: Expression;
  readonly valueRange: Range;
  readonly scope: number;
  readonly block: number;
}

/** A `for` or `while` statement or a comprehension clause. */
export interface Loop extends Range {
  readonly index: number;
  readonly kind: 'for' | 'while' | 'comprehension';
  readonly async: boolean;
  readonly scope: number;
  /** The block the loop stands in, and the block of its body. */
  readonly block: number;
  readonly body: number;
  readonly bodyRange: Range;
  readonly headerRange: Range;
  readonly targets: readonly string[];
  readonly targetRange?: Range;
  readonly iterable?: Expression;
  readonly iterableRange?: Range;
  readonly test?: Test;
  readonly hasElse: boolean;
  /** Details of the body, recorded only where it holds an `await` directly (not in a nested function). */
  readonly flow?: LoopFlow;
}

/** The data flow of one loop body, its own nested blocks included. */
export interface LoopFlow {
  /** `await` expressions, outermost first, in order. */
  readonly awaits: readonly Await[];
  readonly reads: readonly NameUse[];
  readonly writes: readonly NameUse[];
  /** What leaves early or makes order matter. */
  readonly exits: readonly { readonly kind: 'break' | 'continue' | 'return' | 'yield' | 'raise'; readonly start: number; readonly nested: boolean }[];
  readonly contains: readonly ('with' | 'async-with' | 'try' | 'async-for' | 'while' | 'for' | 'if' | 'global' | 'del' | 'assert' | 'function')[];
  /** The body's direct statements. */
  readonly statements: readonly BodyStatement[];
}

export interface Await extends Range {
  readonly value: Expression;
  readonly valueRange: Range;
  readonly block: number;
}

/** A use of a name, an attribute chain (`self.total`) or an item of one (`out[i]`). */
export interface NameUse extends Range {
  readonly name: string;
  /** For `a.b[c]`: `.b` and `[]` in order. */
  readonly path: readonly string[];
  readonly kind: 'name' | 'attribute' | 'item' | 'method' | 'augmented';
}

export interface BodyStatement extends Range {
  readonly kind: 'assign' | 'expression' | 'other';
  /** `x = …`: the names assigned. */
  readonly targets?: readonly string[];
  readonly value?: Expression;
  readonly valueRange?: Range;
}

/** A `with` or `async with` statement. */
export interface With extends Range {
  readonly index: number;
  readonly async: boolean;
  readonly scope: number;
  readonly block: number;
  readonly body: number;
  readonly bodyRange: Range;
  readonly items: readonly { readonly value: Expression; readonly range: Range; readonly alias?: string }[];
}

// ───────────────────────── Shell and containers ─────────────────────────

/** One simple command as written, with what is known of each word. */
export interface Command extends Range {
  readonly words: readonly Word[];
  /** `A=b` before the command. */
  readonly assignments: readonly Assignment[];
  /** Variables and state that hold where the command stands. */
  readonly environment: ReadonlyMap<string, Word | undefined>;
  readonly exported: ReadonlyMap<string, Word | undefined>;
  /** Directory the command runs in, relative to the workspace root; undefined when unknown. */
  readonly directory?: string;
  /** Directories it may run in, relative to the workspace root, the likeliest first; never empty. */
  readonly directories: readonly string[];
  /** Conditions around it, as written (`"$MODE" = dev`). */
  readonly conditions: readonly string[];
  /** How words must be written in an edit: shell words, JSON strings, YAML list items. */
  readonly form: 'shell' | 'json' | 'yaml-list' | 'systemd' | 'plain';
}

export interface Assignment extends Range {
  readonly name: string;
  readonly value: Word;
}

/** A word of a command. `value` is undefined when it cannot be known; `prefix` may still tell how it begins. */
export interface Word extends Range {
  readonly value?: string;
  /** The known beginning of a word whose end is not known: `--workers=` of `--workers=$N`. */
  readonly prefix?: string;
  readonly text: string;
  /** It may expand to any number of words (`"$@"`, `$ARGS` of unknown value, arrays). */
  readonly many?: boolean;
  /** It was written elsewhere (a variable's value): not to be edited here. */
  readonly indirect?: boolean;
}

/** Its own range is the directive, from its `#` on. */
export interface Ignore extends Range {
  /** The line or the whole file; `target` is the range of text it silences. */
  readonly scope: 'line' | 'file';
  readonly target: Range;
  /** Rule ids (for `noqa`, Ruff's codes); empty means every rule. */
  readonly rules: readonly string[];
  readonly ruleRanges: readonly Range[];
  readonly source: 'unblock' | 'noqa';
}

/** Facts of a file that says nothing (unknown language, or only ignores). */
export function emptyFacts(path: string, language: Language, text: string): Facts {
  return { path, language, text, errors: [], scopes: [], blocks: [], calls: [], reads: [], loops: [], withs: [], stores: [], importsStart: 0, statements: [], properties: [], commands: [], ignores: [] };
}

export function isProperty(facts: FunctionFacts): boolean {
  return facts.decorators.some(({ value }) => (value.kind === 'name' || value.kind === 'attribute') && /^(cached_|abstract|hybrid_)?property$/.test(value.name));
}

/** Whether two facts are those of the same text. */
export function sameText(one: Facts, other: Facts): boolean {
  return one.print || other.print ? samePrint(one.print ?? printOf(one.text), other.print ?? printOf(other.text)) : one.text === other.text;
}

/** Whether a range may reach over a line break; its text need not be read for that. */
export function mayBreak({ lines }: Facts, { start, end }: Range): boolean {
  if (!lines) return true;
  const next = lines[linesUpTo(lines, start)];
  return next !== undefined && next <= end;
}

/** How many of `lines` start at an offset or before it. */
export function linesUpTo(lines: Uint32Array, offset: number): number {
  let [low, high] = [0, lines.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lines[middle]! > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Whether a name may stand in a file, as a name or in a string. */
export function mayHold(file: Facts, name: string): boolean {
  return file.holds ? file.holds(name) : file.text.includes(name);
}
