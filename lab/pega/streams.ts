import { setTimeout as sleep } from "node:timers/promises";
import type { Admin, Kafka } from "kafkajs";
import { partitions, queues, topicOf, type PegaQueue } from "./queues.ts";

/** Where the group of a stream stands in one partition. */
export interface Position {
  readonly partition: number;
  /** Offset of the next record that it will read; records before it are processed. */
  readonly committed: bigint;
  /** Offset of the next record that will be written. */
  readonly end: bigint;
}

/** Creates the topics that are missing, as Pega does at its first use of a stream. Waits for their leaders. */
export async function ensureTopics(kafka: Kafka, pattern: string, replicationFactor: number): Promise<void> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const wanted = queues.map((queue) => topicOf(pattern, queue));
    const present = new Set(await admin.listTopics());
    const missing = wanted.filter((topic) => !present.has(topic));
    for (const topic of missing)
      // One by one: another pod may be creating the same ones.
      await admin
        .createTopics({ topics: [{ topic, numPartitions: partitions, replicationFactor }], waitForLeaders: false })
        .catch((error: unknown) => {
          if ((error as { type?: string }).type !== "TOPIC_ALREADY_EXISTS") throw error;
        });
    const deadline = performance.now() + 30_000;
    for (;;) {
      const { topics } = await admin.fetchTopicMetadata({ topics: wanted });
      if (topics.every((topic) => topic.partitions.length > 0 && topic.partitions.every(({ leader }) => leader >= 0)))
        return;
      if (performance.now() > deadline) throw new Error("the streams' topics have no leaders after 30 s");
      await sleep(200);
    }
  } finally {
    await admin.disconnect();
  }
}

/** Committed and end offsets of a stream; a group that has not committed yet stands at the first record. */
export async function positionsOf(admin: Admin, pattern: string, queue: PegaQueue): Promise<Position[]> {
  const topic = topicOf(pattern, queue);
  // Committed first: what is written in between counts as waiting, never the other way round.
  const [committed] = await admin.fetchOffsets({ groupId: topic, topics: [topic] });
  const ends = await admin.fetchTopicOffsets(topic);
  return ends
    .map(({ partition, low, high }) => {
      const offset = committed?.partitions.find((each) => each.partition === partition)?.offset ?? "-1";
      return { partition, committed: offset === "-1" ? BigInt(low) : BigInt(offset), end: BigInt(high) };
    })
    .sort((a, b) => a.partition - b.partition);
}

/** Records that are written and not processed. */
export const waiting = (positions: readonly Position[]): number =>
  Number(positions.reduce((sum, { committed, end }) => sum + (end - committed), 0n));
