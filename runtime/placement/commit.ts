/** Sets groups' offsets without joining them, and verifies them. */
import type { KafkaPort } from "../brokers/kafka-port.ts";
import { partitionName, type Position } from "../brokers/partitions.ts";
import type { LedgerPlacement } from "../model/ledger.ts";
import type { SideName } from "../model/sides.ts";
import { some } from "../model/words.ts";

type Committed = ReadonlyMap<string, ReadonlyMap<string, Position>>;

/** Commits what is placed and reads it back. Rejects if an offset is another one afterwards. */
export async function commitAndReadBack(
  effects: { readonly kafka: KafkaPort },
  side: SideName,
  placements: readonly LedgerPlacement[],
): Promise<void> {
  for (const [group, placed] of Map.groupBy(placements, (each) => each.group)) {
    const positions = placed.map(({ topic, partition, placed: offset }) => ({
      topic,
      partition,
      offset: BigInt(offset),
    }));
    await effects.kafka.commit(side, group, positions);
  }
  const found = await effects.kafka.committed(side);
  const wrong = placements.flatMap(({ group, topic, partition, placed }) => {
    const name = partitionName(topic, partition);
    const at = found.get(group)?.get(name)?.offset;
    return at === BigInt(placed) ? [] : [`group ${group} at ${name} ${at ?? "nothing"} instead of ${placed}`];
  });
  if (wrong.length > 0) throw new Error(`offsets read back from the ${side} differ: ${some(wrong, "offsets")}`);
}

/** Placements with the groups' former offsets on the target, so that a way back can restore them. */
export function withBefore(placements: readonly LedgerPlacement[], before: Committed): LedgerPlacement[] {
  return placements.map((placement) => {
    const offset = before.get(placement.group)?.get(partitionName(placement.topic, placement.partition))?.offset;
    return offset === undefined ? placement : { ...placement, before: offset.toString() };
  });
}
