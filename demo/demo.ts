/** The whole migration on this machine, under live traffic, with an audit at the end. */
import { existsSync, rmSync } from "node:fs";
import path from "node:path";
import { topicsUp } from "../lab/applications/up.ts";
import { labDown, labEnv, labUp } from "../lab/lab.ts";
import { labFromEnvironment } from "../lab/layout.ts";
import { topics as usualTopics } from "../lab/seed.ts";
import { auditTable } from "../lab/traffic/audit-files.ts";
import type { Audit } from "../lab/traffic/audit.ts";
import { sourceClusterId } from "../lab/traffic/cluster-id.ts";
import { quietTopics, withMany } from "../lab/traffic/many-topics.ts";
import { usualTraffic } from "../lab/traffic/workloads.ts";
import {
  hasTwins,
  movesLagging,
  roundTrip,
  upToRetired,
  tableOf,
  tables,
  wayBackOf,
  type TableName,
} from "../phases/strategies/index.ts";
import { asMirrorMakerTable, type AsMirrorMaker } from "./as-mirror-maker.ts";
import { assessStack } from "./assess.ts";
import { migrateApplications } from "./applications/migrate.ts";
import { movesTable } from "./applications/moves.ts";
import { stepsTable } from "./move-steps.ts";
import { isApplicationsDemo } from "./applications/options.ts";
import type { DemoOptions } from "./cli.ts";
import { LaggingGroups } from "./lagging.ts";
import { isPreviewed, legsOf } from "./legs.ts";
import { withTrafficOf } from "./many-config.ts";
import { migratePega, pegaLines } from "./pega/migrate.ts";
import { isPegaDemo, type PegaDemoOptions } from "./pega/options.ts";
import { phaseTable, report, writeReport, type Demands, type Report } from "./report.ts";
import { configForLab, Stack } from "./stack.ts";
import { DemoTraffic } from "./traffic.ts";
import { migrateVendor } from "./vendor/migrate.ts";
import { isVendorDemo } from "./vendor/options.ts";
import { vendorLines } from "./vendor/outcome.ts";
import { walk, type PhaseReport } from "./walk.ts";

/** Seconds of traffic after each row; a walk there and back has twice as many. */
const trafficSeconds = { there: 5, back: 2 };
/** The same after the last row. */
const lastSeconds = { there: 20, back: 10 };
/** Seconds that groups may take to read to the end once nothing is written. */
const drainSeconds = 300;

/** Seconds between the two samples of the assessment. */
const sampleSeconds = 5;

const print = (line: string): void => console.log(line);

const legOf = (table: TableName): keyof typeof trafficSeconds => (wayBackOf(table) === "mirrored" ? "back" : "there");

/** Large enough to be worth auditing; fewer when the rate makes that take longer than a few minutes. */
function demandsOf(table: TableName, messagesPerSecond: number): Demands {
  return {
    rows: upToRetired(tables[table]).map(({ name }) => name),
    order: hasTwins(table) ? "within-side" : "kept",
    steady: movesLagging(table),
    perSecond: messagesPerSecond / 2,
    total: Math.min(200_000, 200 * messagesPerSecond),
    afterLast: Math.min(20_000, lastSeconds[legOf(table)] * messagesPerSecond),
  };
}

