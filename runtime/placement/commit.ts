/** Sets groups' offsets without joining them, and verifies them. */
import type { KafkaPort, Witness } from "../brokers/kafka-port.ts";
import { partitionName, type Position } from "../brokers/partitions.ts";
import type { LedgerPlacement } from "../model/ledger.ts";
import { Refused } from "../model/refused.ts";
import type { SideName } from "../model/sides.ts";
import { some } from "../model/words.ts";

/** Where a group goes on, with what its client keeps beside the offset: no part of the ledger, the group has it. */
export interface Placed extends LedgerPlacement {
  /** @default nothing */
  readonly metadata?: string;
}

type Committed = ReadonlyMap<string, ReadonlyMap<string, Position>>;

/**
 * Commits what is placed, of all groups together, and reads it back, by our own client and by a second one. Rejects if
 * an offset is another one afterwards for either, or has not got the metadata that the group kept beside it.
 */
export async function commitAndReadBack(
  effects: { readonly kafka: KafkaPort; readonly witness: Witness },
  side: SideName,
  placements: readonly Placed[],
): Promise<void> {
  const offsets = placements.map(({ group, topic, partition, placed, metadata }) => ({
    group,
    topic,
    partition,
    offset: BigInt(placed),
    ...(metadata !== undefined && { metadata }),
  }));
  await effects.kafka.commit(
    side,
    Map.groupBy(offsets, ({ group }) => group),
  );
  const [found, seen] = await Promise.all([effects.kafka.committed(side), effects.witness.committed(side, placements)]);
  const wrong = placements.flatMap(({ group, topic, partition, placed, metadata = "" }) => {
    const name = partitionName(topic, partition);
    const at = found.get(group)?.get(name);
    if (at?.offset !== BigInt(placed)) {
      return [`group ${group} at ${name} ${at?.offset ?? "nothing"} instead of ${placed}`];
    }
    return (at.metadata ?? "") === metadata
      ? []
      : [`group ${group} at ${name} without what its client keeps beside it`];
  });
  if (wrong.length > 0)
    throw new Refused("offsets-not-kept", `offsets read back from the ${side} differ: ${some(wrong, "offsets")}`);
  const contradicted = placements.flatMap(({ group, topic, partition, placed }) => {
    const name = partitionName(topic, partition);
    const at = seen.get(group)?.get(name);
    return at === BigInt(placed)
      ? []
      : [`group ${group} at ${name} ${placed} by @platformatic/kafka, ${at ?? "nothing"} by kafkajs`];
  });
  if (contradicted.length === 0) return;
  throw new Refused(
    "offsets-differ",
    `two clients read different offsets back from the ${side}: ${some(contradicted, "offsets")}. Compare them with ` +
      `kafka-consumer-groups.sh --describe, find out which is wrong, then run pulumi up again`,
  );
}

/** Placements with the groups' former offsets on the target, so that a way back can restore them. */
export function withBefore(placements: readonly Placed[], before: Committed): Placed[] {
  return placements.map((placement) => {
    const offset = before.get(placement.group)?.get(partitionName(placement.topic, placement.partition))?.offset;
    return offset === undefined ? placement : { ...placement, before: offset.toString() };
  });
}
