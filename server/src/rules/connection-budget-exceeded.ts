/** More connections than the database takes, summed over everything that is started. */

import { startsSomething } from '../findings/launches.ts';
import { defineMessages, defineRule, type Message, type Note } from '../rule.ts';
import { budgetOf, termOf, type Budget } from '../workspace/budget.ts';

const messages = defineMessages('connection-budget-exceeded', {
  exceeded: 'These processes may open {sum} = {total} connections, and {database} takes {limit}: under load, whoever comes last is refused; start fewer processes, make the pools smaller, put a pooler in front, or raise `max_connections`',
  idle: 'These pools allow {sum} = {total} connections, and {database} takes {limit}; processes that work on one thing at a time never need so many: make the pools as large as what one process does at once',
  processes: '{count} processes',
  work: '{count} processes, each doing {work} at a time',
  size: '{size} connections in the pool of each process',
  overflow: '{overflow} more under load',
  spare: '{overflow} more under load, the default',
  unset: '{size} connections in the pool of each process, and {overflow} more under load: the defaults',
  standard: '{size} connections in the pool of each process, the default',
  limit: '{database} takes {limit} connections',
  server: 'the database; nothing here says `max_connections`, so it takes {limit} by default',
});

export default defineRule({
  id: 'connection-budget-exceeded',
  summary: 'All processes together may open more database connections than the server takes.',
  level: 'warning',
  fix: 'none',
  messages: messages.texts,

  concerns: startsSomething,

  *check(file, workspace) {
    for (const budget of budgetOf(workspace)) {
      const usable = budget.limit.value - budget.limit.reserved;
      const exceeded = budget.connections > usable;
      // Larger pools than there is work: only where somebody wrote the number down.
      if (!exceeded && !(budget.allowed > usable && budget.launches.some((share) => share.engines.some(({ size, overflow }) => size.path ?? overflow.path)))) continue;
      const largest = budget.launches.toSorted((a, b) => (exceeded ? b.connections - a.connections : b.allowed - a.allowed))[0]!;
      if (largest.launch.path !== file.path) continue;
      const { processes, launch } = largest;
      yield {
        range: processes.path === file.path && processes.range ? processes.range : launch.range,
        message: spoken(budget, exceeded),
        ...(exceeded ? {} : { level: 'hint' as const }),
        notes: [...notesOf(budget)],
      };
    }
  },
});

function spoken(budget: Budget, exceeded: boolean): Message {
  const { limit } = budget;
  const values = {
    sum: budget.launches.map((share) => termOf(share, exceeded)).join(' + '),
    total: String(exceeded ? budget.connections : budget.allowed),
    database: limit.database.name,
    limit: limit.reserved > 0 ? `${limit.value} − ${limit.reserved} = ${limit.value - limit.reserved}` : String(limit.value),
  };
  return exceeded ? messages.exceeded(values) : messages.idle(values);
}

/** Where each number stands. */
function* notesOf({ launches, limit }: Budget): Iterable<Note> {
  for (const { launch, processes, atATime, engines } of launches) {
    const count = String(processes.value);
    const place = { path: processes.path ?? launch.path, range: processes.range ?? launch.range };
    yield { ...place, message: atATime === undefined ? messages.processes({ count }) : messages.work({ count, work: String(atATime) }) };
    for (const { engine, size, overflow } of engines) {
      const values = { size: String(size.value), overflow: String(overflow.value) };
      const here = { path: engine.file.path, range: engine.range };
      if (size.path === undefined && overflow.path === undefined) {
        yield { ...here, message: overflow.value > 0 ? messages.unset(values) : messages.standard(values) };
        continue;
      }
      yield size.path !== undefined && size.range ? { path: size.path, range: size.range, message: messages.size(values) } : { ...here, message: messages.standard(values) };
      if (overflow.path !== undefined && overflow.range) yield { path: overflow.path, range: overflow.range, message: messages.overflow(values) };
      else if (overflow.value > 0) yield { ...here, message: messages.spare(values) };
    }
  }
  const values = { database: limit.database.name, limit: String(limit.value) };
  if (limit.path !== undefined && limit.range) yield { path: limit.path, range: limit.range, message: messages.limit(values) };
  else if (limit.evidence) yield { ...limit.evidence, message: messages.server(values) };
}
