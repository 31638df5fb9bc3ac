/** Workflow commands of GitHub Actions: an annotation on the line of each finding. */

import type { Level } from '../../rule.ts';
import { shown, type Format } from '../report.ts';

const commands: Readonly<Record<Level, string>> = { error: 'error', warning: 'warning', info: 'notice', hint: 'notice' };

export const github: Format = ({ findings, skipped }, write) => {
  for (const { file, start, end, rule, level, message, related } of findings) {
    const chain = related.map((step) => `\n${shown(step.file)}:${step.start.line}:${step.start.column} ${step.message}`).join('');
    // GitHub knows columns only within one line.
    const columns = end.line === start.line ? { col: start.column, endColumn: end.column } : { col: start.column };
    write(command(commands[level], { file: shown(file), line: start.line, endLine: end.line, ...columns, title: `unblock ${rule}` }, message + chain));
  }
  for (const { file, reason } of skipped) write(command('notice', { file: shown(file), title: 'unblock: not checked' }, reason));
};

function command(name: string, properties: object, message: string): string {
  const list = Object.entries(properties).map(([key, value]) => `${key}=${property(String(value))}`).join(',');
  return `::${name} ${list}::${data(message)}\n`;
}

/** As `@actions/core` escapes them. */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
