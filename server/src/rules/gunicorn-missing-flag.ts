/** Gunicorn commands that leave settings of their worker class to the defaults. */

import { firstLine } from '../findings/gunicorn.ts';
import { isForDevelopment, startsSomething } from '../findings/launches.ts';
import { flagEdit, type Flag } from '../fixes/flag.ts';
import { gunicornFlag, gunicornSettings, isHonoured, longFlag, type GunicornSetting } from '../knowledge/gunicorn.ts';
import { serverTable } from '../knowledge/servers.ts';
import { defineMessages, defineRule, type Fix } from '../rule.ts';
import type { Facts } from '../facts.ts';
import type { Launch } from '../workspace/launches.ts';
import { longHandlerOf } from '../workspace/long-handlers.ts';

const message = defineMessages('gunicorn-missing-flag', {
  missing: 'This command leaves {flags} to Gunicorn. These defaults are sane; write down the ones your service needs to differ.',
  missingSync: 'This command leaves {flags} to Gunicorn. These defaults are sane, but with {worker} workers `--timeout` is also the longest that a request may take; write down the ones your service needs to differ.',
  missingOther: 'This command leaves {flags} to Gunicorn. These defaults are sane, and with {worker} workers `--timeout` does not limit a request, it restarts a worker that hangs; write down the ones your service needs to differ.',
  cutStream: 'This command leaves {flags} to Gunicorn. With {worker} workers `--timeout` is the longest that a request may take, and a stream of the application is cut after that: use `-k gevent`, or `-k gthread` with `--threads`, or set it.',
  cutWait: 'This command leaves {flags} to Gunicorn. With {worker} workers `--timeout` is the longest that a request may take, and a handler waits for what may take longer: use `-k gevent`, or `-k gthread` with `--threads`, or set it.',
  streams: 'This streams its response',
  waits: 'This may wait longer',
  addAll: 'Add {flags}',
  addOne: 'Add {flag}',
});

const table = serverTable('gunicorn')!;

export default defineRule({
  id: 'gunicorn-missing-flag',
  summary: 'A Gunicorn command runs on defaults that it does not state: `--timeout`, `--worker-connections`, `--keep-alive`, `--backlog`, as far as its worker class honours them.',
  level: 'info',
  fix: 'safe',
  options: {
    flags: {
      description: 'The settings to ask for, by their name in the configuration file or their flag. Those that the worker class ignores are never asked for.',
      default: ['timeout', 'worker_connections', 'keepalive', 'backlog'],
    },
  },
  messages: message.texts,

  concerns: startsSomething,

  *check(file, workspace, options) {
    for (const launch of workspace.launches(file)) {
      if (launch.program !== 'gunicorn' || !launch.command || !launch.worker || isForDevelopment(launch) || !(launch.complete || launch.onlyUnknownFlags)) continue;
      const worker = launch.worker;
      const meant = new Set(launch.unknownFlags.map(({ name }) => table.nearest(name)?.name));
      const missing = wanted(options['flags']).filter((setting) => setting.default !== undefined && isHonoured(setting, worker.name) && !launch.settings.has(setting.name) && !meant.has(setting.name));
      if (missing.length === 0) continue;
      const flags = missing.map(flagOf);
      const timeout = missing.some((setting) => setting.name === 'timeout');
      const entry = timeout && worker.name === 'sync' && launch.entry !== undefined ? workspace.file(launch.entry) : undefined;
      const long = entry && longHandlerOf(entry, workspace);
      const says = !timeout ? message.missing : long ? (long.kind === 'streams' ? message.cutStream : message.cutWait) : worker.name === 'sync' ? message.missingSync : message.missingOther;
      yield {
        range: launch.range,
        ...(long ? { level: 'warning' as const, notes: [{ path: long.path, range: firstLine(workspace.file(long.path)!, long.range), message: message[long.kind]() }] } : {}),
        message: says({ flags: listed(flags), worker: `\`${shortName(launch)}\`` }),
        // With a configuration file somebody has thought about settings: what it leaves out is likely meant so.
        ...(launch.config === undefined || long ? {} : { level: 'hint' as const }),
        fixes: () => fixes(file, launch, flags),
      };
    }
  },
});

function fixes(file: Facts, launch: Launch, flags: readonly Flag[]): readonly Fix[] {
  const add = (some: readonly Flag[], title: Fix['title']): readonly Fix[] => {
    const edit = flagEdit(file, launch, some);
    return edit ? [{ title, safe: true, edits: [edit] }] : [];
  };
  const each = flags.flatMap((flag) => add([flag], message.addOne({ flag: listed([flag]) })));
  return flags.length === 1 ? each : [...add(flags, message.addAll({ flags: listed(flags) })), ...each];
}

/** The flag with the default in force: writing it down changes nothing, and shows what can be changed. */
function flagOf(setting: GunicornSetting): Flag {
  return { name: longFlag(setting)!, value: String(setting.default) };
}

function listed(flags: readonly Flag[]): string {
  return flags.map(({ name, value }) => `\`${name} ${value}\``).join(', ');
}

/** `GeventWebSocketWorker` of its dotted path. */
function shortName(launch: Launch): string {
  return launch.workerClass!.replace(/^.*[.#]/, '');
}

function wanted(option: unknown): readonly GunicornSetting[] {
  if (!Array.isArray(option)) return [];
  return option.flatMap((name) => {
    const setting = gunicornSettings.get(String(name)) ?? gunicornFlag(`--${String(name).replace(/^--?/, '').replaceAll('_', '-')}`);
    return setting && setting.arity === 1 ? [setting] : [];
  });
}
