import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type kafkajs from "kafkajs";
import type { Condition } from "../../gates/index.ts";
import type { KafkaGateInputs } from "../../gates/inputs.ts";
import { storageNames } from "../../lab/connect-worker.ts";
import { labKill } from "../../lab/lab.ts";
import { withCluster } from "../../runtime/brokers/connection.ts";
import { commitOffsets, logs } from "../../runtime/brokers/positions.ts";
import { appendEntry } from "../../runtime/ledger/ledger.ts";
import { judge } from "../../runtime/measure/judge.ts";
import { snapshot } from "../../runtime/measure/snapshot.ts";
import type { Scope } from "../../runtime/model/scope.ts";
import { hold } from "../../runtime/measure/hold.ts";
import { glance } from "../../runtime/resources/gate.ts";
import {
  clientOf,
  consumerLag,
  createTopics,
  endpointOf,
  kafkaTool,
  kubernetes,
  offsetsByTool,
} from "./support/lab-kafka.ts";
import { connectRest } from "./support/lab-parts.ts";
import { eventually } from "./support/lab-walk.ts";
import { usesLab } from "./support/shared-lab.ts";
import { createTarget, holdAway, mirrorConnector, smallLab, type SmallLab } from "./support/small-lab.ts";

const [source, target] = [endpointOf("source", 2), endpointOf("target", 1)];
const connector = "gates";
const [plain, transactional, late] = ["gates-plain", "gates-transactional", "gates-late"];
const group = "gates-group";
const drained: Condition = { kind: "mirror-drained" };
const within = (maxLag: number): Condition => ({ kind: "mirror-within", maxLag });

const scope: Scope = {
  migration: "gates",
  source,
  target,
  mirror: {
    connect: { urls: smallLab.connectUrls, credentials: { kubernetes, name: smallLab.connectSecret } },
    offsetsTopic: { name: storageNames("migration-connect").offsets },
    ...{ sourceConnectors: [connector], otherConnectors: [], sourceAlias: "source" },
  },
  topics: [plain, transactional],
  groups: [{ name: group, topics: [plain, transactional] }],
  // Its offsets are committed by this test, which never joins it.
  workloads: [
    { kind: "Deployment", name: "by-hand", role: "consumer", kubernetes, groups: [group], positions: "group" },
  ],
  ledger: { kubernetes, configMap: "gates-ledger" },
};
const gate = (condition: Condition, more: Partial<KafkaGateInputs> = {}): KafkaGateInputs => ({
  ...{
    scope,
    row: "move-producers",
    condition,
    holdSeconds: 0,
    timeoutSeconds: 60,
    readingSeconds: 20,
    sweepSeconds: 600,
    sealed: false,
  },
  ...more,
});

/** What a glance says that uses no measurement of an earlier one. */
async function look(condition: Condition, more: Partial<KafkaGateInputs> = {}) {
  await sleep(1_100);
  const { open, sentence } = await glance(gate(condition, more));
  return { open, sentence };
}

/** Whether a promise is still open after so many seconds. */
const stillOpen = (promise: Promise<unknown>, seconds: number): Promise<boolean> =>
  Promise.race([promise.then(() => false), sleep(seconds * 1_000).then(() => true)]);

