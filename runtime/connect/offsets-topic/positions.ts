/** Positions of source connectors: read from Connect's offsets topic, or asked of its REST API where that cannot be. */
import { setTimeout as sleep } from "node:timers/promises";
import { addresses, withOwnCluster } from "../../brokers/connection.ts";
import { NoAnswer } from "../../kubernetes/http.ts";
import { requestMilliseconds } from "../../model/patience.ts";
import type { OffsetsTopicRef } from "../../model/scope.ts";
import type { KafkaEndpoint } from "../../model/sides.ts";
import type { ConnectRest } from "../connect.ts";
import type { SourceOffset } from "../connector-offsets.ts";
import { logOf } from "./log.ts";
import { overRestNote } from "./note.ts";
import { OffsetsReader, type ReaderPace, type TopicReading, type UpTo } from "./reader.ts";

/** Where the positions of a Connect cluster's connectors are. */
export interface PositionsSource {
  /** The cluster that the workers belong to. */
  readonly kafka: KafkaEndpoint;
  /** The topic, or why it is not known. */
  readonly topic: OffsetsTopicRef | { readonly unknown: string };
  readonly rest: Pick<ConnectRest, "root" | "sourceOffsets">;
}

export interface Positions {
  /** By connector; each has its entry. */
  readonly offsets: ReadonlyMap<string, readonly SourceOffset[]>;
  /** Null if they were read from the topic, else why Connect was asked: `topic t does not exist on the target`. */
  readonly overRest: string | null;
}

export interface PositionsOptions {
  readonly upTo: UpTo;
  /** As of `Date.now()`; without it failures are repeated for as long as two requests may take. */
  readonly deadline?: number;
  readonly signal?: AbortSignal;
}

const pace: ReaderPace = { now: Date.now, pause: async (milliseconds) => void (await sleep(milliseconds)) };
const retryMilliseconds = 500;
/** A reading ends this long before its time does, so that what it says is heard. */
const reserveMilliseconds = 200;

/** Topics, each with its cluster's id, to whose cluster Connect has said that it belongs: that does not change while a process lives. */
const belonging = new Set<string>();
/** One reader for each topic and set of connectors, for as long as the process lives. */
const readers = new Map<string, OffsetsReader>();
const said = new Set<string>();

/**
 * The newest committed positions of connectors. Connect is asked only if its topic is not known, not there, not to be
 * read with the runner's rights or not written as Connect does: then the answer says why, and the log does once. A broker
 * that gives no answer is an error.
 */
export async function readPositions(
  source: PositionsSource,
  connectors: readonly string[],
  options: PositionsOptions,
): Promise<Positions> {
  const found = await fromTopic(source, connectors, options);
  if (typeof found !== "string") return { offsets: found, overRest: null };
  if (!said.has(found)) console.log(overRestNote(found));
  said.add(found);
  const asked = connectors.map(async (name) => [name, await source.rest.sourceOffsets(name)] as const);
  try {
    return { offsets: new Map(await Promise.all(asked)), overRest: found };
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)} (${overRestNote(found)})`);
  }
}

/** The positions, or why they cannot be read from the topic. */
async function fromTopic(
  source: PositionsSource,
  connectors: readonly string[],
  options: PositionsOptions,
): Promise<ReadonlyMap<string, readonly SourceOffset[]> | string> {
  const { topic, kafka } = source;
  if ("unknown" in topic) return topic.unknown;
  const { name, given } = topic;
  const key = JSON.stringify([kafka.bootstrap, name, [...connectors].sort()]);
  const reader = readers.get(key) ?? new OffsetsReader(connectors);
  readers.set(key, reader);
  const found = await patiently(source, options, reader, name, connectors);
  if (typeof found === "string") return found;
  switch (found.kind) {
    case "read": {
      const missing = connectors.find((connector) => given && found.offsets.get(connector)!.length === 0);
      return missing === undefined
        ? found.offsets
        : `topic ${name} of the ${kafka.side} holds no position of connector ${missing}`;
    }
    case "absent":
      return `topic ${name} does not exist on the ${kafka.side}`;
    case "denied":
      return `the runner is not allowed to read topic ${name} on the ${kafka.side}`;
    case "foreign":
      return `topic ${name} of the ${kafka.side} holds ${found.what}`;
  }
}

async function patiently(
  { kafka, rest }: PositionsSource,
  { upTo, signal, ...options }: PositionsOptions,
  reader: OffsetsReader,
  topic: string,
  connectors: readonly string[],
): Promise<TopicReading | string> {
  const deadline = options.deadline ?? Date.now() + 2 * requestMilliseconds(kafka);
  const limits = { upTo, pace, deadline: deadline - reserveMilliseconds };
  for (;;) {
    try {
      return await withOwnCluster(
        kafka,
        async (cluster) => {
          const key = JSON.stringify([cluster.clusterId, topic]);
          const belongs = belonging.has(key) ? cluster.clusterId : await clusterIdOf(rest, options.deadline);
          if (belongs !== null && belongs !== cluster.clusterId)
            return `Connect belongs to the cluster ${belongs}, not to the ${kafka.side} at ${addresses(kafka)}`;
          const found = await reader.read(logOf(cluster, topic), limits);
          if (belongs !== null && found.kind === "read") belonging.add(key);
          if (belongs !== null) return found;
          // A topic that has positions of all of them is their Connect's, whatever Connect has not said yet.
          if (found.kind !== "read" || connectors.some((name) => found.offsets.get(name)!.length === 0))
            return `Connect is silent, and topic ${topic} of the ${kafka.side} does not have a position of each connector`;
          return found;
        },
        signal,
      );
    } catch (error) {
      // A reading of a gate is repeated by the gate.
      if (options.deadline !== undefined || Date.now() + retryMilliseconds >= deadline) throw error;
      await sleep(retryMilliseconds);
    }
  }
}

/** The id of the cluster that Connect belongs to; null where a reading has no time left to wait for one that is silent. */
async function clusterIdOf(rest: PositionsSource["rest"], deadline: number | undefined): Promise<string | null> {
  try {
    return (await rest.root()).kafka_cluster_id;
  } catch (error) {
    // Without a deadline somebody moves: what is not known is asked again.
    if (deadline === undefined || !(error instanceof NoAnswer)) throw error;
    return null;
  }
}
