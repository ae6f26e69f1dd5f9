import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Condition } from "../../gates/index.ts";
import type { KafkaGateInputs } from "../../gates/inputs.ts";
import { storageNames } from "../../lab/connect-worker.ts";
import kafkajs from "../../lab/kafkajs.ts";
import { withAdmin, withCluster } from "../../runtime/brokers/connection.ts";
import { ConnectRest } from "../../runtime/connect/connect.ts";
import { mirrorPositions } from "../../runtime/connect/mirror-reading.ts";
import { logOf } from "../../runtime/connect/offsets-topic/log.ts";
import { readPositions } from "../../runtime/connect/offsets-topic/positions.ts";
import { OffsetsReader, type TopicReading, type UpTo } from "../../runtime/connect/offsets-topic/reader.ts";
import type { MirrorRef, Scope } from "../../runtime/model/scope.ts";
import type { KafkaEndpoint } from "../../runtime/model/sides.ts";
import { hold } from "../../runtime/measure/hold.ts";
import { glance } from "../../runtime/resources/gate.ts";
import { addScramUser, clientOf, createTopics, endpointOf, kubernetes } from "../lab/support/lab-kafka.ts";
import { connectRest } from "../lab/support/lab-parts.ts";
import { eventually, namespace } from "../lab/support/lab-walk.ts";
import { usesLab } from "../lab/support/shared-lab.ts";
import { SlowProxy } from "../lab/support/slow-proxy.ts";
import { createTarget, mirrorConnector, smallLab, type SmallLab } from "../lab/support/small-lab.ts";

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;
const [source, target] = [endpointOf("source", 2), endpointOf("target", 1)];
const connector = "slow";
const topic = "slow-orders";
const offsetsTopic = { name: storageNames("migration-connect").offsets };
const written = 2_000;
const drained: Condition = { kind: "mirror-drained" };

