/**
 * Skips the rest of a suite whose tests build on each other once one of them failed. Mocha's own `bail` would
 * skip it for a failure in any file that ran before.
 */
export function inOrder(): void {
  let failed = false;
  beforeEach(function () {
    if (failed) this.skip();
  });
  afterEach(function () {
    failed ||= this.currentTest?.state === "failed";
  });
}
