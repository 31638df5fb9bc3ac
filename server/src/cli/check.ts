/** `check`: from the paths given to a report. */

import { statSync } from 'node:fs';
import path from 'node:path';
import type { Settings } from '../config.ts';
import { render, type Locale } from '../messages/index.ts';
import type { Message } from '../rule.ts';
import { repair } from './fix.ts';
import { Project, projectOf, type ProjectOptions, type Selection } from './project.ts';
import { compare, relativeTo, reported, type Repair, type Report } from './report.ts';

export interface CheckOptions {
  readonly settings: Settings;
  /** Largest file read, in bytes. */
  readonly limit: number;
  readonly locale: Locale;
  readonly fix: 'none' | 'safe' | 'all';
  readonly progress: ProjectOptions['progress'];
}

/** The command line asks for what cannot be done; the message is for the user. */
export class UsageError extends Error {}

/** Checks files and folders. Rejects with a `UsageError` when one is missing. `failures`: files that a repair could not be written to. */
export async function check(paths: readonly string[], options: CheckOptions): Promise<{ readonly report: Report; readonly failures: readonly { readonly file: string; readonly reason: Message }[] }> {
  const asked = askedFor(paths);
  const found = [];
  const repairs: Repair[] = [];
  const failures = [];
  const checked = new Set<string>();
  const skipped = new Map<string, string>();
  for (const selection of selections(asked)) {
    const project = await Project.open(selection, options);
    if (options.fix !== 'none') {
      const result = repair(project, options.fix === 'all', options.locale);
      repairs.push(...result.repairs);
      failures.push(...result.failures);
    }
    found.push({ project, diagnostics: project.check(options.progress) });
    for (const file of project.paths) checked.add(project.absolute(file));
    for (const { path: file, reason } of project.unread) skipped.set(project.absolute(file), render(reason, options.locale));
  }
  const report: Report = {
    findings: reported(found, options.locale),
    files: checked.size,
    skipped: [...skipped].map(([file, reason]) => ({ file, reason })).sort((a, b) => compare(a.file, b.file)),
    ...(options.fix === 'none' ? {} : { repairs }),
    base: baseOf(asked),
    locale: options.locale,
  };
  return { report, failures };
}

/** A path given, absolute. */
export interface Asked {
  readonly file: string;
  readonly folder: boolean;
}

/** Throws a `UsageError` for what does not exist. */
export function askedFor(paths: readonly string[]): readonly Asked[] {
  return paths.map((one) => ({ file: path.resolve(one), folder: isFolder(one) }));
}

/** The folder that paths in reports are relative to. */
export function baseOf(asked: readonly Asked[]): string {
  const [first] = asked;
  return asked.length > 1 ? process.cwd() : first!.folder ? first!.file : path.dirname(first!.file);
}

function isFolder(file: string): boolean {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat) throw new UsageError(`there is no file or folder \`${file}\``);
  return stat.isDirectory();
}

/** One project for each folder, and one for the files of a project that no folder covers. */
export function selections(asked: readonly Asked[]): Selection[] {
  const folders = new Set(asked.filter((one) => one.folder).map((one) => one.file));
  const files = new Map<string, { shallow: boolean; only: Set<string> }>();
  for (const { file } of asked.filter((one) => !one.folder)) {
    const { root, shallow } = projectOf(file);
    const group = files.get(root) ?? { shallow, only: new Set() };
    files.set(root, group);
    group.only.add(relativeTo(root, file));
  }
  return [...[...folders].map((root) => ({ root })), ...[...files].map(([root, { shallow, only }]) => ({ root, only, shallow }))];
}
