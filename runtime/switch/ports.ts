/** Everything the acts of a row read and do outside themselves: real in `reach.ts`, in memory in their tests. */
import type { KafkaPort } from "../brokers/kafka-port.ts";
import type { ConnectOffset, ConnectorStatus } from "../connect/connect.ts";
import type { UpTo } from "../connect/offsets-topic/reader.ts";
import type { LedgerDraft } from "../ledger/ledger.ts";
import type { RecordRef } from "../ledger/record.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import type { Pace } from "../model/pace.ts";
import type { ModesJournal } from "../model/registry-modes.ts";
import type { RestPatience } from "../model/patience.ts";
import type { MirrorRef, Scope, WorkloadRef } from "../model/scope.ts";
import type { KafkaEndpoint, SideName } from "../model/sides.ts";
import type { WorkloadApi } from "../model/workload-port.ts";
import type { Registries } from "../schemas/copy.ts";
import type { Starting } from "../workloads/workloads.ts";

export interface SwitchEffects {
  /** Rejects in `pause` if the switch was interrupted or has lost its lease. */
  readonly pace: Pace;
  /** Time for putting things back: an interrupt does not end it, a lost lease does. */
  readonly restoringPace: Pace;
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
}

/** Connect, as bringing its connectors into a state asks it. */
export interface ConnectorStates {
  status(name: string): Promise<ConnectorStatus | null>;
  stop(name: string): Promise<void>;
  resume(name: string): Promise<void>;
  restartFailed(name: string): Promise<void>;
}

/** How long an act may wait for another process, and for workloads. */
export interface Acting {
  /** Seconds to wait for a switch that is in progress in another process. */
  readonly waitSeconds: number;
  /** Seconds that Connect may take to make a connector. */
  readonly startSeconds: number;
  /** Whether a signal ends it at its next pause. */
  readonly interruptible: boolean;
  readonly log: (line: string) => void;
}

/** What the acts of a row reach: reads at any time, and changes while they hold the lease. */
export interface Reach extends Starting {
  readonly ledger: {
    read(scope: Scope): Promise<LedgerEntry[]>;
    /** Writes the ConfigMap with these entries if it was lost, or holds fewer. */
    restore(scope: Scope, entries: readonly string[]): Promise<void>;
  };
  /** What can be read of both sides; only of the scope's own topics and groups. */
  kafka(scope: Scope): Pick<KafkaPort, "logs" | "count" | "committed">;
  connectors(mirror: MirrorRef, patience?: RestPatience): ConnectorStates;
  mirrorOffsets(scope: Scope, names: readonly string[], upTo: UpTo): Promise<ConnectOffset[]>;
  /** What keeps a mirror that begins from copying the wrong thing. */
  readonly pins: {
    /** Rejects if a topic of the source was made again since the mirror began. */
    source(scope: Scope): Promise<void>;
    /** Rejects where the mirror would copy a second time. */
    refuseSecondCopy(scope: Scope): Promise<void>;
    own(record: RecordRef, target: KafkaEndpoint, topics: readonly string[]): Promise<void>;
  };
  /** Takes the lease, acts, and releases it. */
  act<T>(scope: Scope, how: Acting, act: (effects: SwitchEffects) => Promise<T>): Promise<T>;
}
