/** Packages that the requirement files around a file ask for. */

import type { Facts } from '../facts.ts';
import type { Workspace } from './workspace.ts';

const listing = /(?:^|\/)(?:requirements[^/]*\.(?:txt|in)|pyproject\.toml|Pipfile|setup\.(?:py|cfg)|environment\.ya?ml)$/;

/** Whether a requirement file in the folder of `path`, or in one above it, names a package. */
export function isRequired(path: string, name: string, workspace: Workspace): boolean {
  return requirementsOf(path, workspace).some((file) => namesIn(file).has(normal(name)));
}

/** Requirement files in the folder of `path` and above it, and in folders of theirs that hold nothing else (`requirements/base.txt`). */
function requirementsOf(path: string, workspace: Workspace): readonly Facts[] {
  const all = workspace.remembered('requirement files', () => [...workspace.paths].filter((one) => listing.test(one) || /(?:^|\/)requirements\/[^/]+\.(?:txt|in)$/.test(one)));
  return all.flatMap((one) => {
    const folder = one.replace(/(?:requirements\/)?[^/]*$/, '');
    const file = path.startsWith(folder) ? workspace.file(one) : undefined;
    return file ? [file] : [];
  });
}

const known = new WeakMap<Facts, ReadonlySet<string>>();

function namesIn(file: Facts): ReadonlySet<string> {
  let names = known.get(file);
  if (!names) known.set(file, (names = new Set([...file.text.matchAll(/^[\s"'-]*([A-Za-z][\w.-]*)(?=[\s\[=<>!~;"',#]|$)/gm), ...file.text.matchAll(/["']([A-Za-z][\w.-]*)(?=[\s\[=<>!~;"'])/g)].map((match) => normal(match[1]!)))));
  return names;
}

/** Names differ in case, `-`, `_` and `.` only. */
function normal(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}