async function migrate(options: DemoOptions, signal: AbortSignal): Promise<Report> {
  const lab = labFromEnvironment();
  const table = tableOf(options);
  const rows = roundTrip(tables[table]);
  const back = wayBackOf(table) === "mirrored";
  const demands = demandsOf(table, options.messagesPerSecond);
  if (back)
    print("Rows that a walk without a way back has too are not previewed here: npm run demo shows their previews\n");
  print(`Bringing up the lab in ${lab.dir}`);
  await labUp({ onProgress: (line) => print(`  ${line}`), signal });
  const many = options.many && { size: options.many, others: usualTopics.length };
  if (many !== undefined) {
    await topicsUp(lab, quietTopics(many.size, many.others), { signal });
    print(`  ${many.size.topics} topics and ${many.size.groups} groups in all, most of them quiet`);
  }
  const env = { ...process.env, ...labEnv() };
  process.env["LAB_HOSTS"] = env["LAB_HOSTS"];
  const stack = await Stack.create({
    project: lab.root,
    name: "dev",
    directory: path.join(lab.dir, "stack"),
    env,
    adapt: (config) => {
      const adapted = configForLab(config, lab, options);
      return many ? withTrafficOf(withMany(usualTraffic, many.size, many.others), adapted) : adapted;
    },
    signal,
  });

  const traffic = new DemoTraffic(options.messagesPerSecond, signal, { twins: hasTwins(table), many });
  print(`Starting traffic: ${options.messagesPerSecond} records per second in all`);
  await traffic.start();

  print("\nnpm run assess");
  await assessStack({
    project: lab.root,
    stack: "dev",
    configFile: stack.configFile,
    seconds: sampleSeconds,
    env,
    signal,
    onLine: (line) => print(`  ${line}`),
  });

  const { messagesPerSecond } = options;
  const lagging = movesLagging(table) ? new LaggingGroups({ traffic, messagesPerSecond, print, signal }) : undefined;
  await lagging?.hold();
  const phases: PhaseReport[] = [];
  let compared: AsMirrorMaker | undefined;
  let afterLast = 0;
  let audit: Audit | null = null;
  let problem: string | undefined;
  try {
    await walk(
      {
        stack,
        rows,
        trafficSeconds: trafficSeconds[legOf(table)],
        ...(back && { previews: (index) => isPreviewed(rows, index) }),
        sourceClusterId: () => sourceClusterId(traffic.kubeconfig, traffic.options),
        before: async (row) => {
          if (row === "move-consumers") await lagging?.untilBehind();
        },
        after: async (row) => {
          if (row === "move-consumers") compared = await lagging?.measure();
          if (options.records === undefined) return;
          const share = Math.ceil((options.records * (phases.length + 1)) / (rows.length + 1));
          print(`  going on until ${share.toLocaleString("en")} records are acknowledged`);
          await traffic.waitForAcknowledged(share);
        },
        onLine: (line) => lagging?.hear(line),
        print,
        signal,
      },
      phases,
    );
    const before = traffic.acknowledged();
    const wanted = Math.max(options.records ?? 0, demands.total, before + demands.afterLast);
    print(`\nEvery phase is reached; continuing until ${wanted.toLocaleString("en")} records are acknowledged`);
    await traffic.waitForAcknowledged(wanted);
    afterLast = traffic.acknowledged() - before;
    print("Stopping the producers, letting every group read to the end");
    audit = await traffic.finish(drainSeconds, phases.find(({ name }) => name === "move-producers")?.from);
  } catch (error) {
    signal.throwIfAborted();
    problem = error instanceof Error ? error.message : JSON.stringify(error);
  }
  const judged = report(table, phases, audit, afterLast, demands, compared);
  const result = { ...judged, ...legsOf(table, phases, traffic.logDir) };
  return problem === undefined ? result : { ...result, succeeded: false, problems: [problem, ...result.problems] };
}

function printReport(result: Report): void {
  print("");
  for (const line of phaseTable(result.phases)) print(line);
  const steps = stepsTable(result.phases);
  if (steps.length > 0) for (const line of ["", ...steps]) print(line);
  print("");
  if (result.audit !== null) for (const line of auditTable(result.audit)) print(line);
  for (const { row, writePauseSeconds } of result.legs ?? [])
    print(`writing paused for ${writePauseSeconds.toFixed(1)} s at most while phase ${row} was applied`);
  if (result.asMirrorMaker !== undefined) {
    print("");
    for (const line of asMirrorMakerTable(result.asMirrorMaker)) print(line);
  }
  if (result.moves !== undefined) for (const line of ["", ...movesTable(result.moves)]) print(line);
  for (const line of pegaLines(result)) print(line);
  for (const line of vendorLines(result.vendor)) print(line);
  for (const problem of result.problems) print(`\nFAILED: ${problem}`);
}

function chosen(options: DemoOptions | PegaDemoOptions): (signal: AbortSignal) => Promise<Report> {
  if (isPegaDemo(options)) return (signal) => migratePega(options, signal);
  if (isVendorDemo(options)) return (signal) => migrateVendor(options, signal);
  if (isApplicationsDemo(options)) return (signal) => migrateApplications(options, signal);
  return (signal) => migrate(options, signal);
}

/** Runs the demo and returns its exit code. */
export async function demo(options: DemoOptions | PegaDemoOptions): Promise<number> {
  const interrupted = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.on(name, () => {
      if (interrupted.signal.aborted) return;
      print(`\nInterrupted; ${options.keep ? "the lab stays up" : "tearing down"}`);
      interrupted.abort(new Error("interrupted"));
    });
  const lab = labFromEnvironment();
  if (existsSync(lab.dir)) await labDown();
  // Logs of an earlier lab would be audited against the topics of this one.
  rmSync(path.join(lab.dir, "traffic"), { recursive: true, force: true });
  try {
    const { signal } = interrupted;
    const result = await chosen(options)(signal);
    const file = path.join(lab.dir, "report.json");
    if (!options.keep) {
      print("\nTearing down");
      await labDown();
    }
    writeReport(file, result);
    printReport(result);
    print(`\nReport: ${path.relative(process.cwd(), file)}`);
    return result.succeeded ? 0 : 1;
  } catch (error) {
    if (!options.keep) await labDown();
    if (interrupted.signal.aborted) return 130;
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }
}
