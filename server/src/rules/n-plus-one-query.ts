/** A query for each row of another. */

import type { Facts, Loop } from '../facts.ts';
import { comesIn } from '../findings/arrivals.ts';
import { lazyFindings } from '../findings/lazy-reads.ts';
import { roundTripFindings } from '../findings/round-trips.ts';
import { handful, manyTurns } from '../findings/turns.ts';
import { defineRule } from '../rule.ts';
import { rowsOf, type Rows } from '../workspace/rows.ts';
import { summary } from '../workspace/summaries.ts';
import type { SectionQuestion, Workspace } from '../workspace/workspace.ts';

export default defineRule({
  id: 'n-plus-one-query',
  summary: 'A loop over rows asks the database again for every row, so a page of a hundred rows waits for a hundred round trips.',
  level: 'warning',
  fix: 'none', // What is loaded together is for the program to say.
  messages: {},

  concerns: (file) => walks(file),

  *check(file, workspace) {
    if (file.loops.length === 0 || servesNobody(file, workspace)) return;
    const seen = new Set<number>();
    // The innermost loop whose element a query needs is the one to repair.
    for (const loop of workspace.bySection(file, longLoops).slice().sort((one, other) => one.end - one.start - (other.end - other.start))) {
      let known: { rows: Rows | undefined } | undefined;
      const rows = () => (known ??= { rows: rowsOf(file, workspace, loop.iterable!, loop.scope, loop.iterableRange!.start) }).rows;
      for (const finding of [...roundTripFindings(file, workspace, loop, rows), ...lazyFindings(file, workspace, loop, rows)]) {
        if (seen.has(finding.range.start) || isHandful(rows()) || comesIn(file, workspace, loop)) continue;
        seen.add(finding.range.start);
        yield finding;
      }
    }
  },
});

/** Something is walked whose length the text does not say. */
const walks = summary((file) => file.loops.some(({ kind, iterable }) => kind !== 'while' && iterable && (iterable.kind !== 'sequence' || iterable.items.some((item) => item.kind === 'star'))));

/** Loops with many turns in functions that clients call. */
const longLoops: SectionQuestion<Loop> = ({ loops }, file) => manyTurns(file, loops).filter(({ scope }) => !runsOnce(file, scope));

const once = /^_?(initiali[sz](e|ation)|seed|bootstrap|on_startup|startup|lifespan)(_|$)/;

/** Whether code runs when the program starts, by the name of the function it stands in. */
function runsOnce(file: Facts, scope: number): boolean {
  for (let at = file.scopes[scope]; at; at = file.scopes[at.parent]) if (at.function && once.test(at.name)) return true;
  return false;
}

/** Whether the query itself asks for a few rows: `.limit(10)`. */
function isHandful(rows: Rows | undefined): boolean {
  const limit = /\.limit\(\s*(\d+)\s*\)/.exec(rows?.written ?? '');
  return limit !== null && Number(limit[1]) <= handful;
}

/** Tests, migrations, scripts and commands run for one person, who waits once. */
function servesNobody(file: Facts, workspace: Workspace): boolean {
  return /(^|\/)(scripts?|management\/commands|cli|seeds?|fixtures|migrations?|alembic|versions|tools)\//.test(file.path) || /(^|\/)(seed\w*|manage|cli|\w*migrat\w*)\.py$/.test(file.path) || workspace.isScript(file);
}
