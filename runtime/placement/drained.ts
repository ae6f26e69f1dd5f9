/** Ways of finding the offset on the target at which a group continues. */
import type { BothLogs } from "../brokers/kafka-port.ts";
import { byTopic, partitionName } from "../brokers/partitions.ts";
import type { Position } from "../brokers/positions.ts";
import { readsPartition } from "../model/group-reads.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import type { Scope } from "../model/scope.ts";
import type { Placed } from "./commit.ts";

/**
 * A group that has read the source up to the producers' entry continues at the target's end in that entry: everything
 * before it was read on the source, everything after it was written by the producers on the target. Covers every
 * partition that the group reads, those it never committed too, so that none falls to `auto.offset.reset`: there it
 * continues at that end as well, or where the config lets it begin.
 */
export function placeDrained(
  groups: Scope["groups"],
  producers: LedgerEntry,
  committed: ReadonlyMap<string, ReadonlyMap<string, Position>>,
  { source, target }: BothLogs,
): Placed[] {
  const ends = byTopic(producers.partitions);
  return groups.flatMap((group) =>
    group.topics
      .flatMap((topic) => ends.get(topic) ?? [])
      .filter(({ topic, partition }) => readsPartition(group, topic, partition))
      .map(({ topic, partition, sourceEnd, targetEnd }) => {
        const name = partitionName(topic, partition);
        const found = committed.get(group.name)?.get(name);
        const offset = found?.offset.toString() ?? null;
        const holds = (source.partitions.get(name)?.start ?? 0n) < BigInt(sourceEnd);
        const unread = offset === null && holds ? group.unread : undefined;
        const first = target.partitions.get(name)?.start.toString() ?? "0";
        return {
          group: group.name,
          topic,
          partition,
          committed: offset,
          placed: unread === "earliest" ? first : targetEnd,
          ...(unread && { unread }),
          ...(found?.metadata && { metadata: found.metadata }),
        };
      }),
  );
}
