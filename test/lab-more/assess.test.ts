import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type kafkajs from "kafkajs";
import { parse, stringify } from "yaml";
import type { Report } from "../../assess/report.ts";
import { inventorySchema } from "../../config/inventory.ts";
import { assessStack } from "../../demo/assess.ts";
import { topics as seeded } from "../../lab/seed.ts";
import { lab, labEnv } from "../../lab/lab.ts";
import { kafkaTool } from "../lab/support/kafka-tool.ts";
import { connectRest } from "../lab/support/lab-parts.ts";
import { eventually, labWalk, namespace, readTopic, type LabWalk } from "../lab/support/lab-walk.ts";
import { usesLab } from "../lab/support/shared-lab.ts";

const file = path.join(lab.dir, "inventory.json");
const text = () => readFileSync(file, "utf8");
const inventory = () => inventorySchema.parse(JSON.parse(text()));
const report = () => JSON.parse(readFileSync(path.join(lab.dir, "inventory.report.json"), "utf8")) as Report;

describe("an assessment of the lab", function () {
  this.timeout(900_000);
  usesLab(this, "plain");
  let walk: LabWalk;

  before(async () => {
    walk = await labWalk(200, {});
  });

  async function withAdmin(side: "source" | "target", use: (admin: kafkajs.Admin) => Promise<unknown>): Promise<void> {
    const admin = (await walk.kafka(side)).admin();
    await admin.connect();
    try {
      await use(admin);
    } finally {
      await admin.disconnect();
    }
  }

  const probes = async (): Promise<string[]> => (await connectRest().names()).filter((name) => name.includes("probe"));

  it("records the topics, partitions, replicas and configs that Kafka's own tools list", async () => {
    const described = await kafkaTool("org.apache.kafka.tools.TopicCommand", ["--describe"]);
    const theirs = described.split("\n").flatMap((line) => {
      const found =
        /^Topic: (\S+)\s+TopicId: \S+\s+PartitionCount: (\d+)\s+ReplicationFactor: (\d+)\s+Configs: ?(.*)$/.exec(line);
      if (!found || found[1]!.startsWith("__") || found[1] === "kafka-health") return [];
      const [, name, partitions, replicas, configs] = found;
      const own = configs!
        .split(",")
        .filter(Boolean)
        .map((pair) => pair.split("=") as [string, string]);
      return [{ name: name!, partitions: Number(partitions), replicationFactor: Number(replicas), configs: own }];
    });
    const { defaults, topics } = inventory();
    // The tool also lists what the brokers' files set.
    const recorded = topics.map(({ configs, ...topic }) => {
      const brokers = Object.entries(defaults).filter(([key, { from }]) => from === "broker" && !(key in configs));
      const own = [...Object.entries(configs), ...brokers.map(([key, { value }]) => [key, value] as [string, string])];
      return { ...topic, configs: own.sort() };
    });
    assert.deepEqual(
      recorded,
      theirs
        .map(({ configs, ...topic }) => ({ ...topic, configs: configs.sort() }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    );
    assert.deepEqual(topics.map(({ name }) => name).sort(), seeded.map(({ topic }) => topic).sort());
    assert.deepEqual(inventory().source.kafka, "3.9");
  });

  it("gives the same bytes as often as it is asked while records flow, and counts them", async () => {
    await eventually("every group to have committed", 60, async () => {
      await walk.assess();
      return inventory().groups.length === 4;
    });
    const before = text();
    for (let time = 0; time < 3; time++) {
      assert.match(await walk.assess(), /inventory\.json: unchanged/);
      assert.equal(text(), before);
    }
    const foo = report().topics.find(({ name }) => name === "foo")!;
    assert.ok(foo.recordsPerSecond > 5, `${foo.recordsPerSecond} records per second in foo`);
    const groups = report().groups.filter(({ name }) => name.endsWith("-consumer"));
    assert.ok(groups.length === 4 && groups.some(({ moving }) => moving), JSON.stringify(groups));
  });

  it("reaches every broker, and says that the target does not exist yet", async () => {
    assert.deepEqual(
      report().source.brokers.map(({ address, problem }) => [address, problem]),
      [1, 2].map((number) => [`127.${lab.block}.1.${number}:9094`, null]),
    );
    assert.equal(inventory().target, null);
    assert.match(await walk.assess(), /The target does not exist yet: there is no Kafka demo\/target-kafka/);
    const advice = new Map(report().advice.map(({ id, finding }) => [id, finding]));
    assert.match(advice.get("even-controllers") ?? "", /the source has 2 controllers and survives 0 failures/);
    assert.match(advice.get("partitions-below-three") ?? "", /history has 1/);
  });

  it("names what a user without rights may not read, and does not fail", async () => {
    await walk.core.createNamespacedSecret({
      namespace,
      body: { metadata: { name: "nobody" }, stringData: { username: "nobody", password: "nothing-at-all" } },
    });
    await kafkaTool("kafka.admin.ConfigCommand", [
      ...["--alter", "--entity-type", "users", "--entity-name", "nobody"],
      ...["--add-config", "SCRAM-SHA-256=[password=nothing-at-all]"],
    ]);
    const config = parse(readFileSync(walk.stack.configFile, "utf8")) as {
      config: Record<string, Record<string, unknown> | string>;
    };
    Object.assign(config.config["kafka-migration:source"]!, {
      credentials: { runner: { secret: "nobody" } },
      security: { protocol: "SASL_SSL", mechanism: "SCRAM-SHA-256", caSecret: "source-kafka-client-cert" },
    });
    config.config["kafka-migration:inventory"] = path.join(lab.dir, "nobody.json");
    config.config["kafka-migration:topics"] = {};
    const configFile = path.join(lab.dir, "nobody.yaml");
    writeFileSync(configFile, stringify(config));
    await walk.assess(configFile);
    const found = inventorySchema.parse(JSON.parse(readFileSync(path.join(lab.dir, "nobody.json"), "utf8")));
    const unread = new Map(found.unread.map(({ what, reason }) => [what, reason]));
    for (const what of ["acls", "users", "quotas", "topics", "groups"]) assert.ok(unread.has(what), what);
    assert.match(unread.get("acls")!, /CLUSTER_AUTHORIZATION_FAILED/);
  });

  it("fails with one sentence while the source is away, and writes nothing", async () => {
    const config = parse(readFileSync(walk.stack.configFile, "utf8")) as {
      config: Record<string, Record<string, unknown> | string>;
    };
    Object.assign(config.config["kafka-migration:source"]!, { runnerBootstrap: ["127.0.0.1:9"] });
    const configFile = path.join(lab.dir, "away.yaml");
    writeFileSync(configFile, stringify(config));
    const before = text();
    await assert.rejects(
      walk.assess(configFile),
      /the source at 127\.0\.0\.1:9 cannot be reached: connect ECONNREFUSED/,
    );
    assert.equal(text(), before);
  });

  it("closes the gate of the mirror when a topic is new, by name, and opens it once it is recorded", async () => {
    const { code, output } = await walk.up("prepare");
    assert.equal(code, 0, output);
    await withAdmin("source", (admin) =>
      admin.createTopics({
        topics: [{ topic: "refunds", numPartitions: 2, replicationFactor: 2 }],
        waitForLeaders: false,
      }),
    );
    await walk.stack.set("kafka-migration:gates.timeoutSeconds", "25");
    const refused = await walk.up("mirror");
    assert.notEqual(refused.code, 0, refused.output);
    assert.match(
      refused.output,
      /phase "mirror" stays closed: \S+inventory\.json is not current: topic refunds is new on the source/,
    );
    assert.match(refused.output, /run npm run assess/);
    const output2 = await walk.assess();
    assert.match(output2, /topic refunds: new/);
    const opened = await walk.up("mirror");
    assert.equal(opened.code, 0, opened.output);
  });

  it("asks Connect about every broker and leaves nothing behind", async () => {
    await eventually("the copies on the target", 90, async () => {
      const rest = connectRest();
      return rest.allRunning("shop-source-all").catch(() => false);
    });
    const existing = async (): Promise<string[]> => {
      let names: string[] = [];
      await withAdmin("target", async (admin) => (names = await admin.listTopics()));
      return names.sort();
    };
    const before = await existing();
    assert.ok(before.includes("foo"));
    const copied = await readTopic(await walk.kafka("target"), "history", 1000);
    await walk.assess();
    const { connect } = report();
    assert.equal(connect.state, "answers");
    assert.deepEqual(connect.state === "answers" && connect.brokers, [
      { address: "source-kafka-0.source-kafka-pods.demo.svc:9092", problem: null },
      { address: "source-kafka-1.source-kafka-pods.demo.svc:9092", problem: null },
    ]);
    const config = parse(readFileSync(walk.stack.configFile, "utf8")) as { config: Record<string, object> };
    Object.assign(config.config["kafka-migration:source"]!, { bootstrap: [`127.${lab.block}.1.1:9`] });
    const configFile = path.join(lab.dir, "closed.yaml");
    writeFileSync(configFile, stringify(config));
    await walk.assess(configFile);
    const closed = report().connect;
    assert.deepEqual(closed.state === "answers" && closed.brokers, [
      { address: `127.${lab.block}.1.1:9`, problem: "Connect could not read the source's metadata through it" },
    ]);
    assert.deepEqual(await existing(), before);
    assert.deepEqual(await probes(), []);
    assert.deepEqual(await readTopic(await walk.kafka("target"), "history", 1000), copied);
  });

  it("measures how long records take on both sides where a topic is named for it, and else writes none", async () => {
    const measured = async (latencyTopic: string) => {
      const { configFile } = walk.stack;
      const { signal } = new AbortController();
      const env = { ...process.env, ...labEnv() };
      await assessStack({ ...{ project: lab.root, stack: "dev", configFile, seconds: 1, latencyTopic }, env, signal });
      return report().latency!;
    };
    await assert.rejects(measured("foo"), /--latency-topic: foo migrates, and its consumers would read/);
    const absent = await measured("latency-probe");
    assert.ok("problem" in absent.source && absent.target !== null && "problem" in absent.target);
    assert.match(
      absent.source.problem,
      /topic latency-probe does not exist on the source; make one there that nobody reads/,
    );
    for (const side of ["source", "target"] as const)
      await withAdmin(side, (admin) =>
        admin.createTopics({ topics: [{ topic: "latency-probe", numPartitions: 2, replicationFactor: 2 }] }),
      );
    try {
      const found = await measured("latency-probe");
      for (const side of [found.source, found.target!]) {
        assert.ok(!("problem" in side), JSON.stringify(side));
        assert.equal(side.records, 30);
        assert.ok(side.acknowledged.median > 0 && side.acknowledged.median <= side.acknowledged.slowest);
        assert.ok(side.read.median > 0 && side.read.median < 5_000, `${side.read.median} ms`);
      }
      // Each side has what was written there, and nothing of the other.
      for (const side of ["source", "target"] as const) {
        const records = await readTopic(await walk.kafka(side), "latency-probe", 31);
        assert.equal(records.length, 31, side);
      }
    } finally {
      for (const side of ["source", "target"] as const)
        await withAdmin(side, (admin) => admin.deleteTopics({ topics: ["latency-probe"] }));
    }
  });

  it("takes its probes out of Connect when it is interrupted", async () => {
    const stop = new AbortController();
    const ended = assert.rejects(
      assessStack({
        ...{ project: lab.root, stack: "dev", configFile: walk.stack.configFile, seconds: 1, sampleSeconds: 20 },
        ...{ env: { ...process.env, ...labEnv() }, signal: stop.signal },
      }),
      /interrupted by SIGINT/,
    );
    await Promise.race([ended, eventually("a probe", 60, async () => (await probes()).length > 0)]);
    stop.abort();
    await ended;
    assert.deepEqual(await probes(), []);
  });
});
