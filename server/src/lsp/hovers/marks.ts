/** Pieces of Markdown: code, and links to places in files. */

import type { Range } from '../../facts.ts';
import { documentOf, linesOf } from '../convert.ts';
import type { Folder } from '../folder.ts';

/** Longer values are cut. */
const longest = 100;

/** A value in code marks, on one line, without the password in an address. */
export function code(text: string): string {
  const line = text.replace(/(:\/\/[^:/@\s]*:)[^@/\s]+(?=@)/g, '$1…').replace(/\s+/g, ' ').replaceAll('`', "'").trim();
  return `\`${line.length > longest ? `${line.slice(0, longest)}…` : line === '' ? '""' : line}\``;
}

/** `[app/home.py:4](file:///…#L4,5)`; only the path where the file is not at hand. */
export function linkTo(folder: Folder, path: string, range?: Range): string {
  const facts = folder.facts(path);
  const label = path.replace(/[[\]`]/g, '\\$&');
  if (!facts) return label;
  if (!range) return `[${label}](${folder.address(path)})`;
  const { line, character } = linesOf(documentOf(facts), range).start;
  return `[${label}:${line + 1}](${folder.address(path)}#L${line + 1},${character + 1})`;
}

export function listed(lines: readonly string[], depth = 0): string {
  return lines.map((line) => `${'  '.repeat(depth)}- ${line}`).join('\n');
}

/** Without links and code marks. */
export function plain(markdown: string): string {
  return markdown.replace(/\[((?:[^\]\\]|\\.)*)\]\(([^)]*)\)/g, '$1 $2').replaceAll('`', '').replace(/\\([[\]])/g, '$1');
}
