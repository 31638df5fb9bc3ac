/** Every rule, by id. Written by `npm run generate`. */

import type { Rule } from '../rule.ts';
import blockingArchive from './blocking-archive.ts';
import blockingCpu from './blocking-cpu.ts';
import blockingDatabase from './blocking-database.ts';
import blockingDocument from './blocking-document.ts';
import blockingFileIo from './blocking-file-io.ts';
import blockingHttp from './blocking-http.ts';
import blockingInput from './blocking-input.ts';
import blockingNetwork from './blocking-network.ts';
import blockingSleep from './blocking-sleep.ts';
import blockingSubprocess from './blocking-subprocess.ts';
import blockingWait from './blocking-wait.ts';
import geventUnawareDriver from './gevent-unaware-driver.ts';
import gunicornMissingFlag from './gunicorn-missing-flag.ts';
import invalidConfig from './invalid-config.ts';
import monkeyPatchLate from './monkey-patch-late.ts';
import monkeyPatchMissing from './monkey-patch-missing.ts';
import redisKeys from './redis-keys.ts';
import serialAwait from './serial-await.ts';
import unusedIgnore from './unused-ignore.ts';

export const rules: readonly Rule[] = [
  blockingArchive,
  blockingCpu,
  blockingDatabase,
  blockingDocument,
  blockingFileIo,
  blockingHttp,
  blockingInput,
  blockingNetwork,
  blockingSleep,
  blockingSubprocess,
  blockingWait,
  geventUnawareDriver,
  gunicornMissingFlag,
  invalidConfig,
  monkeyPatchLate,
  monkeyPatchMissing,
  redisKeys,
  serialAwait,
  unusedIgnore,
];
