/** Whether the turns of a loop depend on each other: the conditions of facts AS 9.1, by their numbers. */

import type { Block, Call, Expression, Facts, Loop, NameUse, Range } from '../facts.ts';
import { outsideOf } from '../workspace/outside.ts';
import { askedBy, queryOf } from '../workspace/queries.ts';
import { ownerOf } from '../workspace/scopes.ts';
import { sectionAt } from '../workspace/sections.ts';
import { runsInThreads, waitingOf } from '../workspace/waits.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { lastName, namesOf, rootName, within } from './names.ts';
import { isAddressName, isConnectionName, isLockName, isPacing, natureOf, type Nature } from './resources.ts';
import { Sharing } from './sharing.ts';
import { logicalLineEnd, mentions } from './source.ts';

/** A call that is awaited once a turn although no turn needs another. */
export interface IndependentAwait {
  readonly call: Call;
  /** The `await` expression. */
  readonly range: Range;
  readonly nature: Nature;
  /** The work leaves the machine, as far as the call and the functions below it tell. */
  readonly external: boolean;
  /** It asks a database: one query for all elements would answer it sooner (facts AP-13). */
  readonly database: boolean;
  /** The loop has nothing but this call, as far as its effects go: it can be rewritten. */
  readonly rewritable: boolean;
}

/** A turn with more awaits than this is a program of its own. */
const mostAwaits = 3;

/** The first awaited call in the body of `loop`, where every turn provably stands alone; undefined where one fact is missing. */
export function independentAwait(file: Facts, workspace: Workspace, loop: Loop): IndependentAwait | undefined {
  if (loop.kind === 'while' || loop.async || loop.hasElse || loop.targets.length === 0) return undefined; // 1
  if (loop.kind === 'comprehension' ? !/\bawait\b/.test(file.text.slice(loop.bodyRange.start, loop.bodyRange.end)) : loop.flow === undefined) return undefined;
  if (loop.kind === 'comprehension' && file.text[loop.start] === '(') return undefined; // a lazy generator
  let own = standing.get(loop);
  if (own === undefined) standing.set(loop, (own = isPolled(file, loop) ? null : new Turns(file, workspace, loop).namesWhereAlone())); // 9, 16
  return own === null ? undefined : new Turns(file, workspace, loop, own).first();
}

/**
 * By loop, what rests on its own statement of the top level: names that every turn binds anew, or null where its turns need each
 * other. In a file that is being edited the loop stays the same object while that statement's text does.
 */
const standing = new WeakMap<Loop, ReadonlySet<string> | null>();

const ordered = new WeakMap<readonly Call[], readonly Call[]>();

/** Calls in a range, in the order in which they begin. */
function callsWithin(file: Facts, range: Range): readonly Call[] {
  const section = sectionAt(file, range.start);
  if (section) return section.calls.filter((call) => within(call, range)).sort((one, other) => one.start - other.start);
  let calls = ordered.get(file.calls);
  if (!calls) ordered.set(file.calls, (calls = [...file.calls].sort((one, other) => one.start - other.start)));
  let low = 0;
  for (let high = calls.length; low < high;) {
    const middle = (low + high) >> 1;
    if (calls[middle]!.start < range.start) low = middle + 1;
    else high = middle;
  }
  const found: Call[] = [];
  for (let at = low; at < calls.length && calls[at]!.start < range.end; at++) if (within(calls[at]!, range)) found.push(calls[at]!);
  return found;
}

/** Whether a loop is one pass of a `while` that waits between its passes. */
function isPolled(file: Facts, { start, end, scope }: Loop): boolean {
  return file.loops.some((outer) => outer.kind === 'while' && outer.scope === scope && outer.start < start && end <= outer.end
    && file.calls.some((call) => call.awaited !== undefined && within(call, outer.bodyRange) && isPacing(lastName(call.callee) ?? '')));
}

/** A list or dictionary of the outside that a turn puts something into. */
interface Collected {
  readonly start: number;
  readonly name: string;
  readonly path: readonly string[];
}

