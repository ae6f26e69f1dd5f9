/** Runs files as scripts/test.ts does; the last line is what became of them, as JSON. */
import { runFiles } from "../../../scripts/test-run.ts";

const [jobs = "1", ...files] = process.argv.slice(2);
const mayBeSkipped = process.env["MAY_BE_SKIPPED"] ? { [process.env["MAY_BE_SKIPPED"]]: "as the test says" } : {};
const {
  times,
  seconds: _,
  ...result
} = await runFiles(files, {
  timeoutMinutes: 0.5,
  jobs: Number(jobs),
  mayBeSkipped,
});
console.log(JSON.stringify({ ...result, timed: times.map(({ file }) => file) }));
process.exit();
