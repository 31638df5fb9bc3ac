/** What findings about requests say and where: the way from a handler down, as notes. */

import { defineMessages, type Note } from '../rule.ts';
import type { RequestPath } from '../workspace/requests.ts';

export const requestMessages = defineMessages('requests', {
  request: '`{handler}` runs for each request',
  message: '`{handler}` runs for each message',
  task: '`{handler}` runs for each task',
  step: 'calls `{name}`',
  defines: 'defines `{name}`',
});

/** The handler, and each call from there on. */
export function notesOf({ occasion, handler, steps }: RequestPath): readonly Note[] {
  const first = requestMessages[occasion]({ handler: handler.name });
  return [{ path: handler.path, range: handler.range, message: first }, ...steps.map(({ path, range, name, defines }) => ({ path, range, message: requestMessages[defines ? 'defines' : 'step']({ name }) }))];
}