class Turns {
  readonly file: Facts;
  readonly workspace: Workspace;
  readonly loop: Loop;
  readonly calls: readonly Call[];
  /** Names that every turn binds anew: the loop's targets and what the body assigns before it reads it. */
  readonly own: Set<string>;

  constructor(file: Facts, workspace: Workspace, loop: Loop, own: Iterable<string> = loop.targets) {
    this.file = file;
    this.workspace = workspace;
    this.loop = loop;
    this.calls = callsWithin(file, loop.bodyRange);
    this.own = new Set(own);
  }

  /** The calls that a turn awaits itself. */
  awaited(): readonly Call[] {
    return this.calls.filter((call) => call.awaited !== undefined && this.innermostLoop(call) === this.loop);
  }

  /** Names that every turn binds anew, where nothing in the loop's own statement makes its turns need each other; otherwise null. */
  namesWhereAlone(): ReadonlySet<string> | null {
    const { file, loop } = this;
    const awaited = this.awaited();
    if (awaited.length === 0 || awaited.length > mostAwaits) return null;
    // Threads are few: turns that each take one at once would starve everything else that needs one (facts: asyncio's default executor).
    if (awaited.some(runsInThreads)) return null;
    // Every `await` of the body must be a call of this loop's own: an awaited task or future was started elsewhere.
    const awaits = loop.flow?.awaits.length ?? file.text.slice(loop.bodyRange.start, loop.bodyRange.end).match(/\bawait\b/g)?.length ?? 0;
    return awaits === awaited.length && this.isFlowFree() && this.isIterableFinite() && !this.isInsideLock() ? this.own : null;
  }

  /** What is awaited, where no turn needs another; `own` must be known. */
  first(): IndependentAwait | undefined {
    const { file, loop } = this;
    if (loop.flow?.contains.includes('with') && !file.withs.every((item) => !within(item, loop.bodyRange) || this.isPrivate(item.items))) return undefined;
    const awaited = this.awaited();
    const first = awaited[0]!;
    const natures = awaited.map((call) => this.judge(call));
    if (natures.some((nature) => nature === undefined)) return undefined;
    if (awaited.length > 1 && natures.some((nature) => nature!.nature !== 'read')) return undefined;
    const { nature, external } = natures[0]!;
    const generator = this.functionScope()?.function?.generator === true;
    const database = !external && asksDatabase(file, this.workspace, this.work(first));
    return { call: first, range: first.awaited!, nature, external, database, rewritable: awaited.length === 1 && nature !== 'write' && !generator };
  }

  innermostLoop(call: Call): Loop | undefined {
    let found: Loop | undefined;
    for (const loop of sectionAt(this.file, call.start)?.loops ?? this.file.loops) if (within(call, loop.bodyRange) && (found === undefined || within(loop, found))) found = loop;
    return found;
  }

  functionScope() {
    let scope = this.file.scopes[this.loop.scope];
    while (scope !== undefined && scope.kind === 'comprehension') scope = this.file.scopes[scope.parent];
    return scope;
  }

  // ── 3, 4, 5, 6, 9: control and data flow ──

