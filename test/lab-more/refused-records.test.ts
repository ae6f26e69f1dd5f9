/** What a target would refuse or change of a source's records: found before the mirror starts, mirrored, right at the end. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { IHeaders, Message } from "kafkajs";
import { parse, stringify } from "yaml";
import type { Report } from "../../assess/report.ts";
import kafkajs from "../../lab/kafkajs.ts";
import { lab } from "../../lab/lab.ts";
import { topics as seeded } from "../../lab/seed.ts";
import { clientOf, createTopics, describeTopics, endpointOf } from "../lab/support/lab-kafka.ts";
import { auditOf, differences, labWalk, readTopics, shortTimes, type LabWalk } from "../lab/support/lab-walk.ts";
import { otherSource } from "../lab/support/other-source.ts";
import { usesLab } from "../lab/support/shared-lab.ts";
import { inOrder } from "../support/in-order.ts";

type Configs = Readonly<Record<string, string>>;

interface Case {
  /** Advice by which `npm run assess` names the topic. */
  readonly found: readonly string[];
  /** What the topic has when its records are written. */
  readonly before?: Configs;
  /** What it has when the migration begins. */
  readonly configs: Configs;
  readonly messages: readonly Message[];
  readonly gzip?: true;
  /** What a person writes under `topics.whileMirroring`, as the advice says. */
  readonly whileMirroring?: Configs;
  /** So many records are deleted from the beginning before the mirror starts, as the advice says. @default 0 */
  readonly deleted?: number;
  /** What the topic must have at the end. */
  readonly atTheEnd: Configs;
  /** Whether its records get the time of the copy, as the advice says. */
  readonly otherTimes?: true;
}

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
const now = Date.now();
/** What a client of Go wrote for a time that nobody had set: the year 1. */
const yearOne = -62_135_596_800_000;
const unlimited = "9223372036854775807";

const message = (number: number, timestamp = now, more: Partial<Message> = {}): Message => ({
  ...{ key: `k-${number}`, value: `value ${number}`, timestamp: String(timestamp) },
  ...more,
});
/** So many records, the first one `age` before now and each a second later. */
const messages = (count: number, age = 0, more: Partial<Message> = {}): Message[] =>
  Array.from({ length: count }, (_, number) => message(number, now - age + number * 1000, more));
const large = (bytes: number): string => "x".repeat(bytes);
const headers: IHeaders = { trace: large(1_500_000) };
/** Every third record of a topic that was not compacted yet has no key. */
const partlyKeyed = messages(9).map((each, number) => (number % 3 === 0 ? { ...each, key: null } : each));
const uncompacted: Configs = { "cleanup.policy": "delete", "retention.ms": "-1" };

