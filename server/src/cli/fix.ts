/** `--fix`: applies fixes until nothing is left to apply, and writes the files. */

import { chmodSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Range } from '../facts.ts';
import { isPython, systemReason } from '../host/disk.ts';
import { decode, encode } from '../host/encoding.ts';
import { render, type Locale } from '../messages/index.ts';
import type { Diagnostic } from '../engine.ts';
import type { Message } from '../rule.ts';
import type { Project } from './project.ts';
import { withLineBreaksOf, type Repair } from './report.ts';
import { messages } from './words.ts';

/** A repair can open the way for another; more rounds than this would be two rules undoing each other. */
const mostRounds = 10;

interface PathEdit {
  readonly path: string;
  readonly range: Range;
  readonly text: string;
}

interface Candidate {
  readonly diagnostic: Diagnostic;
  readonly title: Message;
  readonly edits: readonly PathEdit[];
}

export interface Repaired {
  readonly repairs: readonly Repair[];
  /** Files that could not be written. */
  readonly failures: readonly { readonly file: string; readonly reason: Message }[];
}

/** Repairs what `check` finds in a project. Every edit is tried in memory first: one after which a file no longer parses is dropped. */
export function repair(project: Project, unsafe: boolean, locale: Locale): Repaired {
  const before = new Map<string, string>();
  const done: Candidate[] = [];
  const refused = new Set<string>();
  for (let round = 0; round < mostRounds; round++) {
    const candidates = withoutConflicts(candidatesOf(project, unsafe).filter((one) => !refused.has(identity(one))));
    if (candidates.length === 0) break;
    let chosen: readonly Candidate[] = candidates;
    let undo = apply(project, chosen, before);
    if (!undo) {
      // Leave out those that break a file; if none does alone, take one and see the others again in the next round.
      const good = candidates.filter((one) => works(project, one, before));
      for (const one of candidates) if (!good.includes(one)) refused.add(identity(one));
      chosen = good.length < candidates.length ? good : good.slice(0, 1);
      undo = apply(project, chosen, before);
    }
    if (undo) done.push(...chosen);
  }
  const failures = [...before].flatMap(([file, text]) => {
    const reason = project.engine.text(file) === text ? undefined : write(project.absolute(file), project.engine.text(file)!);
    if (!reason) return [];
    project.replace(file, text);
    return [{ file: project.absolute(file), reason }];
  });
  const failed = new Set(failures.map((failure) => failure.file));
  const repairs = done
    .map(({ diagnostic, title }) => ({ file: project.absolute(diagnostic.path), rule: diagnostic.rule, title: render(title, locale) }))
    .filter((one) => !failed.has(one.file));
  return { repairs, failures };
}

function candidatesOf(project: Project, unsafe: boolean): Candidate[] {
  return project.check(() => {}).flatMap((diagnostic) => {
    const fix = diagnostic.fixes?.().find((one) => one.safe || unsafe);
    if (!fix || fix.edits.length === 0) return [];
    const edits = fix.edits.map((edit) => ({ path: edit.path ?? diagnostic.path, range: edit.range, text: withLineBreaksOf(project.engine.text(edit.path ?? diagnostic.path) ?? '', edit.text) }));
    return edits.every((edit) => project.engine.text(edit.path) !== undefined) ? [{ diagnostic, title: fix.title, edits }] : [];
  });
}

function identity({ diagnostic, edits }: Candidate): string {
  return JSON.stringify([diagnostic.path, diagnostic.rule, edits]);
}

/** Repairs that can be applied at once. Two may share an edit, such as the import both need; otherwise they must not touch. */
function withoutConflicts(candidates: readonly Candidate[]): Candidate[] {
  const taken: PathEdit[] = [];
  return candidates.filter(({ edits }) => {
    const fresh = edits.filter((edit) => !taken.some((other) => isSame(edit, other)));
    if (fresh.some((edit) => taken.some((other) => edit.path === other.path && touches(edit.range, other.range)))) return false;
    taken.push(...fresh);
    return true;
  });
}

function isSame(a: PathEdit, b: PathEdit): boolean {
  return a.path === b.path && a.range.start === b.range.start && a.range.end === b.range.end && a.text === b.text;
}

/** Whether two ranges overlap, or one begins where the other stands empty: the order of such edits would be a guess. */
function touches(a: Range, b: Range): boolean {
  return a.start < b.end && b.start < a.end || a.start === b.start || (a.start === a.end || b.start === b.end) && a.start <= b.end && b.start <= a.end;
}

function works(project: Project, candidate: Candidate, before: Map<string, string>): boolean {
  const undo = apply(project, [candidate], before);
  undo?.();
  return undo !== undefined;
}

/** Changes the texts in memory and returns what changes them back; changes nothing when a file would have more syntax errors than before. */
function apply(project: Project, candidates: readonly Candidate[], before: Map<string, string>): (() => void) | undefined {
  const edits = new Map<string, PathEdit[]>();
  for (const edit of candidates.flatMap((one) => one.edits)) {
    const others = edits.get(edit.path) ?? [];
    if (!others.some((other) => isSame(edit, other))) others.push(edit);
    edits.set(edit.path, others);
  }
  const undos: (() => void)[] = [];
  let good = true;
  for (const [file, own] of edits) {
    const text = project.engine.text(file);
    if (text === undefined) {
      good = false;
      break;
    }
    const errors = project.engine.facts(file)?.errors.length ?? 0;
    project.replace(file, edited(text, own));
    undos.push(() => project.replace(file, text));
    good &&= (project.engine.facts(file)?.errors.length ?? 0) <= errors;
    if (!before.has(file)) before.set(file, text);
  }
  const undo = (): void => undos.forEach((back) => back());
  if (good) return undo;
  undo();
  return undefined;
}

function edited(text: string, edits: readonly PathEdit[]): string {
  let result = text;
  for (const { range, text: inserted } of [...edits].sort((a, b) => b.range.start - a.range.start || b.range.end - a.range.end)) {
    result = result.slice(0, range.start) + inserted + result.slice(range.end);
  }
  return result;
}

/**
 * Writes a file whole or not at all, in the encoding and with the permissions it has; a link stays a link. Returns the
 * reason when it cannot.
 */
function write(file: string, text: string): Message | undefined {
  let temporary: string | undefined;
  try {
    const target = realpathSync(file);
    const old = readFileSync(target);
    const how = decode(old, isPython(file, old));
    const bytes = 'text' in how ? encode(text, old, how) : undefined;
    if (!bytes) return messages.unencodable({ encoding: 'encoding' in how && how.encoding ? how.encoding : 'UTF-8' });
    const { mode } = statSync(target);
    temporary = path.join(path.dirname(target), `.${path.basename(target)}.${process.pid}.unblock`);
    writeFileSync(temporary, bytes, { flag: 'wx' });
    chmodSync(temporary, mode);
    renameSync(temporary, target);
    return undefined;
  } catch (error) {
    if (temporary) rmSync(temporary, { force: true });
    return systemReason(error);
  }
}
