/** The editor's settings, read without trust. */

import { emptyConfig, type Config } from '../config.ts';
import { localeOf, type Locale } from '../messages/index.ts';
import { levels, type Level, type OptionValue } from '../rule.ts';

export interface Settings {
  readonly config: Config;
  /** Undefined: the editor's own language. */
  readonly locale?: Locale;
  /** `workspace`: every file is reported; `openFiles`: every file is read, open ones are reported; `off`: only open files are read. */
  readonly scan: 'workspace' | 'openFiles' | 'off';
  readonly run: 'onType' | 'onSave';
  readonly maxFileBytes: number;
  readonly maxFiles: number;
  /** Globs of `files.exclude`. */
  readonly hidden: readonly string[];
}

/** `settings` is what stands under `unblock`, `hidden` under `files.exclude`. What has the wrong type counts as not set. */
export function readSettings(settings: unknown, hidden?: unknown): Settings {
  const root = fields(settings);
  const scan = fields(root.scan);
  const mode = scan.mode;
  const locale = root.locale;
  return {
    config: { ...emptyConfig, levels: levelsOf(root.rules), options: optionsOf(root.options), exclude: stringsOf(root.exclude) },
    ...(typeof locale === 'string' && locale !== 'auto' ? { locale: localeOf(locale) } : {}),
    scan: mode === 'openFiles' || mode === 'off' ? mode : 'workspace',
    run: root.run === 'onSave' ? 'onSave' : 'onType',
    maxFileBytes: positive(scan.maxFileSizeKB, 1024) * 1024,
    maxFiles: positive(scan.maxFiles, 20_000),
    hidden: Object.entries(fields(hidden)).filter(([, value]) => value === true).map(([glob]) => glob),
  };
}

function levelsOf(value: unknown): Config['levels'] {
  return Object.fromEntries(Object.entries(fields(value)).filter((entry): entry is [string, Level | 'off'] => (levels as readonly unknown[]).includes(entry[1])));
}

function optionsOf(value: unknown): Config['options'] {
  return Object.fromEntries(Object.entries(fields(value)).map(([rule, options]) => [rule, Object.fromEntries(Object.entries(fields(options)).filter((entry): entry is [string, OptionValue] => isOption(entry[1])))]));
}

function isOption(value: unknown): value is OptionValue {
  return ['boolean', 'number', 'string'].includes(typeof value) || (Array.isArray(value) && value.every((item) => typeof item === 'string'));
}

function stringsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function positive(value: unknown, otherwise: number): number {
  return typeof value === 'number' && value > 0 ? value : otherwise;
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Record<string, unknown> : {};
}
