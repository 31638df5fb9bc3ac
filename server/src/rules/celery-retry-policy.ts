/** Celery tasks that reach over the network and are not tried again, or are tried again whatever went wrong. */

import type { Call, Facts, Range } from '../facts.ts';
import { isTest } from '../findings/aside.ts';
import { lastLine } from '../findings/lines.ts';
import { blockingRow } from '../knowledge/index.ts';
import { defineMessages, defineRule } from '../rule.ts';
import { ownerOf } from '../workspace/scopes.ts';
import { mayHaveTasks, type Task, tasksOf } from '../workspace/tasks.ts';
import { callsIn } from '../workspace/work.ts';
import type { Workspace } from '../workspace/workspace.ts';

const messages = defineMessages('celery-retry-policy', {
  none: '`{call}` may fail for a moment, and then this task fails for good: nothing tries it again. If running it twice does no harm, give it `autoretry_for=({error},)` and `retry_backoff=True`',
  broad: '`autoretry_for=({error},)` also tries again after mistakes in the code and after `SoftTimeLimitExceeded`, which can never help. Name the errors that pass by themselves, such as `{example}`',
  reaches: 'reaches over the network here',
});

export default defineRule({
  id: 'celery-retry-policy',
  summary: 'A Celery task that reaches over the network without being tried again, or that is tried again after every kind of error.',
  level: 'hint',
  fix: 'none',
  messages: messages.texts,

  concerns: (file) => mayHaveTasks(file) && !isTest(file.path),

  *check(file, workspace) {
    for (const task of tasksOf(file, workspace)) {
      const retried = task.options?.arguments.find(({ name }) => name === 'autoretry_for');
      const reach = networkCall(file, task.scope.index, workspace, 0);
      const broad = retried && broadError(file, retried.valueRange);
      if (broad) yield { range: broad, message: messages.broad({ error: file.text.slice(broad.start, broad.end), example: (reach && errorOf(reach.name)) ?? 'ConnectionError' }) };
      else if (!retried && reach && !retriesItself(file, task)) {
        yield {
          range: task.scope.nameRange,
          message: messages.none({ call: reach.name, error: errorOf(reach.name)! }),
          notes: [{ path: reach.path, range: reach.range, message: messages.reaches() }],
        };
      }
    }
  },
});

/** `Exception` in the value of `autoretry_for`. */
function broadError(file: Facts, { start, end }: Range): Range | undefined {
  const found = /(?<![\w.])(?:Base)?Exception(?![\w.])/.exec(file.text.slice(start, end));
  return found ? { start: start + found.index, end: start + found.index + found[0].length } : undefined;
}

/** `self.retry(…)`, a decorator of tenacity, a base class or options that may hold a policy. */
function retriesItself(file: Facts, { scope, options }: Task): boolean {
  if (scope.function!.async || options?.arguments.some(({ name, star }) => star !== undefined || name === 'base' || name === 'acks_late')) return true;
  if (scope.function!.decorators.some(({ start, end }) => /retry|retries|backoff/i.test(file.text.slice(start, end)))) return true;
  return /\bretry\(|\bRetry\b|\bRetrying\b|\bmax_retries\b/.test(file.text.slice(scope.start, scope.end));
}

interface Reach {
  readonly name: string;
  readonly path: string;
  readonly range: Range;
}

/** Helpers of the workspace are followed this far. */
const deepest = 2;

/** A call over the network that nobody around it expects to fail. */
function networkCall(file: Facts, scope: number, workspace: Workspace, depth: number): Reach | undefined {
  for (const call of callsIn(file, scope)) {
    if (call.awaited || isGuarded(file, call)) continue;
    const target = workspace.target(file, call);
    if (!target) continue;
    if (!target.definition) {
      const row = blockingRow(target.name);
      if (row?.cost === 'high' && errorOf(target.name) !== undefined) {
        return { name: target.name.replace(/\(\)/g, ''), path: file.path, range: lastLine(file, call.calleeRange) };
      }
      continue;
    }
    const home = workspace.file(target.definition.path);
    const found = home && depth < deepest && !(home === file && target.definition.scope === scope) && !home.scopes[target.definition.scope]?.function?.async
      && !/retry|backoff/i.test(home.text.slice(home.scopes[target.definition.scope]!.start, home.scopes[target.definition.scope]!.end))
      ? networkCall(home, target.definition.scope, workspace, depth + 1) : undefined;
    if (found) return found;
  }
  return undefined;
}

/** Whether a `try` or a loop stands around a call within its function. */
function isGuarded(file: Facts, { block, scope }: Call): boolean {
  for (let at = file.blocks[block]; at && file.scopes[at.scope]!.kind !== 'module' && ownerOf(file, at.scope) === ownerOf(file, scope); at = file.blocks[at.parent]) {
    if (at.kind === 'try' || at.kind === 'while') return true;
  }
  return false;
}

/** The error that a library raises when the network fails; undefined for those that try again by themselves (boto3, openai, urllib3). */
function errorOf(name: string): string | undefined {
  return errors.find(([library]) => name.startsWith(library))?.[1];
}

const errors: readonly (readonly [string, string])[] = [
  ['requests.', 'requests.RequestException'],
  ['httpx.', 'httpx.TransportError'],
  ['urllib.request.', 'urllib.error.URLError'],
  ['http.client.', 'OSError'],
  ['smtplib.', 'smtplib.SMTPException'],
];
