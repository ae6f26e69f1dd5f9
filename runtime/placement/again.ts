/** How many records a group reads again if it continues before its exact place. Pure. */
import type { LogRecord } from "../model/placement.ts";
import type { Identity } from "./compare.ts";

/**
 * Records of the other side (`theirs`) that the group will read although it has already read them
 * on its own side up to `committed`, or reads for a second time because the copy holds them twice.
 * A record that its own side lacks counts if it comes before the first unread one: compaction removed it there.
 */
export function countAgain(
  mine: readonly LogRecord[],
  theirs: readonly LogRecord[],
  committed: bigint,
  identity: Identity,
): number {
  const read = new Set<string>();
  const unread = new Map<string, number>();
  for (const record of mine) {
    const key = identity(record);
    if (record.offset < committed) read.add(key);
    else unread.set(key, (unread.get(key) ?? 0) + 1);
  }
  let again = 0;
  let beyond = false;
  for (const record of theirs) {
    const key = identity(record);
    const left = unread.get(key);
    if (left !== undefined && left > 0) {
      unread.set(key, left - 1);
      beyond = true;
    } else if (read.has(key) || left !== undefined || !beyond) again += 1;
  }
  return again;
}
