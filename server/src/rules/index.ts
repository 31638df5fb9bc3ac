/** Every rule, by id. Written by `npm run generate`. */

import type { Rule } from '../rule.ts';
import appServesStatic from './app-serves-static.ts';
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
import busyWait from './busy-wait.ts';
import celeryEmbeddedBeat from './celery-embedded-beat.ts';
import celeryIgnoredFlag from './celery-ignored-flag.ts';
import celeryMissingFlag from './celery-missing-flag.ts';
import celeryOptionOrder from './celery-option-order.ts';
import celeryResultWait from './celery-result-wait.ts';
import celeryRetryPolicy from './celery-retry-policy.ts';
import celeryUnpatchedPool from './celery-unpatched-pool.ts';
import clientPerRequest from './client-per-request.ts';
import connectionBudgetExceeded from './connection-budget-exceeded.ts';
import developmentServer from './development-server.ts';
import droppedTask from './dropped-task.ts';
import enginePoolUnset from './engine-pool-unset.ts';
import engineSettingIgnored from './engine-setting-ignored.ts';
import fileDescriptorLimit from './file-descriptor-limit.ts';
import fixedRetryDelay from './fixed-retry-delay.ts';
import geventAsyncioRun from './gevent-asyncio-run.ts';
import geventThreadOffload from './gevent-thread-offload.ts';
import geventUnawareDriver from './gevent-unaware-driver.ts';
import granianInterface from './granian-interface.ts';
import gunicornAppNotFound from './gunicorn-app-not-found.ts';
import gunicornDaemon from './gunicorn-daemon.ts';
import gunicornDeprecatedWorker from './gunicorn-deprecated-worker.ts';
import gunicornIgnoredFlag from './gunicorn-ignored-flag.ts';
import gunicornInvalidValue from './gunicorn-invalid-value.ts';
import gunicornMissingFlag from './gunicorn-missing-flag.ts';
import gunicornUnknownFlag from './gunicorn-unknown-flag.ts';
import gunicornWorkerCount from './gunicorn-worker-count.ts';
import gunicornWorkerMismatch from './gunicorn-worker-mismatch.ts';
import httpWithoutTimeout from './http-without-timeout.ts';
import invalidConfig from './invalid-config.ts';
import launchReload from './launch-reload.ts';
import launchWithoutExec from './launch-without-exec.ts';
import monkeyPatchLate from './monkey-patch-late.ts';
import monkeyPatchMisplaced from './monkey-patch-misplaced.ts';
import monkeyPatchMissing from './monkey-patch-missing.ts';
import nPlusOneQuery from './n-plus-one-query.ts';
import redisKeys from './redis-keys.ts';
import serialAwait from './serial-await.ts';
import sharedAsyncSession from './shared-async-session.ts';
import socketioAsyncMode from './socketio-async-mode.ts';
import socketioMultipleWorkers from './socketio-multiple-workers.ts';
import sqlalchemyEcho from './sqlalchemy-echo.ts';
import transactionHeldAcrossAwait from './transaction-held-across-await.ts';
import unawaitedCoroutine from './unawaited-coroutine.ts';
import unboundedGather from './unbounded-gather.ts';
import unboundedQueue from './unbounded-queue.ts';
import unusedIgnore from './unused-ignore.ts';
import uvicornObjectWithWorkers from './uvicorn-object-with-workers.ts';
import uvicornSingleProcess from './uvicorn-single-process.ts';
import uvicornUnknownFlag from './uvicorn-unknown-flag.ts';

export const rules: readonly Rule[] = [
  appServesStatic,
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
  busyWait,
  celeryEmbeddedBeat,
  celeryIgnoredFlag,
  celeryMissingFlag,
  celeryOptionOrder,
  celeryResultWait,
  celeryRetryPolicy,
  celeryUnpatchedPool,
  clientPerRequest,
  connectionBudgetExceeded,
  developmentServer,
  droppedTask,
  enginePoolUnset,
  engineSettingIgnored,
  fileDescriptorLimit,
  fixedRetryDelay,
  geventAsyncioRun,
  geventThreadOffload,
  geventUnawareDriver,
  granianInterface,
  gunicornAppNotFound,
  gunicornDaemon,
  gunicornDeprecatedWorker,
  gunicornIgnoredFlag,
  gunicornInvalidValue,
  gunicornMissingFlag,
  gunicornUnknownFlag,
  gunicornWorkerCount,
  gunicornWorkerMismatch,
  httpWithoutTimeout,
  invalidConfig,
  launchReload,
  launchWithoutExec,
  monkeyPatchLate,
  monkeyPatchMisplaced,
  monkeyPatchMissing,
  nPlusOneQuery,
  redisKeys,
  serialAwait,
  sharedAsyncSession,
  socketioAsyncMode,
  socketioMultipleWorkers,
  sqlalchemyEcho,
  transactionHeldAcrossAwait,
  unawaitedCoroutine,
  unboundedGather,
  unboundedQueue,
  unusedIgnore,
  uvicornObjectWithWorkers,
  uvicornSingleProcess,
  uvicornUnknownFlag,
];
