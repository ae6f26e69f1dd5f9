/** Data flows against the end of the embedded stream. */
import type { Cluster } from "../brokers/connection.ts";
import { countRecords, type Counts, type Range } from "../brokers/log.ts";
import { partitionName } from "../brokers/partitions.ts";
import { logs, type Logs, type PartitionLog } from "../brokers/positions.ts";
import type { FlowConvention, PegaFlow } from "../model/pega.ts";

/** Records counted one by one; beyond this "at least" has to do. */
const countedRecords = 100_000;
/** Counting leaves this much of the time for the verdict. */
const reserveMilliseconds = 200;

export interface FlowsReading {
  readonly logs: Logs;
  /** Records behind each last ID by `rangeName`: an offset may be a marker. */
  readonly left: Counts;
}

/** One partition of a flow. */
export interface FlowPosition {
  readonly flow: string;
  readonly log: PartitionLog;
  /** Offset of the first record that the flow has not processed; null where no last ID is given. */
  readonly next: bigint | null;
}

export async function readFlows(
  cluster: Cluster,
  flows: readonly PegaFlow[],
  convention: FlowConvention,
  deadline: number,
): Promise<FlowsReading> {
  const found = await logs(cluster, [...new Set(flows.map(({ topic }) => topic))]);
  const ranges = positionsIn(flows, convention, found).flatMap((position) => behind(position) ?? []);
  const left = await countRecords(cluster, ranges, {
    isolation: "read_committed",
    records: countedRecords,
    deadline: deadline - reserveMilliseconds,
  });
  return { logs: found, left };
}

/** Where each flow stands in each partition that its topic has. Pure. */
export function positionsIn(flows: readonly PegaFlow[], convention: FlowConvention, found: Logs): FlowPosition[] {
  return flows.flatMap(({ name: flow, topic, lastIds }) =>
    [...found.partitions.values()]
      .filter((log) => log.topic === topic)
      .map((log) => {
        const last = lastIds[String(log.partition)];
        if (last === undefined) return { flow, log, next: null };
        if (!/^(-1|\d+)$/.test(last)) {
          throw new Error(
            `flow ${flow} has no last ID of ${partitionName(topic, log.partition)}: "${last}" is no offset`,
          );
        }
        return { flow, log, next: BigInt(last) + (convention === "next" ? 0n : 1n) };
      }),
  );
}

/** What has to be counted behind a position; null if it is at the end, past it, or before the log's beginning. Pure. */
export function behind({ log, next }: FlowPosition): Range | null {
  const from = next ?? log.start;
  const { topic, partition, start, end } = log;
  return from >= start && from < end ? { topic, partition, from, to: end } : null;
}
