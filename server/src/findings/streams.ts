/** Queues whose other end is a client: what is put into them waits until the client has read it. */

import type { Call, Expression, Facts, Scope } from '../facts.ts';
import { lastName, rootName, within } from '../fixes/names.ts';
import { mentions } from '../fixes/source.ts';
import { mentioning } from '../workspace/mentions.ts';
import { callsNamed } from '../workspace/named-calls.ts';
import { fromSections, sectionAt } from '../workspace/sections.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** How a stream reaches its client. */
export interface Stream {
  readonly kind: 'sse' | 'websocket';
  /** The call that takes from the queue. */
  readonly taken: Call;
  /** The calls that put into it, as far as this file shows. */
  readonly puts: readonly Call[];
}

const takes: ReadonlySet<string> = new Set(['get', 'get_nowait', 'popleft']);
const puts: ReadonlySet<string> = new Set(['put', 'put_nowait', 'append']);
const sends = /^(send|send_text|send_json|send_bytes|send_str)$/;
const sockets = /^_?(ws|websocket|web_socket|socket|sock|conn|connection)$/;
const puttingOrTaking = callsNamed([...puts, ...takes]);
const speaksOfResponses = mentioning(/\b(StreamingResponse|EventSourceResponse|EventStreamResponse|StreamingHttpResponse|event-stream|ServerSentEvent)\b/);

/** The stream that a queue made by `call` feeds; undefined where its file shows none. */
export function streamOf(file: Facts, workspace: Workspace, call: Call): Stream | undefined {
  const store = storeOf(file, call);
  if (store === undefined) return undefined;
  const found: Call[] = [];
  let stream: Omit<Stream, 'puts'> | undefined;
  let givers: readonly Call[] | undefined;
  const giving = (): readonly Call[] => (givers ??= givingIn(file, store));
  for (const use of puttingOrTaking(file)) {
    if (use.callee.kind !== 'attribute') continue;
    const { name, object } = use.callee;
    // Most calls are told apart by their names.
    if ((!puts.has(name) && !takes.has(name)) || !isStored(file, store, object, use, giving)) continue;
    if (puts.has(name)) found.push(use);
    else {
      const kind = kindOf(file, workspace, use);
      if (kind !== undefined) stream ??= { kind, taken: use };
    }
  }
  return stream && { ...stream, puts: found };
}

/** The name or attribute that holds a queue. */
interface Store {
  readonly name: string;
  readonly attribute: boolean;
  /** The function, class or module whose name it is. */
  readonly scope: Scope;
}

function storeOf(file: Facts, call: Call): Store | undefined {
  const holds = (value: Expression): boolean => value.kind === 'call' && value.call === call.index;
  const scope = file.scopes[call.scope]!;
  for (const [name, bindings] of scope.bindings) {
    if (bindings.some(({ value }) => value.kind === 'assigned' && value.item === undefined && holds(value.value))) return { name, attribute: false, scope };
  }
  for (const owner of file.scopes) {
    if (owner.class === undefined || !within(call, owner)) continue;
    for (const [name, bindings] of owner.class.attributes) {
      if (bindings.some(({ value }) => value.kind === 'assigned' && value.item === undefined && holds(value.value))) return { name, attribute: true, scope: owner };
    }
  }
  // `queues[client] = asyncio.Queue()`, `self.queues[client] = …`
  const line = file.text.slice(file.text.lastIndexOf('\n', call.start) + 1, call.start);
  const item = /^\s*(self\.)?([\p{L}_][\p{L}\p{N}_]*)\[[^\]=]*\]\s*=\s*$/u.exec(line);
  if (item === null) return undefined;
  const owner = item[1] === undefined ? file.scopes[0] : file.scopes.findLast((candidate) => candidate.class !== undefined && within(call, candidate));
  return owner && { name: item[2]!, attribute: item[1] !== undefined, scope: owner };
}

