/** What the language server asks of the file system; `disk.ts` answers it on a machine. */

import type { DiskSettings, Listing, Source, Unread } from './disk.ts';

export interface Files {
  /** Files under `root` that are worth reading. Never throws. */
  list(root: string, settings: DiskSettings): Listing | Promise<Listing>;
  /** What a file says, why it cannot be checked, or undefined when it is gone; `limit` in bytes. Never throws. */
  read(root: string, file: string, limit: number): Source | Unread | undefined | Promise<Source | Unread | undefined>;
  /** Whether a folder holds everything of a person or a machine: nobody means to check that. */
  isTooWide(root: string): boolean;
  /** Whether the name alone says that the file is worth reading. */
  isWanted(file: string): boolean;
}
