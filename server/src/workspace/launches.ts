/** Servers started by commands: flags, environment and config file merged. */

import type { Command, Range } from '../facts.ts';

export interface Setting {
  /** Undefined when it cannot be known. */
  readonly value?: string;
  readonly path: string;
  readonly range: Range;
  readonly source: 'flag' | 'environment' | 'config';
}

export interface Launch {
  readonly program: 'gunicorn' | 'uvicorn' | 'celery worker' | 'celery beat' | 'hypercorn' | 'granian' | 'fastapi' | 'flask' | 'daphne' | 'python';
  /** The word that names the program. */
  readonly range: Range;
  readonly command: Command;
  readonly application?: string;
  readonly workerClass?: string;
  /** By canonical long name (`worker_connections`). */
  readonly settings: ReadonlyMap<string, Setting>;
  /** Every flag is known: nothing is passed through, no config file out of sight. */
  readonly complete: boolean;
}
