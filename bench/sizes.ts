/** What verdicts, placing and stopping cost at a size, as a table beside budgets and beside the version 22e1a21. */
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { conditionsOf, partitionsPerTopic } from "./readings.ts";
import type { Size } from "./size.ts";
import type { PlacingCost, StoppingCost } from "./acting.ts";
import type { VerdictCost } from "./verdicts.ts";

const root = path.join(import.meta.dirname, "..");
/** The version beside which figures are printed. */
const formerVersion = "22e1a21";
/** What takes longer, on a machine that may be busy, is ended: its figure is that it takes longer. */
const longestSeconds = 120;
/** The same for workloads, which are asked for in turns on purpose. */
const longestStopping = 240;
/** Groups that the former version places, from which its time for all is worked out: it places one after the other. */
const formerGroups = 10;

const budgets = { verdictSeconds: 2, megabytes: 1_024, placingSeconds: 60, requestsInASecond: 50 } as const;

interface Row {
  readonly figure: string;
  readonly ours: string;
  readonly budget: string;
  readonly former: string;
  readonly kept: boolean;
}

type Measured<T> = { readonly value: T } | { readonly late: number } | { readonly error: string };

/** Measures one figure in a process of its own. */
function measured<T>(
  figure: string,
  size: Size,
  folder: string | null,
  longest = longestSeconds,
): Promise<Measured<T>> {
  const args = [
    path.join(root, "bench/measure.ts"),
    figure,
    JSON.stringify(size),
    ...(folder === null ? [] : [folder]),
  ];
  return new Promise((resolve) => {
    const options = { timeout: longest * 1000, maxBuffer: 64 * 1024 * 1024 };
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      if (error?.killed) resolve({ late: longest });
      else if (error) resolve({ error: lastError(stderr) });
      else resolve({ value: JSON.parse(stdout.trim().split("\n").at(-1)!) as T });
    });
  });
}

/** The line of a failed process that says what was wrong. */
const lastError = (stderr: string): string =>
  (stderr.split("\n").find((line) => /^\w*Error: /.test(line)) ?? "it failed").slice(0, 60);

/** A figure in a cell; what could not be measured says why. */
const cell = <T>(found: Measured<T>, text: (value: T) => string): string => {
  if ("late" in found) return `more than ${found.late} s`;
  return "error" in found ? found.error : text(found.value);
};

/** A folder with the code of the former version; null where the history is not there. */
function formerCode(): string | null {
  const folder = mkdtempSync(path.join(tmpdir(), "bench-"));
  try {
    const archive = execFileSync("git", ["archive", formerVersion, "kafka", "package.json"], {
      ...{ cwd: root, maxBuffer: 256 * 1024 * 1024 },
      stdio: ["ignore", "pipe", "ignore"],
    });
    execFileSync("tar", ["-x", "-C", folder], { input: archive });
    symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"));
    return folder;
  } catch {
    rmSync(folder, { recursive: true });
    return null;
  }
}

/** Measures at this size, prints the table, and returns whether all budgets are kept. */
export async function measureSizes(size: Size, print: (line: string) => void): Promise<boolean> {
  const folder = formerCode();
  try {
    const rows: Row[] = [];
    for await (const row of rowsOf(size, folder)) {
      rows.push(row);
      // All of them take many minutes at size.
      print(`${row.figure}: ${row.ours}${["", "-"].includes(row.former) ? "" : `; ${formerVersion}: ${row.former}`}`);
    }
    print("");
    const { topics, groups, workloads } = size;
    const partitions = (topics * partitionsPerTopic).toLocaleString("en-US");
    print(`${topics} topics, ${partitions} partitions, ${groups} groups, ${workloads} workloads`);
    const head = ["figure", "now", "budget", folder === null ? `${formerVersion} (not in this clone)` : formerVersion];
    const table = [head, ...rows.map(({ figure, ours, budget, former }) => [figure, ours, budget, former])];
    for (const line of written(table)) print(line);
    const broken = rows.filter(({ kept }) => !kept).map(({ figure }) => figure);
    if (broken.length > 0) print(`over budget: ${broken.join(", ")}`);
    return broken.length === 0;
  } finally {
    if (folder !== null) rmSync(folder, { recursive: true });
  }
}

