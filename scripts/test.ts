/** Runs mocha on one suite or several; the last line is `N passed, N failed`. */
import { globSync } from "node:fs";
import Mocha from "mocha";
import { orExit, parseCommand, UsageError } from "../cli/command.ts";
import { ensureTools } from "../tools/ensure.ts";
import { linuxOrExit } from "../tools/linux.ts";

/** Lab tests start brokers; what takes longer than this hangs. */
const suites = {
  /** Mostly waiting, so several files at a time. */
  unit: { files: "test/*.test.ts", timeoutMinutes: 0.5, jobs: 3 },
  lab: { files: "test/lab/*.test.ts", timeoutMinutes: 20, jobs: 1 },
  /** What `npm test` leaves to `npm run test:all`, for its time. */
  more: { files: "test/lab-more/*.test.ts", timeoutMinutes: 20, jobs: 1 },
} as const;

const several: Record<string, readonly (keyof typeof suites)[]> = {
  usual: ["unit", "lab"],
  all: ["unit", "lab", "more"],
};

const [choice = "usual", ...rest] = process.argv.slice(2);
const chosen = several[choice] ?? ([choice] as (keyof typeof suites)[]);
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

const total = { passed: 0, failed: 0, skipped: 0 };
for (const name of chosen) {
  // Before the first test, whose time would run out while tools are built.
  if (name !== "unit") await ensureTools({ onProgress: (line) => console.log(line) });
  const { passed, failed, skipped } = await run(name);
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
}
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
// A client that a failed test left open must not keep the run from ending.
process.exit(total.failed > 0 ? 1 : 0);

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

/** Runs one suite, or those of its files whose path contains one of the patterns. */
async function run(name: keyof typeof suites): Promise<typeof total> {
  const { files, timeoutMinutes, jobs } = suites[name];
  const found = globSync(files).sort();
  const wanted = found.filter((file) => patterns.length === 0 || patterns.some((pattern) => file.includes(pattern)));
  if (wanted.length === 0) return { passed: 0, failed: 0, skipped: 0 };
  const parallel = jobs > 1 && wanted.length > 1;
  const mocha = new Mocha({ ui: "bdd", reporter: "spec", timeout: timeoutMinutes * 60_000, parallel, jobs });
  for (const file of wanted) mocha.addFile(file);
  try {
    // In parallel each worker loads its own.
    if (!parallel) await mocha.loadFilesAsync();
  } catch (error) {
    console.error(error);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  return new Promise((resolve) => {
    const runner = mocha.run(() => {
      process.off("SIGINT", stop).off("SIGTERM", stop);
      const { passes = 0, failures = 0, pending = 0 } = runner.stats ?? {};
      resolve({ passed: passes, failed: failures + (stopped ? 1 : 0), skipped: pending });
    });
    let stopped = false;
    // The first signal ends the run after the test at hand, so that its hooks take the lab down.
    const stop = (): void => {
      if (stopped) process.exit(130);
      stopped = true;
      runner.abort();
    };
    process.on("SIGINT", stop).on("SIGTERM", stop);
  });
}
