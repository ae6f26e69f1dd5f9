import assert from "node:assert/strict";
import type kafkajs from "kafkajs";
import { placeExactly } from "../../kafka/placement/place.ts";
import type { Direction, Placement } from "../../kafka/placement/question.ts";
import { commitOffsets, committed, groupStates } from "../../kafka/positions.ts";
import { labDown, labUp } from "../../lab/lab.ts";
import { enterLab } from "./support/lab-access.ts";
import { clientOf, createTopics, endpointOf, kafkaTool, kubernetes, offsetsByTool } from "./support/lab-kafka.ts";
import { connectRest } from "./support/lab-parts.ts";
import { eventually } from "./support/lab-walk.ts";
import { createTarget, mirrorConnector, smallLab } from "./support/small-lab.ts";
import { misplaced, readAsGroup, readLogs } from "./support/two-logs.ts";
import type { Seen } from "./support/two-logs.ts";

const [source, target] = [endpointOf("source", 2), endpointOf("target", 1)];
const connector = "placement";
const scope = {
  migration: "placement",
  source,
  target,
  mirror: {
    connect: { urls: smallLab.connectUrls, credentials: { kubernetes, name: smallLab.connectSecret } },
    ...{ sourceConnectors: [connector], otherConnectors: [], sourceAlias: "source" },
  },
};
const long = "placement-long";
const mirrored = [
  long,
  ...["transactions", "equal", "trimmed", "gone", "twice", "compacted"].map((name) => `placement-${name}`),
];
const [, transactions, equal, trimmed, gone, twice, compacted] = mirrored as [string, ...string[]] &
  Record<number, string>;
/** On the source with two partitions, on the target with one; not mirrored. */
const aside = "placement-aside";
const length = 60_000;
const lags = [5_000, 50_000];
const lagging = (lag: number) => `placement-lag-${lag}`;

