/** Supervisor's configuration → the commands of its programs. */

import type { Command } from '../facts.ts';
import { absoluteCandidates, joinPath, upwards } from '../folders.ts';
import { filled, filledWord, type FilledText } from './filling.ts';
import { entries, type Entry } from './lines.ts';
import { listCommands, splitList, type StartFile } from './starts.ts';
import type { Value } from './words.ts';

const program = /^(?:program|fcgi-program|eventlistener)\s*:\s*(.+)$/;

/** Supervisor runs no shell: it splits the command as `shlex.split` does. */
export function supervisor(file: StartFile): Command[] {
  const sections = new Map<string, Entry[]>();
  for (const entry of entries(file.text, 'indented')) {
    const section = sections.get(entry.section);
    if (section) section.push(entry);
    else sections.set(entry.section, [entry]);
  }
  const common = environmentOf(file, sections.get('supervisord') ?? [], '');
  const found: Command[] = [];
  for (const [section, settings] of sections) {
    const name = program.exec(section)?.[1]?.trim();
    const command = settings.findLast((entry) => entry.name === 'command')?.value;
    if (name === undefined || !command) continue;
    const environment = new Map([...common, ...environmentOf(file, settings, name)]);
    const words = splitList(file, expansions(command, name));
    const directory = settings.findLast((entry) => entry.name === 'directory')?.value.text.trim();
    found.push(...listCommands(file, words, 'plain', { directories: directoriesOf(file, directory), environment }));
  }
  return found;
}

function directoriesOf({ folder }: StartFile, directory: string | undefined): readonly string[] {
  const folders = upwards(folder);
  const here = directory === undefined ? undefined : /^%\(here\)s(?:\/(.*))?$/.exec(directory);
  if (here) return [joinPath(folder, here[1] ?? '') ?? folder, ...folders];
  return directory?.startsWith('/') && !directory.includes('%') ? absoluteCandidates(directory, folders) : folders;
}

/** `environment=KEY="value",OTHER=value`. */
function environmentOf(file: StartFile, settings: readonly Entry[], name: string): Map<string, Value> {
  const environment = new Map<string, Value>();
  const written = settings.findLast((entry) => entry.name === 'environment')?.value;
  if (!written) return environment;
  const { text, at, references } = expansions(written, name);
  for (const match of text.matchAll(/([A-Za-z_][\w.]*)\s*=\s*("[^"]*"|'[^']*'|[^,\s]*)/g)) {
    const value = match[2]!.replace(/^(["'])([\s\S]*)\1$/, '$2');
    const range = { start: at(match.index), end: Math.max(at(match.index + match[0].length), at(match.index) + 1) };
    const word = filledWord(file.text, range, { text: value, at, references });
    environment.set(match[1]!, { range, ...(word.value === undefined ? {} : { text: word.value }) });
  }
  return environment;
}

/** `%(ENV_A)s` is of supervisor's own environment; `%%` is a percent sign. `${A}` is for whoever makes the file out of a template. */
function expansions(value: FilledText, name: string): FilledText {
  return filled(value, /%%|%\((\w+)\)[a-z0-9]+|\$\{\w+\}/g, ([whole, key]) => (whole === '%%' ? '%' : key === 'program_name' ? name : undefined));
}
