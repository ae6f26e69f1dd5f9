import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import kafkajs, { type Admin, type ITopicConfig, type Kafka } from "./kafkajs.ts";
import type { SourceAccess } from "./source.ts";

const historyRecords = 2000;
/** Records of `history` that retention seems to have removed. */
const removedRecords = 700;

const settings = (config: Readonly<Record<string, string>>) =>
  Object.entries(config).map(([name, value]) => ({ name, value }));

/** The source's topics: the guide's `foo` and `bar`, and one for each way a topic can be special. */
export const topics: readonly ITopicConfig[] = [
  { topic: "foo", numPartitions: 3 },
  { topic: "bar", numPartitions: 3 },
  { topic: "orders", numPartitions: 6, configEntries: settings({ "retention.ms": "1209600000" }) },
  {
    topic: "profiles",
    numPartitions: 2,
    configEntries: settings({
      "cleanup.policy": "compact",
      // Only closed segments are compacted. Small ones by size would be refused by Kafka 4, so they close by time.
      "segment.ms": "10000",
      "min.cleanable.dirty.ratio": "0.01",
      "delete.retention.ms": "60000",
      // Readers that pause during a switch still find every record, so that the audit can demand them all.
      "min.compaction.lag.ms": "180000",
    }),
  },
  { topic: "payments", numPartitions: 2 },
  { topic: "empty", numPartitions: 2 },
  { topic: "history", numPartitions: 1, configEntries: settings({ "retention.ms": "-1" }) },
];

/** Creates the topics that are missing and gives `history` its past; does nothing the second time. */
export async function seed(brokers: readonly string[], access: SourceAccess, replicationFactor: number): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      return await attempt(brokers, access, replicationFactor);
    } catch (problem) {
      // A cluster this young answers some requests before it knows of its own topics.
      if (Date.now() > deadline) throw problem;
      await sleep(500);
    }
  }
}

async function attempt(brokers: readonly string[], access: SourceAccess, replicationFactor: number): Promise<void> {
  process.env["KAFKAJS_NO_PARTITIONER_WARNING"] = "1";
  const client = new kafkajs.Kafka({
    clientId: "lab-seed",
    brokers: [...brokers],
    sasl: { mechanism: "plain", username: access.username, password: access.password },
    ssl: { ca: [access.ca] },
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { initialRetryTime: 200, retries: 8 },
  });
  const admin = client.admin();
  try {
    await admin.connect();
    const present = new Set(await admin.listTopics());
    const missing = topics.filter(({ topic }) => !present.has(topic));
    if (missing.length > 0) {
      const wanted = missing.map((topic) => ({ ...topic, replicationFactor }));
      await admin.createTopics({ topics: wanted, waitForLeaders: false, timeout: 20_000 });
    }
    await seedHistory(client, admin);
  } finally {
    await admin.disconnect();
  }
}

async function seedHistory(client: Kafka, admin: Admin): Promise<void> {
  const [before] = await admin.fetchTopicOffsets("history");
  if (BigInt(before?.high ?? "0") === 0n) await writeHistory(client);
  if (BigInt(before?.low ?? "0") < BigInt(removedRecords)) {
    const partitions = [{ partition: 0, offset: String(removedRecords) }];
    await admin.deleteTopicRecords({ topic: "history", partitions });
  }
}

async function writeHistory(client: Kafka): Promise<void> {
  const producer = client.producer({ allowAutoTopicCreation: false });
  try {
    await producer.connect();
    const start = Date.now() - historyRecords * 1000;
    const messages = Array.from({ length: historyRecords }, (_, number) => ({
      key: `past-${number % 5}`,
      value: JSON.stringify({ past: number, payload: randomBytes(32).toString("base64") }),
      headers: { origin: "lab-seed", number: Buffer.from([number >> 8, number & 255]) },
      timestamp: String(start + number * 1000),
    }));
    await producer.send({ topic: "history", messages, acks: -1 });
  } finally {
    await producer.disconnect();
  }
}
