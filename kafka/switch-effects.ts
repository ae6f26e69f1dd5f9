/** Everything a switch reads and does outside itself: real in `switch.ts`, in memory in its tests. */
import type { UpTo } from "./connect-offsets/reader.ts";
import type { ConnectOffset, ConnectorStatus } from "./connect.ts";
import type { WorkloadApi } from "./kinds/kind.ts";
import type { LedgerDraft } from "./ledger.ts";
import type { Counted, Range } from "./log.ts";
import type { CommittedPosition, Direction, Placement } from "./placement/question.ts";
import type { GroupState, Isolation, PartitionLog, Position } from "./positions.ts";
import type { Registries } from "./schemas/copy.ts";
import type { ModesJournal } from "./schemas/source-modes.ts";
import type { LedgerEntry, SideName } from "./types.ts";
import type { Pace } from "./workloads.ts";

/** One side's partitions by `partitionName`: all of them, or the call has rejected. */
export interface SideLogs {
  readonly clusterId: string;
  readonly partitions: ReadonlyMap<string, PartitionLog>;
}

export interface SwitchEffects {
  /** Rejects in `pause` if the switch was interrupted or has lost its lease. */
  readonly pace: Pace;
  /** Time for putting things back: an interrupt does not end it, a lost lease does. */
  readonly restoringPace: Pace;
  log(line: string): void;
  readonly workloads: WorkloadApi;
  readonly ledger: {
    read(): Promise<LedgerEntry[]>;
    append(draft: LedgerDraft): Promise<LedgerEntry>;
  };
  /** Which connectors a switch has stopped, and which modes the source's registry had; survives the process. */
  readonly journal: ModesJournal & {
    stopped(): readonly string[];
    setStopped(connectors: readonly string[]): Promise<void>;
  };
  /** Null where schemas are not moved. */
  readonly schemas: Registries | null;
  readonly connect: {
    root(): Promise<{ version: string; kafka_cluster_id: string }>;
    status(name: string): Promise<ConnectorStatus | null>;
    /** The connector's properties as Connect runs it; null if there is none. */
    config(name: string): Promise<Readonly<Record<string, string>> | null>;
    /** Where source connectors of the mirror stand, together: what is committed now, or all that is written now. */
    offsets(names: readonly string[], upTo: UpTo): Promise<ConnectOffset[]>;
    /** Of a stopped connector: the next offset that it copies is the one after these. */
    setOffsets(name: string, offsets: readonly ConnectOffset[]): Promise<void>;
    stop(name: string): Promise<void>;
    resume(name: string): Promise<void>;
  };
  readonly kafka: {
    logs(side: SideName): Promise<SideLogs>;
    /** Data records of each range, in the same order; stops past `cap` in all of them together. */
    count(side: SideName, ranges: readonly Range[], isolation: Isolation, cap?: number): Promise<Counted[]>;
    /** Committed offsets by group, then by `partitionName`. */
    committed(side: SideName): Promise<ReadonlyMap<string, ReadonlyMap<string, Position>>>;
    groupStates(side: SideName): Promise<ReadonlyMap<string, GroupState>>;
    /** Where groups that stand at these positions of one side go on at the other, in the same order. */
    place(direction: Direction, positions: readonly CommittedPosition[]): Promise<Placement[]>;
    commit(side: SideName, group: string, positions: readonly Position[]): Promise<void>;
    /** Deletes the group's offsets of these partitions; ones that are not there are passed over. */
    forget(side: SideName, group: string, partitions: readonly Omit<Position, "offset">[]): Promise<void>;
  };
}
