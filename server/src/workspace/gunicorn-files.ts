/** Gunicorn's configuration files as written: what each line of them assigns. */

import type { Binding, Facts, Range, Scope } from '../facts.ts';
import { gunicornSettings } from '../knowledge/gunicorn.ts';
import { isConfiguration } from './configuration.ts';
import { summary } from './summaries.ts';
import type { Workspace } from './workspace.ts';

/** A top-level name that a configuration file binds. */
export interface Assigned {
  readonly name: string;
  readonly nameRange: Range;
  readonly binding: Binding;
  /** What is assigned, where it is a constant. */
  readonly constant?: string | number | boolean | null;
  /** The value as written, where it stands on the line of the name. */
  readonly value?: Range;
}

/** A line such as `workers: 4`, which YAML would take for a setting and Python does not. */
export interface Colon {
  readonly name: string;
  readonly nameRange: Range;
  readonly value: string;
}

export interface GunicornFile {
  readonly assigned: readonly Assigned[];
  readonly colons: readonly Colon[];
}

const known = new WeakMap<readonly Scope[], GunicornFile>();

/** Whether a Python file binds a name on its top level that is a setting of Gunicorn. */
export const bindsSettings = summary((file) => [...(file.scopes[0]?.bindings.keys() ?? [])].some((name) => gunicornSettings.has(name)));

/** Whether `file` may be Gunicorn's configuration at all, by its name or a setting that it binds: asked before every launch is looked at. */
export function mayConfigure(file: Facts): boolean {
  return file.language === 'python' && (/gunicorn/i.test(file.path.slice(file.path.lastIndexOf('/') + 1)) || bindsSettings(file));
}

/** What Gunicorn reads in `file`; undefined for a file that it does not run as its configuration. */
export function gunicornFile(file: Facts, workspace: Workspace): GunicornFile | undefined {
  if (!mayConfigure(file) || !isConfiguration(file, workspace)) return undefined;
  let read = known.get(file.scopes);
  if (!read) known.set(file.scopes, (read = { assigned: assignedIn(file), colons: colonsIn(file) }));
  return read;
}

function assignedIn(file: Facts): Assigned[] {
  const found: Assigned[] = [];
  for (const [name, bindings] of file.scopes[0]?.bindings ?? []) {
    for (const binding of bindings) {
      if (binding.value.kind !== 'assigned' && binding.value.kind !== 'function') continue;
      const constant = binding.value.kind === 'assigned' && binding.value.item === undefined && binding.value.value.kind === 'constant' ? binding.value.value.value : undefined;
      const value = binding.value.kind === 'assigned' ? valueRange(file, binding) : undefined;
      found.push({ name, nameRange: { start: binding.start, end: binding.end }, binding, ...(constant === undefined ? {} : { constant }), ...(value ? { value } : {}) });
    }
  }
  return found.sort((a, b) => a.binding.start - b.binding.start);
}

/** The value of `name = value`, where it stands on one line by itself. */
function valueRange(file: Facts, { start, end }: Range): Range | undefined {
  const line = /^[^\r\n]*/.exec(file.text.slice(end))![0];
  const between = /^[ \t]*(?::[^=]*)?=(?!=)[ \t]*/.exec(line);
  if (!between || /[^ \t;]/.test(/[^\n;]*$/.exec(file.text.slice(0, start))![0])) return undefined;
  const written = /^(?:[^#"';]|"[^"]*"|'[^']*')*/.exec(line.slice(between[0].length))![0].trimEnd();
  const from = end + between[0].length;
  return written === '' ? undefined : { start: from, end: from + written.length };
}

function colonsIn(file: Facts): Colon[] {
  const found: Colon[] = [];
  for (const [name, bindings] of file.scopes[0]?.bindings ?? []) {
    if (!gunicornSettings.has(name)) continue;
    for (const { start, end, value } of bindings) {
      if (value.kind !== 'annotated') continue;
      const written = /^[ \t]*:[ \t]*([^=\r\n]*?)[ \t]*(?:#[^\r\n]*)?(?:\r?\n|$)/.exec(file.text.slice(end))?.[1];
      if (written !== undefined && written !== '' && !isType(written)) found.push({ name, nameRange: { start, end }, value: written });
    }
  }
  return found.sort((a, b) => a.nameRange.start - b.nameRange.start);
}

/** A declaration that is meant as one: `workers: int`. */
function isType(value: string): boolean {
  return /^["']?(?:int|str|bool|float|bytes|dict|list|tuple|set|object|None|Optional|Union|List|Dict|Tuple|Any|Callable|Literal|Final|[a-z_]+\.[A-Z]\w*|[A-Z]\w*)\b/.test(value) && !/^["']?(?:True|False)\b/.test(value);
}
