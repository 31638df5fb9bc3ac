/** Files that start containers and services → the commands inside, with their places in the file. */

import { emptyFacts, type Command, type Facts, type Language } from '../facts.ts';
import { folderOf } from '../folders.ts';
import { appSpec } from './app-spec.ts';
import { compose } from './compose.ts';
import { dockerfile } from './dockerfile.ts';
import { commentRanges, ignores } from './ignores.ts';
import { kubernetes } from './kubernetes.ts';
import { makefile } from './makefile.ts';
import { procfile } from './procfile.ts';
import type { ShellParser } from './shell.ts';
import type { StartFile } from './starts.ts';
import { supervisor } from './supervisor.ts';
import { systemd } from './systemd.ts';

const readers: Partial<Readonly<Record<Language, (file: StartFile) => Command[]>>> = {
  compose, dockerfile, makefile, procfile, supervisor, systemd,
  // Every other YAML comes here.
  kubernetes: (file) => [...kubernetes(file), ...appSpec(file)],
};

/** Facts of a container or service file. Never throws; what cannot be read has no commands. */
export function containerFacts(path: string, text: string, language: Language, parser: ShellParser): Facts {
  return { ...emptyFacts(path, language, text), commands: commandsOf(path, text, language, parser), ignores: ignores(text, commentRanges(text), 'backslash') };
}

function commandsOf(path: string, text: string, language: Language, parser: ShellParser): readonly Command[] {
  try {
    return readers[language]?.({ path, text, folder: folderOf(path), parser }) ?? [];
  } catch {
    return [];
  }
}
