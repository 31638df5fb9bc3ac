/** For whom coroutines run: whether clients wait while they do, or nobody yet, or only who gave them a loop of their own. */

import type { Call, Facts, Scope } from '../facts.ts';
import { drives, drivesDecorated, enqueues, goesOn, mayStartOthers, registersStartup, soundsLikeStart, startsTasks, wrapsOnly } from './driving.ts';
import type { FileCalls, Use } from './edges.ts';
import type { FunctionId, FunctionIds } from './function-ids.ts';
import { isHandedOn } from './handing.ts';
import { lastName } from './routes.ts';
import { isStartup, servesNobody, standsAside, startsAsMain } from './scripts.ts';
import { usesIn } from './section-calls.ts';
import { callAround } from './work.ts';
import type { Workspace } from './workspace.ts';

/** `startup`: before the first client is served, or after the last; `alone`: on a loop of its own. */
export type Waiting = 'clients' | 'startup' | 'alone';

/** A place that calls a function, or gives it away. */
export interface FunctionUse extends Omit<Use, 'target'> {
  readonly path: string;
  /** The function in which it stands; 0 is the module. */
  readonly scope: number;
}

/** Who uses functions. `asker`: the file whose findings rest on the answer. */
export interface Usage {
  usesOf(id: FunctionId, asker: string): readonly FunctionUse[];
  isHandler(id: FunctionId): boolean;
  /** The findings of `asker` rest on what a function does, and on who uses it. */
  asks(id: FunctionId, asker: string): void;
  /** The findings of `asker` rest on every place in which a name stands. */
  asksName(name: string, asker: string): void;
}

interface Ground {
  readonly workspace: Workspace;
  readonly calls: ReadonlyMap<string, FileCalls>;
  readonly ids: FunctionIds;
  readonly usage: Usage;
}

/** A walk that takes longer has found nothing simple. */
const mostVisited = 60;
/** What leaves a coroutine what it is, beside wrappers of the workspace. */
const harmless = /^(?:staticmethod|classmethod|asynccontextmanager|override|abstractmethod|retry|start_as_current_span|observe|instrument|traceable|wraps|deprecated|typechecked|beartype|final)$/;
/** Awaited, they wait for what they are given. */
const waits = /^(?:gather|wait_for|shield|enter_async_context|timeout)$/;

/** For whom a coroutine runs, by all its uses in the workspace; clients, where that is not known. */
export function waitingFor(ground: Ground, file: Facts, scope: number): Waiting {
  return new Walk(ground, file.path).of(file, file.scopes[scope]!) ?? 'clients';
}

class Walk {
  readonly #ground: Ground;
  readonly #asker: string;
  readonly #seen = new Set<FunctionId>();

  constructor(ground: Ground, asker: string) {
    this.#ground = ground;
    this.#asker = asker;
  }

  /** Undefined where it says nothing new: recursion. */
  of(file: Facts, scope: Scope): Waiting | undefined {
    const { ids, usage, workspace } = this.#ground;
    if (isStartup(file, scope.index)) return 'startup';
    const id = ids.of(file, scope.index);
    if (id === undefined || scope.name.startsWith('__')) return 'clients';
    if (this.#seen.has(id)) return undefined;
    this.#seen.add(id);
    // What stands in tests is no evidence.
    const uses = usage.usesOf(id, this.#asker).filter(({ path }) => !standsAside(path));
    const { decorators } = scope.function!;
    if (decorators.some((decorator) => drivesDecorated(workspace, file, scope, decorator))) return this.#alone(file, scope);
    if (uses.length === 0 || this.#seen.size > mostVisited || usage.isHandler(id)) return 'clients';
    if (decorators.some((decorator) => !harmless.test(lastName(decorator.value.kind === 'call' ? file.calls[decorator.value.call]!.callee : decorator.value)) && !wrapsOnly(workspace, file, scope, decorator))) return 'clients';
    const found = new Set<Waiting>();
    for (const use of uses) {
      const waiting = this.#by(use, file, scope);
      if (waiting === 'clients') return waiting;
      if (waiting) found.add(waiting);
    }
    if (found.size === 0) return undefined;
    usage.asksName(scope.name, this.#asker);
    if (isHandedOn(workspace, this.#ground.calls, file, scope)) return 'clients';
    return found.has('startup') ? 'startup' : 'alone';
  }

  /** For whom a use of a coroutine runs it. */
  #by({ path, scope: owner, call: index, range }: FunctionUse, file: Facts, scope: Scope): Waiting | undefined {
    const { workspace } = this.#ground;
    const above = workspace.file(path);
    if (!above) return 'clients';
    const call = index === undefined ? above.calls.find(({ calleeRange }) => calleeRange.end === range.end) : above.calls[index];
    if (!call) return 'clients';
    if (index === undefined) {
      if (registersStartup(call, scope.name)) return 'startup';
      if (enqueues(workspace, above, call)) return 'alone';
      return drives(workspace, above, call) ? this.#driven(above, call, file, scope) : 'clients';
    }
    const around = above.scopes[owner]!;
    if (around.function?.async) {
      if (!isAwaited(above, call)) return 'clients';
      return workspace.isScript(above) ? 'alone' : this.of(above, around);
    }
    const driver = call.role === 'argument' ? callAround(above, index) : undefined;
    return driver && drives(workspace, above, driver) ? this.#driven(above, driver, file, scope) : 'clients';
  }

  #driven(above: Facts, driver: Call, file: Facts, scope: Scope): Waiting {
    // The main coroutine of a script that others import for something else.
    return this.#alone(file, scope, above === file && driver.scope === 0 && startsAsMain(above, driver.block) && servesNobody(above));
  }

  /** Whether nothing else runs on the loop that is made for a coroutine; `script`: names alone say nothing. */
  #alone(file: Facts, scope: Scope, script = false): Waiting {
    const { calls, workspace, ids, usage } = this.#ground;
    // Tasks that helpers start in a command belong to its work; those of `start` and its like are what it is about.
    const queue: { readonly file: Facts; readonly scope: number; readonly starts: boolean }[] = [{ file, scope: scope.index, starts: true }];
    const seen = new Set<FunctionId>();
    for (const at of queue) {
      const own = calls.get(at.file.path);
      const uses = own ? usesIn(own, at.scope) : [];
      if (goesOn(at.file, at.scope) || (at.starts && startsTasks(at.file, at.scope))) return 'clients';
      if (!script && queue.length === 1 && mayStartOthers(workspace, file, scope.index, new Set(uses.map(({ call }) => call)))) return 'clients';
      for (const { target, call } of uses) {
        if (seen.has(target) || queue.length > mostVisited) continue;
        seen.add(target);
        usage.asks(target, this.#asker);
        const below = workspace.file(ids.pathOf(target));
        const all = below && calls.get(below.path);
        const other = all?.find ? all.find(target) : all?.functions.find(({ id }) => id === target);
        if (below && other?.async) queue.push({ file: below, scope: other.scope, starts: at.starts && (script || call === undefined || soundsLikeStart(at.file.calls[call]!)) });
      }
    }
    return 'alone';
  }
}

/** Whether a coroutine that a call makes is waited for where it is made. */
function isAwaited(file: Facts, call: Call): boolean {
  if (call.awaited !== undefined || call.role === 'with' || call.role === 'iterated') return true;
  return file.calls.some((outer) => outer.awaited !== undefined && waits.test(lastName(outer.callee)) && outer.argumentsRange.start <= call.start && call.end <= outer.argumentsRange.end);
}
