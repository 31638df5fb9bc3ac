/** Flags that Uvicorn does not have. */

import { startsSomething } from '../findings/launches.ts';
import { replaceFlagEdit } from '../fixes/flag.ts';
import { serverTable } from '../knowledge/servers.ts';
import { defineMessages, defineRule, type Fix } from '../rule.ts';
import type { Facts } from '../facts.ts';
import type { Launch, UnknownFlag } from '../workspace/launches.ts';

const messages = defineMessages('uvicorn-unknown-flag', {
  meant: 'Uvicorn has no `{flag}` and stops with an error before it serves; you likely mean `{meant}`',
  bind: 'Uvicorn has no `{flag}` and stops with an error before it serves; it takes `--host` and `--port`',
  unknown: 'Uvicorn has no `{flag}` and stops with an error before it serves',
  fix: 'Write `{meant}`',
});

export default defineRule({
  id: 'uvicorn-unknown-flag',
  summary: 'A flag that Uvicorn does not have, such as `-w`: it stops with an error before it serves.',
  level: 'error',
  fix: 'safe',
  messages: messages.texts,

  concerns: startsSomething,

  *check(file, workspace) {
    for (const launch of workspace.launches(file)) {
      if (launch.program !== 'uvicorn' || !launch.command) continue;
      for (const flag of launch.unknownFlags) {
        const meant = /^(-b|--bind)$/.test(flag.name) ? undefined : meantBy(flag.name);
        const values = { flag: flag.name, ...(meant === undefined ? {} : { meant }) };
        yield {
          range: { start: flag.word.start, end: flag.word.end },
          message: meant !== undefined ? messages.meant(values) : /^(-b|--bind)$/.test(flag.name) ? messages.bind(values) : messages.unknown(values),
          fixes: () => (meant === undefined ? [] : fixes(file, launch, flag, meant)),
        };
      }
    }
  },
});

function fixes(file: Facts, launch: Launch, flag: UnknownFlag, meant: string): readonly Fix[] {
  // A second one of the same name would silently win.
  if (launch.settings.has(meant.slice(2).replaceAll('-', '_'))) return [];
  const edit = replaceFlagEdit(file, launch, flag, meant);
  return edit ? [{ title: messages.fix({ meant }), safe: true, edits: [edit] }] : [];
}

/** What Gunicorn and others call it. */
const elsewhere: Readonly<Record<string, string>> = {
  '-w': '--workers',
  '--worker': '--workers',
  '-p': '--port',
  '-h': '--host',
  '-H': '--host',
  '-l': '--log-level',
  '-r': '--reload',
  '--keep-alive': '--timeout-keep-alive',
  '--keepalive': '--timeout-keep-alive',
  '--graceful-timeout': '--timeout-graceful-shutdown',
  '--max-requests': '--limit-max-requests',
  '--max-requests-jitter': '--limit-max-requests-jitter',
};

function meantBy(flag: string): string | undefined {
  const known = elsewhere[flag];
  if (known !== undefined || !flag.startsWith('--')) return known;
  const off = flag.startsWith('--no-');
  return serverTable('uvicorn')!.nearest(flag)?.flags.find((one) => one.startsWith('--') && one.startsWith('--no-') === off);
}
