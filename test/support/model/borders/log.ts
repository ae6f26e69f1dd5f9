import type { Cluster } from "../../../../runtime/brokers/connection.ts";
import { rangeName, type Counts, type Range } from "../../../../runtime/brokers/ranges.ts";
import { world } from "../current.ts";
import type { KnownCluster } from "./connection.ts";

export * from "../../../../runtime/brokers/log.ts";

export async function countRecords(cluster: Cluster, ranges: readonly Range[]): Promise<Counts> {
  const { side } = cluster as unknown as KnownCluster;
  world().asks(side);
  return {
    counts: new Map(ranges.map((range) => [rangeName(range), world().count(side, range)])),
    problems: new Map(),
  };
}
