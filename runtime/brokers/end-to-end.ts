/** How long a record takes from a producer's send to a consumer's read. Writes records: only to a topic that somebody named for it. */
import { FetchIsolationLevels, ProduceAcks } from "@platformatic/kafka";
import type { KafkaEndpoint } from "../model/sides.ts";
import { unknownTopicOrPartition, withOwnCluster, withProducer, responseOf, type Cluster } from "./connection.ts";
import { lacking } from "./error-codes.ts";
import { partitionName } from "./partitions.ts";
import { logs } from "./positions.ts";
import { requests, send } from "./requests.ts";

/** Milliseconds with one decimal. */
export interface Spread {
  readonly median: number;
  readonly slowest: number;
}

export interface EndToEnd {
  readonly records: number;
  /** Until all replicas in sync had the record, and the producer was told. */
  readonly acknowledged: Spread;
  /** Until a consumer had read it that was waiting for it. */
  readonly read: Spread;
}

/** Records that are written one after the other; the first is not counted, since it opens connections. */
const measured = 30;
const key = "kafka-migration/latency";
/** A broker holds a request for records so long; a consumer does the same. */
const waitMilliseconds = 1_000;
const patienceMilliseconds = 30_000;
const answerBytes = 1024 * 1024;

/**
 * Writes a few small records to partition 0 of a topic and reads each one, from this machine and without other load of its
 * own. Rejects with a sentence if the topic does not exist, which is never created, or the user lacks Write or Read on it.
 */
export async function endToEnd(endpoint: KafkaEndpoint, topic: string, signal?: AbortSignal): Promise<EndToEnd> {
  return withOwnCluster(endpoint, (cluster) => measure(cluster, topic), signal);
}

async function measure(cluster: Cluster, topic: string): Promise<EndToEnd> {
  const { side } = cluster.endpoint;
  const found = (await cluster.describe([topic])).topics.get(topic);
  if (found === undefined || found.errorCode === unknownTopicOrPartition) {
    throw new Error(`topic ${topic} does not exist on the ${side}; make one there that nobody reads, or name another`);
  }
  if (found.errorCode !== 0)
    throw new Error(`topic ${topic} of the ${side}: ${lacking(found.errorCode, `Describe on Topic ${topic}`)}`);
  const leader = found.leaders[0] ?? -1;
  if (leader < 0) throw new Error(`${partitionName(topic, 0)} of the ${side} has no leader`);
  let next = (await logs(cluster, [topic])).partitions.get(partitionName(topic, 0))?.end;
  if (next === undefined) throw new Error(`the end of ${partitionName(topic, 0)} of the ${side} cannot be read`);
  const acknowledged: number[] = [];
  const read: number[] = [];
  await withProducer(cluster.endpoint, topic, async (producer) => {
    for (let at = 0; at <= measured; at++) {
      const sentAt = performance.now();
      const message = { topic, partition: 0, key: Buffer.from(key), value: Buffer.from(String(at)) };
      const sent = producer.send({ acks: ProduceAcks.ALL, messages: [message] }).then(({ offsets = [] }) => ({
        offset: BigInt(offsets[0]?.offset ?? -1),
        after: performance.now() - sentAt,
      }));
      // It is waited for below, once something was read; until then nothing must call it unhandled.
      sent.catch(() => undefined);
      let after = 0;
      const deadline = Date.now() + patienceMilliseconds;
      for (let own = false; !own;) {
        const last = await awaitRecords(cluster, leader, topic, next!);
        after = performance.now() - sentAt;
        const { offset } = await sent;
        own = last !== null && last >= offset;
        if (last !== null) next = last + 1n;
        if (!own && Date.now() > deadline)
          throw new Error(`a record was not read within ${patienceMilliseconds / 1000} s of being written`);
      }
      if (at === 0) continue;
      acknowledged.push((await sent).after);
      read.push(after);
    }
  });
  return { records: measured, acknowledged: spread(acknowledged), read: spread(read) };
}

/** Offset of the last record that there is from an offset on, once there is one; null where none came in time. */
async function awaitRecords(cluster: Cluster, leader: number, topic: string, offset: bigint): Promise<bigint | null> {
  const connection = await cluster.broker(leader);
  const partition = {
    partition: 0,
    currentLeaderEpoch: -1,
    fetchOffset: offset,
    lastFetchedEpoch: -1,
    partitionMaxBytes: answerBytes,
  };
  const level = FetchIsolationLevels.READ_UNCOMMITTED;
  const asked = [{ topicId: topic, partitions: [partition] }];
  const limits = [waitMilliseconds, 1, answerBytes, level] as const;
  const answer = await send(connection, requests.fetch, ...limits, 0, -1, asked, [], "").catch(responseOf<never>);
  const [found] = answer.topics.flatMap(({ partitions }) => partitions);
  const code = answer.errorCode || (found?.errorCode ?? 0);
  if (code !== 0) throw new Error(lacking(code, `Read on Topic ${topic}`));
  const batch = found?.batches.at(-1);
  return batch === undefined ? null : batch.firstOffset + BigInt(batch.lastOffsetDelta);
}

function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const rounded = (value: number) => Math.round(value * 10) / 10;
  return { median: rounded(sorted[Math.floor(sorted.length / 2)]!), slowest: rounded(sorted.at(-1)!) };
}
