/** What a migration is about. */
import type { SideAddresses, ConnectorRef } from "./connector-refs.ts";
import type { GroupReads } from "./group-reads.ts";
import type { ObjectType } from "./platforms/platform.ts";
import type { PositionKeeping } from "./position-keeping.ts";
import type { KubernetesRef, SideName, RegistryEndpoint, KafkaEndpoint, ConnectEndpoint } from "./sides.ts";
import type { Role, KubernetesWorkloadRef } from "./workloads.ts";

/** Topic in which a Connect cluster keeps the positions of its source connectors. */
export interface OffsetsTopicRef {
  readonly name: string;
  /** True where people say so, and nothing else does: positions that are missing there are asked of Connect. */
  readonly given?: true;
}

/** The connectors of one migration, by their names in Connect. */
/** Objects whose operator says what connectors of their names do, and undoes what Connect itself was asked. */
export interface ConnectorObjects extends ObjectType {
  readonly kubernetes: KubernetesRef;
  /** Patches of an object that stop its connector and let it run. */
  readonly stopped: object;
  readonly running: object;
}

export interface MirrorRef {
  readonly connect: ConnectEndpoint;
  /** Present where connectors are stopped and resumed through their objects; else Connect's REST API is asked. */
  readonly objects?: ConnectorObjects;
  /**
   * Topic on the target in which Connect keeps the source connectors' positions. Absent where the config does not tell:
   * then Connect's REST API is asked, which takes seconds.
   */
  readonly offsetsTopic?: OffsetsTopicRef;
  /** MirrorSourceConnectors that copy the scope's topics: one per closing wave. Their names key their offsets. */
  readonly sourceConnectors: readonly string[];
  /** Those of them that stop with the scope's own move. @default all */
  readonly closing?: readonly string[];
  /** Checkpoint and heartbeat connectors: stopped and started with the mirror, no records pass through them. */
  readonly otherConnectors: readonly string[];
  /** `source.cluster.alias`: part of the key of the connectors' offsets. */
  readonly sourceAlias: string;
  /** Offsets that a side has removed and that nobody misses. @default none */
  readonly gaps?: readonly Gap[];
  /** Topics whose only reader deletes what it has read, so that a mirror which is behind it misses nothing. @default none */
  readonly purged?: readonly string[];
  /**
   * The mirror back of the scope's topics. Absent where the config opens no way back, and in scopes of several waves, each
   * of which has its own: `backScopes` tells all of a scope.
   */
  readonly reverse?: ReverseRef;
}

/** The connector that copies what is written on the target to the source. */
export interface ReverseRef {
  /** Its name in Connect. */
  readonly connector: string;
  /** The target's alias: part of the key of its positions, and of the name of its syncs. */
  readonly alias: string;
  /** Topics on the source: its positions, and its syncs. */
  readonly topics: { readonly offsets: string; readonly syncs: string };
  /** The source as the mirror's user, who reads and writes these topics. */
  readonly kafka: KafkaEndpoint;
  /** Replicas of these topics. */
  readonly replicationFactor: number;
  /** Migrated topics whose logs lose records on either side whenever it likes. */
  readonly compacted: readonly string[];
}

/** Offsets of a partition that held no record which is to be copied. */
export interface Gap {
  readonly topic: string;
  readonly partition: number;
  /** The offset at which the log goes on. */
  readonly to: string;
  /** Whose log; the target's matter to the mirror back. @default source */
  readonly side?: SideName;
}

/** An application that is moved by the migration. */
export type WorkloadRef = KubernetesWorkloadRef | ConnectorRef;

/** A consumer group that moves. */
export interface ScopeGroup extends GroupReads {
  readonly name: string;
  /** Migrated topics that it reads. */
  readonly topics: readonly string[];
  /** Whether it may read records again if no exact offset can be proved. */
  readonly allowRedelivery?: boolean;
  /** Whether it has no members at times: nobody waits for one. @default false */
  readonly idle?: boolean;
  /** Those of them that nobody else reads or writes (Kafka Streams): without an offset it begins at their beginning. @default none */
  readonly internal?: readonly string[];
}

/** Records that somebody wrote to the source after the producers had moved, and that the config accepts. */
export interface Straggler {
  readonly topic: string;
  readonly partition: number;
  /** End of what is accepted: the offset after the last record. */
  readonly to: string;
}

/** An application that runs where this program cannot stop it: its owners do. */
export interface ExternalRef extends PositionKeeping {
  /** What people call it. */
  readonly name: string;
  readonly role: Role;
  /** Consumer groups that it joins; empty for producers. */
  readonly groups: readonly string[];
  /** Migrated topics that it writes to; empty for consumers. */
  readonly topics: readonly string[];
}

/** Applications that move together, in a migration that moves them wave by wave. */
export interface WaveRef {
  readonly name: string;
  /** Names of its workloads, external ones among them. */
  readonly workloads: readonly string[];
  /** Groups that its workloads join. */
  readonly groups: readonly string[];
  /** Migrated topics that its workloads read or write. */
  readonly topics: readonly string[];
  /** Those of them that its workloads write to. */
  readonly writes: readonly string[];
  /** Topics whose last writers move with it. */
  readonly closes: readonly string[];
  /** The source connector that copies the topics which it closes; null where it closes none. */
  readonly connector: string | null;
  /** The mirror back of these topics. Absent where it closes none, and where the config opens no way back. */
  readonly reverse?: ReverseRef;
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
  /** Every wave in order, in the scope of some waves too. Absent where applications do not move wave by wave. */
  readonly waves?: readonly WaveRef[];
  /** Present in the scope of some waves: their names. */
  readonly only?: readonly string[];
  /** Present in the scope of one wave: its name. */
  readonly wave?: string;
  /** Topics whose last writers move with the scope; `topics` has others too that its workloads read or write. @default all */
  readonly closes?: readonly string[];
  /** Topics of the scope that applications of earlier waves write to at the target. @default none */
  readonly inUse?: readonly string[];
  /** Topics of the source that were made again, and that the config takes for the same. @default none */
  readonly recreated?: readonly { readonly topic: string; readonly id: string }[];
  /** ConfigMap that holds the ledger's copy. */
  readonly ledger: { readonly kubernetes: KubernetesRef; readonly configMap: string };
}
