/**
 * Where a group continues on the other side, decided from records alone: nothing is read twice, nothing is lost,
 * or it is refused. Pure. Records are asked for until there are enough to decide.
 */
import {
  followsMirror,
  type Decision,
  type LogBounds,
  type LogRecord,
  type Need,
  type Question,
  type Reads,
  type Sync,
  type Which,
} from "../model/placement.ts";
import {
  anchors,
  contradicted,
  duplicate,
  firstDifference,
  identityOf,
  isUnique,
  settled,
  type Identity,
} from "./compare.ts";
import { within } from "./mirror-offset.ts";
import * as say from "./sentences.ts";

/** Offsets asked for beyond the records that are wanted: markers lie between them. */
const spare = 1_000n;

type Step = Decision | Need;

/** The decision, or what must be read before it can be made. */
export function decide(asked: Question, reads: Reads): Step {
  const { committed, own, other } = asked;
  const question = {
    ...asked,
    syncs: asked.syncs.filter((sync) => within(sync, own, other)),
  };
  if (committed === null) return neverCommitted(question, reads);
  if (committed > own.end) return say.pastEnd(question, committed);
  if (committed < own.start) return say.removedUnread(question, committed);
  if (committed > own.stable) return say.openTransaction(question, committed);
  const { before, after, gone } = around(question, committed);
  if (gone !== undefined) return say.removedOnOther(question, `its offset ${gone.other} is that of ${gone.own} here`);
  const identity = identityOf(question);
  const walk: Walk = { question, committed, reads, identity };
  if (before !== undefined && after !== undefined) return between(walk, before, after);
  if (before !== undefined) return upToTheEnd(walk, before);
  if (after !== undefined) return backFrom(walk, after);
  return wholeLogs(walk);
}

interface Walk {
  readonly question: Question;
  readonly committed: bigint;
  readonly reads: Reads;
  readonly identity: Identity;
}

/** Whether a log still has all that the mirror had to do with. */
const isWhole = ({ start, first = 0n }: LogBounds): boolean => start === first;
const exact = (placed: bigint, how: string): Decision => ({ kind: "exact", placed, how });
const isNeed = (found: readonly LogRecord[] | Need): found is Need => "kind" in found;

function neverCommitted(question: Question, reads: Reads): Step {
  const { own, other } = question;
  if (own.end > own.stable) return say.openTransaction(question, own.end);
  const found = counted(reads, "own", own.start, own.stable);
  if ("kind" in found) return found;
  if (found.records === 0) return exact(other.start, "never committed, and there is nothing to read");
  if (question.unread === "earliest") return exact(other.start, "never committed: it begins at the beginning");
  return say.neverCommitted(question, found);
}

/**
 * The nearest places whose counterpart is known: `before` at or before the group, `after` past it. `gone` is a record
 * that the group has not read yet and that the other side has removed.
 */
function around(
  { own, other, syncs }: Question,
  committed: bigint,
): { before: Sync | undefined; after: Sync | undefined; gone: Sync | undefined } {
  const gone = syncs.find((sync) => sync.own >= committed && sync.other < other.start);
  const after = syncs.find((sync) => sync.own > committed && sync.own <= own.stable && sync.other <= other.stable);
  // Where the record itself is gone, what follows it still has the same place.
  const places = syncs.flatMap((sync) => [{ own: sync.own + 1n, other: sync.other + 1n }, sync]);
  const here = (place: Sync) => place.own <= committed && place.own >= own.start && place.other >= other.start;
  const newest = places.findLast(here);
  const sync = syncs.findLast(here);
  const before = sync !== undefined && newest !== undefined && sync.own + 1n >= newest.own ? sync : newest;
  return { before, after, gone };
}

/** Both ends are known: the records between them must be the same on both sides. */
function between(walk: Walk, before: Sync, after: Sync): Step {
  const mine = read(walk, "own", before.own, after.own);
  if (isNeed(mine)) return mine;
  const theirs = read(walk, "other", before.other, after.other);
  if (isNeed(theirs)) return theirs;
  const done = readOf(walk, mine);
  if (mine.length === theirs.length && firstDifference(mine, theirs, walk.identity) < 0) {
    const placed = done === 0 ? before.other : theirs[done - 1]!.offset + 1n;
    return exact(placed, say.walked(done, before, mine.length - done, after));
  }
  const ranges = { mine: [before.own, after.own], theirs: [before.other, after.other] } as const;
  return apart(walk, mine, theirs, { ...ranges, from: before.other, open: false });
}

