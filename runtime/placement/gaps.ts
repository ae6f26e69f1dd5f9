/** Offsets that the source has removed and that nobody misses: no record of theirs was left to copy. Pure. */
import { partitionName } from "../brokers/partitions.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import type { MirrorRef } from "../model/scope.ts";
import type { SideName } from "../model/sides.ts";
import { count } from "../model/words.ts";

/** Offsets of a side that the config says nobody misses: all before these, by `partitionName`. */
export const acceptedGaps = (
  mirror: Pick<MirrorRef, "gaps"> | null,
  of: SideName = "source",
): ReadonlyMap<string, bigint> =>
  new Map(
    (mirror?.gaps ?? []).flatMap(({ topic, partition, to, side = "source" }) =>
      side === of ? [[partitionName(topic, partition), BigInt(to)] as const] : [],
    ),
  );

/** Whether a log may begin behind its mirror, because its only reader deletes what it has read and nothing else. */
export const isPurged = ({ purged = [] }: Pick<MirrorRef, "purged">, topic: string): boolean => purged.includes(topic);

/**
 * Offsets before which nothing was left to copy, by `partitionName`. What is removed cannot be counted any more, so it
 * is known from two sources only: a switch that closed the topic has counted it while it was there, or the config says so.
 */
export function nothingLeftBefore(
  mirror: MirrorRef,
  entries: readonly LedgerEntry[],
  sourceClusterId: string,
): ReadonlyMap<string, bigint> {
  const known = new Map(acceptedGaps(mirror));
  // A void entry counted as well: what came later made it void.
  for (const entry of entries) {
    if (entry.sourceClusterId !== sourceClusterId) continue;
    for (const { topic, partition, sourceEnd } of entry.partitions) {
      const name = partitionName(topic, partition);
      if (BigInt(sourceEnd) > (known.get(name) ?? 0n)) known.set(name, BigInt(sourceEnd));
    }
  }
  return known;
}

/** A log that begins behind the mirror, as a sentence. */
export const overtaken = (name: string, next: bigint, start: bigint): string =>
  `retention overtook the mirror in ${name}: it is at offset ${next} and the log begins at ${start}; whether the ` +
  `${count(start - next, "offset")} between held records cannot be counted any more`;

/** What to do about it; ends before `run pulumi up again`. */
export const gapRemedy = (side: SideName = "source"): string =>
  "find out what they were: markers and aborted records are nothing, records have to be copied by hand or be needless; " +
  `then name the partition under gaps (topic, partition, ${side === "source" ? "" : `side: ${side}, `}to: the offset at which ` +
  "the log begins, reason)";
