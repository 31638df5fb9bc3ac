import { blockingFindings, blockingOptions, blocksAnywhere } from '../findings/blocking.ts';
import { defineRule } from '../rule.ts';

export default defineRule({
  id: 'blocking-input',
  summary: 'Waiting for somebody to type on the event loop stops every client until they do.',
  level: 'warning',
  fix: 'unsafe',
  ruff: ['ASYNC250'],
  options: blockingOptions,
  messages: {},

  concerns: blocksAnywhere,

  *check(file, workspace, options) {
    yield* blockingFindings('blocking-input', file, workspace, options);
  },
});
