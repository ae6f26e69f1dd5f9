/** Runs mocha on one suite or several; the last line is `N passed, N failed`, and `, N skipped` if there are any. */
import { globSync } from "node:fs";
import { orExit, parseCommand, UsageError } from "../cli/command.ts";
import { ensureTools } from "../tools/ensure.ts";
import { linuxOrExit } from "../tools/linux.ts";
import { runFiles, type RunResult } from "./test-run.ts";
import { timesOf } from "./test-times.ts";

const suites = {
  unit: { files: "test/*.test.ts" },
  lab: { files: "test/lab/*.test.ts" },
  /** What `npm test` leaves to `npm run test:all`, for its time. */
  more: { files: "test/lab-more/*.test.ts" },
} as const;
type SuiteName = keyof typeof suites;

const several: Record<string, readonly SuiteName[]> = {
  usual: ["unit", "lab"],
  all: ["unit", "lab", "more"],
};

const withoutCrds = "KubeDB's own CRDs lie beside the checkout, not in it";
const withoutValues = "the values of Pega's own chart lie beside the checkout, not in it";
const mayBeSkipped = {
  "test/lab/readback.test.ts": withoutCrds,
  "test/pega-chart-values.test.ts": withoutValues,
};

const [choice = "usual", ...rest] = process.argv.slice(2);
const chosen = several[choice] ?? ([choice] as SuiteName[]);
const unknown = chosen.find((name) => !Object.hasOwn(suites, name));
if (unknown !== undefined) {
  console.error(
    `test: "${unknown}" is not a suite; allowed: ${[...Object.keys(suites), ...Object.keys(several)].join(", ")}`,
  );
  process.exit(2);
}

const patterns = orExit(() => readPatterns(rest));
if (chosen.some((name) => name !== "unit")) linuxOrExit();

// A lab of its own, so that one that somebody works with stays as it is.
process.env["LAB_DIR"] ??= ".lab-test";
process.env["LAB_BLOCK"] ??= "9";

// What tries made-up inputs tries more of them where time is not short.
if (choice === "all") process.env["TEST_THOROUGH"] ??= "1";

const units = filesOf(chosen.filter((name) => name === "unit"));
const labs = filesOf(chosen.filter((name) => name !== "unit"));
const results: RunResult[] = [];
if (units.length > 0) {
  // Mostly waiting, so several files at a time.
  const result = await runFiles(units, { timeoutMinutes: 0.5, jobs: 3 });
  console.log(`units: ${result.seconds.toFixed(0)} s\n`);
  results.push(result);
}
const wasInterrupted = results.some(({ interrupted }) => interrupted);
if (labs.length > 0 && !wasInterrupted) results.push(await runInLab(labs));
if (units.length + labs.length === 0)
  console.error(`test: no file of ${choice} has ${patterns.join(" or ")} in its path`);

const total = (what: "passed" | "failed" | "skipped"): number => results.reduce((sum, result) => sum + result[what], 0);
const skipped = total("skipped") > 0 ? `, ${total("skipped")} skipped` : "";
console.log(`${total("passed")} passed, ${total("failed")} failed${skipped}`);
// A client that a failed test left open must not keep the run from ending.
process.exit(total("failed") > 0 || results.length === 0 ? 1 : 0);

/** The files of these suites whose path contains one of the patterns, all without patterns. */
function filesOf(names: readonly SuiteName[]): string[] {
  const found = names.flatMap((name) => globSync(suites[name].files).sort());
  return found.filter((file) => patterns.length === 0 || patterns.some((pattern) => file.includes(pattern)));
}

/** One lab per shape, one after the other, down again however the run ends. */
async function runInLab(files: readonly string[]): Promise<RunResult> {
  // Before the first test, whose time would run out while tools are built.
  await ensureTools({ onProgress: (line) => console.log(line) });
  // Reads which lab is meant, from the environment, as soon as it is loaded.
  const shared = await import("../test/lab/support/shared-lab.ts");
  const result = await runFiles(files, {
    // What takes longer than this hangs.
    timeoutMinutes: 20,
    mayBeSkipped,
    order: shared.byShape,
    onFail: shared.distrustLab,
    onInterrupt: () => shared.interrupted.abort(new Error("the run was interrupted")),
  });
  await shared.leaveLab();
  for (const line of timesOf(result.times, shared.shapeOf)) console.log(line);
  return result;
}

/** Parts of file names. Throws a UsageError for one that no file's name contains. */
function readPatterns(args: readonly string[]): readonly string[] {
  const name = choice === "usual" ? "npm test" : `npm run test:${choice}`;
  const { positionals } = parseCommand(
    {
      name,
      does: `Runs the tests in ${chosen.map((suite) => suites[suite].files).join(", ")}.`,
      argument: {
        name: "[part of a file's path …]",
        help: [["part of a file's path", "runs the files whose path contains one of them (default: all)"]],
        atMost: Infinity,
      },
      notes: ["LAB_DIR (default .lab-test) and LAB_BLOCK (default 9) choose the lab that tests bring up."],
    },
    args,
  );
  const files = chosen.flatMap((suite) => globSync(suites[suite].files));
  const strange = positionals.find((pattern) => !files.some((file) => file.includes(pattern)));
  if (strange === undefined) return positionals;
  throw new UsageError(
    `${name}: no test file's path contains "${strange}"; allowed: parts of ${chosen.map((suite) => suites[suite].files).join(", ")}`,
  );
}
