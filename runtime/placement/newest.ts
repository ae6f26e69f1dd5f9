/** Compares the newest records of one partition with their copies, aligned by what the mirror says that it has copied. Pure. */
import type { RecordHead } from "../brokers/ranges.ts";
import type { LogRecord } from "../model/placement.ts";
import type { SideName } from "../model/sides.ts";
import { anchors, firstDifference, identityOf, type Identity } from "./compare.ts";

/** One of the newest records of a log, without its content. */
export interface NewestRecord extends LogRecord {
  /** Hash of the key; null without one. */
  readonly key: string | null;
  /** Whether it has no value: compaction removes it some time after what it deletes. */
  readonly deletes: boolean;
  /** Whether the broker set its timestamp when it wrote it. */
  readonly appended: boolean;
  /** Who wrote it, if the producer is idempotent. @default not known */
  readonly producer?: RecordHead["producer"];
}

/** The end of a log, as far as it was read. */
export interface Window {
  /** In the order of the log. */
  readonly records: readonly NewestRecord[];
  /** Whether nothing older is left to read of what the comparison is about. */
  readonly whole: boolean;
  /** Whether the log has lost something older of it: to retention, or because somebody deleted records. */
  readonly trimmed: boolean;
}

/** Between which originals the last one lies that has a copy: the mirror had copied `least` before the copies were read, `most` after. */
export interface LastCopied {
  readonly least: bigint;
  readonly most: bigint;
}

export interface NewestQuestion {
  readonly originals: Window;
  readonly copies: Window;
  readonly last: LastCopied;
  /** Records that are compared at most. */
  readonly records: number;
  /** Whether either log is compacted. */
  readonly compacted: boolean;
  /** Whether the mirror may have copied a record more than once. */
  readonly repeats: boolean;
  /** Whether others write where the copies are while the mirror copies: their records lie between the copies. */
  readonly shared: boolean;
  /** Whether the copies' window reaches the end of their log, so that nothing newer can have removed one of them. */
  readonly toTheEnd: boolean;
}

/** What differs, by the offsets on both sides. */
export interface NewestDifference {
  /** `missing` has no copy, `foreign` is the copy of nothing, `content` is another record than its original. */
  readonly kind: "missing" | "foreign" | "content";
  readonly original: bigint | null;
  readonly copy: bigint | null;
  /** Of `foreign`: who wrote the record, if the producer is idempotent. */
  readonly producer?: RecordHead["producer"];
  /** Of `content`: what of the record. */
  readonly part?: "key" | "value or headers" | "timestamp" | "order";
}

export type NewestAnswer =
  | { readonly kind: "equal"; readonly records: number }
  /** Neither side holds anything that could be compared. */
  | { readonly kind: "empty" }
  /** What could be compared is gone from one side: to retention, or to compaction. */
  | { readonly kind: "gone" }
  | { readonly kind: "differ"; readonly difference: NewestDifference };

/** So many times the compared records tell a record that is missing or too many from another one. */
const nearby = 3;

const differ = (kind: NewestDifference["kind"], original?: NewestRecord, copy?: NewestRecord): NewestAnswer => ({
  kind: "differ",
  difference: {
    kind,
    original: original?.offset ?? null,
    copy: copy?.offset ?? null,
    ...(kind === "foreign" && copy?.producer && { producer: copy.producer }),
  },
});

/** Whether the newest copies are those of the newest originals that were copied, one by one and in their order. */
export function compareNewest(question: NewestQuestion): NewestAnswer {
  const { originals, copies, last, records, compacted, repeats, shared } = question;
  if (shared) return compareShared(question);
  const newest = copies.records.slice(-records);
  const until = originals.records.filter(({ offset }) => offset <= last.most);
  const due = until.filter(({ offset }) => offset <= last.least);
  if (newest.length === 0) return withoutCopies(question, due);
  if (until.length === 0) return originals.trimmed ? { kind: "gone" } : differ("foreign", undefined, newest.at(-1));
  const identity = identityFor(until, newest);
  // Those up to which everything may have been copied when the copies were read.
  const lasts = [...until.keys()].filter((at) => at >= due.length - 1);
  let best: { readonly answer: NewestAnswer; readonly alike: number } | null = null;
  for (const at of lasts) {
    const found = alignedAt(question, until.slice(Math.max(0, at + 1 - nearby * records), at + 1), newest, identity);
    if (found.answer.kind !== "differ") return found.answer;
    if (best === null || found.alike > best.alike) best = found;
  }
  if (compacted) return compareCompacted(question, identityFor(originals.records, copies.records));
  if (repeats) return compareRepeated(question, until, newest, identity) ?? best!.answer;
  return best!.answer;
}

