/** MirrorMaker 2's own topics on the target, each of one partition, read up to its end. */
import type { Cluster } from "../brokers/connection.ts";
import { readRanges, type RangeReader, type RecordContent } from "../brokers/log-reader.ts";
import { partitionName } from "../brokers/partitions.ts";
import { logs } from "../brokers/positions.ts";
import type { RecordHead } from "../brokers/ranges.ts";

class ContentReader implements RangeReader {
  readonly range: RangeReader["range"];
  readonly #take: (content: RecordContent) => void;

  constructor(range: RangeReader["range"], take: (content: RecordContent) => void) {
    this.range = range;
    this.#take = take;
  }

  take(_head: RecordHead, content: RecordContent): void {
    this.#take(content);
  }

  enough(): boolean {
    return false;
  }
}

/**
 * Hands out the records of the topic in the order in which they were written; none if there is no such topic. Rejects
 * with a sentence if the topic cannot be read. `most`: offsets before the end from which it reads. @default all
 */
export async function readMirrorTopic(
  target: Cluster,
  topic: string,
  take: (content: RecordContent) => void,
  most?: bigint,
): Promise<void> {
  const { partitions, problems } = await logs(target, [topic]);
  if (problems.some(({ kind }) => kind === "missing")) return;
  const log = partitions.get(partitionName(topic, 0));
  if (log === undefined) throw new Error(problems[0]?.sentence ?? `topic ${topic} on the target has no partition 0`);
  const newest = most === undefined ? log.start : log.stable - most;
  const from = newest > log.start ? newest : log.start;
  const reader = new ContentReader({ topic, partition: 0, from, to: log.stable }, take);
  const read = await readRanges(target, [reader], { isolation: "read_committed" });
  for (const sentence of read.problems.values()) throw new Error(sentence);
}

/** A string as Kafka's protocol types write it, the length in 16 bits first, and where it ends; null if it is cut off. */
export function readText(bytes: Buffer, at: number): { readonly text: string; readonly end: number } | null {
  if (bytes.length < at + 2) return null;
  const length = bytes.readInt16BE(at);
  const end = at + 2 + length;
  if (length < 0 || bytes.length < end) return null;
  return { text: bytes.toString("utf8", at + 2, end), end };
}
