/** Comments that silence a finding, as edits. */

import type { Diagnostic as Finding } from '../engine.ts';
import type { Facts, Ignore } from '../facts.ts';
import { logicalLineEnd } from '../fixes/source.ts';
import type { Edit } from '../rule.ts';

/** Silences `finding` where it stands: in a comment that is there already, behind a Python statement, or above a command. */
export function ignoreHere(facts: Facts, finding: Finding): Edit {
  const at = finding.range.start;
  const known = facts.ignores.find((ignore) => ignore.scope === 'line' && listsRules(ignore) && ignore.target.start <= at && at <= ignore.target.end);
  if (known) return added(known, finding.rule);
  const comment = `# unblock: ignore[${finding.rule}]`;
  if (facts.language === 'python') return insertion(endOfStatement(facts.text, at), `  ${comment}`);
  // A comment cannot follow a `\`, and would be a word of the command in some of these files.
  const line = startOfCommand(facts.text, at);
  const indentation = /^[ \t]*/.exec(facts.text.slice(line))![0];
  return insertion(line, `${indentation}${comment}${lineBreak(facts.text)}`);
}

/** Silences the rule of `finding` in the whole file. */
export function ignoreInFile(facts: Facts, finding: Finding): Edit {
  const known = facts.ignores.find((ignore) => ignore.scope === 'file' && listsRules(ignore));
  if (known) return added(known, finding.rule);
  return insertion(behindFirstLines(facts.text), `# unblock: ignore-file[${finding.rule}]${lineBreak(facts.text)}`);
}

function listsRules(ignore: Ignore): boolean {
  return ignore.source === 'unblock' && ignore.ruleRanges.length > 0;
}

function added(ignore: Ignore, rule: string): Edit {
  return insertion(ignore.ruleRanges.at(-1)!.end, `, ${rule}`);
}

function insertion(offset: number, text: string): Edit {
  return { range: { start: offset, end: offset }, text };
}

function endOfStatement(text: string, offset: number): number {
  let end = logicalLineEnd(text, offset);
  while (text[end] === ';') end = logicalLineEnd(text, end + 1);
  return text[end - 1] === '\r' ? end - 1 : end;
}

function startOfCommand(text: string, offset: number): number {
  let start = text.lastIndexOf('\n', offset - 1) + 1;
  while (start > 0 && /\\\r?\n$/.test(text.slice(Math.max(0, start - 3), start))) start = text.lastIndexOf('\n', start - 2) + 1;
  return start;
}

/** A `#!` line and Python's declaration of the encoding must stay where they are; so must Docker's directives. */
function behindFirstLines(text: string): number {
  return /^\uFEFF?(?:#!.*\r?\n)?(?:#.*coding[:=].*\r?\n|(?:# *(?:syntax|escape|check) *=.*\r?\n)+)?/.exec(text)![0].length;
}

function lineBreak(text: string): string {
  return /\r\n|\n/.exec(text)?.[0] ?? '\n';
}
