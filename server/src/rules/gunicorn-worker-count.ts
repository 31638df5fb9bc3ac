/** Numbers of workers that nobody chose, that count the wrong processors, or that were computed and not used. */

import { concernsGunicorn, firstLine, gunicornLaunches, once, shortClass } from '../findings/gunicorn.ts';
import { flagEdit } from '../fixes/flag.ts';
import { defineMessages, defineRule, type Finding, type Fix } from '../rule.ts';
import type { Facts, Range } from '../facts.ts';
import type { Launch, Setting } from '../workspace/launches.ts';
import { startedPrograms } from '../workspace/started.ts';
import type { Workspace } from '../workspace/workspace.ts';

const message = defineMessages('gunicorn-worker-count', {
  single: 'Nothing sets the number of workers, so one `sync` worker serves one request at a time. Set `--workers`, as many as the memory and the database’s connections allow.',
  unset: 'Nothing sets the number of workers, so one `{worker}` worker runs, on one processor. Set `--workers`, as many as the memory and the database’s connections allow.',
  host: 'This counts the processors of the host, not those that the container may use. Take the number from a variable such as `WEB_CONCURRENCY`.',
  unused: 'The script computes `{variable}`, and starts {workers} workers all the same. Use one of the two.',
  computed: 'It is computed here',
  four: 'Start four workers',
  use: 'Use `{variable}`',
});

export default defineRule({
  id: 'gunicorn-worker-count',
  summary: 'Nothing sets the number of workers, the host’s processors are counted inside a container, or a computed number is not used.',
  level: 'info',
  fix: 'unsafe', // each worker takes memory and connections of its own
  messages: message.texts,

  concerns: concernsGunicorn,

  *check(file, workspace) {
    yield* once(gunicornLaunches(file, workspace).flatMap((launch) => (launch.development ? [] : finding(file, launch, workspace))));
  },
});

function finding(file: Facts, launch: Launch, workspace: Workspace): readonly Finding[] {
  const workers = launch.settings.get('workers');
  if (!workers) return unset(file, launch, workspace);
  if (workers.path !== file.path) return [];
  const range = firstLine(file, workers.range);
  if (workers.computed && launch.place === 'container') return isVariable(file, range) ? [] : [{ range, message: message.host() }];
  const literal = workers.source === 'flag' && /^\d+$/.test(file.text.slice(range.start, range.end).replace(/^(?:-w=?|--workers=)|["']/g, ''));
  const variable = literal && launch.command ? unusedCount(file, launch) : undefined;
  if (!variable) return [];
  return [{
    range,
    message: message.unused({ variable: variable.name, workers: workers.value! }),
    notes: [{ path: file.path, range: firstLine(file, variable), message: message.computed() }],
    ...(servesSockets(launch, workspace) || launch.place === 'container' ? {} : { fixes: () => using(launch, workers, variable.name) }),
  }];
}

/** Whether the number comes from a variable, and is only counted where that is not set. */
function isVariable(file: Facts, range: Range): boolean {
  const statement = file.statements.find(({ start, end }) => start <= range.start && range.end <= end) ?? range;
  return /environ|getenv|\$\{\w+:?-/.test(file.text.slice(statement.start, statement.end));
}

// ── Nothing sets it ──

function unset(file: Facts, launch: Launch, workspace: Workspace): readonly Finding[] {
  // A platform that runs a Procfile sets `WEB_CONCURRENCY`; several processes in a container are its orchestrator's choice.
  if (launch.path !== file.path || !launch.complete || !launch.worker || launch.config !== undefined || launch.place === 'unknown' || servesSockets(launch, workspace)) return [];
  if (/\$\{?PORT\b/.test(addressOf(file, launch))) return [];
  const sync = launch.worker.name === 'sync';
  if (launch.place === 'container' && !sync) return [];
  return [{
    range: firstLine(file, launch.range),
    level: sync && launch.place !== 'container' ? 'info' : 'hint',
    message: sync ? message.single() : message.unset({ worker: shortClass(launch) }),
    fixes: () => {
      const edit = flagEdit(file, launch, [{ name: '--workers', value: '4' }]);
      return edit ? [{ title: message.four(), safe: false, edits: [edit] }] : [];
    },
  }];
}

/** Where a command listens, as written: platforms that give a `PORT` give `WEB_CONCURRENCY` as well. */
function addressOf({ text }: Facts, { settings, path }: Launch): string {
  const bind = settings.get('bind');
  return bind?.path === path ? text.slice(Math.min(bind.range.start, bind.flag?.start ?? bind.range.start), bind.range.end) : '';
}

/** Socket.IO must have one worker. */
function servesSockets(launch: Launch, workspace: Workspace): boolean {
  return startedPrograms(workspace).some((program) => program.launch === launch && program.socket !== undefined);
}

// ── A number that was computed for it ──

/** A variable that the script computes from the number of processors for its workers, and gives to no command but `echo`. */
function unusedCount(file: Facts, launch: Launch): (Range & { readonly name: string }) | undefined {
  if (file.language !== 'shell') return undefined;
  for (const match of file.text.matchAll(/^([ \t]*(?:export[ \t]+|local[ \t]+|readonly[ \t]+)?)([A-Za-z_]*workers?[A-Za-z_]*)=[^\r\n]*(?:\bnproc\b|cpu_count|\/proc\/cpuinfo|sysctl)[^\r\n]*$/gim)) {
    const name = match[2]!;
    const start = match.index + match[1]!.length;
    if (start > launch.range.start || /celery/i.test(name)) continue;
    const used = new RegExp(String.raw`\$\{?${name}\b`);
    const readers = file.text.split('\n').filter((line) => used.test(line) && !/^\s*(?:echo|printf|log\w*|#|\[|if|elif|while)/.test(line));
    if (readers.length === 0 && !match[1]!.includes('export')) return { start, end: start + name.length, name };
  }
  return undefined;
}

function using(launch: Launch, { range, flag }: Setting, variable: string): readonly Fix[] {
  if (launch.command?.form !== 'shell' || !flag || flag.indirect || range.start === flag.start) return [];
  return [{ title: message.use({ variable }), safe: false, edits: [{ range: { start: range.start, end: range.end }, text: `"$${variable}"` }] }];
}
