/** Code that runs in gevent's greenlets, where all of a process share one thread. */

import type { Facts, Range } from '../facts.ts';
import { greenletsOf } from '../workspace/launches.ts';
import { importsAsgi, type Greenlets } from '../workspace/greenlets.ts';
import { taskAround } from '../workspace/tasks.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** The hub under which the code of a scope runs, patched for gevent; undefined where that is not known. */
export function hubAround(file: Facts, scope: number, workspace: Workspace): Greenlets | undefined {
  const hub = patchedHub(workspace);
  if (!hub || importsAsgi(file) || workspace.isScript(file)) return undefined;
  const place = workspace.runsOn(file, scope);
  // A thread of the patched standard library is a greenlet too.
  const thread = place?.kind === 'thread' && place.evidence !== undefined && isPatchedThread(place.evidence, workspace);
  if (place?.kind !== 'greenlet' && !thread) return undefined;
  // One hub is known of; whether it is the one of Celery's tasks or the one of the server's handlers, launches tell.
  const occasion = taskAround(file, scope, workspace) ? 'task' : workspace.requests.to(file, scope)?.occasion;
  if (occasion === 'task') return greenLaunches(workspace).tasks ? hub : undefined;
  return hubOfHandlers(workspace);
}

/** The hub that serves the handlers of requests, not only Celery's tasks. */
export function hubOfHandlers(workspace: Workspace): Greenlets | undefined {
  const hub = patchedHub(workspace);
  if (!hub) return undefined;
  const green = greenLaunches(workspace);
  return green.tasks && !green.handlers ? undefined : hub;
}

function patchedHub(workspace: Workspace): Greenlets | undefined {
  const hub = workspace.greenlets();
  return hub?.patched && hub.library === 'gevent' ? hub : undefined;
}

function isPatchedThread({ path, range }: { readonly path: string; readonly range: Range }, workspace: Workspace): boolean {
  const text = workspace.file(path)?.text.slice(range.start, range.end) ?? '';
  return /(?:^|\.)Thread$|\.submit$|to_thread$/.test(text) && !/gevent|hub/.test(text);
}

/** Which of a workspace's launches serve in gevent's greenlets. */
function greenLaunches(workspace: Workspace): { readonly tasks: boolean; readonly handlers: boolean } {
  return workspace.remembered('launches in greenlets', () => {
    const green = workspace.allLaunches().filter(({ launch }) => greenletsOf(launch) === 'gevent');
    return { tasks: green.some(({ launch }) => launch.program === 'celery worker'), handlers: green.some(({ launch }) => launch.program !== 'celery worker') };
  });
}
