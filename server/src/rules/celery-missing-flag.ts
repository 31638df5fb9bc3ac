/** Celery commands that leave to the defaults what depends on the tasks. */

import type { Facts } from '../facts.ts';
import { startsSomething } from '../findings/launches.ts';
import { flagEdit, type Flag } from '../fixes/flag.ts';
import { defineMessages, defineRule, type Fix } from '../rule.ts';
import type { Launch } from '../workspace/launches.ts';

const messages = defineMessages('celery-missing-flag', {
  missing: 'This command leaves {flags} to Celery, and nothing in sight sets it otherwise: the defaults depend on the host’s CPUs, or never end. Write down what your tasks need',
  prefetch: 'This command leaves {flags} to Celery, and nothing in sight sets it otherwise: each process takes 4 messages in advance, which then wait behind a long task. Write down what your tasks need',
  addAll: 'Add {flags}',
  addOne: 'Add {flags}',
});

export default defineRule({
  id: 'celery-missing-flag',
  summary: 'A Celery worker runs on defaults that depend on the machine or never end: `--concurrency`, `--prefetch-multiplier`, `--time-limit`.',
  level: 'hint',
  fix: 'safe',
  options: {
    flags: {
      description: 'The flags to ask for. Those that the pool ignores are never asked for.',
      default: ['--concurrency', '--prefetch-multiplier', '--time-limit'],
    },
  },
  messages: messages.texts,

  concerns: (file, workspace) => file.language !== 'makefile' && startsSomething(file, workspace),

  *check(file, workspace, options) {
    const wanted = Array.isArray(options['flags']) ? options['flags'].map((name) => `--${String(name).replace(/^--?/, '').replaceAll('_', '-')}`) : [];
    for (const launch of workspace.launches(file)) {
      if (launch.program !== 'celery worker' || !launch.command || !launch.complete || launch.development) continue;
      const missing = missingIn(launch).filter(({ name }) => wanted.includes(name));
      if (missing.length === 0) continue;
      const says = missing.every(({ isDefault }) => isDefault) ? messages.prefetch : messages.missing;
      yield { range: launch.range, message: says({ flags: missing.map(({ name }) => `\`${name}\``).join(', ') }), fixes: () => fixes(file, launch, missing) };
    }
  },
});

interface Missing extends Flag {
  readonly value: string;
  /** It writes down what is in force. */
  readonly isDefault?: boolean;
}

/** What the pool honours and nothing sets, with a value to start from. */
function missingIn({ settings }: Launch): readonly Missing[] {
  const set = settings.get('pool');
  const pool = set ? set.value : 'prefork';
  if (pool !== 'prefork' && pool !== 'gevent' && pool !== 'eventlet' && pool !== 'threads') return [];
  const found: Missing[] = [];
  if (!settings.has('concurrency') && !settings.has('autoscale')) found.push({ name: '--concurrency', value: pool === 'prefork' ? '4' : pool === 'threads' ? '8' : '100' });
  if (!settings.has('prefetch_multiplier') && !settings.has('disable_prefetch')) found.push({ name: '--prefetch-multiplier', value: '4', isDefault: true });
  if (pool === 'prefork' && !settings.has('time_limit') && !settings.has('soft_time_limit')) found.push({ name: '--time-limit', value: '3600' });
  return found;
}

function fixes(file: Facts, launch: Launch, missing: readonly Missing[]): readonly Fix[] {
  const add = (flags: readonly Missing[], title: typeof messages.addAll): readonly Fix[] => {
    const edit = flagEdit(file, launch, flags);
    return edit ? [{ title: title({ flags: flags.map(({ name, value }) => `\`${name} ${value}\``).join(', ') }), safe: flags.every(({ isDefault }) => isDefault === true), edits: [edit] }] : [];
  };
  const each = missing.flatMap((flag) => add([flag], messages.addOne));
  return missing.length === 1 ? each : [...add(missing, messages.addAll), ...each];
}
