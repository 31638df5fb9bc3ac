/** A spec is a Markdown page that equals its own rendering: its files are given to an engine, and what it finds is written back. */

import stringWidth from 'string-width';
import { Engine, type Diagnostic } from '../server/src/engine.ts';
import { render as say, type Locale } from '../server/src/messages/index.ts';
import type { Range } from '../server/src/facts.ts';
import type { Edit, Fix } from '../server/src/rule.ts';
import { rules } from '../server/src/rules/index.ts';
import { grammars } from './grammars.ts';

/** A heading with what follows it: one test. Its lines, joined, are its part of the page. */
export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
  readonly fences: readonly Fence[];
}

/** A fenced block that is a file, or a file after its fixes. Lines are counted from the section's first. */
interface Fence {
  readonly path: string;
  readonly fixed: boolean;
  readonly language: string;
  /** The line after the opening fence, and the line of the closing one. */
  readonly first: number;
  readonly last: number;
  /** Without squiggle lines; ends with a line break. */
  readonly text: string;
}

/** What a section says now. */
export interface Rendering {
  readonly text: string;
  readonly files: ReadonlyMap<string, string>;
  readonly diagnostics: readonly Diagnostic[];
  readonly fixes: readonly AppliedFix[];
}

/** One fix applied alone. */
export interface AppliedFix {
  readonly diagnostic: Diagnostic;
  readonly fix: Fix;
  /** Everything found before the fix. */
  readonly found: readonly Diagnostic[];
  readonly before: ReadonlyMap<string, string>;
  readonly after: ReadonlyMap<string, string>;
}

/** File name of a fence without a path line, by its language. Fences of other languages are no files. */
const names: Readonly<Record<string, string>> = {
  py: 'main.py', python: 'main.py', sh: 'main.sh', bash: 'main.sh', dockerfile: 'Dockerfile', yaml: 'compose.yaml', toml: 'pyproject.toml',
  procfile: 'Procfile', ini: 'supervisord.conf', systemd: 'main.service', makefile: 'Makefile',
};

const squiggle = /^[\s\u3000]*\^+ [a-z][a-z0-9-]*(?: \([a-z]+\))?: ./;

/** The sections of a page; what stands before its first heading is a section without a title. */
export function sections(page: string): readonly Section[] {
  const found: { title: string; lines: string[] }[] = [{ title: '', lines: [] }];
  let fence = '';
  for (const line of page.split('\n')) {
    const heading = fence === '' ? /^#+ +(.*)/.exec(line) : null;
    if (heading) found.push({ title: heading[1]!, lines: [] });
    fence = insideAfter(fence, line);
    found.at(-1)!.lines.push(line);
  }
  return found.map(({ title, lines }) => ({ title, lines, fences: fencesOf(lines) }));
}

