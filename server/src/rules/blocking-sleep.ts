import type { Facts } from '../facts.ts';
import { blockingFindings, blockingOptions, blocksAnywhere } from '../findings/blocking.ts';
import { importEdit } from '../fixes/imports.ts';
import { mayAwait } from '../fixes/offload.ts';
import { defineMessages, defineRule, type Fix } from '../rule.ts';
import type { BlockingSite } from '../workspace/workspace.ts';

const messages = defineMessages('blocking-sleep', {
  fix: 'Wait with `await asyncio.sleep(...)`',
});

export default defineRule({
  id: 'blocking-sleep',
  summary: '`time.sleep` on the event loop stops every client, not only the one that waits.',
  level: 'warning',
  fix: 'safe',
  ruff: ['ASYNC251'],
  options: blockingOptions,
  messages: messages.texts,

  concerns: blocksAnywhere,

  *check(file, workspace, options) {
    yield* blockingFindings('blocking-sleep', file, workspace, options, sleepOnLoop);
  },
});

/** `time.sleep(x)` → `await asyncio.sleep(x)`: the same wait, without the others waiting too. */
function sleepOnLoop({ row, call, place }: BlockingSite, file: Facts): readonly Fix[] | undefined {
  if (row.name !== 'time.sleep' || place.kind === 'greenlet' || !call || call.awaited || !mayAwait(file, call.scope) || call.arguments.length !== 1) return undefined;
  const asyncio = importEdit(file, 'asyncio', undefined, call.start);
  const edits = [...asyncio.edits, { range: { start: call.start, end: call.argumentsRange.start }, text: `await ${asyncio.name}.sleep` }];
  return [{ title: messages.fix(), safe: true, edits }];
}