/** Two brokers as source, one as target, one Connect worker with one connector: no Pulumi, no traffic but the tests'. */
describe("gates on real brokers", function () {
  this.timeout(120_000);
  usesLab(this, "apart");
  let parts: SmallLab;
  let producer: kafkajs.Producer;
  let writer: kafkajs.Producer;
  const rest = () => connectRest();
  const next = async (topic: string, partition: number) => (await rest().next(connector)).get(`${topic}[${partition}]`);

  const send = (topic: string, partition: number, count: number, timestamp = Date.now()) =>
    producer.send({
      topic,
      messages: Array.from({ length: count }, (_, index) => ({
        value: `${index}`,
        partition,
        timestamp: `${timestamp}`,
      })),
    });
  const sendIn = (transaction: kafkajs.Transaction, count: number) =>
    transaction.send({
      topic: transactional,
      messages: Array.from({ length: count }, (_, index) => ({ value: `${index}`, partition: 0 })),
    });

  before(async function () {
    this.timeout(300_000);
    // Leaders are chosen here, so that it is known what a broker's absence hides.
    const partitions = [0, 1].map((leader) => ({ partition: leader, replicas: [leader, 1 - leader] }));
    await createTopics(
      source,
      [plain, transactional].map((topic) => ({ topic, replicaAssignment: partitions })),
    );
    [parts] = await Promise.all([createTarget(), fill()]);
    await createTopics(
      target,
      [plain, transactional].map((topic) => ({ topic, numPartitions: 2, replicationFactor: 1 })),
    );
    await rest().put(`/connectors/${connector}/config`, await mirrorConnector([plain, transactional]));
    await eventually("the connector", 60, async () => rest().allRunning(connector));
  });
  after(async () => {
    await Promise.all([producer, writer].map((client) => client?.disconnect().catch(() => undefined)));
  });

  async function fill(): Promise<void> {
    const kafka = await clientOf(source);
    producer = kafka.producer();
    writer = kafka.producer({ transactionalId: "gates", idempotent: true, maxInFlightRequests: 1 });
    await Promise.all([producer.connect(), writer.connect()]);
    await send(plain, 0, 40);
    await send(plain, 1, 10);
    const committed = await writer.transaction();
    await sendIn(committed, 3);
    await committed.commit();
    const aborted = await writer.transaction();
    await sendIn(aborted, 2);
    await aborted.abort();
  }

  it("opens with only markers and aborted records left", async () => {
    const { sentence } = await hold(gate(drained, { timeoutSeconds: 90 }));
    assert.equal(sentence, "0 records left to mirror in 4 partitions");
    const ends = await offsetsByTool(source, [plain, transactional]);
    assert.deepEqual([...ends.values()], [40n, 10n, 7n, 0n]);
    assert.equal(await next(transactional, 0), 3, "a commit marker, two aborted records and their marker lie behind");
  });

  it("stays closed by exactly the records that are left to mirror, and opens once they are copied", async () => {
    await rest().put(`/connectors/${connector}/stop`);
    await eventually("the mirror stopped", 30, async () => rest().stopped(connector));
    await send(plain, 0, 12);
    try {
      const left = `${plain}[0] has 12 records left to mirror`;
      const stopped = `and connector ${connector} is STOPPED`;
      assert.deepEqual(await look(drained), { open: false, sentence: `${left}, 0 allowed, ${stopped}` });
      assert.deepEqual(await look(within(11)), { open: false, sentence: `${left}, 11 allowed, ${stopped}` });
      assert.equal(
        (await look(within(12))).sentence,
        "at most 12 records left to mirror in each of 4 partitions, 12 allowed",
      );
      const end = (await offsetsByTool(source, [plain])).get(`${plain}[0]`);
      assert.equal(Number(end) - (await next(plain, 0))!, 12);
      await assert.rejects(hold(gate(drained, { timeoutSeconds: 3 })), {
        message:
          `phase "move-producers" stays closed: ${left}, 0 allowed, ${stopped}. Nothing behind this gate was changed; ` +
          "stop the producer that still writes to the source and accept these records under stragglers (topic, partition, to: " +
          "the offset after the last one, reason): groups that are on the source read them there, for others they are " +
          "copied; end a transaction that stays open with kafka-transactions.sh; then run pulumi up again",
      });

      const held = hold(gate(drained));
      assert.ok(await stillOpen(held, 3), "the gate waits");
      await rest().put(`/connectors/${connector}/resume`);
      const { sentence, readings } = await held;
      assert.equal(sentence, "0 records left to mirror in 4 partitions");
      assert.ok(readings > 1, `${readings} readings`);
    } finally {
      await rest().put(`/connectors/${connector}/resume`);
    }
  });

  it("stays closed while a producer writes, although the mirror keeps up, and opens once it has ended", async () => {
    await eventually("the connector", 60, async () => rest().allRunning(connector));
    const first = await snapshot(scope, drained, { deadlineMs: 20_000, freshMs: 0 });
    assert.equal(judge(drained, first).open, true);
    await send(plain, 1, 3);
    await eventually("the copies", 30, async () => (await next(plain, 1)) === 13);
    const second = await snapshot(scope, drained, { deadlineMs: 20_000, freshMs: 0 });
    const { open, sentence } = judge(drained, second, [first]);
    assert.deepEqual(
      { open, sentence },
      {
        open: false,
        sentence: `the source still grows: the end of ${plain}[1] went from 10 to 13 between two readings`,
      },
    );

    let writing = true;
    const traffic = (async () => {
      while (writing) {
        await send(plain, 1, 1);
        await sleep(100);
      }
    })();
    try {
      await assert.rejects(hold(gate(drained, { holdSeconds: 3, timeoutSeconds: 7 })), (error: Error) => {
        const grows = `the source still grows: the end of ${plain}\\[1\\] went from \\d+ to \\d+ between two readings`;
        const left = `${plain}\\[1\\] has \\d+ records? left to mirror, 0 allowed`;
        assert.match(error.message, new RegExp(`^phase "move-producers" stays closed: (${grows}|${left})\\. Nothing`));
        return true;
      });
      const held = hold(gate(drained, { holdSeconds: 3 }));
      assert.ok(await stillOpen(held, 5), "the gate waits");
      writing = false;
      assert.equal((await held).sentence, "0 records left to mirror in 4 partitions");
    } finally {
      writing = false;
      await traffic;
    }
  });

  it("says that an open transaction holds records back, and opens with its marker alone left", async () => {
    const transaction = await writer.transaction();
    await sendIn(transaction, 2);
    await send(transactional, 0, 1);
    const held = `open transaction since offset 7 holds records back in ${transactional}[0], whose end is 10`;
    assert.deepEqual(await look(drained), { open: false, sentence: held });
    assert.deepEqual(await look(within(2)), { open: false, sentence: held });
    const described = await kafkaTool(source, "org.apache.kafka.tools.TransactionsCommand", (config) => [
      ...["--command-config", config, "describe", "--transactional-id", "gates"],
    ]);
    assert.match(described, new RegExp(`Ongoing.*${transactional}-0`));

    const waiting = hold(gate(drained));
    assert.ok(await stillOpen(waiting, 3), "the gate waits");
    await transaction.commit();
    assert.equal((await waiting).sentence, "0 records left to mirror in 4 partitions");
    assert.equal(await next(transactional, 0), 10);
    assert.equal((await offsetsByTool(source, [transactional])).get(`${transactional}[0]`), 11n);
  });

  it("compares the newest records of both sides while the mirror runs, and names one that only the target has", async () => {
    const newest: Condition = { kind: "newest-equal", records: 20 };
    const equal =
      "46 records, the newest 20 of each of 3 partitions, are the same on both sides; 1 partition without a copied record";
    assert.equal((await hold(gate(newest))).sentence, equal);

    const stranger = (await clientOf(target)).producer();
    await stranger.connect();
    await stranger.send({ topic: plain, messages: [{ value: "by hand", partition: 0 }] });
    await stranger.disconnect();
    const last = (await offsetsByTool(target, [plain])).get(`${plain}[0]`)! - 1n;
    assert.deepEqual(await look(newest), {
      open: false,
      sentence: `the record of ${plain}[0] at offset ${last} of the target is the copy of none of the newest on the source, or there twice`,
    });
    await assert.rejects(hold(gate(newest, { timeoutSeconds: 3 })), {
      message:
        /^phase "move-producers" stays closed: the record of .* Nothing behind this gate was changed; look at both records /,
    });
    // Twenty newer ones lie behind it: nothing older is looked at.
    await send(plain, 0, 20);
    assert.equal((await hold(gate(newest))).sentence, equal);
  });

  /** Writes the source's ends into the ledger as a switch does; returns them. */
  async function enter(voids: number | null): Promise<ReadonlyMap<string, bigint>> {
    const found = await withCluster(source, (cluster) => logs(cluster, scope.topics));
    assert.deepEqual(found.problems, []);
    const partitions = [...found.partitions.values()].map(({ topic, partition, end }) => ({
      ...{ topic, partition, sourceEnd: `${end}`, targetEnd: "0" },
    }));
    await appendEntry(scope, {
      ...{ switch: "producers", row: "move-producers", voids, sourceClusterId: found.clusterId, targetClusterId: "T" },
      ...{ partitions, groups: [] },
    });
    return new Map([...found.partitions].map(([name, { end }]) => [name, end]));
  }

  it("names what a producer still writes to the source after its switch: partition, offsets, count and time", async () => {
    const still: Condition = { kind: "source-still-at-ledger" };
    const end = (await enter(null)).get(`${plain}[1]`)!;
    assert.deepEqual(await look(still), {
      open: true,
      sentence: "the source has not grown since ledger entry 1 in 4 partitions",
    });
    const time = Date.now();
    await send(plain, 1, 5, time);
    const grown =
      `${plain}[1] grew on the source after the switch: offsets ${end}..${end + 4n}, 5 records, ` +
      `the first of ${new Date(time).toISOString()}`;
    assert.deepEqual(await look(still), { open: false, sentence: grown });
    assert.equal((await offsetsByTool(source, [plain])).get(`${plain}[1]`), end + 5n);
    await assert.rejects(hold(gate(still, { row: "validate", timeoutSeconds: 1 })), {
      message:
        `phase "validate" stays closed: ${grown}. Nothing behind this gate was changed; stop the producer ` +
        "that still writes to the source and accept these records under stragglers (topic, partition, to: the offset after " +
        "the last one, reason): groups that are on the source read them there, for others they are copied; then run pulumi " +
        "up again; in retire, first set the phase back to the one before validate, in which MM2 is allowed to read the source",
    });
    const to = String(end + 5n);
    const accepting = { ...gate(still), scope: { ...scope, stragglers: [{ topic: plain, partition: 1, to }] } };
    assert.match(
      (await glance(accepting)).sentence,
      /^the source has not grown since ledger entry 1 .*accepts in gates-plain/,
    );
    // What that row's switch does once the producer is stopped.
    await enter(1);
    assert.equal((await look(still)).sentence, "the source has not grown since ledger entry 2 in 4 partitions");
  });

  it("says exactly how far a group is behind, and opens with only a commit marker left", async () => {
    const readAll: Condition = { kind: "groups-drained" };
    const ends = await withCluster(source, async (cluster) => (await logs(cluster, scope.topics)).partitions);
    const end = ends.get(`${plain}[0]`)!.end;
    const position = (topic: string, partition: number, before: bigint) => ({
      ...{ topic, partition, offset: ends.get(`${topic}[${partition}]`)!.end - before },
    });
    const read = [position(plain, 1, 0n), position(transactional, 0, 1n), position(transactional, 1, 0n)];
    await commitOffsets(source, new Map([[group, [...read, position(plain, 0, 9n)]]]));
    assert.match(
      (await look(readAll, { scope: { ...scope, workloads: [] } })).sentence,
      new RegExp(`^the offsets of group ${group} were committed by clients that never joined it, `),
    );
    const behind = await look(readAll);
    assert.equal(behind.open, false);
    assert.match(
      behind.sentence,
      new RegExp(
        `^group ${group} has 9 records left to read in ${plain}\\[0\\] \\(committed ${end - 9n}, end ${end}\\), ` +
          `the first of them written at \\d{4}-.*Z, \\d+ (s|min) ago, and no members to read them$`,
      ),
    );
    assert.equal((await consumerLag(source, group, plain)).get(0), 9n);
    const held = hold(gate(readAll));
    assert.ok(await stillOpen(held, 3), "the gate waits");
    await commitOffsets(source, new Map([[group, [position(plain, 0, 0n)]]]));
    assert.equal((await held).sentence, "0 records left to read for 1 group in 4 partitions up to ledger entry 2");
    assert.equal((await consumerLag(source, group, transactional)).get(0), 1n, "Kafka's tool counts the marker");
  });

  it("names a topic that is missing on either side, creates it on neither, and opens once it is there", async () => {
    const more = { scope: { ...scope, topics: [...scope.topics, late] } };
    assert.deepEqual(await look(drained, more), {
      open: false,
      sentence: `topic ${late} does not exist on the source; and 1 more problem`,
    });
    await createTopics(source, [{ topic: late, numPartitions: 1, replicationFactor: 2 }]);
    assert.deepEqual(await look(drained, more), {
      open: false,
      sentence: `topic ${late} does not exist on the target`,
    });
    const held = hold(gate(drained, more));
    assert.ok(await stillOpen(held, 3), "the gate waits");
    await createTopics(target, [{ topic: late, numPartitions: 1, replicationFactor: 1 }]);
    assert.equal((await held).sentence, "0 records left to mirror in 5 partitions");
  });

  it("is closed without a broker's answer, names the broker, and opens again once it is back", async () => {
    await holdAway(parts, "source-kafka-1");
    assert.ok(labKill("kafka/demo/source-kafka/source-kafka-1"));
    try {
      const [, address] = source.bootstrap;
      const away = new RegExp(
        `^broker 1 of the source \\(${address!.replaceAll(".", "\\.")}\\) (cannot be reached|does not answer): .*; ` +
          "2 partitions could not be measured",
      );
      for (const condition of [drained, { kind: "source-still-at-ledger" }, { kind: "groups-drained" }] as const) {
        const { open, sentence } = await look(condition);
        assert.equal(open, false);
        assert.match(sentence, away);
      }
      await assert.rejects(hold(gate(drained, { timeoutSeconds: 3 })), {
        message: /could not be measured.*; make it reachable from here, then run pulumi up again$/,
      });
      const held = hold(gate(drained, { timeoutSeconds: 90 }));
      assert.ok(await stillOpen(held, 5), "the gate goes on asking");
      await holdAway(parts, null);
      const { sentence, readings } = await held;
      assert.equal(sentence, "0 records left to mirror in 4 partitions");
      assert.ok(readings > 2, `${readings} readings`);
    } finally {
      await holdAway(parts, null);
    }
  });
});
