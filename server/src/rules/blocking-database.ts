import { blockingFindings, blockingOptions, blocksAnywhere } from '../findings/blocking.ts';
import { defineRule } from '../rule.ts';

export default defineRule({
  id: 'blocking-database',
  summary: 'A synchronous database call on the event loop stops every other client until the database answers.',
  level: 'warning',
  fix: 'unsafe',
  options: blockingOptions,
  messages: {},

  concerns: blocksAnywhere,

  *check(file, workspace, options) {
    yield* blockingFindings('blocking-database', file, workspace, options);
  },
});