  isFlowFree(): boolean {
    const { file, loop } = this;
    if (this.calls.some((call) => !this.isHarmless(call))) return false;
    const flow = loop.flow;
    if (flow === undefined) return loop.kind === 'comprehension' && !file.text.slice(loop.start, loop.end).includes(':=');
    if (flow.contains.some((kind) => kind === 'async-for' || kind === 'while' || kind === 'global' || kind === 'del')) return false;
    for (const exit of flow.exits) {
      if (exit.kind === 'return' || exit.kind === 'yield' || exit.kind === 'break' && !exit.nested) return false;
      if (exit.kind === 'raise' && this.blockAt(exit.start)?.kind !== 'except') return false;
    }
    const writes = flow.writes.filter((use) => !this.isInner(use));
    const reads = flow.reads.filter((use) => !this.isInner(use));
    const outer: Collected[] = [];
    for (const name of new Set(writes.filter((use) => use.path.length === 0).map((use) => use.name))) {
      if (this.own.has(name)) continue;
      const uses = writes.filter((use) => use.name === name && use.path.length === 0);
      if (!reads.every((read) => read.name !== name || this.isBoundBefore(uses, read))) return false; // 4
      if (uses.some((use) => use.kind === 'augmented') && !this.isBoundBefore(uses.filter((use) => use.kind !== 'augmented'), uses[0]!)) return false;
      this.own.add(name);
    }
    for (const write of writes) {
      if (write.path.length === 0 || this.own.has(write.name)) continue;
      if (write.kind !== 'item' || write.path.some((step) => step !== '[]')) return false; // an attribute that outlives the turn
      outer.push({ start: write.start, name: write.name, path: write.path.filter((step) => step !== '[]') });
    }
    for (const read of reads) {
      if (read.kind === 'method' && !this.own.has(read.name) && collects(read.path.at(-1)!.slice(1))) outer.push({ start: read.start, name: read.name, path: read.path.slice(0, -1).filter((step) => step !== '[]') });
    }
    const walked = loop.iterableRange === undefined ? '' : file.text.slice(loop.iterableRange.start, loop.iterableRange.end);
    if (outer.some((use) => mentions(walked, [use.name, ...use.path].join('')))) return false; // 5
    // 6: what the turns collect into must not steer them.
    return outer.every((use) => !reads.some((read) => overlaps(use, read) && !outer.some((other) => other.start === read.start)));
  }

  /** A call whose effect stays in its turn, or only collects. Awaited ones are judged apart. */
  isHarmless(call: Call): boolean {
    const name = lastName(call.callee);
    if (name !== undefined && isPacing(name)) return false; // 9
    if (name !== undefined && /^(pop|popleft|popitem|next|anext|put_nowait|get_nowait|write|writelines|insert)$/.test(name) && !this.isOwn(call.callee)) return false;
    if (call.role !== 'statement' || call.awaited !== undefined) return true;
    const root = rootName(call.callee);
    if (root === undefined || isLogger(root) || root === 'print' || this.own.has(root) || this.bindsInner(root)) return true;
    return call.callee.kind === 'attribute' && collects(call.callee.name) && !/^(pbar|progress|bar|tqdm)/.test(root);
  }

  isOwn(callee: Expression): boolean {
    const root = rootName(callee);
    return root !== undefined && this.bindsInner(root);
  }

  /** Whether the body itself assigns the name, or it is a target of the loop. */
  bindsInner(name: string): boolean {
    return this.own.has(name) || this.loop.flow?.writes.some((write) => write.name === name && write.path.length === 0) === true;
  }

  /** A `with` in the body whose resource each turn makes for itself. */
  isPrivate(items: readonly { readonly value: Expression }[]): boolean {
    return items.every(({ value }) => {
      const callee = value.kind === 'call' ? this.file.calls[value.call]!.callee : value;
      const target = value.kind === 'call' ? this.workspace.target(this.file, this.file.calls[value.call]!)?.name : undefined;
      if (target !== undefined && /^(httpx\.AsyncClient|aiohttp\.(client\.)?ClientSession)(\.(get|post|request|stream|head))?$|^asyncio\.timeout$|^builtins\.open$|^contextlib\.suppress$/.test(target)) return true;
      const name = lastName(callee);
      return value.kind === 'call' && name !== undefined && /^(open|suppress|span|start_as_current_span|timer|timeout|BytesIO|StringIO|TemporaryDirectory|NamedTemporaryFile)$/.test(name);
    });
  }

  /** A name of a comprehension, lambda or function inside the body. */
  isInner(use: NameUse): boolean {
    return this.file.scopes.some((scope) => scope.kind !== 'class' && within(use, scope) && within(scope, this.loop.bodyRange) && scope.bindings.has(use.name));
  }

  blockAt(offset: number): Block | undefined {
    return this.file.blocks.findLast((block) => block.start <= offset && offset < block.end);
  }

