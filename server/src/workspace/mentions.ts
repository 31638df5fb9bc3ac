/** What a file's text speaks of: each text is searched once, and of a file that is being edited only the statements that are new. */

import type { Facts, Section } from '../facts.ts';
import { Needles, wordsOf } from './needles.ts';
import { fromSections } from './sections.ts';

interface Question {
  /** A text that holds none of them is not meant; undefined where that cannot be told. */
  readonly words: readonly string[] | undefined;
  /** What decides where a word is found; undefined where words are names, which are enough. */
  readonly pattern: RegExp | undefined;
}

const questions: Question[] = [];

/**
 * A question to ask of files: whether their text matches `pattern`, which must have no flag `g`, `u` or `y`, and match within one
 * statement of the top level or one comment. Made once, where a module is loaded.
 */
export function mentioning(pattern: RegExp): (file: Facts) => boolean {
  return asking({ words: wordsOf(pattern), pattern });
}

/** A question to ask of files: whether one of these names, which are ASCII, stands anywhere in their text. */
export function mentioningNames(names: Iterable<string>): (file: Facts) => boolean {
  return asking({ words: [...names], pattern: undefined });
}

function asking(question: Question): (file: Facts) => boolean {
  const index = questions.push(question) - 1;
  needles = undefined;
  return (file) => {
    let answers = known.get(file);
    if (!answers || index >= answers.length) known.set(file, (answers = file.sections ? answersOf(file, file.sections) : candidatesIn(file.text)));
    const answer = answers[index];
    if (answer !== perhaps) return answer === yes;
    const found = question.pattern === undefined || question.pattern.test(file.text);
    answers[index] = found ? yes : no;
    return found;
  };
}

/** Answers all questions about a file while its text is at hand. */
export function answerAll(file: Facts, text: string): void {
  const found = matching(text);
  const key = found.join();
  let answers = byFound.get(key);
  if (!answers || answers.length < questions.length) {
    byFound.set(key, (answers = new Uint8Array(questions.length).fill(no)));
    for (const index of found) answers[index] = yes;
  }
  known.set(file, answers);
}

/** Answers without doubt, by the questions answered with yes: many files say the same. */
const byFound = new Map<string, Uint8Array>();

const perhaps = 0;
const no = 1;
const yes = 2;

/** By question. */
const known = new WeakMap<Facts, Uint8Array>();
/** All words asked for; gone when there are more. */
let needles: Needles | undefined;
/** Answers about a text with none of them. */
let nothing = new Uint8Array();

/** What the words in a text leave open. */
function candidatesIn(text: string): Uint8Array {
  if (!needles) {
    needles = new Needles(questions.flatMap(({ words, pattern }, number) => (words ?? []).map((word) => ({ word, number, whole: pattern === undefined }))));
    nothing = Uint8Array.from(questions, ({ words }) => (words ? no : perhaps));
  }
  const answers = nothing.slice();
  needles.in(text, (index) => {
    answers[index] = perhaps;
  });
  return answers;
}

/** The questions that are answered with yes of a section. */
const saidIn = fromSections((part, { text }) => {
  const found = 'start' in part ? matching(text.slice(part.start, part.end)) : [];
  return found.length > 0 ? found : undefined;
});

/** The comments between sections that were looked at last: the next edit most likely leaves them as they are. */
let commented: { readonly text: string; readonly matched: readonly number[] } | undefined;

/** All answers about a file that is being edited: it consists of sections, and of comments between them. */
function answersOf(file: Facts, sections: readonly Section[]): Uint8Array {
  const { text } = file;
  const answers = new Uint8Array(questions.length).fill(no);
  for (const { answer } of saidIn(file)) for (const index of answer) answers[index] = yes;
  let between = '';
  let end = 0;
  for (const section of sections) {
    if (!isBlank(text, end, section.start)) between += `${text.slice(end, section.start)}\n`;
    end = section.end;
  }
  between += text.slice(end);
  if (commented?.text !== between) commented = { text: between, matched: matching(between) };
  for (const index of commented.matched) answers[index] = yes;
  return answers;
}

function isBlank(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (text.charCodeAt(at) > 32) return false;
  return true;
}

function matching(text: string): readonly number[] {
  const found: number[] = [];
  if (text.trim() === '') return found;
  for (const [index, answer] of candidatesIn(text).entries()) {
    if (answer === perhaps && questions[index]!.pattern?.test(text) !== false) found.push(index);
  }
  return found;
}
