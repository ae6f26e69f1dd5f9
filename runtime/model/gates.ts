/** What a gate waits for, how, and what it says. */
import type { PegaCondition, PegaScope } from "./pega.ts";
import type { RightsCondition } from "./rights.ts";
import type { Scope } from "./scope.ts";
import type { Role } from "./workloads.ts";

/** An inventory by reference: its file, relative to the project, and the hash of its bytes. */
export interface InventoryRef {
  readonly path: string;
  readonly sha256: string;
}

/** Topics that are wanted alike; thousands of them differ in a few ways only. */
export interface WantedTopics {
  readonly replicationFactor: number;
  /** What the topics set themselves. */
  readonly config: Readonly<Record<string, string>>;
  /** Partitions by topic. */
  readonly topics: Readonly<Record<string, number>>;
}

/** What a gate waits for. */
export type Condition =
  /** The source has the topics, partitions, configs and groups that the inventory records. */
  | { readonly kind: "inventory-current"; readonly inventory: InventoryRef }
  /** Each migrated topic on the target was made or adopted by this migration, or holds no record. */
  | { readonly kind: "target-empty-or-ours" }
  /** No migrated topic on the target holds a record that came before the migration's own. */
  | { readonly kind: "target-empty" }
  /** The target's topics have the partitions, replicas and effective configs of the lock. */
  | {
      readonly kind: "topics-as-locked";
      readonly wanted: readonly WantedTopics[];
      /** Effective values on the source of what a topic does not set. */
      readonly defaults: Readonly<Record<string, string>>;
    }
  /** Each partition of the mirror has at most `maxLag` records left to copy. */
  | { readonly kind: "mirror-within"; readonly maxLag: number }
  /** Nothing is left to copy in any partition, commit markers aside. */
  | { readonly kind: "mirror-drained" }
  /** Every group has read every record of the source up to the ledger. */
  | { readonly kind: "groups-drained" }
  /** For every group an exact offset on the target can be proved, or it may read records again. */
  | { readonly kind: "groups-placeable" }
  /** The target's Connect takes the rewritten configuration of every connector of these roles that is yet to move. */
  | { readonly kind: "connectors-valid"; readonly roles: readonly Role[] }
  /** The source has not grown since the producers' switch. */
  | { readonly kind: "source-still-at-ledger" }
  /** Every (group, partition) on the target has a committed offset at or after the one the ledger placed. */
  | { readonly kind: "offsets-placed" }
  /** Every group has members on the target and its committed offsets and the topics' ends progress. */
  | {
      readonly kind: "groups-active";
      /** Whether the scope has external workloads, which must have moved too. @default false */
      readonly externals?: true;
    }
  | RightsCondition
  /** The target's registry takes schemas with their ids, and holds nothing or this migration's copy. */
  | { readonly kind: "registry-imports" }
  /** The target's registry holds what the source's does. */
  | {
      readonly kind: "schemas-equal";
      /** Whether the switch of the row copies what is new, so that it may be left. */
      readonly lastPass: boolean;
    }
  /** The newest records of each topic on the target decode through its registry as through the source's. */
  | {
      readonly kind: "records-decode";
      /** Records of each topic. */
      readonly sampleRecords: number;
    }
  /** The last entry of the ledger is at least this old. */
  | { readonly kind: "soaked"; readonly hours: number }
  /** The config names the source's cluster id, so that nobody retires the wrong cluster. */
  | { readonly kind: "source-confirmed"; readonly clusterId: string };

/** How a gate waits, whatever it waits for. */
export interface GateSettings {
  readonly row: string;
  /** Seconds for which the condition must hold without a break. */
  readonly holdSeconds: number;
  /** Seconds after which a closed gate fails the update. */
  readonly timeoutSeconds: number;
  /** Seconds that one measurement of a held gate may take at first; one that needs longer gets more the next time. */
  readonly readingSeconds: number;
  /** Seconds that one measurement of a preview may take, and all that give no answer together. */
  readonly sweepSeconds: number;
  /** True once the gate's row is reached: from then on nothing is measured. */
  readonly sealed: boolean;
}

/** A gate of a migration between two Kafka clusters. */
export interface KafkaGateInputs extends GateSettings {
  readonly scope: Scope;
  readonly condition: Condition;
}

/** A gate of a migration of Pega, which takes no records along. */
export interface PegaGateInputs extends GateSettings {
  readonly pega: PegaScope;
  readonly condition: PegaCondition;
}

export type GateInputs = KafkaGateInputs | PegaGateInputs;

/** Whether a condition holds now, and the one sentence that says why. */
export interface Verdict {
  readonly open: boolean;
  /** Names topic, partition and the exact count; no full stop at the end. */
  readonly sentence: string;
  /** Closed because something gave no answer, not because of what it answered. */
  readonly unmeasured?: true;
  /** What to do about this closed verdict, where it is not what the gate's other closed verdicts ask for. */
  readonly remedy?: string;
}