const cases: Readonly<Record<string, Case>> = {
  // Sizes: what was small enough compressed is not once the mirror writes it.
  "size-by-default": {
    found: ["records-too-large-for-the-target"],
    configs: {},
    messages: [message(1), message(2, now, { value: large(3_000_000) }), message(3)],
    gzip: true,
    whileMirroring: { "max.message.bytes": "4000000" },
    atTheEnd: {},
  },
  "size-by-topic": {
    found: ["records-too-large-for-the-target"],
    configs: { "max.message.bytes": "100000" },
    messages: [message(1, now, { value: large(400_000) }), ...messages(20)],
    gzip: true,
    whileMirroring: { "max.message.bytes": "600000" },
    atTheEnd: { "max.message.bytes": "100000" },
  },
  "size-of-headers": {
    found: ["records-too-large-for-the-target"],
    configs: {},
    messages: [message(1, now, { headers }), message(2)],
    gzip: true,
    whileMirroring: { "max.message.bytes": "2000000" },
    atTheEnd: {},
  },
  // A batch of many records is divided by the producer itself.
  "size-of-a-batch": {
    found: [],
    configs: { "max.message.bytes": "100000" },
    messages: messages(60).map((each) => ({ ...each, value: large(10_000) })),
    gzip: true,
    atTheEnd: { "max.message.bytes": "100000" },
  },
  // Bounds on timestamps, which the records kept when they were young.
  "time-within-a-minute": {
    found: ["topics-open-for-the-mirror"],
    before: {},
    configs: { "message.timestamp.difference.max.ms": String(minute) },
    messages: messages(10, 3 * day),
    atTheEnd: { "message.timestamp.before.max.ms": String(minute), "message.timestamp.after.max.ms": String(minute) },
  },
  "time-within-an-hour": {
    found: ["topics-open-for-the-mirror"],
    before: {},
    configs: { "message.timestamp.difference.max.ms": String(hour), "cleanup.policy": "compact" },
    messages: [...messages(5, 2 * day), message(5, now), message(6, now + 2 * day)],
    gzip: true,
    atTheEnd: { "message.timestamp.before.max.ms": String(hour), "message.timestamp.after.max.ms": String(hour) },
  },
  "time-ahead": {
    found: [],
    configs: {},
    messages: messages(5, -2 * day),
    atTheEnd: { "message.timestamp.after.max.ms": unlimited },
  },
  // LogAppendTime would give every record the time of the copy.
  "appended-plain": {
    found: ["topics-open-for-the-mirror"],
    configs: { "message.timestamp.type": "LogAppendTime" },
    messages: messages(10, hour),
    atTheEnd: { "message.timestamp.type": "LogAppendTime" },
  },
  "appended-compressed": {
    found: ["topics-open-for-the-mirror"],
    configs: { "message.timestamp.type": "LogAppendTime" },
    messages: messages(10, hour),
    gzip: true,
    atTheEnd: { "message.timestamp.type": "LogAppendTime" },
  },
  "appended-later": {
    found: ["topics-open-for-the-mirror"],
    before: {},
    configs: { "message.timestamp.type": "LogAppendTime", "message.timestamp.difference.max.ms": String(minute) },
    messages: messages(10, day),
    atTheEnd: { "message.timestamp.type": "LogAppendTime", "message.timestamp.before.max.ms": String(minute) },
  },
  // A compacted topic refuses records without a key, and has some from before it was compacted.
  "keys-compacted": {
    found: ["records-without-key-in-a-compacted-topic"],
    before: {},
    configs: { "cleanup.policy": "compact" },
    messages: partlyKeyed,
    whileMirroring: uncompacted,
    atTheEnd: { "cleanup.policy": "compact" },
  },
  "keys-compacted-and-deleted": {
    found: ["records-without-key-in-a-compacted-topic"],
    before: {},
    configs: { "cleanup.policy": "compact,delete", "retention.ms": String(30 * day) },
    messages: partlyKeyed,
    gzip: true,
    whileMirroring: uncompacted,
    atTheEnd: { "cleanup.policy": "compact,delete", "retention.ms": String(30 * day) },
  },
  "keys-all-missing": {
    found: ["records-without-key-in-a-compacted-topic"],
    before: {},
    configs: { "cleanup.policy": "compact" },
    messages: messages(4, 0, { key: null }),
    whileMirroring: uncompacted,
    atTheEnd: { "cleanup.policy": "compact" },
  },
  // MirrorMaker 2 takes no time before 1970.
  "before-1970-by-centuries": {
    found: ["records-before-1970"],
    configs: {},
    messages: [message(0, yearOne), message(1, yearOne), ...messages(5)],
    deleted: 2,
    atTheEnd: {},
  },
  "before-1970-by-a-second": {
    found: ["records-before-1970"],
    configs: {},
    messages: [message(0, -1000), ...messages(5)],
    deleted: 1,
    atTheEnd: {},
  },
  "before-1970-compressed": {
    found: ["records-before-1970"],
    configs: {},
    messages: [message(0, now), message(1, -day), message(2, yearOne), ...messages(5)],
    gzip: true,
    deleted: 3,
    atTheEnd: {},
  },
  // Formats of Kafka 0.10 and older; the first one has no timestamps.
  "format-0": {
    found: ["records-in-former-formats", "records-without-timestamp"],
    configs: { "message.format.version": "0.9.0" },
    messages: messages(6),
    atTheEnd: {},
    otherTimes: true,
  },
  "format-1": {
    found: ["records-in-former-formats"],
    configs: { "message.format.version": "0.10.2" },
    messages: messages(6, day),
    atTheEnd: {},
  },
  "format-1-compressed": {
    found: ["records-in-former-formats"],
    configs: { "message.format.version": "0.10.2", "cleanup.policy": "compact" },
    messages: messages(6, day),
    gzip: true,
    atTheEnd: { "cleanup.policy": "compact" },
  },
};

const names = Object.keys(cases);
/** What of the advice is about a topic's records. */
const kinds = [...new Set(Object.values(cases).flatMap(({ found }) => found))];
/** Records that a topic has once what the advice says is deleted. */
const toRead = new Map(
  Object.entries(cases).map(([name, { messages: all, deleted = 0 }]) => [name, all.length - deleted]),
);

