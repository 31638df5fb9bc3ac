/** What container and service files start: a list of words, or text for a shell, with the commands inside either. */

import type { Command, Range, Word } from '../facts.ts';
import { asWritten, filledWord, type FilledText } from './filling.ts';
import { shellCommands, type ShellParser, type ShellStart } from './shell.ts';
import { splitWords } from './splitting.ts';
import type { ShellText, Value } from './words.ts';

/** A file that says what is to be started. */
export interface StartFile {
  readonly path: string;
  readonly text: string;
  /** Relative to the workspace root, `''` for the root. */
  readonly folder: string;
  readonly parser: ShellParser;
}

/** What holds for the commands of one container or process. */
export interface Surroundings {
  readonly directories: readonly string[];
  /** Its environment; a value without text is not known. */
  readonly environment: ReadonlyMap<string, Value>;
  readonly conditions?: readonly string[];
}

/** A word of a list with the text inside it, for `["sh", "-c", "…"]`. */
export interface ListWord {
  readonly word: Word;
  readonly inside: FilledText;
}

/** Words, or text: read by a shell, or only split into words. */
export type Given =
  | { readonly kind: 'list'; readonly words: readonly ListWord[]; readonly form: Command['form'] }
  | { readonly kind: 'text'; readonly source: FilledText; readonly shell: boolean };

/** What a container starts: its entrypoint with its command as arguments, and the shell text in either. */
export function startCommands(file: StartFile, entrypoint: Given | undefined, command: Given | undefined, surroundings: Surroundings): Command[] {
  // The shell of an entrypoint in text form is given no arguments.
  if (entrypoint?.kind === 'text' && entrypoint.shell) return textCommands(file, entrypoint.source, surroundings);
  if (command?.kind === 'text' && command.shell) return textCommands(file, command.source, surroundings);
  const before = entrypoint ? asList(file, entrypoint) : undefined;
  const after = command ? asList(file, command) : undefined;
  if (!before || !after) return listsCommands(file, (before ?? after)?.words ?? [], (before ?? after)?.form ?? 'plain', surroundings);
  const script = /(?:\.sh|entrypoint[\w.-]*)$/;
  // A script as entrypoint runs what it is given, as a rule: `exec "$@"`.
  if (before.words.some(({ word }) => word.value !== undefined && script.test(word.value))) {
    return [...listCommands(file, before.words, before.form, surroundings), ...listsCommands(file, after.words, after.form, surroundings)];
  }
  return listCommands(file, [...before.words, ...after.words], after.form, surroundings);
}

interface List {
  readonly words: readonly ListWord[];
  readonly form: Command['form'];
}

function asList(file: StartFile, given: Given): List {
  return given.kind === 'list' ? given : { words: splitList(file, given.source), form: 'plain' };
}

/** The words of a text that no shell reads. */
export function splitList(file: StartFile, source: FilledText): ListWord[] {
  return splitWords(source, 'shlex').map((word) => ({ word: filledWord(file.text, word, word, !word.quoted), inside: word }));
}

/** Commands of a text between `&&` and its like: nothing reads them so, but an entrypoint may. */
function listsCommands(file: StartFile, words: readonly ListWord[], form: Command['form'], surroundings: Surroundings): Command[] {
  if (form !== 'plain') return listCommands(file, words, form, surroundings);
  const lists: ListWord[][] = [[]];
  for (const word of words) {
    if (/^(?:&&|\|\|?|;|&)$/.test(word.word.text)) lists.push([]);
    else lists.at(-1)!.push(word);
  }
  return lists.flatMap((list) => listCommands(file, list, form, surroundings));
}

/** The commands of a shell text. */
function textCommands(file: StartFile, source: FilledText, surroundings: Surroundings): Command[] {
  return asWritten(file.text, conditioned(shellCommands(file.parser, start(file, source, surroundings)).commands, surroundings), source);
}

/** The command that a list of words is, and the commands of the shell text in it. */
export function listCommands(file: StartFile, words: readonly ListWord[], form: Command['form'], surroundings: Surroundings): Command[] {
  if (words.length === 0) return [];
  const environment = wordsOf(surroundings.environment);
  const whole: Range = { start: Math.min(...words.map(({ word }) => word.start)), end: Math.max(...words.map(({ word }) => word.end)) };
  const found: Command[] = [{
    ...whole,
    words: words.map(({ word }, index) => (mayBeFlag(word, words[index - 1]?.word) ? { ...word, many: true } : word)),
    assignments: [],
    environment,
    exported: environment,
    directories: surroundings.directories,
    conditions: surroundings.conditions ?? [],
    form,
  }];
  const shell = words.findIndex(({ word }) => /^(?:.*\/)?(?:ba|da|a|z|k)?sh$/.test(word.value ?? ''));
  const option = shell === -1 ? -1 : words.findIndex(({ word }, index) => index > shell && /^-\w*c$/.test(word.value ?? ''));
  const inside = option === -1 ? undefined : words[option + 1]?.inside;
  if (inside) found.push(...textCommands(file, inside, surroundings));
  return found;
}

/** Whether a word that nobody knows stands where a flag may stand: `--name` in front of it would want a value. */
function mayBeFlag(word: Word, before: Word | undefined): boolean {
  return before !== undefined && word.value === undefined && word.prefix === undefined && !/^(?:--[A-Za-z][\w-]*|-[A-Za-z])$/.test(before.value ?? '');
}

function start(file: StartFile, source: ShellText, { directories, environment }: Surroundings): ShellStart {
  return { source, folder: file.folder, directories, form: 'shell', environment };
}

function conditioned(commands: readonly Command[], { conditions }: Surroundings): readonly Command[] {
  return conditions ? commands.map((command) => ({ ...command, conditions: [...conditions, ...command.conditions] })) : commands;
}

function wordsOf(environment: ReadonlyMap<string, Value>): Map<string, Word | undefined> {
  return new Map([...environment].map(([name, { text, range }]) => [name, { ...range, text: text ?? '', ...(text === undefined ? {} : { value: text }) }]));
}
