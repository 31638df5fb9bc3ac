/** Adding, taking out and changing the flags of a launch, in the layout the file uses. */

import type { Facts, Range, Word } from '../facts.ts';
import type { Edit } from '../rule.ts';
import type { Launch, Setting, UnknownFlag } from '../workspace/launches.ts';
import { assignedValueEdit, assignmentName, assignmentRemoval, keywordAt, keywordRemoval, keywordsEdit, pythonLiteral } from './assignment.ts';

export interface Flag {
  /** With its dashes. */
  readonly name: string;
  /** Absent for a switch. */
  readonly value?: string;
}

/** An edit that writes `flags` behind the last flag of a launch, else at its end. Undefined where no safe edit exists. */
export function flagEdit(file: Facts, launch: Launch, flags: readonly Flag[]): Edit | undefined {
  const words = wordsOf(launch);
  if (words.length === 0) return keywordsEdit(file, launch, flags);
  if (!isWritten(file, launch)) return undefined;
  const last = lastFlag(launch);
  const verb = verbOf(launch);
  const anchor = last && (!verb || last.word.start > verb.start) ? { ...last } : { word: verb, end: (verb ?? lastWord(words)).end };
  const shape = shapeAt(file, launch, anchor.word ?? lastWord(words));
  const equals = anchor.word?.value?.startsWith('--') === true && anchor.word.value.includes('=');
  if (shape === 'shell') {
    if (!flags.every(({ name, value }) => isPlain(name) && (value === undefined || isPlain(value)))) return undefined;
    const between = shellSeparator(file, words, anchor.word);
    const text = flags.map(({ name, value }) => between + name + (value === undefined ? '' : (equals ? '=' : ' ') + value)).join('');
    return { range: { start: anchor.end, end: anchor.end }, text };
  }
  const quoted = (text: string): string => listItem(file, anchor.word ?? lastWord(words), text, shape);
  const elements = flags.map(({ name, value }) => (value === undefined ? [quoted(name)] : equals ? [quoted(`${name}=${value}`)] : [quoted(name), quoted(value)]));
  if (shape === 'json') {
    const between = listSeparator(file, words, anchor.word);
    // `"--timeout", "30"` stay on one line.
    return { range: { start: anchor.end, end: anchor.end }, text: elements.map((element) => between + element.join(', ')).join('') };
  }
  const line = lineAt(file.text, anchor.end);
  const before = `${file.text.startsWith('\r\n', line.end) ? '\r\n' : '\n'}${/^[ \t]*/.exec(file.text.slice(line.start, line.end))![0]}- `;
  // A comment behind the item stays with it.
  const end = /^[ \t]+#/.test(file.text.slice(anchor.end, line.end)) ? line.end : anchor.end;
  return { range: { start: end, end }, text: elements.flat().map((element) => before + element).join('') };
}

/** An edit that takes a setting out of the place where it is written: the flag with its value, the keyword, the assignment. */
export function removeFlagEdit(file: Facts, launch: Launch | undefined, setting: Setting | UnknownFlag): Edit | undefined {
  if ('source' in setting && setting.path !== file.path) return undefined;
  if ('source' in setting && setting.source === 'config') return assignmentRemoval(file, setting.range);
  const flag = 'source' in setting ? setting.flag : setting.word;
  if (!flag) return keywordRemoval(file, (setting as Setting).range);
  if (!launch || flag.indirect) return undefined;
  const { start } = flag;
  const end = 'source' in setting && setting.range.start > flag.start ? Math.max(flag.end, setting.range.end) : flag.end;
  const words = wordsOf(launch).filter((word) => !word.indirect || word.start >= end || word.end <= start);
  const before = words.filter((word) => word.end <= start).at(-1);
  const after = words.find((word) => word.start >= end);
  const shape = shapeAt(file, launch, flag);
  const between = (from: number, to: number, pattern: RegExp): boolean => from <= to && pattern.test(file.text.slice(from, to));
  if (shape === 'item') {
    const first = lineAt(file.text, start);
    const last = lineAt(file.text, end - 1);
    const next = file.text.startsWith('\r\n', last.end) ? last.end + 2 : Math.min(last.end + 1, file.text.length);
    return { range: { start: first.start, end: next }, text: '' };
  }
  if (shape === 'json') {
    if (before && between(before.end, start, /^[\s\\]*,[\s\\]*$/)) return { range: { start: before.end, end }, text: '' };
    return { range: { start, end: after && between(end, after.start, /^[\s\\]*,[\s\\]*$/) ? after.start : end }, text: '' };
  }
  if (before && between(before.end, start, /^(?:\s|\\(?=\r?\n))+$/)) return { range: { start: before.end, end }, text: '' };
  // Below a comment, the line goes with its continuation.
  const line = lineAt(file.text, start);
  const rest = /^[ \t]*\\\r?\n/.exec(file.text.slice(end, end + 200));
  if (rest && file.text.slice(line.start, start).trim() === '') return { range: { start: line.start, end: end + rest[0].length }, text: '' };
  return { range: { start, end: end + /^[ \t]*/.exec(file.text.slice(end, end + 200))![0].length }, text: '' };
}

