import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type kafkajs from "kafkajs";
import type { Condition } from "../../gates/index.ts";
import type { KafkaGateInputs } from "../../gates/inputs.ts";
import { lab } from "../../lab/lab.ts";
import { withAdmin, withCluster } from "../../runtime/brokers/connection.ts";
import { recordsBetween, countRecords } from "../../runtime/brokers/log.ts";
import {
  commitOffsets,
  committed,
  ends,
  groupStates,
  logs,
  starts,
  type Isolation,
  type PartitionLog,
} from "../../runtime/brokers/positions.ts";
import { judge, wants } from "../../runtime/measure/judge.ts";
import { snapshot } from "../../runtime/measure/snapshot.ts";
import type { LedgerEntry } from "../../runtime/model/ledger.ts";
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
} from "../lab/support/lab-kafka.ts";
import { usesLab } from "../lab/support/shared-lab.ts";

const tag = `measure-${randomBytes(3).toString("hex")}`;
const topics = {
  plain: `${tag}-plain`,
  transactional: `${tag}-transactional`,
  compacted: `${tag}-compacted`,
  trimmed: `${tag}-trimmed`,
  open: `${tag}-open`,
  empty: `${tag}-empty`,
};
const all = Object.values(topics);
const source = endpointOf("source", 2);
const scope = (more: Partial<Scope> = {}): Scope => ({
  migration: tag,
  source,
  target: { ...source, side: "target", bootstrap: ["127.0.0.1:1"] },
  mirror: { connect: { urls: [] }, sourceConnectors: [], otherConnectors: [], sourceAlias: "source" },
  topics: [topics.plain, topics.transactional],
  groups: [{ name: tag, topics: [topics.plain, topics.transactional] }],
  // Its offsets are committed by this test, which never joins it.
  workloads: [{ kind: "Deployment", name: "by-hand", role: "consumer", kubernetes, groups: [tag], positions: "group" }],
  ledger: { kubernetes, configMap: `${tag}-ledger` },
  ...more,
});
const gate = (condition: Condition, more: Partial<KafkaGateInputs> = {}): KafkaGateInputs => ({
  ...{ scope: scope(), row: "move-consumers", condition, holdSeconds: 0 },
  ...{ timeoutSeconds: 4, readingSeconds: 20, sweepSeconds: 60, sealed: false },
  ...more,
});

/** Records by topic that Kafka's console consumer reads; every value begins with its topic. */
async function consoleCounts(isolation: Isolation): Promise<Map<string, number>> {
  const output = await kafkaTool(source, "org.apache.kafka.tools.consumer.ConsoleConsumer", (config) => [
    ...["--include", `${tag}-.*`, "--from-beginning", "--timeout-ms", "30000", "--group", consoleGroup(isolation)],
    ...["--isolation-level", isolation, "--consumer.config", config],
  ]);
  const counts = new Map<string, number>(all.map((topic) => [topic, 0]));
  for (const line of output.split("\n")) {
    const topic = line.split(" ")[0] ?? "";
    if (counts.has(topic)) counts.set(topic, (counts.get(topic) ?? 0) + 1);
  }
  return counts;
}
const consoleGroup = (isolation: Isolation) => `console-${tag}-${isolation}`;