/** A table as Markdown. */
function written(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) => `| ${cells.map((one, at) => one.padEnd(widths[at]!)).join(" | ")} |`;
  return [line(rows[0]!), line(widths.map((width) => "-".repeat(width))), ...rows.slice(1).map(line)];
}

async function* rowsOf(size: Size, folder: string | null): AsyncGenerator<Row> {
  const before = <T>(figure: string, at: Size, longest?: number): Promise<Measured<T>> =>
    folder === null ? Promise.resolve({ error: "" }) : measured<T>(figure, at, folder, longest);
  let megabytes = 0;
  for (const { kind } of conditionsOf(size)) {
    const ours = await measured<VerdictCost & { readonly megabytes: number }>(kind, size, null);
    const theirs = await before<VerdictCost>(kind, size);
    // A gate that came later has no former figure.
    const there = !("error" in theirs);
    if ("value" in ours) megabytes = Math.max(megabytes, ours.value.megabytes);
    const seconds = ({ seconds: taken }: VerdictCost) => `${taken.toFixed(2)} s`;
    const kept = "value" in ours && ours.value.seconds < budgets.verdictSeconds;
    const budget = `${budgets.verdictSeconds} s of the processor`;
    yield {
      figure: `verdict ${kind}`,
      ours: cell(ours, seconds),
      budget,
      former: there ? cell(theirs, seconds) : "-",
      kept,
    };
  }
  yield {
    figure: "memory of a verdict with its readings, at most",
    ...{ ours: `${megabytes} MiB`, budget: `${budgets.megabytes} MiB`, former: "" },
    kept: megabytes > 0 && megabytes < budgets.megabytes,
  };
  yield placingRow(size, await measured("placing", size, null), await before("placing", few(size)));
  const ours = await measured<StoppingCost>("stopping", size, null, longestStopping);
  const [refused, theirs] = [
    await before<StoppingCost>("stopping", size, longestStopping),
    await before<StoppingCost>("stopping, none refused", size, longestStopping),
  ];
  const busiest = ({ busiestSecond }: StoppingCost) => String(busiestSecond);
  yield {
    figure: "requests in a second to stop and start all workloads",
    ...{ ours: cell(ours, busiest), budget: `fewer than ${budgets.requestsInASecond}`, former: cell(theirs, busiest) },
    kept: "value" in ours && ours.value.busiestSecond < budgets.requestsInASecond,
  };
  const all = ({ workloads, seconds, requests }: StoppingCost) =>
    `${workloads} of ${size.workloads} in ${seconds.toFixed(0)} s, ${requests} requests`;
  yield {
    figure: "workloads stopped and started, one answer in twenty a 429 or a 500",
    ...{ ours: cell(ours, all), budget: "all", former: cell(refused, all) },
    kept: "value" in ours && ours.value.workloads === size.workloads,
  };
}

const few = (size: Size): Size => ({ ...size, groups: Math.min(size.groups, formerGroups) });

function placingRow(size: Size, ours: Measured<PlacingCost>, theirs: Measured<PlacingCost>): Row {
  const share = size.groups / few(size).groups;
  return {
    figure: "offsets of all groups placed and read back, 150 ms away",
    ours: cell(ours, ({ seconds, connections }) => `${seconds.toFixed(1)} s, ${connections} connections`),
    budget: `${budgets.placingSeconds} s`,
    former: cell(theirs, ({ seconds }) => `about ${(seconds * share).toFixed(0)} s (by ${few(size).groups} groups)`),
    kept:
      "value" in ours &&
      ours.value.seconds < budgets.placingSeconds &&
      ours.value.offsets === size.groups * 2 * partitionsPerTopic,
  };
}
