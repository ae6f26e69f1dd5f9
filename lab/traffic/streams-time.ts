/** What Kafka Streams keeps beside an offset: a version, and the partition's time; without it late records are taken again. */
import { setTimeout as sleep } from "node:timers/promises";
import type kafkajs from "../kafkajs.ts";

/** The version of Kafka Streams 2.4 to 3.2. */
const version = 1;
const bytesOfTime = 9;

/** Milliseconds since 1970 as Kafka Streams commits them. */
export function partitionTime(milliseconds: bigint): string {
  const bytes = Buffer.alloc(bytesOfTime);
  bytes.writeUInt8(version);
  bytes.writeBigInt64BE(milliseconds, 1);
  return bytes.toString("base64");
}

/** The time, or null for anything else. */
export function timeIn(metadata: string | null): bigint | null {
  const bytes = Buffer.from(metadata ?? "", "base64");
  return bytes.length === bytesOfTime && bytes[0] === version ? bytes.readBigInt64BE(1) : null;
}

/** An offset of a group as kafkajs fetches it; negative where there is none. */
interface Fetched {
  readonly topic: string;
  readonly partitions: readonly {
    readonly partition: number;
    readonly offset: string;
    readonly metadata: string | null;
  }[];
}

/** Throws if a committed offset has lost the time beside it, naming the partition. */
export function requireTimes(offsets: readonly Fetched[]): void {
  for (const { topic, partitions } of offsets)
    for (const { partition, offset, metadata } of partitions)
      if (Number(offset) > 0 && timeIn(metadata) === null)
        throw new Error(
          `${topic}[${partition}] is at offset ${offset} without its time: late records would be taken again`,
        );
}

/** Milliseconds between two purges; Kafka Streams takes 30 s (`repartition.purge.interval.ms`). */
const purgeEvery = 30_000;

/** Deletes what a group has read of a topic, again and again until `stopping`. Failures are left for the next time. */
export async function purge(
  admin: ReturnType<kafkajs.Kafka["admin"]>,
  { group, topic }: { readonly group: string; readonly topic: string },
  stopping: () => boolean,
): Promise<void> {
  while (!stopping()) {
    await sleep(purgeEvery, undefined, { ref: false });
    if (stopping()) return;
    try {
      const [found] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
      const read = (found?.partitions ?? []).filter(({ offset }) => Number(offset) > 0);
      const partitions = read.map(({ partition, offset }) => ({ partition, offset }));
      if (partitions.length > 0) await admin.deleteTopicRecords({ topic, partitions });
    } catch {
      // As in Kafka Streams: the records wait for the next time.
    }
  }
}
