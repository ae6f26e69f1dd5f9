/** Compares lists of records of both sides, and finds where a group continues in a compacted log. */
import type { LogRecord, Question, Sync } from "../model/placement.ts";

/** What makes two records the same; offsets differ between the sides. */
export type Identity = (record: LogRecord) => string;

export function identityOf({ timestamps }: Pick<Question, "timestamps">): Identity {
  return ({ timestamp, digest }) => (timestamps ? `${timestamp} ${digest}` : digest);
}

/** Index of the first record that differs in the first `length` of both lists, or -1. */
export function firstDifference(
  a: readonly LogRecord[],
  b: readonly LogRecord[],
  identity: Identity,
  length = Math.min(a.length, b.length),
): number {
  for (let index = 0; index < length; index++) {
    const [left, right] = [a[index], b[index]];
    if (left === undefined || right === undefined || identity(left) !== identity(right)) return index;
  }
  return -1;
}

/** Whether the record at `index` has no equal among the first `length` of the list. */
export function isUnique(list: readonly LogRecord[], index: number, identity: Identity, length = list.length): boolean {
  const wanted = list[index];
  if (wanted === undefined) return false;
  const key = identity(wanted);
  return (
    list.findIndex((record) => identity(record) === key) === index && !hasAfter(list, index, length, key, identity)
  );
}

function hasAfter(list: readonly LogRecord[], index: number, length: number, key: string, identity: Identity): boolean {
  for (let at = index + 1; at < length; at++) if (identity(list[at]!) === key) return true;
  return false;
}

/** Pairs of indexes of the records that occur once in each of the lists, by the first list's order. */
export function anchors(
  a: readonly LogRecord[],
  b: readonly LogRecord[],
  identity: Identity,
): { readonly a: number; readonly b: number }[] {
  const inB = indexes(b, identity);
  return [...indexes(a, identity)].flatMap(([key, at]) => {
    const there = inB.get(key);
    return at.length === 1 && there?.length === 1 ? [{ a: at[0]!, b: there[0]! }] : [];
  });
}

function indexes(list: readonly LogRecord[], identity: Identity): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const [index, record] of list.entries()) {
    const key = identity(record);
    const known = found.get(key);
    if (known === undefined) found.set(key, [index]);
    else known.push(index);
  }
  return found;
}

/**
 * Finds the position in `b` for a group that stopped in `a`. Both are copies of one compacted log, and each may lack
 * records that the other has. Returns `read`: the index in `b` just after the last read record; `unread`: the index of the
 * first unread one. Records in between cannot be classified. A record that occurs once on both sides marks the same
 * place in both, because compaction keeps the later of two records with one key. Null if such records are in
 * different orders, or if a sync contradicts that.
 */
export function settled(
  a: readonly LogRecord[],
  b: readonly LogRecord[],
  readInA: number,
  identity: Identity,
  syncs: readonly Sync[],
): { readonly read: number; readonly unread: number; readonly reached: boolean } | null {
  const fixed = anchors(a, b, identity);
  if (fixed.some((each, at) => at > 0 && each.b <= fixed[at - 1]!.b)) return null;
  const [left, right] = [fixed.map((each) => a[each.a]!), fixed.map((each) => b[each.b]!)];
  if (contradicted(left, right, syncs)) return null;
  const before = fixed.findLast((each) => each.a < readInA);
  const after = fixed.find((each) => each.a >= readInA);
  return {
    read: before === undefined ? 0 : before.b + 1,
    unread: after === undefined ? b.length : after.b,
    // A record next to the group is on both sides.
    reached: after?.a === readInA || before?.a === readInA - 1,
  };
}

/**
 * Whether a sync, even one whose records are gone, says that records of the own side (`mine`) are not those of the
 * other that stand at the same index of `theirs`.
 */
export function contradicted(
  mine: readonly LogRecord[],
  theirs: readonly LogRecord[],
  syncs: readonly Sync[],
): boolean {
  return syncs.some(({ own, other }) => {
    const at = firstAt(mine, own);
    const [before, record, copy] = [theirs[at - 1], mine[at], theirs[at]];
    if (before !== undefined && before.offset >= other) return true;
    if (record === undefined || copy === undefined) return false;
    return record.offset === own ? copy.offset !== other : copy.offset <= other;
  });
}

/** Whether a record occurs in the copies more often than in the originals, and more than once. */
export function duplicate(originals: readonly LogRecord[], copies: readonly LogRecord[], identity: Identity): boolean {
  const written = indexes(originals, identity);
  return [...indexes(copies, identity)].some(([key, at]) => at.length > Math.max(written.get(key)?.length ?? 0, 1));
}

/** Index of the first record at or after an offset. */
export function firstAt(records: readonly LogRecord[], offset: bigint): number {
  let [low, high] = [0, records.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (records[middle]!.offset < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