/** No sync lies past the group: the copy's records up to its end must be the first ones of the original's. */
function upToTheEnd(walk: Walk, before: Sync): Step {
  const { question, committed, identity } = walk;
  const { own, other } = question;
  const copy = followsMirror(question.direction) ? "other" : "own";
  const starts = { own: before.own, other: before.other };
  const stables = { own: own.stable, other: other.stable };
  const copied = read(walk, copy, starts[copy], stables[copy]);
  if (isNeed(copied)) return copied;
  const original = copy === "own" ? "other" : "own";
  const least = original === "own" ? committed : starts.other;
  const written = ahead(walk, original, starts[original], stables[original], copied.length + 1, least);
  if (isNeed(written)) return written;
  const [mine, theirs] = copy === "other" ? [written, copied] : [copied, written];
  const done = readOf(walk, mine);
  if (copied.length > written.length || firstDifference(written, copied, identity, copied.length) >= 0) {
    const ranges = { mine: [before.own, own.stable], theirs: [before.other, other.stable] } as const;
    return apart(walk, mine, theirs, { ...ranges, from: before.other, open: true });
  }
  if (done > theirs.length) return say.behind(question, done - theirs.length);
  const placed = done === 0 ? before.other : theirs[done - 1]!.offset + 1n;
  // A duplicate moves the copy's end: its last record would then equal an earlier one.
  const sure =
    done === 0 ||
    written.length === copied.length ||
    (!question.compacted && isUnique(written, copied.length - 1, identity, copied.length));
  if (!sure) return say.uncertainEnd(question, copied.at(-1)!, copy);
  return exact(placed, say.walked(done, before, theirs.length - done, null));
}

/** Every sync before the group is gone: as many records before `after` on the other side as on the own one. */
function backFrom(walk: Walk, after: Sync): Step {
  const { question, committed, identity } = walk;
  const { own, other } = question;
  if (question.compacted) {
    const mine = read(walk, "own", own.start, after.own);
    if (isNeed(mine)) return mine;
    const theirs = read(walk, "other", other.start, after.other);
    if (isNeed(theirs)) return theirs;
    const ranges = { mine: [own.start, after.own], theirs: [other.start, after.other] } as const;
    return apart(walk, mine, theirs, { ...ranges, from: null, open: false });
  }
  const mine = read(walk, "own", committed, after.own);
  if (isNeed(mine)) return mine;
  const theirs = back(walk, "other", other.start, after.other, mine.length);
  if (isNeed(theirs)) return theirs;
  if (theirs.length < mine.length) {
    const missing = mine.length - theirs.length;
    return say.removedOnOther(question, `${missing} of the ${mine.length} records up to ${after.own} here are gone`);
  }
  const last = theirs.slice(theirs.length - mine.length);
  if (firstDifference(mine, last, identity) >= 0) {
    const first = last[0]?.offset ?? after.other;
    const ranges = { mine: [committed, after.own], theirs: [first, after.other] } as const;
    return apart(walk, mine, last, { ...ranges, from: null, open: false });
  }
  return exact(last[0]?.offset ?? after.other, say.walkedBack(mine.length, after));
}

/** No sync helps: all that is left on both sides is compared. */
function wholeLogs(walk: Walk): Step {
  const { question, committed, identity } = walk;
  const { own, other, direction } = question;
  const mine = read(walk, "own", own.start, own.stable);
  if (isNeed(mine)) return mine;
  const theirs = read(walk, "other", other.start, other.stable);
  if (isNeed(theirs)) return theirs;
  const done = readOf(walk, mine);
  if (mine.length === 0 || theirs.length === 0) return oneEmpty(walk, mine, theirs);
  const ranges = { mine: [own.start, own.stable], theirs: [other.start, other.stable] } as const;
  if (question.compacted) return apart(walk, mine, theirs, { ...ranges, from: null, open: true });
  // The last record of the copy shows how far the lists are shifted, if it is unique.
  const [written, copied] = followsMirror(direction) ? [mine, theirs] : [theirs, mine];
  const common = anchors(written, copied, identity);
  const last = common.at(-1);
  const fresh = isWhole(own) && isWhole(other);
  const original = followsMirror(direction) ? own : other;
  const shift = last !== undefined ? last.b - last.a : fresh && written.length === copied.length ? 0 : null;
  // A single record could equal one that retention has removed.
  if (shift === null || (!fresh && common.length < 2)) return say.noCommonRecord(question);
  const [from, to] = [Math.max(0, -shift), Math.min(written.length, copied.length - shift)];
  const parts = [written.slice(from, to), copied.slice(from + shift, to + shift)] as const;
  const [here, there] = followsMirror(direction) ? parts : [parts[1], parts[0]];
  if (contradicted(here, there, question.syncs)) return say.noCommonRecord(question);
  const equal = firstDifference(here, there, identity) < 0;
  const certain = last === undefined || last.b === copied.length - 1 || written.length + shift === copied.length;
  if (!equal || written.length + shift < copied.length || (isWhole(original) && shift > 0)) {
    return apart(walk, mine, theirs, { ...ranges, from: null, open: true });
  }
  const at = done + (followsMirror(direction) ? shift : -shift);
  if (at < 0) return say.removedOnOther(question, `${-at} records from ${committed} on are gone`);
  if (at > theirs.length) return say.behind(question, at - theirs.length);
  if (!certain && at > 0) return say.uncertainEnd(question, copied.at(-1)!, followsMirror(direction) ? "other" : "own");
  const placed = at === 0 ? other.start : theirs[at - 1]!.offset + 1n;
  return exact(placed, `no sync helps: all ${to - from} records that both sides hold are equal`);
}

