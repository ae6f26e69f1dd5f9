/** How long after it was written a record can be read where a mirror copies it to. */
import { setTimeout as sleep } from "node:timers/promises";
import type kafkajs from "kafkajs";

export interface CopyLag {
  readonly records: number;
  /** Milliseconds. */
  readonly median: number;
  /** Milliseconds within which 99 of 100 records can be read. */
  readonly most: number;
}

/**
 * Reads committed copies for so many seconds as they come; a copy keeps the time at which its writer made the record. In between
 * are the writer's own batching, the mirror, and its transaction.
 */
export async function copyLag(kafka: kafkajs.Kafka, topics: readonly string[], seconds: number): Promise<CopyLag> {
  const consumer = kafka.consumer({
    ...{ groupId: `lag-${Date.now()}`, allowAutoTopicCreation: false },
    ...{ minBytes: 1, maxWaitTimeInMs: 100, readUncommitted: false },
  });
  const lags: number[] = [];
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: false });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        const now = Date.now();
        for (const { timestamp } of batch.messages) lags.push(now - Number(timestamp));
      },
    });
    // What came while the group found together is older than it need be.
    const begin = Date.now() + 60_000;
    while (lags.length === 0 && Date.now() < begin) await sleep(100);
    await sleep(2_000);
    lags.length = 0;
    await sleep(seconds * 1000);
  } finally {
    await consumer.disconnect();
  }
  const sorted = lags.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
  return { records: sorted.length, median: at(0.5), most: at(0.99) };
}
