/** `launches`: how the servers of a project are started, and what holds for each. */

import stringWidth from 'string-width';
import { processesOf, type Launch } from '../engine.ts';
import { render, type Locale } from '../messages/index.ts';
import type { Message } from '../rule.ts';
import { askedFor, baseOf, selections } from './check.ts';
import { printable } from './frame.ts';
import { Lines } from './positions.ts';
import { Project, type ProjectOptions } from './project.ts';
import { compare, relativeTo, shown } from './report.ts';
import { messages } from './words.ts';

export interface LaunchesOptions extends ProjectOptions {
  readonly locale: Locale;
  readonly format: 'text' | 'json';
}

/** A launch with the place it stands at. */
interface Located {
  readonly launch: Launch;
  /** Absolute. */
  readonly file: string;
  readonly line: number;
  /** Absolute path and line (from 1) of an offset in a file of the launch's project. */
  place(path: string, offset: number): { readonly file: string; readonly line: number };
}

/** What the files and folders at `paths` start, as text for people or JSON. Rejects with a `UsageError` when one is missing. */
export async function launches(paths: readonly string[], options: LaunchesOptions): Promise<string> {
  const asked = askedFor(paths);
  const found: Located[] = [];
  let files = 0;
  for (const selection of selections(asked)) {
    const project = await Project.open(selection, options);
    files += project.paths.length;
    const lines = new Map<string, Lines>();
    const place = (path: string, offset: number) => {
      let known = lines.get(path);
      if (!known) lines.set(path, (known = new Lines(project.text(path) ?? '')));
      return { file: project.absolute(path), line: known.position(offset).line };
    };
    for (const path of project.paths) for (const launch of project.engine.launches(path)) found.push({ launch, ...place(path, launch.range.start), place });
  }
  found.sort((a, b) => compare(a.file, b.file) || a.line - b.line || a.launch.range.start - b.launch.range.start);
  return options.format === 'json' ? json(found, baseOf(asked)) : text(found, files, options.locale);
}

// ── JSON ──

function json(found: readonly Located[], base: string): string {
  const rows = found.map(({ launch, file, line, place }) => ({
    path: relativeTo(base, file),
    line,
    program: launch.program,
    application: launch.application ?? null,
    workerClass: classOf(launch) ?? null,
    workers: processesOf(launch) ?? null,
    production: !launch.development,
    settings: Object.fromEntries([...launch.settings].map(([name, setting]) => {
      const at = place(setting.path, setting.range.start);
      return [name, { value: setting.value ?? null, path: relativeTo(base, at.file), line: at.line }];
    })),
    unknown: !launch.complete,
  }));
  return `${JSON.stringify({ version: 1, launches: rows }, null, 2)}\n`;
}

/** The worker class, or Celery's pool. */
function classOf(launch: Launch): string | undefined {
  if (launch.program === 'gunicorn') return launch.workerClass;
  if (launch.program === 'celery worker') {
    const pool = launch.settings.get('pool');
    return pool ? pool.value : launch.complete ? 'prefork' : undefined;
  }
  if (launch.program === 'hypercorn') return launch.settings.get('worker_class')?.value ?? (launch.complete && !launch.settings.has('worker_class') ? 'asyncio' : undefined);
  return undefined;
}

// ── Text ──

function text(found: readonly Located[], files: number, locale: Locale): string {
  const say = (message: Message) => render(message, locale);
  if (found.length === 0) return `${say(messages.noLaunches({ files: say(files === 1 ? messages.oneFile() : messages.files({ count: String(files) })) }))}\n`;
  return `${found.map((one) => block(one, say)).join('\n')}`;
}

function block({ launch, file, line, place }: Located, say: (message: Message) => string): string {
  const what = [launch.program, ...(launch.application === undefined ? [] : [launch.application])].join(' ');
  const how = [
    launch.development ? say(messages.development({ evidence: launch.developmentEvidence ?? '' })) : say(messages.production()),
    ...(launch.place === 'unknown' ? [] : [say(messages[launch.place]())]),
  ];
  const rows: (readonly [string, string, string])[] = [];
  const kind = classOf(launch);
  const stated = launch.settings.get(launch.program === 'celery worker' ? 'pool' : 'worker_class');
  if (kind !== undefined && kind !== stated?.value) rows.push([say(messages.workerClass()), kind, say(messages.inForce())]);
  const processes = processesOf(launch);
  if (processes !== undefined && !launch.settings.has('workers') && launch.program !== 'python' && !launch.program.startsWith('celery')) rows.push([say(messages.processes()), String(processes), say(messages.byDefault())]);
  for (const setting of launch.settings.values()) {
    const at = place(setting.path, setting.range.start);
    rows.push([setting.name, setting.value ?? say(setting.computed ? messages.computed() : messages.unknown()), `${shown(at.file)}:${at.line}`]);
  }
  const [first, second] = [0, 1].map((column) => Math.max(0, ...rows.map((row) => Math.min(60, stringWidth(printable(row[column]!))))));
  const pad = (cell: string, width: number) => cell + ' '.repeat(Math.max(0, width - stringWidth(cell)));
  const notes = [
    ...launch.unknownFlags.map(({ name }) => say(messages.unknownFlag({ flag: name, program: launch.program }))),
    ...(launch.complete ? [] : [say(messages.passedThrough())]),
  ];
  return [
    `${shown(file)}:${line}  ${printable(what)}  ${how.join(', ')}`,
    ...rows.map((row) => `  ${pad(printable(row[0]), first!)}  ${pad(printable(row[1]), second!)}  ${row[2]}`),
    ...notes.map((note) => `  ${printable(note)}`),
    '',
  ].join('\n');
}
