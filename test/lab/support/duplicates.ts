/** Records that stand twice in the copy of a topic, as a mirror that is at least once leaves them after a crash. */
import { setTimeout as sleep } from "node:timers/promises";
import type kafkajs from "kafkajs";

/**
 * Writes the last `count` records of each of the topic's partitions once more, with all that they hold. The topic must
 * stand still meanwhile. Returns how many were written.
 */
export async function writeAgain(kafka: kafkajs.Kafka, topic: string, count: number): Promise<number> {
  const groupId = `reader-${topic}-${Date.now()}`;
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: 200 });
  const last = new Map<number, kafkajs.Message[]>();
  let heard = Date.now() + 15_000;
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch: { partition, messages } }) => {
        const copies = messages.map(({ key, value, timestamp, headers = {} }) => ({
          ...{ key, value, timestamp, headers, partition },
        }));
        last.set(partition, [...(last.get(partition) ?? []), ...copies].slice(-count));
        heard = Date.now();
      },
    });
    while (Date.now() < heard + 2_000) await sleep(200);
  } finally {
    await consumer.disconnect();
  }
  const messages = [...last.values()].flat();
  const producer = kafka.producer();
  try {
    await producer.connect();
    await producer.send({ topic, messages });
  } finally {
    await producer.disconnect();
  }
  return messages.length;
}
