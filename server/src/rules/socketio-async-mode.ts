/** Socket.IO servers whose mode, worker class and installed packages do not go together. */

import { firstLine, once } from '../findings/gunicorn.ts';
import { defineMessages, defineRule, type Finding, type Message } from '../rule.ts';
import type { Facts, Range } from '../facts.ts';
import type { Launch } from '../workspace/launches.ts';
import { mentioning } from '../workspace/mentions.ts';
import { isRequired } from '../workspace/requirements.ts';
import { startedPrograms, type StartedProgram } from '../workspace/started.ts';
import type { Workspace } from '../workspace/workspace.ts';

const message = defineMessages('socketio-async-mode', {
  upgrade: 'With gevent-websocket installed, Socket.IO under a `{worker}` worker answers WebSocket upgrades with 500, and clients stay on polling. Use `-k geventwebsocket.gunicorn.workers.GeventWebSocketWorker`, or require `simple-websocket` in place of gevent-websocket.',
  eventlet: 'eventlet is installed, so Socket.IO takes its mode, which fails under a `{worker}` worker. Write `async_mode="{mode}"`, or no longer require eventlet.',
  chosen: '`async_mode="eventlet"` fails under a `{worker}` worker. Write `async_mode="{mode}"`.',
  sync: 'A `sync` worker holds one Socket.IO client at a time, and is killed when the connection lasts longer than `--timeout`. Use `-k gevent`, or `-k gthread` with many `--threads`.',
  made: 'The Socket.IO server is made here',
  started: 'It is started here',
});

export default defineRule({
  id: 'socketio-async-mode',
  summary: 'The `async_mode` of a Socket.IO server, the worker class it runs under and the installed packages do not go together.',
  level: 'warning',
  fix: 'none',
  messages: message.texts,

  concerns: (file) => file.commands.length > 0 || isConcerned(file),

  *check(file, workspace) {
    yield* once(startedPrograms(workspace).flatMap((program) => finding(file, program, workspace)));
  },
});

const isConcerned = mentioning(/SocketIO|socketio|worker_class/);

function finding(file: Facts, program: StartedProgram, workspace: Workspace): readonly Finding[] {
  const { launch, socket, entry } = program;
  const worker = launch.program === 'gunicorn' ? launch.worker?.name : undefined;
  if (!socket || socket.mode === undefined || !entry || worker === undefined || worker === 'asgi' || worker === 'uvicorn') return [];
  const installed = (name: string) => isRequired(entry.path, name, workspace);
  const mode = socket.mode !== 'auto' ? socket.mode : installed('eventlet') ? 'eventlet' : installed('gevent') || installed('gevent-websocket') ? 'gevent' : 'threading';
  const inCommand = (says: Message): readonly Finding[] => {
    const place = classPlace(file, launch);
    return place ? [{ range: place, message: says, notes: [{ path: socket.path, range: socket.range, message: message.made() }] }] : [];
  };
  if (mode === 'eventlet' && worker !== 'eventlet') {
    if (socket.path !== file.path) return [];
    const values = { worker, mode: worker === 'gthread' || worker === 'sync' ? 'threading' : 'gevent' };
    return [{
      range: firstLine(file, socket.modeRange ?? socket.range),
      message: socket.mode === 'auto' ? message.eventlet(values) : message.chosen(values),
      notes: [{ path: launch.path, range: firstLine(workspace.file(launch.path)!, launch.range), message: message.started() }],
    }];
  }
  if (worker === 'sync') return launch.complete ? inCommand(message.sync()) : [];
  if (mode === 'gevent' && installed('gevent-websocket') && (worker === 'gevent' || worker === 'gthread')) return inCommand(message.upgrade({ worker }));
  return [];
}

/** Where the worker class is written; the program, where nothing says and the default runs. */
function classPlace(file: Facts, launch: Launch): Range | undefined {
  const chosen = launch.settings.get('worker_class');
  if (!chosen) return launch.path === file.path ? firstLine(file, launch.range) : undefined;
  return chosen.path === file.path ? firstLine(file, chosen.range) : undefined;
}
