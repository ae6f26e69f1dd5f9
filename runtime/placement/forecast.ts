/** What MirrorMaker 2's own offsets would make groups read again. */
import { partitionName } from "../brokers/partitions.ts";
import type { Range } from "../brokers/ranges.ts";
import type { Decision, Placement, Question, Sync, Which } from "../model/placement.ts";
import { countAgain } from "./again.ts";
import { placeName, type Checkpoint } from "./checkpoints.ts";
import { identityOf } from "./compare.ts";
import { mirrorOffset, skipsNothing, within } from "./mirror-offset.ts";
import type { RecordCache } from "./records.ts";
import { oriented, type WrittenSync } from "./rewinds.ts";

/** What has been read and counted of each side. */
export type Caches = Readonly<Record<Which, Pick<RecordCache, "read" | "records" | "countAll" | "count">>>;

/** What MM2 has recorded. */
export interface MirrorNotes {
  /** By `partitionName`. */
  readonly syncs: ReadonlyMap<string, readonly WrittenSync[]>;
  /** By `placeName`; none on the way back, for which MM2 writes none. */
  readonly checkpoints: ReadonlyMap<string, Checkpoint>;
}

/**
 * Adds to each decision where MirrorMaker 2 has the group, and how many records would then be read again. Where a place
 * is refused, MM2's offset is left out if records could be skipped there.
 */
export async function forecast(
  questions: readonly Question[],
  decisions: readonly Decision[],
  notes: MirrorNotes,
  caches: Caches,
): Promise<Map<Question, Placement>> {
  const all = questions.map((question, index) => {
    const decision = decisions[index]!;
    const found = mirrorPlace(question, notes);
    const place = found !== null && decision.kind === "refused" && !skipsNothing(question, found) ? null : found;
    const ranges = place === null ? null : rangesAgain(question, decision, place);
    return { question, decision, place, ranges };
  });
  for (const which of ["own", "other"] as const) {
    await caches[which].read(all.flatMap(({ ranges }) => ranges?.compared?.[which] ?? []));
  }
  const counted = all.map((each) => ({ ...each, again: compared(each.question, each.ranges?.compared, caches) }));
  for (const which of ["own", "other"] as const) {
    const wanted = counted.filter(({ again, ranges }) => again === null && ranges?.which === which);
    await caches[which].countAll(wanted.map(({ ranges }) => ranges!.range));
  }
  const placed = counted.map(({ question, decision, place, ranges, again }) => {
    const { group, topic, partition, committed } = question;
    const count = ranges === null ? null : caches[ranges.which].count(ranges.range);
    const repeats = again ?? (count?.exact === true ? count.records : null);
    const translated = place?.other ?? null;
    return [question, { group, topic, partition, committed, ...decision, translated, repeats }] as const;
  });
  return new Map(placed);
}

function mirrorPlace({ group, topic, partition, committed, unread, direction, syncs }: Question, notes: MirrorNotes) {
  // MM2 translates what a group has committed.
  if (committed === null || unread !== undefined) return null;
  const written = (notes.syncs.get(partitionName(topic, partition)) ?? []).map((sync) => oriented(sync, direction));
  return mirrorOffset(written, syncs, committed, notes.checkpoints.get(placeName(group, topic, partition)));
}

/** Where to look for what is read again. */
interface Again {
  readonly which: Which;
  /** Every record of it is read again, but for duplicates in the mirror. */
  readonly range: Range;
  /** Ranges of both sides between two places that are certain, which hold the duplicates around the group too. */
  readonly compared: Readonly<Record<Which, Range>> | null;
}

function rangesAgain(question: Question, decision: Decision, place: Sync): Again {
  const { topic, partition, own, other, syncs } = question;
  const committed = question.committed!;
  const range = (from: bigint, to: bigint): Range => ({ topic, partition, from, to: to > from ? to : from });
  // If the exact place is known, only what is before it on the other side matters.
  if (decision.kind === "exact") return { which: "other", range: range(place.other, decision.placed), compared: null };
  const from = place.own > own.start ? place.own : own.start;
  const counted = { which: "own", range: range(from, committed) } as const;
  if (decision.kind === "behind") return { ...counted, compared: null };
  const after = syncs.find(
    (sync) => sync.own > committed && sync.own <= own.stable && sync.other <= other.stable && within(sync, own, other),
  );
  const compared = {
    own: range(from, after?.own ?? own.stable),
    other: range(place.other, after?.other ?? other.stable),
  };
  return { ...counted, compared };
}

/** Null if the ranges hold more than may be held. */
function compared(question: Question, ranges: Again["compared"] | undefined, caches: Caches): number | null {
  if (!ranges) return null;
  const records = (which: Which) =>
    ranges[which].from === ranges[which].to ? [] : caches[which].records(ranges[which]);
  const [mine, theirs] = [records("own"), records("other")];
  return mine && theirs && countAgain(mine, theirs, question.committed!, identityOf(question));
}
