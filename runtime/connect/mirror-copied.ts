/** What positions say of the mirror. Pure. */
import { partitionName } from "../brokers/partitions.ts";
import type { ConnectOffset } from "./connect.ts";

/** Last copied source offset by `partitionName`, of positions that may be of several connectors and aliases. */
export function copiedBy(sourceAlias: string, offsets: Iterable<ConnectOffset>): Map<string, bigint> {
  const copied = new Map<string, bigint>();
  for (const { cluster, topic, partition, offset } of offsets) {
    if (cluster !== sourceAlias) continue;
    const name = partitionName(topic, partition);
    const known = copied.get(name);
    if (known === undefined || known < offset) copied.set(name, offset);
  }
  return copied;
}
