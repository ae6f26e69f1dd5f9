/** The demo of a move to a vendor: users and rights, schemas and connectors go along with the applications. */
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, readSecret } from "../../lab/kubernetes.ts";
import { labEnv, labUp } from "../../lab/lab.ts";
import { labFromEnvironment, type Lab } from "../../lab/layout.ts";
import { namespace } from "../../lab/source.ts";
import type { Audit } from "../../lab/traffic/audit.ts";
import { trafficClient } from "../../lab/traffic/client.ts";
import { sourceClusterId } from "../../lab/traffic/cluster-id.ts";
import { bootstrapOf, registryUrl } from "../../lab/vendor/addresses.ts";
import { readCatalogLog, startCatalog, stopCatalog } from "../../lab/vendor/catalog.ts";
import { decodeTopic } from "../../lab/vendor/decode-topic.ts";
import { lineFiles } from "../../lab/vendor/lines.ts";
import { auditRights } from "../../lab/vendor/rights.ts";
import { vendorUp } from "../../lab/vendor/up.ts";
import { registrySecret } from "../../lab/vendor/users.ts";
import { tables, tableOf, upToRetired } from "../../phases/strategies/index.ts";
import { assessStack } from "../assess.ts";
import { report, type Demands, type Report } from "../report.ts";
import { configForLab, Stack } from "../stack.ts";
import { DemoTraffic } from "../traffic.ts";
import { walk, type PhaseReport } from "../walk.ts";
import { LineFeed } from "./line-feed.ts";
import type { VendorDemoOptions } from "./options.ts";
import { registrationLine, vendorProblems, type VendorOutcome } from "./outcome.ts";

/** Seconds of traffic after each row. */
const trafficSeconds = 10;
/** Seconds that groups and the sink may take to read to the end once nothing is written. */
const drainSeconds = 300;
/** Seconds between the two samples of the assessment. */
const sampleSeconds = 5;
/** Seconds that the early application may take to be refused, and to recover. */
const catalogSeconds = 90;

const print = (line: string): void => console.log(line);

/** Walks every row under the shop's traffic and judges what became of every record, line, right and schema. */
export async function migrateVendor(options: VendorDemoOptions, signal: AbortSignal): Promise<Report> {
  const lab = labFromEnvironment();
  const table = tableOf(options);
  const rows = upToRetired(tables[table]);
  const { messagesPerSecond } = options;
  const demands: Demands = {
    rows: rows.map(({ name }) => name),
    perSecond: messagesPerSecond / 2,
    total: 100 * messagesPerSecond,
    afterLast: 10 * messagesPerSecond,
  };
  print(`Bringing up the lab in ${lab.dir} with registries, Connect clusters and a user for each application`);
  await labUp({ onProgress: (line) => print(`  ${line}`), signal });
  await vendorUp(lab, { onProgress: (line) => print(`  ${line}`), signal });
  const env = { ...process.env, ...labEnv() };
  process.env["LAB_HOSTS"] = env["LAB_HOSTS"];
  const stack = await Stack.create({
    project: lab.root,
    name: "vendor",
    directory: path.join(lab.dir, "stack"),
    env,
    adapt: (config) => configForLab(config, lab),
    signal,
  });

  const traffic = new DemoTraffic(messagesPerSecond, signal, { vendor: true });
  print(`Starting traffic: ${messagesPerSecond} records per second in all, half of them Avro`);
  await traffic.start();
  const feed = new LineFeed(lineFiles(lab));
  feed.start();

  const phases: PhaseReport[] = [];
  let afterLast = 0;
  let audit: Audit | null = null;
  let vendor: VendorOutcome | undefined;
  let problem: string | undefined;
  try {
    print("\nnpm run assess");
    await assessStack({
      project: lab.root,
      stack: "vendor",
      configFile: stack.configFile,
      seconds: sampleSeconds,
      env,
      signal,
      onLine: (line) => print(`  ${line}`),
    });
    const after: Record<string, () => Promise<void>> = {
      mirror: () => comeTooEarly(lab, traffic, signal),
      "move-producers": () => recover(traffic, signal),
    };
    await walk(
      {
        stack,
        rows,
        trafficSeconds,
        sourceClusterId: () => sourceClusterId(traffic.kubeconfig, traffic.options),
        after: async (row) => after[row]?.(),
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
    print("Stopping the producers, letting every group and the sink read to the end");
    await stopCatalog(lab, traffic.options);
    audit = await traffic.finish(drainSeconds, phases.find(({ name }) => name === "move-producers")?.from);
    vendor = await outcome(lab, traffic, feed, signal);
  } catch (error) {
    signal.throwIfAborted();
    problem = error instanceof Error ? error.message : JSON.stringify(error);
  } finally {
    feed.stop();
  }
  const result = report(table, phases, audit, afterLast, demands);
  const problems = [...(problem === undefined ? [] : [problem]), ...result.problems, ...vendorProblems(vendor)];
  return { ...result, succeeded: problems.length === 0, problems, ...(vendor && { vendor }) };
}

/** An application begins at the target while the registry there imports, and hears so. */
async function comeTooEarly(lab: Lab, traffic: DemoTraffic, signal: AbortSignal): Promise<void> {
  print("  catalog-producer begins at the target with a schema of its own, while the registry there imports");
  await startCatalog(lab, traffic.options);
  await until(() => readCatalogLog(traffic.options).refusals > 0, "the registry refused no new schema", signal);
  print(`  catalog-producer: ${readCatalogLog(traffic.options).firstRefusal}`);
}

/** The registry is open: the application has written its first record without anybody's help. */
async function recover(traffic: DemoTraffic, signal: AbortSignal): Promise<void> {
  await until(() => readCatalogLog(traffic.options).records > 0, "catalog-producer wrote no record", signal);
  print(`  catalog-producer: ${registrationLine(readCatalogLog(traffic.options))}`);
}

async function until(holds: () => boolean, problem: string, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + catalogSeconds * 1000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`${problem} within ${catalogSeconds} s; see its pod's log`);
    await sleep(300, undefined, { signal });
  }
}

/** Looks at the target with other eyes than the migration's. */
async function outcome(lab: Lab, traffic: DemoTraffic, feed: LineFeed, signal: AbortSignal): Promise<VendorOutcome> {
  const lines = await feed.finish(drainSeconds, signal);
  const kafka = await trafficClient(traffic.kubeconfig, traffic.options, bootstrapOf("target"));
  const { username = "", password = "" } =
    (await readSecret(connect(lab.kubeconfig), namespace, registrySecret("target", "apps"))) ?? {};
  const registry = { url: registryUrl(lab, "target"), username, password };
  return {
    rights: await auditRights(kafka),
    decoded: await decodeTopic({ kafka, topic: "sales", registry, logDir: traffic.logDir, signal }),
    lines,
    registration: readCatalogLog(traffic.options),
  };
}
