/** Paths as commands write them, and the files of the workspace they may mean. */

/** Stands in values for the folder of the script itself, which `$(dirname "$0")` names. */
export const scriptFolder = '${0%/*}';

/** Folder of a path relative to the workspace root, `''` for the root. */
export function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}

/** A folder and the folders above it, to the root: a script is usually started from one of them. */
export function upwards(folder: string): string[] {
  const found = [folder];
  for (let at = folder; at !== ''; found.push(at)) at = at.includes('/') ? at.slice(0, at.lastIndexOf('/')) : '';
  return found;
}

/** `to`, seen from `from`; undefined when it leaves the workspace. */
export function joinPath(from: string, to: string): string | undefined {
  const parts = from === '' ? [] : from.split('/');
  for (const part of to.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
}

/** The places in the workspace that an absolute path of another machine may stand for: its tails, seen from each of `folders`. */
export function absoluteCandidates(path: string, folders: readonly string[]): string[] {
  const parts = path.split('/').filter((part) => part !== '');
  const found: string[] = [];
  for (let from = 0; from <= parts.length; from++) for (const folder of folders) found.push([...(folder === '' ? [] : [folder]), ...parts.slice(from)].join('/'));
  return [...new Set(found)];
}
