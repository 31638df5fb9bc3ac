/** Which Python files are Gunicorn's configuration. */

import type { Facts } from '../facts.ts';
import { gunicornSettings } from '../knowledge/gunicorn.ts';
import type { Workspace } from './workspace.ts';

/** Whether Gunicorn reads a file as its configuration: a launch names it, or its name and what it assigns say so. */
export function isConfiguration(file: Facts, workspace: Workspace): boolean {
  if (file.language !== 'python') return false;
  const name = file.path.slice(file.path.lastIndexOf('/') + 1);
  if (name === 'gunicorn.conf.py') return true;
  if (/gunicorn/i.test(name) && [...(file.scopes[0]?.bindings.keys() ?? [])].some((bound) => gunicornSettings.has(bound))) return true;
  return configurations(workspace).has(file.path);
}

function configurations(workspace: Workspace): ReadonlySet<string> {
  return workspace.remembered('configuration: paths', () => new Set(workspace.allLaunches().flatMap(({ launch }) => (launch.program === 'gunicorn' && launch.config !== undefined ? [launch.config] : []))));
}
