/** Mocha's `spec` reporter with a last line for programs: `N passed, N failed`. */

import Mocha from 'mocha';

export default class Reporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    // Registered after the epilogue of `spec`, and so printed after it.
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => console.log(`${this.stats.passes} passed, ${this.stats.failures} failed`));
  }
}
