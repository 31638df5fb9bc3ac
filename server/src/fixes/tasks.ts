/** Keeping a task until it is done. */

import type { Call, Facts } from '../facts.ts';
import { defineMessages, type Edit, type Fix } from '../rule.ts';
import { freeName, lineBreak } from './imports.ts';
import { indentation, logicalLineEnd } from './source.ts';

export const messages = defineMessages('task', {
  keep: 'Keep the task in `{tasks}` until it is done',
});

/** Rewrites of a statement that starts a task and drops it; none where it shares its line with other code. */
export function keepTaskFixes(file: Facts, call: Call): readonly Fix[] {
  const { text } = file;
  const line = text.lastIndexOf('\n', call.start - 1) + 1;
  const assigned = /^([ \t]*)([\p{L}_][\p{L}\p{N}_]*)\s*=\s*$/u.exec(text.slice(line, call.start));
  const indent = assigned?.[1] ?? indentation(text, call.start);
  const end = logicalLineEnd(text, call.end);
  const behind = text.slice(call.end, end);
  if (indent === undefined || !/^[ \t]*(#.*)?\r?$/.test(behind)) return [];
  const newline = lineBreak(file);
  const collection = collectionOf(file);
  const unnamed = assigned === null || assigned[2] === '_';
  const task = unnamed ? freeName(file, 'task', call.start) : assigned[2]!;
  const insertion = end - (behind.endsWith('\r') ? 1 : 0);
  const edits: Edit[] = [
    ...collection.edits,
    { range: { start: insertion, end: insertion }, text: `${newline}${indent}${collection.name}.add(${task})${newline}${indent}${task}.add_done_callback(${collection.name}.discard)` },
  ];
  if (unnamed) edits.push({ range: { start: line + indent.length, end: call.start }, text: `${task} = ` });
  return [{ title: messages.keep({ tasks: collection.name }), safe: false, edits }];
}

/** A set at the top of the module: the one that is there, else a new one above the first definition. */
function collectionOf(file: Facts): { readonly name: string; readonly edits: readonly Edit[] } {
  const wanted = 'background_tasks';
  const known = file.scopes[0]!.bindings.get(wanted);
  const isSet = known?.length === 1 && known[0]!.value.kind === 'assigned' && known[0]!.value.value.kind === 'call' && /=\s*set\(\)/.test(file.text.slice(known[0]!.start, known[0]!.start + 80));
  if (isSet) return { name: wanted, edits: [] };
  const name = freeName(file, wanted);
  const newline = lineBreak(file);
  const imports = file.statements.filter(({ kind }) => kind === 'import' || kind === 'from-import' || kind === 'future' || kind === 'docstring');
  const definition = file.statements.find(({ kind }) => kind === 'function' || kind === 'class')?.start ?? file.text.length;
  const last = imports.filter((statement) => statement.end <= definition).at(-1);
  if (last === undefined) return { name, edits: [{ range: { start: file.importsStart, end: file.importsStart }, text: `${name} = set()${newline}${newline}${newline}` }] };
  const end = logicalLineEnd(file.text, last.end) - (file.text[logicalLineEnd(file.text, last.end) - 1] === '\r' ? 1 : 0);
  return { name, edits: [{ range: { start: end, end }, text: `${newline}${newline}${name} = set()` }] };
}
