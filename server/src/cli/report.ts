/** What a check found, ready for printing: places as lines and columns, messages in the reader's language. */

import path from 'node:path';
import type { Range } from '../facts.ts';
import { render, type Locale } from '../messages/index.ts';
import type { Fix, Level, Message } from '../rule.ts';
import type { Diagnostic } from '../engine.ts';
import { Lines, type Position } from './positions.ts';
import type { Project } from './project.ts';

export interface Place {
  /** Absolute. */
  readonly file: string;
  readonly lines: Lines;
  readonly start: Position;
  /** Behind the last character. */
  readonly end: Position;
}

export interface ReportedEdit {
  readonly file: string;
  readonly lines: Lines;
  /** UTF-16 offsets in the file's text without byte order mark. */
  readonly range: Range;
  readonly text: string;
}

export interface ReportedFix {
  readonly title: string;
  readonly safe: boolean;
  readonly edits: readonly ReportedEdit[];
}

export interface Reported extends Place {
  readonly rule: string;
  readonly level: Level;
  readonly message: string;
  readonly related: readonly (Place & { readonly message: string })[];
  readonly fixes: readonly ReportedFix[];
}

export interface Repair {
  readonly file: string;
  readonly rule: string;
  readonly title: string;
}

export interface Report {
  readonly findings: readonly Reported[];
  /** Number of files checked. */
  readonly files: number;
  readonly skipped: readonly { readonly file: string; readonly reason: string }[];
  /** What `--fix` did; undefined when it was not asked for. */
  readonly repairs?: readonly Repair[];
  /** Folder the paths in the JSON report are relative to: the PATH given, or the working directory for several. */
  readonly base: string;
  readonly locale: Locale;
}

/** How a format shows a report; `write` takes standard output's text. */
export type Format = (report: Report, write: (text: string) => void) => void;

/** Turns the findings of projects into a report's, each place once, by path and place. */
export function reported(found: readonly { readonly project: Project; readonly diagnostics: readonly Diagnostic[] }[], locale: Locale): Reported[] {
  const all = new Map<string, Reported>();
  for (const { project, diagnostics } of found) {
    const files = new ProjectPlaces(project, locale);
    for (const diagnostic of diagnostics) {
      const key = `${project.absolute(diagnostic.path)}\0${diagnostic.range.start}\0${diagnostic.range.end}\0${diagnostic.rule}\0${render(diagnostic.message, 'en')}`;
      if (!all.has(key)) all.set(key, files.reported(diagnostic));
    }
  }
  return [...all.values()].sort((a, b) => compare(a.file, b.file) || a.start.line - b.start.line || a.start.column - b.start.column || compare(a.rule, b.rule));
}

export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

class ProjectPlaces {
  #project: Project;
  #locale: Locale;
  #lines = new Map<string, Lines>();

  constructor(project: Project, locale: Locale) {
    this.#project = project;
    this.#locale = locale;
  }

  reported(diagnostic: Diagnostic): Reported {
    const { path: file, range, rule, level, message, notes = [], fixes } = diagnostic;
    return {
      ...this.#place(file, range),
      rule,
      level,
      message: this.#render(message),
      related: notes.map((note) => ({ ...this.#place(note.path, note.range), message: this.#render(note.message) })),
      fixes: (fixes?.() ?? []).map((fix) => this.#fix(fix, file)),
    };
  }

  #fix(fix: Fix, file: string): ReportedFix {
    const edits = fix.edits.map((edit) => {
      const at = edit.path ?? file;
      const lines = this.#linesOf(at);
      return { file: this.#project.absolute(at), lines, range: edit.range, text: withLineBreaksOf(lines.text, edit.text) };
    });
    return { title: this.#render(fix.title), safe: fix.safe, edits };
  }

  #place(file: string, range: Range): Place {
    const lines = this.#linesOf(file);
    return { file: this.#project.absolute(file), lines, start: lines.position(range.start), end: lines.position(range.end) };
  }

  #linesOf(file: string): Lines {
    const known = this.#lines.get(file) ?? new Lines(this.#project.text(file) ?? '');
    this.#lines.set(file, known);
    return known;
  }

  #render(message: Message): string {
    return render(message, this.#locale);
  }
}

/** Text to insert, with the line breaks the file has. */
export function withLineBreaksOf(text: string, inserted: string): string {
  if (!inserted.includes('\n')) return inserted;
  const first = /\r?\n/.exec(text)?.[0];
  return first === '\r\n' ? inserted.replace(/\r?\n/g, '\r\n') : inserted;
}

/** A path for people: relative to the working directory when it lies below, with `/`. */
export function shown(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return slashed(relative === '' || relative.startsWith('..') || path.isAbsolute(relative) ? file : relative);
}

/** A path for programs: relative to `base`, with `/`. */
export function relativeTo(base: string, file: string): string {
  return slashed(path.relative(base, file) || '.');
}

function slashed(file: string): string {
  return path.sep === '\\' ? file.replaceAll('\\', '/') : file;
}
