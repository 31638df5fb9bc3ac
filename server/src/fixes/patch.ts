/** Making a program patch the standard library before it imports anything else. */

import type { Facts, Range, Statement } from '../facts.ts';
import type { Edit } from '../rule.ts';
import type { Library, Patch } from '../workspace/patching.ts';
import { lineBreak } from './imports.ts';

/** The two lines that patch, as the first statements of `file`. */
export function insertPatch(file: Facts, library: Library): Edit {
  if (library === 'eventlet') return first(file, ['import eventlet', 'eventlet.monkey_patch()']);
  const name = ownName(file, 'monkey', 'gevent') ? 'monkey' : 'gevent_monkey';
  return first(file, [`from gevent import monkey${name === 'monkey' ? '' : ` as ${name}`}`, `${name}.patch_all()`]);
}

/** Takes the patching of `file` to its first lines; undefined where it hangs together with other code. */
export function movePatch(file: Facts, patch: Patch): readonly Edit[] | undefined {
  const { call, statement } = patch;
  if (statement.kind === 'try') {
    if (!isOnlyPatching(file, statement, patch)) return undefined;
    return [first(file, [file.text.slice(statement.start, statement.end) + commentBehind(file, statement)]), ...removals(file, [statement])];
  }
  if (statement.kind !== 'expression' || statement.start !== call.start || statement.end !== call.end) return undefined;
  if (call.arguments.some((argument) => argument.star !== undefined || argument.value.kind !== 'constant')) return undefined;
  const written = file.text.slice(call.start, call.end) + commentBehind(file, statement);
  const imported = importOf(file, patch);
  if (!imported) return undefined;
  const alone = !file.text.slice(imported.start, imported.end).includes(',');
  const line = alone ? file.text.slice(imported.start, imported.end) + commentBehind(file, imported) : importLine(written, patch.library);
  if (line === undefined) return undefined;
  return [first(file, [line, written]), ...removals(file, alone ? [imported, statement] : [statement])];
}

/** Whether `name` is free in the file's top level, or already means what we import. */
function ownName(file: Facts, name: string, module: string): boolean {
  return (file.scopes[0]?.bindings.get(name) ?? []).every(({ value }) => value.kind === 'import' && value.module === module && value.member === name);
}

function first(file: Facts, lines: readonly string[]): Edit {
  const { text } = file;
  const newline = lineBreak(file);
  let at = file.importsStart;
  // A licence or other heading stays the heading.
  if (at === 0 || text.startsWith('#!')) for (let comment = /^#.*(?:\r?\n|$)/.exec(text.slice(at)); comment && comment[0] !== ''; comment = /^#.*(?:\r?\n|$)/.exec(text.slice(at))) at += comment[0].length;
  const block = lines.join(newline) + newline;
  const lead = at > 0 && text[at - 1] !== '\n' ? newline : '';
  const blank = /^[ \t]*\r?\n/.test(text.slice(at));
  return { range: { start: at, end: at }, text: lead + (blank ? newline + block : block + (text.slice(at).trim() === '' ? '' : newline)) };
}

/** The import statement behind the name that the patching call begins with. */
function importOf(file: Facts, { call }: Patch): Statement | undefined {
  let root = call.callee;
  while (root.kind === 'attribute') root = root.object;
  if (root.kind !== 'name') return undefined;
  const binding = file.scopes[0]?.bindings.get(root.name)?.findLast((one) => one.value.kind === 'import' && one.start < call.start);
  return binding && file.statements.find((one) => (one.kind === 'import' || one.kind === 'from-import') && one.start <= binding.start && binding.end <= one.end);
}

/** An import for a call whose own import brings other names as well. */
function importLine(written: string, library: Library): string | undefined {
  if (library === 'gevent' && written.startsWith('monkey.')) return 'from gevent import monkey';
  if (library === 'eventlet' && written.startsWith('eventlet.')) return 'import eventlet';
  if (written.startsWith('gevent.monkey.')) return 'import gevent.monkey';
  return undefined;
}

/** A `try` that only guards against gevent not being installed. */
function isOnlyPatching(file: Facts, statement: Statement, { call, library }: Patch): boolean {
  const inside = (range: Range) => statement.start <= range.start && range.end <= statement.end;
  if (file.calls.some((other) => other !== call && inside(other))) return false;
  for (const bindings of file.scopes[0]?.bindings.values() ?? []) {
    for (const binding of bindings) {
      if (inside(binding) && !(binding.value.kind === 'import' && binding.value.module.split('.', 1)[0] === library)) return false;
    }
  }
  return true;
}

/** The comment that goes away with a statement, and must go with it. */
function commentBehind(file: Facts, { end }: Statement): string {
  return /^[ \t]*#[^\r\n]*/.exec(file.text.slice(end))?.[0] ?? '';
}

/** Edits that take statements out, with the line where nothing else stands on it. */
function removals(file: Facts, statements: readonly Statement[]): Edit[] {
  const { text } = file;
  const ranges: { start: number; end: number }[] = [];
  for (const { start, end } of [...statements].sort((a, b) => a.start - b.start)) {
    const last = ranges.at(-1);
    if (last && /^[ \t]*;[ \t]*$/.test(text.slice(last.end, start))) last.end = end;
    else ranges.push({ start, end });
  }
  return ranges.map(({ start, end }) => {
    const before = /[^\n]*$/.exec(text.slice(0, start))![0];
    const after = /^[^\n]*(?:\n|$)/.exec(text.slice(end))![0];
    if (before.trim() === '' && /^[ \t]*;?[ \t]*(?:#[^\n]*)?\r?(?:\n|$)$/.test(after)) return { range: { start: start - before.length, end: end + after.length }, text: '' };
    const behind = /^[ \t]*;[ \t]*/.exec(after);
    if (behind) return { range: { start, end: end + behind[0].length }, text: '' };
    const ahead = /[ \t]*;[ \t]*$/.exec(before);
    return { range: { start: start - (ahead?.[0].length ?? 0), end }, text: '' };
  });
}
