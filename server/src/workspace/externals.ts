/** Coroutines that wait for another service: over HTTP, or for a language model. */

import type { Call, Facts, Range } from '../facts.ts';
import { clients, type ClientRow } from '../knowledge/clients.ts';
import { callsIn, takes } from './work.ts';
import type { Workspace } from './workspace.ts';

/** What a call waits for, and where the waiting is. */
export interface ExternalWait {
  /** As a library's users write it: `httpx.AsyncClient.post`. */
  readonly name: string;
  readonly path: string;
  readonly range: Range;
}

/** Helpers are followed this far. */
const deepest = 4;

const immediate = /\.(?:close|aclose|build_request|with_options|copy|mount|cookies|headers|batch|abatch|__\w+)$/;
const models = /^litellm\.a(?:completion|embedding|responses|image_generation|transcription|text_completion)$|^(?:langchain\w*|llama_index)\..*\.(?:ainvoke|agenerate|apredict|acall|arun|achat|acomplete)$|^openai\.\w+\.acreate$/;

/** What an awaited call waits for, through helpers of the workspace too; undefined where that is no other service, or unknown. */
export function externalWait(file: Facts, workspace: Workspace, call: Call, depth = 0): ExternalWait | undefined {
  if (!isWaitedFor(file, call)) return undefined;
  const target = workspace.target(file, call);
  if (!target) return undefined;
  if (!target.definition) return isExternal(target.name) ? { name: target.name, path: file.path, range: call.calleeRange } : undefined;
  const { path, scope } = target.definition;
  const other = workspace.file(path);
  if (!other?.scopes[scope]?.function?.async || depth >= deepest) return undefined;
  const known = workspace.remembered(answers, () => new Map<string, ExternalWait | null>());
  const key = `${path}#${scope}`;
  let found = known.get(key);
  if (found === undefined) {
    known.set(key, null);
    found = null;
    for (const inner of callsIn(other, scope)) {
      found ??= externalWait(other, workspace, inner, depth + 1) ?? null;
      if (found) break;
    }
    // What was not found because the way was too long is looked for again from nearer by.
    if (found || depth === 0) known.set(key, found);
    else known.delete(key);
  }
  return found ?? undefined;
}

const answers = {};

/** `await f()`, `async with f() as response`, `await gather(f(), g())`. */
function isWaitedFor(file: Facts, call: Call): boolean {
  if (call.awaited) return true;
  if (call.role === 'with') return file.withs.some((one) => one.async && one.items.some(({ value }) => value.kind === 'call' && value.call === call.index));
  return call.role === 'argument' && file.calls.some((outer) => outer.awaited && (outer.callee.kind === 'attribute' || outer.callee.kind === 'name') && /^(?:gather|wait_for|shield)$/.test(outer.callee.name)
    && takes(outer, call.index));
}

function isExternal(name: string): boolean {
  if (models.test(name)) return true;
  if (immediate.test(name)) return false;
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
    const row: ClientRow | undefined = clients.get(name.slice(0, dot));
    if (row) return row.async === true && row.external !== undefined;
  }
  return false;
}