/** Two brokers as source, one as target, one Connect worker whose REST API is asked through a proxy. */
describe("gates beside a Connect that is slow to tell offsets", function () {
  this.timeout(180_000);
  usesLab(this, "plain");
  let parts: SmallLab;
  let proxy: SlowProxy;
  let producer: kafkajs.Producer;

  const mirror = (more: Partial<MirrorRef> = {}): MirrorRef => ({
    connect: { urls: [proxy.url], credentials: { kubernetes, name: smallLab.connectSecret } },
    offsetsTopic,
    ...{ sourceConnectors: [connector], otherConnectors: [], sourceAlias: "source" },
    ...more,
  });
  const scope = (more: Partial<Scope> = {}): Scope => ({
    ...{ migration: "slow", source, target, mirror: mirror(), topics: [topic], groups: [], workloads: [] },
    ledger: { kubernetes, configMap: "slow-ledger" },
    ...more,
  });
  const gate = (condition: Condition, more: Partial<KafkaGateInputs> = {}): KafkaGateInputs => ({
    ...{ scope: scope(), row: "move-producers", condition, holdSeconds: 2, timeoutSeconds: 60, readingSeconds: 20 },
    ...{ sweepSeconds: 5, sealed: false },
    ...more,
  });
  const look = async (more: Partial<Scope> = {}, sweepSeconds = 5) => {
    await sleep(1_100);
    return glance(gate(drained, { scope: scope(more), sweepSeconds }));
  };
  const send = (count: number) =>
    producer.send({ topic, messages: Array.from({ length: count }, (_, index) => ({ value: `${index}` })) });
  const withoutTopic = (): MirrorRef => {
    const { offsetsTopic: _, ...rest } = mirror();
    return rest;
  };

  before(async function () {
    this.timeout(300_000);
    await createTopics(source, [{ topic, numPartitions: 3, replicationFactor: 2 }]);
    parts = await createTarget();
    await createTopics(target, [{ topic, numPartitions: 3, replicationFactor: 1 }]);
    producer = (await clientOf(source)).producer();
    await producer.connect();
    await send(written);
    proxy = new SlowProxy(smallLab.connectUrls[0]!);
    await proxy.start();
    await connectRest().put(`/connectors/${connector}/config`, await mirrorConnector([topic]));
    await eventually("the connector", 60, async () => connectRest().allRunning(connector));
  });
  after(async () => {
    proxy?.stop();
    await producer?.disconnect().catch(() => undefined);
  });
  beforeEach(() => void Object.assign(proxy, { offsets: "through", asked: 0 }));

  it("open although it refuses to tell them, and it is not asked", async () => {
    proxy.offsets = "refused";
    const { sentence } = await hold(gate(drained));
    assert.equal(sentence, "0 records left to mirror in 3 partitions");
    assert.equal((await hold(gate({ kind: "mirror-within", maxLag: 10 }))).sentence.endsWith("10 allowed"), true);
    assert.equal(proxy.asked, 0);
  });

  it("show a number in a preview of 5 s although it takes 30 s to tell them", async () => {
    proxy.offsets = "slow";
    assert.deepEqual(await look(), { open: true, sentence: "0 records left to mirror in 3 partitions" });
    await connectRest().put(`/connectors/${connector}/stop`);
    await eventually("the mirror stopped", 60, async () => connectRest().stopped(connector));
    await send(12);
    const startedAt = performance.now();
    const { open, sentence } = await look();
    assert.ok(performance.now() - startedAt < 8_000);
    assert.equal(open, false);
    assert.match(
      sentence,
      /^slow-orders\[\d\] has \d+ records? left to mirror, 0 allowed, and connector slow is STOPPED/,
    );
    await connectRest().put(`/connectors/${connector}/resume`);
    assert.equal((await hold(gate(drained))).sentence, "0 records left to mirror in 3 partitions");
    assert.equal(proxy.asked, 0);
  });

  it("need it, and say so, where the topic is not known", async () => {
    const note = "(positions over Connect's REST API: the config does not name connect.offsetsTopic)";
    const { sentence } = await hold(gate(drained, { scope: scope({ mirror: withoutTopic() }) }));
    assert.equal(sentence, `0 records left to mirror in 3 partitions ${note}`);
    assert.ok(proxy.asked > 0);
    proxy.offsets = "slow";
    const seen = await look({ mirror: withoutTopic() });
    assert.equal(seen.open, false);
    assert.match(seen.sentence, /^could not be measured: .*\(positions over Connect's REST API: the config/);
  });

  it("wait longer for an answer that is late, and open", async () => {
    proxy.offsets = "slow";
    const inputs = gate(drained, { scope: scope({ mirror: withoutTopic() }), holdSeconds: 0, timeoutSeconds: 170 });
    const { sentence, readings } = await hold({ ...inputs, readingSeconds: 20 });
    assert.match(sentence, /^0 records left to mirror in 3 partitions \(positions over/);
    assert.ok(readings >= 3, `${readings} readings`);
  });

  it("ask it where the runner may not read the topic, and do not take that for no position", async () => {
    const name = "slow-runner";
    await addScramUser(target, name, "secret");
    const body = {
      metadata: { name },
      type: "kubernetes.io/basic-auth",
      stringData: { username: name, password: "secret" },
    };
    await parts.core.createNamespacedSecret({ namespace, body });
    const limited: KafkaEndpoint = { ...target, mechanism: "SCRAM-SHA-256", credentials: { kubernetes, name } };
    const admin = (await clientOf(target)).admin();
    await admin.connect();
    const allow = (operation: "DESCRIBE" | "READ", resourceName: string) =>
      admin.createAcls({
        acl: [
          {
            resourceType: AclResourceTypes.TOPIC,
            resourceName,
            resourcePatternType: ResourcePatternTypes.LITERAL,
            principal: `User:${name}`,
            host: "*",
            operation: AclOperationTypes[operation],
            permissionType: AclPermissionTypes.ALLOW,
          },
        ],
      });
    const denied =
      "0 records left to mirror in 3 partitions (positions over Connect's REST API: " +
      `the runner is not allowed to read topic ${offsetsTopic.name} on the target)`;
    try {
      await allow("DESCRIBE", topic);
      const opens = async (sentence: string) =>
        eventually(sentence, 60, async () => (await look({ target: limited }, 30)).sentence === sentence);
      await opens(denied);
      await allow("DESCRIBE", offsetsTopic.name);
      await sleep(2_000);
      assert.equal((await look({ target: limited }, 30)).sentence, denied);
      await allow("READ", offsetsTopic.name);
      await opens("0 records left to mirror in 3 partitions");
    } finally {
      await admin.disconnect();
    }
  });

  const timed = async <T>(measure: () => Promise<T>): Promise<readonly [number, T]> => {
    const startedAt = performance.now();
    const found = await measure();
    return [performance.now() - startedAt, found];
  };
  const text = (list: readonly number[]) => list.map((each) => Math.round(each)).join(", ");

  it("are told by the topic what Connect tells, in less time", async () => {
    const rest = new ConnectRest(mirror().connect);
    const times = { rest: [] as number[], topic: [] as number[] };
    for (let round = 0; round < 8; round++) {
      await send(100);
      await sleep(2_000);
      const [overRest, told] = await timed(() => rest.sourceOffsets(connector));
      const [overTopic, read] = await timed(() => mirrorPositions(scope(), [connector], { upTo: "end" }));
      assert.equal(read.overRest, null);
      assert.deepEqual(read.offsets.get(connector), told);
      times.rest.push(overRest);
      times.topic.push(overTopic);
    }
    console.log(`      offsets over REST: ${text(times.rest)} ms; from the topic: ${text(times.topic)} ms`);
    const median = (list: number[]) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)]!;
    assert.ok(median(times.topic) < median(times.rest));
  });

  it("are told as fast where the topic has grown, once it was read", async () => {
    const grown = 150_000;
    const writer = (await clientOf(target)).producer();
    await writer.connect();
    for (let sent = 0; sent < grown; sent += 5_000) {
      const messages = Array.from({ length: 5_000 }, (_, index) => ({
        key: `["other",{"cluster":"source","partition":${(sent + index) % 1_000},"topic":"of-another-connector"}]`,
        value: `{"offset":${sent + index}}`,
      }));
      await writer.send({ topic: offsetsTopic.name, messages });
    }
    await writer.disconnect();
    const rest = new ConnectRest(mirror().connect);
    const [first, found] = await timed(() =>
      mirrorPositions(scope(), [connector, "nobody"], { upTo: "end", deadline: Date.now() + 100_000 }),
    );
    const again = async () => {
      const [time, read] = await timed(() => mirrorPositions(scope(), [connector, "nobody"], { upTo: "end" }));
      assert.deepEqual(read.offsets, found.offsets);
      return time;
    };
    const times = { rest: [] as number[], topic: [] as number[] };
    for (let round = 0; round < 3; round++) {
      const [time, told] = await timed(() => rest.sourceOffsets(connector));
      assert.deepEqual(told, found.offsets.get(connector));
      times.rest.push(time);
      times.topic.push(await again());
    }
    console.log(
      `      with ${grown} more records: over REST ${text(times.rest)} ms; from the topic ${text([first])} ms at first, ` +
        `then ${text(times.topic)} ms`,
    );
    assert.ok(Math.max(...times.topic) < Math.min(...times.rest));
  });

  it("ask it where a topic that people named holds nothing of the connector", async () => {
    const rest = new ConnectRest(mirror().connect);
    const given = { ...offsetsTopic, given: true as const };
    const found = await readPositions({ kafka: target, rest, topic: given }, [connector], { upTo: "end" });
    assert.equal(found.overRest, null);
    const other = { name: topic, given: true as const };
    const asked = await readPositions({ kafka: target, rest, topic: other }, [connector], { upTo: "stable" });
    assert.match(asked.overRest!, /^topic slow-orders of the target holds a key that is not Connect's/);
    assert.deepEqual(asked.offsets, found.offsets);
  });
});

describe("positions in a topic of real brokers", function () {
  this.timeout(180_000);
  usesLab(this, "plain");
  const name = "slow-positions";
  const wanted = "shop-source-all";
  let admin: kafkajs.Admin;
  let kafka: kafkajs.Kafka;
  let plain: kafkajs.Producer;
  const open: kafkajs.Producer[] = [];
  const reader = new OffsetsReader([wanted]);

  const key = (partition: number) => `["${wanted}",{"cluster":"source","partition":${partition},"topic":"orders"}]`;
  const message = (partition: number, offset: string | null) => ({
    ...{ key: key(partition), partition: partition % 3 },
    value: offset === null ? null : `{"offset":${offset}}`,
  });
  const put = (...messages: ReturnType<typeof message>[]) => plain.send({ topic: name, messages });
  const read = (upTo: UpTo = "stable", seconds = 10): Promise<TopicReading> =>
    withCluster(source, (cluster) =>
      reader.read(logOf(cluster, name), {
        ...{ upTo, deadline: Date.now() + seconds * 1000 },
        pace: { now: Date.now, pause: async (milliseconds) => void (await sleep(milliseconds)) },
      }),
    );
  const offsets = async (upTo?: UpTo, seconds?: number) => {
    const found = await read(upTo, seconds);
    if (found.kind !== "read") throw new Error(JSON.stringify(found));
    return Object.fromEntries(
      found.offsets
        .get(wanted)!
        .map(({ partition, offset }) => [
          (JSON.parse(partition) as { partition: number }).partition,
          /\d+/.exec(offset)![0],
        ]),
    );
  };
  const create = () =>
    createTopics(source, [
      {
        ...{ topic: name, numPartitions: 3, replicationFactor: 2 },
        // With `compact` alone no record could be deleted.
        configEntries: [{ name: "cleanup.policy", value: "compact,delete" }],
      },
    ]);

  before(async function () {
    this.timeout(300_000);
    kafka = await clientOf(source);
    admin = kafka.admin();
    plain = kafka.producer({
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition!,
    });
    await Promise.all([admin.connect(), plain.connect()]);
    await create();
  });
  after(async () => {
    await Promise.all([...open, plain, admin].map((client) => client?.disconnect().catch(() => undefined)));
  });

  async function transaction(id: string): Promise<kafkajs.Transaction> {
    const writer = kafka.producer({ transactionalId: id, idempotent: true, maxInFlightRequests: 1 });
    open.push(writer);
    await writer.connect();
    return writer.transaction();
  }

  it("are read with deletions and every digit, once and then only what is new", async () => {
    assert.deepEqual(await offsets(), {});
    await put(message(0, "1"), message(1, "9007199254740993"), message(2, "7"));
    await put(message(0, "2"), message(2, null));
    assert.deepEqual(await offsets(), { 0: "2", 1: "9007199254740993" });
    await put(message(3, "4"));
    assert.deepEqual(await offsets(), { 0: "2", 1: "9007199254740993", 3: "4" });
  });

  it("are never those of an aborted transaction, nor of an open one, which holds back what comes after it", async () => {
    const aborted = await transaction("slow-aborted");
    await aborted.send({ topic: name, messages: [message(0, "66"), message(1, "66")] });
    await aborted.abort();
    assert.deepEqual(await offsets("end"), { 0: "2", 1: "9007199254740993", 3: "4" });
    const later = await transaction("slow-open");
    await later.send({ topic: name, messages: [message(0, "10")] });
    await put(message(3, "5"), message(1, "8"));
    // Partitions 0 and 3 are in one partition of the topic, 1 is in another.
    assert.deepEqual(await offsets(), { 0: "2", 1: "8", 3: "4" });
    await assert.rejects(read("end", 3), /partition 0 of Connect's offsets topic has an open transaction since offset/);
    const ended = sleep(1_500).then(() => later.commit());
    assert.deepEqual(await offsets("end"), { 0: "10", 1: "8", 3: "5" });
    await ended;
  });

  it("go with records that are deleted, and start over when the topic was re-created", async () => {
    // -1 is everything up to the end.
    await withAdmin(source, (client) =>
      client.deleteRecords({ topics: [{ name, partitions: [{ partition: 1, offset: -1n }] }] }),
    );
    assert.deepEqual(await offsets(), { 0: "10", 3: "5" });
    await withAdmin(source, (client) => client.deleteTopics({ topics: [name] }));
    await eventually("the topic gone", 30, async () => (await read()).kind === "absent");
    await create();
    // Each broker learns of it in its own time.
    await eventually("the new topic", 30, async () => (await read().catch(() => null))?.kind === "read");
    await put(message(0, "1"), message(0, "2"), message(0, "3"), message(0, "4"), message(0, "5"), message(1, "1"));
    assert.deepEqual(await offsets(), { 0: "5", 1: "1" });
  });
});
