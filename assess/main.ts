/** `npm run assess`: reads both clusters, writes the lockfile and a report, or proposes waves; changes nothing else. */
import { orExit } from "../cli/command.ts";
import { readArguments } from "./arguments.ts";

const args = orExit(() => readArguments(process.argv.slice(2)));
// Loaded late, so that a wrong argument is reported at once.
if (args.waves) {
  const { proposal } = await import("./waves.ts");
  try {
    console.log(proposal(args));
    process.exit(0);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
  }
}
const { assess } = await import("./assess.ts");
const interrupted = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.on(name, () => interrupted.abort(new Error(`interrupted by ${name}`)));
}
try {
  await assess({ ...args, tell: (line) => console.log(line), signal: interrupted.signal });
  process.exit(0);
} catch (error) {
  const reason: unknown = interrupted.signal.aborted ? interrupted.signal.reason : error;
  console.error(reason instanceof Error ? reason.message : String(reason));
  process.exit(interrupted.signal.aborted ? 130 : 1);
}