/**
 * The same where so many originals may have been copied meanwhile that they cannot be held at once: they are taken one after
 * the other, in the order of their log, until the end of the copies is found among them.
 */
export class NewestSearch {
  readonly #question: Omit<NewestQuestion, "originals">;
  readonly #newest: readonly NewestRecord[];
  readonly #most: number;
  readonly #trimmed: boolean;
  /** The last originals, as many as are compared, and then some. */
  #held: NewestRecord[] = [];
  #whole: boolean;
  #due = false;
  #answer: NewestAnswer | null = null;

  /** `originals` says what the first one that is taken is: the log's first of what is compared, or one behind it. */
  constructor(question: Omit<NewestQuestion, "originals">, originals: Pick<Window, "whole" | "trimmed">) {
    this.#question = question;
    this.#newest = question.copies.records.slice(-question.records);
    this.#most = nearby * question.records;
    this.#whole = originals.whole;
    this.#trimmed = originals.trimmed;
  }

  /** True once the end is found, and nothing more is wanted. */
  get found(): boolean {
    return this.#answer !== null;
  }

  take(record: NewestRecord): void {
    const { least, most } = this.#question.last;
    if (this.found || record.offset > most) return;
    // The last of those that are surely there is the first at which the copies may end.
    if (record.offset > least) this.#try();
    if (this.found) return;
    this.#held.push(record);
    if (record.offset <= least) this.#due = true;
    // Now and then, so that each record is moved once.
    if (this.#held.length >= 2 * this.#most) {
      this.#held = this.#held.slice(-this.#most);
      this.#whole = false;
    }
  }

