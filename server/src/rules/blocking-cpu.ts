import { blockingFindings, blockingOptions, blocksAnywhere } from '../findings/blocking.ts';
import { defineRule } from '../rule.ts';

export default defineRule({
  id: 'blocking-cpu',
  summary: 'Long computations on the event loop stop every other client until they are done.',
  level: 'info',
  fix: 'unsafe',
  options: blockingOptions,
  messages: {},

  concerns: blocksAnywhere,

  *check(file, workspace, options) {
    yield* blockingFindings('blocking-cpu', file, workspace, options);
  },
});
