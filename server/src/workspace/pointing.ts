/** What somebody points at in a launch: a setting, the program, or a number of the connection budget. */

import type { Facts, Range } from '../facts.ts';
import { gunicornSettings } from '../knowledge/gunicorn.ts';
import { knownValues, meaningOf, type Meaning } from '../knowledge/meanings.ts';
import { serverTable, type ServerSetting } from '../knowledge/servers.ts';
import { budgetOf, type Budget, type Figure } from './budget.ts';
import { gunicornFile } from './gunicorn-files.ts';
import type { Launch, Setting } from './launches.ts';
import { slotsOf } from './slots.ts';
import type { Workspace } from './workspace.ts';

/** A setting in one launch. */
export interface Use {
  readonly launch: Launch;
  /** Worker class or pool, by the names of `honoured_by`; undefined when it is not known, or the program has none. */
  readonly kind?: string;
  /** Undefined when the kind is not known and matters. */
  readonly honoured?: boolean;
  readonly meaning?: Meaning;
  /** In force. */
  readonly setting?: Setting;
  /** What the value in force means, where it is one of a few (worker classes, pools). */
  readonly chosen?: Meaning;
  /** Another place than the one that is pointed at gives the value in force. */
  readonly elsewhere: boolean;
  /** The environment may give another value: `${WORKERS:-4}`. */
  readonly open: boolean;
}

export interface PointedSetting {
  readonly range: Range;
  /** The flag or name as written. */
  readonly written: string;
  readonly program: string;
  readonly row: ServerSetting;
  /** What it does in general. */
  readonly meaning?: Meaning;
  /** The launches that it concerns, one for each kind and value in force; none for a configuration file that nothing names. */
  readonly uses: readonly Use[];
}

export interface Pointed {
  readonly range: Range;
  readonly setting?: PointedSetting;
  readonly launch?: Launch;
  /** Names of the launch's settings that its worker class or pool ignores. */
  readonly ignored: ReadonlySet<string>;
  readonly budgets: readonly Budget[];
}

/** What stands at an offset (UTF-16) of a file; undefined where it is nothing of a launch. */
export function pointedAt(file: Facts, offset: number, workspace: Workspace): Pointed | undefined {
  const setting = settingAt(file, offset, workspace);
  const launch = workspace.launches(file).find(({ range }) => holds(range, offset));
  if (!setting && !launch && !/\d/.test(file.text.slice(Math.max(0, offset - 1), offset + 1))) return undefined;
  const own = ({ path, range }: Figure) => path === file.path && range !== undefined && (holds(range, offset) || (setting !== undefined && holds(range, setting.nameAt)));
  const same = (other: Launch) => launch !== undefined && other.path === launch.path && other.range.start === launch.range.start;
  const budgets = budgetOf(workspace).filter(({ limit, launches }) => own(limit) || launches.some((share) =>
    same(share.launch) || own(share.processes) || share.engines.some(({ size, overflow }) => own(size) || own(overflow))));
  const range = setting?.pointed.range ?? launch?.range ?? numberAt(file, offset);
  if (!setting && !launch && budgets.length === 0) return undefined;
  return { range, budgets, ignored: new Set(launch ? ignoredBy(launch) : []), ...(setting ? { setting: setting.pointed } : {}), ...(launch ? { launch } : {}) };
}

/** A setting of `program` as it is, or would be, in the launch around `offset`: for a flag that is about to be written. */
export function settingNear(file: Facts, offset: number, program: string, name: string, workspace: Workspace): PointedSetting | undefined {
  const row = serverTable(program)?.settings.get(name);
  if (!row) return undefined;
  const around = workspace.launches(file).filter((launch) => launch.program === program && launch.command && launch.command.start <= offset && offset <= launch.command.end + 1);
  const launches = around.length > 0 ? around.slice(0, 1) : program === 'gunicorn' && gunicornFile(file, workspace) ? configuredBy(file, workspace) : [];
  return pointedSetting({ start: offset, end: offset }, row.flags.find((flag) => flag.startsWith('--')) ?? name, program, row, launches, undefined);
}

interface At {
  readonly pointed: PointedSetting;
  /** Where its name or flag begins. */
  readonly nameAt: number;
}

function settingAt(file: Facts, offset: number, workspace: Workspace): At | undefined {
  for (const launch of workspace.launches(file)) {
    const table = serverTable(launch.program);
    if (!table) continue;
    const slots = slotsOf(launch.arguments, table).slots;
    const at = slots.findIndex(({ word, row }) => row !== undefined && !word.indirect && holds(word, offset));
    const slot = slots[at];
    if (slot?.row) {
      const flag = slot.role === 'value' ? slots[at - 1]!.word : slot.word;
      const range = { start: slot.word.start, end: slot.word.end };
      return { pointed: pointedSetting(range, table.spelling(slot.written!), launch.program, slot.row, [launch], { path: file.path, start: flag.start }), nameAt: range.start };
    }
    const argument = launch.command ? undefined : argumentAt(file, launch, offset);
    const row = argument && (table.settings.get(argument.name) ?? table.settings.get(argument.name.replace(/s$/, '')));
    if (argument && row) {
      const here = { path: file.path, start: argument.valueStart };
      return { pointed: pointedSetting(argument.range, argument.name, launch.program, row, [launch], here), nameAt: argument.valueStart };
    }
  }
  return configured(file, offset, workspace);
}

