/** Threads of the standard library that are greenlets under gevent, and take no work off the hub. */

import type { Argument, Call, Expression, Facts, Range } from '../facts.ts';
import { lastLine } from '../findings/lines.ts';
import { hubAround } from '../findings/hub.ts';
import { importEdit } from '../fixes/imports.ts';
import { blockingRow } from '../knowledge/index.ts';
import { defineMessages, defineRule, type Edit, type Fix } from '../rule.ts';
import { blocksHub, type Greenlets } from '../workspace/greenlets.ts';
import { mentioningNames } from '../workspace/mentions.ts';
import { ownerOf } from '../workspace/scopes.ts';
import type { Workspace } from '../workspace/workspace.ts';

const messages = defineMessages('gevent-thread-offload', {
  found: 'gevent has patched `threading`: `{call}` runs `{work}` in a greenlet of the same thread, and `{primitive}` still stops every client. Use `gevent.get_hub().threadpool`, whose threads are real',
  blocks: '`{primitive}` blocks here',
  greenlets: 'runs in gevent greenlets',
  apply: 'Run it in `gevent.get_hub().threadpool`',
  executor: 'Use `gevent.threadpool.ThreadPoolExecutor`, whose threads are real',
});

export default defineRule({
  id: 'gevent-thread-offload',
  summary: 'Under gevent’s patches a `ThreadPoolExecutor` runs its work in greenlets: what blocks there blocks every client, as it did before.',
  level: 'warning',
  fix: 'unsafe', // Real threads share data with greenlets, and locks of the patched library do not protect it.
  messages: messages.texts,

  concerns: (file, workspace) => file.language === 'python' && speaksOfThreads(file) && workspace.greenlets() !== undefined,

  *check(file, workspace) {
    for (const call of file.calls) {
      const work = workOf(file, call, workspace);
      if (!work) continue;
      const hub = hubAround(file, call.scope, workspace);
      const blocks = hub && primitiveBelow(file, { callee: work.value, scope: call.scope, start: call.start }, work.valueRange, hub, workspace, 0);
      if (!hub || !blocks) continue;
      yield {
        range: lastLine(file, call.calleeRange),
        message: messages.found({ call: shown(file, call.calleeRange), work: shown(file, work.valueRange), primitive: blocks.name }),
        // Small files are seldom the problem.
        ...(blocks.rule === 'blocking-file-io' ? { level: 'hint' as const } : {}),
        notes: [...(blocks.path === file.path && blocks.range.start === work.valueRange.start ? [] : [{ path: blocks.path, range: blocks.range, message: messages.blocks({ primitive: blocks.name }) }]), { ...hub.evidence, message: messages.greenlets() }],
        fixes: () => fixes(file, call, workspace),
      };
    }
  },
});

const executor = 'concurrent.futures.ThreadPoolExecutor';

/** The function that a call hands to a thread of the standard library. */
const speaksOfThreads = mentioningNames(['submit', 'map', 'Thread']);

function workOf(file: Facts, call: Call, workspace: Workspace): Argument | undefined {
  const { callee } = call;
  if (callee.kind !== 'attribute' && callee.kind !== 'name') return undefined;
  switch (callee.name) {
    case 'submit': case 'map':
      return callee.kind === 'attribute' && isExecutor(file, callee.object, call, workspace) ? call.arguments[0] : undefined;
    case 'Thread':
      return workspace.target(file, call)?.name === 'threading.Thread' ? call.arguments.find(({ name }) => name === 'target') : undefined;
    default: return undefined;
  }
}

function isExecutor(file: Facts, value: Expression, call: Call, workspace: Workspace): boolean {
  return workspace.types(file, value, call.scope, call.start).includes(executor);
}

interface Primitive {
  readonly name: string;
  readonly rule: string;
  readonly path: string;
  readonly range: Range;
}

/** Helpers of the workspace are followed this far. */
const deepest = 3;

