/** Clients that are made for one request and thrown away with their connections. */

import { guesses, type Call, type Facts, type Scope } from '../facts.ts';
import { clientOf, keyOf, opensSockets, sharesConnections } from '../findings/clients.ts';
import { lastLine } from '../findings/lines.ts';
import { notesOf } from '../findings/requests.ts';
import { clientNames } from '../knowledge/clients.ts';
import { defineMessages, defineRule } from '../rule.ts';
import { reachable } from '../workspace/guards.ts';
import { isKept } from '../workspace/kept.ts';
import { callsNamed } from '../workspace/named-calls.ts';
import { displayName, ownerOf } from '../workspace/scopes.ts';
import { startsItself } from '../workspace/scripts.ts';
import type { Workspace } from '../workspace/workspace.ts';

const messages = defineMessages('client-per-request', {
  client: '`{client}` is made anew each time `{handler}` runs, so every one of them connects again; make it once, at start-up or when first asked for, and share it',
  engine: '`{client}` makes a new connection pool each time `{handler}` runs, and leaves its connections open; make one engine when the program starts, and share it',
  connection: '`{client}` connects anew each time `{handler}` runs, which takes longer than most queries; take connections from a pool that is made once',
  channel: '`{client}` opens a new channel each time `{handler}` runs, so every one of them connects again; open it once and share it',
  session: '`{client}` is made anew each time `{handler}` runs, so every one of them connects again; keep one in each thread',
  file: '`{client}` starts a thread and opens the file each time `{handler}` runs; one connection that is kept, or a few, serve as well',
  call: '`{client}` is made anew on each call of `{function}`, and connects anew each time; where that serves requests, make it once and share it',
  keyed: '`{client}` is made anew each time `{handler}` runs, so every one of them connects again; keep one for each `{argument}` instead',
});

export default defineRule({
  id: 'client-per-request',
  summary: 'A client with connections of its own is made for each request, so every request connects anew.',
  level: 'warning',
  fix: 'none',
  messages: messages.texts,

  concerns: (file) => makingClients.mayBeIn(file),

  *check(file, workspace) {
    for (const call of makingClients(file)) {
      const row = clientOf(file, workspace, call);
      if (!row || sharesConnections(file, workspace, call, row)) continue;
      const owner = file.scopes[ownerOf(file, call.scope)]!;
      if (owner.index === 0 || !reachable(file, call.block, call.start) || isKept(file, call, owner) || opensSockets(file, call)) continue;
      const path = workspace.requests.to(file, call, row.async);
      if (!path) {
        if (isCalledFromOutside(file, workspace, owner) && staysInside(file, call)) yield { range: lastLine(file, call.calleeRange), message: messages.call({ client: row.name, function: displayName(file, owner) }), level: 'hint' };
        continue;
      }
      const argument = keyOf(file, call, owner, row);
      const values = { client: row.name, handler: path.handler.name };
      yield {
        range: lastLine(file, call.calleeRange),
        message: argument === undefined ? messages[row.kind](values) : messages.keyed({ ...values, argument }),
        ...(argument !== undefined || row.cost === 'low' || probes.test(path.handler.name) || isAfterFailure(file, call) ? { level: 'hint' as const } : {}),
        notes: notesOf(path),
      };
    }
  },
});

const makingClients = callsNamed(clientNames);

/** Handlers that a monitor calls now and then. */
const probes = /health|liveness|readiness|heartbeat|\bping\b/i;

/** Whether a call runs only once something has failed. */
function isAfterFailure(file: Facts, { block, scope }: Call): boolean {
  for (let at = file.blocks[block]; at !== undefined && at.scope === scope; at = file.blocks[at.parent]) if (at.kind === 'except') return true;
  return false;
}

/** Whether a function waits for callers that are not in sight: a framework's, perhaps. */
function isCalledFromOutside(file: Facts, workspace: Workspace, owner: Scope): boolean {
  return owner.kind === 'function' && owner.parent === 0 && !owner.name.startsWith('_') && owner.function!.decorators.length === 0
    && guesses(file).length === 0 && !startsItself(file) && !workspace.isScript(file) && !workspace.requests.isUsed(file, owner.index);
}

/** Whether what a call makes ends with the function: it is not given back, kept or handed on. */
function staysInside(file: Facts, call: Call): boolean {
  return call.role === 'statement' || call.role === 'with' || call.role === 'object';
}
