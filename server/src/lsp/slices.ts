/** Long work in short slices, so that requests are answered in between. */

/** How long the loop may be held, in milliseconds. */
const slice = 8;

/** Waits one turn of the event loop whenever the last turn has lasted long enough. */
export class Slices {
  #start = performance.now();

  /** Undefined while there is time left in this turn. */
  next(): Promise<void> | undefined {
    return performance.now() - this.#start < slice ? undefined : turn().then(() => void (this.#start = performance.now()));
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => void (typeof setImmediate === 'function' ? setImmediate(resolve) : setTimeout(resolve, 0)));
}
