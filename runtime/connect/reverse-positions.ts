/** Positions of the mirror back, which lie on the source: read by our own client, written before the connector is made. */
import { setTimeout as sleep } from "node:timers/promises";
import { withOwnCluster, writeRecords } from "../brokers/connection.ts";
import { partitionName } from "../brokers/partitions.ts";
import { mirrorOf, reverseOf } from "../model/mirror-ref.ts";
import { patienceUntil, requestMilliseconds } from "../model/patience.ts";
import type { ReverseRef, Scope } from "../model/scope.ts";
import { count } from "../model/words.ts";
import { ConnectRest, mirrorOffsets, type ConnectOffset, type StatusReading } from "./connect.ts";
import { copiedBy } from "./mirror-copied.ts";
import { logOf } from "./offsets-topic/log.ts";
import { OffsetsReader, type UpTo } from "./offsets-topic/reader.ts";

const pace = { now: Date.now, pause: async (milliseconds: number) => void (await sleep(milliseconds)) };
/** One partition holds all of them: a key must never be in two. */
const partition = 0;

/**
 * The last offset of the target that was copied back, by `partitionName`; -1 where nothing was, and absent where it has no
 * position. Connect's own answer will not do: what it lacks on the source it fills in from the workers' topic, which is
 * ahead of what was committed. Rejects if the source gives no answer, or if the topic holds what Connect did not write.
 */
export async function reversePositions(
  { connector, alias, topics, kafka }: ReverseRef,
  upTo: UpTo,
  deadline = Date.now() + 2 * requestMilliseconds(kafka),
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, bigint>> {
  const found = await withOwnCluster(
    kafka,
    // Read from the beginning each time: it is compacted, and of one connector alone.
    (cluster) => new OffsetsReader([connector]).read(logOf(cluster, topics.offsets), { upTo, deadline, pace }),
    signal,
  );
  switch (found.kind) {
    case "read":
      return copiedBy(alias, mirrorOffsets(found.offsets.get(connector)!));
    case "absent":
      throw new Error(`topic ${topics.offsets}, in which the mirror back keeps its positions, is gone from the source`);
    case "denied":
      throw new Error(`the mirror's user is not allowed to read topic ${topics.offsets} on the source`);
    case "foreign":
      throw new Error(`topic ${topics.offsets} of the source holds ${found.what}`);
  }
}

/** What a gate needs to know of the mirror back. */
export interface ReturnedReading {
  /** Its connector's name and state. */
  readonly connector: readonly [name: string, status: StatusReading];
  /** As `reversePositions`; empty where there is no connector. */
  readonly copied: ReadonlyMap<string, bigint>;
}

/** State and positions of the mirror back. Rejects if Connect cannot be reached or refuses, or the source gives no answer. */
export async function readReturned(
  scope: Pick<Scope, "mirror">,
  deadline: number,
  signal: AbortSignal,
): Promise<ReturnedReading> {
  const reverse = reverseOf(scope);
  const { connect } = mirrorOf(scope);
  const { connector } = reverse;
  const status = await new ConnectRest(connect, patienceUntil(deadline)).statusReading(connector);
  const copied = status === null ? new Map() : await reversePositions(reverse, "stable", deadline, signal);
  return { connector: [connector, status], copied };
}

/** The key under which Connect keeps a position, byte by byte: MirrorMaker 2 writes the three words in this order. Pure. */
export const positionKey = (connector: string, { cluster, partition: number, topic }: Omit<ConnectOffset, "offset">) =>
  JSON.stringify([connector, { cluster, partition: number, topic }]);

/**
 * Writes positions while no connector runs, and reads them back. A negative one stands for none: the task begins at the
 * beginning, and finds its key where it looks first. Rejects with the partitions that are not as they were written.
 */
export async function seedPositions(
  reverse: ReverseRef,
  offsets: readonly Omit<ConnectOffset, "cluster">[],
): Promise<void> {
  const { connector, alias, topics, kafka } = reverse;
  const records = offsets.map(({ offset, ...at }) => ({
    key: positionKey(connector, { cluster: alias, ...at }),
    value: `{"offset":${offset}}`,
  }));
  for (let at = 0; at < records.length; at += recordsAtOnce)
    await writeRecords(kafka, { topic: topics.offsets, partition }, records.slice(at, at + recordsAtOnce));
  const read = await reversePositions(reverse, "end");
  const wrong = offsets.filter(
    ({ topic, partition: number, offset }) => read.get(partitionName(topic, number)) !== offset,
  );
  if (wrong.length > 0)
    throw new Error(
      `positions of the mirror back in ${count(wrong.length, "partition")}, ${partitionName(wrong[0]!.topic, wrong[0]!.partition)} among them, ` +
        `are not what was written to topic ${topics.offsets} of the source`,
    );
}

const recordsAtOnce = 500;
