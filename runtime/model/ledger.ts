/** What a switch records. */
import type { Beginning } from "./group-reads.ts";
import type { Move } from "./workloads.ts";

/** One partition's log on both sides at the moment of a switch. */
export interface LedgerPartition {
  readonly topic: string;
  readonly partition: number;
  /** Log end offset (high watermark) on the source. */
  readonly sourceEnd: string;
  /** Log end offset (high watermark) on the target. */
  readonly targetEnd: string;
}

export interface LedgerPlacement {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** Committed where the group was; null where it never committed: nothing was there to read, or `unread` says where it begins. */
  readonly committed: string | null;
  /** Committed by the switch where the group continues: on the target, or, only in a void entry, on the source. */
  readonly placed: string;
  /** Committed on the target before the switch placed its own; absent where there was nothing. */
  readonly before?: string;
  /** Records that the group reads again, if the config allows it and no exact offset could be proved. */
  readonly repeats?: number;
  /** Where the config lets the group begin, because it never committed although records were there. */
  readonly unread?: Beginning;
}

/** What one switch found and did. Written once, never changed; a void entry is followed by one that says so. */
export interface LedgerEntry {
  /** 1, 2, 3 … over the whole migration. */
  readonly number: number;
  readonly switch: Move;
  /** The wave that moved; absent where everybody of the switch moved at once. */
  readonly wave?: string;
  readonly row: string;
  readonly writtenAt: string;
  /** Number of the entry that this one replaces because the source grew after it, or null. */
  readonly voids: number | null;
  /** Present on an entry that only says that the one it voids counts no more: the migration went back before it. */
  readonly voidOnly?: true;
  /**
   * Present on an entry of producers that nobody moved in: the way back was closed, and both sides held the same records up
   * to these ends.
   */
  readonly closing?: true;
  readonly sourceClusterId: string;
  readonly targetClusterId: string;
  readonly partitions: readonly LedgerPartition[];
  readonly groups: readonly LedgerPlacement[];
}
