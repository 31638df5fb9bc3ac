/** Edits that say more of an engine. */

import type { Argument } from '../facts.ts';
import type { Edit } from '../rule.ts';
import type { Engine } from '../workspace/engines.ts';
import { indentation } from './source.ts';

/** Adds keyword arguments to the call that makes an engine, laid out as it is; for Flask-SQLAlchemy into `engine_options`. */
export function addedArguments({ file, call, row, settings }: Engine, values: ReadonlyMap<string, string>): Edit | undefined {
  const { text } = file;
  const pairs = [...values];
  if (row.options !== undefined) {
    // Options that stand elsewhere (the configuration) may win over these.
    if (settings.size > 0 && [...settings.values()].flat().some((written) => written.file !== file)) return undefined;
    if (call.arguments.some(({ name }) => name === row.options)) return undefined;
    return insertion(text, call.arguments, call.argumentsRange.start + 1, [`${row.options}={${pairs.map(([name, value]) => `"${name}": ${value}`).join(', ')}}`]);
  }
  return insertion(text, call.arguments, call.argumentsRange.start + 1, pairs.map(([name, value]) => `${name}=${value}`));
}

/** Behind the last argument: each on a line of its own where the last one has one. */
function insertion(text: string, given: readonly Argument[], start: number, added: readonly string[]): Edit {
  const last = given.at(-1);
  if (!last) return { range: { start, end: start }, text: added.join(', ') };
  const indent = indentation(text, last.start);
  const broken = indent !== undefined && text.slice(start, last.start).includes('\n');
  const separator = broken ? `,${text.includes('\r\n') ? '\r\n' : '\n'}${indent}` : ', ';
  return { range: { start: last.end, end: last.end }, text: added.map((argument) => separator + argument).join('') };
}
