/** Runs files of tests with mocha and adds up what became of each test. */
import { relative } from "node:path";
import Mocha from "mocha";
import { TestSum, type MayBeSkipped, type Sum, type Told } from "./test-sum.ts";

export interface RunOptions {
  readonly timeoutMinutes: number;
  /** How many files run at once, each in a process of its own. With one they share this process. @default 1 */
  readonly jobs?: number;
  readonly mayBeSkipped?: MayBeSkipped;
  /** Orders the outermost suites. @default as the files are named */
  readonly order?: (one: Mocha.Suite, other: Mocha.Suite) => number;
  /** Called at each test and each hook that fails. */
  readonly onFail?: () => void;
  /** The first SIGINT or SIGTERM: the run ends after the test at hand. A second one ends the process at once. */
  readonly onInterrupt?: () => void;
}

/** Seconds that a suite took, its hooks among them. */
export interface SuiteTime {
  readonly suite: Mocha.Suite;
  /** Relative to the working directory. */
  readonly file: string;
  readonly seconds: number;
}

export interface RunResult extends Sum {
  readonly seconds: number;
  /** Whether a signal ended it before its time. */
  readonly interrupted: boolean;
  /** Of the outermost suites, where the files share this process. */
  readonly times: readonly SuiteTime[];
}

/** Milliseconds within which one interruption may come again, by way of npm, `timeout` or a terminal's whole group. */
const repeatedWithin = 3_000;

export async function runFiles(files: readonly string[], options: RunOptions): Promise<RunResult> {
  const { timeoutMinutes, mayBeSkipped, order, jobs = 1 } = options;
  const begun = Date.now();
  const parallel = jobs > 1 && files.length > 1;
  const mocha = new Mocha({ ui: "bdd", reporter: "spec", timeout: timeoutMinutes * 60_000, parallel, jobs });
  for (const file of files) mocha.addFile(file);
  const sum = new TestSum(files, mayBeSkipped);
  let stopped = false;
  const result = (times: readonly SuiteTime[]): RunResult => {
    const found = sum.sum();
    for (const problem of found.problems) console.log(`  ${problem}`);
    return { ...found, seconds: (Date.now() - begun) / 1000, interrupted: stopped, times };
  };
  try {
    // In parallel each worker loads its own.
    if (!parallel) await mocha.loadFilesAsync();
  } catch (error) {
    console.error(error);
    sum.failed({ file: "the files", titlePath: () => ["loading"] }, false);
    return result([]);
  }
  if (order !== undefined) mocha.suite.suites.sort(order);
  return new Promise((resolve) => {
    const runner = mocha.run(() => {
      process.off("SIGINT", stop).off("SIGTERM", stop);
      if (stopped) sum.interrupted();
      // Mocha says nothing of a test that a failed hook or an interruption kept from running.
      if (!parallel) mocha.suite.eachTest((test) => void (test.state === undefined && sum.skipped(located(test))));
      resolve(result(times));
    });
    listen(runner, sum, options.onFail);
    const times: SuiteTime[] = [];
    if (!parallel) timeSuites(runner, times);
    let stoppedAt = 0;
    const stop = (): void => {
      if (stopped && Date.now() - stoppedAt > repeatedWithin) process.exit(130);
      if (stopped) return;
      stopped = true;
      stoppedAt = Date.now();
      options.onInterrupt?.();
      runner.abort();
    };
    process.on("SIGINT", stop).on("SIGTERM", stop);
  });
}

function listen(runner: Mocha.Runner, sum: TestSum, onFail?: () => void): void {
  runner.on("pass", (test) => sum.passed(located(test)));
  runner.on("fail", (runnable: Mocha.Runnable & { readonly type?: string }) => {
    sum.failed(located(runnable), runnable.type !== "hook");
    onFail?.();
  });
  runner.on("pending", (test) => sum.skipped(located(test)));
}

/** Mocha knows files by absolute path, and a hook not at all. */
function located(runnable: Mocha.Runnable): Told {
  let file = runnable.file;
  for (let suite = runnable.parent; file === undefined && suite !== undefined; suite = suite.parent) file = suite.file;
  return {
    file: file === undefined ? "" : relative(process.cwd(), file),
    titlePath: () => runnable.titlePath(),
  };
}

function timeSuites(runner: Mocha.Runner, times: SuiteTime[]): void {
  let begun = 0;
  const isOutermost = ({ parent }: Mocha.Suite): boolean => parent?.root === true;
  runner.on("suite", (suite) => void (isOutermost(suite) && (begun = Date.now())));
  runner.on("suite end", (suite) => {
    if (!isOutermost(suite)) return;
    times.push({ suite, file: relative(process.cwd(), suite.file ?? ""), seconds: (Date.now() - begun) / 1000 });
  });
}
