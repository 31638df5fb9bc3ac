import { defineRule } from '../rule.ts';

export default defineRule({
  id: 'invalid-config',
  summary: 'A config file with a mistake: the setting it stands in does not count.',
  level: 'error',
  fix: 'none',
  messages: {},

  concerns: (file) => file.problems !== undefined,

  *check(file) {
    for (const { range, message } of file.problems ?? []) yield { range, message };
  },
});