  /** Whether, in every turn, one of `writes` has happened when `read` happens. */
  isBoundBefore(writes: readonly NameUse[], read: NameUse): boolean {
    for (let block = this.blockAt(read.start); block !== undefined; block = this.file.blocks[block.parent]) {
      if (this.binds(block, writes, read.start)) return true;
      if (block.index === this.loop.body) return false;
    }
    return false;
  }

  /** Whether `block` has certainly bound the name when control reaches `before` in it (or behind it). */
  binds(block: Block, writes: readonly NameUse[], before: number): boolean {
    if (writes.some((write) => this.blockAt(write.start)?.index === block.index && this.effect(write) <= before)) return true;
    const inner = this.file.blocks.filter((candidate) => candidate.parent === block.index && candidate.end <= before && candidate.scope === block.scope);
    return inner.some((candidate, index) => {
      const assigns = (other: Block) => other.leaves !== undefined || this.binds(other, writes, Infinity);
      if (candidate.kind === 'with') return this.binds(candidate, writes, Infinity);
      if (candidate.kind === 'finally') return this.binds(candidate, writes, Infinity);
      if (candidate.kind === 'if' && candidate.not === undefined) {
        const branches = inner.filter((other) => other.kind === 'if' && other.not?.[0] === candidate.test || other.kind === 'else' && other.not?.[0] === candidate.test && !inner.some((elif) => elif !== other && elif.kind === 'if' && within(elif, other)));
        return branches.some((other) => other.kind === 'else') && [candidate, ...branches].every(assigns);
      }
      if (candidate.kind === 'try') {
        const rest = inner.slice(index + 1);
        const end = rest.findIndex((other) => other.kind !== 'except' && other.kind !== 'try-else' && other.kind !== 'finally');
        const clauses = rest.slice(0, end < 0 ? undefined : end);
        const attempt = this.binds(candidate, writes, Infinity) || clauses.some((other) => other.kind === 'try-else' && this.binds(other, writes, Infinity));
        return attempt && clauses.filter((other) => other.kind === 'except').every(assigns);
      }
      return false;
    });
  }

  /** Offset from which a write counts: a value on the right is computed before the name on the left changes. */
  effect(write: NameUse): number {
    return /^\s*:=/.test(this.file.text.slice(write.end, write.end + 8)) ? write.end : logicalLineEnd(this.file.text, write.end);
  }

  // ── 5, 16: what is iterated ──

  isIterableFinite(): boolean {
    const { loop, file } = this;
    const value = loop.iterable;
    if (value === undefined || loop.targets.some((name) => /^(attempt|attempts|retry|retries|try_|tries|_)$/.test(name)) && loop.targets.length === 1) return false;
    // 5: what is walked must stay as it is.
    const walked = file.text.slice(loop.iterableRange!.start, loop.iterableRange!.end);
    if (loop.flow?.writes.some((write) => !this.own.has(write.name) && mentions(walked, write.name))) return false;
    if (value.kind !== 'call') return true;
    const call = file.calls[value.call]!;
    const name = lastName(call.callee) ?? '';
    if (/^(as_completed|count|cycle|repeat|iter|reversed|tqdm|trange|track|yield_per|stream|stream_scalars|walk|listen|iter_\w+)$/.test(name)) return false;
    return true;
  }

  // ── 8: what the loop stands in ──

  isInsideLock(): boolean {
    return this.file.withs.some((item) => within(this.loop, item.bodyRange) && item.items.some(({ value }) => {
      const callee = value.kind === 'call' ? this.file.calls[value.call]!.callee : value;
      return namesOf(callee).some((name) => isLockName(name));
    }));
  }

  // ── 8, 10, 12: the awaited call ──

