/** What the surroundings of a launch say: whether it is production's, and what runs it. */

import type { Command, Facts } from '../facts.ts';
import { folderOf, joinPath, upwards } from '../folders.ts';
import type { Workspace } from './workspace.ts';

/** What runs a launch: a container, a supervisor of processes on a machine, or a person or script on a machine. */
export type LaunchPlace = 'container' | 'supervised' | 'host' | 'unknown';

const developmentName = /(?:^|[/._-])(?:dev|develop|development|local|debug|tests?|example)(?=[/._-]|$)/i;
const productionName = /(?:^|[^a-z])(?:prod|production|deploy|deployment|live|release|container|docker|entrypoint)(?=[^a-z]|$)/i;
const developmentTools = /\b(?:npm|yarn|pnpm|bun)(?:["',\s]+run)?["',\s]+(?:dev|start:dev|serve)\b|\bvite["'\s]/;

/** Why a start is not production's: the file's name, a condition around the command, or that it starts a development server of JavaScript too. */
export function developmentEvidence(file: Facts, command: Pick<Command, 'conditions'>): string | undefined {
  // `usr/local` is where programs lie.
  if (developmentName.test(file.path.replace(/(?:^|\/)usr\/local(?=\/)/, ''))) return file.path;
  const condition = command.conditions.flatMap((text) => text.split(/ && (?=!)/)).find((text) => {
    // Each of these turns the meaning around: a branch not taken, `[ ! … ]`, `!=`.
    const turns = (text.match(/^! |\[\[? ! |!=/g) ?? []).length;
    const holds = turns % 2 === 0;
    if (/prod(?:uction)?\b/i.test(text)) return !holds;
    return holds && /dev|debug|local|reload/i.test(text);
  });
  if (condition !== undefined) return condition;
  // What `make` starts is a developer's, unless the target says otherwise.
  if (file.language === 'makefile') return productionName.test([file.path, ...command.conditions].join(' ')) ? undefined : (command.conditions[0] ?? file.path);
  if (file.language !== 'shell' && file.language !== 'python') return undefined;
  return developmentTools.exec(file.text)?.[0].replace(/["',\s]+/g, ' ').trim();
}

/** What runs the launches of a file. */
export function placeOf(file: Facts, workspace: Workspace): LaunchPlace {
  switch (file.language) {
    case 'dockerfile':
    case 'compose':
      return 'container';
    case 'kubernetes':
      return isKubernetes(file) ? 'container' : 'unknown';
    case 'systemd':
    case 'supervisor':
      return 'supervised';
    case 'shell':
    case 'python':
      // s6-overlay's `with-contenv` exists in containers only.
      if (/^#!.*\bwith-contenv\b/.test(file.text)) return 'container';
      return containerScripts(workspace).has(file.path) ? 'container' : 'host';
    case 'makefile':
      return 'host';
    default:
      return 'unknown';
  }
}

/** Any YAML file may be one; only this says that it is. */
function isKubernetes(file: Facts): boolean {
  return file.language === 'kubernetes' && /^apiVersion:/m.test(file.text);
}

/** Scripts that the container files of the workspace copy to a place of their own, or start. */
function containerScripts(workspace: Workspace): ReadonlySet<string> {
  return workspace.remembered('circumstances: container scripts', () => {
    const found = new Set<string>();
    for (const path of workspace.paths) {
      const file = workspace.file(path);
      if (!file || (file.language !== 'dockerfile' && file.language !== 'compose' && !isKubernetes(file))) continue;
      // Paths in an image are those of the build's context, which is this folder or one above it.
      for (const [, written] of file.text.matchAll(/(?:^|[\s"'[,=])(?:\.?\/)?((?:[\w.-]+\/)*[\w-][\w.-]*)(?=$|[\s"'\],;])/gm)) {
        if (!/\.(?:sh|bash|py)$|\/|entrypoint|^(?:start|run)/.test(written!)) continue;
        const tails = written!.split('/').map((_, index, parts) => parts.slice(index).join('/'));
        for (const folder of upwards(folderOf(path))) {
          const script = tails.map((tail) => joinPath(folder, tail)).find((candidate) => candidate !== undefined && isScript(workspace.file(candidate)));
          if (script === undefined) continue;
          found.add(script);
          break;
        }
      }
    }
    return found;
  });
}

function isScript(file: Facts | undefined): boolean {
  return file?.language === 'shell' || file?.language === 'python';
}
