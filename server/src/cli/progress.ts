/** Progress on standard error: only on a terminal, and only when the work is long. */

import { render, type Locale } from '../messages/index.ts';
import { messages } from './words.ts';

const silence = 1000;
const interval = 100;

export interface Progress {
  /** Shows how far the work is, when it is time to. */
  step(step: 'reading' | 'checking', done: number, total: number): void;
  /** Takes the line away. */
  end(): void;
}

export function progressOn(stream: NodeJS.WriteStream, locale: Locale): Progress {
  if (!stream.isTTY) return { step: () => {}, end: () => {} };
  const start = performance.now();
  let last = start + silence - interval;
  let shown = false;
  return {
    step(step, done, total) {
      const now = performance.now();
      if (now - last < interval) return;
      last = now;
      shown = true;
      stream.write(`\r\u001b[K${render(messages[step]({ done: String(done), total: String(total) }), locale)}`);
    },
    end() {
      if (shown) stream.write('\r\u001b[K');
    },
  };
}
