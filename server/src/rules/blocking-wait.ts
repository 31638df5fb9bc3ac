import { blockingFindings, blockingOptions, blocksAnywhere } from '../findings/blocking.ts';
import { defineRule } from '../rule.ts';

export default defineRule({
  id: 'blocking-wait',
  summary: 'Waiting for a lock, thread, queue or future on the event loop stops every other client, for ever if the loop itself should wake it.',
  level: 'warning',
  fix: 'none',
  options: blockingOptions,
  messages: {},

  concerns: blocksAnywhere,

  *check(file, workspace, options) {
    yield* blockingFindings('blocking-wait', file, workspace, options);
  },
});