/** The keyword argument that gives a launch one of its settings: of the call itself, or of the `Config` that is handed to it. */
function argumentAt(file: Facts, { settings, overridden }: Launch, offset: number): { readonly name: string; readonly range: Range; readonly valueStart: number } | undefined {
  for (const call of file.calls) {
    if (!holds(call.argumentsRange, offset)) continue;
    for (const { name, start, end, valueRange } of call.arguments) {
      if (name === undefined || !holds({ start, end }, offset)) continue;
      const gives = [...settings.values(), ...overridden].some((setting) => setting.path === file.path && setting.range.start === valueRange.start);
      if (gives) return { name, range: offset <= start + name.length ? { start, end: start + name.length } : { start: valueRange.start, end: valueRange.end }, valueStart: valueRange.start };
    }
  }
  return undefined;
}

/** A name, or its value, in Gunicorn's configuration file. */
function configured(file: Facts, offset: number, workspace: Workspace): At | undefined {
  for (const { name, nameRange, value } of gunicornFile(file, workspace)?.assigned ?? []) {
    const row = gunicornSettings.get(name);
    const range = holds(nameRange, offset) ? nameRange : value && holds(value, offset) ? value : undefined;
    if (row && range) return { pointed: pointedSetting(range, name, 'gunicorn', row, configuredBy(file, workspace), { path: file.path, start: nameRange.start }), nameAt: nameRange.start };
  }
  return undefined;
}

function configuredBy(file: Facts, workspace: Workspace): readonly Launch[] {
  return workspace.allLaunches().flatMap(({ launch }) => (launch.program === 'gunicorn' && launch.config === file.path ? [launch] : []));
}

/** Where the flag or name stands that is pointed at. */
interface Here {
  readonly path: string;
  readonly start: number;
}

function pointedSetting(range: Range, written: string, program: string, row: ServerSetting, launches: readonly Launch[], here: Here | undefined): PointedSetting {
  const meaning = meaningOf(program, row.name);
  const uses = new Map<string, Use>();
  for (const launch of launches) {
    const use = useOf(launch, row, here);
    const key = [use.kind, use.elsewhere ? `${use.setting?.path} ${use.setting?.range.start}` : '', use.honoured].join();
    if (!uses.has(key)) uses.set(key, use);
  }
  return { range: { start: range.start, end: range.end }, written, program, row, uses: [...uses.values()], ...(meaning ? { meaning } : {}) };
}

function useOf(launch: Launch, row: ServerSetting, here: Here | undefined): Use {
  const kind = kindOf(launch);
  const meaning = meaningOf(launch.program, row.name, kind);
  const honoured = row.honoured_by === undefined ? true : kind === undefined ? undefined : row.honoured_by.includes(kind);
  const setting = launch.settings.get(row.name);
  // A list is made of all the places that give it.
  const elsewhere = setting !== undefined && here !== undefined && row.type !== 'list' && !(setting.path === here.path && (setting.flag ?? setting.range).start === here.start);
  const chosen = knownValues(launch.program, row.name).find(({ value }) => value === setting?.value)?.meaning;
  const written = setting && launch.path === setting.path ? launch.command : undefined;
  const word = written && setting ? written.words.find(({ start, end }) => start <= setting.range.start && setting.range.end <= end) : undefined;
  return {
    launch,
    ...(kind === undefined ? {} : { kind }),
    ...(honoured === undefined ? {} : { honoured }),
    ...(meaning ? { meaning } : {}),
    ...(setting ? { setting } : {}),
    ...(chosen ? { chosen } : {}),
    elsewhere,
    open: word !== undefined && /\$\{?\w+:?[-=]/.test(word.text),
  };
}

function ignoredBy(launch: Launch): readonly string[] {
  const kind = kindOf(launch);
  const rows = serverTable(launch.program)?.settings;
  if (kind === undefined) return [];
  return [...launch.settings.keys()].filter((name) => rows?.get(name)?.honoured_by?.includes(kind) === false && meaningOf(launch.program, name, kind)?.partly !== true);
}

const pools: ReadonlySet<string> = new Set(['prefork', 'gevent', 'eventlet', 'threads', 'solo']);

/** The worker class or pool of a launch, by the names of `honoured_by`. */
function kindOf(launch: Launch): string | undefined {
  if (launch.program === 'gunicorn') return launch.worker?.name;
  if (launch.program !== 'celery worker') return undefined;
  const pool = launch.settings.get('pool');
  const name = pool ? pool.value : launch.complete ? 'prefork' : undefined;
  return name === 'processes' ? 'prefork' : name !== undefined && pools.has(name) ? name : undefined;
}

function numberAt({ text }: Facts, offset: number): Range {
  let [start, end] = [offset, offset];
  while (/\d/.test(text[start - 1] ?? '')) start--;
  while (/\d/.test(text[end] ?? '')) end++;
  return { start, end };
}

function holds({ start, end }: Range, offset: number): boolean {
  return start <= offset && offset <= end;
}
