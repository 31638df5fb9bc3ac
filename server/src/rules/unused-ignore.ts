import type { Facts, Ignore } from '../facts.ts';
import { defineMessages, defineRule, type Edit, type Finding } from '../rule.ts';

const messages = defineMessages('unused-ignore', {
  comment: 'This comment silences nothing. Remove it',
  name: '`{rule}` is not reported here. Remove it from the comment',
  removeComment: 'Remove the comment',
  removeName: 'Remove `{rule}` from the comment',
});

export default defineRule({
  id: 'unused-ignore',
  summary: 'An ignore comment that silences nothing hides the next finding on its line.',
  level: 'hint',
  fix: 'safe',
  messages: messages.texts,

  concerns: () => false,

  *check() {},

  unused(file, ignore, rule): Finding {
    if (rule === undefined) {
      return { range: ignore, message: messages.comment(), tags: ['unnecessary'], fixes: () => [{ title: messages.removeComment(), safe: true, edits: [removal(file, ignore)] }] };
    }
    const index = ignore.rules.indexOf(rule);
    const range = ignore.ruleRanges[index]!;
    const edit = index === 0 ? { start: range.start, end: ignore.ruleRanges[1]?.start ?? range.end } : { start: ignore.ruleRanges[index - 1]!.end, end: range.end };
    return { range, message: messages.name({ rule }), tags: ['unnecessary'], fixes: () => [{ title: messages.removeName({ rule }), safe: true, edits: [{ range: edit, text: '' }] }] };
  },
});

/** Removes the comment with the space before it; its whole line, where nothing else stands on it. */
function removal(file: Facts, ignore: Ignore): Edit {
  const { text } = file;
  const lineStart = text.lastIndexOf('\n', ignore.start - 1) + 1;
  const newline = text.indexOf('\n', ignore.end);
  const lineEnd = newline === -1 ? text.length : newline;
  const rest = text.slice(ignore.end, lineEnd);
  // Words behind the directive are the reader's: they stay a comment.
  if (rest.trim() !== '') return { range: { start: ignore.start, end: ignore.end + (rest.length - rest.trimStart().length) }, text: rest.trimStart().startsWith('#') ? '' : '# ' };
  if (text.slice(lineStart, ignore.start).trim() === '') return { range: { start: lineStart, end: newline === -1 ? lineEnd : newline + 1 }, text: '' };
  const code = text.slice(lineStart, ignore.start).trimEnd();
  return { range: { start: lineStart + code.length, end: ignore.end }, text: '' };
}
