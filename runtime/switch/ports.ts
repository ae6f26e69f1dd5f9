/** Everything a switch reads and does outside itself: real in `switch.ts`, in memory in its tests. */
import type { KafkaPort, Witness } from "../brokers/kafka-port.ts";
import type { ConnectOffset, ConnectorStatus } from "../connect/connect.ts";
import type { UpTo } from "../connect/offsets-topic/reader.ts";
import type { LedgerDraft } from "../ledger/ledger.ts";
import type { WayBack } from "../topics/way-back.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import type { Pace } from "../model/pace.ts";
import type { CommittedPosition, Placement } from "../model/placement.ts";
import type { ModesJournal } from "../model/registry-modes.ts";
import type { WorkloadRef } from "../model/scope.ts";
import type { SideName } from "../model/sides.ts";
import type { WorkloadApi } from "../model/workload-port.ts";
import type { Registries } from "../schemas/copy.ts";

export interface SwitchEffects {
  /** Rejects in `pause` if the switch was interrupted or has lost its lease. */
  readonly pace: Pace;
  /** Time for putting things back: an interrupt does not end it, a lost lease does. */
  readonly restoringPace: Pace;
  /** Seconds for which a step of putting back is tried before it is left to be done by hand. */
  readonly restoringSeconds: number;
  log(line: string): void;
  readonly workloads: WorkloadApi;
  /** What workloads read at start: the addresses and users of a side, connectors the place where they stand. */
  readonly addresses: {
    /** Rejects with everything that pointing them at a side would be refused; nobody is stopped or changed by it. */
    rehearse(workloads: readonly WorkloadRef[], side: SideName): Promise<void>;
    /** Those that would read other values than a side's if they were started now; of connectors nobody is asked. */
    astray(workloads: readonly WorkloadRef[], side: SideName): Promise<readonly WorkloadRef[]>;
    /** Of workloads that are stopped. May be repeated. */
    point(workloads: readonly WorkloadRef[], side: SideName): Promise<void>;
  };
  readonly ledger: {
    read(): Promise<LedgerEntry[]>;
    append(draft: LedgerDraft): Promise<LedgerEntry>;
    /** ConfigMaps, besides the first, that it needs at most with another entry of so many bytes. */
    partsWith(bytes: number): Promise<number>;
  };
  /** Which connectors a switch has stopped, and which modes the source's registry had; survives the process. */
  readonly journal: ModesJournal & {
    stopped(): readonly string[];
    setStopped(connectors: readonly string[]): Promise<void>;
  };
  /** Writes down what consumers that keep their own positions are to be given, in the migration's record. */
  publishPositions(text: string): Promise<void>;
  /** Null where schemas are not moved. */
  readonly schemas: Registries | null;
  readonly connect: {
    root(): Promise<{ version: string; kafka_cluster_id: string }>;
    status(name: string): Promise<ConnectorStatus | null>;
    /** The connector's properties as Connect runs it; null if there is none. */
    config(name: string): Promise<Readonly<Record<string, string>> | null>;
    /** Positions of all source connectors of the mirror: what is committed now, or all that is written now. */
    offsets(names: readonly string[], upTo: UpTo): Promise<ConnectOffset[]>;
    /** Of a stopped connector: the next offset that it copies is the one after these. */
    setOffsets(name: string, offsets: readonly ConnectOffset[]): Promise<void>;
    stop(name: string): Promise<void>;
    resume(name: string): Promise<void>;
  };
  readonly kafka: KafkaPort;
  /**
   * Compares the ids of the source's topics with those from when the mirror began. Rejects with topics that were deleted
   * and made again since.
   */
  confirmTopics(): Promise<void>;
  readonly witness: Witness;
  /** The mirrors back, from the target to the source; null where the config opens no way back. */
  readonly back: {
    /** Topics of the scope that one has begun to copy, its own or another wave's. */
    covers(): Promise<ReadonlySet<string>>;
    /** What is written down of the scope's own; null where it was never opened. */
    opened(): Promise<WayBack | null>;
    /** The last offset of the target that was copied back, by `partitionName`; negative where nothing was. */
    positions(upTo: UpTo): Promise<ReadonlyMap<string, bigint>>;
    /** Where groups at these positions on the target, in topics that it covers, continue on the source, in the same order. */
    place(positions: readonly CommittedPosition[]): Promise<Placement[]>;
  } | null;
}
