/** Handlers whose responses may take longer than a request should: streams, and waits for language models. */

import type { Call, Facts, Range } from '../facts.ts';
import { mentioning } from './mentions.ts';
import { nameOf } from './patching.ts';
import type { Workspace } from './workspace.ts';

export interface LongHandler {
  readonly kind: 'streams' | 'waits';
  readonly path: string;
  /** The callee that says so. */
  readonly range: Range;
}

/** The first long handler in the files that `entry` imports, at any depth; undefined where none is seen. */
export function longHandlerOf(entry: Facts, workspace: Workspace): LongHandler | undefined {
  return workspace.remembered(`long handler: ${entry.path}`, () => {
    for (const file of importedBy(entry, workspace)) {
      const found = longHandlerIn(file, workspace);
      if (found) return { found };
    }
    return {};
  }).found;
}

const speaksOfLongWork = mentioning(/stream_with_context|event-stream|openai|anthropic|time\.sleep/i);

function longHandlerIn(file: Facts, workspace: Workspace): LongHandler | undefined {
  if (!speaksOfLongWork(file)) return undefined;
  for (const call of file.calls) {
    const kind = streams(file, call, workspace) ? 'streams' : isHandler(file, call.scope) && waits(file, call, workspace) ? 'waits' : undefined;
    if (kind) return { kind, path: file.path, range: call.calleeRange };
  }
  return undefined;
}

/** Server-sent events, and generators that hold their request (Flask, Werkzeug, Django). */
function streams(file: Facts, call: Call, workspace: Workspace): boolean {
  const name = nameOf(call.callee);
  if (name !== 'stream_with_context' && name !== 'Response' && name !== 'StreamingHttpResponse') return false;
  const target = workspace.target(file, call)?.name ?? '';
  if (/^flask\.(?:helpers\.)?stream_with_context$/.test(target)) return true;
  if (!/^(?:flask|werkzeug|django)\.(?:[\w.]+\.)?(?:Response|StreamingHttpResponse)$/.test(target)) return false;
  return call.arguments.some(({ name: given, value }) => (given === 'mimetype' || given === 'content_type') && value.kind === 'constant' && String(value.value).startsWith('text/event-stream'));
}

/** A language model's answer, or a long sleep. */
function waits(file: Facts, call: Call, workspace: Workspace): boolean {
  const name = nameOf(call.callee);
  if (name !== 'create' && name !== 'parse' && name !== 'sleep') return false;
  const target = workspace.target(file, call)?.name ?? '';
  if (target === 'time.sleep') {
    const seconds = call.arguments[0]?.value;
    return seconds?.kind === 'constant' && typeof seconds.value === 'number' && seconds.value >= 30;
  }
  return /^(?:openai\.(?:Azure)?OpenAI|openai|anthropic\.Anthropic)\.(?:[\w.]+\.)?(?:completions|responses|messages)\.(?:create|parse)$/.test(target);
}

/** Whether a function answers requests, by its decorator. */
function isHandler(file: Facts, scope: number): boolean {
  return file.scopes[scope]?.function?.decorators.some(({ value }) => {
    const callee = value.kind === 'call' ? file.calls[value.call]!.callee : undefined;
    return callee?.kind === 'attribute' && /^(?:route|get|post|put|patch|delete)$/.test(callee.name);
  }) === true;
}

/** A file and everything it imports from the workspace, inside functions too. */
function importedBy(entry: Facts, workspace: Workspace): Iterable<Facts> {
  const found = new Set<Facts>([entry]);
  for (const file of found) {
    for (const scope of file.scopes) {
      for (const bindings of scope.bindings.values()) {
        for (const { value } of bindings) {
          if (value.kind !== 'import' && value.kind !== 'star-import') continue;
          const member = value.kind === 'import' ? value.member : undefined;
          for (const module of member === undefined ? [value.module] : [value.module, value.module === '' ? member : `${value.module}.${member}`]) {
            const imported = workspace.resolveModule(file, module, value.level);
            if (imported) found.add(imported);
          }
        }
      }
    }
  }
  return found;
}
