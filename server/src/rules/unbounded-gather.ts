/** As many requests at once as there are elements. */

import type { Call, Facts } from '../facts.ts';
import { isTestOrMigration } from '../findings/aside.ts';
import { crowdOf } from '../findings/crowds.ts';
import { boundFixes } from '../fixes/bound.ts';
import { lastName } from '../fixes/names.ts';
import { defineMessages, defineRule } from '../rule.ts';
import { callsNamed } from '../workspace/named-calls.ts';
import type { Workspace } from '../workspace/workspace.ts';

const messages = defineMessages('unbounded-gather', {
  found: '`{call}` starts for every element of `{items}` at once: a long list overruns the other side and your connection pool; let a semaphore bound how many run at a time',
});

export default defineRule({
  id: 'unbounded-gather',
  summary: '`asyncio.gather` starts a request for every element of a collection of unknown size at once.',
  level: 'info',
  fix: 'unsafe', // Fewer run at a time, and arguments are worked out later.
  messages: messages.texts,

  concerns: (file) => gathers.mayBeIn(file) && !isTestOrMigration(file.path),

  *check(file, workspace) {
    for (const call of gathers(file)) {
      if (lastName(call.callee) !== 'gather' || !isGather(file, workspace, call)) continue;
      const crowd = crowdOf(file, workspace, call);
      if (crowd === undefined) continue;
      const { start, end } = crowd.call.calleeRange;
      const values = { call: shorten(file.text.slice(start, end)), items: shorten(file.text.slice(crowd.loop.iterableRange!.start, crowd.loop.iterableRange!.end)) };
      yield { range: { start: call.calleeRange.end - 'gather'.length, end: call.calleeRange.end }, message: messages.found(values), fixes: () => boundFixes(file, crowd.loop, crowd.call) };
    }
  },
});

const gathers = callsNamed(['gather']);

function isGather(file: Facts, workspace: Workspace, call: Call): boolean {
  return /^asyncio\.(tasks\.)?gather$/.test(workspace.target(file, call)?.name ?? '');
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ').replace(/ ?([.()]) ?/g, '$1');
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