/** An edit that writes `text` in place of a flag's name and leaves its value; of a word that is no flag, in place of the word. */
export function replaceFlagEdit(file: Facts, launch: Launch | undefined, target: Setting | UnknownFlag | Word, text: string): Edit | undefined {
  if ('source' in target && target.path !== file.path) return undefined;
  if ('source' in target && target.source === 'config') return assignmentName(file, target.range, text);
  const word = 'source' in target ? target.flag : 'word' in target ? target.word : target;
  const known = word?.value ?? word?.prefix;
  if (!launch || !word || word.indirect || known === undefined || !isPlain(text)) return undefined;
  const name = /^(?:--[^=]+|-[^-=])|^[\s\S]*/.exec(known)![0];
  const written = file.text.slice(word.start, word.end);
  const at = written.indexOf(name);
  if (at === -1) return undefined;
  // `-w4` becomes `--workers=4`.
  const attached = /^-[^-]/.test(name) && known.length > name.length && known[name.length] !== '=' && text.startsWith('--') ? '=' : '';
  return { range: { start: word.start + at, end: word.start + at + name.length }, text: text + attached };
}

/** An edit that writes `value` in place of the value a setting has; undefined for one that is not written in this file as it is. */
export function valueEdit(file: Facts, launch: Launch | undefined, setting: Setting, value: string): Edit | undefined {
  if (setting.path !== file.path) return undefined;
  if (setting.source === 'config') return assignedValueEdit(file, setting.range, value);
  const { flag, range } = setting;
  if (!flag) return keywordAt(file, range) ? { range: { start: range.start, end: range.end }, text: pythonLiteral(value) } : undefined;
  if (!launch || flag.indirect) return undefined;
  const shape = shapeAt(file, launch, flag);
  if (range.start > flag.start) {
    const word = launch.arguments.find((one) => one.start === range.start && one.end === range.end);
    if (!word || word.indirect || word.value === undefined) return undefined;
    const written = file.text.slice(word.start, word.end);
    const quote = /^["']/.exec(written)?.[0];
    const inside = quote !== undefined && written.length > 1 && written.endsWith(quote);
    if (shape === 'shell' && !isPlain(value)) return undefined;
    if (inside && isPlain(value)) return { range: { start: word.start + 1, end: word.end - 1 }, text: value };
    return { range: { start: word.start, end: word.end }, text: shape === 'shell' ? value : listItem(file, word, value, shape) };
  }
  const known = flag.value;
  const written = file.text.slice(flag.start, flag.end);
  if (known === undefined || !isPlain(value)) return undefined;
  const name = /^(?:--[^=]*=|-[^-=]=?)/.exec(known)?.[0];
  const rest = name === undefined ? '' : known.slice(name.length);
  // A switch has no value to change.
  if (name === undefined || rest === '') return undefined;
  const at = written.indexOf(known);
  // `--workers="4"`: the quotes stand around the value alone.
  const from = at === -1 ? written.indexOf(rest, written.indexOf(name) + name.length) : at + name.length;
  return from === -1 || !written.includes(name) ? undefined : { range: { start: flag.start + from, end: flag.start + from + rest.length }, text: value };
}

// ── What stands in the file ──

/** Whether new words can be written behind those of a launch: they stand in the file, or in a variable that the file expands to words. */
function isWritten(file: Facts, launch: Launch): boolean {
  const word = wordsOf(launch)[0]!;
  if (!word.indirect) return true;
  // Quoted, a variable is one argument: what follows it may be none of the command's.
  return launch.command?.form === 'shell' && file.language !== 'python' && /^(?:\$\{?\w+\}?|\$\(\w+\)|"\$\{\w+\[[@*]\]\}")$/.test(file.text.slice(word.start, word.end));
}

/** The program's word and those behind it; none for a launch that is a call with keywords. */
function wordsOf(launch: Launch): readonly Word[] {
  if (!launch.command) return launch.arguments;
  const program = launch.command.words.find((word) => word.start === launch.range.start && word.end === launch.range.end) ?? { ...launch.range, text: '' };
  return [program, ...launch.arguments];
}

function lastWord(words: readonly Word[]): Word {
  return words.reduce((last, word) => (word.end > last.end ? word : last));
}

/** The last flag that stands in the command itself, with the end of its value. */
function lastFlag(launch: Launch): { readonly word: Word; readonly end: number } | undefined {
  let found: { word: Word; end: number } | undefined;
  for (const { flag, range, source } of [...launch.settings.values(), ...launch.overridden]) {
    // Behind `--` stand words that only look like settings.
    if (source !== 'flag' || !flag || flag.indirect || !(flag.value ?? flag.prefix ?? '-').startsWith('-') || (found && flag.start <= found.word.start)) continue;
    found = { word: flag, end: range.start >= flag.start ? Math.max(flag.end, range.end) : flag.end };
  }
  return found;
}

/** The sub-command whose flags must stand behind it. */
function verbOf(launch: Launch): Word | undefined {
  const verb = launch.program.startsWith('celery') ? launch.program.slice('celery '.length) : launch.program === 'flask' ? 'run' : undefined;
  if (verb !== undefined) return launch.arguments.find((word) => word.value === verb);
  return launch.program === 'fastapi' ? launch.arguments.find((word) => word.value === 'run' || word.value === 'dev') : undefined;
}

type Shape = 'shell' | 'json' | 'item';

/** How words are written around `word`: as in a shell, as elements in brackets, as items of a YAML list. */
function shapeAt(file: Facts, launch: Launch, word: Range): Shape {
  // Words without a command are a list in Python: `worker_main(["worker"])`.
  const form = launch.command?.form ?? 'json';
  if (form !== 'json' && form !== 'yaml-list') return 'shell';
  const line = lineAt(file.text, word.start);
  return file.language !== 'python' && /^\s*- +$/.test(file.text.slice(line.start, word.start)) ? 'item' : 'json';
}

/** What stands before the last flag: a space, or a line break with its continuation and indentation. */
function shellSeparator(file: Facts, words: readonly Range[], flag: Word | undefined): string {
  const between = betweenWords(file, words, flag);
  return flag && /^[ \t]*\\?\r?\n[ \t]*$/.test(between) ? between.replace(/^\\/, ' \\') : ' ';
}

/** The comma of a list with the space around it. */
function listSeparator(file: Facts, words: readonly Range[], flag: Word | undefined): string {
  const between = betweenWords(file, words, flag ?? words[1]);
  return /^[\s\\]*,[\s\\]*$/.test(between) ? between : ', ';
}

function betweenWords(file: Facts, words: readonly Range[], word: Range | undefined): string {
  const at = word ? words.findIndex(({ start }) => start === word.start) : -1;
  const before = words[at - 1];
  return before && word && before.end <= word.start ? file.text.slice(before.end, word.start) : '';
}

/** `text` as an element of a list, quoted as the elements beside it are. */
function listItem(file: Facts, beside: Range, text: string, shape: Shape): string {
  const quote = file.text[beside.start];
  if (shape === 'json') return quote === "'" && !/['\\]/.test(text) ? `'${text}'` : JSON.stringify(text);
  if (quote === "'" && !text.includes("'")) return `'${text}'`;
  return quote === '"' || !/^-{1,2}[A-Za-z][\w-]*$/.test(text) ? JSON.stringify(text) : text;
}

/** Whether a text means itself in every kind of file, quoted or not. */
function isPlain(text: string): boolean {
  return /^[\w@+=:,./-]+$/.test(text);
}

function lineAt(text: string, offset: number): Range {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const end = text.indexOf('\n', offset);
  const last = end === -1 ? text.length : end;
  return { start, end: text[last - 1] === '\r' && last > start ? last - 1 : last };
}
