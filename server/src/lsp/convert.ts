/** From the engine's offsets to the protocol's lines, and from findings to diagnostics. */

import { DiagnosticSeverity, DiagnosticTag, type Diagnostic, type DiagnosticRelatedInformation, type Range as Lines } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Diagnostic as Finding } from '../engine.ts';
import { linesUpTo, type Facts, type Range } from '../facts.ts';
import { ruleUrl } from '../documentation.ts';
import { render, type Locale } from '../messages/index.ts';
import type { Level, Note } from '../rule.ts';
import { messages } from './messages.ts';

/** More in one file help nobody, and the editor cuts the list at a thousand without counting them by rule. */
export const shownFindings = 200;

/** What a client's diagnostics may hold, and in which language. */
export interface Shape {
  readonly locale: Locale;
  readonly relatedInformation: boolean;
  readonly codeDescription: boolean;
  readonly tags: boolean;
  readonly data: boolean;
}

/** Where a finding's files are. */
export interface Places {
  facts(path: string): Facts | undefined;
  address(path: string): string;
}

const severities: Readonly<Record<Level, DiagnosticSeverity>> = { error: DiagnosticSeverity.Error, warning: DiagnosticSeverity.Warning, info: DiagnosticSeverity.Information, hint: DiagnosticSeverity.Hint };
const tags = { unnecessary: DiagnosticTag.Unnecessary, deprecated: DiagnosticTag.Deprecated } as const;
const documents = new WeakMap<Facts, TextDocument>();

/** The text of `facts` with its lines, found once for each state of a file. */
export function documentOf(facts: Facts): TextDocument {
  let document = documents.get(facts);
  if (!document) documents.set(facts, document = TextDocument.create(facts.path, facts.language, 0, facts.text));
  return document;
}

/** Lines and UTF-16 columns, from 0, of a span of UTF-16 offsets. */
export function linesOf(document: TextDocument, range: Range): Lines {
  return { start: document.positionAt(range.start), end: document.positionAt(range.end) };
}

/** Lines and UTF-16 columns, from 0, of a span in a file; that of a closed one need not be read for it. */
function placesOf(facts: Facts, range: Range): Lines {
  if (!facts.lines) return linesOf(documentOf(facts), range);
  const place = (offset: number): Lines['start'] => {
    const line = linesUpTo(facts.lines!, offset);
    return { line, character: offset - (line === 0 ? 0 : facts.lines![line - 1]!) };
  };
  return { start: place(range.start), end: place(range.end) };
}

/** UTF-16 offsets of a span of lines and columns. */
export function offsetsOf(document: TextDocument, lines: Lines): Range {
  return { start: document.offsetAt(lines.start), end: document.offsetAt(lines.end) };
}

/** The diagnostics of one file, by position, at most `shownFindings` and a last one that tells how many are left out. */
export function diagnosticsOf(facts: Facts, findings: readonly Finding[], places: Places, shape: Shape): Diagnostic[] {
  const shown = findings.slice(0, shownFindings).map((finding) => diagnosticOf(facts, finding, places, shape));
  const next = findings[shownFindings];
  if (next) {
    const count = String(findings.length - shownFindings);
    shown.push({ range: placesOf(facts, next.range), severity: DiagnosticSeverity.Information, source: 'Unblock', message: render(messages.more({ count }), shape.locale) });
  }
  return shown;
}

function diagnosticOf(facts: Facts, finding: Finding, places: Places, shape: Shape): Diagnostic {
  const related = relatedOf(finding, places, shape.locale);
  const message = render(finding.message, shape.locale);
  return {
    range: placesOf(facts, finding.range),
    severity: severities[finding.level],
    code: finding.rule,
    source: 'Unblock',
    message: shape.relatedInformation || related.length === 0 ? message : [message, ...related.map(described)].join('\n'),
    ...(shape.codeDescription ? { codeDescription: { href: ruleUrl(finding.rule) } } : {}),
    ...(shape.relatedInformation && related.length > 0 ? { relatedInformation: related } : {}),
    ...(shape.tags && finding.tags ? { tags: finding.tags.map((tag) => tags[tag]) } : {}),
    ...(shape.data ? { data: { rule: finding.rule, message: finding.message.key } } : {}),
  };
}

/** The steps of a finding's chain that lie in files we have. */
export function relatedOf(finding: Finding, places: Places, locale: Locale): DiagnosticRelatedInformation[] {
  return (finding.notes ?? []).flatMap((note) => {
    const facts = places.facts(note.path);
    if (!facts) return [];
    return [{ location: { uri: places.address(note.path), range: placesOf(facts, note.range) }, message: placed(note, finding.path, locale) }];
  });
}

/** Editors show only the last part of a related file's path, and every repository has ten `views.py`. */
function placed(note: Note, path: string, locale: Locale): string {
  const message = render(note.message, locale);
  if (note.path === path) return message;
  const dotted = note.path.replace(/(\/__init__)?\.pyi?$/, '').replaceAll('/', '.');
  return message.includes(note.path) || message.includes(dotted) ? message : `${message} (${note.path})`;
}

function described(related: DiagnosticRelatedInformation): string {
  return `${related.message} [${related.location.range.start.line + 1}]`;
}

/** A short text that differs when `value` does (two 32-bit multiplicative hashes). Equal over restarts and machines. */
export function fingerprint(value: string): string {
  let first = 0xdeadbeef;
  let second = 0x41c6ce57;
  for (let index = 0; index < value.length; index++) {
    const unit = value.charCodeAt(index);
    first = Math.imul(first ^ unit, 2654435761);
    second = Math.imul(second ^ unit, 1597334677);
  }
  return (first >>> 0).toString(36) + (second >>> 0).toString(36);
}