/** The first call below `called` that stops the hub in spite of the patches. */
function primitiveBelow(file: Facts, called: Pick<Call, 'callee' | 'scope' | 'start'>, range: Range, hub: Greenlets, workspace: Workspace, depth: number): Primitive | undefined {
  const target = workspace.target(file, called);
  if (!target) return undefined;
  if (!target.definition) {
    const row = blockingRow(target.name);
    if (!row || row.cost === 'none' || row.cost === 'low' || !blocksHub(row, hub)) return undefined;
    return { name: row.name.replace(/^builtins\./, ''), rule: row.rule, path: file.path, range: lastLine(file, range) };
  }
  const home = workspace.file(target.definition.path);
  if (!home || depth === deepest || home.scopes[target.definition.scope]?.function?.async) return undefined;
  for (const inner of home.calls) {
    if (ownerOf(home, inner.scope) !== target.definition.scope || inner === called) continue;
    const found = primitiveBelow(home, inner, inner.calleeRange, hub, workspace, depth + 1);
    if (found) return found;
  }
  return undefined;
}

// ── Fixes ──

function fixes(file: Facts, call: Call, workspace: Workspace): readonly Fix[] {
  const { callee } = call;
  if (callee.kind !== 'attribute') return [];
  const found: Fix[] = [];
  const applied = callee.name === 'submit' ? applyEdits(file, call) : undefined;
  if (applied) found.push({ title: messages.apply(), safe: false, edits: applied });
  const made = constructionOf(file, callee.object, call, workspace);
  if (made) {
    const name = importEdit(file, 'gevent.threadpool', undefined, made.start);
    found.push({ title: messages.executor(), safe: false, edits: [...name.edits, { range: made.calleeRange, text: `${name.name}.ThreadPoolExecutor` }] });
  }
  return found;
}

/** `pool.submit(f, a).result()` → `gevent.get_hub().threadpool.apply(f, (a,))`. */
function applyEdits(file: Facts, call: Call): readonly Edit[] | undefined {
  const result = file.calls.find((outer) => outer.callee.kind === 'attribute' && outer.callee.name === 'result' && outer.callee.object.kind === 'call' && outer.callee.object.call === call.index);
  if (!result || result.arguments.length > 0 || call.arguments.some(({ star }) => star !== undefined)) return undefined;
  const text = ({ start, end }: Range) => file.text.slice(start, end);
  const [work, ...given] = call.arguments;
  if (!work || work.name !== undefined || text(result).includes('#')) return undefined;
  const plain = given.filter(({ name }) => name === undefined).map(text);
  const named = given.filter(({ name }) => name !== undefined).map(({ name, valueRange }) => `"${name}": ${text(valueRange)}`);
  const rest = [...(given.length > 0 ? [`(${plain.join(', ')}${plain.length === 1 ? ',' : ''})`] : []), ...(named.length > 0 ? [`{${named.join(', ')}}`] : [])];
  const gevent = importEdit(file, 'gevent', undefined, call.start);
  return [...gevent.edits, { range: { start: result.start, end: result.end }, text: `${gevent.name}.get_hub().threadpool.apply(${[text(work), ...rest].join(', ')})` }];
}

/** Where this file makes the executor that `value` stands for. */
function constructionOf(file: Facts, value: Expression, call: Call, workspace: Workspace): Call | undefined {
  const made = file.calls.filter((one) => (one.callee.kind === 'name' || one.callee.kind === 'attribute') && one.callee.name === 'ThreadPoolExecutor' && workspace.target(file, one)?.name === executor);
  if (value.kind === 'call') return made.find((one) => one.index === value.call);
  return made.length === 1 && isExecutor(file, value, call, workspace) ? made[0] : undefined;
}

function shown(file: Facts, { start, end }: Range): string {
  const text = file.text.slice(start, end).replace(/\s+/g, ' ');
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