// The fence a line leaves us in, `''` for none.
function insideAfter(fence: string, line: string): string {
  const mark = /^(`{3,}|~{3,})(.*)$/.exec(line);
  if (fence === '') return mark ? mark[1]! : '';
  return mark && mark[1]!.startsWith(fence) && mark[2]!.trim() === '' ? '' : fence;
}

function fencesOf(lines: readonly string[]): readonly Fence[] {
  const fences: Fence[] = [];
  let fence = '';
  let open: { language: string; fixed: boolean; path?: string; first: number } | undefined;
  let path: string | undefined;
  lines.forEach((line, i) => {
    const after = insideAfter(fence, line);
    if (fence === '' && after !== '') {
      const [language = '', ...words] = line.slice(after.length).trim().split(/\s+/);
      const fixed = words.includes('fixed');
      open = { language, fixed, path: path ?? (fixed ? fences.findLast((f) => !f.fixed)?.path : names[language]), first: i + 1 };
      path = undefined;
    } else if (fence !== '' && after === '') {
      if (open?.path) {
        const body = lines.slice(open.first, i).filter((l) => !squiggle.test(l));
        if (fences.some((f) => f.path === open!.path && f.fixed === open!.fixed)) throw new Error(`two files are named ${open.path} under one heading: write a line with \`path\`: before one`);
        fences.push({ path: open.path, fixed: open.fixed, language: open.language, first: open.first, last: i, text: body.map((l) => `${l}\n`).join('') });
      }
      open = undefined;
    } else if (fence === '' && line.trim() !== '') {
      path = /^`([^`\s]+)`[:：]?$/.exec(line.trim())?.[1];
    }
    fence = after;
  });
  return fences;
}

/** The files of a section, by path. */
export function filesOf(section: Section): ReadonlyMap<string, string> {
  return new Map(section.fences.filter((fence) => !fence.fixed).map((fence) => [fence.path, fence.text]));
}

async function check(files: ReadonlyMap<string, string>): Promise<readonly Diagnostic[]> {
  const engine = await Engine.create(grammars);
  for (const [path, text] of files) engine.set(path, text);
  return [...files.keys()].flatMap((path) => [...engine.check(path)]);
}

/**
 * Which rules a page shows: its own, those that its prose names in backticks, and on a page of the engine or of a blocking
 * call all that speak of those. What others find on the same lines is for their pages.
 */
export function shownBy(page: string, text: string): (rule: string) => boolean {
  const own = page.replace(/^.*\/|\.md$/g, '');
  let fence = '';
  const prose = text.split('\n').filter((line) => {
    const before = fence;
    fence = insideAfter(fence, line);
    return before === '' && fence === '';
  }).join('\n');
  const blocking = own.startsWith('blocking-') || !rules.some(({ id }) => id === own);
  return (rule) => rule === own || (blocking && rule.startsWith('blocking-')) || prose.includes(`\`${rule}\``);
}

/** Gives the section's files to a fresh engine and writes squiggles and fixed bodies anew, as far as `isShown` says so of a rule. */
export async function render(section: Section, locale: Locale, isShown: (rule: string) => boolean = () => true): Promise<Rendering> {
  const files = filesOf(section);
  const found = await check(files);
  const diagnostics = found.filter(({ rule }) => isShown(rule));
  const fixed = files.size > 0 ? fixAll(files, diagnostics) : files;
  const lines: string[] = [];
  let from = 0;
  for (const fence of section.fences) {
    lines.push(...section.lines.slice(from, fence.first));
    lines.push(...(fence.fixed ? splitLines(fixed.get(fence.path) ?? '') : withSquiggles(fence.path, fence.text, diagnostics, locale)));
    from = fence.last;
  }
  lines.push(...section.lines.slice(from));
  const fixes = diagnostics.flatMap((diagnostic) => (diagnostic.fixes?.() ?? []).map((fix) => ({ diagnostic, fix, found, before: files, after: apply(files, diagnostic.path, fix.edits) })));
  return { text: lines.join('\n'), files, diagnostics, fixes };
}

function withSquiggles(path: string, text: string, diagnostics: readonly Diagnostic[], locale: Locale): readonly string[] {
  const marks: { range: Range; note: boolean; label: string }[] = [];
  for (const diagnostic of diagnostics) {
    if (diagnostic.path === path) marks.push({ range: diagnostic.range, note: false, label: `${diagnostic.rule}${levelOf(diagnostic)}: ${say(diagnostic.message, locale)}` });
    for (const note of diagnostic.notes ?? []) {
      const mark = { range: note.range, note: true, label: `note: ${say(note.message, locale)}` };
      // Chains meet: a step that two findings share is written once.
      if (note.path === path && !marks.some((m) => m.label === mark.label && m.range.start === mark.range.start && m.range.end === mark.range.end)) marks.push(mark);
    }
  }
  marks.sort((a, b) => a.range.start - b.range.start || a.range.end - b.range.end || Number(a.note) - Number(b.note) || (a.label < b.label ? -1 : a.label > b.label ? 1 : 0));
  const out: string[] = [];
  let start = 0;
  for (const line of splitLines(text)) {
    out.push(line);
    const end = start + line.length;
    for (const { range, label } of marks) {
      if (range.start < start || range.start > end) continue;
      if (range.end > end || range.start === range.end) throw new Error(`${path}: a finding must be within one line and not empty: ${JSON.stringify(text.slice(range.start, range.end))} ${label}`);
      if (label.includes('\n')) throw new Error(`${path}: a message must be one line: ${JSON.stringify(label)}`);
      out.push(`${indent(line.slice(0, range.start - start))}${'^'.repeat(Math.max(1, stringWidth(text.slice(range.start, range.end))))} ${label}`);
    }
    start = end + 1;
  }
  return out;
}

