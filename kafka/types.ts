/**
 * What travels between the Pulumi program and the code that measures and acts: JSON only, because Pulumi keeps
 * it in the state. Offsets are decimal strings (they exceed a double), times are ISO 8601 in UTC.
 */

import type { ConnectorRef, SideAddresses } from "./connectors/types.ts";
import type { PegaCondition, PegaScope } from "./pega/types.ts";
import type { RightsCondition } from "./rights/types.ts";

export type SideName = "source" | "target";

/** A Kubernetes API by reference; the kubeconfig's content never leaves its file. */
export interface KubernetesRef {
  /** Path of a kubeconfig file, relative to the project. Default: `KUBECONFIG`, then `~/.kube/config`. */
  readonly kubeconfig?: string;
  /** Default: the file's current context. */
  readonly context?: string;
  readonly namespace: string;
  /** Seconds that one request may take. @default 15 */
  readonly requestSeconds?: number;
}

/** A Kubernetes Secret by name; read at run time, never stored. */
export interface SecretRef {
  readonly kubernetes: KubernetesRef;
  readonly name: string;
}

/** One cluster's brokers as the machine that runs Pulumi reaches them. */
export interface KafkaEndpoint {
  readonly side: SideName;
  /** `host:port` of one or more brokers. */
  readonly bootstrap: readonly string[];
  readonly protocol: "PLAINTEXT" | "SASL_PLAINTEXT" | "SSL" | "SASL_SSL";
  readonly mechanism?: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512";
  /** Secret with the keys `username` and `password`; needed by the SASL protocols. */
  readonly credentials?: SecretRef;
  /** Secret with the key `ca.crt`; default: the runner's own trust store. */
  readonly ca?: SecretRef;
  /** Mutual TLS: Secret with the keys `tls.crt` and `tls.key`. */
  readonly certificate?: SecretRef;
  /** Kafka's cluster id if it is pinned in the config; another id closes every gate. */
  readonly clusterId?: string;
  /** Seconds that a connection with its login, or one request, may take. @default 30 */
  readonly requestSeconds?: number;
}

/** Connect's REST API as the machine that runs Pulumi reaches it. */
export interface ConnectEndpoint {
  /** Base URLs of the workers, tried in order. */
  readonly urls: readonly string[];
  /** Secret with the keys `username` and `password` for HTTP basic authentication. */
  readonly credentials?: SecretRef;
  readonly ca?: SecretRef;
  /** Seconds that one request to one worker may take. @default 30 */
  readonly requestSeconds?: number;
}

/** A schema registry as the machine that runs Pulumi reaches it. */
export interface RegistryEndpoint {
  readonly side: SideName;
  /** Base URLs, tried in order. */
  readonly urls: readonly string[];
  /** Secret with the keys `username` and `password` for HTTP basic authentication. */
  readonly credentials?: SecretRef;
  /** Secret with the key `ca.crt`; default: the runner's own trust store. */
  readonly ca?: SecretRef;
  /** Seconds that one request may take. @default 30 */
  readonly requestSeconds?: number;
}

/** Topic in which a Connect cluster keeps the positions of its source connectors. */
export interface OffsetsTopicRef {
  readonly name: string;
  /** True where people say so, and nothing else does: positions that are missing there are asked of Connect. */
  readonly given?: true;
}

/** The connectors of one migration, by their names in Connect. */
export interface MirrorRef {
  readonly connect: ConnectEndpoint;
  /**
   * Topic on the target in which Connect keeps the source connectors' positions. Absent where the config does not tell:
   * then Connect's REST API is asked, which takes seconds.
   */
  readonly offsetsTopic?: OffsetsTopicRef;
  /** MirrorSourceConnectors: one per wave. Their names key their offsets. */
  readonly sourceConnectors: readonly string[];
  /** Checkpoint and heartbeat connectors: stopped and started with the mirror, no records pass through them. */
  readonly otherConnectors: readonly string[];
  /** `source.cluster.alias`: part of the key of the connectors' offsets. */
  readonly sourceAlias: string;
}

