/** Levels, options and overrides, from `[tool.unblock]`, `unblock.toml` and editor settings. Parses, never throws. */

import type { Range } from './facts.ts';
import type { Level, OptionValue } from './rule.ts';

export interface Config {
  /** By rule id. */
  readonly levels: Readonly<Record<string, Level | 'off'>>;
  /** By rule id, then option name. */
  readonly options: Readonly<Record<string, Readonly<Record<string, OptionValue>>>>;
  /** Later ones win. Globs relative to the config file's folder. */
  readonly overrides: readonly { readonly files: readonly string[]; readonly levels: Readonly<Record<string, Level | 'off'>>; readonly options: Readonly<Record<string, Readonly<Record<string, OptionValue>>>> }[];
  /** Globs of files not to check, beside `.gitignore`. */
  readonly exclude: readonly string[];
}

export interface ConfigProblem {
  readonly range: Range;
  readonly message: { readonly key: string; readonly text: string; readonly values: Readonly<Record<string, string>> };
}

export const emptyConfig: Config = { levels: {}, options: {}, overrides: [], exclude: [] };
