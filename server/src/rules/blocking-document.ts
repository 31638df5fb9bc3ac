import { blockingFindings, blockingOptions, blocksAnywhere } from '../findings/blocking.ts';
import { defineRule } from '../rule.ts';

export default defineRule({
  id: 'blocking-document',
  summary: 'Reading or making documents, spreadsheets and images on the event loop stops every other client for as long as it takes.',
  level: 'warning',
  fix: 'unsafe',
  options: blockingOptions,
  messages: {},

  concerns: blocksAnywhere,

  *check(file, workspace, options) {
    yield* blockingFindings('blocking-document', file, workspace, options);
  },
});
