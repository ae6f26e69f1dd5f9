import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { labKill } from "../../lab/lab.ts";
import { withCluster } from "../../runtime/brokers/connection.ts";
import { recordsBetween } from "../../runtime/brokers/log.ts";
import { consumerLag, createTopics, endpointOf } from "../lab/support/lab-kafka.ts";
import { connectRest, guideConnector } from "../lab/support/lab-parts.ts";
import {
  auditOf,
  differences,
  eventually,
  labWalk,
  namespace,
  readTopic,
  type LabWalk,
} from "../lab/support/lab-walk.ts";
import { usesLab } from "../lab/support/shared-lab.ts";
import { patience, WalkChecks } from "../lab/support/walk-checks.ts";
import { inOrder } from "../support/in-order.ts";

/**
 * A migration in which everything goes wrong that can: parts that are killed, records that cannot be copied. That a row
 * leaves nothing to change is looked at where something broke; test/lab/producers-first.test.ts does for all of them.
 */
describe("a migration of the lab with everything that breaks on the way", function () {
  inOrder();
  this.timeout(10 * 60_000);
  usesLab(this, "apart");
  let walk: LabWalk;
  const checks = new WalkChecks(() => walk);
  let ledger: string;

  before(async () => {
    walk = await labWalk(200, {
      gates: { maxLag: 2000, holdSeconds: 3, timeoutSeconds: patience },
      switch: { drainSeconds: 30, fenceSeconds: 30 },
    });
  });

  it("mirrors", async () => {
    await walk.goes("prepare");
    await walk.goes("mirror");
  });

  it("would notice what the guide's own settings do to headers", async () => {
    const topic = "guide-headers";
    const source = await walk.kafka("source");
    const producer = source.producer();
    await producer.connect();
    await createTopics(endpointOf("source", 2), [{ topic, numPartitions: 1, replicationFactor: 2 }]);
    await producer.send({ topic, messages: [{ key: "k", value: "v", headers: { trace: "hello" } }] });
    await connectRest().put("/connectors/guide/config", await guideConnector(topic));
    const written = await eventually("the record on the source", 30, async () =>
      readTopic(source, topic, 1).catch(() => undefined),
    );
    const copied = await eventually("the guide's copy", 90, async () =>
      readTopic(await walk.kafka("target"), topic, 1).catch(() => undefined),
    );
    assert.deepEqual(differences(written, copied), ["headers of [0] 0"]);
    assert.equal(Buffer.from(copied[0]!.headers["trace"]!, "hex").toString(), Buffer.from("hello").toString("base64"));
    await connectRest().delete("/connectors/guide");
    await producer.disconnect();
    // A topic that the inventory does not record would close the gates of the rows to come. The connector's consumer
    // re-creates it as long as it runs.
    const admin = source.admin();
    await admin.connect();
    await eventually("the end of the topic", 60, async () => {
      await admin.deleteTopics({ topics: [topic] }).catch(() => undefined);
      await sleep(3000);
      return !(await admin.listTopics()).includes(topic);
    });
    await admin.disconnect();
  });

  it("goes back to prepare, and forward again without copying twice", async () => {
    await walk.reaches("prepare");
    assert.deepEqual(await connectRest().names(), []);
    await walk.reaches("mirror");
  });

  it("copies nothing twice when a Connect worker is killed", async () => {
    assert.ok(labKill("connect/demo/migration-connect/migration-connect-0"));
    await sleep(15_000);
  });

  it("copies nothing twice when a broker of the target is killed, and goes on", async () => {
    const name = "shop-source-all";
    const copied = async () => [...(await connectRest().next(name)).values()].reduce((sum, next) => sum + next, 0);
    assert.ok(labKill("kafka/demo/target-kafka/target-kafka-1"));
    const before = await copied();
    const target = endpointOf("target", 3);
    const killedOne = { ...target, bootstrap: [target.bootstrap[1]!] };
    await eventually("the broker", 60, () => withCluster(killedOne, async () => true).catch(() => false));
    // A task that failed meanwhile is started again by the next update.
    await walk.reaches("mirror");
    await eventually("1000 more copies", 60, async () => (await copied()) > before + 1000);
    assert.ok(await connectRest().allRunning(name));
  });

  it("holds move-producers back while the mirror stands still, and refuses to skip past the closed gate", async () => {
    const source = "shop-source-all";
    await connectRest().put(`/connectors/${source}/stop`);
    await walk.stack.set("kafka-migration:gates.maxLag", "0");
    await sleep(3000);
    await checks.heldBack(
      "move-producers",
      /phase "move-producers" stays closed: .*\[\d+\] has [\d,]+ records? left to mirror, 0 allowed/,
    );
    await checks.refused("move-consumers", /skips "move-producers"/);
    await walk.stack.set("kafka-migration:gates.maxLag", "2000");
    await walk.reaches("mirror");
    assert.equal(await connectRest().state(source), "RUNNING");
  });

  it("puts the producers back when a record can never be mirrored", async () => {
    const producer = (await walk.kafka("source")).producer();
    await producer.connect();
    try {
      let injected: Promise<unknown> | undefined;
      const { code, output } = await walk.up("move-producers", {
        onLine: (line) => {
          if (!/workloads at 0 pods/.test(line) || injected) return;
          injected = limit({ "max.message.bytes": "600" }).then(() =>
            producer.send({ topic: "empty", messages: [{ key: "large", value: Buffer.alloc(4000, "x") }] }),
          );
        },
      });
      await injected;
      assert.notEqual(code, 0, output);
      assert.match(output, /empty\[\d\].*(1 record|cannot copy)/);
      assert.match(output, /producers are writing to the source again/);
    } finally {
      await producer.disconnect();
    }
    const before = walk.traffic.acknowledged();
    await eventually("records acknowledged on the source", 30, async () => walk.traffic.acknowledged() > before + 1000);
    assert.equal((await checks.workloadSpecs())["foo-producer"] !== undefined, true);
    await unlimit();
  });

  /** Sets configs of the topic `empty` on the target beside those that the migration declares, and no others. */
  async function limit(configs: Readonly<Record<string, string>>): Promise<void> {
    const admin = (await walk.kafka("target")).admin();
    await admin.connect();
    try {
      const declared = { "message.timestamp.after.max.ms": "9223372036854775807" };
      const configEntries = Object.entries({ ...declared, ...configs }).map(([name, value]) => ({ name, value }));
      await admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name: "empty", configEntries }] });
    } finally {
      await admin.disconnect();
    }
  }

  /** Lets the large record through and starts the failed task again. */
  async function unlimit(): Promise<void> {
    await limit({});
    await connectRest().post("/connectors/shop-source-all/restart?includeTasks=true&onlyFailed=true");
    await eventually("all tasks running", 60, async () => connectRest().allRunning("shop-source-all"));
  }

  for (const [step, line, host] of [
    ["the fence", /workloads at 0 pods/, false],
    ["the source stands still", /ends no longer grow/, true],
    ["the mirror is drained", /nothing left to mirror/, false],
    ["the mirror is stopped", /the mirror is stopped/, true],
    ["the ledger is written", /ledger entry \d+ written/, false],
  ] as const) {
    it(`takes up a switch killed with -9 after ${step}${host ? ", its provider host too" : ""}`, async () => {
      await checks.killed("move-producers", line, host);
    });
  }

  it("moves the producers with the mirror drained", async () => {
    await walk.reaches("move-producers");
    ledger = (await walk.core.readNamespacedConfigMap({ namespace, name: "shop-ledger" })).data!["ledger.json"]!;
    assert.match(ledger, /"switch": ?"producers"/);
  });

  it("keeps the ledger's bytes when any setting is edited afterwards", async () => {
    await walk.stack.set("kafka-migration:gates.maxLag", "1");
    await walk.stack.set("kafka-migration:switch.fenceSeconds", "45");
    await walk.goes("move-producers");
    const now = (await walk.core.readNamespacedConfigMap({ namespace, name: "shop-ledger" })).data!["ledger.json"];
    assert.equal(now, ledger);
  });

  it("refuses to go back once producers wrote on the target", async () => {
    await checks.refused("mirror", /no way back/);
  });

  it("holds move-consumers back while a group is behind, naming the exact count", async () => {
    // The source no longer grows, so what a stopped consumer has left to read is a fixed number.
    await sleep(5000);
    const lag = await consumerLag(endpointOf("source", 2), "bar-consumer", "bar");
    if ([...lag.values()].every((left) => left === 0n)) {
      const admin = (await walk.kafka("source")).admin();
      await admin.connect();
      await scale("bar-consumer", 0);
      await eventually("bar-consumer gone", 60, async () => (await pods("bar-consumer")) === 0);
      const [first] = await admin.fetchOffsets({ groupId: "bar-consumer", topics: ["bar"] });
      const position = first!.partitions.find(({ offset }) => Number(offset) > 7)!;
      await admin.setOffsets({
        groupId: "bar-consumer",
        topic: "bar",
        partitions: [{ partition: position.partition, offset: String(Number(position.offset) - 7) }],
      });
      await checks.heldBack(
        "move-consumers",
        new RegExp(`group bar-consumer .*has 7 records left to read in bar\\[${position.partition}\\]`),
      );
      assert.equal((await consumerLag(endpointOf("source", 2), "bar-consumer", "bar")).get(position.partition), 7n);
      // Put back to where it was: reading the seven again would be this test's doing, not the migration's.
      await admin.setOffsets({ groupId: "bar-consumer", topic: "bar", partitions: [position] });
      await admin.disconnect();
      await scale("bar-consumer", 1);
    }
  });

  it("names what a rogue writes to the source, and lets the groups read it there once the config accepts it", async () => {
    const to = await rogueWrites(5);
    await checks.heldBack(
      "move-consumers",
      new RegExp(
        `empty\\[0\\] grew on the source after the switch: offsets ${to - 5}\\.\\.${to - 1}, 5 records, the first of 20\\d\\d-.*accept these records under stragglers`,
      ),
    );
    await accept(to);
  });

  it("takes up the consumers' switch killed with -9 after its offsets are placed, its provider host too", async () => {
    await checks.killed("move-consumers", /offsets placed on the target/, true);
    const consumers = (await checks.workloads()).filter(({ metadata }) => metadata!.name!.endsWith("-consumer"));
    assert.deepEqual(
      consumers.map(({ spec }) => spec!.replicas),
      [0, 0, 0, 0],
      "nobody reads on either side",
    );
    await checks.reaches("move-consumers");
  });

  it("copies what a rogue writes to the source after the groups have left it, and nothing that they have read", async () => {
    const before = await copies();
    const to = await rogueWrites(3);
    await checks.heldBack(
      "validate",
      new RegExp(`empty\\[0\\] grew on the source after the switch: offsets ${to - 3}\\.\\.`),
    );
    await accept(to);
    await checks.reaches("validate", { refresh: true });
    assert.equal((await copies()) - before, 3n);
  });

  it("has lost nothing, repeated nothing and kept every order", async () => {
    const audit = await auditOf(walk);
    assert.equal(audit.outOfOrder, 0);
    assert.ok(audit.acknowledged > 20_000, `${audit.acknowledged} records`);
  });

  /** Writes records to a topic of the source that no producer of the traffic writes; returns its end. */
  async function rogueWrites(count: number): Promise<number> {
    const source = await walk.kafka("source");
    const [producer, admin] = [source.producer(), source.admin()];
    await Promise.all([producer.connect(), admin.connect()]);
    const messages = Array.from({ length: count }, (_, index) => ({ key: "rogue", value: `${index}`, partition: 0 }));
    await producer.send({ topic: "empty", messages });
    const ends = await admin.fetchTopicOffsets("empty");
    await Promise.all([producer.disconnect(), admin.disconnect()]);
    return Number(ends.find(({ partition }) => partition === 0)!.high);
  }

  /** What the sentence of the closed gate says to do. */
  async function accept(to: number): Promise<void> {
    const straggler = { topic: "empty", partition: 0, to, reason: "the nightly job of the test" };
    for (const [key, value] of Object.entries(straggler)) {
      await walk.stack.set(`kafka-migration:stragglers[0].${key}`, String(value));
    }
  }

  /** Records in that partition of the target; each of the mirror's transactions ends with a marker. */
  async function copies(): Promise<bigint> {
    const { records } = await recordsBetween(endpointOf("target", 3), "empty", 0, 0n, 1_000_000n, "read_committed");
    return BigInt(records);
  }

  const scale = (name: string, replicas: number) =>
    walk.apps.replaceNamespacedDeploymentScale({
      name,
      namespace,
      body: { metadata: { name, namespace }, spec: { replicas } },
    });
  const pods = async (name: string) =>
    (await walk.core.listNamespacedPod({ namespace, labelSelector: `app=${name}` })).items.length;
});