/** Whether `object`, the receiver of `use`, is the stored queue or a name for it. `giving`: the calls that the store is an argument of. */
function isStored(file: Facts, store: Store, object: Expression, use: Call, giving: () => readonly Call[]): boolean {
  if (isDirectly(store, object)) return store.attribute ? within(use, store.scope) : sees(file, store, use.scope);
  if (object.kind !== 'name') return false;
  for (let at = file.scopes[use.scope]; at !== undefined; at = file.scopes[at.parent]) {
    const bindings = at.bindings.get(object.name);
    if (bindings === undefined) continue;
    return bindings.some(({ value, start, end }) => {
      if (value.kind === 'assigned' || value.kind === 'element') return mentions(file.text.slice(start, end + 80).split('\n')[0]!.replace(/^[^=]*=|^.*\bin\b/, ''), store.attribute ? `self.${store.name}` : store.name);
      return value.kind === 'parameter' && isGiven(file, store, at!, value.index, giving());
    });
  }
  return false;
}

/** Calls with the queue as an argument; of a file that is being edited, only sections that name it are searched. */
function givingIn(file: Facts, store: Store): readonly Call[] {
  return namesGiven(file).filter(({ answer }) => answer.has(store.name)).flatMap(({ part }) => part.calls)
    .filter((one) => one.arguments.some(({ value }) => isDirectly(store, value)) && (store.attribute || sees(file, store, one.scope)));
}

/** Names that calls get as arguments. */
const namesGiven = fromSections(({ calls }) => {
  const found = new Set(calls.flatMap((call) => call.arguments).flatMap(({ value }) => lastName(value.kind === 'subscript' ? value.object : value) ?? []));
  return found.size > 0 ? found : undefined;
});

function isDirectly(store: Store, object: Expression): boolean {
  const at = object.kind === 'subscript' ? object.object : object;
  return store.attribute ? at.kind === 'attribute' && at.name === store.name && rootName(at) === 'self' : at.kind === 'name' && at.name === store.name;
}

/** Whether the name means the store in a scope. */
function sees(file: Facts, store: Store, scope: number): boolean {
  for (let at = file.scopes[scope]; at !== undefined; at = file.scopes[at.parent]) {
    if (at === store.scope) return true;
    if (at.bindings.has(store.name) && at.outer?.includes(store.name) !== true) return false;
  }
  return false;
}

/** Whether one of `giving` calls the function with the queue as this parameter. */
function isGiven(file: Facts, store: Store, { name, parent, function: facts }: Scope, parameter: number, giving: readonly Call[]): boolean {
  if (facts === undefined) return false;
  const offset = file.scopes[parent]?.class === undefined ? 0 : 1;
  return giving.some((call) => lastName(call.callee) === name && call.arguments.some((argument, position) => (argument.name === undefined ? position + offset === parameter : argument.name === facts.parameters[parameter]?.name) && isDirectly(store, argument.value)));
}

/** Where what `taken` gives goes: out of a generator that a response streams, or down a socket. */
function kindOf(file: Facts, workspace: Workspace, taken: Call): Stream['kind'] | undefined {
  let scope = file.scopes[taken.scope];
  while (scope !== undefined && scope.kind === 'comprehension') scope = file.scopes[scope.parent];
  if (scope?.function === undefined) return undefined;
  const { calls } = sectionAt(file, scope.start) ?? file;
  const socket = calls.some((call) => call.scope === scope.index && call.callee.kind === 'attribute' && sends.test(call.callee.name) && isSocket(file, workspace, call));
  if (socket) return 'websocket';
  return scope.function.generator && scope.function.yields.length > 0 && speaksOfResponses(file) ? 'sse' : undefined;
}

function isSocket(file: Facts, workspace: Workspace, call: Call): boolean {
  if (call.callee.kind !== 'attribute') return false;
  const types = workspace.types(file, call.callee.object, call.scope, call.start);
  return types.some((type) => /WebSocket/.test(type)) || (types.length === 0 && call.callee.name !== 'send' && sockets.test(lastName(call.callee.object) ?? '')) || (types.length === 0 && /^_?(ws|web_?socket)$/.test(lastName(call.callee.object) ?? ''));
}
