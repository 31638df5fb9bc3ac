/** Changes on disk, made out of a client's file events. */

import { FileChangeType, type FileEvent } from 'vscode-languageserver';
import { isConfigFile } from '../config.ts';
import { keyOf, pathBelow } from './addresses.ts';
import type { Folder } from './folder.ts';

/** So many events at once are a branch switch or an unpacked archive: some may be lost, so everything is read again. */
const burst = 50;

/** Nothing in these is ever read. */
const quiet = /(?:^|\/)(?:\.git|node_modules|site-packages|__pycache__|\.venv)\//;

/** What happened below one folder. */
export interface Changes {
  readonly changed: Set<string>;
  readonly removed: string[];
  /** Files may have come that nobody named, or the walk may leave out others: walk again. */
  walk: boolean;
  /** Read every file again. */
  all: boolean;
}

export function changesBelow(folder: Folder, events: readonly FileEvent[], isWanted: (path: string) => boolean): Changes {
  const last = new Map<string, FileEvent>();
  for (const event of events) {
    const path = pathBelow(folder.key, keyOf(event.uri));
    if (!path || quiet.test(path)) continue;
    // A file that is made and written at once is told of twice: it is still new.
    const isNew = event.type === FileChangeType.Changed && last.get(path)?.type === FileChangeType.Created;
    last.set(path, isNew ? { ...event, type: FileChangeType.Created } : event);
  }
  const changes: Changes = { changed: new Set(), removed: [], walk: false, all: last.size > burst };
  for (const [path, { type, uri }] of last) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (name === '.gitignore' || isConfigFile(path)) changes.walk = true;
    if (type === FileChangeType.Deleted) {
      changes.removed.push(path);
    } else if (folder.lists(path)) {
      folder.spell(path, uri);
      changes.changed.add(path);
    } else if (type === FileChangeType.Created && (isWanted(path) || !name.includes('.'))) {
      // A name without a dot may be a script or a folder, whose files are not named when it is moved here.
      folder.spell(path, uri);
      changes.walk = true;
    }
  }
  return changes;
}
