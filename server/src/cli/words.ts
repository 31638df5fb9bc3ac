/** What the command line says itself. */

import { defineMessages } from '../rule.ts';

export const messages = defineMessages('cli', {
  clean: 'No findings in {files}.',
  found: '{findings} in {files} ({levels}).',
  findings: '{count} findings',
  oneFinding: '1 finding',
  files: '{count} files',
  oneFile: '1 file',
  safe: '{count} can be repaired with `--fix`.',
  unsafe: '{count} can be repaired only with `--unsafe-fixes`, which may change behaviour: read the difference.',
  repair: 'repair: {title} (`--fix`)',
  repairUnsafe: 'repair: {title} (`--unsafe-fixes`)',
  fixed: 'Repaired {findings}:',
  skipped: 'Not checked:',
  unwritten: '`{path}` could not be written: {reason}',
  reading: 'Reading {done} of {total} files',
  checking: 'Checking {done} of {total} files',
  unencodable: 'a repair needs a character that {encoding} does not have',
});
