/** MirrorMaker 2's checkpoints: the offsets that its own sync of group offsets commits on the target. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Kafka } from "kafkajs";

/** MM2's offset at which a group would continue, in one partition. */
export interface Checkpoint {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** Offset on the target. */
  readonly offset: bigint;
}

/** Milliseconds without a record after which the topic is read to its end. */
const quiet = 4_000;

/** A record of the checkpoints topic as `org.apache.kafka.connect.mirror.Checkpoint` writes it; null is a deletion. */
export function parseCheckpoint(key: Buffer, value: Buffer | null): Checkpoint | null {
  if (value === null) return null;
  let at = 0;
  const text = (): string => {
    const length = key.readInt16BE(at);
    at += 2 + length;
    return key.toString("utf8", at - length, at);
  };
  const [group, topic] = [text(), text()];
  // The value: version, offset on the source, offset on the target, metadata.
  return { group, topic, partition: key.readInt32BE(at), offset: value.readBigInt64BE(10) };
}

/** The last checkpoint of every group and partition, by `topic[partition]` within each group. */
export async function readCheckpoints(
  kafka: Kafka,
  topic: string,
  signal: AbortSignal,
): Promise<Map<string, Map<string, Checkpoint>>> {
  const groupId = `checkpoints-${Date.now()}`;
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: 200 });
  const found = new Map<string, Map<string, Checkpoint>>();
  let heard = Number.POSITIVE_INFINITY;
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    consumer.on(consumer.events.GROUP_JOIN, () => (heard = performance.now()));
    await consumer.run({
      autoCommit: false,
      eachMessage: ({ message: { key, value } }) => {
        heard = performance.now();
        const checkpoint = key && parseCheckpoint(key, value);
        if (checkpoint) {
          const { group, partition } = checkpoint;
          const known = found.get(group) ?? new Map<string, Checkpoint>();
          found.set(group, known.set(`${checkpoint.topic}[${partition}]`, checkpoint));
        }
        return Promise.resolve();
      },
    });
    const until = performance.now() + 60_000;
    while (performance.now() - heard < quiet || heard === Number.POSITIVE_INFINITY) {
      if (performance.now() > until) throw new Error(`${topic} could not be read to its end within 60 s`);
      await sleep(200, undefined, { signal });
    }
    return found;
  } finally {
    await consumer.disconnect();
    await forgetGroup(kafka, groupId);
  }
}

/** Deletes a group that has no members any more; that it is gone already is no error. */
export async function forgetGroup(kafka: Kafka, groupId: string): Promise<void> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    await admin.deleteGroups([groupId]).catch(() => undefined);
  } finally {
    await admin.disconnect();
  }
}
