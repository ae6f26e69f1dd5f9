/** The same move with MirrorMaker 2's own offsets, by real consumers of groups of their own beside the real ones. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Kafka } from "kafkajs";
import { processedOn, recordName } from "../lab/traffic/logged.ts";
import { verify } from "../lab/traffic/payload.ts";
import { consumers, type ConsumerWorkload } from "../lab/traffic/workloads.ts";
import { checkpointsTopic } from "../runtime/model/mirror-topics.ts";
import { forgetGroup, readCheckpoints, type Checkpoint } from "./checkpoints.ts";

/** What one group would have read again, in records. */
export interface GroupAsMirrorMaker {
  readonly group: string;
  /** From the offsets that MM2 has for it. */
  readonly redelivered: number;
  /** Partitions for which MM2 has none, where a consumer that begins at the earliest record reads everything again. */
  readonly without: readonly string[];
  /** Records read again in those. */
  readonly redeliveredWithout: number;
  /** What the product forecast for `redelivered` when it moved the group; null if it said nothing. */
  readonly forecast: number | null;
}

/** What MM2's own offsets did in the walk. */
export interface AsMirrorMaker {
  /** Records that a group had processed on the source and read again on the target, over all groups. */
  readonly redelivered: number;
  readonly groups: readonly GroupAsMirrorMaker[];
}

export interface AsMirrorMakerOptions {
  readonly target: Kafka;
  /** Directory of the traffic's logs. */
  readonly logDir: string;
  /** Forecasts by group. */
  readonly forecasts: ReadonlyMap<string, number>;
  readonly signal: AbortSignal;
}

/** Of the migration in Pulumi.dev.yaml. */
const checkpoints = checkpointsTopic("shop-source");
/** Reading what was read already may take so long. */
const readSeconds = 120;

/**
 * Begins a consumer of `<group>-as-mm2` for each of the lab's groups where MM2 would have begun it, and counts what it
 * reads although the real group had processed it on the source before it moved. The real groups must have moved.
 */
export async function asMirrorMaker(options: AsMirrorMakerOptions): Promise<AsMirrorMaker> {
  const { target, logDir, forecasts, signal } = options;
  const found = await readCheckpoints(target, checkpoints, signal);
  const groups: GroupAsMirrorMaker[] = [];
  for (const workload of consumers) {
    const processed = processedOn(logDir, workload.group, "source");
    const offsets = found.get(workload.group) ?? new Map<string, Checkpoint>();
    const again = await readAgain(target, workload, offsets, processed, signal);
    groups.push({ group: workload.group, ...again, forecast: forecasts.get(workload.group) ?? null });
  }
  const redelivered = groups.reduce((sum, group) => sum + group.redelivered + group.redeliveredWithout, 0);
  return { redelivered, groups };
}

async function readAgain(
  kafka: Kafka,
  { group, reads }: ConsumerWorkload,
  offsets: ReadonlyMap<string, Checkpoint>,
  processed: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Omit<GroupAsMirrorMaker, "group" | "forecast">> {
  const groupId = `${group}-as-mm2`;
  const ends = await begin(kafka, groupId, reads, offsets);
  const without = [...ends.keys()].filter((name) => !offsets.has(name)).sort();
  const waiting = new Set(
    [...ends].filter(([name, { low, high }]) => (offsets.get(name)?.offset ?? low) < high).map(([name]) => name),
  );
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: 200 });
  let redelivered = 0;
  let redeliveredWithout = 0;
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...reads], fromBeginning: true });
    await consumer.run({
      eachBatch: ({ batch: { topic, partition, messages } }) => {
        const name = `${topic}[${partition}]`;
        for (const message of messages) {
          const received = verify(message);
          const last = received.from === "traffic" ? received.seq : received.hash;
          if (processed.has(recordName(topic, received.key, last)))
            if (offsets.has(name)) redelivered += 1;
            else redeliveredWithout += 1;
          // Every topic that has records gets more: one of them shows that all before were read.
          if (BigInt(message.offset) >= ends.get(name)!.high) waiting.delete(name);
        }
        return Promise.resolve();
      },
    });
    const until = performance.now() + readSeconds * 1000;
    while (waiting.size > 0) {
      if (performance.now() > until)
        throw new Error(`${groupId} did not read ${[...waiting].join(", ")} to the end within ${readSeconds} s`);
      await sleep(200, undefined, { signal });
    }
    return { redelivered, without, redeliveredWithout };
  } finally {
    await consumer.disconnect();
    await forgetGroup(kafka, groupId);
  }
}

/** Commits what MM2 would have committed; returns the bounds of every partition. */
async function begin(
  kafka: Kafka,
  groupId: string,
  topics: readonly string[],
  offsets: ReadonlyMap<string, Checkpoint>,
): Promise<Map<string, { low: bigint; high: bigint }>> {
  const admin = kafka.admin();
  const bounds = new Map<string, { low: bigint; high: bigint }>();
  try {
    await admin.connect();
    for (const topic of topics) {
      for (const { partition, low, high } of await admin.fetchTopicOffsets(topic))
        bounds.set(`${topic}[${partition}]`, { low: BigInt(low), high: BigInt(high) });
      const partitions = [...offsets.values()]
        .filter((checkpoint) => checkpoint.topic === topic)
        .map(({ partition, offset }) => ({ partition, offset: offset.toString() }));
      if (partitions.length > 0) await admin.setOffsets({ groupId, topic, partitions });
    }
    return bounds;
  } finally {
    await admin.disconnect();
  }
}

/** The measurement as a table, one line per group. */
export function asMirrorMakerTable({ redelivered, groups }: AsMirrorMaker): string[] {
  const width = Math.max(5, ...groups.map(({ group }) => group.length));
  return [
    `MirrorMaker 2's own offsets, read by consumers of <group>-as-mm2 beside: ${redelivered.toLocaleString("en")} records again`,
    `${"group".padEnd(width)}  read again  forecast  without offset  read again there`,
    ...groups.map((group) => {
      const cells = [group.redelivered, group.forecast ?? "?", group.without.length, group.redeliveredWithout];
      const [again = "", forecast = "", without = "", there = ""] = cells.map((cell) => cell.toLocaleString("en"));
      return `${group.group.padEnd(width)}  ${again.padStart(10)}  ${forecast.padStart(8)}  ${without.padStart(14)}  ${there.padStart(16)}`;
    }),
  ];
}
