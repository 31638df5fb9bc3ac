/** systemd units → the commands of `ExecStart=`. */

import type { Command } from '../facts.ts';
import { absoluteCandidates, upwards } from '../folders.ts';
import { filled, filledWord, unknownReference, type FilledText } from './filling.ts';
import { entries } from './lines.ts';
import { splitWords, type SplitWord } from './splitting.ts';
import { listCommands, type ListWord, type StartFile } from './starts.ts';
import type { Value } from './words.ts';

export function systemd(file: StartFile): Command[] {
  const folders = upwards(file.folder);
  const environment = new Map<string, Value>();
  let starts: FilledText[] = [];
  let directory: string | undefined;
  let hasFiles = false;
  for (const { section, name, value } of entries(file.text, 'systemd')) {
    if (section !== 'Service') continue;
    const empty = value.text.trim() === '';
    switch (name) {
      case 'ExecStart':
        // An empty assignment takes back those before it.
        if (empty) starts = [];
        else starts.push(value);
        break;
      case 'Environment':
        if (empty) environment.clear();
        for (const word of splitWords(specifiers(value), 'systemd')) setVariable(environment, file, word);
        break;
      case 'PassEnvironment':
        for (const word of splitWords(value, 'systemd')) environment.set(word.text, { range: word });
        break;
      case 'EnvironmentFile':
        hasFiles = !empty;
        break;
      case 'WorkingDirectory':
        directory = value.text.trim().replace(/^-/, '');
        break;
    }
  }
  // What a file says wins over the unit, and is not known here.
  if (hasFiles) for (const [name, { range }] of environment) environment.set(name, { range });
  const known = directory?.startsWith('/') && !directory.includes('%') ? absoluteCandidates(directory, folders) : folders;
  return starts.flatMap((line) => commandLines(file, line, environment, known));
}

/** The commands of one `ExecStart=`; a lone `;` separates them. */
function commandLines(file: StartFile, line: FilledText, environment: ReadonlyMap<string, Value>, directories: readonly string[]): Command[] {
  const commands: ListWord[][] = [];
  let words: ListWord[] = [];
  let raw: { readonly expands: boolean; readonly named: boolean } | undefined;
  for (const word of splitWords(specifiers(line), 'systemd')) {
    if (word.text === ';' && !word.quoted) {
      [words, raw] = [[], undefined];
      continue;
    }
    if (!raw) {
      const marks = /^[-@+!:|]*/.exec(word.text)![0];
      raw = { expands: !marks.includes(':'), named: marks.includes('@') };
      const program = { ...word, text: word.text.slice(marks.length), start: word.at(marks.length), at: (index: number) => word.at(index + marks.length) };
      if (program.text === '') continue;
      words = [listWord(file, program)];
      commands.push(words);
      continue;
    }
    // `@`: the word behind the program is the name it is given, no argument.
    if (raw.named) raw = { ...raw, named: false };
    else words.push(...(raw.expands ? expanded(file, word, environment) : [listWord(file, word)]));
  }
  return commands.flatMap((one) => listCommands(file, one, 'systemd', { directories, environment }));
}

/** `$A` as a word of its own is split into words, `${A}` is part of one; `$A` inside a word means itself. */
function expanded(file: StartFile, word: SplitWord, environment: ReadonlyMap<string, Value>): ListWord[] {
  const name = /^\$([A-Za-z_]\w*)$/.exec(word.text)?.[1];
  if (name === undefined) {
    const inside = filled({ ...word, at: (index) => word.at(index) }, /\$\$|\$\{([A-Za-z_]\w*)\}/g, ([whole, one]) => (whole === '$$' ? '$' : whole === unknownReference ? undefined : environment.get(one!)?.text));
    return [listWord(file, { ...word, ...inside }, !word.quoted && word.text.includes(unknownReference))];
  }
  const text = environment.get(name)?.text;
  const inside = { text: text ?? '', at: () => word.start, references: [{ start: word.start, end: word.end }] };
  if (text === undefined) return [{ word: { start: word.start, end: word.end, text: word.text, many: true, indirect: true }, inside }];
  return splitWords(inside, 'systemd').map((one) => ({ word: { start: word.start, end: word.end, text: word.text, value: one.text, indirect: true }, inside: one }));
}

function listWord(file: StartFile, word: SplitWord, many = false): ListWord {
  return { word: filledWord(file.text, word, word, many), inside: word };
}

/** `%i`, `%h`: known only where the unit runs. */
function specifiers(value: FilledText): FilledText {
  return filled(value, /%%|%[A-Za-z]/g, ([whole]) => (whole === '%%' ? '%' : undefined));
}

function setVariable(environment: Map<string, Value>, file: StartFile, word: SplitWord): void {
  const equals = word.text.indexOf('=');
  if (equals <= 0) return;
  const { value } = filledWord(file.text, word, word);
  environment.set(word.text.slice(0, equals), { range: { start: word.start, end: word.end }, ...(value === undefined ? {} : { text: value.slice(equals + 1) }) });
}
