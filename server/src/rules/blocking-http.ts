import { blockingFindings, blockingOptions, blocksAnywhere } from '../findings/blocking.ts';
import { defineRule } from '../rule.ts';

export default defineRule({
  id: 'blocking-http',
  summary: 'A synchronous HTTP call on the event loop stops every other client until the remote server answers.',
  level: 'warning',
  fix: 'unsafe',
  ruff: ['ASYNC210', 'ASYNC212'],
  options: blockingOptions,
  messages: {},

  concerns: blocksAnywhere,

  *check(file, workspace, options) {
    yield* blockingFindings('blocking-http', file, workspace, options);
  },
});
