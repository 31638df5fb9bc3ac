/** What each word behind a program is: a flag, the value of one, or neither. */

import type { Facts, Range, Word } from '../facts.ts';
import type { ServerSetting, ServerTable } from '../knowledge/servers.ts';

export interface Slot {
  readonly word: Word;
  readonly role: 'flag' | 'value' | 'other';
  /** The setting of the flag, or the one whose value it is; undefined for a flag that the program does not have. */
  readonly row?: ServerSetting;
  /** The flag as written, without a value that is attached to it. */
  readonly written?: string;
}

/** The words in order, and the setting whose value would come next. */
export interface Slots {
  readonly slots: readonly Slot[];
  readonly awaited?: ServerSetting;
}

/** Reads words as `readArguments` does, and says of each what it is taken for. */
export function slotsOf(words: readonly Word[], table: ServerTable): Slots {
  const slots: Slot[] = [];
  let awaited: { readonly row: ServerSetting; readonly written: string } | undefined;
  let ended = false;
  for (const word of words) {
    const known = word.value ?? word.prefix ?? '';
    if (awaited && !(awaited.row.arity === '?' && known.startsWith('-'))) {
      slots.push({ word, role: 'value', ...awaited });
      awaited = undefined;
      continue;
    }
    awaited = undefined;
    if (ended || !known.startsWith('-') || known === '--') {
      ended ||= known === '--' && word !== words.at(-1);
      slots.push({ word, role: known === '--' && !ended ? 'flag' : 'other' });
      continue;
    }
    const long = known.startsWith('--');
    const written = long ? known.replace(/=.*$/s, '') : known.slice(0, 2);
    const row = table.flag(written);
    slots.push({ word, role: 'flag', written, ...(row ? { row } : {}) });
    const attached = long ? known.includes('=') : known.length > 2;
    if (row && !attached && word.value !== undefined && row.arity !== 0 && row.off?.includes(table.spelling(written)) !== true) awaited = { row, written };
  }
  return { slots, ...(awaited ? { awaited: awaited.row } : {}) };
}

/** Where a word's own text stands, its quotes left out; undefined where what stands there is not the word's value. */
export function contentOf({ text }: Facts, { start, end, value, indirect }: Word): Range | undefined {
  if (value === undefined || indirect) return undefined;
  const quoted = end - start > 1 && /["']/.test(text[start]!) && text[end - 1] === text[start];
  const content = quoted ? { start: start + 1, end: end - 1 } : { start, end };
  return text.slice(content.start, content.end) === value ? content : undefined;
}
