/** Event loops that several greenlets start in the one thread they share. */

import type { Call, Facts } from '../facts.ts';
import { lastLine } from '../findings/lines.ts';
import { hubAround, hubOfHandlers } from '../findings/hub.ts';
import { defineMessages, defineRule, type Finding } from '../rule.ts';
import { mentioning } from '../workspace/mentions.ts';
import type { Workspace } from '../workspace/workspace.ts';

const messages = defineMessages('gevent-asyncio-run', {
  run: '`{call}` starts an event loop in the thread that all greenlets share: while one client’s loop runs, the next gets `RuntimeError: … cannot be called from a running event loop`. Use a synchronous client, which gevent makes cooperative, or run it in `gevent.get_hub().threadpool`',
  view: 'Flask runs an `async def` view in an event loop in the thread that all greenlets share: while one client’s loop runs, the next gets a `RuntimeError`. Write it as a plain `def` with a synchronous client, which gevent makes cooperative',
  greenlets: 'runs in gevent greenlets',
});

export default defineRule({
  id: 'gevent-asyncio-run',
  summary: '`asyncio.run` in a gevent greenlet: all greenlets share one thread, and only one loop can run in it at a time.',
  level: 'warning',
  fix: 'none',
  messages: messages.texts,

  concerns: (file, workspace) => file.language === 'python' && speaksOfAsync(file) && workspace.greenlets() !== undefined,

  *check(file, workspace) {
    const findings = [...loops(file, workspace), ...asyncViews(file, workspace)];
    if (findings.length > 0 && !nests(workspace)) yield* findings;
  },
});

const speaksOfAsync = mentioning(/async/);

function* loops(file: Facts, workspace: Workspace): Iterable<Finding> {
  for (const call of file.calls) {
    if (!startsLoop(file, call, workspace)) continue;
    const hub = hubAround(file, call.scope, workspace);
    if (hub) yield found(messages.run({ call: file.text.slice(call.calleeRange.start, call.calleeRange.end).replace(/\s+/g, '') }), lastLine(file, call.calleeRange), hub.evidence);
  }
}

function found(message: Finding['message'], range: Finding['range'], evidence: { readonly path: string; readonly range: Finding['range'] }): Finding {
  return { range, message, notes: [{ ...evidence, message: messages.greenlets() }] };
}

const runners: ReadonlySet<string> = new Set(['asyncio.run', 'asyncio.runners.run', 'uvloop.run', 'anyio.run', 'asyncio.Runner.run']);

/** Whether a call runs a loop until a coroutine is done. */
function startsLoop(file: Facts, call: Call, workspace: Workspace): boolean {
  const { callee } = call;
  if (callee.kind === 'attribute' && callee.name === 'run_until_complete') return true;
  if (callee.kind === 'call') return workspace.target(file, file.calls[callee.call]!)?.name === 'asgiref.sync.async_to_sync';
  return (callee.kind === 'attribute' || callee.kind === 'name') && /run/i.test(callee.name) && runners.has(workspace.target(file, call)?.name ?? '');
}

/** `async def` views of Flask: it wraps each of them in `asgiref.sync.async_to_sync`. */
function* asyncViews(file: Facts, workspace: Workspace): Iterable<Finding> {
  const hub = hubOfHandlers(workspace);
  if (!hub || workspace.isScript(file)) return;
  for (const scope of file.scopes) {
    if (!scope.function?.async) continue;
    const view = scope.function.decorators.some(({ value }) => {
      const decorator = value.kind === 'call' ? file.calls[value.call]!.callee : value;
      return decorator.kind === 'attribute' && /^(route|get|post|put|patch|delete)$/.test(decorator.name)
        && workspace.types(file, decorator.object, scope.parent, scope.start).some((type) => /^flask\.(.*\.)?(Flask|Blueprint)$/.test(type));
    });
    if (view) yield found(messages.view(), scope.function.keywordRange, hub.evidence);
  }
}

/** `nest_asyncio` lets loops run inside of others. */
function nests(workspace: Workspace): boolean {
  return workspace.noted(nesting).size > 0;
}

const nesting = ({ language, text }: Facts): true | undefined => (language === 'python' && text.includes('nest_asyncio') ? true : undefined);
