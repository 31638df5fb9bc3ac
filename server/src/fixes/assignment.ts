/** Changing settings where Python states them: assignments of a configuration file, keyword arguments of a call. */

import type { Call, Facts, Range } from '../facts.ts';
import type { Edit } from '../rule.ts';
import type { Launch } from '../workspace/launches.ts';

/** An edit that adds `NAME = value` lines to a configuration file, behind its last assignment. */
export function assignmentsEdit(file: Facts, settings: readonly { readonly name: string; readonly value: string }[]): Edit {
  const ending = file.text.includes('\r\n') ? '\r\n' : '\n';
  const last = file.statements.filter(({ kind }) => kind === 'assignment').at(-1) ?? file.statements.at(-1);
  const lines = settings.map(({ name, value }) => `${name} = ${pythonLiteral(value)}`);
  if (!last) return { range: { start: file.text.length, end: file.text.length }, text: lines.map((line) => line + ending).join('') };
  // A comment behind the assignment stays with it.
  const rest = /^[ \t]*(?:#[^\r\n]*)?(?=\r?\n|$)/.exec(file.text.slice(last.end));
  const at = rest ? last.end + rest[0].length : last.end;
  return { range: { start: at, end: at }, text: lines.map((line) => (rest ? ending : '; ') + line).join('') };
}

/** An edit that takes out the line of an assignment whose name or value stands at `place`; undefined for one inside a block. */
export function assignmentRemoval(file: Facts, place: Range): Edit | undefined {
  const statement = assignmentAt(file, place);
  if (!statement) return undefined;
  const start = file.text.lastIndexOf('\n', statement.start - 1) + 1;
  const rest = /^[ \t]*(?:#[^\r\n]*)?(?:\r?\n|$)/.exec(file.text.slice(statement.end));
  if (!rest || file.text.slice(start, statement.start).trim() !== '') return undefined;
  return { range: { start, end: statement.end + rest[0].length }, text: '' };
}

/** An edit that gives an assignment another name. */
export function assignmentName(file: Facts, place: Range, name: string): Edit | undefined {
  const statement = assignmentAt(file, place);
  const written = statement && /^[A-Za-z_]\w*/.exec(file.text.slice(statement.start, statement.end))?.[0];
  return statement && written !== undefined ? { range: { start: statement.start, end: statement.start + written.length }, text: name } : undefined;
}

/** An edit that assigns another value. */
export function assignedValueEdit(file: Facts, place: Range, value: string): Edit | undefined {
  const statement = assignmentAt(file, place);
  if (!statement) return undefined;
  const written = file.text.slice(statement.start, statement.end);
  const from = /^[A-Za-z_]\w*\s*(?::[^=]*)?=(?!=)\s*/.exec(written)?.[0].length;
  // `a = b = 1` is left alone.
  if (from === undefined || /^[A-Za-z_]\w*\s*=(?!=)/.test(written.slice(from))) return undefined;
  return { range: { start: statement.start + from, end: statement.end }, text: pythonLiteral(value) };
}

/** An edit that adds keyword arguments to the call that states a launch's settings: `--log-level info` is `log_level="info"`. */
export function keywordsEdit(file: Facts, launch: Launch, flags: readonly { readonly name: string; readonly value?: string }[]): Edit | undefined {
  // `Server(Config("main:app", workers=4)).run()` takes settings where it has some.
  const stated = [...launch.settings.values()].map(({ path, range }) => (path === file.path ? keywordAt(file, range)?.call : undefined)).find((call) => call !== undefined);
  const call = stated ?? (/\.(?:Server|Granian)\.\w+$/.test(launch.callee ?? '') ? undefined : launch.call);
  if (!call || call.arguments.some(({ star }) => star === '**')) return undefined;
  const [one, last] = [call.arguments.at(-2), call.arguments.at(-1)];
  const between = one && last ? file.text.slice(one.end, last.start) : last ? file.text.slice(call.argumentsRange.start + 1, last.start) : '';
  const separator = one && /^,\s*$/.test(between) ? between : last && /^\s*\n\s*$/.test(between) ? `,${between}` : ', ';
  const text = flags.map(({ name, value }) => `${name.replace(/^-+/, '').replaceAll('-', '_')}=${value === undefined ? 'True' : pythonLiteral(value)}`);
  const at = last ? last.end : call.argumentsRange.start + 1;
  return { range: { start: at, end: at }, text: last ? text.map((keyword) => separator + keyword).join('') : text.join(', ') };
}

/** The call that gives the value at `range` by keyword, and which argument it is. */
export function keywordAt(file: Facts, range: Range): { readonly call: Call; readonly index: number } | undefined {
  for (const call of file.calls) {
    const index = call.arguments.findIndex(({ name, valueRange }) => name !== undefined && valueRange.start === range.start && valueRange.end === range.end);
    if (index !== -1) return { call, index };
  }
  return undefined;
}

/** An edit that takes the keyword argument out whose value stands at `range`. */
export function keywordRemoval(file: Facts, range: Range): Edit | undefined {
  const found = keywordAt(file, range);
  if (!found) return undefined;
  const { call, index } = found;
  const argument = call.arguments[index]!;
  const [before, after] = [call.arguments[index - 1], call.arguments[index + 1]];
  const between = (from: number, to: number): boolean => /^\s*,\s*$/.test(file.text.slice(from, to));
  if (before && between(before.end, argument.start)) return { range: { start: before.end, end: argument.end }, text: '' };
  if (after && between(argument.end, after.start)) return { range: { start: argument.start, end: after.start }, text: '' };
  if (call.arguments.length > 1) return undefined;
  const comma = /^\s*,/.exec(file.text.slice(argument.end, call.argumentsRange.end))?.[0].length ?? 0;
  return { range: { start: argument.start, end: argument.end + comma }, text: '' };
}

/** A setting's value as Python writes it. */
export function pythonLiteral(value: string): string {
  if (/^(?:true|false)$/.test(value)) return value === 'true' ? 'True' : 'False';
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(value) ? value : JSON.stringify(value);
}

function assignmentAt(file: Facts, place: Range): Range | undefined {
  const statement = file.statements.find(({ start, end }) => start <= place.start && place.end <= end);
  return statement?.kind === 'assignment' ? statement : undefined;
}
