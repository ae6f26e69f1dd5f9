/** Connect's offsets topic as a reader of positions sees it, over a real cluster. */
import { topicAuthorizationFailed, unknownTopicOrPartition, type Cluster } from "../../brokers/connection.ts";
import { protocolError } from "../../brokers/error-codes.ts";
import { readRanges, type RangeReader } from "../../brokers/log-reader.ts";
import { logs } from "../../brokers/positions.ts";

/** Begin, last stable offset and end of one partition. */
export interface PartitionEnds {
  readonly start: bigint;
  readonly stable: bigint;
  readonly end: bigint;
}

/** A committed record, in the order of its partition. */
export interface OffsetsRecord {
  readonly partition: number;
  readonly offset: bigint;
  readonly key: Buffer | null;
  /** Null deletes the position. */
  readonly value: Buffer | null;
}

/** The topic, or why it cannot be used. */
export type TopicState =
  | { readonly kind: "there"; readonly clusterId: string; readonly id: string }
  | { readonly kind: "absent" }
  | { readonly kind: "denied" };

/** What the reader needs of a topic. Every call rejects with a sentence if a broker gives no answer. */
export interface OffsetsLog {
  describe(): Promise<TopicState>;
  /** All partitions by number. */
  ends(): Promise<ReadonlyMap<number, PartitionEnds>>;
  /**
   * Hands out the committed records of these ranges and returns, by partition, the first offset that was not read: less
   * than the end of its range where time ran out or a new leader shows less. "denied" if reading is not allowed.
   */
  read(
    ranges: ReadonlyMap<number, { readonly from: bigint; readonly to: bigint }>,
    take: (record: OffsetsRecord) => void,
    deadline: number,
  ): Promise<ReadonlyMap<number, bigint> | "denied">;
}

/** A topic of an open cluster. */
export function logOf(cluster: Cluster, topic: string): OffsetsLog {
  const where = `topic ${topic} of the ${cluster.endpoint.side}`;
  return {
    async describe() {
      const { clusterId, topics } = await cluster.describe([topic]);
      const found = topics.get(topic);
      if (found === undefined || found.errorCode === unknownTopicOrPartition) return { kind: "absent" };
      if (found.errorCode === topicAuthorizationFailed) return { kind: "denied" };
      if (found.errorCode !== 0) throw new Error(`${where} answers ${protocolError(found.errorCode)}`);
      return { kind: "there", clusterId, id: found.id };
    },
    async ends() {
      const { partitions, problems } = await logs(cluster, [topic]);
      const [problem] = problems;
      if (problem !== undefined) throw new Error(problem.sentence);
      return new Map([...partitions.values()].map((each) => [each.partition, each]));
    },
    async read(ranges, take, deadline) {
      const readers = [...ranges].map(([partition, { from, to }]): RangeReader => ({
        range: { topic, partition, from, to },
        take: ({ offset }, { key, value }) => take({ partition, offset, key, value }),
        enough: () => false,
      }));
      const { reads, problems, codes } = await readRanges(cluster, readers, { isolation: "read_committed", deadline });
      if ([...codes.values()].includes(topicAuthorizationFailed)) return "denied";
      for (const sentence of problems.values()) throw new Error(sentence);
      return new Map(reads.map(({ reader, next }) => [reader.range.partition, next]));
    },
  };
}
