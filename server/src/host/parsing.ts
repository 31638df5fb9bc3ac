/** Reads Python in other threads, ahead of who needs it. */

import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Source } from './disk.ts';
import type { Ahead, PackedPython } from './files.ts';
import { keepMemorySmall } from './memory.ts';

interface Job {
  readonly source: Source;
  state: 'waiting' | 'away' | 'done';
  packed?: PackedPython;
}

/** So many files are handed to a thread at once: it never waits for the next one. */
const atOnce = 4;
/** How far the threads may be ahead: files, and their UTF-16 code units. */
const farthest = 48;
const largest = 2_000_000;

/** Threads that this machine can spare: ours reads as well. */
function spare(): number {
  return Math.min(2, os.availableParallelism() - 1);
}

export class Parsing implements Ahead {
  readonly #threads: { readonly worker: Worker; readonly jobs: Job[] }[] = [];
  #arrived: () => void = () => {};

  /** Starts `threads` threads; without any, all is read here. */
  constructor(threads = spare()) {
    // Whoever reads many files; for few it would cost more than it saves.
    if (threads > 0) keepMemorySmall();
    const built = path.join(import.meta.dirname, 'parser.cjs');
    const program = existsSync(built) ? built : path.join(import.meta.dirname, 'parsing-thread.ts');
    for (let i = 0; i < threads; i++) {
      const worker = new Worker(program);
      const thread = { worker, jobs: [] as Job[] };
      this.#threads.push(thread);
      worker.on('message', (packed: PackedPython | null) => {
        const job = thread.jobs.shift()!;
        if (packed) job.packed = packed;
        job.state = 'done';
        this.#arrived();
      });
      // What a broken thread was given is read here.
      worker.on('error', () => {
        this.#threads.splice(this.#threads.indexOf(thread), 1);
        for (const job of thread.jobs) job.state = 'waiting';
        this.#arrived();
      });
    }
  }

  async *inOrder(sources: AsyncIterable<Source> | Iterable<Source>, here?: (text: string) => PackedPython | undefined): AsyncGenerator<{ readonly source: Source; readonly packed: PackedPython | undefined }> {
    const line: Job[] = [];
    let ahead = 0;
    const iterator = Symbol.asyncIterator in sources ? sources[Symbol.asyncIterator]() : sources[Symbol.iterator]();
    let more = true;
    for (;;) {
      while (more && line.length < farthest && ahead < largest) {
        const next = iterator.next();
        const { done, value } = next instanceof Promise ? await next : next;
        if (done) {
          more = false;
          break;
        }
        line.push({ source: value, state: value.path.endsWith('.py') ? 'waiting' : 'done' });
        ahead += value.text.length;
        this.#hand(line);
      }
      const first = line[0];
      if (!first) return;
      if (first.state === 'away') {
        const free = here && line.find((job) => job.state === 'waiting');
        if (free) {
          const packed = here(free.source.text);
          if (packed) free.packed = packed;
          free.state = 'done';
          await turn();
        } else await new Promise<void>((resolve) => void (this.#arrived = resolve));
        continue;
      }
      line.shift();
      ahead -= first.source.text.length;
      this.#hand(line);
      yield { source: first.source, packed: first.packed };
      if (this.#threads.length > 0) await turn();
    }
  }

  /** Gives every thread that has little to do the next files that nobody has. */
  #hand(line: readonly Job[]): void {
    for (const { worker, jobs } of this.#threads) {
      // The first ones are needed now: whoever waits for them reads them sooner.
      for (let i = 1; i < line.length && jobs.length < atOnce; i++) {
        const job = line[i]!;
        if (job.state !== 'waiting') continue;
        job.state = 'away';
        jobs.push(job);
        worker.postMessage(job.source.text);
      }
    }
  }

  close(): void {
    for (const { worker } of this.#threads) void worker.terminate();
    this.#threads.length = 0;
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
