import { readArguments, type LabArguments } from "./arguments.ts";
import { orExit } from "../cli/command.ts";
import { assertLinux } from "../tools/linux.ts";
import type { SourceChoice } from "./source.ts";
import type { vendorUp } from "./vendor/up.ts";

const given = orExit(() => readArguments(process.argv.slice(2)));
// Loading it takes longer than saying what is wrong with an argument.
const { lab, labDown, labEnv, labStatus, labUp } = await import("./lab.ts");

try {
  assertLinux();
  process.exitCode = await run(given);
} catch (problem) {
  process.stderr.write(`${(problem as Error).message}\n`);
  process.exitCode = 1;
}
// A build that was under way when the start was aborted would keep this process.
process.exit();

async function run({ command, keepData, vendor, applications, source }: LabArguments): Promise<number> {
  const tell = (line: string) => console.log(line);
  switch (command) {
    case "up":
      if (vendor) return up(tell, (await import("./vendor/up.ts")).vendorUp, source);
      return up(tell, applications ? (await import("./applications/up.ts")).applicationsUp : undefined, source);
    case "pega":
      return up(tell, (await import("./pega/up.ts")).pegaUp, false);
    case "down":
      await labDown({ keepData, onProgress: tell });
      return 0;
    case "status":
      return status();
    case "env":
      for (const [name, value] of Object.entries(labEnv())) console.log(`export ${name}=${quoted(value)}`);
      return 0;
  }
}

/** @param more What is added once the lab is up. */
async function up(
  tell: (line: string) => void,
  more?: typeof vendorUp,
  source: boolean | SourceChoice = true,
): Promise<number> {
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () =>
      interrupted.abort(new Error(`${signal}: the start was given up, what it had started is stopped.`)),
    );
  }
  const begun = Date.now();
  await labUp({ onProgress: tell, signal: interrupted.signal, source });
  await more?.(lab, { onProgress: tell, signal: interrupted.signal });
  tell(`The lab in ${lab.dir} is up after ${((Date.now() - begun) / 1000).toFixed(1)} s.`);
  return 0;
}

async function status(): Promise<number> {
  const rows = (await labStatus()).map(({ part, state, pid, address, log }) => [
    part,
    pid === null ? state : `${state} (${pid})`,
    address,
    log,
  ]);
  const table = [["part", "state", "address", "log"], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => (row[column] ?? "").length)));
  for (const row of table)
    console.log(
      row
        .map((text, i) => text.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    );
  return rows.some(([, state]) => state?.startsWith("not running")) ? 1 : 0;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
