/** Places that block, several of which may be one. */

import type { BlockingSite } from './workspace.ts';

/** One finding for one place: of several ways to block, the dearest. */
export function dearestOnEach(sites: readonly BlockingSite[]): readonly BlockingSite[] {
  const order = { high: 0, medium: 1, low: 2, none: 3 };
  const best = new Map<number, BlockingSite>();
  for (const site of sites) {
    const known = best.get(site.range.start);
    if (!known || order[site.row.cost] < order[known.row.cost]) best.set(site.range.start, site);
  }
  return [...best.values()].sort((a, b) => a.range.start - b.range.start);
}
