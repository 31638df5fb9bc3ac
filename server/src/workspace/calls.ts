/** The calls each function makes, and which of them block: one file's edges of the call graph. */

import { mayBreak, type Call, type Expression, type Facts, type Range, type Scope } from '../facts.ts';
import { blocking, blockingRow, onLoop, returns, type BlockingRow } from '../knowledge/index.ts';
import { isAsked } from './asked.ts';
import { awaitable } from './awaited.ts';
import { Consumption } from './consumers.ts';
import { mayDrive } from './driving.ts';
import { Asked, EdgeAt, FunctionAt, RangeAt, unmoved, UseAt, type Edge, type EdgeDetails, type EdgePlace, type FileCalls, type FunctionCalls, type Standing, type Use } from './edges.ts';
import { calledParameters, runsGiven, runsNow } from './called-parameters.ts';
import type { FunctionId, FunctionIds } from './function-ids.ts';
import { handsOut } from './generators.ts';
import { argumentFor, reachable } from './guards.ts';
import { Giving } from './handed.ts';
import { workInPlace } from './in-place.ts';
import { Laziness } from './laziness.ts';
import type { Names } from './names.ts';
import { propertyOf } from './properties.ts';
import { abstractness, displayName, ownerOf } from './scopes.ts';
import type { Definition, Value } from './values.ts';
import { applies, shortened } from './unless.ts';
import { validatedBy, validatorsOf } from './validators.ts';
import { offloadedWork, takes } from './work.ts';

const schedulers: ReadonlyMap<string, number> = new Map(onLoop.flatMap((row) => (row.attr !== undefined && typeof row.work_arg === 'number' ? [[row.attr, row.work_arg] as const] : [])));
/** By the dotted name of what is called. */
const scheduling: ReadonlyMap<string, number> = new Map(onLoop.flatMap((row) => (row.attr === undefined && typeof row.work_arg === 'number' ? [[row.call, row.work_arg] as const] : [])));
const mayBeFunction: ReadonlySet<string> = new Set(['name', 'attribute', 'lambda', 'call']);
const inMemory = new Set(['io.BytesIO', 'io.StringIO', 'tempfile.SpooledTemporaryFile']);

export interface CallContext {
  /** What the calls mean is told with these. */
  readonly names: Names;
  /** What edges ask later is asked of these. */
  readonly kept: Names;
  /** Names of all properties. */
  readonly properties: { has(name: string): boolean };
  readonly ids: FunctionIds;
  facts(path: string): Facts | undefined;
}

const noEdges: readonly Edge[] = [];
const nowhere: ReadonlyMap<FunctionId, Range> = new Map();

/** Of most files there is nothing: those have the same. */
function shared(places: ReadonlyMap<FunctionId, Range>): ReadonlyMap<FunctionId, Range> {
  return places.size === 0 ? nowhere : places;
}

/** Works out the calls of a file, or of one section of it. */
export class Collector {
  readonly #file: Facts;
  readonly #context: CallContext;
  readonly #standing: Standing;
  readonly #place: EdgePlace;
  #count = 0;
  /** By scope. */
  readonly #edges = new Map<number, Edge[]>();
  readonly #callbacks = new Map<FunctionId, Range>();
  readonly #offloaded = new Map<FunctionId, Range>();
  readonly #used: FileCalls['usedIgnores'][number][] = [];
  readonly #uses = new Map<number, Use[]>();
  readonly #given: Giving;
  #lazy: Laziness | undefined;
  #consumption: Consumption | undefined;

  constructor(file: Facts, context: CallContext, standing: Standing) {
    this.#file = file;
    this.#context = context;
    this.#standing = standing;
    this.#given = new Giving(context);
    this.#place = { path: file.path, names: context.kept, standing, asked: new Asked() };
  }

