/** MirrorMaker 2's offset syncs as they stand on the target: which record of the source became which one there. */
import type { Cluster } from "../connection.ts";
import { readRanges } from "../log-reader.ts";
import type { RangeReader, RecordContent, RecordHead } from "../log-reader.ts";
import { partitionName } from "../partitions.ts";
import { logs } from "../positions.ts";
import type { WrittenSync } from "./rewinds.ts";

/** The topic that a MirrorSourceConnector writes its syncs to if they are located on the target. */
export const syncsTopic = (sourceAlias: string): string => `mm2-offset-syncs.${sourceAlias}.internal`;

/** A sync and its partition. */
export interface PartitionSync extends WrittenSync {
  readonly topic: string;
  readonly partition: number;
}

/** Key: the topic's length in 16 bits, its name, the partition in 32 bits. Value: two offsets of 64 bits. */
export function decodeSync({ key, value }: Pick<RecordContent, "key" | "value">): PartitionSync | null {
  if (key === null || value === null || key.length < 6 || value.length < 16) return null;
  const length = key.readInt16BE(0);
  if (length < 0 || key.length < length + 6) return null;
  return {
    topic: key.toString("utf8", 2, 2 + length),
    partition: key.readInt32BE(2 + length),
    source: value.readBigInt64BE(0),
    target: value.readBigInt64BE(8),
  };
}

class SyncReader implements RangeReader {
  readonly range: RangeReader["range"];
  readonly found = new Map<string, WrittenSync[]>();
  readonly #wanted: ReadonlySet<string>;

  constructor(range: RangeReader["range"], wanted: ReadonlySet<string>) {
    this.range = range;
    this.#wanted = wanted;
  }

  take(_head: RecordHead, content: RecordContent): void {
    const sync = decodeSync(content);
    if (sync === null) return;
    const name = partitionName(sync.topic, sync.partition);
    if (!this.#wanted.has(name)) return;
    const known = this.found.get(name);
    const { source, target } = sync;
    if (known === undefined) this.found.set(name, [{ source, target }]);
    else known.push({ source, target });
  }

  enough(): boolean {
    return false;
  }
}

/**
 * All syncs of the wanted partitions (by `partitionName`) in the order in which they were written. A partition without
 * syncs is absent; without the topic all are. Rejects with a sentence if the topic cannot be read.
 */
export async function readSyncs(
  target: Cluster,
  sourceAlias: string,
  wanted: ReadonlySet<string>,
): Promise<ReadonlyMap<string, readonly WrittenSync[]>> {
  const topic = syncsTopic(sourceAlias);
  const { partitions, problems } = await logs(target, [topic]);
  const missing = problems.some(({ sentence }) => sentence.includes("does not exist"));
  if (missing) return new Map();
  const log = partitions.get(partitionName(topic, 0));
  if (log === undefined) throw new Error(problems[0]?.sentence ?? `topic ${topic} of the target has no partition 0`);
  const reader = new SyncReader({ topic, partition: 0, from: log.start, to: log.stable }, wanted);
  const read = await readRanges(target, [reader], { isolation: "read_committed" });
  for (const sentence of read.problems.values()) throw new Error(sentence);
  return reader.found;
}
