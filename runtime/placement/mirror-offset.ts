/** The offset that MirrorMaker 2 has for a group on the other side, and whether a group can safely continue there. Pure. */
import type { LogBounds, Question, Sync } from "../model/placement.ts";
import type { Checkpoint } from "./checkpoints.ts";
import { translation } from "./translation.ts";

/**
 * MirrorMaker 2's offset for the group: the translation of `committed`, or the last checkpoint if that is further.
 * MirrorMaker 2 never moves a checkpoint back unless the group went back on the source, and an older checkpoint can
 * be nearer, because it keeps fewer syncs the further back they are. `own` of the result is the matching offset on the
 * group's own side. A checkpoint counts only if one of the syncs in `current` has produced it: any other may be about other logs.
 * @param written All syncs in the order in which they were written.
 * @param current Those that are about the current logs.
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

/** The place that the checkpoint means, which MirrorMaker 2 took from a sync at or before it. */
function madeOf(syncs: readonly Sync[], { source, target }: Checkpoint): Sync | null {
  for (const { own, other } of syncs) {
    if (own === source && other === target) return { own, other };
    if (own < source && other + 1n === target) return { own: own + 1n, other: target };
  }
  return null;
}

/**
 * Whether a group that continues at MirrorMaker 2's offset `place` skips nothing: a sync of the current logs has
 * produced it, the group's position is in that log, and the other side still has what follows.
 */
export function skipsNothing({ committed, own, other, syncs }: Question, place: Sync): boolean {
  if (committed === null || committed > own.end || place.own > committed || place.other < other.start) return false;
  return syncs.some((sync) => {
    const beyond = place.own - sync.own;
    return within(sync, own, other) && (beyond === 0n || beyond === 1n) && place.other - sync.other === beyond;
  });
}

/** False for a sync past the end, which is about a topic that was re-created since. */
export const within = (sync: Sync, own: LogBounds, other: LogBounds): boolean =>
  sync.own < own.end && sync.other < other.end;
