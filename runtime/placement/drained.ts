/** Ways of finding the offset on the target at which a group continues. */
import { partitionName } from "../brokers/partitions.ts";
import type { Position } from "../brokers/positions.ts";
import type { LedgerEntry, LedgerPlacement } from "../model/ledger.ts";
import type { Scope } from "../model/scope.ts";

/**
 * A group that has read the source up to the producers' entry continues at the target's end in that entry: everything
 * before it was read on the source, everything after it was written by the producers on the target. Covers every
 * partition of the group's topics, those it never committed too, so that none falls to `auto.offset.reset`.
 */
export function placeDrained(
  groups: Scope["groups"],
  producers: LedgerEntry,
  committed: ReadonlyMap<string, ReadonlyMap<string, Position>>,
): LedgerPlacement[] {
  return groups.flatMap(({ name: group, topics }) =>
    producers.partitions
      .filter(({ topic }) => topics.includes(topic))
      .map(({ topic, partition, targetEnd }) => ({
        group,
        topic,
        partition,
        committed: committed.get(group)?.get(partitionName(topic, partition))?.offset.toString() ?? null,
        placed: targetEnd,
      })),
  );
}
