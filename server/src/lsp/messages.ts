/** What the language server says itself. */

import { defineMessages } from '../rule.ts';

export const messages = defineMessages('editor', {
  more: '{count} more findings in this file are not shown.',
  unsafe: '{title} (may change behaviour)',
  fixRule: 'Fix all `{rule}` findings in this file',
  fixAll: 'Fix all findings in this file that have a safe fix',
  ignoreLine: 'Ignore `{rule}` on this line',
  ignoreFile: 'Ignore `{rule}` in this file',
  nonblocking: '`{name}` does not block',
  explain: 'Show documentation of `{rule}`',
  page: 'About `{rule}`',
  chain: 'How it gets there:',
  scanning: 'Unblock: reading files',
  progress: '{done} of {total} files',
  cancelled: 'Reading the workspace was cancelled: findings may be missing.',
  tooMany: 'Only the first {count} files are checked (`unblock.scan.maxFiles`).',
  tooWide: '`{path}` is not read as a whole: open the folder of a project.',
  failed: '`{path}` could not be checked: {reason}',
});
