/** The demo of applications that read and write: all of them move together, or in waves. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { applicationsUp } from "../../lab/applications/up.ts";
import { labEnv, labUp } from "../../lab/lab.ts";
import { labFromEnvironment } from "../../lab/layout.ts";
import { applicationTraffic } from "../../lab/traffic/application-workloads.ts";
import type { Audit } from "../../lab/traffic/audit.ts";
import { sourceClusterId } from "../../lab/traffic/cluster-id.ts";
import { timelinesOf } from "../../lab/traffic/timeline.ts";
import { tableOf } from "../../phases/strategies/index.ts";
import { assessStack } from "../assess.ts";
import type { DemoOptions } from "../cli.ts";
import { report, type Demands, type Report } from "../report.ts";
import { configForLab, Stack } from "../stack.ts";
import { DemoTraffic } from "../traffic.ts";
import { walk, type PhaseReport } from "../walk.ts";
import { legsOf } from "../legs.ts";
import { movesReport } from "./moves.ts";
import { stackOf } from "./options.ts";
import { planned } from "./planned.ts";

/** Seconds of traffic after each row. */
const trafficSeconds = 10;
/** Seconds that groups may take to read to the end once nothing is written. */
const drainSeconds = 300;
/** Seconds between the two samples of the assessment. */
const sampleSeconds = 5;

const print = (line: string): void => console.log(line);

/** Walks every row under the traffic of twelve applications and judges what became of every record of theirs. */
export async function migrateApplications(options: DemoOptions, signal: AbortSignal): Promise<Report> {
  const lab = labFromEnvironment();
  const { messagesPerSecond } = options;
  print(`Bringing up the lab in ${lab.dir} with the topics of twelve applications`);
  await labUp({ onProgress: (line) => print(`  ${line}`), signal });
  await applicationsUp(lab, { onProgress: (line) => print(`  ${line}`), signal });
  const env = { ...process.env, ...labEnv() };
  process.env["LAB_HOSTS"] = env["LAB_HOSTS"];
  const name = stackOf(options);
  const stack = await Stack.create({
    project: lab.root,
    name,
    directory: path.join(lab.dir, "stack"),
    env,
    adapt: (config) => configForLab(config, lab, options),
    signal,
  });
  const { rows, moves } = planned(readFileSync(stack.configFile, "utf8"), options);
  const demands: Demands = {
    rows: rows.map((row) => row.name),
    perSecond: messagesPerSecond / 2,
    total: 100 * messagesPerSecond,
    afterLast: 10 * messagesPerSecond,
  };

  const traffic = new DemoTraffic(messagesPerSecond, signal, { applications: true });
  print(
    `Starting traffic: ${messagesPerSecond} records per second of four producers, and what four services make of them`,
  );
  await traffic.start();
  print("\nnpm run assess");
  await assessStack({
    project: lab.root,
    stack: name,
    configFile: stack.configFile,
    seconds: sampleSeconds,
    env,
    signal,
    onLine: (line) => print(`  ${line}`),
  });

  const phases: PhaseReport[] = [];
  let afterLast = 0;
  let audit: Audit | null = null;
  let problem: string | undefined;
  try {
    await walk(
      {
        stack,
        rows,
        trafficSeconds,
        sourceClusterId: () => sourceClusterId(traffic.kubeconfig, traffic.options),
        print,
        signal,
      },
      phases,
    );
    const before = traffic.acknowledged();
    const wanted = Math.max(demands.total, before + demands.afterLast);
    print(`\nEvery phase is reached; continuing until ${wanted.toLocaleString("en")} records are acknowledged`);
    await traffic.waitForAcknowledged(wanted);
    afterLast = traffic.acknowledged() - before;
    print("Stopping the producers, letting every service and group read to the end");
    audit = await traffic.finish(drainSeconds);
  } catch (error) {
    signal.throwIfAborted();
    problem = error instanceof Error ? error.message : JSON.stringify(error);
  }
  const result = report(tableOf(options), phases, audit, afterLast, demands);
  const applied = phases.map(({ name: row, upFrom, upUntil }) => ({ row, from: upFrom, until: upUntil }));
  const moved = movesReport(timelinesOf(traffic.logDir), moves, applied, applicationTraffic);
  const problems = [...(problem === undefined ? [] : [problem]), ...result.problems, ...moved.problems];
  const legs = legsOf(tableOf(options), phases, traffic.logDir);
  return { ...result, ...legs, succeeded: problems.length === 0, problems, moves: moved.moves };
}
