/** From URIs to keys and paths, whichever way a client spells them. */

import { URI } from 'vscode-uri';

/** Equal for two spellings of one address (`%3A` or `:`, `C:` or `c:`, encoded or not, with a slash at the end or not). */
export function keyOf(uri: string): string {
  const { scheme, authority, path } = URI.parse(uri);
  return `${scheme}://${authority.toLowerCase()}${path.replace(/^\/[A-Z]:/, (drive) => drive.toLowerCase()).replace(/(.)\/+$/, '$1')}`;
}

/** The path of `key` below the folder `folder` (both from `keyOf`), with `/`; undefined when it lies elsewhere, `''` for the folder itself. */
export function pathBelow(folder: string, key: string): string | undefined {
  if (key === folder) return '';
  const start = folder.endsWith('/') ? folder : `${folder}/`;
  return key.startsWith(start) ? key.slice(start.length) : undefined;
}

/** The key of `path` below the folder with this key. */
export function keyBelow(folder: string, path: string): string {
  return folder.endsWith('/') ? folder + path : `${folder}/${path}`;
}

/** The address of `path` below a folder, in the folder's own spelling. */
export function uriBelow(folder: string, path: string): string {
  return `${folder.replace(/\/+$/, '')}${URI.from({ scheme: 'file', path: `/${path}` }).toString().slice('file://'.length)}`;
}

/** The folder's place on this machine; undefined where it has none. */
export function diskPath(uri: string): string | undefined {
  const parsed = URI.parse(uri);
  return parsed.scheme === 'file' ? parsed.fsPath : undefined;
}