  judge(call: Call): { nature: Nature; external: boolean } | undefined {
    const { file, workspace } = this;
    const work = this.work(call);
    const root = rootName(work.callee);
    if (!this.dependsOnTurn(call)) return undefined; // the same call again: polling, a retry
    if (root !== undefined && this.loop.targets.includes(root)) {
      // The element itself does the work: it may be a step that must follow another, or a connection.
      if (work.callee.kind !== 'attribute' || isConnectionName(root) || natureOf(work.callee) !== 'read' || /^(read|check|is|has|get_tools)$/.test(work.callee.name)) return undefined;
      return { nature: 'write', external: false };
    }
    let nature = natureOf(work.callee);
    if (nature === 'ordered' || (nature === 'write' || nature === 'unknown' && call.role === 'statement') && isInOrder(this.loop, file)) return undefined;
    const sharing = new Sharing(file, workspace, this.own);
    if (sharing.isShared(work)) return undefined;
    if (!sharing.allows(work)) return undefined;
    if (this.callsItself(work) || /(^|_)(cached|playwright|selenium)(_|$)|_(with|in|via|by)_browser$/.test(lastName(work.callee) ?? '')) return undefined; // a look-up, or a program of its own for each
    const waiting = waitingOf(file, workspace, work);
    if (waiting === 'nothing' || waiting === 'threads') return undefined;
    const external = outsideOf(file, workspace, work) === 'http' || workspace.target(file, work) === undefined && this.walksAddresses();
    // Django's queries take turns in one thread.
    if (!external && waiting === 'thread') return undefined;
    if (nature === 'unknown') {
      // A call whose value is kept was made to read something; one for its effect must be known to wait for the network.
      if (call.role === 'statement' && !external) return undefined;
      nature = call.role === 'statement' ? 'write' : 'read';
    }
    return { nature, external };
  }

  /** A tree that is walked by recursion would start all of its nodes at once. */
  callsItself(call: Call): boolean {
    const definition = this.workspace.target(this.file, call)?.definition;
    return definition !== undefined && definition.path === this.file.path && definition.scope === ownerOf(this.file, this.loop.scope);
  }

  walksAddresses(): boolean {
    return this.loop.iterable !== undefined && namesOf(this.loop.iterable).some((name) => isAddressName(name));
  }

  /** The call that does the work: `asyncio.wait_for(fetch(x), 5)` waits for `fetch`. */
  work(call: Call): Call {
    const name = lastName(call.callee);
    const first = call.arguments[0]?.value;
    if (name === 'wait_for' && first?.kind === 'call') return this.file.calls[first.call]!;
    return call;
  }

  dependsOnTurn(call: Call): boolean {
    const range = { start: call.calleeRange.start, end: call.end };
    const text = this.file.text.slice(range.start, range.end);
    return [...this.own].some((name) => mentions(text, name));
  }
}

function asksDatabase(file: Facts, workspace: Workspace, call: Call): boolean {
  // Redis answers a command at once; a helper with a few of them is another thing.
  return queryOf(file, workspace, call) !== undefined || (askedBy(file, workspace, call)?.query.library ?? 'redis') !== 'redis';
}

/** Elements whose order a program chose, or batches of them: writes in that order may rest on it. */
function isInOrder(loop: Loop, file: Facts): boolean {
  const call = loop.iterable?.kind === 'call' ? file.calls[loop.iterable.call]! : undefined;
  const name = call && lastName(call.callee);
  return name === 'sorted' || name === 'batched' || (name === 'range' && call!.arguments.length > 2);
}

function collects(method: string): boolean {
  return /^(append|extend|add|setdefault|update)$/.test(method);
}

/** Whether a read sees what is collected: `out` and `out["a"]` see `out[i] = …`; `self` alone is no such read. */
function overlaps(use: Collected, read: NameUse): boolean {
  if (read.name !== use.name) return false;
  const path = read.path.filter((step) => step !== '[]');
  const length = Math.min(path.length, use.path.length);
  if (path.length === 0 && (use.name === 'self' || use.name === 'cls')) return false;
  return use.path.slice(0, length).every((step, index) => path[index] === step);
}

function isLogger(name: string): boolean {
  return /^_?(log|logger|logging)$/i.test(name) || /_(log|logger)$/i.test(name);
}
