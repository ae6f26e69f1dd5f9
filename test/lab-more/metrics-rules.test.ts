/**
 * The metrics of a worker, from Kafka's own beans through the exporter's agent to Prometheus's engine. It needs no
 * cluster: the beans are made by Kafka's classes in a JVM of the test's own (`test/lab/support/MirrorBeans.java`).
 */
import assert from "node:assert/strict";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { alerts } from "../../components/alerts.ts";
import { connectorProperties } from "../../components/connector-properties.ts";
import { dashboardConfigMap } from "../../components/dashboard.ts";
import { mirrorNames } from "../../components/names.ts";
import { exporterRules } from "../../runtime/model/platforms/kubedb/exporter-rules.ts";
import { connectMetrics } from "../../runtime/model/platforms/kubedb/metrics.ts";
import { ensureTools } from "../../tools/ensure.ts";
import { exporterVersions, metricsTools, type MetricsTools } from "../../tools/metrics.ts";
import type { KafkaVersion } from "../../tools/definitions.ts";
import type { Tools } from "../../tools/tools.ts";
import { root, stackConfig } from "../support/stack.ts";

const config = stackConfig("prod");
const connector = mirrorNames(config).sources[0]!.name;
const topic = "orders.eu-west";

/** What Prometheus adds to every sample of a worker's pod. */
const target = { namespace: "kafka", pod: "shop-migration-0", job: "shop-migration-stats" };

/** Kafka puts `topic` into its beans with underscores for dots before 4.0; MirrorMaker 2's are as they are. */
const versions = ["4.2.0", "3.9.0"] as const satisfies readonly KafkaVersion[];

interface Scrape {
  readonly atMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly body: string;
}
interface Answer {
  readonly error?: string;
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: string }[];
}

describe("the metrics of a worker, asked of Prometheus's engine", function () {
  this.timeout(600_000);
  let tools: Tools;
  let metrics: MetricsTools;
  before(async () => {
    const onProgress = (line: string) => console.log(line);
    tools = await ensureTools({ onProgress });
    metrics = await metricsTools(onProgress);
  });

  /** What the engine answers, with the scrapes 60 s apart and the last of them now. */
  function ask(bodies: readonly string[], expressions: readonly string[]): Answer[] {
    const atMs = 1_800_000_000_000;
    const scrapes = bodies.map((body, index): Scrape => {
      return { atMs: atMs - (bodies.length - 1 - index) * 60_000, labels: target, body };
    });
    const input = JSON.stringify({ scrapes, atMs, expressions });
    return JSON.parse(execFileSync(metrics.promql, { input, encoding: "utf8" })) as Answer[];
  }

  for (const version of versions)
    for (const agent of exporterVersions)
      describe(`Kafka ${version} with the agent ${agent}`, () => {
        const bodies: string[] = [];
        before(async () => {
          const worker = await Worker.start(tools, version, metrics.agent(agent), exporterRules);
          try {
            bodies.push(await worker.scrape());
            for (const latency of [40, 1234, 7]) await worker.mirrors(latency);
            bodies.push(await worker.scrape());
          } finally {
            await worker.stop();
          }
        });

        it("has the guide's two, with the topic as it is called and the values of the beans", () => {
          const { replicationLatencyMax, recordCount } = connectMetrics;
          assert.equal(replicationLatencyMax, "kafka_connect_mirror_source_connector_replication_latency_ms_max");
          assert.equal(recordCount, "kafka_connect_mirror_source_connector_record_count");
          const of = `{topic="${topic}",partition="3"}`;
          const [latency, count] = ask(bodies, [replicationLatencyMax + of, recordCount + of]);
          assert.deepEqual(values(latency), ["1234"]);
          assert.deepEqual(values(count), ["3"]);
          const { source, destination } = count!.samples[0]!.labels;
          assert.deepEqual(
            [source, destination],
            version.startsWith("4.") ? ["source", "target"] : [undefined, "target"],
          );
        });

        it("has every name that alerts and dashboard ask for", () => {
          const names = Object.values(connectMetrics);
          const missing = ask(bodies, names).flatMap(({ samples }, at) => (samples.length > 0 ? [] : [names[at]!]));
          assert.deepEqual(missing, []);
        });

        it("raises of the alerts only the one that it has reason for", () => {
          const asked = alerts(config);
          const raised = (scrapes: readonly string[]) =>
            ask(
              scrapes,
              asked.map(({ expr }) => expr),
            ).flatMap(({ error, samples }, at) => {
              assert.equal(error, undefined, asked[at]!.alert);
              return samples.length > 0 ? [asked[at]!.alert] : [];
            });
          assert.deepEqual(raised(bodies), []);
          const slow = bodies.map((body) => body.replaceAll(" 1234.0", " 99999.0"));
          assert.deepEqual(raised(slow), ["KafkaMigrationReplicationLatency"]);
          // Nothing was written between two readings, and the consumer has seven records left.
          assert.deepEqual(raised([bodies[0]!, bodies[0]!]), ["KafkaMigrationMirrorStalled"]);
          const withoutMirror = bodies.map((body) => body.replaceAll(/^kafka_connect_mirror_.*\n/gm, ""));
          assert.deepEqual(raised(withoutMirror), ["KafkaMigrationMirrorMetricsMissing"]);
        });

        it("fills the panels about the mirror", () => {
          const { panels } = JSON.parse(Object.values(dashboardConfigMap(config)!.data)[0]!) as {
            panels: { title: string; targets: { expr: string }[] }[];
          };
          const ofWorkers = panels.filter(({ title }) => !title.startsWith("Target: "));
          const asked = ofWorkers.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })));
          const answers = ask(
            bodies,
            asked.map(({ expr }) =>
              expr
                .replaceAll("$namespace", target.namespace)
                .replaceAll("$job", target.job)
                .replaceAll("$__rate_interval", "5m"),
            ),
          );
          for (const [at, { error }] of answers.entries()) assert.equal(error, undefined, asked[at]!.title);
          const empty = answers.flatMap(({ samples }, at) => (samples.length === 0 ? [asked[at]!.title] : []));
          assert.deepEqual(empty, []);
        });
      });

  it("has neither with rules that know only the order of labels before Kafka 4, as the image's own do", async () => {
    const former = exporterRules.replaceAll(/^ {2}- pattern: .*MirrorSourceConnector, source=.*\n(?: {4}.*\n)+/gm, "");
    assert.notEqual(former, exporterRules);
    const worker = await Worker.start(tools, "4.2.0", metrics.agent("0.20.0"), former);
    try {
      await worker.mirrors(1);
      const [latency, count] = ask(
        [await worker.scrape()],
        [connectMetrics.replicationLatencyMax, connectMetrics.recordCount],
      );
      assert.deepEqual([latency!.samples, count!.samples], [[], []]);
    } finally {
      await worker.stop();
    }
  });
});

