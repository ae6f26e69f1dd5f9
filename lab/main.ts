import { parseArgs } from "node:util";
import { lab, labDown, labEnv, labStatus, labUp } from "./lab.ts";
import { pegaUp } from "./pega/up.ts";
import { vendorUp } from "./vendor/up.ts";

const usage = `usage: npm run lab -- <command>
  up [--vendor]       start the lab, or make it whole again; --vendor adds schema registries, Connect clusters with
                      connectors and an application's user each, as before a move to a vendor
  pega                start it with a Pega release instead of the source cluster
  down [--keep-data]  stop it and remove its data
  status              what runs, where, with which log
  env                 lines for: eval "$(npm run --silent lab -- env)"
LAB_DIR (default .lab) and LAB_BLOCK (default 0) choose another lab beside this one.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    "keep-data": { type: "boolean", default: false },
    vendor: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

try {
  process.exitCode = await run(positionals[0] ?? "", values["keep-data"]);
} catch (problem) {
  process.stderr.write(`${(problem as Error).message}\n`);
  process.exitCode = 1;
}
// A build that was under way when the start was aborted would keep this process.
process.exit();

async function run(command: string, keepData: boolean): Promise<number> {
  const tell = (line: string) => console.log(line);
  switch (command) {
    case "up":
      return up(tell, values.vendor ? vendorUp : undefined);
    case "pega":
      return up(tell, pegaUp, false);
    case "down":
      await labDown({ keepData, onProgress: tell });
      return 0;
    case "status":
      return status();
    case "env":
      for (const [name, value] of Object.entries(labEnv())) console.log(`export ${name}=${quoted(value)}`);
      return 0;
    default:
      process.stderr.write(`${usage}\n`);
      return values.help ? 0 : 2;
  }
}

/** @param more What is added once the lab is up. */
async function up(tell: (line: string) => void, more?: typeof vendorUp, source = true): Promise<number> {
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
