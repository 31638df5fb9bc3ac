/** What the language server asks of the file system; `disk.ts` answers it on a machine. */

import type { DiskSettings, Listing, Source, Unread } from './disk.ts';

export interface Files {
  /** Files under `root` that are worth reading. Never throws. */
  list(root: string, settings: DiskSettings): Listing | Promise<Listing>;
  /** What a file says, why it cannot be checked, or undefined when it is gone; `limit` in bytes. Never throws. */
  read(root: string, file: string, limit: number): Source | Unread | undefined | Promise<Source | Unread | undefined>;
  /** `read`, for who cannot wait; absent where files come from afar: their texts stay in memory then. */
  readNow?(root: string, file: string, limit: number): Source | Unread | undefined;
  /** Whether a folder holds everything of a person or a machine: nobody means to check that. */
  isTooWide(root: string): boolean;
  /** Whether the name alone says that the file is worth reading. */
  isWanted(file: string): boolean;
  /** Threads that parse ahead of who reads many files; absent where there are none. Whoever asks closes them. */
  parsing?(): Ahead;
  /** Everything that was read has been checked: what follows are single edits. */
  settled?(): void;
}

/** What was read of a Python text, as it travels between threads. */
export type PackedPython = ArrayBuffer;

export interface Ahead {
  /**
   * The sources in their order, Python with its facts where a thread has read it; one without is for the caller to read.
   * `here` reads in this thread while the others are busy; without it they are waited for.
   */
  inOrder(sources: AsyncIterable<Source> | Iterable<Source>, here?: (text: string) => PackedPython | undefined): AsyncIterable<{ readonly source: Source; readonly packed: PackedPython | undefined }>;
  /** Ends the threads. */
  close(): void;
}

/** Fewer files than this are read before a thread has started. */
export const worthThreads = 64;
