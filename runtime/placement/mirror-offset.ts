/** The offset that MirrorMaker 2 has for a group on the other side, and whether a group may go on there. Pure. */
import type { LogBounds, Question, Sync } from "../model/placement.ts";
import type { Checkpoint } from "./checkpoints.ts";
import { translation } from "./translation.ts";

/**
 * Where MirrorMaker 2 has the group: the translation of `committed`, or the last checkpoint where that is further. It
 * never moves a checkpoint back unless the group went back on the source, and an older checkpoint may be nearer,
 * because MirrorMaker 2 forgets syncs the further they lie behind. `own` of the result is what it stands for on the own
 * side. A checkpoint counts only if one of the syncs in `current` has made it: any other may speak of other logs.
 * @param written All syncs in the order in which they were written.
 * @param current Those that speak of the logs as they are.
 */
export function mirrorOffset(
  written: readonly Sync[],
  current: readonly Sync[],
  committed: bigint,
  checkpoint: Checkpoint | undefined,
): Sync | null {
  const translated = translation(written, committed);
  const kept = checkpoint === undefined || checkpoint.source > committed ? null : madeOf(current, checkpoint);
  return kept !== null && (translated === null || kept.other > translated.other) ? kept : translated;
}

/** The place that the checkpoint stands for, which MirrorMaker 2 took from a sync at or before it. */
function madeOf(syncs: readonly Sync[], { source, target }: Checkpoint): Sync | null {
  for (const { own, other } of syncs) {
    if (own === source && other === target) return { own, other };
    if (own < source && other + 1n === target) return { own: own + 1n, other: target };
  }
  return null;
}

/**
 * Whether a group that goes on at `place`, an offset of MirrorMaker 2's, leaves out nothing: a sync of the logs as
 * they are has made it, the group stands in that log, and the other side still has what follows.
 */
export function skipsNothing({ committed, own, other, syncs }: Question, place: Sync): boolean {
  if (committed === null || committed > own.end || place.own > committed || place.other < other.start) return false;
  return syncs.some((sync) => {
    const beyond = place.own - sync.own;
    return within(sync, own, other) && (beyond === 0n || beyond === 1n) && place.other - sync.other === beyond;
  });
}

/** False of a sync past the end, which speaks of a topic that was re-created since. */
export const within = (sync: Sync, own: LogBounds, other: LogBounds): boolean =>
  sync.own < own.end && sync.other < other.end;
