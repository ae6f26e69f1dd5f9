import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { root } from "./support/stack.ts";

const file = (name: string): string => `test/support/runs/${name}.ts`;

interface Told {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly interrupted: boolean;
  readonly problems: readonly string[];
  readonly timed: readonly string[];
  readonly output: string;
}

/** Runs files of test/support/runs in a process of their own. */
async function run(names: readonly string[], { jobs = 1, mayBeSkipped = "" } = {}): Promise<Told> {
  const args = ["test/support/runs/main.ts", String(jobs), ...names.map(file)];
  const env = { ...process.env, MAY_BE_SKIPPED: mayBeSkipped };
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, env });
  const lines = stdout.trimEnd().split("\n");
  return { ...(JSON.parse(lines.at(-1)!) as Told), output: stdout };
}

const counts = ({ passed, failed, skipped }: Told): number[] => [passed, failed, skipped];

describe("a run of test files", () => {
  it("counts tests that a failed hook kept from running as skipped, and fails", async () => {
    assert.deepEqual(counts(await run(["before-fails", "passes"])), [2, 1, 2]);
  });

  it("counts the rest of a walk as skipped once a step of it has failed, nested ones too", async () => {
    assert.deepEqual(counts(await run(["second-fails", "passes"])), [3, 1, 2]);
  });

  it("fails where a step of a walk is skipped and the next one builds on it", async () => {
    const told = await run(["hole"]);
    assert.deepEqual(counts(told), [1, 1, 3]);
    assert.match(told.output, /this test builds on "moves", which did not run/);
  });

  it("fails where a part of a walk did not begin", async () => {
    const told = await run(["nested-before-fails"]);
    assert.deepEqual(counts(told), [1, 2, 2]);
    assert.match(told.output, /this test builds on "moves", which did not run/);
  });

  it("fails where every test of a suite is skipped, unless that is said to be possible", async () => {
    const told = await run(["all-skipped", "passes"]);
    assert.deepEqual(counts(told), [2, 1, 2]);
    assert.deepEqual(told.problems, [
      `${file("all-skipped")}: every test of "a walk that is skipped" was skipped; a suite that proves nothing counts as failed`,
    ]);
    const allowed = await run(["all-skipped", "passes"], { mayBeSkipped: file("all-skipped") });
    assert.deepEqual(counts(allowed), [2, 0, 2]);
  });

  it("fails where a file has no test", async () => {
    const told = await run(["empty", "passes"]);
    assert.deepEqual(counts(told), [2, 1, 0]);
    assert.deepEqual(told.problems, [`${file("empty")}: no test of it ran`]);
  });

  it("sees the same of files that run in processes of their own", async () => {
    const told = await run(["second-fails", "all-skipped", "passes", "empty"], { jobs: 2 });
    assert.deepEqual(counts(told), [3, 3, 4]);
    assert.equal(told.problems.length, 2);
  });

  it("ends after the test at hand when it is interrupted, with its hooks, and counts the rest", async () => {
    const told = await run(["interrupted", "passes"]);
    assert.deepEqual([...counts(told), told.interrupted], [1, 1, 3, true]);
    assert.match(told.output, /taken down/);
  });

  it("tells which files took time", async () => {
    assert.deepEqual((await run(["passes", "before-fails"])).timed, [file("passes"), file("before-fails")]);
  });
});
