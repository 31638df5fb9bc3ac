/** What we know of the world, as typed look-ups over the JSON tables beside this file. */

import blockingTable from './blocking.json' with { type: 'json' };
import returnsTable from './returns.json' with { type: 'json' };
import offloadTable from './offload.json' with { type: 'json' };

/** A call that blocks the thread it runs in. */
export interface BlockingRow {
  /** Dotted, as a library's users write it: `requests.Session.get`; `boto3.client().*` for any method. */
  readonly name: string;
  /** The `blocking-*` rule that speaks of it. */
  readonly rule: string;
  /** How long it may block: `none` is never reported. */
  readonly cost: 'high' | 'medium' | 'low' | 'none';
  /** Whether gevent's patching makes it cooperative; null when nobody knows. */
  readonly gevent: boolean | null;
  /** What to use on an event loop, Markdown. */
  readonly alternative: string;
  readonly kind: 'function' | 'method' | 'constructor';
  /** Arguments that make the call return at once. */
  readonly unless?: readonly Unless[];
  /** It returns a lazy iterator: the work happens while iterating. */
  readonly lazy?: boolean;
  readonly note?: string;
}

/** The call does not block when the argument `name` (or the one at `position`) is the constant `is`, or when it is absent. */
export interface Unless {
  readonly name?: string;
  readonly position?: number;
  readonly is?: string | number | boolean | null;
  readonly absent?: boolean;
}

/** What a call returns. */
export interface ReturnRow {
  readonly call: string;
  readonly returns: string;
  readonly is_async?: boolean;
  readonly attr?: boolean | string;
  readonly element?: boolean;
  readonly element_of?: string;
  readonly op?: string;
  readonly any_method?: boolean;
  readonly except_methods?: readonly string[];
  readonly pure?: boolean;
  readonly enter?: boolean;
  readonly enter_blocks?: boolean;
  readonly exit_blocks?: boolean;
  readonly iter_blocks?: boolean;
  readonly factory_of?: string;
  readonly note?: string;
}

/** A call that takes other code and runs it elsewhere, or schedules it on the loop. */
export interface OffloadRow {
  readonly call: string;
  /** Method name by which it is recognised on any receiver. */
  readonly attr?: string;
  /** Which argument is the work: position or keyword. */
  readonly work_arg?: number | string;
  readonly env?: string;
  readonly returns_wrapper?: boolean;
  readonly decorator?: boolean;
  readonly note?: string;
}

const index = <T>(rows: readonly T[], key: (row: T) => string): ReadonlyMap<string, T> => new Map(rows.map((row) => [key(row), row]));

export const blocking: ReadonlyMap<string, BlockingRow> = index(blockingTable as readonly BlockingRow[], (row) => row.name);
export const returns: ReadonlyMap<string, ReturnRow> = index(returnsTable as readonly ReturnRow[], (row) => row.call);
export const offLoop: readonly OffloadRow[] = (offloadTable as { off_loop: readonly OffloadRow[] }).off_loop;
export const onLoop: readonly OffloadRow[] = (offloadTable as { on_loop: readonly OffloadRow[] }).on_loop;

/** The name under which we know a type that libraries export under several. */
export function canonicalType(name: string): string {
  return returns.get(name)?.returns ?? name;
}

/** The row of a call by dotted name; types of which every method blocks (`boto3.client().*`) included. */
export function blockingRow(name: string): BlockingRow | undefined {
  const row = blocking.get(name);
  if (row) return row;
  const dot = name.lastIndexOf('.');
  if (dot <= 0) return undefined;
  const type = name.slice(0, dot);
  const canonical = canonicalType(type);
  return (canonical === type ? undefined : blocking.get(`${canonical}${name.slice(dot)}`)) ?? blocking.get(`${canonical}.*`);
}
