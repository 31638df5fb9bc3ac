/** Environment variables of a command, and what programs read from them. */

import type { Command, Facts, Word } from '../facts.ts';
import type { ServerTable } from '../knowledge/servers.ts';
import type { EnvironmentOf } from './constants.ts';
import type { Setting } from './launches.ts';
import type { Started } from './programs.ts';

/** The value a variable has in the started program's environment; its `value` is undefined when nobody knows. */
export function variable(command: Command, started: Pick<Started, 'assignments'>, name: string): Word | undefined {
  const own = [...started.assignments, ...command.assignments].find((assignment) => assignment.name === name);
  if (own) return own.value;
  return command.exported.has(name) ? (command.exported.get(name) ?? { start: command.start, end: command.end, text: '' }) : undefined;
}

/** What Python code of the started program finds in its environment; `elsewhere`: variables that other files may set. */
export function environmentOf(command: Command, started: Pick<Started, 'assignments'>, elsewhere: (name: string) => boolean): EnvironmentOf {
  return (name) => {
    const found = variable(command, started, name);
    return found === undefined ? (elsewhere(name) ? null : undefined) : (found.value ?? null);
  };
}

/** Defaults of a program that variables of its environment give (`WEB_CONCURRENCY`, `UVICORN_PORT`). */
export function environmentDefaults(table: ServerTable, path: string, command: Command, started: Pick<Started, 'assignments' | 'word'>, elsewhere: (name: string) => boolean): ReadonlyMap<string, Setting> {
  const settings = new Map<string, Setting>();
  for (const { name, environment } of table.settings.values()) {
    if (!environment) continue;
    for (const from of environment) {
      const given = variable(command, started, from) ?? (elsewhere(from) ? { start: started.word.start, end: started.word.end, text: '' } : undefined);
      if (!given) continue;
      const value = name === 'bind' && given.value !== undefined ? `0.0.0.0:${given.value}` : given.value;
      settings.set(name, { name, ...(value === undefined ? {} : { value }), path, range: { start: given.start, end: given.end }, source: 'default-environment' });
      break;
    }
  }
  return settings;
}

const computing = /\$\(|`|\bnproc\b|cpu_count/;

/** Whether the value of a word is computed where it is written, or where a variable in it was set: `$(nproc)`, `$((2 * N + 1))`. */
export function isComputed(word: Word, command: Pick<Command, 'environment'>, file: Facts): boolean {
  if (computing.test(word.text)) return true;
  return [...word.text.matchAll(/\$\{?(\w+)/g)].some(([, name]) => {
    const set = command.environment.get(name!);
    return set !== undefined && set.value === undefined && computing.test(file.text.slice(set.start, set.end));
  });
}
