/** Adding flags to a command, in the layout the file uses. */

import type { Facts, Range, Word } from '../facts.ts';
import type { Edit } from '../rule.ts';
import type { Launch } from '../workspace/launches.ts';

export interface Flag {
  /** With its dashes. */
  readonly name: string;
  readonly value: string;
}

/** An edit that writes `flags` behind the last flag of a launch, else at its end. Undefined for a launch that is no command. */
export function flagEdit(file: Facts, launch: Launch, flags: readonly Flag[]): Edit | undefined {
  const { command } = launch;
  if (!command) return undefined;
  const words = [launch.range, ...launch.arguments];
  const last = lastFlag(launch);
  const end = (last ? last.end : words.at(-1)!.end);
  const listed = command.form === 'json' || command.form === 'yaml-list';
  const between = separator(file, words, last?.word, listed);
  // `"--timeout", "30"` stay on one line in a JSON list; each item of a YAML list has a line of its own.
  const beside = command.form === 'json' ? ', ' : command.form === 'yaml-list' ? between : ' ';
  const equals = last?.word.value?.startsWith('--') === true && last.word.value.includes('=');
  const quoted = (text: string) => (command.form === 'json' || (command.form === 'yaml-list' && !text.startsWith('-')) ? `"${text}"` : text);
  const text = flags.map(({ name, value }) => between + (equals ? quoted(`${name}=${value}`) : quoted(name) + beside + quoted(value))).join('');
  return { range: { start: end, end }, text };
}

/** The last flag that stands in the command itself, with the end of its value. */
function lastFlag(launch: Launch): { readonly word: Word; readonly end: number } | undefined {
  let found: { word: Word; end: number } | undefined;
  for (const { flag, range, source } of launch.settings.values()) {
    if (source !== 'flag' || !flag || flag.indirect || (found && flag.start <= found.word.start)) continue;
    found = { word: flag, end: Math.max(flag.end, range.end) };
  }
  return found;
}

/** What stands before the last flag: a space, a continuation with its indentation, a comma. */
function separator(file: Facts, words: readonly Range[], flag: Word | undefined, listed: boolean): string {
  const at = flag ? words.findIndex((word) => word.start === flag.start) : 1;
  const [before, word] = [words[at - 1], words[at]];
  const between = before && word ? file.text.slice(before.end, word.start) : '';
  if (listed) return /^[\s\\]*(?:,[\s\\]*|- +)$/.test(between) ? between : ', ';
  return flag && /^[ \t]*\\?\r?\n[ \t]*$/.test(between) ? between.replace(/^\\/, ' \\') : ' ';
}
