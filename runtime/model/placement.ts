/** What exact placement is asked and what it answers. */

import type { Beginning } from "./group-reads.ts";

/**
 * Where the group goes: on to the target; back to the source, to the originals of what the mirror has copied; or `back` to
 * the source, to what the mirror back has copied there.
 */
export type Direction = "to-target" | "to-source" | "back";

/** Whether the group goes to where the copies are: the other side holds copies of what its own side holds. */
export const followsMirror = (direction: Direction): boolean => direction !== "to-source";

/** What a group has committed in one partition of the side that it has read. */
export interface CommittedPosition {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** The next offset to read; null if the group never committed. */
  readonly committed: bigint | null;
  /**
   * Where the config lets a group begin that never committed, although records are there; with `latest`, `committed` is
   * the end that it begins at.
   */
  readonly unread?: Beginning;
  /** What its client keeps beside the offset, which it needs where it goes on. @default nothing */
  readonly metadata?: string;
}

/** One side's log. */
export interface LogBounds {
  /** Where the log begins for a mirror that began in its middle: what lies before is nothing that it copied. @default 0 */
  readonly first?: bigint;
  /** First offset that can still be read. */
  readonly start: bigint;
  /** Last stable offset: below `end` while a transaction is open. */
  readonly stable: bigint;
  /** Log end offset (high watermark). */
  readonly end: bigint;
}

/** One record on both sides: `own` is the side that the group has read, `other` the one where it goes on. */
export interface Sync {
  readonly own: bigint;
  readonly other: bigint;
}

/** Everything that is known of one group in one partition before records are read. */
export interface Question extends CommittedPosition {
  readonly direction: Direction;
  readonly own: LogBounds;
  readonly other: LogBounds;
  /** In the order of the log: both offsets grow from one to the next. */
  readonly syncs: readonly Sync[];
  /** True if the topic is compacted on either side: then a record may be missing on one of them. */
  readonly compacted: boolean;
  /** False if the target stamps records when it appends them: then timestamps differ from the source's. */
  readonly timestamps: boolean;
}

/** A data record without its content. */
export interface LogRecord {
  readonly offset: bigint;
  /** Milliseconds since 1970. */
  readonly timestamp: bigint;
  /** Hash of key, value and headers. */
  readonly digest: string;
}

/** Which of the two logs. */
export type Which = "own" | "other";

/** Records that have been read. */
export interface Reads {
  /** The data records in `[from, to)` in order, or null if that range has not been read yet. */
  records(which: Which, from: bigint, to: bigint): readonly LogRecord[] | null;
  /** How many data records `[from, to)` holds, or null if it has not been counted yet. */
  count(which: Which, from: bigint, to: bigint): Count | null;
}

export interface Count {
  readonly records: number;
  /** False if there are more than so many. */
  readonly exact: boolean;
}

/** A range that must be read, or only counted, before the question can be answered. */
export interface Need {
  readonly kind: "need";
  readonly what: "records" | "count";
  readonly which: Which;
  readonly from: bigint;
  readonly to: bigint;
}

/** The answer without the forecast. */
export type Decision =
  | {
      readonly kind: "exact";
      /** The offset on the other side at which nothing is read twice and nothing is lost. */
      readonly placed: bigint;
      /** How that was proved, for example `3 records after the sync 120 = 87 are equal, 40 up to 160 = 127 as well`. */
      readonly how: string;
    }
  | {
      readonly kind: "refused";
      /** Names group, topic, partition and offsets, and says what to do. */
      readonly reason: string;
    }
  | {
      readonly kind: "behind";
      /** Records that the mirror has yet to copy before the question can be answered. */
      readonly left: number;
      readonly reason: string;
    };

/** What would happen if the group went on at MirrorMaker 2's own translation. */
export interface Forecast {
  /**
   * The offset that MirrorMaker 2 has or would commit; null if it would commit none, or one at which a group whose
   * place is refused could skip records.
   */
  readonly translated: bigint | null;
  /**
   * Data records that would be read again from `translated` on; null if that is not known. A duplicate in the mirror
   * beyond the next sync after the group is not among them.
   */
  readonly repeats: number | null;
}

/** The answer for one group in one partition. */
export type Placement = CommittedPosition & Decision & Forecast;
