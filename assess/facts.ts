import type {
  ClusterReading,
  EndToEnd,
  LevelsReading,
  LoadReading,
  ReachReading,
  RecordSample,
} from "@kafka-migration/kafka";
import type { Inventory } from "../config/inventory.ts";
import type { MigrationConfig } from "../config/migration-config.ts";

/** Everything that an assessment has found: what the advice and the report are made of. */
export interface Facts {
  readonly stack: string;
  /** When the last sample was taken, in milliseconds since 1970. */
  readonly takenAt: number;
  readonly config: MigrationConfig;
  readonly inventory: Inventory;
  /** Topics of the inventory that the config migrates. */
  readonly migrated: readonly string[];
  readonly source: SideFacts;
  /** Null while the target does not exist. */
  readonly target: SideFacts | null;
  readonly topics: readonly TopicFacts[];
  /** What a share of the records is like, by topic; one whose records could not be read in time is not among them. */
  readonly samples: ReadonlyMap<string, RecordSample>;
  readonly groups: readonly GroupFacts[];
  readonly connect: ConnectFacts;
  readonly registry: RegistryFacts;
  /** Objects of the source's platform that are made for it, such as `ConnectCluster shop/etl`. @default none is known */
  readonly dependents?: readonly string[];
  /** @default not measured: nobody named a topic to write to */
  readonly latency?: LatencyFacts;
}

/** How long records take from a producer to a consumer on this machine, or why that could not be measured. */
export interface LatencyFacts {
  readonly topic: string;
  readonly source: EndToEnd | { readonly problem: string };
  /** Null while the target does not exist. */
  readonly target: EndToEnd | { readonly problem: string } | null;
}

/** The source's schema registry. */
export type RegistryFacts =
  /** The config names none. */
  | { readonly state: "none" }
  | { readonly state: "away"; readonly reason: string }
  | ({ readonly state: "read" } & LevelsReading);

export interface SideFacts {
  readonly cluster: ClusterReading;
  /** Disks and sizes of the last sample. */
  readonly load: LoadReading;
  readonly network: readonly ReachReading[];
}

/** A topic of the source under load. */
export interface TopicFacts {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly migrated: boolean;
  /** Offsets between start and end: an upper bound of the records where transactions or compaction leave gaps. */
  readonly records: bigint;
  /** One replica of every partition; null if sizes could not be read. */
  readonly bytes: bigint | null;
  readonly recordsPerSecond: number;
  /** Null where sizes could not be read, or where retention removed more than was written. */
  readonly bytesPerSecond: number | null;
  /** Partitions whose last stable offset was the same, below the end, in both samples: a transaction was left open. */
  readonly openTransactions: number;
}

export interface GroupFacts {
  readonly name: string;
  readonly protocol: "classic" | "consumer" | "streams";
  readonly state: string;
  readonly members: number;
  readonly clientIds: readonly string[];
  readonly topics: readonly string[];
  /** Records between its offsets and the ends. */
  readonly lag: bigint;
  /** Age of the oldest record that it has not read, in seconds; null without lag or where it could not be read. */
  readonly ageSeconds: number | null;
  /** Whether its offsets are those of clients that never joined it. */
  readonly simple: boolean;
  /** Whether any of its offsets moved between the samples. */
  readonly moving: boolean;
  /** Offsets that it advanced in a second, between the samples. */
  readonly readPerSecond: number;
  /** Whether the inventory has it. */
  readonly locked: boolean;
}

/** Connect as the runner sees it, and the source as Connect sees it. */
export type ConnectFacts =
  /** Nothing is mirrored. */
  | { readonly state: "none" }
  | { readonly state: "away"; readonly reason: string }
  | {
      readonly state: "answers";
      readonly version: string;
      readonly brokers: readonly { readonly address: string; readonly problem: string | null }[];
      /** Why no broker was probed; null if they were. */
      readonly skipped: string | null;
    };
