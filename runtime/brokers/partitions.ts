/** Partitions: how they are named, put together and complained about. */
import type { Cluster } from "./connection.ts";
import { BrokerError, kafkaError } from "./kafka-error.ts";

/** One partition and an offset in it. */
export interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** What a client keeps beside a committed offset. @default nothing */
  readonly metadata?: string;
}

/** How a partition is written in sentences, and its key in maps: `orders[3]`. */
export function partitionName(topic: string, partition: number): string {
  return `${topic}[${partition}]`;
}

/** The topic and the number in a `partitionName`; a topic's name has no bracket. */
export function placeOf(name: string): { readonly topic: string; readonly partition: number } {
  const at = name.lastIndexOf("[");
  return { topic: name.slice(0, at), partition: Number(name.slice(at + 1, -1)) };
}

/** Partitions put together by topic, as Kafka's requests want them. */
export function grouped<P extends { readonly topic: string }, R>(
  partitions: readonly P[],
  each: (partition: P) => R,
): { name: string; partitions: R[] }[] {
  const topics = new Map<string, R[]>();
  for (const partition of partitions) {
    const list = topics.get(partition.topic);
    if (list === undefined) topics.set(partition.topic, [each(partition)]);
    else list.push(each(partition));
  }
  return [...topics].map(([name, list]) => ({ name, partitions: list }));
}

const indexes = new WeakMap<object, ReadonlyMap<string, readonly unknown[]>>();

/** Partitions by topic; put together once for each map or list, which must not change afterwards. */
export function byTopic<P extends { readonly topic: string }>(
  partitions: ReadonlyMap<string, P> | readonly P[],
): ReadonlyMap<string, readonly P[]> {
  const known = indexes.get(partitions);
  if (known !== undefined) return known as ReadonlyMap<string, readonly P[]>;
  const index: ReadonlyMap<string, readonly P[]> = Map.groupBy(partitions.values(), ({ topic }) => topic);
  indexes.set(partitions, index);
  return index;
}

/** A failed request as a sentence that names the broker. */
export function brokerProblem(cluster: Cluster, broker: number, error: unknown): string {
  if (error instanceof BrokerError) return error.message;
  return `broker ${cluster.name(broker)} does not answer: ${kafkaError(error)}`;
}
