/** MirrorMaker 2's heartbeats: one topic of a target, to which every MirrorHeartbeatConnector onto it writes. */
import type { Cluster } from "../brokers/connection.ts";
import type { RecordContent } from "../brokers/log-reader.ts";
import { heartbeatsTopic } from "../model/mirror-topics.ts";
import { readMirrorTopic, readText } from "./mirror-topic.ts";

/** A heartbeat: who wrote it, by the source's alias, and when (milliseconds since 1970). */
export interface Heartbeat {
  readonly alias: string;
  readonly at: number;
}

/** What the newest records of the topic are. */
export interface HeartbeatsReading {
  /** Each alias that wrote heartbeats, with the time of its newest one. */
  readonly newest: ReadonlyMap<string, number>;
  /** Records that are no heartbeats, so that the topic is an application's. */
  readonly others: number;
}

/** As many of the newest records are read: connectors write about one a second each. */
const records = 10_000n;

/**
 * Key: the aliases of source and target as strings. Value: a version of 16 bits (0) and the time in 64 bits. Null for
 * anything else.
 */
export function decodeHeartbeat({ key, value }: Pick<RecordContent, "key" | "value">): Heartbeat | null {
  const source = key && readText(key, 0);
  const target = source && readText(key, source.end);
  if (!key || !target || target.end !== key.length) return null;
  if (value?.length !== 10 || value.readInt16BE(0) !== 0) return null;
  return { alias: source.text, at: Number(value.readBigInt64BE(2)) };
}

/** Reads the newest records of the topic; nothing if there is none. Rejects with a sentence if it cannot be read. */
export async function readHeartbeats(target: Cluster): Promise<HeartbeatsReading> {
  const newest = new Map<string, number>();
  let others = 0;
  const take = (content: RecordContent): void => {
    const beat = decodeHeartbeat(content);
    if (beat === null) others += 1;
    else newest.set(beat.alias, Math.max(beat.at, newest.get(beat.alias) ?? 0));
  };
  await readMirrorTopic(target, heartbeatsTopic, take, records);
  return { newest, others };
}
