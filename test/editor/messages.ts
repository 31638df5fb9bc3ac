/** What the tests inside VS Code tell the mocha outside: one JSON object a line, over a local connection. */

/** Titles of the suites around a test, then its own. */
export type Titles = readonly string[];

export interface Failure {
  readonly message: string;
  readonly stack: string;
  readonly expected?: unknown;
  readonly actual?: unknown;
}

export type Message =
  | { readonly kind: 'tests'; readonly version: string; readonly tests: readonly Titles[] }
  | { readonly kind: 'result'; readonly titles: Titles; readonly failure?: Failure }
  /** A hook failed, or the suite could not be loaded; the tests without a result did not run. */
  | { readonly kind: 'broken'; readonly failure: Failure };

/** The environment variable with the port to report to. */
export const portVariable = 'UNBLOCK_TEST_PORT';
