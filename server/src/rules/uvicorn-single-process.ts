/** Uvicorn on a machine of its own, with one process. */

import { startsSomething } from '../findings/launches.ts';
import { flagEdit } from '../fixes/flag.ts';
import { defineMessages, defineRule } from '../rule.ts';
import type { Launch } from '../workspace/launches.ts';
import { importRun } from '../workspace/patching.ts';
import type { Workspace } from '../workspace/workspace.ts';

const messages = defineMessages('uvicorn-single-process', {
  found: 'One process serves everybody here, on one core, and nothing starts it again when it ends. If the application keeps nothing in its memory that all clients must share, `--workers` starts several and replaces those that die',
  fix: 'Add `--workers 4`',
});

export default defineRule({
  id: 'uvicorn-single-process',
  summary: 'Uvicorn runs one process on a machine of its own, where `--workers` would use the other cores.',
  level: 'hint',
  fix: 'unsafe', // Each process has its own memory: caches, rate limits, WebSocket connections are no longer shared.
  messages: messages.texts,

  concerns: startsSomething,

  *check(file, workspace) {
    // A template unit runs once for each instance.
    if (file.path.includes('@')) return;
    for (const launch of workspace.launches(file)) {
      if (launch.program !== 'uvicorn' || !launch.command || !launch.complete || launch.development || (launch.place !== 'host' && launch.place !== 'supervised')) continue;
      if (file.language === 'python' || file.language === 'makefile' || launch.settings.has('workers') || launch.settings.has('fd') || sharesMemory(launch, workspace)) continue;
      yield {
        range: launch.range,
        message: messages.found(),
        fixes: () => {
          const edit = flagEdit(file, launch, [{ name: '--workers', value: '4' }]);
          return edit ? [{ title: messages.fix(), safe: false, edits: [edit] }] : [];
        },
      };
    }
  },
});

/** Whether the application is seen to keep something that all clients must share, or to work on its own beside serving. */
function sharesMemory(launch: Launch, workspace: Workspace): boolean {
  const entry = launch.entry === undefined ? undefined : workspace.file(launch.entry);
  if (entry?.language !== 'python') return false;
  return importRun(entry, workspace, false).files.some(({ text }) => /\bWebSocket\b|\bsocketio\b|\bapscheduler\b|\bSocketIO\b|\bgradio\b|\btorch\b|\btransformers\b/.test(text));
}
