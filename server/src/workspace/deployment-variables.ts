/** Variables that other files of the deployment set for a container. */

import type { Facts } from '../facts.ts';
import { placeOf } from './circumstances.ts';
import type { Workspace } from './workspace.ts';

/**
 * Whether what `file` starts may find variables that it does not set itself: compose and Kubernetes set them for the
 * `CMD` of an image, and the image's `ENV` for its scripts. Which service runs what is not always written: the name is enough.
 */
export function setElsewhere(file: Facts, workspace: Workspace): (name: string) => boolean {
  const script = file.language === 'shell' || file.language === 'python';
  if (file.language !== 'dockerfile' && !(script && placeOf(file, workspace) === 'container')) return () => false;
  const { images, services } = workspace.remembered(setElsewhere, () => variablesOf(workspace));
  return (name) => services.has(name) || (script && images.has(name));
}

interface Variables {
  readonly images: ReadonlySet<string>;
  readonly services: ReadonlySet<string>;
}

function variablesOf(workspace: Workspace): Variables {
  const images = new Set<string>();
  const services = new Set<string>();
  for (const path of workspace.paths) {
    const file = workspace.file(path);
    if (file?.language === 'dockerfile') {
      for (const [line] of file.text.matchAll(/^[ \t]*ENV[ \t](?:.*\\\r?\n)*.*/gim)) for (const [, name] of line.matchAll(/(?<=\s)([A-Z][A-Z0-9_]*)(?=[=\s])/g)) images.add(name!);
    } else if (file?.language === 'compose' || file?.language === 'kubernetes') {
      for (const [, named, assigned] of file.text.matchAll(/\bname:[ \t]*["']?([A-Z][A-Z0-9_]*)\b|^[ \t-]*["']?([A-Z][A-Z0-9_]*)["']?[ \t]*[=:]/gm)) services.add((named ?? assigned)!);
    }
  }
  return { images, services };
}
