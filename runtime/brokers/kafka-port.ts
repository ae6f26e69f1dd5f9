/** What a move asks of both sides' brokers: real in `switch.ts`, in memory in its tests. */
import type { CommittedPosition, Direction, Placement } from "../model/placement.ts";
import type { SideName } from "../model/sides.ts";
import type { ByGroup } from "./commits.ts";
import type { GroupState, Isolation, PartitionLog, Position } from "./positions.ts";
import type { Counted, Range } from "./ranges.ts";

/** One side's partitions by `partitionName`: all of them, or the call has rejected. */
export interface SideLogs {
  readonly clusterId: string;
  readonly partitions: ReadonlyMap<string, PartitionLog>;
}

/** Logs of both sides, read at about the same time. */
export interface BothLogs {
  readonly source: SideLogs;
  readonly target: SideLogs;
}

export interface KafkaPort {
  logs(side: SideName): Promise<SideLogs>;
  /** Data records of each range, in the same order; stops past `cap` in all of them together. */
  count(side: SideName, ranges: readonly Range[], isolation: Isolation, cap?: number): Promise<Counted[]>;
  /** Committed offsets by group, then by `partitionName`. */
  committed(side: SideName): Promise<ReadonlyMap<string, ReadonlyMap<string, Position>>>;
  /** Transactional ids by producer id, as far as the side's brokers tell them. */
  transactionalIds(side: SideName, producers: readonly bigint[]): Promise<ReadonlyMap<bigint, string>>;
  groupStates(side: SideName): Promise<ReadonlyMap<string, GroupState>>;
  /** Where groups at these positions of one side continue on the other, in the same order. */
  place(direction: Direction, positions: readonly CommittedPosition[]): Promise<Placement[]>;
  /** Seconds that it takes to set the offsets of so many groups and to read them back. */
  placingSeconds(side: SideName, groups: number): Promise<number>;
  /** Sets offsets of groups, which must not have members. */
  commit(side: SideName, offsets: ByGroup<Position>): Promise<void>;
  /** Deletes the groups' offsets of these partitions; ones that are not there are passed over. */
  forget(side: SideName, partitions: ByGroup<Omit<Position, "offset">>): Promise<void>;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A partition as one group reads it. */
export interface GroupPlace extends TopicPartition {
  readonly group: string;
}

/** The same offsets as a second client of the brokers reads them: real in `switch.ts`, in memory in its tests. */
export interface Witness {
  /** Connects, so that what is read later takes one round trip. Rejects with a sentence if a side cannot be read. */
  ready(sides: readonly SideName[], groups?: readonly string[]): Promise<void>;
  /** Ends of logs by `partitionName`. */
  ends(side: SideName, partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, bigint>>;
  /** Committed offsets by group, then by `partitionName`; absent where there is none. */
  committed(side: SideName, places: readonly GroupPlace[]): Promise<ReadonlyMap<string, ReadonlyMap<string, bigint>>>;
}
