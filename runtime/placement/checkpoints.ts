/** MirrorMaker 2's checkpoints: the offsets that it has for each group on the target, and commits there if configured. */
import type { Cluster } from "../brokers/connection.ts";
import type { RecordContent } from "../brokers/log-reader.ts";
import { partitionName } from "../brokers/partitions.ts";
import { checkpointsTopic } from "../model/mirror-topics.ts";
import { readMirrorTopic, readText } from "./mirror-topic.ts";

/** Where a group stood on the source, and what MM2 made of it on the target. */
export interface Checkpoint {
  readonly source: bigint;
  readonly target: bigint;
}

/** A checkpoint with its group and partition; `checkpoint` is null where the record deletes it. */
export interface WrittenCheckpoint {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly checkpoint: Checkpoint | null;
}

/**
 * Key: group and topic as strings, the partition in 32 bits. Value: a version of 16 bits (0), the offsets on source and
 * target in 64 bits each, then metadata. Null for anything else.
 */
export function decodeCheckpoint({ key, value }: Pick<RecordContent, "key" | "value">): WrittenCheckpoint | null {
  const group = key && readText(key, 0);
  const topic = group && readText(key, group.end);
  if (!key || !topic || key.length < topic.end + 4) return null;
  const at = { group: group.text, topic: topic.text, partition: key.readInt32BE(topic.end) };
  if (value === null) return { ...at, checkpoint: null };
  if (value.length < 18 || value.readInt16BE(0) !== 0) return null;
  return { ...at, checkpoint: { source: value.readBigInt64BE(2), target: value.readBigInt64BE(10) } };
}

/** Key of a group's partition in maps. */
export const placeName = (group: string, topic: string, partition: number): string =>
  `${group} ${partitionName(topic, partition)}`;

/**
 * The last checkpoint of each of the wanted places (by `placeName`); absent where there is none, as all are without
 * the topic. Rejects with a sentence if the topic cannot be read.
 */
export async function readCheckpoints(
  target: Cluster,
  sourceAlias: string,
  wanted: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Checkpoint>> {
  const found = new Map<string, Checkpoint>();
  await readMirrorTopic(target, checkpointsTopic(sourceAlias), (content) => {
    const written = decodeCheckpoint(content);
    if (written === null) return;
    const name = placeName(written.group, written.topic, written.partition);
    if (!wanted.has(name)) return;
    if (written.checkpoint === null) found.delete(name);
    else found.set(name, written.checkpoint);
  });
  return found;
}