describe("records that the target would refuse or change", function () {
  inOrder();
  this.timeout(15 * 60_000);
  usesLab(this, "pega");
  const source = endpointOf("source", 2);
  let walk: LabWalk;

  before(async () => {
    // The release that still writes the former formats.
    const side = await otherSource({ version: "2.8.2", zookeeper: true }, "PLAIN");
    await writeRecords();
    const migrate = [...seeded.map(({ topic }) => topic), ...names];
    walk = await labWalk(50, { ...shortTimes, source: side, topics: { migrate } });
  });

  async function writeRecords(): Promise<void> {
    const entries = (configs: Configs) => Object.entries(configs).map(([name, value]) => ({ name, value }));
    await createTopics(
      source,
      Object.entries(cases).map(([topic, { configs, before = configs }]) => ({
        ...{ topic, numPartitions: 1, replicationFactor: 2, configEntries: entries(before) },
      })),
    );
    const client = await clientOf(source);
    const [producer, admin] = [client.producer(), client.admin()];
    await Promise.all([producer.connect(), admin.connect()]);
    try {
      for (const [topic, { messages: all, gzip = false }] of Object.entries(cases)) {
        const { GZIP, None } = kafkajs.CompressionTypes;
        await producer.send({ topic, messages: [...all], compression: gzip ? GZIP : None });
      }
      const changed = Object.entries(cases).filter(([, { before }]) => before !== undefined);
      await admin.alterConfigs({
        validateOnly: false,
        resources: changed.map(([name, { configs }]) => ({
          ...{ type: kafkajs.ConfigResourceTypes.TOPIC, name, configEntries: entries(configs) },
        })),
      });
    } finally {
      await Promise.all([producer.disconnect(), admin.disconnect()]);
    }
  }

  async function deleteWhatTheAdviceSays(): Promise<void> {
    const admin = (await clientOf(source)).admin();
    await admin.connect();
    try {
      for (const [topic, { deleted = 0 }] of Object.entries(cases)) {
        if (deleted === 0) continue;
        // Without it kafkajs does not know the partition's leader.
        await admin.fetchTopicOffsets(topic);
        await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(deleted) }] });
      }
    } finally {
      await admin.disconnect();
    }
  }

  /** Topics of this test by the advice that names them. */
  async function advised(): Promise<Record<string, string[]>> {
    await walk.assess();
    const { advice } = JSON.parse(readFileSync(path.join(lab.dir, "inventory.report.json"), "utf8")) as Report;
    return Object.fromEntries(
      kinds.map((kind) => {
        const named = advice.find(({ id }) => id === kind)?.names ?? [];
        return [kind, named.filter((name) => Object.hasOwn(cases, name)).sort()];
      }),
    );
  }

  it("are found by the assessment, each kind by name", async () => {
    const expected = kinds.map((kind) => [kind, names.filter((name) => cases[name]!.found.includes(kind)).sort()]);
    assert.deepEqual(await advised(), Object.fromEntries(expected));
  });

  it("are no longer in the way once the config says what the advice says", async () => {
    const document = parse(readFileSync(walk.stack.configFile, "utf8")) as { config: Record<string, object> };
    const whileMirroring = Object.fromEntries(
      Object.entries(cases).flatMap(([name, each]) => (each.whileMirroring ? [[name, each.whileMirroring]] : [])),
    );
    Object.assign(document.config["kafka-migration:topics"]!, { whileMirroring });
    writeFileSync(walk.stack.configFile, stringify(document));
    await deleteWhatTheAdviceSays();
    const left = await advised();
    assert.deepEqual(left["records-too-large-for-the-target"], []);
    assert.deepEqual(left["records-without-key-in-a-compacted-topic"], []);
    assert.deepEqual(left["records-before-1970"], []);
  });

  it("are copied, and the topics have what lets them", async () => {
    await walk.reaches("prepare");
    await walk.reaches("mirror");
    const configs = await configsOnTarget();
    for (const [name, { whileMirroring = {} }] of Object.entries(cases)) has(configs, name, whileMirroring);
    has(configs, "appended-plain", { "message.timestamp.type": "CreateTime" });
    has(configs, "time-within-a-minute", { "message.timestamp.before.max.ms": unlimited });
    // The switch waits until the mirror has copied every record.
    await walk.reaches("move-producers");
  });

  it("are on the target as they are on the source, those without a timestamp with that of the copy", async () => {
    const [theirs, copies] = [
      await readTopics(await walk.kafka("source"), toRead, 180),
      await readTopics(await walk.kafka("target"), toRead, 180),
    ];
    const found = [...toRead.keys()].flatMap((topic) =>
      differences(theirs.get(topic)!, copies.get(topic)!).map((difference) => `${topic}: ${difference}`),
    );
    const otherTimes = names.filter((name) => cases[name]!.otherTimes);
    const expected = otherTimes.flatMap((name) =>
      cases[name]!.messages.map((_, number) => `${name}: timestamp of [0] ${number}`),
    );
    assert.deepEqual(found, expected);
  });

  it("leave topics behind that have the source's own configs in the rows after", async () => {
    await walk.reaches("move-consumers");
    await walk.reaches("validate");
    const configs = await configsOnTarget();
    for (const [name, { atTheEnd }] of Object.entries(cases)) has(configs, name, atTheEnd);
    for (const name of ["size-by-default", "size-of-headers"])
      assert.equal(configs.get(name)?.configs["max.message.bytes"], undefined, name);
    for (const name of ["format-0", "format-1"])
      assert.equal(configs.get(name)?.configs["message.format.version"], undefined, name);
  });

  it("did not keep the traffic beside them from arriving", async () => {
    await auditOf(walk);
  });

  type Described = Awaited<ReturnType<typeof describeTopics>>;
  const configsOnTarget = (): Promise<Described> => describeTopics(endpointOf("target", 3));

  function has(described: Described, topic: string, expected: Configs): void {
    const own = described.get(topic)?.configs ?? {};
    const found = Object.fromEntries(Object.keys(expected).map((key) => [key, own[key]]));
    assert.deepEqual(found, expected, topic);
  }
});
