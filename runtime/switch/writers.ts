/** Who has written to partitions that nobody should write to: what the records say, and what the brokers know of it. */
import { partitionName } from "../brokers/partitions.ts";
import { producersOf, producerTitle } from "../brokers/ranges.ts";
import type { SideName } from "../model/sides.ts";
import type { Grown } from "./ends-since-ledger.ts";
import type { SwitchEffects } from "./ports.ts";

/** Records that are read to tell who wrote them. */
const worthReading = 10_000;
/** Partitions of which a sentence says who wrote there. */
const named = 4;

/**
 * Who wrote the first and the last record of the first partitions, by `partitionName`, as the end of a sentence: ` by
 * producer id 7 epoch 0 (transactional id pay)`. Empty where the records could not be read: the sentence goes without.
 */
export async function writersOf(
  { kafka }: Pick<SwitchEffects, "kafka">,
  side: SideName,
  grown: readonly Grown[],
): Promise<ReadonlyMap<string, string>> {
  const ranges = grown.slice(0, named);
  const counted = await kafka.count(side, ranges, "read_uncommitted", worthReading).catch(() => []);
  const heads = counted.map(({ first, last }) => (first === null || last === null ? [] : [first, last]));
  const ids = producersOf(counted);
  const names =
    ids.length === 0
      ? new Map<bigint, string>()
      : await kafka.transactionalIds(side, ids).catch(() => new Map<bigint, string>());
  return new Map(
    heads.map((both, at) => {
      const { topic, partition } = ranges[at]!;
      const who = [...new Set(both.map(({ producer }) => producerTitle(producer, names)))];
      return [partitionName(topic, partition), who.length === 0 ? "" : ` by ${who.join(" and ")}`];
    }),
  );
}