/** One source, one target, one Connect worker with MM2: where groups go on, by every offset of small logs. */
describe("exact placement on real brokers", function () {
  this.timeout(120_000);
  let onSource: kafkajs.Kafka;
  let onTarget: kafkajs.Kafka;
  let producer: kafkajs.Producer;
  const clients: { disconnect(): Promise<void> }[] = [];
  let logs: Record<"source" | "target", Map<string, Seen[]>>;
  const rest = () => connectRest();

  const message = (value: number | string, more: Partial<kafkajs.Message> = {}) => ({
    ...{ key: `${value}`, value: `${value}`, partition: 0, headers: { of: `${value}` } },
    ...more,
  });
  const send = (topic: string, from: number, to: number) =>
    producer.send({ topic, messages: Array.from({ length: to - from }, (_, index) => message(from + index)) });
  const place = (direction: Direction, topic: string, offsets: readonly (bigint | null)[], partition = 0) =>
    placeExactly(
      scope,
      direction,
      offsets.map((committed) => ({ group: "g", topic, partition, committed })),
    );
  const one = async (topic: string, at: number | null, partition = 0): Promise<Placement> =>
    (await place("to-target", topic, [at === null ? null : BigInt(at)], partition))[0]!;
  const refusal = async (topic: string, at: number | null, partition = 0): Promise<string> => {
    const found = await one(topic, at, partition);
    assert.equal(
      found.kind,
      "refused",
      JSON.stringify(found, (_, value) => `${value}`),
    );
    return found.kind === "refused" ? found.reason : "";
  };
  const everyOffset = (seen: readonly Seen[], more = 3n) =>
    Array.from({ length: Number(seen.at(-1)!.offset + more) }, (_, offset) => BigInt(offset));

  before(async function () {
    this.timeout(300_000);
    await labDown().catch(() => undefined);
    await labUp();
    enterLab();
    const compaction = { "cleanup.policy": "compact", "segment.ms": "500", "min.cleanable.dirty.ratio": "0.001" };
    const configEntries = Object.entries(compaction).map(([name, value]) => ({ name, value }));
    const topic = (name: string, replicas: number, partitions = 1) => ({
      ...{ topic: name, numPartitions: partitions, replicationFactor: replicas },
      ...(name === compacted ? { configEntries } : {}),
    });
    const all = (replicas: number, wide: number) => [
      ...mirrored.map((name) => topic(name, replicas, name === long ? 2 : 1)),
      topic(aside, replicas, wide),
    ];
    await createTopics(source, all(2, 2));
    onSource = await clientOf(source);
    await Promise.all([createTarget(), fill()]);
    await createTopics(target, all(1, 1));
    onTarget = await clientOf(target);
    await rest().put(`/connectors/${connector}/config`, await mirrorConnector(mirrored));
    await eventually("the connector", 60, async () => rest().allRunning(connector));
    await eventually("the copies", 60, async () => (await rest().next(connector)).get(`${long}[0]`) === length);
    await faults();
    logs = { source: await readLogs(onSource, mirrored), target: await readLogs(onTarget, mirrored) };
  });
  after(async () => {
    await Promise.all(clients.map((client) => client.disconnect().catch(() => undefined)));
    await labDown();
  });

  async function fill(): Promise<void> {
    producer = onSource.producer();
    const writer = onSource.producer({ transactionalId: "placement", idempotent: true, maxInFlightRequests: 1 });
    clients.push(producer, writer);
    await Promise.all([producer.connect(), writer.connect()]);
    for (let from = 0; from < length; from += 2_000) await send(long, from, from + 2_000);
    let value = 0;
    // Three aborted transactions at the end leave records and markers behind the last that counts.
    for (const commits of [true, false, true, true, false, true, false, false, false]) {
      const transaction = await writer.transaction();
      const messages = [message(value++), message(value++)];
      await transaction.send({ topic: transactions!, messages });
      await (commits ? transaction.commit() : transaction.abort());
      if (commits && value < 8) await send(transactions!, value++, value);
    }
    const timestamp = `${Date.now()}`;
    for (let batch = 0; batch < 3; batch++) {
      await producer.send({
        topic: equal!,
        messages: Array.from({ length: 40 }, () => message("same", { timestamp })),
      });
    }
    for (const topic of [trimmed!, gone!, twice!]) await send(topic, 0, 30);
    await send(aside, 0, 9);
    await producer.send({ topic: aside, messages: [message(1, { partition: 1 })] });
    for (let round = 0; round < 12; round++) {
      const messages = Array.from({ length: 5 }, (_, key) => message(round * 5 + key, { key: `${key}` }));
      await producer.send({ topic: compacted!, messages });
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  }

  /** What happens to a log besides being mirrored. */
  async function faults(): Promise<void> {
    const records = await readLogs(onTarget, [twice!, gone!]);
    const copy = records.get(`${twice}[0]`)![12]!;
    const rogue = onTarget.producer();
    clients.push(rogue);
    await rogue.connect();
    await rogue.send({ topic: twice!, messages: [message(copy.value)] });
    await send(twice!, 30, 60);
    await eventually("the copies", 30, async () => (await rest().next(connector)).get(`${twice}[0]`) === 60);
    await deleteRecords(source, trimmed!, 12n);
    await deleteRecords(target, gone!, records.get(`${gone}[0]`)![20]!.offset);
  }

  /** As retention does, at once. */
  async function deleteRecords(endpoint: typeof source, topic: string, before: bigint): Promise<void> {
    const partitions = [{ topic, partition: 0, offset: Number(before) }];
    const output = await kafkaTool(
      endpoint,
      "org.apache.kafka.tools.DeleteRecordsCommand",
      (config) => ["--command-config", config, "--offset-json-file", "records.json"],
      { "records.json": JSON.stringify({ version: 1, partitions }) },
    );
    assert.match(output, new RegExp(`low_watermark: ${before}`));
  }

  function both(topic: string, direction: Direction): readonly [Seen[], Seen[]] {
    const [here, there] = [logs.source.get(`${topic}[0]`)!, logs.target.get(`${topic}[0]`)!];
    return direction === "to-target" ? [here, there] : [there, here];
  }

  // prettier-ignore
  const everywhere = [
    ["transactions: commit markers, aborted records, several markers at the end", () => transactions!],
    ["records that equal their neighbours in all they hold",                      () => equal!],
  ] as const;
  for (const [what, topic] of everywhere) {
    for (const direction of ["to-target", "to-source"] satisfies Direction[]) {
      it(`places every offset exactly ${direction} among ${what}`, async () => {
        const [own, other] = both(topic(), direction);
        const offsets = everyOffset(own, 1n);
        const found = await place(direction, topic(), offsets);
        for (const [index, placement] of found.entries()) {
          assert.ok(
            placement.kind === "exact",
            JSON.stringify(placement, (_, value) => `${value}`),
          );
          assert.equal(misplaced(own, other, offsets[index]!, placement.placed), null, placement.how);
        }
      });
    }
  }

  it("places a group after the several markers at the end of its log", async () => {
    const at = (await offsetsByTool(source, [transactions!])).get(`${transactions}[0]`)!;
    const [own, other] = both(transactions!, "to-target");
    assert.ok(at > own.at(-1)!.offset + 8n, `${at}`);
    const [found] = await place("to-target", transactions!, [at]);
    assert.ok(found?.kind === "exact");
    assert.equal(misplaced(own, other, at, found.placed), null);
  });

  it("places an empty partition, and one that was never mirrored, at the beginning", async () => {
    for (const at of [null, 0]) {
      const found = await one(long, at, 1);
      assert.deepEqual([found.kind, found.kind === "exact" && found.placed], ["exact", 0n]);
    }
    const unread = await one(aside, 0);
    assert.deepEqual([unread.kind, unread.kind === "exact" && unread.placed], ["exact", 0n]);
    const read = await one(aside, 5);
    assert.ok(read.kind === "behind");
    assert.equal(read.left, 5);
    assert.equal(
      read.reason,
      `group g in ${aside}[0] has read the source up to 5, and 5 records before that are not on the target yet`,
    );
  });

  it("refuses a partition that was never committed although it holds records, and one that the target lacks", async () => {
    assert.match(
      await refusal(aside, null),
      /^group g in placement-aside\[0\] never committed, although the source holds 9 records there; let/,
    );
    assert.match(
      await refusal(aside, 1, 1),
      /^group g in placement-aside\[1\]: the target does not have that partition; give topic/,
    );
  });

  it("refuses what retention removed before it was read, on either side, and places what lies behind", async () => {
    assert.match(
      await refusal(trimmed!, 5),
      /^group g in placement-trimmed\[0\] has committed 5 on the source, whose log begins at 12: retention has removed/,
    );
    assert.match(
      await refusal(gone!, 10),
      /has committed 10 on the source, and the target, whose log begins at \d+, has removed records/,
    );
    for (const [topic, at] of [
      [trimmed!, 12n],
      [trimmed!, 30n],
      [gone!, 20n],
      [gone!, 25n],
      [gone!, 30n],
    ] as const) {
      const [found] = await place("to-target", topic, [at]);
      const [own, other] = both(topic, "to-target");
      assert.ok(
        found?.kind === "exact",
        JSON.stringify(found, (_, value) => `${value}`),
      );
      assert.equal(misplaced(own, other, at, found.placed), null, `${topic} ${at}`);
    }
  });

  it("refuses a group next to a duplicate in the mirror, and places one that is past it or before it", async () => {
    const [own, other] = both(twice!, "to-target");
    assert.equal(other.length, own.length + 1);
    const offsets = everyOffset(own, 2n);
    const found = await place("to-target", twice!, offsets);
    const refused = found.flatMap((each, index) => (each.kind === "refused" ? [index] : []));
    assert.ok(refused.length > 0 && refused.length < 45, refused.join());
    const reason = found[refused.at(-1)!]!;
    assert.match(
      reason.kind === "refused" ? reason.reason : "",
      /: offsets \d+\.\.\d+ there hold \d+ records, offsets \d+\.\.\d+ of the target hold \d+, and the first difference is at 30 and \d+: the target holds a duplicate/,
    );
    for (const [index, placement] of found.entries()) {
      if (placement.kind !== "exact") continue;
      const unread = own.slice(index).map(({ value }) => value);
      const got = other.filter(({ offset }) => offset >= placement.placed).map(({ value }) => value);
      // The duplicate stands at the record 12 twice; no place can hide it from a group that has yet to read that far.
      if (index < 30) got.splice(got.lastIndexOf("12"), 1);
      assert.equal(got.join(), unread.join(), `at ${index}`);
    }
  });

  it("places a group in a compacted topic where the survivors settle it, and is never wrong", async function () {
    const counts = () => [logs.source, logs.target].map((side) => side.get(`${compacted}[0]`)!.length);
    await eventually("compaction", 60, async () => {
      await send(compacted!, 60, 60);
      logs = {
        source: new Map([...logs.source, ...(await readLogs(onSource, [compacted!]))]),
        target: new Map([...logs.target, ...(await readLogs(onTarget, [compacted!]))]),
      };
      return counts().some((number) => number < 60);
    });
    for (const direction of ["to-target", "to-source"] satisfies Direction[]) {
      const [own, other] = both(compacted!, direction);
      const index = (seen: readonly Seen[], at: bigint) =>
        seen.filter(({ offset }) => offset < at).map(({ value }) => Number(value));
      const found = await place(direction, compacted!, everyOffset(own, 1n));
      const exact = found.filter(({ kind }) => kind === "exact");
      for (const placement of exact) {
        if (placement.kind !== "exact" || placement.committed === null) continue;
        const read = index(own, placement.committed);
        const skipped = index(other, placement.placed).filter((value) => !read.includes(value));
        const again = other.filter(({ offset, value }) => offset >= placement.placed && read.includes(Number(value)));
        assert.deepEqual(again, [], `at ${placement.committed}`);
        assert.ok(
          skipped.every((value) => value <= Math.max(-1, ...read)),
          `at ${placement.committed}: skips ${skipped.join()}`,
        );
      }
      console.log(
        `    ${direction}: ${counts().join(" and ")} of 60 records left, ${exact.length} of ${found.length} offsets placed`,
      );
      assert.ok(exact.length > 0);
    }
  });

  it("forecasts what MirrorMaker 2's own offsets make a lagging group read again, and places it exactly", async () => {
    for (const lag of lags)
      await commitOffsets(source, lagging(lag), [{ topic: long, partition: 0, offset: BigInt(length - lag) }]);
    const {
      "exactly.once.support": _,
      "source.consumer.isolation.level": __,
      ...config
    } = await mirrorConnector(mirrored);
    await rest().put(`/connectors/${connector}-checkpoint/config`, {
      ...config,
      "connector.class": "org.apache.kafka.connect.mirror.MirrorCheckpointConnector",
      ...{
        groups: "placement-lag-.*",
        "sync.group.offsets.enabled": "true",
        "checkpoints.topic.replication.factor": "1",
      },
      ...{ "sync.group.offsets.interval.seconds": "1", "emit.checkpoints.interval.seconds": "1" },
    });
    const theirs = await eventually("MirrorMaker 2's offsets on the target", 60, async () => {
      const { groups } = await committed(target, lags.map(lagging));
      const found = lags.map((lag) => groups.get(lagging(lag))?.get(`${long}[0]`)?.offset);
      return found.every((offset) => offset !== undefined) && found;
    });
    await rest().put(`/connectors/${connector}-checkpoint/stop`);
    await eventually("the checkpoints stopped", 30, async () => rest().stopped(`${connector}-checkpoint`));
    const positions = lags.map((lag) => ({
      group: lagging(lag),
      topic: long,
      partition: 0,
      committed: BigInt(length - lag),
    }));
    const placements = await placeExactly(scope, "to-target", positions);
    for (const [index, lag] of lags.entries()) {
      const placement = placements[index]!;
      assert.ok(
        placement.kind === "exact",
        JSON.stringify(placement, (_, value) => `${value}`),
      );
      assert.equal(placement.translated, theirs[index]);
      const until = (value: string) => Number(value) >= length - lag;
      const again = await readAsGroup(onTarget, lagging(lag), long, until);
      console.log(
        `    ${lag} behind: MirrorMaker 2's offset makes it read ${again.length} records again, ${placement.repeats} forecast`,
      );
      assert.ok(again.length > 0);
      assert.equal(again.length, placement.repeats);
      const exactly = `${lagging(lag)}-exactly`;
      await commitOffsets(target, exactly, [{ topic: long, partition: 0, offset: placement.placed }]);
      assert.deepEqual(await readAsGroup(onTarget, exactly, long, until), []);
      const [own, other] = both(long, "to-target");
      assert.equal(misplaced(own, other, BigInt(length - lag), placement.placed), null);
      const [back] = await place("to-source", long, [placement.placed]);
      assert.ok(back?.kind === "exact");
      assert.equal(back.placed, BigInt(length - lag), "the way back");
    }
  });

  it("says how many records the mirror has yet to copy, and places the group once it has", async () => {
    await rest().put(`/connectors/${connector}/stop`);
    await eventually("the mirror stopped", 30, async () => rest().stopped(connector));
    try {
      await send(trimmed!, 30, 37);
      const found = await one(trimmed!, 36);
      assert.ok(
        found.kind === "behind",
        JSON.stringify(found, (_, value) => `${value}`),
      );
      assert.equal(found.left, 6);
    } finally {
      await rest().put(`/connectors/${connector}/resume`);
    }
    const placement = await eventually("the copies", 60, async () => {
      const found = await one(trimmed!, 36);
      return found.kind === "exact" && found;
    });
    const other = (await readLogs(onTarget, [trimmed!])).get(`${trimmed}[0]`)!;
    assert.equal(other.find(({ offset }) => offset >= placement.placed)?.value, "36");
  });

  const consumer = (
    endpoint: typeof source,
    group: string,
    topic: string,
    count: number,
    properties: readonly string[],
  ) =>
    kafkaTool(endpoint, "org.apache.kafka.tools.consumer.ConsoleConsumer", (config) => [
      ...["--topic", topic, "--group", group, "--max-messages", `${count}`, "--timeout-ms", "30000"],
      ...["--consumer.config", config, "--property", "print.offset=true"],
      ...properties.flatMap((property) => ["--consumer-property", property]),
    ]);

  it("places a group of the new consumer protocol, whose member goes on there", async () => {
    const group = "placement-new-protocol";
    const [placement] = await place("to-target", long, [31_234n]);
    assert.ok(placement?.kind === "exact");
    await commitOffsets(target, group, [{ topic: long, partition: 0, offset: placement.placed }]);
    const read = await consumer(target, group, long, 3, ["group.protocol=consumer"]);
    assert.match(read, new RegExp(`^Offset:${placement.placed}\\s+31234$`, "m"));
    assert.equal((await groupStates(target, [group])).groups.get(group)?.type, "consumer");
    // Nobody is in it any more: it can be placed again without joining it.
    await commitOffsets(target, group, [{ topic: long, partition: 0, offset: placement.placed + 1n }]);
    const { groups } = await committed(target, [group]);
    assert.equal(groups.get(group)?.get(`${long}[0]`)?.offset, placement.placed + 1n);
    assert.match(await consumer(target, group, long, 1, ["group.protocol=consumer"]), /^Offset:\d+\s+31235$/m);
  });

  it("places a group of static members, which stays occupied until their session ends", async () => {
    const group = "placement-static";
    const member = ["group.instance.id=one", "session.timeout.ms=6000", "auto.offset.reset=earliest"];
    await consumer(source, group, trimmed!, 7, member);
    assert.equal((await groupStates(source, [group])).groups.get(group)?.members.length, 1);
    await assert.rejects(commitOffsets(source, group, [{ topic: trimmed!, partition: 0, offset: 0n }]), {
      message: `the source refused the offsets of group ${group}: it has members; stop its consumers first`,
    });
    await eventually(
      "the session's end",
      30,
      async () => (await groupStates(source, [group])).groups.get(group)?.state === "Empty",
    );
    const at = (await committed(source, [group])).groups.get(group)?.get(`${trimmed}[0]`)?.offset;
    assert.equal(at, 19n);
    const found = await one(trimmed!, 19);
    assert.ok(found.kind === "exact");
    const [own, other] = both(trimmed!, "to-target");
    assert.equal(misplaced(own, other, 19n, found.placed), null);
  });

  it("places a lagging group exactly after the topic of offset syncs was compacted", async () => {
    const topic = "mm2-offset-syncs.source.internal";
    const admin = onTarget.admin();
    clients.push(admin);
    await admin.connect();
    const settings = { "cleanup.policy": "compact", "segment.ms": "1000", "min.cleanable.dirty.ratio": "0.001" };
    await kafkaTool(target, "kafka.admin.ConfigCommand", (config) => [
      ...["--command-config", config, "--alter", "--entity-type", "topics", "--entity-name", topic, "--add-config"],
      Object.entries(settings)
        .map((pair) => pair.join("="))
        .join(","),
    ]);
    const count = async () => (await readLogs(onTarget, [topic])).get(`${topic}[0]`)!.length;
    const before = await count();
    let value = 60;
    await eventually("the syncs compacted", 90, async () => {
      await send(twice!, value, value + 1);
      value += 1;
      return (await count()) < before / 4;
    });
    const offsets = lags.map((lag) => BigInt(length - lag));
    const found = await place("to-target", long, offsets);
    const [own, other] = both(long, "to-target");
    for (const [index, placement] of found.entries()) {
      assert.ok(
        placement.kind === "exact",
        JSON.stringify(placement, (_, each) => `${each}`),
      );
      assert.match(placement.how, /^the \d+ records before the sync 59999 = \d+ are equal$/);
      assert.equal(misplaced(own, other, offsets[index]!, placement.placed), null);
    }
    console.log(`    ${before} syncs, ${await count()} left`);
  });
});
