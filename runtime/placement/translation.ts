/** What MirrorMaker 2 itself translates a committed offset to: its OffsetSyncStore, the same in 3.9 and 4.2. */
import type { Sync } from "../model/placement.ts";

/** One slot for each bit of an offset; slot i is about 2^i records behind the newest. */
const slots = 64;

/**
 * The offset on the other side that MirrorMaker 2 commits for `committed`, after it has read `syncs` from the
 * beginning: that of the newest sync it kept at or before it, one more if the group is beyond that sync. Null if the
 * group is before the oldest one it kept, or if there is none: then MirrorMaker 2 commits nothing.
 */
export const translate = (syncs: readonly Sync[], committed: bigint): bigint | null =>
  translation(syncs, committed)?.other ?? null;

/** The same, with the offset on the own side that it stands for: what lies between it and `committed` is read again. */
export function translation(syncs: readonly Sync[], committed: bigint): Sync | null {
  const found = keptSyncs(syncs).find(({ own }) => own <= committed);
  if (found === undefined || found.own === committed) return found ?? null;
  return { own: found.own + 1n, other: found.other + 1n };
}

/** The syncs in MirrorMaker 2's memory, newest first; a slot may repeat the one before. */
export function keptSyncs(syncs: readonly Sync[]): readonly Sync[] {
  let kept: Sync[] = [];
  for (const sync of syncs) {
    const newest = kept[0];
    if (newest === undefined || sync.own < newest.own) kept = new Array<Sync>(slots).fill(sync);
    else kept = updated(kept, sync);
  }
  return kept;
}

/** `older` is not too far behind `newer` for its slot. */
const recent = (newer: Sync, older: Sync, i: number, j: number): boolean =>
  newer === older || newer.own <= older.own + (1n << BigInt(j)) - (1n << BigInt(i));

/** `older` is far enough behind `newer` to be worth a slot. */
const separated = (newer: Sync, older: Sync, i: number): boolean =>
  newer === older || newer.own >= older.own + (1n << BigInt(Math.max(i - 2, 0)));

function updated(original: readonly Sync[], sync: Sync): Sync[] {
  const kept = [...original];
  let replacement = sync;
  let next = 0;
  kept[0] = sync;
  for (let current = 1; current < slots; current++) {
    const previous = current - 1;
    const before = kept[previous]!;
    let skip: boolean;
    do {
      const old = original[next]!;
      const apart = separated(before, old, previous);
      const apartFromNext = current + 1 >= slots || separated(old, kept[current + 1]!, current);
      const same = next + 1 < slots && old === original[next + 1];
      const promote = recent(before, old, previous, current) && apart && apartFromNext;
      if (promote) replacement = old;
      skip = same || !apart;
      if (promote || skip) next++;
    } while (next < current && skip);
    if (recent(before, kept[current]!, previous, current)) break;
    kept[current] = replacement;
  }
  return kept;
}
