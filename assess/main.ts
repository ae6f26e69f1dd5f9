/** `npm run assess`: reads both clusters, writes the lockfile and a report, changes nothing else. */
import { readArguments } from "./arguments.ts";
import { assess } from "./assess.ts";

let args: ReturnType<typeof readArguments>;
try {
  args = readArguments(process.argv.slice(2));
} catch (error) {
  console.error((error as Error).message);
  process.exit(2);
}
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
