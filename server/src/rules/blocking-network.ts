import { blockingFindings, blockingOptions, blocksAnywhere } from '../findings/blocking.ts';
import { defineRule } from '../rule.ts';

export default defineRule({
  id: 'blocking-network',
  summary: 'Synchronous sockets, DNS, mail or message brokers on the event loop stop every other client until the peer answers.',
  level: 'warning',
  fix: 'unsafe',
  options: blockingOptions,
  messages: {},

  concerns: blocksAnywhere,

  *check(file, workspace, options) {
    yield* blockingFindings('blocking-network', file, workspace, options);
  },
});
