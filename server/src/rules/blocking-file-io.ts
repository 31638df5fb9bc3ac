import { blockingFindings, blockingOptions, blocksAnywhere } from '../findings/blocking.ts';
import { defineRule } from '../rule.ts';

export default defineRule({
  id: 'blocking-file-io',
  summary: 'Reading or writing files on the event loop stops every other client until the disk answers.',
  level: 'warning',
  fix: 'unsafe',
  ruff: ['ASYNC230', 'ASYNC240'],
  options: blockingOptions,
  messages: {},

  concerns: blocksAnywhere,

  *check(file, workspace, options) {
    yield* blockingFindings('blocking-file-io', file, workspace, options);
  },
});
