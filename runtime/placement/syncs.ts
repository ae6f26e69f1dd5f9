/** MirrorMaker 2's offset syncs: which record of the side that is copied became which one on the other. */
import type { Cluster } from "../brokers/connection.ts";
import type { RecordContent } from "../brokers/log-reader.ts";
import { partitionName } from "../brokers/partitions.ts";
import { readMirrorTopic, readText } from "./mirror-topic.ts";
import type { WrittenSync } from "./rewinds.ts";

/** A sync and its partition. */
export interface PartitionSync extends WrittenSync {
  readonly topic: string;
  readonly partition: number;
}

/** Key: the topic's length in 16 bits, its name, the partition in 32 bits. Value: two offsets of 64 bits. */
export function decodeSync({ key, value }: Pick<RecordContent, "key" | "value">): PartitionSync | null {
  if (key === null || value === null || value.length < 16) return null;
  const topic = readText(key, 0);
  if (topic === null || key.length < topic.end + 4) return null;
  return {
    topic: topic.text,
    partition: key.readInt32BE(topic.end),
    source: value.readBigInt64BE(0),
    target: value.readBigInt64BE(8),
  };
}

/**
 * All syncs of the wanted partitions (by `partitionName`) in the order in which they were written. A partition without
 * syncs is absent; without the topic all are. Rejects with a sentence if the topic cannot be read.
 */
export async function readSyncs(
  cluster: Cluster,
  syncs: string,
  wanted: ReadonlySet<string>,
): Promise<ReadonlyMap<string, readonly WrittenSync[]>> {
  const found = new Map<string, WrittenSync[]>();
  await readMirrorTopic(cluster, syncs, (content) => {
    const sync = decodeSync(content);
    if (sync === null) return;
    const name = partitionName(sync.topic, sync.partition);
    if (!wanted.has(name)) return;
    const known = found.get(name);
    const { source, target: copy } = sync;
    if (known === undefined) found.set(name, [{ source, target: copy }]);
    else known.push({ source, target: copy });
  });
  return found;
}
