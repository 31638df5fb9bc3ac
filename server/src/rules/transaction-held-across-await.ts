/** Database connections that are held while another service is waited for. */

import type { Call, Facts, Range, Scope } from '../facts.ts';
import { isScriptOrCommand } from '../findings/aside.ts';
import { lastLine } from '../findings/lines.ts';
import { defineMessages, defineRule } from '../rule.ts';
import { externalWait } from '../workspace/externals.ts';
import { mentioningNames } from '../workspace/mentions.ts';
import { type Holding, holdingsOf, speaksOfSessions } from '../workspace/sessions.ts';
import { callsIn } from '../workspace/work.ts';
import type { SectionQuestion, Workspace } from '../workspace/workspace.ts';

const messages = defineMessages('transaction-held-across-await', {
  transaction: '`{call}` waits for another service while `{session}` keeps its transaction and its connection; a few such requests take every connection of the pool. End it before with `commit()`, or ask first and open it then',
  connection: '`{call}` waits for another service while `{session}` is held; a few such requests take every connection of the pool. Give it back before',
  since: '`{session}` takes a connection here, and keeps it until it is committed, rolled back or closed',
  external: 'waits for `{name}` here',
});

export default defineRule({
  id: 'transaction-held-across-await',
  summary: 'A database transaction stays open, and its connection taken, while another service is waited for.',
  level: 'info',
  fix: 'none',
  messages: messages.texts,

  concerns: (file) => speaksOfSessions(file) && awaits(file) && !isScriptOrCommand(file.path),

  *check(file, workspace) {
    if (workspace.isScript(file)) return;
    for (const scope of workspace.bySection(file, holders)) {
      for (const holding of holdingsOf(file, workspace, scope)) {
        const found = heldWait(file, workspace, scope, holding);
        if (!found) continue;
        const { call, since, wait } = found;
        const text = file.text.slice(call.calleeRange.start, call.calleeRange.end).replace(/\s+/g, '');
        const notes = [...(since ? [{ path: file.path, range: since, message: messages.since({ session: holding.name }) }] : []),
          ...(wait.path === file.path && wait.range.start === call.calleeRange.start ? [] : [{ path: wait.path, range: lastLine(workspace.file(wait.path)!, wait.range), message: messages.external({ name: wait.name }) }])];
        yield { range: lastLine(file, call.calleeRange), message: messages[holding.atOnce ? 'connection' : 'transaction']({ call: text, session: holding.name }), notes };
      }
    }
  },
});

const awaits = mentioningNames(['await']);

/** Coroutines that hold sessions and wait for something. */
const holders: SectionQuestion<Scope> = ({ scopes }, file, workspace) =>
  scopes.filter((scope) => scope.function?.async && scope.function.awaits && holdingsOf(file, workspace, scope).length > 0);

/** The first wait for another service between a statement and the end of its transaction. */
function heldWait(file: Facts, workspace: Workspace, owner: Scope, holding: Holding): { call: Call; since?: Range; wait: NonNullable<ReturnType<typeof externalWait>> } | undefined {
  let since: Call | undefined;
  for (const call of callsIn(file, owner.index)) {
    if (call.start < holding.start || call.end > holding.end) continue;
    const use = useOf(file, workspace, call, holding.name);
    if (use === 'end') since = undefined;
    else if (use === 'statement') since ??= call;
    else if (use === undefined && (holding.atOnce || (since && isWithin(file, call.block, since.block) && since.end <= call.start))) {
      const wait = externalWait(file, workspace, call);
      if (wait) return { call, wait, ...(since ? { since: lastLine(file, since.calleeRange) } : {}) };
    }
  }
  return undefined;
}

const statements = /^(?:execute|scalars?|get|get_one|exec|query|refresh|flush|stream|stream_scalars|merge|fetch|fetchrow|fetchval|run_sync)$/;
const ends = /^(?:commit|rollback|close|aclose|invalidate|reset|expunge_all|detach|begin|release)$/;

/** What a call does with the session: a statement, the end of its transaction (or something that may be one), or nothing. */
function useOf(file: Facts, workspace: Workspace, call: Call, name: string): 'statement' | 'end' | 'other' | undefined {
  const { callee } = call;
  if (callee.kind === 'attribute' && callee.object.kind === 'name' && callee.object.name === name) return ends.test(callee.name) ? 'end' : statements.test(callee.name) ? 'statement' : 'other';
  if (!call.arguments.some(({ value }) => value.kind === 'name' && value.name === name)) return undefined;
  const target = workspace.target(file, call)?.definition;
  const other = target && workspace.file(target.path);
  const scope = other?.scopes[target!.scope];
  // A helper that is not in sight may end it.
  if (!other || !scope?.function) return 'end';
  const body = other.text.slice(scope.start, scope.end);
  if (/\.(?:commit|rollback|close|begin)\(/.test(body)) return 'end';
  return /\.(?:execute|scalars?|get|exec|query|refresh|flush)\(/.test(body) ? 'statement' : 'end';
}

/** Whether `block` is `around` or stands in it. */
function isWithin(file: Facts, block: number, around: number): boolean {
  for (let at = block; at >= 0; at = file.blocks[at]!.parent) if (at === around) return true;
  return false;
}
