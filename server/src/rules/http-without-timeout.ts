/** HTTP requests that wait for ever for a server that does not answer. */

import type { Call, Facts } from '../facts.ts';
import { lastLine } from '../findings/lines.ts';
import { notesOf } from '../findings/requests.ts';
import { defineMessages, defineRule, type Fix } from '../rule.ts';
import { reachable } from '../workspace/guards.ts';
import { callsNamed } from '../workspace/named-calls.ts';
import { importedName } from '../workspace/scopes.ts';
import type { Workspace } from '../workspace/workspace.ts';

const messages = defineMessages('http-without-timeout', {
  missing: '`{call}` waits for ever where the server does not answer, and `{handler}` with it; give it a `timeout`',
  add: 'Add `timeout={seconds}`',
});

const functions = /^requests\.(?:api\.)?(?:get|post|put|patch|delete|head|options|request)$/;
const methods = /^requests\.(?:sessions\.)?Session\.(?:get|post|put|patch|delete|head|options|request)$/;
const names: ReadonlySet<string> = new Set(['get', 'post', 'put', 'patch', 'delete', 'head', 'options', 'request', 'urlopen']);
const requests = callsNamed(names);
const seconds = '30';

export default defineRule({
  id: 'http-without-timeout',
  summary: 'A call of `requests` or `urllib` on a request path has no timeout, and waits for ever where the server does not answer.',
  level: 'warning',
  fix: 'safe', // Only what would have waited longer than that ends otherwise.
  messages: messages.texts,

  concerns: (file) => requests.mayBeIn(file),

  *check(file, workspace) {
    for (const call of requests(file)) {
      const { callee } = call;
      if ((callee.kind !== 'name' && callee.kind !== 'attribute') || !names.has(callee.kind === 'name' ? importedName(file, callee.name, call.scope) : callee.name) || !reachable(file, call.block, call.start)) continue;
      const name = workspace.target(file, call)?.name ?? '';
      const known = functions.test(name) || (methods.test(name) && !isSetElsewhere(workspace, 'adapter')) || (name === 'urllib.request.urlopen' && !isSetElsewhere(workspace, 'socket'));
      if (known && hasTimeout(call, name)) continue;
      const path = known ? workspace.requests.to(file, call) : undefined;
      if (!path) continue;
      yield {
        range: lastLine(file, call.calleeRange),
        message: messages.missing({ call: file.text.slice(call.calleeRange.start, call.calleeRange.end).replace(/\s+/g, ''), handler: path.handler.name }),
        notes: notesOf(path),
        fixes: () => [addTimeout(call)],
      };
    }
  },
});

/** Whether a timeout is given, or may be: `**options`. */
function hasTimeout({ arguments: args }: Call, name: string): boolean {
  const positional = name.endsWith('.urlopen') ? 3 : 9;
  return args.some(({ name, star }) => name === 'timeout' || star !== undefined) || args.filter(({ name }) => name === undefined).length >= positional;
}

/** Whether code of the workspace gives timeouts to all sessions through an adapter, or to all sockets. */
function isSetElsewhere(workspace: Workspace, way: 'adapter' | 'socket'): boolean {
  return workspace.noted(way === 'socket' ? setsSockets : setsAdapters).size > 0;
}

const setsSockets = ({ language, text }: Facts): true | undefined => (language === 'python' && text.includes('setdefaulttimeout') ? true : undefined);
const setsAdapters = ({ language, text }: Facts): true | undefined => (language === 'python' && text.includes('HTTPAdapter') && /timeout/i.test(text) ? true : undefined);

function addTimeout(call: Call): Fix {
  const last = call.arguments.at(-1);
  const at = last ? last.end : call.argumentsRange.start + 1;
  return { title: messages.add({ seconds }), safe: true, edits: [{ range: { start: at, end: at }, text: `${last ? ', ' : ''}timeout=${seconds}` }] };
}
