/** Settings of the servers and runners that are started by commands, as typed look-ups. */

import celeryTable from './celery.json' with { type: 'json' };
import daphneTable from './daphne.json' with { type: 'json' };
import fastapiTable from './fastapi.json' with { type: 'json' };
import flaskTable from './flask.json' with { type: 'json' };
import granianTable from './granian.json' with { type: 'json' };
import gunicornTable from './gunicorn.json' with { type: 'json' };
import hypercornTable from './hypercorn.json' with { type: 'json' };
import uvicornTable from './uvicorn.json' with { type: 'json' };
import { nearest as nearestSpelling } from '../spelling.ts';

/** A setting of a program: what its flags take and mean. */
export interface ServerSetting {
  /** Canonical long name, `_` for `-` (`worker_connections`, `max_tasks_per_child`). */
  readonly name: string;
  /** As written, the long ones too; without flags only a configuration file has it. */
  readonly flags: readonly string[];
  /** Flags among `flags` that turn it off: `--no-access-log`. */
  readonly off?: readonly string[];
  readonly type: 'string' | 'integer' | 'number' | 'flag' | 'choice' | 'list' | 'hook';
  /** Values that a flag takes; `?` takes one or none. Absent without flags. */
  readonly arity?: number | '?';
  readonly default?: string | number | boolean;
  readonly choices?: readonly string[];
  /** Worker classes or pools on which it has an effect; all of them when absent. */
  readonly honoured_by?: readonly string[];
  /** First version that has it, and first that has it no more. */
  readonly since?: string;
  readonly until?: string;
  /** Environment variables that give its default, the strongest first. */
  readonly environment?: readonly string[];
  /** Names in the configuration of the application that set the same: Celery's `worker_concurrency`. */
  readonly settings?: readonly string[];
  /** Sub-command that has it, where the program has several: `worker`, `beat`; absent for the options before it. */
  readonly of?: readonly string[];
  /** What people write instead in a configuration file, to no effect. */
  readonly misspellings?: readonly string[];
}

/** How a program reads its command line. */
export interface ServerTable {
  /** By canonical name. */
  readonly settings: ReadonlyMap<string, ServerSetting>;
  /** Any unambiguous beginning of a long flag is taken for it (argparse). */
  readonly abbreviates: boolean;
  /** The setting of a flag as written, without its value; abbreviations where the program takes them. */
  flag(written: string): ServerSetting | undefined;
  /** A flag in full, where it was abbreviated; else as written. */
  spelling(written: string): string;
  /** The setting that a wrong flag, or a wrong name in a configuration file, was meant to be. */
  nearest(written: string): ServerSetting | undefined;
}

interface TableFile {
  readonly abbreviates?: boolean;
  readonly settings: readonly ServerSetting[];
}

const tables: Readonly<Record<string, ServerTable>> = {
  gunicorn: tableOf({ ...(gunicornTable as TableFile), abbreviates: true }),
  uvicorn: tableOf(uvicornTable as TableFile),
  'celery worker': tableOf(celeryOf('worker')),
  'celery beat': tableOf(celeryOf('beat')),
  hypercorn: tableOf({ ...(hypercornTable as TableFile), abbreviates: true }),
  granian: tableOf(granianTable as TableFile),
  fastapi: tableOf(fastapiTable as TableFile),
  flask: tableOf(flaskTable as TableFile),
  daphne: tableOf({ ...(daphneTable as TableFile), abbreviates: true }),
};

/** The table of a program as launches name it (`celery worker`); undefined where none is kept (`python`). */
export function serverTable(program: string): ServerTable | undefined {
  return tables[program];
}

const celerySettings: ReadonlyMap<string, ServerSetting> = new Map((celeryTable as TableFile).settings.flatMap((row) => (row.settings ?? []).map((name) => [name.toLowerCase(), row] as const)));

/** The row of a setting in a Celery application's configuration, by its new or old name (`worker_concurrency`, `CELERYD_CONCURRENCY`). */
export function celerySetting(name: string): ServerSetting | undefined {
  return celerySettings.get(name.toLowerCase());
}

function celeryOf(command: string): TableFile {
  return { settings: (celeryTable as TableFile).settings.filter((row) => row.of === undefined || row.of.includes(command)) };
}

function tableOf({ settings: rows, abbreviates = false }: TableFile): ServerTable {
  const settings = new Map(rows.map((row) => [row.name, row]));
  const byFlag = new Map(rows.flatMap((row) => row.flags.map((flag) => [flag, row] as const)));
  const long = [...byFlag.keys()].filter((flag) => flag.startsWith('--'));
  // What a flag may be taken for: its own spelling, the name of the setting, and what people are known to write.
  const spoken = new Map<string, ServerSetting>();
  const spelling = (written: string): string => {
    if (byFlag.has(written) || !abbreviates || !written.startsWith('--')) return written;
    const matches = long.filter((flag) => flag.startsWith(written));
    return matches.length === 1 ? matches[0]! : written;
  };
  for (const row of rows) for (const said of [...(row.misspellings ?? []), row.name, ...row.flags]) spoken.set(plain(said), row);
  return {
    settings,
    abbreviates,
    flag: (written) => byFlag.get(written) ?? byFlag.get(spelling(written)),
    spelling,
    nearest(written) {
      const word = plain(written);
      const exact = spoken.get(word) ?? [...spoken].find(([said]) => said.replaceAll('-', '') === word.replaceAll('-', ''))?.[1];
      if (exact) return exact;
      const close = nearestSpelling(word, spoken.keys());
      return close === undefined ? undefined : spoken.get(close);
    },
  };
}

function plain(written: string): string {
  return written.replace(/^-+/, '').replaceAll('_', '-').toLowerCase();
}
