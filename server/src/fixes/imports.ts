/** Adding an import where Python programmers would put it. */

import type { Binding, Facts, Statement } from '../facts.ts';
import type { Edit } from '../rule.ts';
import { mentions } from './source.ts';

/** How a fix may write `module` (or its `member`), and the edits that make the name known. */
export interface Import {
  readonly name: string;
  readonly edits: readonly Edit[];
}

/**
 * A name for `module`, or for `member` of it, in `file`: the one the file already has, else a new import at the top.
 * Two calls with the same arguments give identical edits, so fixes that are applied together insert it once.
 * A member of a standard-library module is reached through the module (`asyncio.to_thread`), any other is imported by name.
 *
 * `at`: UTF-16 offset of the code that will use the name; imports of the function around it count too.
 */
export function importEdit(file: Facts, module: string, member?: string, at?: number): Import {
  const known = existingName(file, module, member, at);
  if (known !== undefined) return { name: known, edits: [] };
  const byName = member !== undefined && !isStandard(module);
  const wanted = byName ? member : module;
  const root = wanted.split('.')[0]!;
  const free = isTaken(file, root) ? freeName(file, `${root}_`) : root;
  // A clash renames the whole of `a.b`, because `import a.b as c` binds `a.b` itself.
  const alias = free === root ? '' : ` as ${free}`;
  const line = byName ? `from ${module} import ${member}${alias}` : `import ${module}${alias}`;
  const name = free === root ? wanted : free;
  return { name: member !== undefined && !byName ? `${name}.${member}` : name, edits: [insertion(file, module, line)] };
}

/** `wanted`, or with a number behind it, such that the function around `at` (without it, the whole file) does not use it as a name. */
export function freeName(file: Facts, wanted: string, at?: number): string {
  const around = at === undefined ? undefined : file.scopes.findLast((scope) => scope.kind === 'function' && scope.start <= at && at < scope.end);
  const text = around === undefined ? file.text : file.text.slice(around.start, around.end);
  for (let count = 1; ; count++) {
    const name = count === 1 ? wanted : `${wanted}${wanted.endsWith('_') ? '' : '_'}${count}`;
    if (!mentions(text, name)) return name;
  }
}

/** The line break that `file` uses. */
export function lineBreak(file: Facts): string {
  return /\r?\n/.exec(file.text)?.[0] ?? '\n';
}

// ── What is there ──

function existingName(file: Facts, module: string, member: string | undefined, at: number | undefined): string | undefined {
  let scope = file.scopes[0];
  if (at !== undefined) for (const inner of file.scopes) if (inner.kind === 'function' && inner.start <= at && at < inner.end) scope = inner;
  // Innermost first: a function's own import, then the module's.
  for (; scope !== undefined; scope = file.scopes[scope.parent]) {
    if (scope.kind === 'class' && scope.start > 0) continue;
    const found = nameIn(file, scope.index, module, member, at);
    if (found !== undefined) return found;
  }
  return undefined;
}

function nameIn(file: Facts, scope: number, module: string, member: string | undefined, at: number | undefined): string | undefined {
  let whole: string | undefined;
  for (const [name, bindings] of file.scopes[scope]!.bindings) {
    if (!bindings.every((binding) => imports(binding, module, member) !== undefined)) continue;
    const binding = bindings.find((candidate) => isUnconditional(file, candidate, scope, at));
    if (binding === undefined || isShadowed(file, name, scope, module, member)) continue;
    if (imports(binding, module, member) === 'member') return name;
    whole = binding.value.kind === 'import' && binding.value.root ? module : name;
  }
  return whole === undefined ? undefined : member === undefined ? whole : `${whole}.${member}`;
}

