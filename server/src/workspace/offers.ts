/** What may be written next in a launch: flags, settings, worker classes and pools. */

import type { Command, Facts, Range, Word } from '../facts.ts';
import { gunicornSettings } from '../knowledge/gunicorn.ts';
import { knownValues, meaningOf, type Meaning } from '../knowledge/meanings.ts';
import { serverTable, type ServerSetting } from '../knowledge/servers.ts';
import { gunicornFile, mayConfigure } from './gunicorn-files.ts';
import { programOf } from './programs.ts';
import { pythonCommands } from './python-launches.ts';
import { contentOf, slotsOf } from './slots.ts';
import type { Workspace } from './workspace.ts';

export interface Offer {
  readonly kind: 'flag' | 'setting' | 'value';
  readonly text: string;
  /** Canonical name of the setting; of a value, the one that takes it. */
  readonly setting: string;
  readonly deprecated?: boolean;
}

export interface Offers {
  /** What an offer replaces, within one line. */
  readonly range: Range;
  readonly program: string;
  readonly offers: readonly Offer[];
}

/**
 * What may be written at an offset (UTF-16) of a file; undefined outside launches and configuration. `written`: its facts as
 * far as the text can be read that is being typed.
 */
export function offersAt(file: Facts, offset: number, workspace: Workspace, written: Facts): Offers | undefined {
  const found = (mayConfigure(written) ? inConfiguration(written, offset, workspace) : undefined) ?? inCommands(file, offset, workspace);
  return found && found.offers.length > 0 && !/[\r\n]/.test(written.text.slice(found.range.start, found.range.end)) ? found : undefined;
}

// ── Commands ──

function inCommands(file: Facts, offset: number, workspace: Workspace): Offers | undefined {
  const commands = file.language === 'python' ? pythonCommands(file, workspace) : file.commands;
  for (const command of commands) {
    const offers = command.start <= offset && nearEnd(file, command, offset) ? inCommand(file, command, offset) : undefined;
    if (offers) return offers;
  }
  return undefined;
}

/** Within a command, or behind its last word with nothing but blanks between: `gunicorn -k `. */
function nearEnd({ text }: Facts, { end, form }: Command, offset: number): boolean {
  return offset <= end || (form !== 'json' && form !== 'yaml-list' && offset - end < 200 && /^(?:[ \t]|\\\r?\n)+$/.test(text.slice(end, offset)));
}

function inCommand(file: Facts, command: Command, offset: number): Offers | undefined {
  const started = programOf(command.words);
  const table = started && serverTable(started.program);
  if (!started || !table) return undefined;
  const { program, rest } = started;
  const here = rest.find((word) => !word.indirect && word.start < offset && offset <= word.end);
  if (!here && (offset <= started.word.end || !/\s/.test(file.text[offset - 1] ?? ''))) return undefined;
  const before = rest.filter((word) => word !== here && word.end <= offset);
  const { slots, awaited } = slotsOf(here ? [...before, here] : before, table);
  if (!here) return awaited && values(program, awaited, { start: offset, end: offset });
  const content = contentOf(file, here);
  const slot = slots.at(-1);
  if (!content || !slot || offset < content.start || offset > content.end) return undefined;
  if (slot.role === 'value' && slot.row) return values(program, slot.row, content);
  if (slot.role !== 'flag') return undefined;
  const attached = attachedAt(here, slot.written ?? '');
  if (attached !== undefined && offset >= content.start + attached) return slot.row && values(program, slot.row, { start: content.start + attached, end: content.end });
  const given = new Set(slotsOf(rest.filter((word) => word !== here), table).slots.flatMap(({ role, row }) => (role === 'flag' && row && row.type !== 'list' ? [row.name] : [])));
  const short = !here.value!.startsWith('--');
  const offers = sorted(program, table.settings.values()).flatMap((row): Offer[] => (given.has(row.name) || row.until !== undefined ? [] : row.flags
    .filter((flag) => flag.startsWith('--') || short)
    .map((text) => ({ kind: 'flag', text, setting: row.name }))));
  return { range: { start: content.start, end: attached === undefined ? content.end : content.start + slot.written!.length }, program, offers };
}

/** As the tables have them, those first of which there is something to say. */
function sorted(program: string, rows: Iterable<ServerSetting>): readonly ServerSetting[] {
  const last = (row: ServerSetting) => Number(meaningOf(program, row.name) === undefined);
  return [...rows].sort((one, other) => last(one) - last(other));
}

/** Where in a word a value begins that is attached to its flag: `--worker-class=gevent`, `-kgevent`. */
function attachedAt({ value = '' }: Word, written: string): number | undefined {
  if (value.startsWith('--')) return value.includes('=') ? value.indexOf('=') + 1 : undefined;
  return written.length === 2 && value.length > 2 ? 2 : undefined;
}

function values(program: string, row: ServerSetting, range: Range, quote = ''): Offers {
  const known = knownValues(program, row.name);
  const offers = known.length > 0 ? known.map(({ value, deprecated }) => ({ text: value, deprecated })) : (row.choices ?? []).map((text) => ({ text, deprecated: false }));
  return { range, program, offers: offers.map(({ text, deprecated }) => ({ kind: 'value', text: `${quote}${text}${quote}`, setting: row.name, ...(deprecated ? { deprecated } : {}) })) };
}

/** What a value means that is offered for a setting. */
export function meaningOfValue(program: string, setting: string, written: string): Meaning | undefined {
  return knownValues(program, setting).find(({ value }) => value === written)?.meaning;
}

// ── Gunicorn's configuration file ──

function inConfiguration(file: Facts, offset: number, workspace: Workspace): Offers | undefined {
  const configuration = gunicornFile(file, workspace);
  if (!configuration) return undefined;
  const { text } = file;
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  // Within brackets or a text of several lines nothing is a setting.
  if (file.statements.some((statement) => statement.start < start && offset <= statement.end && statement.kind !== 'expression')) return undefined;
  const before = text.slice(start, offset);
  const behind = /^[^\r\n]*/.exec(text.slice(offset))![0];
  const value = /^([a-z_]+)[ \t]*(?::[^=]*)?=[ \t]*(?:(["'])([\w.]*))?$/.exec(before);
  if (value) {
    const row = gunicornSettings.get(value[1]!);
    if (!row) return undefined;
    if (value[2] === undefined) return values('gunicorn', row, { start: offset, end: offset }, '"');
    return values('gunicorn', row, { start: offset - value[3]!.length, end: offset + /^[\w.]*/.exec(behind)![0].length });
  }
  const name = /^(def[ \t]+)?(\w*)$/.exec(before);
  if (!name) return undefined;
  const range = { start: offset - name[2]!.length, end: offset + /^\w*/.exec(behind)![0].length };
  const taken = new Set(configuration.assigned.filter(({ nameRange }) => nameRange.start !== range.start).map((one) => one.name));
  const offers = sorted('gunicorn', gunicornSettings.values()).filter((row) => (row.type === 'hook') === (name[1] !== undefined) && !taken.has(row.name) && row.until === undefined);
  return { range, program: 'gunicorn', offers: offers.map((row) => ({ kind: 'setting', text: row.name, setting: row.name })) };
}
