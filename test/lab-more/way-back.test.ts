import assert from "node:assert/strict";
import { withCluster } from "../../runtime/brokers/connection.ts";
import { countRecords } from "../../runtime/brokers/log.ts";
import { logs } from "../../runtime/brokers/positions.ts";
import { unwritable } from "../../runtime/brokers/writable.ts";
import { madeAs } from "../../runtime/model/login.ts";
import type { KafkaEndpoint } from "../../runtime/model/sides.ts";
import { inOrder } from "../support/in-order.ts";
import { copyLag } from "../lab/support/copy-lag.ts";
import { endpointOf, kubernetes } from "../lab/support/lab-kafka.ts";
import { auditOf, eventually, labWalk, namespace, type LabWalk } from "../lab/support/lab-walk.ts";
import { usesLab } from "../lab/support/shared-lab.ts";
import { patience, WalkChecks } from "../lab/support/walk-checks.ts";

const forward = ["move-producers", "move-consumers", "validate"] as const;

/** After both moves back to `mirror` and forward again, as often as wanted, until the way back is closed. */
describe("the way back of a migration, producers first, under traffic", function () {
  inOrder();
  this.timeout(15 * 60_000);
  usesLab(this, "plain");
  let walk: LabWalk;
  const checks = new WalkChecks(() => walk);

  before(async () => {
    walk = await labWalk(
      200,
      {
        gates: { maxLag: 2000, holdSeconds: 1, timeoutSeconds: patience },
        switch: { drainSeconds: 60, fenceSeconds: 60 },
      },
      // A client that finds another partition in a topic of its own joins anew, and reads again what it had not committed.
      { strategy: "producers-first", wayBack: "mirrored", ownUsers: true, remembers: true },
    );
    await walk.goes("prepare");
    await walk.goes("mirror");
  });

  const mirrorUser: KafkaEndpoint = {
    ...endpointOf("source", 2),
    mechanism: madeAs("PLAIN"),
    credentials: { kubernetes, name: "shop-mirror-source" },
  };

  const address = async (name: string) =>
    (await walk.core.readNamespacedConfigMap({ name: `${name}-config`, namespace })).data!["BOOTSTRAP"]!;

  async function isOn(side: "source" | "target"): Promise<void> {
    for (const name of ["orders-producer", "foo-producer", "foo-consumer"])
      assert.match(await address(name), new RegExp(`${side}-kafka`), name);
    const before = walk.traffic.acknowledged();
    await eventually("records acknowledged", patience, async () => walk.traffic.acknowledged() > before + 500);
  }

  /** Both sides hold equally many records, but for what a mirror has yet to copy: nothing goes in a circle. */
  async function assertSame(): Promise<void> {
    const [source, target] = await Promise.all([recordsOn("source"), recordsOn("target")]);
    console.log(`      ${source} records on the source, ${target} on the target`);
    assert.ok(Math.abs(source - target) < 3000, `${source} records on the source, ${target} on the target`);
  }

  async function recordsOn(side: "source" | "target"): Promise<number> {
    return withCluster(endpointOf(side, 2), async (cluster) => {
      const { partitions } = await logs(cluster, ["foo", "bar", "orders", "payments", "profiles"]);
      const ranges = [...partitions.values()].map(({ topic, partition, start, stable }) => ({
        ...{ topic, partition },
        ...{ from: start, to: stable },
      }));
      const { counts } = await countRecords(cluster, ranges, { isolation: "read_committed" });
      return [...counts.values()].reduce((sum, { records }) => sum + records, 0);
    });
  }

  it("asks the brokers whether MirrorMaker 2's user is allowed to write, which it is once the way back opens", async () => {
    assert.deepEqual(await unwritable(mirrorUser, ["foo", "orders", "nowhere"]), ["foo", "nowhere", "orders"]);
    assert.deepEqual(await unwritable(endpointOf("source", 2), ["foo", "orders"]), []);
  });

  it("opens with the consumers' move, and copies what is written on the target", async () => {
    await walk.goes("move-producers");
    const opened = await walk.goes("move-consumers");
    assert.match(
      opened,
      /way back: open since ledger entry 1: \d+ positions written to topic mm2-shop-reverse-offsets\.internal/,
    );
    const validated = await walk.reaches("validate");
    assert.match(validated, /way-back-within is open: at most \d+ records? left to copy back/);
    await isOn("target");
    assert.deepEqual(await unwritable(mirrorUser, ["foo", "orders"]), []);
  });

  it("copies back within two seconds of the write", async () => {
    const { records, median, most } = await copyLag(await walk.kafka("source"), ["foo", "bar", "orders"], 20);
    console.log(`      ${records} records were copied back after ${median} ms, 99 of 100 within ${most} ms`);
    assert.ok(records > 1_000, `${records} records`);
    assert.ok(most < 2_000, `${most} ms`);
  });

  it("takes a partition along that owners add to a topic", async () => {
    for (const side of ["target", "source"] as const) {
      const admin = (await walk.kafka(side)).admin();
      await admin.connect();
      await admin.createPartitions({ topicPartitions: [{ topic: "empty", count: 3 }] });
      await admin.disconnect();
    }
    const producer = (await walk.kafka("target")).producer();
    await producer.connect();
    const messages = ["a", "b", "c"].map((value) => ({ partition: 2, value }));
    await producer.send({ topic: "empty", messages });
    await producer.disconnect();
    await walk.assess();
    // What was made beside Pulumi is nothing that its state knows of.
    const { code, output } = await walk.stack.attempt(["up", "--yes", "--skip-preview", "--refresh"]);
    assert.equal(code, 0, output);
    assert.match(output, /way back: empty\[2\] comes back as well from now on/);
    await eventually("the records of the new partition on the source", patience, async () => {
      const found = await withCluster(endpointOf("source", 2), (cluster) => logs(cluster, ["empty"]));
      // With the marker of their transaction.
      return (found.partitions.get("empty[2]")?.end ?? 0n) > 3n;
    });
  });

  it("leads to mirror, and to nothing between", async () => {
    await checks.refused("move-producers", /leads back to "mirror" and to no phase between/);
  });

  it("says in a preview who pauses, and how much comes along", async () => {
    await walk.stack.set("kafka-migration:phase", "mirror");
    const { code, output } = await walk.stack.attempt(["preview"]);
    assert.equal(code, 0, output);
    assert.match(output, /the way back of ledger entry 1: first .*foo-consumer.* pause until they run on the source/);
    assert.match(output, /\d+ records? written on the target come along, \d+ records? of them not on the source yet/);
    await walk.stack.set("kafka-migration:phase", "validate");
  });

  it("goes back with everything that was written on the target", async () => {
    const output = await walk.goes("mirror");
    assert.match(output, /records written on the target since the way back opened are on the source/);
    await isOn("source");
    const preview = await walk.stack.attempt(["preview", "--expect-no-changes", "--diff"]);
    assert.equal(preview.code, 0, preview.output);
    await assertSame();
  });

  it("goes forward again", async () => {
    for (const row of forward) await walk.goes(row);
    await isOn("target");
    await assertSame();
  });

  it("goes back once more although it was killed when the producers had stopped, its provider host too", async () => {
    await checks.killed("mirror", /nothing left to copy back/, true);
    await walk.goes("mirror");
    await isOn("source");
    await assertSame();
  });

  it("goes forward for good, and is closed", async () => {
    for (const row of forward) await walk.goes(row);
    const closed = await walk.reaches("close");
    assert.match(closed, /the way back is closed: ledger entry \d+ takes the place of \d+/);
    await checks.refused("mirror", /phase "close" has no way back: it was closed/);
    const source = await walk.kafka("source");
    const admin = source.admin();
    await admin.connect();
    const topics = await admin.listTopics();
    await admin.disconnect();
    assert.deepEqual(
      topics.filter((name) => /^mm2-/.test(name)),
      [],
      "its topics are gone from the source",
    );
    await isOn("target");
  });

  it("has lost nothing, repeated nothing, and kept every order", async () => {
    const audit = await auditOf(walk);
    assert.equal(audit.outOfOrder, 0);
    assert.ok(audit.acknowledged > 5000, `${audit.acknowledged} records`);
  });
});
