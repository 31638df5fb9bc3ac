/** SARIF 2.1.0, for code scanning: chains are code flows, repairs are fixes. */

import { createHash } from 'node:crypto';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ArtifactLocation, Fix, Location, Log, PhysicalLocation, Region, ReportingDescriptor, Result } from 'sarif';
import { ruleUrl } from '../../documentation.ts';
import { translate, type Locale } from '../../messages/index.ts';
import type { Level } from '../../rule.ts';
import { rules } from '../../rules/index.ts';
import { relativeTo, type Format, type Place, type Report, type Reported, type ReportedEdit, type ReportedFix } from '../report.ts';

const levels: Readonly<Record<Level | 'off', Result.level>> = { error: 'error', warning: 'warning', info: 'note', hint: 'note', off: 'none' };

/** The root of the paths in the log: the working directory. */
const rootName = 'SRCROOT';

export function sarif(version: string): Format {
  return (report, write) => write(`${JSON.stringify(log(report, version), null, 2)}\n`);
}

function log(report: Report, version: string): Log {
  const used = [...new Set(report.findings.map((finding) => finding.rule))].sort();
  const occurrences = new Map<string, number>();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{
      tool: { driver: { name: 'Unblock', semanticVersion: version, version, informationUri: 'https://github.com/unblock-lint/unblock', rules: used.map((id) => descriptor(id, report.locale)) } },
      columnKind: 'utf16CodeUnits',
      originalUriBaseIds: { [rootName]: { uri: pathToFileURL(`${process.cwd()}${path.sep}`).href } },
      invocations: [{
        executionSuccessful: true,
        toolExecutionNotifications: report.skipped.map(({ file, reason }) => ({
          level: 'warning',
          message: { text: `Not checked: ${reason}` },
          locations: [{ physicalLocation: { artifactLocation: artifact(file) } }],
        })),
      }],
      results: report.findings.map((finding) => result(finding, used.indexOf(finding.rule), occurrences)),
    }],
  };
}

function descriptor(id: string, locale: Locale): ReportingDescriptor {
  const rule = rules.find((one) => one.id === id);
  const summary = rule ? translate(`${id}.summary`, rule.summary, locale) : id;
  return {
    id,
    shortDescription: { text: summary.replaceAll('`', ''), markdown: summary },
    helpUri: ruleUrl(id),
    help: { text: ruleUrl(id), markdown: `[${id}](${ruleUrl(id)})` },
    defaultConfiguration: { level: levels[rule?.level ?? 'warning'], enabled: rule?.level !== 'off' },
  };
}

function result(finding: Reported, ruleIndex: number, occurrences: Map<string, number>): Result {
  const chain = finding.related.map((step): Location => ({ physicalLocation: physical(step), message: { text: step.message } }));
  return {
    ruleId: finding.rule,
    ruleIndex,
    level: levels[finding.level],
    message: { text: finding.message },
    locations: [{ physicalLocation: physical(finding) }],
    partialFingerprints: { 'unblock/v1': fingerprint(finding, occurrences) },
    ...(chain.length === 0 ? {} : {
      relatedLocations: chain.map((location, id) => ({ id, ...location })),
      codeFlows: [{ threadFlows: [{ locations: [{ physicalLocation: physical(finding), message: { text: finding.message } }, ...chain].map((location) => ({ location })) }] }],
    }),
    ...(finding.fixes.length === 0 ? {} : { fixes: finding.fixes.map(sarifFix) }),
    properties: { level: finding.level },
  };
}

/** The same finding in the next revision, whatever moved above it: its rule, file and line of code, and the how-manieth of these it is. */
function fingerprint({ rule, file, lines, start, end }: Reported, occurrences: Map<string, number>): string {
  const code = lines.line(start.line);
  const key = [rule, uriOf(file), code.trim(), code.slice(start.column - 1, end.line === start.line ? end.column - 1 : undefined)].join('\0');
  const count = occurrences.get(key) ?? 0;
  occurrences.set(key, count + 1);
  return `${createHash('sha256').update(key).digest('hex').slice(0, 32)}:${count}`;
}

function sarifFix({ title, edits }: ReportedFix): Fix {
  const files = [...new Set(edits.map((edit) => edit.file))];
  return {
    description: { text: title },
    artifactChanges: files.map((file) => ({
      artifactLocation: artifact(file),
      replacements: edits.filter((edit) => edit.file === file).map((edit) => ({ deletedRegion: deleted(edit), insertedContent: { text: edit.text } })),
    })),
  };
}

function deleted({ lines, range }: ReportedEdit): Region {
  return region({ start: lines.position(range.start), end: lines.position(range.end) });
}

function physical(place: Place): PhysicalLocation {
  return { artifactLocation: artifact(place.file), region: { ...region(place), snippet: { text: place.lines.line(place.start.line).slice(0, 500) } } };
}

function region({ start, end }: Pick<Place, 'start' | 'end'>): Region {
  return { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column };
}

function artifact(file: string): ArtifactLocation {
  const uri = uriOf(file);
  return uri.startsWith('file:') ? { uri } : { uri, uriBaseId: rootName };
}

function uriOf(file: string): string {
  const relative = relativeTo(process.cwd(), file);
  if (relative.startsWith('../') || path.isAbsolute(relative)) return pathToFileURL(file).href;
  return relative.split('/').map(encodeURIComponent).join('/');
}
