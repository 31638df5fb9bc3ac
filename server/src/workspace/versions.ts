/** Versions of packages that a project asks for, from its requirement and lock files. */

import type { Facts, Range } from '../facts.ts';
import type { Workspace } from './workspace.ts';

/** What is known of a package's version. */
export interface PackageVersion {
  readonly exact?: string;
  /** The least that is allowed. */
  readonly minimum?: string;
  /** The first that is not allowed. */
  readonly below?: string;
  readonly path: string;
  /** Where it is asked for. */
  readonly range: Range;
}

/** The version of a package (`gunicorn`), as the workspace's requirement and lock files say; undefined where none names it. */
export function versionOf(workspace: Workspace, packageName: string): PackageVersion | undefined {
  return allVersions(workspace).get(normal(packageName));
}

/** Whether every version that is allowed satisfies `condition` (`>=26`, `<0.30`); false when unknown. */
export function mustBe(version: PackageVersion | undefined, condition: string): boolean {
  const [, operator, wanted] = /^(>=|<)\s*(.+)$/.exec(condition) ?? [];
  if (!version || wanted === undefined) return false;
  if (operator === '>=') {
    const least = version.exact ?? version.minimum;
    return least !== undefined && compare(least, wanted) >= 0;
  }
  if (version.exact !== undefined) return compare(version.exact, wanted) < 0;
  return version.below !== undefined && compare(version.below, wanted) <= 0;
}

/** Whether some version that is allowed satisfies `condition`; false when nothing is known of the package. */
export function mayBe(version: PackageVersion | undefined, condition: string): boolean {
  if (!version) return false;
  const opposite = condition.startsWith('>=') ? condition.replace('>=', '<') : condition.replace('<', '>=');
  return !mustBe(version, opposite);
}

/** Negative, 0 or positive, as `a` is older than, the same as or newer than `b`; missing parts are 0. */
export function compare(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split('.').map((part) => Number.parseInt(part, 10) || 0)) as [number[], number[]];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

const speaks = /(?:^|\/)(?:requirements[^/]*\.(?:txt|in)|requirements\/[^/]+\.(?:txt|in)|pyproject\.toml|setup\.cfg|Pipfile(?:\.lock)?|(?:poetry|uv|pdm)\.lock)$/;

function allVersions(workspace: Workspace): ReadonlyMap<string, PackageVersion> {
  return workspace.remembered('versions: packages', () => {
    const found = new Map<string, PackageVersion>();
    for (const path of workspace.paths) {
      if (!speaks.test(path)) continue;
      const file = workspace.file(path)!;
      for (const [name, version] of versionsIn(file)) {
        const known = found.get(name);
        // What is nailed down says more than a bound.
        if (!known || (known.exact === undefined && (version.exact !== undefined || (known.minimum === undefined && known.below === undefined)))) found.set(name, version);
      }
    }
    return found;
  });
}

const known = new WeakMap<Facts, ReadonlyMap<string, PackageVersion>>();

function versionsIn(file: Facts): ReadonlyMap<string, PackageVersion> {
  let versions = known.get(file);
  if (!versions) known.set(file, (versions = read(file)));
  return versions;
}

function read(file: Facts): ReadonlyMap<string, PackageVersion> {
  const found = new Map<string, PackageVersion>();
  const name = file.path.slice(file.path.lastIndexOf('/') + 1);
  const add = (written: string, bounds: Pick<PackageVersion, 'exact' | 'minimum' | 'below'>, start: number, end: number) => {
    const key = normal(written);
    if (!found.has(key)) found.set(key, { ...bounds, path: file.path, range: { start, end } });
  };
  if (/\.lock$/.test(name) && name !== 'Pipfile.lock') {
    for (const match of file.text.matchAll(/^name = "([^"]+)"\r?\nversion = "([^"]+)"/gm)) add(match[1]!, { exact: match[2]! }, match.index, match.index + match[0].length);
  } else if (name === 'Pipfile.lock') {
    for (const match of file.text.matchAll(/^\s*"([\w.-]+)":\s*\{[^{}]*?"version":\s*"==([^"]+)"/gm)) add(match[1]!, { exact: match[2]! }, match.index, match.index + match[0].length);
  } else if (/\.toml$/.test(name) || name === 'Pipfile') {
    for (const match of file.text.matchAll(/["']([A-Za-z][\w.-]*)(?:\[[^\]"']*\])?\s*((?:[=<>!~]=?|===)[^"';]*)?(?:;[^"']*)?["']/g)) add(match[1]!, boundsOf(match[2] ?? ''), match.index, match.index + match[0].length);
    for (const match of file.text.matchAll(/^["']?([A-Za-z][\w.-]*)["']?\s*=\s*(?:\{[^}\n]*?version\s*=\s*)?["']([^"'\n]*)["']/gm)) if (/^[\^~=<>!*\d]/.test(match[2]!)) add(match[1]!, boundsOf(match[2]!), match.index, match.index + match[0].length);
  } else {
    for (const match of file.text.matchAll(/^[ \t]*(?:-\s+)?([A-Za-z][\w.-]*)(?:\[[^\]\n]*\])?[ \t]*((?:[=<>!~]=?|===)[^#;\n\\]*)?/gm)) add(match[1]!, boundsOf(match[2] ?? ''), match.index, match.index + match[0].trimEnd().length);
  }
  return found;
}

/** `==1.2`, `>=1,<2`, `~=1.4`, `^1.2` (Poetry), `1.*`. */
function boundsOf(written: string): Pick<PackageVersion, 'exact' | 'minimum' | 'below'> {
  let exact: string | undefined;
  let minimum: string | undefined;
  let below: string | undefined;
  for (const part of written.split(',')) {
    const [, operator = '', text] = /^\s*(===?|>=|<=|>|<|~=|!=|\^|~|=)?\s*v?(\d[\w.*+!-]*)/.exec(part) ?? [];
    if (text === undefined) continue;
    const version = text.replace(/\.?\*.*$/, '').replace(/\+.*$/, '');
    const starred = text.includes('*');
    const numbers = version.split('.').map((number) => Number.parseInt(number, 10) || 0);
    const next = (index: number) => [...numbers.slice(0, index), (numbers[index] ?? 0) + 1].join('.');
    if (operator === '>=' || operator === '>') minimum = version;
    else if (operator === '<') below = version;
    else if (operator === '<=') below = next(numbers.length - 1);
    else if (operator === '~=') [minimum, below] = [version, next(Math.max(0, numbers.length - 2))];
    else if (operator === '^') [minimum, below] = [version, next(Math.max(0, numbers.findIndex((number) => number > 0)))];
    else if (operator === '~') [minimum, below] = [version, next(Math.min(1, numbers.length - 1))];
    else if (starred) [minimum, below] = [version, next(numbers.length - 1)];
    else if (operator !== '!=') exact = version;
  }
  return { ...(exact === undefined ? {} : { exact }), ...(minimum === undefined ? {} : { minimum }), ...(below === undefined ? {} : { below }) };
}

/** Names differ in case, `-`, `_` and `.` only. */
function normal(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}
