/** Sets groups' offsets without joining them, and verifies them. */
import type { KafkaPort, Witness } from "../brokers/kafka-port.ts";
import { partitionName, type Position } from "../brokers/partitions.ts";
import type { LedgerPlacement } from "../model/ledger.ts";
import { Refused } from "../model/refused.ts";
import type { SideName } from "../model/sides.ts";
import { some } from "../model/words.ts";

type Committed = ReadonlyMap<string, ReadonlyMap<string, Position>>;

/**
 * Commits what is placed, of all groups together, and reads it back, by our own client and by a second one. Rejects if
 * an offset is another one afterwards for either.
 */
export async function commitAndReadBack(
  effects: { readonly kafka: KafkaPort; readonly witness: Witness },
  side: SideName,
  placements: readonly LedgerPlacement[],
): Promise<void> {
  const offsets = placements.map(({ group, topic, partition, placed }) => ({
    ...{ group, topic, partition },
    offset: BigInt(placed),
  }));
  await effects.kafka.commit(
    side,
    Map.groupBy(offsets, ({ group }) => group),
  );
  const [found, seen] = await Promise.all([effects.kafka.committed(side), effects.witness.committed(side, placements)]);
  const wrong = placements.flatMap(({ group, topic, partition, placed }) => {
    const name = partitionName(topic, partition);
    const at = found.get(group)?.get(name)?.offset;
    return at === BigInt(placed) ? [] : [`group ${group} at ${name} ${at ?? "nothing"} instead of ${placed}`];
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
export function withBefore(placements: readonly LedgerPlacement[], before: Committed): LedgerPlacement[] {
  return placements.map((placement) => {
    const offset = before.get(placement.group)?.get(partitionName(placement.topic, placement.partition))?.offset;
    return offset === undefined ? placement : { ...placement, before: offset.toString() };
  });
}
