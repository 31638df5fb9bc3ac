/** Procfiles → the commands of their processes. */

import type { Command } from '../facts.ts';
import { upwards } from '../folders.ts';
import { asWritten, unfilled, withoutTemplates } from './filling.ts';
import { shellCommands } from './shell.ts';
import type { StartFile } from './starts.ts';
import { plainText } from './words.ts';

export function procfile({ text, folder, parser }: StartFile): Command[] {
  const found: Command[] = [];
  for (const line of text.matchAll(/^([A-Za-z0-9_-]+)[ \t]*:[ \t]*(.+)$/gm)) {
    // The release phase ends before anything serves.
    if (line[1] === 'release') continue;
    const base = line.index + line[0].length - line[2]!.length;
    const source = withoutTemplates(unfilled(plainText(line[2]!, base)));
    found.push(...asWritten(text, shellCommands(parser, { source, folder, directories: upwards(folder), form: 'shell' }).commands, source));
  }
  return found;
}
