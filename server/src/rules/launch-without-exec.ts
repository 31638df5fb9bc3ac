/** Servers that a shell waits for, in place of becoming them. */

import { startsSomething } from '../findings/launches.ts';
import { defineMessages, defineRule } from '../rule.ts';
import { isLastCommand } from '../workspace/last-commands.ts';
import { isOn, type Launch } from '../workspace/launches.ts';

const messages = defineMessages('launch-without-exec', {
  found: 'The shell stays in front of `{program}` and does not hand on signals: on `SIGTERM` the server is not told to finish its requests, and is killed in the end. Put `exec` in front',
  fix: 'Put `exec` in front',
});

const servers: ReadonlySet<string> = new Set(['gunicorn', 'uvicorn', 'hypercorn', 'granian', 'daphne', 'fastapi', 'celery worker', 'celery beat']);

export default defineRule({
  id: 'launch-without-exec',
  summary: 'A server is the last command of an entrypoint without `exec`: the shell in front of it keeps the signals to itself.',
  level: 'info',
  fix: 'safe',
  messages: messages.texts,

  concerns: startsSomething,

  *check(file, workspace) {
    for (const launch of workspace.launches(file)) {
      const { command } = launch;
      const first = command?.words[0];
      if (!command || !first || !servers.has(launch.program) || launch.development || inBackground(launch)) continue;
      if (first.indirect || first.value === 'exec' || launch.wrappers.some(({ value }) => value === 'exec') || !isLastCommand(file, command)) continue;
      yield {
        range: launch.range,
        message: messages.found({ program: launch.program }),
        fixes: () => [{ title: messages.fix(), safe: true, edits: [{ range: { start: first.start, end: first.start }, text: 'exec ' }] }],
      };
    }
  },
});

/** It leaves the shell by itself. */
function inBackground({ settings }: Launch): boolean {
  return isOn(settings.get('daemon')) || isOn(settings.get('detach'));
}