const values = (answer: Answer | undefined) => answer!.samples.map(({ value }) => value);

/** A JVM with the beans of a worker, and the exporter's agent in it. */
class Worker {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #port: number;
  readonly #folder: string;

  private constructor(process: ChildProcess, port: number, folder: string) {
    this.#process = process;
    this.#port = port;
    this.#folder = folder;
    this.#lines = createInterface(process.stdout!)[Symbol.asyncIterator]();
  }

  static async start(tools: Tools, version: KafkaVersion, agent: string, rules: string): Promise<Worker> {
    const folder = mkdtempSync(join(tmpdir(), "metrics-"));
    const port = await freePort();
    writeFileSync(join(folder, "rules.yaml"), rules);
    const properties = { ...connectorProperties(config).source, name: connector };
    const line = ([name, value]: [string, string]) => `${name}=${value.replaceAll("\\", "\\\\")}\n`;
    writeFileSync(join(folder, "source.properties"), Object.entries(properties).map(line).join(""));
    const process = spawn(
      tools.java,
      [
        "-XX:TieredStopAtLevel=1",
        `-javaagent:${agent}=127.0.0.1:${port}:${join(folder, "rules.yaml")}`,
        ...["-cp", `${tools.kafka[version].libs}/*`],
        join(root, "test/lab/support/MirrorBeans.java"),
        ...[join(folder, "source.properties"), `${topic}-3`],
      ],
      { stdio: ["pipe", "pipe", "ignore"] },
    );
    const worker = new Worker(process, port, folder);
    await worker.#says("ready");
    return worker;
  }

  async #says(expected: string): Promise<void> {
    for (;;) {
      const { done, value } = await this.#lines.next();
      if (done) throw new Error(`the JVM ended before it said "${expected}"`);
      if (value === expected) return;
    }
  }

  /** One record more, with its latency in ms. */
  async mirrors(latencyMs: number): Promise<void> {
    this.#process.stdin!.write(`${latencyMs}\n`);
    await this.#says("counted");
  }

  async scrape(): Promise<string> {
    const url = `http://127.0.0.1:${this.#port}/metrics`;
    for (let left = 20; ; left--) {
      try {
        const answer = await fetch(url, { headers: { accept: "text/plain; version=0.0.4" } });
        if (answer.ok) return await answer.text();
      } catch (error) {
        if (left === 0) throw error;
      }
      await sleep(250);
    }
  }

  async stop(): Promise<void> {
    const ended = once(this.#process, "exit");
    this.#process.stdin!.end();
    this.#process.kill();
    await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
