/** Where a file uses a driver that waits in C, and what makes such drivers wait through the hub. */

import { mayHold, type Facts, type Range } from '../facts.ts';
import { folderOf, upwards } from '../folders.ts';
import { driverOfModule, drivers, type Driver } from '../knowledge/drivers.ts';
import { mentioning } from './mentions.ts';
import type { Workspace } from './workspace.ts';

export interface DriverUse {
  readonly driver: Driver;
  /** The import, the URL's scheme, or the call that makes the driver wait in C. */
  readonly range: Range;
  /** Where a URL names only the database: what requires the driver. */
  readonly required?: { readonly path: string; readonly range: Range };
}

/** The first use of each driver in a file, by position. */
export function driverUses(file: Facts, workspace: Workspace): readonly DriverUse[] {
  const first = new Map<Driver, DriverUse>();
  for (const use of [...imports(file, workspace), ...switches(file, workspace), ...urls(file, workspace)].sort((a, b) => a.range.start - b.range.start)) {
    if (!first.has(use.driver)) first.set(use.driver, use);
  }
  return [...first.values()];
}

function* imports(file: Facts, workspace: Workspace): Iterable<DriverUse> {
  for (const scope of file.scopes) {
    for (const bindings of scope.bindings.values()) {
      for (const { value, start, end, block } of bindings) {
        if ((value.kind !== 'import' && value.kind !== 'star-import') || value.level > 0) continue;
        const driver = driverOfModule(value.module);
        if (driver && !onlyForTypes(file, block) && !workspace.resolveModule(file, value.module, 0)) yield { driver, range: { start, end } };
      }
    }
  }
}

/** Below `if TYPE_CHECKING:`. */
function onlyForTypes(file: Facts, block: number): boolean {
  for (let at = file.blocks[block]; at; at = file.blocks[at.parent]) {
    const value = at.test?.kind === 'truthy' ? at.test.value : undefined;
    if ((value?.kind === 'name' || value?.kind === 'attribute') && value.name === 'TYPE_CHECKING') return true;
  }
  return false;
}

function* switches(file: Facts, workspace: Workspace): Iterable<DriverUse> {
  for (const driver of drivers) {
    if (!driver.switch || !mayHold(file, lastOf(driver.switch))) continue;
    for (const call of file.calls) if (workspace.target(file, call)?.name === driver.switch) yield { driver, range: call.calleeRange };
  }
}

/** A comment, or a string whose text may begin with a URL. A scheme alone (`startswith("postgresql://")`) connects to nothing. */
const literal = /#.*|("""|'''|["'])(?:([a-z]+(?:\+[a-z0-9]+)?):\/\/(?=[^"'\s]|["']\s*\+))?(?:\\[^]|(?!\1)[^])*\1/g;

function* urls(file: Facts, workspace: Workspace): Iterable<DriverUse> {
  if (!namesSchemes(file)) return;
  for (const match of file.text.matchAll(literal)) {
    const scheme = match[2];
    const driver = scheme === undefined ? undefined : drivers.find((one) => one.schemes?.includes(scheme));
    if (!driver || scheme === undefined) continue;
    const required = scheme.includes('+') ? undefined : requirementOf(driver, file, workspace);
    if (!required && !scheme.includes('+')) continue;
    const start = match.index + match[1]!.length;
    yield { driver, range: { start, end: start + scheme.length + '://'.length }, ...(required ? { required } : {}) };
  }
}

const namesSchemes = mentioning(new RegExp(`["'](?:${drivers.flatMap((driver) => driver.schemes ?? []).map((scheme) => scheme.replace('+', '\\+')).join('|')})://`));

/** Where the requirements that hold for a file, those in its folder or above, name a driver's distribution. */
function requirementOf(driver: Driver, file: Facts, workspace: Workspace): DriverUse['required'] {
  const folders = upwards(folderOf(file.path));
  const named = new RegExp(`(?<=^\\s*|["'])(?:${driver.packages!.join('|')})(?![\\w-])`, 'im');
  for (const path of workspace.paths) {
    const { language, text } = workspace.file(path)!;
    if ((language !== 'requirements' && language !== 'config') || !folders.includes(folderOf(path).replace(/(^|\/)requirements$/, ''))) continue;
    const match = named.exec(text);
    if (match) return { path, range: { start: match.index, end: match.index + match[0].length } };
  }
  return undefined;
}

const greening = drivers.flatMap((driver) => (driver.made_green_by ?? []).map((name) => ({ driver: driver.name, name, isNamed: mentioning(new RegExp(name)) })));
const namesGreening = mentioning(new RegExp(greening.map(({ name }) => name).join('|')));

/** Names of the drivers that code of a file makes wait through the hub. */
export function madeGreenBy(file: Facts): readonly string[] {
  if (!namesGreening(file)) return [];
  return [...new Set(greening.filter(({ name, isNamed }) => isNamed(file) && usesName(file, name)).map(({ driver }) => driver))];
}

/** Whether a file imports a module or a member of this name, or calls it. */
function usesName(file: Facts, name: string): boolean {
  if (file.calls.some(({ callee }) => (callee.kind === 'name' || callee.kind === 'attribute') && callee.name === name)) return true;
  return file.scopes.some((scope) => [...scope.bindings.values()].some((bindings) => bindings.some(({ value }) =>
    value.kind === 'import' && (value.module.split('.', 1)[0] === name || value.member === name))));
}

function lastOf(dotted: string): string {
  return dotted.slice(dotted.lastIndexOf('.') + 1);
}
