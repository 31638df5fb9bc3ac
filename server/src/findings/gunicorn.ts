/** Gunicorn's launches and settings as findings speak of them. */

import type { Facts, Range } from '../facts.ts';
import { gunicornSettings, longFlag } from '../knowledge/gunicorn.ts';
import { isConfiguration } from '../workspace/configuration.ts';
import { mayConfigure } from '../workspace/gunicorn-files.ts';
import type { Launch, Setting } from '../workspace/launches.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** Whether a file may hold launches of Gunicorn, or be its configuration. */
export function concernsGunicorn(file: Facts, workspace: Workspace): boolean {
  return file.commands.length > 0 ? workspace.launches(file).length > 0 : mayConfigure(file);
}

/** Launches of Gunicorn of which something is written in `file`: the commands in it, or those that read it as their configuration. */
export function gunicornLaunches(file: Facts, workspace: Workspace): readonly Launch[] {
  if (file.commands.length > 0) return workspace.launches(file).filter((launch) => launch.program === 'gunicorn' && launch.command !== undefined);
  if (!mayConfigure(file) || !isConfiguration(file, workspace)) return [];
  return workspace.allLaunches().flatMap(({ launch }) => (launch.program === 'gunicorn' && launch.config === file.path ? [launch] : []));
}

/** Where a setting stands in `file`, on one line: its flag, or the name or value that a configuration file assigns. Undefined when it is written elsewhere. */
export function placeOf(file: Facts, setting: Setting): Range | undefined {
  if (setting.path !== file.path) return undefined;
  return firstLine(file, setting.source === 'flag' && setting.flag ? setting.flag : setting.range);
}

/** Where the value of a setting stands in `file`, on one line. */
export function valuePlace(file: Facts, setting: Setting): Range | undefined {
  return setting.path === file.path ? firstLine(file, setting.range) : undefined;
}

/** How a setting is called where it is written: `--keep-alive`, or `keepalive` in a configuration file. */
export function settingName(setting: Setting): string {
  const row = gunicornSettings.get(setting.name);
  return setting.source === 'config' || !row ? setting.name : (longFlag(row) ?? setting.name);
}

/** `GeventWebSocketWorker` of its dotted path. */
export function shortClass(launch: Launch): string {
  return (launch.workerClass ?? 'sync').replace(/^.*[.#:]/, '');
}

/** Whether a setting may have another value than the one that is known: `${THREADS:-4}` does not say what runs. */
export function isOpen(setting: Setting | undefined, workspace: Workspace): boolean {
  if (!setting) return false;
  const text = workspace.file(setting.path)?.text ?? '';
  return [setting.range, ...(setting.flag ? [setting.flag] : [])].some(({ start, end }) => /\$\{?\w+:?[-=]|environ|getenv/.test(text.slice(start, end)));
}

/** The part of a range on its first line. */
export function firstLine(file: Facts, { start, end }: Range): Range {
  const line = file.text.slice(start, end).search(/\r?\n/);
  return { start, end: line <= 0 ? end : start + line };
}

/** Lets each finding through once: several launches may say the same of one place. */
export function* once<T extends { readonly range: Range; readonly message: { readonly key: string; readonly values: Readonly<Record<string, string>> } }>(findings: Iterable<T>): Iterable<T> {
  const seen = new Set<string>();
  for (const finding of findings) {
    const key = `${finding.range.start} ${finding.range.end} ${finding.message.key} ${JSON.stringify(finding.message.values)}`;
    if (seen.has(key)) continue;
    seen.add(key);
    yield finding;
  }
}
