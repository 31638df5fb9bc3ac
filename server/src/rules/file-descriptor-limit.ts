/** Limits of open files below what one worker's connections need. */

import type { Command, Range } from '../facts.ts';
import { gunicornSettings, isHonoured } from '../knowledge/gunicorn.ts';
import { defineMessages, defineRule, type Finding } from '../rule.ts';
import type { Launch } from '../workspace/launches.ts';

const messages = defineMessages('file-descriptor-limit', {
  found: 'A worker may hold {connections} connections here, and may open {limit} files and sockets at once: its own files and its connections to databases have no room, and new clients get “Too many open files”. Allow more than the connections of one worker',
  connections: 'up to {connections} connections for each worker',
  raise: 'Allow {limit}',
});

/** What a Python program with a database and a log holds open beside its clients. */
const ownFiles = 64;

export default defineRule({
  id: 'file-descriptor-limit',
  summary: 'The limit of open files (`ulimit -n`) lies below what the connections of one worker need.',
  level: 'info',
  fix: 'unsafe', // The machine may not grant as much.
  messages: messages.texts,

  concerns: (file) => file.language === 'systemd' || file.commands.length > 0,

  *check(file, workspace) {
    if (file.language === 'systemd') {
      const limit = /^[ \t]*LimitNOFILE[ \t]*=[ \t]*(\d+)/m.exec(file.text);
      if (limit) yield* findings({ start: limit.index + limit[0].length - limit[1]!.length, end: limit.index + limit[0].length }, Number(limit[1]), workspace.launches(file));
      return;
    }
    const limits = file.commands.flatMap((command) => limitOf(command) ?? []);
    if (limits.length === 0) return;
    const launches = workspace.launches(file);
    for (const [index, { range, limit }] of limits.entries()) {
      const next = limits[index + 1]?.range.start ?? Infinity;
      yield* findings(range, limit, launches.filter((launch) => launch.range.start > range.end && launch.range.start < next));
    }
  },
});

function* findings(range: Range, limit: number, launches: readonly Launch[]): Iterable<Finding> {
  const launch = launches.find((one) => (connectionsOf(one) ?? 0) + ownFiles > limit);
  const connections = launch && connectionsOf(launch);
  if (!launch || connections === undefined) return;
  const wanted = String(Math.max(4096, 2 ** Math.ceil(Math.log2(connections * 2))));
  const stated = launch.settings.get('worker_connections');
  const note = { path: stated?.path ?? launch.path, range: stated?.range ?? launch.range, message: messages.connections({ connections: String(connections) }) };
  yield {
    range,
    message: messages.found({ connections: String(connections), limit: String(limit) }),
    notes: [note],
    fixes: () => [{ title: messages.raise({ limit: wanted }), safe: false, edits: [{ range, text: wanted }] }],
  };
}

/** How many clients one worker serves at once; undefined where nobody knows, or where it is few. */
function connectionsOf({ program, settings, worker, complete }: Launch): number | undefined {
  if (program !== 'gunicorn') return undefined;
  const setting = gunicornSettings.get('worker_connections')!;
  if (!worker || !isHonoured(setting, worker.name)) return undefined;
  const stated = settings.get('worker_connections');
  if (!stated) return complete ? Number(setting.default) : undefined;
  const value = Number(stated.value ?? Number.NaN);
  return Number.isInteger(value) ? value : undefined;
}

/** `ulimit -n 1024`. */
function limitOf({ words }: Command): { readonly range: Range; readonly limit: number } | undefined {
  const [program, flag, value] = words;
  if (program?.value !== 'ulimit' || !/^-[SH]*n$/.test(flag?.value ?? '') || !value || value.indirect || !/^\d+$/.test(value.value ?? '')) return undefined;
  return { range: { start: value.start, end: value.end }, limit: Number(value.value) };
}
