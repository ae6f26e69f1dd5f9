/** What consumers that keep their positions themselves are given before they start. */
import { partitionName } from "../brokers/partitions.ts";
import { recordOf } from "../ledger/record.ts";
import { exportText, newest, type Held } from "../model/own-positions.ts";
import type { Scope } from "../model/scope.ts";
import type { SwitchEffects } from "./ports.ts";

/** Where a record is looked for that tells the time of a position: behind so many offsets without one there is none. */
const worthReading = 10_000n;

/**
 * Writes down the positions of the entry that held consumers wait for, each with the time of the first record there.
 * Does nothing where nobody is held. May be repeated.
 */
export async function exportPositions(
  effects: Pick<SwitchEffects, "kafka" | "publishPositions" | "log">,
  scope: Scope,
  held: readonly Held[],
): Promise<void> {
  if (held.length === 0) return;
  const { entry, side } = newest(held);
  const groups = new Set(held.flatMap(({ consumer }) => consumer.groups));
  const places = entry.groups.filter(({ group }) => groups.has(group));
  const { partitions } = await effects.kafka.logs(side);
  const ranges = places.map(({ topic, partition, placed }) => {
    const from = BigInt(placed);
    const stable = partitions.get(partitionName(topic, partition))?.stable ?? from;
    const to = stable < from + worthReading ? stable : from + worthReading;
    return { topic, partition, from, to: to > from ? to : from };
  });
  const there = ranges.filter(({ from, to }) => from < to);
  const counted = await effects.kafka.count(side, there, "read_committed");
  const times = new Map(there.map(({ topic, partition }, at) => [partitionName(topic, partition), counted[at]?.first]));
  const positions = places.map((place) => ({
    ...place,
    timestamp: times.get(partitionName(place.topic, place.partition))?.timestamp ?? null,
  }));
  await effects.publishPositions(exportText(entry, side, positions));
  effects.log(
    `${positions.length} positions of ${namesOf(held)} written down in ConfigMap ${recordOf(scope).configMap}`,
  );
}

const namesOf = (held: readonly Held[]): string => held.map(({ consumer }) => consumer.name).join(", ");