  /** Null where nothing was decided: copies that may be there twice, or in part, are not looked for in this way. */
  answer(): NewestAnswer | null {
    this.#try();
    if (this.#answer !== null) return this.#answer;
    const { compacted, repeats, shared } = this.#question;
    if (compacted || repeats || shared) return null;
    if (this.#newest.length === 0)
      return this.#due ? withoutCopies({ ...this.#question, originals: this.#window() }, this.#held) : null;
    return differ("foreign", undefined, this.#newest.at(-1));
  }

  #try(): void {
    const [last, copy] = [this.#held.at(-1), this.#newest.at(-1)];
    if (last === undefined || last.digest !== copy?.digest || this.found || this.#question.shared) return;
    const held = this.#held.slice(-this.#most);
    const question = { ...this.#question, originals: this.#window() };
    const { answer } = alignedAt(question, held, this.#newest, identityFor(held, this.#newest));
    if (answer.kind !== "differ") this.#answer = answer;
  }

  #window = (): Window => ({
    records: this.#held,
    whole: this.#whole && this.#held.length <= this.#most,
    trimmed: this.#trimmed,
  });
}

/** Timestamps count unless a broker has set those of the copies, or the originals have none, for which the mirror sets its own. */
const identityFor = (originals: readonly NewestRecord[], copies: readonly NewestRecord[]): Identity =>
  identityOf({
    timestamps: originals.every(({ timestamp }) => timestamp >= 0n) && copies.every(({ appended }) => !appended),
  });

function withoutCopies({ copies, compacted }: NewestQuestion, due: readonly NewestRecord[]): NewestAnswer {
  if (due.length === 0) return { kind: "empty" };
  return copies.trimmed || compacted || !copies.whole ? { kind: "gone" } : differ("missing", due.at(-1));
}

/** Both lists end with the same record: as many before it as both hold must be the same too. */
function alignedAt(
  { originals, copies, records }: NewestQuestion,
  written: readonly NewestRecord[],
  copied: readonly NewestRecord[],
  identity: Identity,
): { readonly answer: NewestAnswer; readonly alike: number } {
  const [mine, theirs] = [written.toReversed(), copied.toReversed()];
  const length = Math.min(mine.length, theirs.length);
  const at = firstDifference(mine, theirs, identity, length);
  if (at >= 0) return { answer: explained(mine, theirs, at, identity), alike: at };
  const surplus = theirs[mine.length];
  if (surplus !== undefined && originals.whole && !originals.trimmed)
    return { answer: differ("foreign", undefined, surplus), alike: length };
  const lacking = theirs.length < records ? mine[theirs.length] : undefined;
  if (lacking !== undefined && copies.whole && !copies.trimmed)
    return { answer: differ("missing", lacking), alike: length };
  return { answer: { kind: "equal", records: length }, alike: length };
}

/** What the first difference from the end is: a record too few, one too many, or another one. */
function explained(
  mine: readonly NewestRecord[],
  theirs: readonly NewestRecord[],
  at: number,
  identity: Identity,
): NewestAnswer {
  const [original, copy] = [mine[at]!, theirs[at]!];
  const has = (list: readonly NewestRecord[], record: NewestRecord) =>
    list.slice(at + 1).some((other) => identity(other) === identity(record));
  if (has(mine, copy) && !has(theirs, original)) return differ("missing", original);
  if (has(theirs, original) && !has(mine, copy)) return differ("foreign", undefined, copy);
  return another(original, copy, has(mine, copy) && has(theirs, original));
}

function another(original: NewestRecord, copy: NewestRecord, moved = false): NewestAnswer {
  const part =
    original.digest === copy.digest
      ? ("timestamp" as const)
      : original.key === copy.key
        ? ("value or headers" as const)
        : ("key" as const);
  const difference = { kind: "content", original: original.offset, copy: copy.offset } as const;
  return { kind: "differ", difference: { ...difference, part: moved ? "order" : part } };
}

/**
 * Every original behind the first one whose copy is in the window has a copy there, in the same order; whose the other records
 * are is not known.
 */
function compareShared({ originals, copies, last, records, compacted }: NewestQuestion): NewestAnswer {
  const due = originals.records.filter(({ offset }) => offset <= last.least).slice(-records);
  if (due.length === 0) return { kind: "empty" };
  const identity = identityFor(due, copies.records);
  let [next, found] = [0, 0];
  for (const original of due) {
    const at = copies.records.findIndex((copy, index) => index >= next && identity(copy) === identity(original));
    if (at >= 0) [next, found] = [at + 1, found + 1];
    else if (!compacted && (found > 0 || (copies.whole && !copies.trimmed))) return differ("missing", original);
  }
  return found === 0 ? { kind: "gone" } : { kind: "equal", records: found };
}

/** A mirror that copies at least once begins again somewhere after a crash: between its copies no original is left out. */
function compareRepeated(
  { last }: NewestQuestion,
  written: readonly NewestRecord[],
  copied: readonly NewestRecord[],
  identity: Identity,
): NewestAnswer | null {
  const places = new Map(written.map((record, at) => [identity(record), at]));
  const there = new Set(copied.map(identity));
  const found = [...there].map((one) => places.get(one) ?? -1);
  const [first, newest] = [Math.min(...found), Math.max(...found)];
  if (first < 0 || written[newest]!.offset < last.least) return null;
  const between = written.slice(first, newest + 1);
  return between.every((record) => there.has(identity(record))) ? { kind: "equal", records: between.length } : null;
}

/**
 * Compaction removes records on each side when it likes, but never the last one of a key. So the last original of a key and
 * the last copy of it are the same where both are there, common records have one order, and of a window that reaches
 * the end of the copies' log no key is missing behind the first common record.
 */
function compareCompacted({ originals, copies, last, toTheEnd }: NewestQuestion, identity: Identity): NewestAnswer {
  const common = anchors(originals.records, copies.records, identity);
  const turned = common.find((each, at) => at > 0 && each.b <= common[at - 1]!.b);
  if (turned !== undefined) return another(originals.records[turned.a]!, copies.records[turned.b]!, true);
  const lastCopies = new Map(copies.records.map((record) => [record.key, record]));
  const due = originals.records.filter(({ offset }) => offset <= last.least);
  const begin = common[0] === undefined ? null : originals.records[common[0].a]!.offset;
  for (const [key, original] of new Map(due.map((record) => [record.key, record]))) {
    if (key === null) continue;
    const copy = lastCopies.get(key);
    const since = originals.records.filter((record) => record.key === key && record.offset >= original.offset);
    if (copy === undefined) {
      const lost = toTheEnd && begin !== null && original.offset > begin && !original.deletes && since.length === 1;
      if (lost) return differ("missing", original);
    } else if (!since.some((record) => identity(record) === identity(copy))) return another(original, copy);
  }
  return common.length === 0 ? { kind: "gone" } : { kind: "equal", records: common.length };
}

/** What was compared. Partitions by `partitionName`. */
export interface NewestReading {
  /** Partitions whose newest records are the same on both sides. */
  readonly equal: number;
  /** Records that were compared in them. */
  readonly records: number;
  readonly differing: readonly NewestDiffering[];
  /** Partitions that there was no time for yet, or in which more was written meanwhile than is read. */
  readonly undecided: readonly string[];
  /** Partitions of which nothing can be compared: what one side holds is gone from the other, or was never copied by a mirror. */
  readonly left: readonly string[];
  /** Partitions without a record to compare. */
  readonly empty: number;
}

export interface NewestDiffering extends NewestDifference {
  readonly name: string;
  /** The side that is copied. */
  readonly from: SideName;
}