  /** Works out what stands in a whole file, or in one section of it. */
  collect(part: Pick<Facts, 'calls' | 'withs' | 'loops' | 'reads' | 'scopes' | 'stores'>): FileCalls {
    const { calls, withs, loops, reads, scopes, stores } = part;
    const file = this.#file;
    const { names } = this.#context;
    this.#lazy = new Laziness(file, part);
    this.#consumption = new Consumption(file, names, this.#lazy);
    for (const call of calls) this.#call(call);
    for (const one of withs) {
      for (const item of one.items) {
        if (one.async) this.#enterLater(item.value, item.range, one.scope);
        else this.#enter(item.value, item.range, one.scope, one.block);
      }
    }
    for (const loop of loops) if (!loop.async && loop.iterable && loop.iterableRange && !this.#lazy.isLater(loop)) this.#iterate(loop.iterable, loop.iterableRange, loop.scope, loop.block);
    for (const read of reads) if (this.#context.properties.has(read.value.name)) this.#read(read.value, read.nameRange, read.scope, read.block);
    for (const store of stores) this.#given.keep(file, store);
    const functions: FunctionCalls[] = [];
    for (const scope of scopes) {
      const id = this.#context.ids.of(file, scope.index);
      if (id === undefined || !scope.function) continue;
      const edges = this.#edges.get(scope.index)?.sort((a, b) => a.range.start - b.range.start) ?? noEdges;
      const { kind: decoration, offloads } = names.decoration(file, scope, scope.function);
      if (offloads && !scope.function.async) this.#offloaded.set(id, this.#placed(offloads));
      functions.push(new FunctionAt(this.#context.kept, id, file.path, scope, decoration === 'cached', abstractness(file, scope), edges));
    }
    return { functions, uses: this.#uses, callbacks: shared(this.#callbacks), offloaded: shared(this.#offloaded), handed: this.#given.all, carried: this.#given.carried, usedIgnores: this.#used };
  }

  #add(kind: Edge['kind'], range: Range, scope: number, block: number, rest: Omit<EdgeDetails, 'kind' | 'range' | 'block'>): void {
    const file = this.#file;
    const owner = ownerOf(file, scope);
    if (owner === 0 || this.#lazy?.isLazy(scope) || !reachable(file, block, range.start)) return;
    if (rest.row) {
      if (rest.row.cost === 'none' || this.#context.names.taught.silences(rest.row.name)) return;
      for (const ignore of file.ignores) {
        if (ignore.source === 'unblock' && (ignore.rules.length === 0 || ignore.rules.includes(rest.row.rule)) && ignore.target.start <= range.start && range.start <= ignore.target.end) {
          this.#used.push({ comment: this.#placed(ignore), rule: rest.row.rule });
          // In a function that runs on the loop the finding itself is silenced, and counts the comment as used.
          if (!file.scopes[owner]!.function!.async) return;
        }
      }
    }
    let edges = this.#edges.get(owner);
    if (!edges) this.#edges.set(owner, (edges = []));
    edges.push(new EdgeAt(this.#place, owner, this.#count++, { kind, range, block, ...rest }));
  }

  /** A range that is kept. */
  #placed({ start, end }: Range): Range {
    return this.#standing === unmoved ? { start, end } : new RangeAt(this.#standing, { start, end });
  }

  #infer(expression: Expression, scope: number, at: number): readonly Value[] {
    return this.#given.seen(this.#context.names.infer(this.#file, expression, scope, at));
  }

  #call(call: Call): void {
    const { callee } = call;
    if (callee.kind === 'attribute') {
      const work = schedulers.get(callee.name);
      if (work !== undefined) this.#schedule(call, work);
    }
    const callees = this.#infer(callee, call.scope, call.start);
    if (call.arguments.length > 0) {
      for (const value of callees) {
        const work = value.kind === 'symbol' ? scheduling.get(value.name) : undefined;
        if (work !== undefined) this.#schedule(call, work);
      }
      this.#offload(call, callees);
      for (const { value } of call.arguments) if (value.kind === 'name' || value.kind === 'sequence' || (value.kind === 'attribute' && mayDrive(call))) this.#mention(value, call);
    }
    const inPlace = call.arguments.length > 0 ? workInPlace(call, callees) : undefined;
    if (inPlace && (!inPlace.lazy || this.#isConsumed(call, true))) this.#runGiven(inPlace.work, call, this.#oneLine(call.calleeRange));
    for (const { value, valueRange } of this.#consumption!.walkedBy(call, callees)) this.#iterate(value, valueRange, call.scope, call.block);
    for (const model of validatedBy(this.#context.names, this.#file, callee, call.scope, call.start)) this.#validate(model, call);
    if (callees.length === 0) return;
    const range = this.#oneLine(call.calleeRange);
    // One of several: which one runs is not known, all may.
    if (callees.length > 1) for (const value of callees) if (value.kind === 'function') this.#use(this.#idOf(value), range, call.scope, call.index);
    for (const value of call.awaited ? awaitable(this.#context.names, callees) : callees) {
      if (this.#called(value, call, range)) return;
    }
  }

  /** Adds the edge for calling `value`; true when it added one. */
  #called(value: Value, call: Call, range: Range): boolean {
    const { names } = this.#context;
    switch (value.kind) {
      case 'symbol': {
        const { taught } = this.#context.names;
        const row = taught.row(value.name) ?? value.row;
        if (!row || taught.silences(row.name) || taught.silences(value.name) || !this.#blocks(row, call)) return false;
        this.#add('call', range, call.scope, call.block, { call: call.index, name: shown(value.name), row: shortened(row, call) });
        return true;
      }
      case 'partial': {
        if (value.given) return runsNow(this.#file, call) && runsGiven(this.#context.kept, this.#file, call, call.callee) && value.of.filter((inner) => this.#called(inner, call, range)).length > 0;
        return value.of.some((inner) => this.#called(inner, call, range));
      }
      case 'instance': {
        const row = blockingRow(`${value.of}.__call__`);
        if (!row) return false;
        this.#add('call', range, call.scope, call.block, { call: call.index, name: shown(value.of), row });
        return true;
      }
      case 'function': return this.#runs(value, call, range, value.bound ?? false);
      case 'class': {
        let added = this.#validate(value, call);
        for (const method of ['__init__', '__post_init__', '__new__']) {
          for (const found of names.attribute({ kind: 'object', path: value.path, scope: value.scope }, method)) {
            if (found.kind === 'function') added = this.#runs(found, call, range, true) || added;
            else if (found.kind === 'symbol' && method === '__init__') {
              const row = blockingRow(found.name.replace(/\.__init__$/, ''));
              if (row?.kind === 'constructor' && this.#blocks(row, call)) {
                this.#add('call', range, call.scope, call.block, { call: call.index, name: shown(row.name), row });
                added = true;
              }
            }
          }
        }
        return added;
      }
      case 'object': {
        let added = false;
        for (const found of names.attribute(value, '__call__')) if (found.kind === 'function') added = this.#runs(found, call, range, true) || added;
        return added;
      }
      default: return false;
    }
  }

  /** What runs when a call makes a model of Pydantic's. */
  #validate(model: Definition, call: Call): boolean {
    let added = false;
    for (const { path, scope } of validatorsOf(this.#context.names, model)) {
      const file = this.#context.facts(path)!;
      if (!file.scopes[scope]!.function!.async) added = this.#target('call', file, file.scopes[scope]!, this.#oneLine(call.calleeRange), call.scope, call.block, false) || added;
    }
    return added;
  }

  /** A call that runs a function of the workspace now, in this thread. */
  #runs(value: Value & { kind: 'function' }, call: Call, range: Range, bound: boolean): boolean {
    const file = this.#context.facts(value.path);
    const scope = file?.scopes[value.scope];
    const facts = scope?.function;
    if (!file || !scope || !facts) return false;
    const taught = this.#taughtOf(file, scope);
    if (taught === 'nonblocking') return false;
    if (taught && !facts.async) return this.#target('call', file, scope, range, call.scope, call.block, bound, call.index);
    this.#use(this.#idOf(value), range, call.scope, call.index);
    this.#runArguments(value, call, range, bound);
    this.#given.take(this.#file, call, file, scope, bound);
    if (facts.async) return false;
    const { kind: decoration, wrappers } = this.#context.names.decoration(file, scope, facts);
    if (decoration === 'coroutine') return false;
    if (facts.generator) {
      // The body of a generator runs while it is consumed, the one of a context manager when it is entered.
      if (decoration === 'context') {
        if (call.role !== 'with' && !this.#passedTo(call, new Set(['enter_context']))) return false;
      } else if (!this.#isConsumed(call)) return false;
    }
    for (const wrapper of wrappers) {
      const around = this.#context.facts(wrapper.path);
      if (around) this.#target('call', around, around.scopes[wrapper.scope]!, range, call.scope, call.block, bound, call.index, displayName(file, scope));
    }
    return this.#target('call', file, scope, range, call.scope, call.block, bound, call.index);
  }

  /** Functions given to one that calls its parameter run here as well. */
  #runArguments(value: Value & { kind: 'function' }, call: Call, range: Range, bound: boolean): void {
    if (!call.arguments.some((argument) => mayBeFunction.has(argument.value.kind))) return;
    const facts = this.#context.names.function(value)!;
    for (const position of calledParameters(this.#context.kept, value)) {
      const argument = argumentFor(call.arguments, facts.parameters, facts.parameters[position]!.name, bound);
      if (argument) this.#runGiven(argument, call, range);
    }
  }

  /** What an argument of `call` may be runs here, once or more. */
  #runGiven(argument: Expression, call: Call, range: Range): void {
    if (!mayBeFunction.has(argument.kind)) return;
    const { names, kept } = this.#context;
    // What the function around was given itself is told where that is called.
    for (const work of this.#infer(argument, call.scope, call.start).flatMap((one) => (one.kind !== 'partial' ? [one] : one.given && !runsGiven(kept, this.#file, call, argument) ? [] : one.of))) {
      // What it is given there is not known: nothing that rests on arguments can be decided by this call.
      if (work.kind === 'symbol') {
        const row = names.taught.row(work.name) ?? work.row;
        if (row && !row.unless && !row.of && !row.lazy && !names.taught.silences(work.name)) this.#add('call', range, call.scope, call.block, { name: shown(work.name), row });
        continue;
      }
      const file = work.kind === 'function' ? this.#context.facts(work.path) : undefined;
      const scope = work.kind === 'function' ? file?.scopes[work.scope] : undefined;
      if (!file || !scope?.function || scope.function.async || scope.function.generator || names.decoration(file, scope, scope.function).kind === 'coroutine') continue;
      this.#target('call', file, scope, range, call.scope, call.block, false);
    }
  }

  #target(kind: Edge['kind'], file: Facts, scope: Scope, range: Range, fromScope: number, fromBlock: number, bound: boolean, call?: number, name = displayName(file, scope)): boolean {
    const taught = this.#taughtOf(file, scope);
    if (taught === 'nonblocking') return false;
    const target = this.#context.ids.of(file, scope.index);
    if (target === undefined) return false;
    if (call === undefined) this.#use(target, range, fromScope);
    if (taught) {
      this.#add(kind, range, fromScope, fromBlock, { ...(call === undefined ? {} : { call }), name, row: taught });
      return true;
    }
    this.#add(kind, range, fromScope, fromBlock, { ...(call === undefined ? {} : { call }), name, target, bound });
    return true;
  }

  /** What the project says of a function of the workspace: it is not looked into. */
  #taughtOf(file: Facts, scope: Scope): BlockingRow | 'nonblocking' | undefined {
    const { names } = this.#context;
    if (names.taught.empty) return undefined;
    const name = names.nameOf({ kind: 'function', path: file.path, scope: scope.index })!;
    return names.taught.silences(name) ? 'nonblocking' : names.taught.row(name);
  }

  /** Whether what a call makes is walked where it stands; `named`: or under a name of its function. */
  #isConsumed(call: Call, named = false): boolean {
    return this.#consumption!.isConsumed(call, named);
  }

  #passedTo(call: Call, functions: ReadonlySet<string>): boolean {
    if (call.role !== 'argument') return false;
    return this.#file.calls.some((outer) => (outer.callee.kind === 'name' || outer.callee.kind === 'attribute') && functions.has(outer.callee.name) && takes(outer, call.index));
  }

  #schedule(call: Call, work: number): void {
    const { callee } = call;
    const argument = call.arguments.filter((one) => one.name === undefined)[work];
    if (!argument) return;
    // The callback of a thread's future runs in the thread.
    if (callee.kind === 'attribute' && callee.name === 'add_done_callback') {
      const futures = this.#infer(callee.object, call.scope, call.start);
      if (futures.some((value) => value.kind === 'instance' && value.of.startsWith('concurrent.'))) return;
      if (futures.length === 0 && !this.#file.scopes[ownerOf(this.#file, call.scope)]!.function?.async) return;
    }
    for (const { id, async } of this.#functionsIn(argument.value, call)) if (!async) this.#callbacks.set(id, this.#placed(this.#oneLine(call.calleeRange)));
  }

  #offload(call: Call, callees: readonly Value[]): void {
    for (const work of offloadedWork(this.#context.names, this.#file, call, 0, callees)) {
      for (const { id, async } of this.#functionsIn(work, call)) if (!async) this.#offloaded.set(id, this.#placed(this.#oneLine(call.calleeRange)));
    }
  }

  #idOf({ path, scope }: Definition): FunctionId | undefined {
    const file = this.#context.facts(path);
    return file && this.#context.ids.of(file, scope);
  }

  /** The functions that an argument may be. */
  #functionsIn(argument: Expression, call: Call): readonly { readonly id: FunctionId; readonly async: boolean }[] {
    const found: { id: FunctionId; async: boolean }[] = [];
    const look = (value: Value): void => {
      const id = value.kind === 'function' ? this.#idOf(value) : undefined;
      if (id === undefined || value.kind !== 'function') return;
      this.#use(id, this.#oneLine(call.calleeRange), call.scope);
      found.push({ id, async: this.#context.names.function(value)?.async === true });
    };
    for (const value of this.#infer(argument, call.scope, call.start)) {
      // What a parameter was given, and where it goes, is told where it is given.
      if (value.kind === 'partial' && value.given) continue;
      if (value.kind === 'partial') value.of.forEach(look);
      else look(value);
    }
    return found;
  }

  /** A function given to another, or put into a list, is called by somebody. */
  #mention(expression: Expression, call: Call): void {
    if (expression.kind === 'sequence') {
      for (const item of expression.items) this.#mention(item, call);
    } else if (expression.kind === 'attribute') this.#functionsIn(expression, call);
    else if (expression.kind === 'name') {
      for (let scope = call.scope; scope >= 0; scope = this.#file.scopes[scope]!.parent) {
        const bound = this.#file.scopes[scope]!.bindings.get(expression.name);
        if (!bound) continue;
        // Most arguments are no functions: only what may be one is looked up.
        for (const { value } of bound) {
          if (value.kind !== 'function' && (value.kind !== 'import' || value.member === undefined)) continue;
          this.#functionsIn(expression, call);
          break;
        }
        return;
      }
    }
  }

  #use(target: FunctionId | undefined, range: Range, scope: number, call?: number): void {
    if (target === undefined) return;
    const owner = ownerOf(this.#file, scope);
    let uses = this.#uses.get(owner);
    if (!uses) this.#uses.set(owner, (uses = []));
    uses.push(new UseAt(target, this.#standing, range, call));
  }

  #enter(expression: Expression, range: Range, scope: number, block: number): void {
    const at = range.start + 1;
    for (const value of this.#infer(expression, scope, at)) {
      if (value.kind === 'instance') {
        const primitive = blocking.get(`${value.of}.__enter__`) ?? blocking.get(`${value.of}.__exit__`);
        // Where making it blocks already, that is what is said.
        const made = expression.kind === 'call' && this.#edges.get(ownerOf(this.#file, scope))?.some((edge) => edge.call === expression.call);
        if (primitive && !made && !isAsked(this.#file, primitive.name, expression, scope, block, range.start)) {
          this.#add('enter', this.#oneLine(range), scope, block, { name: shown(primitive.name.replace(/\.__(enter|exit)__$/, '')), row: primitive });
          return;
        }
      } else if (value.kind === 'object') {
        let entered = false;
        for (const method of ['__enter__', '__exit__']) {
          for (const found of this.#context.names.attribute(value, method)) {
            if (found.kind !== 'function') continue;
            const file = this.#context.facts(found.path)!;
            entered = this.#target('enter', file, file.scopes[found.scope]!, this.#oneLine(range), scope, block, true) || entered;
          }
        }
        if (entered) return;
      } else if (value.kind === 'context' && expression.kind !== 'call') {
        const file = this.#context.facts(value.function.path)!;
        this.#target('enter', file, file.scopes[value.function.scope]!, this.#oneLine(range), scope, block, false);
        return;
      }
    }
  }

  /** `async with`: only that it is used matters, coroutines do not block. */
  #enterLater(expression: Expression, range: Range, scope: number): void {
    for (const value of this.#infer(expression, scope, range.start + 1)) {
      if (value.kind !== 'object') continue;
      for (const found of this.#context.names.attribute(value, '__aenter__')) {
        if (found.kind === 'function') this.#use(this.#idOf(found), this.#oneLine(range), scope);
      }
    }
  }

  #iterate(expression: Expression, range: Range, scope: number, block: number): void {
    for (const value of this.#infer(expression, scope, range.start + 1)) {
      if (value.kind === 'instance') {
        const row = blocking.get(`${value.of}.__next__`) ?? blocking.get(`${value.of}.__iter__`) ?? (value.of.startsWith('io.') && !inMemory.has(value.of) ? blocking.get(`${value.of}.readline`) : undefined)
          ?? (returns.get(value.of)?.iter_blocks ? blocking.get(`${value.of}.poll`) : undefined);
        if (row) {
          this.#add('iterate', this.#oneLine(range), scope, block, { name: shown(row.name), row });
          return;
        }
      } else if (value.kind === 'generator' && (expression.kind !== 'call' || handsOut(this.#context.names, this.#file, expression))) {
        const file = this.#context.facts(value.function.path);
        const generator = file?.scopes[value.function.scope];
        if (file && generator && !generator.function!.async) {
          this.#target('iterate', file, generator, this.#oneLine(range), scope, block, false);
          return;
        }
      } else if (value.kind === 'symbol') {
        // `sys.stdin` has no type of its own.
        const row = blocking.get(`${value.name}.__iter__`);
        if (row) this.#add('iterate', this.#oneLine(range), scope, block, { name: shown(value.name), row });
      } else if (value.kind === 'object') {
        for (const method of ['__iter__', '__next__']) {
          for (const found of this.#context.names.attribute(value, method)) {
            const file = found.kind === 'function' ? this.#context.facts(found.path) : undefined;
            if (file && found.kind === 'function') this.#target('iterate', file, file.scopes[found.scope]!, this.#oneLine(range), scope, block, true);
          }
        }
      }
    }
  }

  #read(expression: Expression & { kind: 'attribute' }, range: Range, scope: number, block: number): void {
    for (const value of this.#infer(expression.object, scope, range.start)) {
      if (value.kind !== 'object') continue;
      const found = propertyOf(this.#context.names, value, expression.name);
      if (!found) continue;
      this.#target('read', found.file, found.scope, range, scope, block, true);
      return;
    }
  }

  /** Whether the arguments leave the call blocking. */
  #blocks(row: BlockingRow, call: Call): boolean {
    // Who awaits a method of a client has the asynchronous client, whatever we took it for.
    if (call.awaited && row.kind === 'method') return false;
    if (row.unless?.some((unless) => applies(unless, call.arguments))) return false;
    if (call.callee.kind === 'attribute' && isAsked(this.#file, row.name, call.callee.object, call.scope, call.block, call.start)) return false;
    const first = call.arguments[0];
    if (row.of && !(first && this.#infer(first.value, call.scope, call.start).some((value) => value.kind === 'instance' && row.of!.includes(value.of)))) return false;
    if (row.lazy && !this.#isConsumed(call, this.#infer({ kind: 'call', call: call.index }, call.scope, call.start).length === 0)) return false;
    if (row.rule === 'blocking-file-io' && row.kind === 'function') {
      const held = call.arguments.slice(0, 2).filter((argument) => this.#infer(argument.value, call.scope, call.start).some((value) => value.kind === 'instance' && inMemory.has(value.of)));
      // Of a copy from memory to a file, or the other way round, one end still blocks.
      if (held.length >= (row.name === 'shutil.copyfileobj' ? 2 : 1)) return false;
    }
    return true;
  }

  /** The part of a range that stands on its last line, from the last name in it. */
  #oneLine(range: Range): Range {
    if (!mayBreak(this.#file, range)) return range;
    const line = this.#file.text.indexOf('\n', range.start);
    if (line === -1 || line >= range.end) return range;
    const text = this.#file.text.slice(range.start, range.end);
    const last = /[\p{L}\p{N}_]+\s*$/u.exec(text);
    if (last && !last[0].includes('\n')) return { start: range.start + last.index, end: range.end };
    return { start: range.start, end: range.start + text.indexOf('\n') };
  }
}

/** A library's name as people say it. */
function shown(name: string): string {
  return name.replace(/^builtins\./, '');
}
