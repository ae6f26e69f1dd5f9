/** Data flows against the end of the embedded stream. */
import type { Cluster } from "../brokers/connection.ts";
import { countRecords } from "../brokers/log.ts";
import { logs, type Logs } from "../brokers/positions.ts";
import type { Counts } from "../brokers/ranges.ts";
import type { FlowConvention, PegaFlow } from "../model/pega.ts";
import { behind, positionsIn } from "./flow-positions.ts";

/** Records counted one by one; beyond this "at least" has to do. */
const countedRecords = 100_000;
/** Counting leaves this much of the time for the verdict. */
const reserveMilliseconds = 200;

export interface FlowsReading {
  readonly logs: Logs;
  /** Records behind each last ID by `rangeName`: an offset may be a marker. */
  readonly left: Counts;
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