/** A twin is a consumer's counterpart that reads the target only. */
export type Role = "producer" | "consumer" | "twin";

/** Who moves in a switch. */
export type Move = "producers" | "consumers" | "twins";

/** What every application has that is moved by the migration. */
export interface WorkloadCommon {
  /** Name of the Kubernetes object, or of the connector. */
  readonly name: string;
  readonly role: Role;
  /** Consumer groups that it joins; empty for producers. */
  readonly groups: readonly string[];
  /** Of a twin: the consumer whose replicas it gets when it begins. */
  readonly of?: string;
}

/** An application that is an object in Kubernetes. */
export interface KubernetesWorkloadRef extends WorkloadCommon {
  readonly kind: "Deployment" | "StatefulSet" | "CronJob";
  readonly kubernetes: KubernetesRef;
}

/** An application that is moved by the migration. */
export type WorkloadRef = KubernetesWorkloadRef | ConnectorRef;

/** A consumer group that moves. */
export interface ScopeGroup {
  readonly name: string;
  /** Migrated topics that it reads. */
  readonly topics: readonly string[];
  /** Whether it may read records again if no exact offset can be proved. */
  readonly allowRedelivery?: boolean;
}

/** Records that somebody wrote to the source after the producers had moved, and that the config accepts. */
export interface Straggler {
  readonly topic: string;
  readonly partition: number;
  /** End of what is accepted: the offset after the last record. */
  readonly to: string;
}

/** An application that runs where this program cannot stop it: its owners do. */
export interface ExternalRef {
  /** What people call it. */
  readonly name: string;
  readonly role: Role;
  /** Consumer groups that it joins; empty for producers. */
  readonly groups: readonly string[];
  /** Migrated topics that it writes to; empty for consumers. */
  readonly topics: readonly string[];
}

/** What the migration is about: given to every gate and every acting resource. */
export interface Scope {
  readonly migration: string;
  readonly source: KafkaEndpoint;
  readonly target: KafkaEndpoint;
  /** Null where no row copies records. */
  readonly mirror: MirrorRef | null;
  /** Absent where schemas are not moved. */
  readonly registries?: { readonly source: RegistryEndpoint; readonly target: RegistryEndpoint };
  /** Names of the migrated topics; equal on both sides. */
  readonly topics: readonly string[];
  /** Consumer groups that move, each with the migrated topics it reads. */
  readonly groups: readonly ScopeGroup[];
  readonly workloads: readonly WorkloadRef[];
  /** Growth of the source that closes no gate. @default none */
  readonly stragglers?: readonly Straggler[];
  /** Absent where there are none. */
  readonly externals?: readonly ExternalRef[];
  /** How the sides are known in connectors' properties; absent where no connector moves. */
  readonly addresses?: Readonly<Record<SideName, SideAddresses>>;
  /** ConfigMap that holds the ledger's copy. */
  readonly ledger: { readonly kubernetes: KubernetesRef; readonly configMap: string };
}

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
  /** Committed where the group was; null where it never committed and nothing was there to read. */
  readonly committed: string | null;
  /** Committed by the switch where the group goes on: on the target, or on the source by an entry that is void only. */
  readonly placed: string;
  /** Committed on the target before the switch placed its own; absent where there was nothing. */
  readonly before?: string;
  /** Records that the group reads again, where config allows it and no exact offset could be proved. */
  readonly repeats?: number;
}

/** What one switch found and did. Written once, never changed; a void entry is followed by one that says so. */
export interface LedgerEntry {
  /** 1, 2, 3 … over the whole migration. */
  readonly number: number;
  readonly switch: Move;
  readonly row: string;
  readonly writtenAt: string;
  /** Number of the entry that this one replaces because the source grew after it, or null. */
  readonly voids: number | null;
  /** Present on an entry that only says that the one it voids counts no more: the migration went back before it. */
  readonly voidOnly?: true;
  readonly sourceClusterId: string;
  readonly targetClusterId: string;
  readonly partitions: readonly LedgerPartition[];
  readonly groups: readonly LedgerPlacement[];
}