function oneEmpty({ question, committed }: Walk, mine: readonly LogRecord[], theirs: readonly LogRecord[]): Decision {
  const { own, other, direction, syncs } = question;
  const done = mine.filter(({ offset }) => offset < committed).length;
  const forward = followsMirror(direction);
  if (mine.length === 0 && theirs.length === 0) return exact(other.start, "neither side holds a record");
  const newest = syncs.at(-1);
  if (mine.length === 0) {
    const last = theirs.at(-1)!.offset;
    if (newest !== undefined && newest.own < committed && newest.other >= last) {
      return exact(last + 1n, "all records were read; this side has removed them since");
    }
    // What its own side removed is before the group; what it never had is unknown.
    if (forward && !isWhole(own)) {
      return exact(last + 1n, "every remaining record was read before it was removed here");
    }
    if (!forward && isWhole(own)) return exact(other.start, "never mirrored");
    return say.foreignRecords(question, theirs);
  }
  const untouched = isWhole(other);
  if (done === 0 && untouched && forward) return exact(other.start, "nothing was mirrored yet, and nothing was read");
  if (untouched && forward) return say.behind(question, done);
  const mirrored = !forward || (newest !== undefined && newest.own >= mine.at(-1)!.offset);
  if (done === mine.length && mirrored) {
    return exact(other.stable, "all records were read; the other side has removed them since");
  }
  return say.removedOnOther(question, `it holds none of the ${mine.length} records here`);
}

interface Apart {
  readonly mine: readonly [bigint, bigint];
  readonly theirs: readonly [bigint, bigint];
  /** The other side's offset at which both lists begin, or null if they do not begin together. */
  readonly from: bigint | null;
  /** True if the lists need not end together. */
  readonly open: boolean;
}

/** The lists differ: compaction can explain that, and the remaining records can still determine where the group continues. */
function apart(walk: Walk, mine: readonly LogRecord[], theirs: readonly LogRecord[], ranges: Apart): Decision {
  const { question, identity } = walk;
  const differ = say.differ(question, mine, theirs, ranges, firstDifference(mine, theirs, identity));
  if (!question.compacted) return differ;
  const done = readOf(walk, mine);
  const found = settled(mine, theirs, done, identity, question.syncs);
  if (found === null || found.read > found.unread) return differ;
  const { read: at, unread, reached } = found;
  const twice = followsMirror(question.direction)
    ? duplicate(mine.slice(done), theirs.slice(unread), identity)
    : duplicate(theirs, mine, identity);
  if (twice) return differ;
  // Without a common beginning or end, a record next to the group must be on both sides.
  if ((ranges.open || ranges.from === null) && !reached) return differ;
  if (at < unread) return say.compactedAround(question, theirs[at]!, theirs[unread - 1]!);
  const placed = at > 0 ? theirs[at - 1]!.offset + 1n : (ranges.from ?? theirs[0]?.offset ?? ranges.theirs[1]);
  return exact(placed, "compaction removed records on one side, but those around the group determine its place");
}

const readOf = ({ committed }: Walk, mine: readonly LogRecord[]): number =>
  mine.filter(({ offset }) => offset < committed).length;

function read({ reads }: Walk, which: Which, from: bigint, to: bigint): readonly LogRecord[] | Need {
  if (from >= to) return [];
  return reads.records(which, from, to) ?? { kind: "need", what: "records", which, from, to };
}

function counted(reads: Reads, which: Which, from: bigint, to: bigint): { records: number; exact: boolean } | Need {
  if (from >= to) return { records: 0, exact: true };
  return reads.count(which, from, to) ?? { kind: "need", what: "count", which, from, to };
}

/** At least `count` records from `from` on and all up to `least`, or all up to `to`. */
function ahead(
  walk: Walk,
  which: Which,
  from: bigint,
  to: bigint,
  count: number,
  least: bigint,
): readonly LogRecord[] | Need {
  for (let span = 2n * BigInt(count) + spare; ; span *= 4n) {
    const wanted = from + span > least ? from + span : least;
    const end = wanted < to ? wanted : to;
    const found = read(walk, which, from, end);
    if (isNeed(found) || found.length >= count || end === to) return found;
  }
}

/** At least `count` records before `to`, or all from `from` on. */
function back(walk: Walk, which: Which, from: bigint, to: bigint, count: number): readonly LogRecord[] | Need {
  for (let span = 2n * BigInt(count) + spare; ; span *= 4n) {
    const start = to - span > from ? to - span : from;
    const found = read(walk, which, start, to);
    if (isNeed(found) || found.length >= count || start === from) return found;
  }
}
