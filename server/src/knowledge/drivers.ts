/** Drivers and clients that wait in C, where the patches of gevent and eventlet do not reach. */

import table from './drivers.json' with { type: 'json' };

type Hub = 'gevent' | 'eventlet';

export interface Driver {
  /** The module, as users know it. */
  readonly name: string;
  /** Top-level modules whose import means the driver. */
  readonly imports?: readonly string[];
  /** The call that makes a driver wait in C which otherwise waits in Python. */
  readonly switch?: string;
  /** Distributions that bring it, as requirements name them. */
  readonly packages?: readonly string[];
  /** SQLAlchemy's URL schemes for it; one without `+` means it only where its distribution is required. */
  readonly schemes?: readonly string[];
  /** Modules and functions that make it wait through the hub. */
  readonly made_green_by?: readonly string[];
  /** Hubs whose patching includes it. */
  readonly patched_by?: readonly Hub[];
  /** Libraries that wait through it, and nowhere else: they wait through the hub where it does. */
  readonly carries?: readonly string[];
  /** What to call at start-up, by hub. */
  readonly call?: Readonly<Partial<Record<Hub, string>>>;
  /** A distribution that does the same and waits in Python. */
  readonly instead?: string;
}

/** By name. */
export const drivers: readonly Driver[] = table as readonly Driver[];

/** The driver that an import of a module means. */
export function driverOfModule(module: string): Driver | undefined {
  const top = module.split('.', 1)[0]!;
  return drivers.find((driver) => driver.imports?.includes(top));
}

/** Names of the drivers through which a library's call waits: the library itself, and what carries it. */
export function driversBelow(call: string): readonly string[] {
  const carrying = drivers.filter(({ carries }) => carries?.some((library) => call.startsWith(`${library}.`)));
  return [call.split('.', 1)[0]!, ...carrying.map(({ name }) => name)];
}
