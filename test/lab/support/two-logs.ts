/** What both sides hold, read by a consumer of another library, and what an exact place must be. */
import { setTimeout as sleep } from "node:timers/promises";
import type kafkajs from "kafkajs";
import { eventually } from "./lab-walk.ts";

export interface Seen {
  readonly offset: bigint;
  readonly value: string;
}

/** Records of topics by `topic[partition]`, in order; ends once nothing has come for two seconds. */
export async function readLogs(kafka: kafkajs.Kafka, topics: readonly string[]): Promise<Map<string, Seen[]>> {
  const groupId = `reader-${Date.now()}`;
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: 200 });
  const read = new Map<string, Seen[]>();
  let last = Date.now() + 15_000;
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        const name = `${batch.topic}[${batch.partition}]`;
        const seen = batch.messages.map(({ offset, value }) => ({ offset: BigInt(offset), value: String(value) }));
        read.set(name, [...(read.get(name) ?? []), ...seen]);
        last = Date.now();
      },
    });
    while (Date.now() < last + 2_000) await sleep(200);
    return read;
  } finally {
    await consumer.disconnect();
  }
}

/** What a group reads from its committed offset until `until` says so; the record that does is not among it. */
export async function readAsGroup(
  kafka: kafkajs.Kafka,
  groupId: string,
  topic: string,
  until: (value: string) => boolean,
): Promise<Seen[]> {
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: 200 });
  const read: Seen[] = [];
  let ended = false;
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: false });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message }) => {
        ended ||= until(String(message.value));
        if (!ended && partition === 0) read.push({ offset: BigInt(message.offset), value: String(message.value) });
      },
    });
    await eventually(`the record at which group ${groupId} goes on`, 60, async () => ended);
    return read;
  } finally {
    await consumer.disconnect();
  }
}

/** Why a place is wrong: what lies behind it must be what lies behind the group's own offset. */
export function misplaced(
  own: readonly Seen[],
  other: readonly Seen[],
  committed: bigint,
  placed: bigint,
): string | null {
  const unread = own.filter(({ offset }) => offset >= committed).map(({ value }) => value);
  const got = other.filter(({ offset }) => offset >= placed).map(({ value }) => value);
  if (unread.join() === got.join()) return null;
  return `at ${committed} reads ${got.length} records from ${got[0]} on instead of ${unread.length} from ${unread[0]} on`;
}
