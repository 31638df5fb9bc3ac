/** Socket.IO behind several workers of one server, which cannot send a client's requests to the same one. */

import { firstLine, once } from '../findings/gunicorn.ts';
import { valueEdit } from '../fixes/flag.ts';
import { defineMessages, defineRule, type Finding } from '../rule.ts';
import type { Facts } from '../facts.ts';
import type { Setting } from '../workspace/launches.ts';
import { mentioning } from '../workspace/mentions.ts';
import { startedPrograms, type StartedProgram } from '../workspace/started.ts';
import type { Workspace } from '../workspace/workspace.ts';

const message = defineMessages('socketio-multiple-workers', {
  many: '{server} does not send the requests of one Socket.IO client to the same worker: with {workers} of them, polling clients get `400 Invalid session`. Start one worker, and scale with more instances behind a balancer with sticky sessions and a `message_queue`.',
  computed: '{server} does not send the requests of one Socket.IO client to the same worker: with as many as are computed here, polling clients get `400 Invalid session`. Start one worker, and scale with more instances behind a balancer with sticky sessions and a `message_queue`.',
  made: 'The Socket.IO server is made here',
  single: 'Start one worker',
});

export default defineRule({
  id: 'socketio-multiple-workers',
  summary: 'A Socket.IO application runs in several workers of one Gunicorn or Uvicorn: a client’s polling requests reach workers that do not know its session.',
  level: 'error',
  fix: 'unsafe', // the other workers may have served more than sockets
  messages: message.texts,

  concerns: (file) => file.commands.length > 0 || speaksOfWorkers(file),

  *check(file, workspace) {
    yield* once(startedPrograms(workspace).flatMap((program) => finding(file, program, workspace)));
  },
});

const speaksOfWorkers = mentioning(/\bworkers\b/);

function finding(file: Facts, { launch, socket }: StartedProgram, workspace: Workspace): readonly Finding[] {
  const workers = launch.settings.get('workers');
  if (socket?.polls !== true || !workers || (launch.program !== 'gunicorn' && launch.program !== 'uvicorn')) return [];
  const place = standsIn(file, workers, launch.path === file.path ? launch.range : undefined);
  if (!place || !(workers.computed || Number(workers.value) > 1)) return [];
  const edit = valueEdit(file, launch, workers, '1');
  const server = launch.program === 'gunicorn' ? 'Gunicorn' : 'Uvicorn';
  return [{
    range: firstLine(file, place),
    message: workers.computed ? message.computed({ server }) : message.many({ server, workers: workers.value!.trim() }),
    notes: [{ path: socket.path, range: firstLine(workspace.file(socket.path)!, socket.range), message: message.made() }],
    ...(edit ? { fixes: () => [{ title: message.single(), safe: false, edits: [edit] }] } : {}),
  }];
}

/** The number of workers where it is written; the program, where it comes from another file that says nothing of launches. */
function standsIn(file: Facts, { path, range, source }: Setting, program: Facts['errors'][number] | undefined): Facts['errors'][number] | undefined {
  if (path === file.path) return range;
  return source === 'config' ? undefined : program;
}