/** Whether a binding imports `module` itself, or the wanted member of it. */
function imports(binding: Binding, module: string, member: string | undefined): 'module' | 'member' | undefined {
  const value = binding.value;
  if (value.kind !== 'import' || value.level > 0) return undefined;
  if (value.member === undefined) {
    const reaches = value.module === module || (value.root === true && value.module.startsWith(`${module}.`));
    return reaches ? 'module' : undefined;
  }
  if (member !== undefined && value.module === module && value.member === member) return 'member';
  return `${value.module}.${value.member}` === module ? 'module' : undefined;
}

function isUnconditional(file: Facts, binding: Binding, scope: number, at: number | undefined): boolean {
  const block = file.blocks[Math.max(0, binding.block)];
  if (block === undefined || block.kind !== 'body' || block.scope !== scope) return false;
  return scope === 0 || (at !== undefined && binding.end <= at);
}

/** Whether an inner scope gives `name` another meaning: a fix may stand there. */
function isShadowed(file: Facts, name: string, outer: number, module: string, member: string | undefined): boolean {
  return file.scopes.some((scope) => scope.index !== outer && scope.kind !== 'class' && scope.bindings.get(name)?.some((binding) => imports(binding, module, member) === undefined));
}

function isTaken(file: Facts, name: string): boolean {
  return file.scopes.some((scope) => scope.kind !== 'class' && scope.bindings.has(name) && !scope.bindings.get(name)!.every((binding) => importsRoot(binding, name)));
}

/** An import of the same module, in a function or under a condition: it does not stand in the way of one at the top. */
function importsRoot(binding: Binding, name: string): boolean {
  const value = binding.value;
  return value.kind === 'import' && value.level === 0 && value.member === undefined && value.module.split('.')[0] === name;
}

// ── Where it goes ──

function insertion(file: Facts, module: string, line: string): Edit {
  const newline = lineBreak(file);
  const from = earliest(file);
  const run = importRun(file, from);
  const rank = (text: string) => (isStandard(text) ? 0 : 1);
  const isPlain = line.startsWith('import ');
  let after: Statement | undefined;
  for (const statement of run) {
    const other = importedModule(file, statement);
    if (other === undefined || rank(other) > rank(module)) break;
    const otherIsPlain = statement.kind === 'import';
    if (rank(other) === rank(module) && (isPlain && !otherIsPlain || isPlain === otherIsPlain && other > module)) break;
    after = statement;
  }
  const edit = (offset: number, text: string): Edit => ({ range: { start: offset, end: offset }, text });
  if (after !== undefined) {
    // A new group gets a blank line before it.
    const gap = rank(importedModule(file, after)!) < rank(module) ? newline : '';
    const offset = lineEnd(file, after);
    return edit(offset, `${newline}${gap}${line}`);
  }
  const first = run[0];
  if (first !== undefined) {
    const other = importedModule(file, first);
    const gap = other === undefined || rank(other) > rank(module) ? newline : '';
    return edit(lineStart(file.text, first.start), `${line}${newline}${gap}`);
  }
  if (file.statements.some((statement) => statement.end <= from)) {
    const offset = lineEndAt(file, Math.max(...file.statements.filter((statement) => statement.end <= from).map((statement) => statement.end)));
    const rest = file.text.slice(offset);
    const gap = /^(\r?\n){2}|^\s*$/.test(rest) ? '' : newline;
    return edit(offset, `${newline}${newline}${line}${gap}`);
  }
  const offset = afterHeader(file.text);
  const gap = /^(async\s|def\s|class\s|@)/.test(file.text.slice(offset).trimStart()) ? `${newline}${newline}` : newline;
  return edit(offset, `${line}${newline}${/^\s*$/.test(file.text.slice(offset)) ? '' : gap}`);
}

/** No import may stand before this: the docstring, `__future__` imports and monkey patching end here. */
function earliest(file: Facts): number {
  let offset = file.importsStart;
  for (const call of file.calls) {
    const name = call.callee.kind === 'attribute' || call.callee.kind === 'name' ? call.callee.name : '';
    if (call.scope !== 0 || !/^(patch_|monkey_patch$|init_gevent$)/.test(name)) continue;
    const statement = file.statements.find((candidate) => candidate.start <= call.start && call.end <= candidate.end);
    if (statement !== undefined && statement.kind !== 'function' && statement.kind !== 'class') offset = Math.max(offset, statement.end);
  }
  return offset;
}

