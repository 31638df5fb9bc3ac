/** Engines that serve clients with the pool that SQLAlchemy gives everybody. */

import type { Facts } from '../facts.ts';
import { addedArguments } from '../fixes/engine-arguments.ts';
import { databaseOf } from '../knowledge/engines.ts';
import { defineMessages, defineRule } from '../rule.ts';
import { connectionsLeft } from '../workspace/budget.ts';
import { type Engine, enginesOf, isShortLived, isSqlite, poolClassOf, speaksOfEngines, speaksToServer } from '../workspace/engines.ts';
import { flaskConfig } from '../workspace/flask-config.ts';
import { isKept } from '../workspace/kept.ts';
import { concurrencyOf } from '../workspace/launches.ts';
import { ownerOf } from '../workspace/scopes.ts';
import { startsAsMain } from '../workspace/scripts.ts';
import { hasAsgi, isServed, servedFiles } from '../workspace/served.ts';
import type { Workspace } from '../workspace/workspace.ts';

const messages = defineMessages('engine-pool-unset', {
  all: 'This engine keeps the default pool: 5 connections and 10 more under load, never checked and never renewed; say with `pool_size`, `max_overflow`, `pool_pre_ping` and `pool_recycle` what this service needs',
  stale: 'Connections of this engine are never checked and never renewed: after a restart of the database or an idle night, queries fail on dead ones; set `pool_pre_ping` and `pool_recycle`',
  size: 'Every process opens at most 15 connections, the default, and whoever comes then waits for one, 30 seconds long; say with `pool_size` and `max_overflow` how many this service needs',
  fix: 'Set {arguments}',
});

export default defineRule({
  id: 'engine-pool-unset',
  summary: 'An engine that serves clients leaves its pool of connections at the defaults: 15 at most, and dead ones are handed out.',
  level: 'info',
  fix: 'unsafe', // Other sizes, and one more round trip for each connection taken.
  messages: messages.texts,

  concerns: speaksOfEngines,

  *check(file, workspace) {
    const engines = enginesOf(file, workspace).filter(({ row }) => row.overflow !== undefined);
    if (engines.length === 0 || workspace.isScript(file) || isMigration(file) || !isServed(workspace)) return;
    // What nothing serves counts where others use it: the jobs of the same project.
    if (!servedFiles(workspace).has(file.path) && !workspace.isImported(file.path)) return;
    for (const engine of engines) {
      const missing = missingOf(engine, workspace);
      if (missing === undefined) continue;
      yield {
        range: engine.range,
        message: messages[missing](),
        ...(missing === 'size' || !servedFiles(workspace).has(file.path) ? { level: 'hint' as const } : {}),
        fixes: () => {
          const values = valuesFor(engine, missing, workspace);
          const edit = addedArguments(engine, values);
          return edit ? [{ title: messages.fix({ arguments: [...values.keys()].map((name) => `\`${name}\``).join(', ') }), safe: false, edits: [edit] }] : [];
        },
      };
    }
  },
});

/** Alembic's environment, wherever it lies. */
function isMigration(file: Facts): boolean {
  return /^\s*from alembic import .*\bcontext\b/m.test(file.text);
}

type Missing = 'all' | 'stale' | 'size';

/** What an engine leaves at the defaults and should not; undefined where that is in order, or where it cannot be seen. */
function missingOf(engine: Engine, workspace: Workspace): Missing | undefined {
  const { file, call, settings, row } = engine;
  const has = (...names: readonly string[]): boolean => names.some((name) => settings.has(name));
  if (!engine.complete || has('pool', 'creator', 'async_creator', 'poolclass', row.size, row.overflow!)) return undefined;
  const sqlite = isSqlite(engine) ?? (speaksToServer(workspace) && !/sqlite/i.test(file.text) ? false : undefined);
  if (sqlite === undefined || sqlite === true || poolClassOf(engine) !== undefined) return undefined;
  if (startsAsMain(file, call.block) || isShortLived(engine) || isMadePerRequest(engine, workspace)) return undefined;
  const served = servedFiles(workspace).has(file.path);
  // Where Flask's settings speak of a pool, `engine-setting-ignored` says whether they are heard.
  if (row.options !== undefined && flaskConfig(workspace).entries.some(({ key }) => /_POOL_|_MAX_OVERFLOW/.test(key))) return undefined;
  // Flask-SQLAlchemy renews MySQL's connections after two hours.
  const renewed = row.options !== undefined && engine.url.schemes.some((scheme) => databaseOf(scheme)?.name === 'MySQL');
  if (renewed || has('pool_pre_ping', 'pool_recycle', 'pool_timeout', 'pool_use_lifo', 'pool_reset_on_return')) return sqlite === false && served && mayWaitForMany(engine, workspace) ? 'size' : undefined;
  return sqlite === false && served && !servesOneAtATime(workspace) ? 'all' : 'stale';
}

/** `client-per-request` speaks of these. */
function isMadePerRequest({ file, call }: Engine, workspace: Workspace): boolean {
  const owner = ownerOf(file, call.scope);
  return owner !== 0 && !isKept(file, call, file.scopes[owner]!) && workspace.requests.to(file, owner) !== undefined;
}

/** Whether every process that is started works on one request or task at a time: more connections are of no use. */
function servesOneAtATime(workspace: Workspace): boolean {
  const kinds = productive(workspace);
  return kinds.length > 0 && kinds.every((kind) => kind === 'processes');
}

/** Whether one process is known to work on more than 15 requests at a time. */
function mayWaitForMany(engine: Engine, workspace: Workspace): boolean {
  const kinds = productive(workspace);
  return kinds.some((kind) => kind === 'loop' || kind === 'greenlets') || (kinds.length === 0 && (engine.row.async === true || hasAsgi(workspace)));
}

function productive(workspace: Workspace): readonly ReturnType<typeof concurrencyOf>[] {
  return workspace.allLaunches().filter(({ launch }) => !launch.development && !/^(?:python|flask|celery beat)$/.test(launch.program)).map(({ launch }) => concurrencyOf(launch));
}

/** What the fix writes: as large as the database has room for. */
function valuesFor(engine: Engine, missing: Missing, workspace: Workspace): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  if (missing !== 'stale') {
    const room = connectionsLeft(engine, workspace);
    const ample = room === undefined || room >= 20;
    values.set('pool_size', ample ? '10' : '5').set('max_overflow', '10');
  }
  if (missing !== 'size') values.set('pool_pre_ping', 'True').set('pool_recycle', '1800');
  return values;
}
