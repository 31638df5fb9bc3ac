/** Files that the words of a command mean. */

import type { Command, Facts } from '../facts.ts';
import { absoluteCandidates, folderOf, joinPath, scriptFolder } from '../folders.ts';
import type { Workspace } from './workspace.ts';

/** The folders of the workspace that a path in a command may mean. */
export function foldersAt(path: string, command: Pick<Command, 'directories'>, file: Facts): readonly string[] {
  if (path.startsWith(scriptFolder)) return [joinPath(folderOf(file.path), path.slice(scriptFolder.length)) ?? ''];
  if (path.startsWith('/')) return absoluteCandidates(path, command.directories);
  return command.directories.map((folder) => joinPath(folder, path)).filter((folder) => folder !== undefined);
}

/** The file that a path in a command means, else the only one of that name. */
export function scriptFile(script: string, command: Pick<Command, 'directories'>, file: Facts, workspace: Workspace): string | undefined {
  return foldersAt(script, command, file).find((path) => workspace.file(path) !== undefined) ?? onlyFile([script.replace(/^.*\//, '')], workspace);
}

/** The file of a dotted module, looked for in `folders`, else the only one of that name. */
export function moduleFile(module: string, folders: readonly string[], workspace: Workspace): string | undefined {
  if (!/^[\w.-]+$/.test(module)) return undefined;
  const path = module.replaceAll('.', '/');
  for (const folder of folders) {
    for (const ending of ['.py', '/__init__.py']) {
      const candidate = `${folder === '' ? '' : `${folder}/`}${path}${ending}`;
      if (workspace.file(candidate)) return candidate;
    }
  }
  return onlyFile([`${path}.py`, `${path}/__init__.py`], workspace);
}

/** The file that ends so, if there is just one. */
function onlyFile(tails: readonly string[], workspace: Workspace): string | undefined {
  let found: string | undefined;
  for (const path of workspace.paths) {
    if (!tails.some((tail) => path === tail || path.endsWith(`/${tail}`))) continue;
    if (found !== undefined) return undefined;
    found = path;
  }
  return found;
}
