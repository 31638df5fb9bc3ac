/** What the settings of servers and runners do, in words, as typed look-ups. */

import meaningTable from './meanings.json' with { type: 'json' };

/** One or two sentences of Markdown without links, in each language. */
export interface Meaning {
  readonly en: string;
  readonly zh: string;
  /** It is honoured by half, in a way that these words tell. */
  readonly partly?: boolean;
}

interface MeaningRow extends Meaning {
  readonly program: string;
  readonly setting: string;
  /** It holds for these worker classes or pools, by the names of `honoured_by`; else for all that have no row of their own. */
  readonly kinds?: readonly string[];
  /** It speaks of this value of the setting. */
  readonly value?: string;
  /** People should no longer choose this value. */
  readonly deprecated?: boolean;
}

/** A value that a setting is often given. */
export interface KnownValue {
  readonly value: string;
  readonly meaning: Meaning;
  readonly deprecated: boolean;
}

export const meaningRows: readonly MeaningRow[] = meaningTable as readonly MeaningRow[];

const bySetting = new Map<string, MeaningRow[]>();
for (const row of meaningRows) {
  const key = `${row.program} ${row.setting}`;
  const rows = bySetting.get(key);
  if (rows) rows.push(row);
  else bySetting.set(key, [row]);
}

/** What a setting does with a worker class or pool (`gws`, `prefork`); in general, where that is not known. */
export function meaningOf(program: string, setting: string, kind?: string): Meaning | undefined {
  const rows = (bySetting.get(`${program} ${setting}`) ?? []).filter(({ value }) => value === undefined);
  const own = kind === undefined ? undefined : rows.find(({ kinds }) => kinds?.includes(kind));
  return own ?? rows.find(({ kinds }) => kinds === undefined);
}

/** The values worth offering for a setting that takes any text (worker classes, pools); empty for others. */
export function knownValues(program: string, setting: string): readonly KnownValue[] {
  return (bySetting.get(`${program} ${setting}`) ?? []).flatMap(({ value, en, zh, deprecated = false }) => (value === undefined ? [] : [{ value, meaning: { en, zh }, deprecated }]));
}
