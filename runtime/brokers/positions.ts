/** Where logs begin and end: three requests per broker for all topics. Nothing is created, nothing is written. */
import { FetchIsolationLevels, ListOffsetTimestamps } from "@platformatic/kafka";
import type { KafkaEndpoint } from "../model/sides.ts";
import { responseOf, unknownTopicOrPartition, withCluster, type Cluster } from "./connection.ts";
import { lacking } from "./error-codes.ts";
import { brokerProblem, grouped, partitionName, type Position } from "./partitions.ts";
import { requests, send } from "./requests.ts";

export { commitOffsets, forgetOffsets } from "./commits.ts";
export { committed, groupStates } from "./groups.ts";
export type { Committed, GroupMember, GroupState, GroupStates } from "./groups.ts";
export { partitionName } from "./partitions.ts";
export type { Position } from "./partitions.ts";

export type Isolation = "read_committed" | "read_uncommitted";

/** What could not be measured; without a partition it is the whole topic. */
export interface Problem {
  /** Whether there is no such topic, a broker gives no answer, or the answer is an error. */
  readonly kind: "missing" | "broker" | "unreadable";
  readonly topic: string;
  readonly partition?: number;
  /** For example `topic orders does not exist on the source`. */
  readonly sentence: string;
}

/** Offsets by `partitionName`. A partition is either among the offsets or among the problems. */
export interface Positions {
  readonly clusterId: string;
  readonly offsets: ReadonlyMap<string, Position>;
  readonly problems: readonly Problem[];
}

/** One partition's log. */
export interface PartitionLog {
  readonly topic: string;
  readonly partition: number;
  /** First offset that can still be read. */
  readonly start: bigint;
  /** Last stable offset: below `end` while a transaction is open. */
  readonly stable: bigint;
  /** Log end offset (high watermark). */
  readonly end: bigint;
}

/** Logs by `partitionName`. */
export interface Logs {
  readonly clusterId: string;
  /** Kafka's ids of the topics that exist, by name; one that was deleted and made again has another. */
  readonly ids: ReadonlyMap<string, string>;
  readonly partitions: ReadonlyMap<string, PartitionLog>;
  readonly problems: readonly Problem[];
}

/** The next offset to be written (`read_uncommitted`) or the last stable one of every partition of the topics. */
export async function ends(
  endpoint: KafkaEndpoint,
  topics: readonly string[],
  isolation: Isolation,
): Promise<Positions> {
  return withCluster(endpoint, async (cluster) => (await locate(cluster, topics)).list("end", isolation));
}

/** The first offset that can still be read of every partition of the topics. */
export async function starts(endpoint: KafkaEndpoint, topics: readonly string[]): Promise<Positions> {
  return withCluster(endpoint, async (cluster) => (await locate(cluster, topics)).list("start", "read_uncommitted"));
}

/** Start, last stable offset and end of every partition of the topics: three requests per broker. */
export async function logs(cluster: Cluster, topics: readonly string[]): Promise<Logs> {
  const located = await locate(cluster, topics);
  const [start, end] = await Promise.all([
    located.list("start", "read_uncommitted"),
    located.list("end", "read_uncommitted"),
  ]);
  // Asked after the end: ordinary traffic in between must not look like an open transaction.
  const stable = await located.list("end", "read_committed");
  const partitions = new Map<string, PartitionLog>();
  for (const [name, { topic, partition, offset }] of end.offsets) {
    const first = start.offsets.get(name);
    const last = stable.offsets.get(name);
    if (first === undefined || last === undefined) continue;
    const stableOffset = last.offset < offset ? last.offset : offset;
    partitions.set(name, { topic, partition, start: first.offset, stable: stableOffset, end: offset });
  }
  const problems = new Map<string, Problem>();
  for (const problem of [...start.problems, ...end.problems, ...stable.problems]) {
    problems.set(`${problem.topic}/${problem.partition ?? ""}`, problem);
  }
  return { clusterId: cluster.clusterId, ids: located.ids, partitions, problems: [...problems.values()] };
}

/** Partitions by leader, and what has none. */
export interface Located {
  /** Kafka's ids of the topics that exist, by name. */
  readonly ids: ReadonlyMap<string, string>;
  readonly leaders: ReadonlyMap<number, readonly { readonly topic: string; readonly partition: number }[]>;
  readonly problems: readonly Problem[];
  list(what: "start" | "end", isolation: Isolation): Promise<Positions>;
}

/** Finds the leaders of all partitions of the topics in one request. */
export async function locate(cluster: Cluster, topics: readonly string[]): Promise<Located> {
  const side = cluster.endpoint.side;
  const leaders = new Map<number, { topic: string; partition: number }[]>();
  const problems: Problem[] = [];
  const ids = new Map<string, string>();
  const found = topics.length === 0 ? null : await cluster.describe([...new Set(topics)]);
  for (const [topic, { errorCode, id, leaders: byPartition }] of found?.topics ?? []) {
    if (errorCode === 0) ids.set(topic, id);
    if (errorCode === unknownTopicOrPartition) {
      problems.push({ kind: "missing", topic, sentence: `topic ${topic} does not exist on the ${side}` });
    } else if (byPartition.length === 0) {
      const sentence = `topic ${topic} cannot be read on the ${side}: ${lacking(errorCode, `Describe on Topic ${topic}`)}`;
      problems.push({ kind: "unreadable", topic, sentence });
    }
    for (const [partition, leader] of byPartition.entries()) {
      const name = partitionName(topic, partition);
      if (leader < 0) {
        problems.push({ kind: "unreadable", topic, partition, sentence: `${name} has no leader on the ${side}` });
        continue;
      }
      const led = leaders.get(leader);
      if (led === undefined) leaders.set(leader, [{ topic, partition }]);
      else led.push({ topic, partition });
    }
  }
  return { ids, leaders, problems, list: (what, isolation) => list(cluster, { leaders, problems }, what, isolation) };
}

async function list(
  cluster: Cluster,
  located: Pick<Located, "leaders" | "problems">,
  what: "start" | "end",
  isolation: Isolation,
): Promise<Positions> {
  const timestamp = what === "start" ? ListOffsetTimestamps.EARLIEST : ListOffsetTimestamps.LATEST;
  const level = isolation === "read_committed" ? FetchIsolationLevels.READ_COMMITTED : 0;
  const offsets = new Map<string, Position>();
  const problems = [...located.problems];
  const ask = async (leader: number, partitions: readonly { topic: string; partition: number }[]) => {
    try {
      const connection = await cluster.broker(leader);
      const request = grouped(partitions, ({ partition }) => ({
        partitionIndex: partition,
        currentLeaderEpoch: -1,
        timestamp,
      }));
      const answer = await send(connection, requests.listOffsets, -1, level, request).catch(responseOf<never>);
      for (const { name: topic, partitions: answered } of answer.topics) {
        for (const { partitionIndex: partition, errorCode, offset } of answered) {
          const name = partitionName(topic, partition);
          if (errorCode === 0) offsets.set(name, { topic, partition, offset });
          else
            problems.push({
              kind: "unreadable",
              topic,
              partition,
              sentence: `${name} of the ${cluster.endpoint.side} answers ${lacking(errorCode, `Describe on Topic ${topic}`)}`,
            });
        }
      }
    } catch (error) {
      const sentence = brokerProblem(cluster, leader, error);
      for (const { topic, partition } of partitions) problems.push({ kind: "broker", topic, partition, sentence });
    }
  };
  await Promise.all([...located.leaders].map(([leader, partitions]) => ask(leader, partitions)));
  return { clusterId: cluster.clusterId, offsets, problems };
}
