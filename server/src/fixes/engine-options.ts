/** Old settings of Flask-SQLAlchemy, said in `SQLALCHEMY_ENGINE_OPTIONS`. */

import type { Facts } from '../facts.ts';
import type { Edit } from '../rule.ts';
import type { ConfigEntry } from '../workspace/flask-config.ts';
import { comments, indentation } from './source.ts';

interface Option {
  readonly entry: ConfigEntry;
  /** What the engine calls it. */
  readonly name: string;
}

/**
 * One edit that says settings which stand side by side in `SQLALCHEMY_ENGINE_OPTIONS`, their comments kept. Undefined where other
 * code stands between them, where one is said twice, or where there are such options already.
 */
export function engineOptionsEdit(file: Facts, options: readonly Option[], existing: ConfigEntry | undefined): Edit | undefined {
  const { text } = file;
  const [first, last] = [options[0], options.at(-1)];
  if (!first || !last || existing || new Set(options.map(({ name }) => name)).size < options.length) return undefined;
  if (options.some(({ entry }) => entry.kind !== first.entry.kind || entry.whole.end <= entry.range.end)) return undefined;
  const indent = indentation(text, first.entry.whole.start);
  if (indent === undefined || options.some(({ entry }) => indentation(text, entry.whole.start) !== indent)) return undefined;
  const argument = first.entry.kind === 'argument';
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const step = indent === '' || argument ? '    ' : indent;
  const lines: string[] = [];
  for (const [index, { entry, name }] of options.entries()) {
    const next = options[index + 1]?.entry.whole.start ?? endOfLine(text, entry.whole.end);
    const between = text.slice(entry.whole.end, next);
    const noted = comments(text, { start: entry.whole.end, end: next });
    let rest = between;
    for (const comment of noted) rest = rest.replace(text.slice(comment.start, comment.end), '');
    // Other statements, or the end of a call, stand between.
    if (index < options.length - 1 ? !/^\s*,?\s*$/.test(rest) : !/^[\s,]*\)*[\s,]*$/.test(rest)) return undefined;
    const value = text.slice(entry.value.range.start, entry.value.range.end);
    if (value.includes('\n')) return undefined;
    const own = index < options.length - 1 ? noted : [];
    lines.push(`${indent}${step}"${name}": ${value},${own.map((comment) => `  ${text.slice(comment.start, comment.end)}`).join('')}`);
  }
  const head = argument ? 'SQLALCHEMY_ENGINE_OPTIONS={' : `${target(text, first.entry)} = {`;
  return { range: { start: first.entry.whole.start, end: last.entry.whole.end }, text: [head, ...lines, `${indent}}`].join(newline) };
}

/** What stands left of `=`, for the new name: `app.config["SQLALCHEMY_ENGINE_OPTIONS"]`. */
function target(text: string, { whole, range, key }: ConfigEntry): string {
  return text.slice(whole.start, range.end + (text[range.end] === '"' || text[range.end] === "'" ? 2 : 0)).replace(key, 'SQLALCHEMY_ENGINE_OPTIONS');
}

function endOfLine(text: string, offset: number): number {
  const found = text.indexOf('\n', offset);
  return found < 0 ? text.length : found;
}