/** The first block of imports that begins at `from` or later. */
function importRun(file: Facts, from: number): readonly Statement[] {
  const isImport = (statement: Statement) => statement.kind === 'import' || statement.kind === 'from-import';
  const later = file.statements.filter((statement) => statement.start >= from);
  const first = later.findIndex(isImport);
  if (first < 0 || later.slice(0, first).some((statement) => statement.kind === 'function' || statement.kind === 'class')) return [];
  const end = later.findIndex((statement, index) => index > first && !isImport(statement));
  return later.slice(first, end < 0 ? undefined : end);
}

/** The module an import statement names; undefined for a relative one, which belongs behind all others. */
function importedModule(file: Facts, statement: Statement): string | undefined {
  return /^(?:import|from)\s+([\w.]+)/.exec(file.text.slice(statement.start, statement.end))?.[1]?.replace(/^\..*/, '') || undefined;
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** End of the line on which a statement ends, behind other statements that begin on it. */
function lineEnd(file: Facts, statement: Statement): number {
  return lineEndAt(file, statement.end);
}

function lineEndAt(file: Facts, offset: number): number {
  for (;;) {
    const found = file.text.indexOf('\n', offset);
    const end = found < 0 ? file.text.length : file.text[found - 1] === '\r' ? found - 1 : found;
    const further = file.statements.find((statement) => statement.start >= offset && statement.start < end && statement.end > end);
    if (further === undefined) return end;
    offset = further.end;
  }
}

/** Behind the shebang, the encoding line, and a leading comment that a blank line sets apart. */
function afterHeader(text: string): number {
  const whole = /^\uFEFF?(?:#[^\n]*\n)+(?:[ \t]*\r?\n)+/.exec(text);
  if (whole !== null) return whole[0].length;
  return /^\uFEFF?(?:#![^\n]*\n)?(?:#[^\n]*coding[:=][^\n]*\n)?/.exec(text)?.[0].length ?? 0;
}

const standard: ReadonlySet<string> = new Set((
  'abc argparse array ast asyncio atexit base64 bdb binascii bisect builtins bz2 calendar cgi cmath cmd code codecs collections '
  + 'colorsys compileall concurrent configparser contextlib contextvars copy copyreg csv ctypes curses dataclasses datetime dbm '
  + 'decimal difflib dis doctest email encodings ensurepip enum errno faulthandler fcntl filecmp fileinput fnmatch fractions '
  + 'ftplib functools gc getopt getpass gettext glob graphlib grp gzip hashlib heapq hmac html http imaplib imghdr importlib inspect '
  + 'io ipaddress itertools json keyword linecache locale logging lzma mailbox marshal math mimetypes mmap modulefinder '
  + 'multiprocessing netrc numbers operator optparse os pathlib pdb pickle pickletools pkgutil platform plistlib poplib posix '
  + 'pprint profile pstats pty pwd py_compile pyclbr pydoc queue quopri random re readline reprlib resource rlcompleter runpy '
  + 'sched secrets select selectors shelve shlex shutil signal site smtplib socket socketserver sqlite3 ssl stat statistics string '
  + 'stringprep struct subprocess symtable sys sysconfig syslog tabnanny tarfile tempfile termios textwrap threading time timeit '
  + 'tkinter token tokenize tomllib trace traceback tracemalloc tty turtle types typing unicodedata unittest urllib uuid venv '
  + 'warnings wave weakref webbrowser winreg winsound wsgiref xml xmlrpc zipapp zipfile zipimport zlib zoneinfo'
).split(' '));

/** Whether a module, dotted, belongs to Python's standard library. */
export function isStandard(module: string): boolean {
  return standard.has(module.split('.')[0]!);
}
