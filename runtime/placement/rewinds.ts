/** Which offset syncs are about the current logs. */
import { followsMirror, type Direction, type Sync } from "../model/placement.ts";

/** One offset sync as MirrorMaker 2 wrote it. */
export interface WrittenSync {
  readonly source: bigint;
  readonly target: bigint;
}

/**
 * The syncs of one partition since its offsets last went back on either side: a topic was re-created, or the mirror
 * began again at an earlier record. What was written before that is about other records.
 */
export function sinceLastRewind(written: readonly WrittenSync[]): WrittenSync[] {
  let kept: WrittenSync[] = [];
  for (const sync of written) {
    const last = kept.at(-1);
    if (last === undefined) kept = [sync];
    else if (last.source === sync.source && last.target === sync.target) continue;
    else if (sync.source > last.source && sync.target > last.target) kept.push(sync);
    else kept = [sync];
  }
  return kept;
}

/** The same sync as a group sees it that goes in that direction. */
export const oriented = ({ source, target }: WrittenSync, direction: Direction): Sync =>
  followsMirror(direction) ? { own: source, other: target } : { own: target, other: source };
