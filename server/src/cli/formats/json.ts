/** For programs. Its shape is a contract: fields may be added, never changed. */

import { relativeTo, type Format, type Place } from '../report.ts';

export const json: Format = ({ findings, files, skipped, repairs, base }, write) => {
  const place = ({ file, start }: Pick<Place, 'file' | 'start'>) => ({ path: relativeTo(base, file), line: start.line, column: start.column });
  const result = {
    version: 1,
    diagnostics: findings.map((finding) => ({
      ...place(finding),
      endLine: finding.end.line,
      endColumn: finding.end.column,
      rule: finding.rule,
      level: finding.level,
      message: finding.message,
      related: finding.related.map((step) => ({ ...place(step), message: step.message })),
      fixes: finding.fixes.map(({ title, safe, edits }) => ({
        title,
        safe,
        edits: edits.map(({ file, range, text }) => ({ path: relativeTo(base, file), start: range.start, end: range.end, text })),
      })),
    })),
    files,
    skipped: skipped.map(({ file, reason }) => ({ path: relativeTo(base, file), reason })),
    ...(repairs ? { fixed: repairs.map(({ file, rule, title }) => ({ path: relativeTo(base, file), rule, title })) } : {}),
  };
  write(`${JSON.stringify(result, null, 2)}\n`);
};