describe("measures of a source that holds every kind of topic", function () {
  this.timeout(600_000);
  usesLab(this, "plain");
  let kafka: kafkajs.Kafka;
  let log: ReadonlyMap<string, PartitionLog>;
  const endOf = (topic: string) => log.get(`${topic}[0]`)!;
  const theirs = new Map<Isolation, Map<string, number>>();
  let beforehand = 0;
  const whole = (kind: keyof typeof topics, isolation: Isolation) =>
    recordsBetween(source, topics[kind], 0, 0n, endOf(topics[kind]).end, isolation);
  let openTransaction: kafkajs.Transaction | undefined;
  const disconnects: (() => Promise<void>)[] = [];

  before(async () => {
    kafka = await clientOf(source);
    await fill();
    log = (await withCluster(source, (cluster) => logs(cluster, all))).partitions;
    // Compaction may go on between two counts of the same records.
    beforehand = (await whole("compacted", "read_committed")).records;
    for (const isolation of ["read_committed", "read_uncommitted"] as const) {
      theirs.set(isolation, await consoleCounts(isolation));
    }
  });

  after(async () => {
    await openTransaction?.abort().catch(() => undefined);
    await withAdmin(source, (admin) => admin.deleteTopics({ topics: all })).catch(() => undefined);
    await withAdmin(source, (admin) =>
      admin.deleteGroups({ groups: [tag, consoleGroup("read_committed"), consoleGroup("read_uncommitted")] }),
    ).catch(() => undefined);
    for (const disconnect of disconnects.reverse()) await disconnect().catch(() => undefined);
  });

  async function fill(): Promise<void> {
    const producer = kafka.producer();
    const transactional = kafka.producer({
      transactionalId: tag,
      idempotent: true,
      maxInFlightRequests: 1,
      transactionTimeout: 600_000,
    });
    disconnects.push(...[producer, transactional].map((client) => () => client.disconnect()));
    await Promise.all([producer.connect(), transactional.connect()]);
    const compact = { "cleanup.policy": "compact", "segment.ms": "500", "min.cleanable.dirty.ratio": "0.001" };
    const configEntries = Object.entries(compact).map(([name, value]) => ({ name, value }));
    const wanted = all.map((topic) => ({ topic, numPartitions: 2, replicationFactor: 2 }));
    await createTopics(
      source,
      wanted.map((one) => (one.topic === topics.compacted ? { ...one, configEntries } : one)),
    );
    const send = (topic: string, values: readonly string[]) =>
      producer.send({
        topic,
        messages: values.map((value) => ({ key: value, value: `${topic} ${value}`, partition: 0 })),
      });
    const many = (number: number) => Array.from({ length: number }, (_, index) => `${index}`);

    await send(topics.plain, many(257));
    await send(topics.trimmed, many(100));
    await withAdmin(source, (client) =>
      client.deleteRecords({ topics: [{ name: topics.trimmed, partitions: [{ partition: 0, offset: 40n }] }] }),
    );
    for (let round = 0; round < 10; round++) {
      await send(topics.compacted, many(5));
      await sleep(150);
    }
    for (let number = 0; number < 12; number++) {
      const transaction = await transactional.transaction();
      await transaction.send({
        topic: topics.transactional,
        messages: many(3).map((value) => ({ value: `${topics.transactional} ${value}`, partition: 0 })),
      });
      await send(topics.transactional, ["between"]);
      await (number % 3 === 0 ? transaction.abort() : transaction.commit());
    }
    await send(topics.open, many(7));
    openTransaction = await transactional.transaction();
    await openTransaction.send({
      topic: topics.open,
      messages: many(2).map((value) => ({ value: `${topics.open} ${value}`, partition: 0 })),
    });
    await send(topics.open, ["behind it"]);
  }

  it("finds the ends that Kafka's own tool finds", async () => {
    for (const [time, positions] of [
      ["-1", await ends(source, all, "read_uncommitted")],
      ["-2", await starts(source, all)],
    ] as const) {
      const theirs = await offsetsByTool(source, all, time);
      assert.equal(theirs.size, all.length * 2);
      assert.deepEqual(
        Object.fromEntries([...positions.offsets].map(([name, { offset }]) => [name, offset])),
        Object.fromEntries(theirs),
      );
    }
  });

  // prettier-ignore
  const counted = [
    ["plain",         "read_committed",   257],
    ["transactional", "read_committed",    36],
    ["transactional", "read_uncommitted",  48],
    ["compacted",     "read_committed",  null],
    ["trimmed",       "read_committed",    60],
    ["open",          "read_committed",     7],
    ["open",          "read_uncommitted",  10],
    ["empty",         "read_committed",     0],
  ] as const;
  for (const [kind, isolation, expected] of counted) {
    it(`counts the records of the ${kind} topic under ${isolation} as Kafka's console consumer does`, async () => {
      const ours = await whole(kind, isolation);
      const read = theirs.get(isolation)?.get(topics[kind]) ?? -1;
      assert.equal(ours.exact, true);
      if (expected !== null) assert.deepEqual([ours.records, read], [expected, expected]);
      else assert.ok(ours.records <= read && read <= beforehand, `${ours.records}, ${read}, ${beforehand}`);
      assert.equal(ours.trimmedTo, kind === "trimmed" ? 40n : null);
    });
  }

  it("sees that a compacted topic has fewer records than offsets", async () => {
    const { end } = endOf(topics.compacted);
    const { records, last } = await recordsBetween(source, topics.compacted, 0, 0n, end, "read_committed");
    assert.equal(end, 50n);
    assert.ok(records >= 5 && records <= 50, `${records} records`);
    assert.equal(last?.offset, 49n);
  });

  it("counts from the middle of a batch, and stops past a cap", async () => {
    const { end } = endOf(topics.plain);
    assert.equal((await recordsBetween(source, topics.plain, 0, 250n, end, "read_committed")).records, 7);
    assert.equal((await recordsBetween(source, topics.plain, 0, 13n, 20n, "read_committed")).records, 7);
    const last = endOf(topics.transactional).end;
    assert.equal((await recordsBetween(source, topics.transactional, 0, last - 1n, last, "read_committed")).records, 0);
  });

  it("tells an open transaction by the last stable offset", () => {
    const { start, stable, end } = endOf(topics.open);
    assert.deepEqual([start, stable, end], [0n, 7n, 10n]);
  });

  it("names missing topics, and neither creates them nor joins a group", async () => {
    const missing = `${tag}-missing`;
    const found = await ends(source, [missing], "read_committed");
    assert.deepEqual(found.problems, [
      { kind: "missing", topic: missing, sentence: `topic ${missing} does not exist on the source` },
    ]);
    await assert.rejects(recordsBetween(source, missing, 0, 0n, 1n, "read_committed"), {
      message: `topic ${missing} does not exist on the source`,
    });
    assert.deepEqual([...(await committed(source, [missing])).groups], [[missing, new Map()]]);
    const admin = kafka.admin();
    await admin.connect();
    assert.equal((await admin.listTopics()).includes(missing), false);
    assert.deepEqual(
      (await admin.listGroups()).groups.filter(({ groupId }) => groupId.startsWith(tag)),
      [],
    );
    await admin.disconnect();
  });

  it("says exactly how far a group is behind, as Kafka's own tool does, and that only a marker is left", async () => {
    const partitions = all
      .slice(0, 2)
      .flatMap((topic) => [0, 1].map((partition) => log.get(`${topic}[${partition}]`)!));
    const entry: LedgerEntry = {
      ...{ number: 1, switch: "producers", row: "move-producers", writtenAt: "2026-11-21T12:00:00Z", voids: null },
      sourceClusterId: (await ends(source, [topics.plain], "read_committed")).clusterId,
      targetClusterId: "",
      groups: [],
      partitions: partitions.map(({ topic, partition, end }) => ({
        ...{ topic, partition, sourceEnd: `${end}`, targetEnd: "0" },
      })),
    };
    const drained: Condition = { kind: "groups-drained" };
    const measured = async () => {
      const reading = {
        ...(await snapshot(scope(), drained, { deadlineMs: 30_000, freshMs: 0 })),
        ledger: { value: [entry] },
      };
      const ranges = wants(drained, reading)?.ranges ?? [];
      const counts = await withCluster(source, (cluster) =>
        countRecords(cluster, ranges, { isolation: "read_committed" }),
      );
      return judge(drained, { ...reading, counts: { value: counts } });
    };
    const end = endOf(topics.transactional).end;
    await commitOffsets(
      source,
      new Map([
        [
          tag,
          [
            { topic: topics.plain, partition: 0, offset: 200n },
            { topic: topics.transactional, partition: 0, offset: end - 1n },
          ],
        ],
      ]),
    );
    assert.deepEqual(
      [...(await groupStates(source, [tag])).groups],
      [[tag, { state: "Empty", type: "classic", assignor: "", members: [], simple: true }]],
    );
    assert.equal((await consumerLag(source, tag, topics.plain)).get(0), 57n);
    const waiting = await measured();
    assert.equal(waiting.open, false);
    assert.match(
      waiting.sentence,
      new RegExp(
        `^group ${tag} has 57 records left to read in ${topics.plain}\\[0\\] \\(committed 200, end 257\\), ` +
          `the first of them written at \\d{4}-.*Z, \\d+ (s|min) ago, and no members to read them$`,
      ),
    );
    await commitOffsets(source, new Map([[tag, [{ topic: topics.plain, partition: 0, offset: 257n }]]]));
    assert.deepEqual(await measured(), {
      open: true,
      sentence: "0 records left to read for 1 group in 4 partitions up to ledger entry 1",
    });
  });

  it("opens a gate, and keeps it closed where nobody answers, without an unhandled rejection", async () => {
    const { clusterId } = await ends(source, [topics.plain], "read_committed");
    const confirmed: Condition = { kind: "source-confirmed", clusterId };
    assert.equal((await hold(gate(confirmed))).sentence, `the source is cluster ${clusterId}, as the config says`);

    const away = scope({ source: { ...source, bootstrap: [`127.${lab.block}.9.9:9094`] } });
    const refused = `could not be measured: the source at 127.${lab.block}.9.9:9094 cannot be reached: connect ECONNREFUSED 127.${lab.block}.9.9:9094`;
    assert.deepEqual(await glance(gate(confirmed, { scope: away })), {
      open: false,
      cause: "not-measured",
      sentence: refused,
      unmeasured: true,
    });
    await assert.rejects(hold(gate(confirmed, { scope: away })), {
      message:
        `phase "move-consumers" stays closed: ${refused}. Nothing behind this gate was changed; ` +
        `make it reachable from here, then run pulumi up again`,
    });

    const sockets = new Set<Socket>();
    const silent = createServer((socket) => sockets.add(socket)).listen(0, "127.0.0.1");
    await new Promise((resolve) => silent.once("listening", resolve));
    const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const mute = scope({ source: { ...source, bootstrap: [address] } });
    const reading = await snapshot(mute, confirmed, { deadlineMs: 1500 });
    assert.ok(reading.sourceId && "error" in reading.sourceId);
    // A request has half of the time; what TLS has to say about it may take the rest.
    const late = new RegExp(`^the source at ${address} (gave no answer within 1\\.5 s|cannot be reached: .*timed out)`);
    assert.match(reading.sourceId.error, late);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
  });
});
