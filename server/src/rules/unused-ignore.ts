import type { Facts, Ignore, Range } from '../facts.ts';
import { defineMessages, defineRule, type Finding } from '../rule.ts';

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

  *check() {},

  unused(file, ignore, rule): Finding {
    if (rule === undefined) {
      return { range: ignore, message: messages.comment(), tags: ['unnecessary'], fixes: () => [{ title: messages.removeComment(), safe: true, edits: [{ range: wholeComment(file, ignore), text: '' }] }] };
    }
    const index = ignore.rules.indexOf(rule);
    const range = ignore.ruleRanges[index]!;
    const edit = index === 0 ? { start: range.start, end: ignore.ruleRanges[1]?.start ?? range.end } : { start: ignore.ruleRanges[index - 1]!.end, end: range.end };
    return { range, message: messages.name({ rule }), tags: ['unnecessary'], fixes: () => [{ title: messages.removeName({ rule }), safe: true, edits: [{ range: edit, text: '' }] }] };
  },
});

/** The comment with the space before it; its whole line, where nothing else stands on it. */
function wholeComment(file: Facts, ignore: Ignore): Range {
  const { text } = file;
  const lineStart = text.lastIndexOf('\n', ignore.start - 1) + 1;
  const newline = text.indexOf('\n', ignore.end);
  const lineEnd = newline === -1 ? text.length : newline;
  // Words behind the directive are the reader's: only the directive goes.
  if (text.slice(ignore.end, lineEnd).trim() !== '') return { start: ignore.start, end: ignore.end };
  if (text.slice(lineStart, ignore.start).trim() === '') return { start: lineStart, end: newline === -1 ? lineEnd : newline + 1 };
  const code = text.slice(lineStart, ignore.start).trimEnd();
  return { start: lineStart + code.length, end: ignore.end };
}
