/** What Gunicorn's configuration file says, as far as it can be told without running it. */

import { guesses, type Facts } from '../facts.ts';
import { gunicornSettings } from '../knowledge/gunicorn.ts';
import { evaluated, lastOf, type EnvironmentOf } from './constants.ts';
import type { Setting } from './launches.ts';
import type { Workspace } from './workspace.ts';

export interface ConfigSettings {
  readonly settings: ReadonlyMap<string, Setting>;
  /** Nothing in it may set more than is seen. */
  readonly complete: boolean;
}

/** Files that configuration files may take over with `*` lie no deeper than this. */
const deepest = 3;

/** Settings that a configuration file assigns: what it computes, and what only a branch assigns, has no value. */
export function configSettings(config: Facts, workspace: Workspace, environment: EnvironmentOf = () => undefined, depth = 0): ConfigSettings {
  const settings = new Map<string, Setting>();
  let complete = config.language === 'python' && guesses(config).length === 0 && !/\b(?:locals|globals|vars|exec)\s*\(/.test(config.text);
  const bindings = config.scopes[0]?.bindings;
  for (const all of bindings?.values() ?? []) {
    for (const { value } of all) {
      if (value.kind !== 'star-import') continue;
      const base = depth < deepest ? workspace.resolveModule(config, value.module, value.level) : undefined;
      const inherited = base && configSettings(base, workspace, environment, depth + 1);
      if (!inherited?.complete) complete = false;
      for (const [name, setting] of inherited?.settings ?? []) settings.set(name, setting);
    }
  }
  for (const [name, all] of bindings ?? []) {
    if (!gunicornSettings.has(name)) continue;
    const written = all.filter(({ value }) => value.kind !== 'annotated');
    const final = written.at(-1);
    if (!final || final.value.kind === 'deleted') continue;
    const { value } = lastOf(config, written) ?? {};
    const result = value?.kind === 'assigned' && value.item === undefined ? evaluated(config, value.value, environment) : undefined;
    settings.set(name, {
      name,
      ...(result?.kind === 'known' ? { value: String(result.value) } : result?.kind === 'computed' ? { computed: true } : {}),
      path: config.path,
      range: { start: final.start, end: final.end },
      source: 'config',
    });
  }
  return { settings, complete };
}
