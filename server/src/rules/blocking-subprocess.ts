import { blockingFindings, blockingOptions, blocksAnywhere } from '../findings/blocking.ts';
import { defineRule } from '../rule.ts';

export default defineRule({
  id: 'blocking-subprocess',
  summary: 'Waiting for another process on the event loop stops every other client until it ends.',
  level: 'warning',
  fix: 'unsafe',
  ruff: ['ASYNC220', 'ASYNC221', 'ASYNC222'],
  options: blockingOptions,
  messages: {},

  concerns: blocksAnywhere,

  *check(file, workspace, options) {
    yield* blockingFindings('blocking-subprocess', file, workspace, options);
  },
});
