/**
 * For a suite whose tests build on each other: once one of them has failed, the rest is skipped, and once one has not
 * run for any other reason, the next one fails. Mocha's own `bail` would skip it for a failure in any file before. What
 * is skipped is in the sum of the run; see scripts/test-sum.ts.
 */
export function inOrder(): void {
  beforeEach(function () {
    const tests: Mocha.Test[] = [];
    this.test!.parent!.eachTest((test) => void tests.push(test));
    const missed = tests.slice(0, tests.indexOf(this.currentTest!)).filter(({ state }) => state !== "passed");
    if (missed.some(({ state }) => state === "failed")) this.skip();
    if (missed.length > 0) throw new Error(`this test builds on "${missed[0]!.title}", which did not run`);
  });
}