/** The level, where it is not the rule's own. */
function levelOf(diagnostic: Diagnostic): string {
  const rule = rules.find(({ id }) => id === diagnostic.rule);
  return !rule || rule.level === diagnostic.level ? '' : ` (${diagnostic.level})`;
}

/** The files after the first fix of every finding; a fix that meets an earlier one's edits waits, as it would on the command line. */
function fixAll(files: ReadonlyMap<string, string>, diagnostics: readonly Diagnostic[]): ReadonlyMap<string, string> {
  const taken: (Edit & { path: string })[] = [];
  for (const diagnostic of diagnostics) {
    const edits = (diagnostic.fixes?.()[0]?.edits ?? []).map((edit) => ({ ...edit, path: edit.path ?? diagnostic.path }));
    const fresh = edits.filter((edit) => !taken.some((other) => same(edit, other)));
    if (fresh.some((edit) => taken.some((other) => overlap(edit, other)))) continue;
    taken.push(...fresh);
  }
  return apply(files, '', taken);
}

type Placed = Edit & { readonly path: string };
const same = (a: Placed, b: Placed): boolean => a.path === b.path && a.range.start === b.range.start && a.range.end === b.range.end && a.text === b.text;
const overlap = (a: Placed, b: Placed): boolean => a.path === b.path && a.range.start < b.range.end && b.range.start < a.range.end;

/** Throws when two of the edits overlap. */
function apply(files: ReadonlyMap<string, string>, home: string, edits: readonly Edit[]): ReadonlyMap<string, string> {
  const placed = edits.map((edit, i) => ({ ...edit, path: edit.path ?? home, i }));
  const after = new Map(files);
  for (const path of new Set(placed.map((edit) => edit.path))) {
    const own = placed.filter((edit) => edit.path === path).sort((a, b) => a.range.start - b.range.start || a.range.end - b.range.end || a.i - b.i);
    const text = files.get(path) ?? '';
    let result = '';
    let at = 0;
    for (const { range, text: inserted } of own) {
      if (range.start < at || range.end > text.length) throw new Error(`${path}: the edits of a fix overlap or lie outside the file: ${JSON.stringify(own)}`);
      result += text.slice(at, range.start) + inserted;
      at = range.end;
    }
    after.set(path, result + text.slice(at));
  }
  return after;
}

/** Says what is wrong with a fix: its finding must be gone, and no other may come. */
export async function complaint({ diagnostic, fix, found, before, after }: AppliedFix): Promise<string | undefined> {
  const title = `“${say(fix.title, 'en')}” of ${diagnostic.path} ${diagnostic.rule}`;
  if ([...after].every(([path, text]) => before.get(path) === text)) return `${title} changes nothing`;
  const [old, fresh] = [count(found, diagnostic), count(await check(after), diagnostic)];
  if (fresh.same >= old.same) return `${title} does not remove its finding`;
  for (const [rule, number] of fresh.rules) {
    if (number > (old.rules.get(rule) ?? 0)) return `${title} brings a new finding of ${rule}`;
  }
  return undefined;
}

function count(diagnostics: readonly Diagnostic[], like: Diagnostic): { same: number; rules: ReadonlyMap<string, number> } {
  const rulesFound = new Map<string, number>();
  for (const { path, rule } of diagnostics) rulesFound.set(`${rule} in ${path}`, (rulesFound.get(`${rule} in ${path}`) ?? 0) + 1);
  const message = say(like.message, 'en');
  return { same: diagnostics.filter((d) => d.path === like.path && d.rule === like.rule && say(d.message, 'en') === message).length, rules: rulesFound };
}

const splitLines = (text: string): string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));

/** White space as wide as the text, where Chinese characters and emoji take two columns; its tabs stay tabs. */
const indent = (text: string): string => text.split('\t').map((part) => ' '.repeat(stringWidth(part))).join('\t');
