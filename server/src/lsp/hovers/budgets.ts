/** How many connections all processes may open together, and where each number stands. */

import { termOf, type Budget, type Figure } from '../../engine.ts';
import { render, type Locale } from '../../messages/index.ts';
import { defineMessages } from '../../rule.ts';
import type { Folder } from '../folder.ts';
import { linkTo, listed } from './marks.ts';

export const messages = defineMessages('budget', {
  sum: 'Connections that can be open at a time: {sum} = {total}; {database} takes {limit}',
  allowed: 'The pools allow {sum} = {total}',
  processes: 'Processes of {program}: {count}, {place}',
  pool: '{size} in the pool of each process and {overflow} more under load, {place}',
  limit: '{database} takes {limit}, {place}',
  reserved: '{database} takes {limit} and keeps {reserved} of them for administrators, {place}',
  default: 'the default',
});

export function budgetText(budget: Budget, folder: Folder, locale: Locale): string {
  const { limit, launches, connections, allowed } = budget;
  const placeOf = ({ path, range }: Partial<Figure>) => (path === undefined ? render(messages.default(), locale) : linkTo(folder, path, range));
  const database = limit.database.name;
  const sum = (open: boolean) => launches.map((share) => termOf(share, open)).join(' + ');
  const usable = limit.reserved > 0 ? `${limit.value} − ${limit.reserved} = ${limit.value - limit.reserved}` : String(limit.value);
  const title = messages.sum({ database, sum: sum(true), total: String(connections), limit: usable });
  const facts = [
    ...(allowed > connections ? [messages.allowed({ sum: sum(false), total: String(allowed) })] : []),
    ...launches.flatMap(({ launch, processes, engines }) => [
      messages.processes({ program: `\`${launch.program}\``, count: String(processes.value), place: linkTo(folder, processes.path ?? launch.path, processes.range ?? launch.range) }),
      ...engines.map(({ size, overflow }) => messages.pool({ size: String(size.value), overflow: String(overflow.value), place: placeOf(size.path === undefined ? overflow : size) })),
    ]),
    (limit.reserved > 0 ? messages.reserved : messages.limit)({ database, limit: String(limit.value), reserved: String(limit.reserved), place: placeOf(limit) }),
  ];
  return `${render(title, locale)}\n\n${listed([...new Set(facts.map((fact) => render(fact, locale)))])}`;
}
