/** Progress of a scan in the editor's status bar. */

import type { CancellationToken, Connection, WorkDoneProgressServerReporter } from 'vscode-languageserver';
import { render, type Locale } from '../messages/index.ts';
import type { Scan } from './folder.ts';
import { messages } from './messages.ts';

/** A scan shorter than this (milliseconds) shows nothing. */
const delay = 400;

export class ScanProgress {
  readonly #locale: Locale;
  readonly #token: CancellationToken | undefined;
  readonly #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #parts: { done: number; total: number }[] = [];
  #reporter: WorkDoneProgressServerReporter | undefined;
  #shown = 0;
  #over = false;

  /** `token`: cancels the scan, as the editor's own button does. */
  constructor(connection: Connection, able: boolean, locale: Locale, token: CancellationToken | undefined) {
    this.#token = token;
    this.#locale = locale;
    if (able) this.#timer = setTimeout(() => void this.#begin(connection), delay);
  }

  async #begin(connection: Connection): Promise<void> {
    try {
      const reporter = await connection.window.createWorkDoneProgress();
      if (this.#over) return;
      reporter.begin(render(messages.scanning(), this.#locale), 0, undefined, true);
      this.#reporter = reporter;
      this.#report();
    } catch (error) {
      connection.console.warn(`No progress is shown: ${String(error)}`);
    }
  }

  /** The share of one folder, of which `total` counts only once it is known. */
  part(): Scan {
    const part = { done: 0, total: 0 };
    this.#parts.push(part);
    return {
      report: (done, total) => {
        Object.assign(part, { done, total });
        this.#report();
      },
      cancelled: () => this.#token?.isCancellationRequested === true || this.#reporter?.token.isCancellationRequested === true,
    };
  }

  #report(): void {
    if (!this.#reporter) return;
    const sum = (of: 'done' | 'total'): number => this.#parts.reduce((before, part) => before + part[of], 0);
    const [done, total] = [sum('done'), sum('total')];
    const percentage = total === 0 ? 0 : Math.floor((100 * done) / total);
    // Another folder's total may come late: what was shown is never taken back.
    if (percentage <= this.#shown) return;
    this.#shown = percentage;
    this.#reporter.report(percentage, render(messages.progress({ done: String(done), total: String(total) }), this.#locale));
  }

  done(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#reporter?.done();
  }
}
