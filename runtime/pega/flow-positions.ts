/** Where data flows stand in the embedded stream, by their last IDs. */
import type { Logs, PartitionLog } from "../brokers/positions.ts";
import { partitionName } from "../brokers/partitions.ts";
import type { Range } from "../brokers/ranges.ts";
import type { FlowConvention, PegaFlow } from "../model/pega.ts";

/** One partition of a flow. */
export interface FlowPosition {
  readonly flow: string;
  readonly log: PartitionLog;
  /** Offset of the first record that the flow has not processed; null where no last ID is given. */
  readonly next: bigint | null;
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
