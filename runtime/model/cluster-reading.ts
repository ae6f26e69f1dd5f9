/** A reading of a cluster; nothing in it is secret. Offsets and bytes are bigint, times milliseconds since 1970. */

export interface BrokerReading {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

export interface TopicReading {
  readonly name: string;
  /** Kafka's id of the topic: a topic that was deleted and re-created has another. `unknownTopicId` where the cluster has none. */
  readonly id: string;
  readonly internal: boolean;
  readonly partitions: readonly {
    readonly partition: number;
    /** Broker id; -1 is a partition without leader. */
    readonly leader: number;
    readonly replicas: readonly number[];
    readonly inSync: readonly number[];
  }[];
}

/** Who set a config's value: the topic itself, a broker (dynamically or in its file), or neither. */
export type ConfigOrigin = "topic" | "broker" | "kafka";

export interface ConfigReading {
  readonly value: string;
  readonly from: ConfigOrigin;
  /** The value if the topic did not set it; null if Kafka does not say. */
  readonly otherwise: { readonly value: string; readonly from: "broker" | "kafka" } | null;
}

export interface GroupReading {
  readonly name: string;
  /** `consumer` is the protocol of KIP-848, `streams` the one of KIP-1071. */
  readonly protocol: "classic" | "consumer" | "streams";
  /** How the members of a classic group share the partitions, such as `range`; empty without members. */
  readonly assignor: string;
  /** `Stable`, `Empty` and the like. */
  readonly state: string;
  readonly members: readonly { readonly clientId: string; readonly host: string }[];
  /** Present if its offsets are those of clients that never joined it. */
  readonly simple?: true;
  readonly committed: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly offset: bigint;
    /** The metadata that the client commits with the offset; mostly empty. */
    readonly metadata?: string;
  }[];
}

/** An ACL in the words of Kafka's own tools: `Read`, `Topic`, `Prefixed`. */
export interface AclReading {
  readonly principal: string;
  readonly host: string;
  readonly operation: string;
  readonly permission: "Allow" | "Deny";
  readonly resourceType: string;
  readonly resourceName: string;
  readonly patternType: "Literal" | "Prefixed";
}

export interface UserReading {
  readonly name: string;
  /** Iterations by SCRAM mechanism. */
  readonly mechanisms: Readonly<Record<string, number>>;
}

export interface QuotaReading {
  /** Name by `user`, `client-id` or `ip`; `<default>` is every client without its own quota. */
  readonly entity: Readonly<Record<string, string>>;
  readonly limits: Readonly<Record<string, number>>;
}

/** Something that the user is not allowed to read, or that the cluster does not have. */
export interface Unread {
  /** `acls`, `users`, `quotas`, `topics`, `configs`, `groups`, `sizes`, `controllers`. */
  readonly what: string;
  readonly reason: string;
  /** Kafka's name of the error, such as `SECURITY_DISABLED`; absent where Kafka hides things without an error. */
  readonly code?: string;
  /** Topics whose configs it is about; absent where it is about all that `what` says. */
  readonly topics?: readonly string[];
}

/** How brokers agree with each other. */
export type ClusterMode = "kraft" | "zookeeper";

/** Everything about a cluster that traffic does not change from one second to the next, the groups' offsets aside. */
export interface ClusterReading {
  readonly clusterId: string;
  /**
   * Release of the brokers, such as `3.9`: by the finalized features, else by the requests that they take; null for a
   * service that only speaks Kafka's protocol.
   */
  readonly kafka: string | null;
  /** The release whose requests the brokers take; null before 2.4. */
  readonly speaks: string | null;
  /** Null for a service that only speaks Kafka's protocol. */
  readonly mode: ClusterMode | null;
  readonly brokers: readonly BrokerReading[];
  /** Voters of the controllers' quorum; null if it could not be read. */
  readonly controllers: readonly number[] | null;
  /** Config of the first broker, sensitive values left out. */
  readonly brokerConfig: Readonly<Record<string, string>>;
  readonly topics: readonly TopicReading[];
  /** By topic, then by name; sensitive values left out. */
  readonly configs: ReadonlyMap<string, Readonly<Record<string, ConfigReading>>>;
  readonly groups: readonly GroupReading[];
  /** Names of share groups, which have no offsets that could be read or set. */
  readonly shareGroups: readonly string[];
  readonly acls: readonly AclReading[];
  readonly users: readonly UserReading[];
  readonly quotas: readonly QuotaReading[];
  readonly unread: readonly Unread[];
}

/** How full the logs are at one moment. */
export interface LoadReading {
  readonly takenAt: number;
  readonly partitions: ReadonlyMap<string, PartitionLoad>;
  readonly disks: readonly DiskReading[];
  readonly unread: readonly Unread[];
}

export interface PartitionLoad {
  readonly topic: string;
  readonly partition: number;
  /** First offset that can still be read. */
  readonly start: bigint;
  /** Last stable offset: below `end` while a transaction is open. */
  readonly stable: bigint;
  readonly end: bigint;
  /** Bytes of the largest replica; null if the sizes could not be read. */
  readonly bytes: bigint | null;
}

/** What a side carries at one moment, over all topics that the user may describe. */
export interface SideLoad {
  readonly clusterId: string;
  readonly brokers: readonly BrokerReading[];
  readonly topics: readonly TopicReading[];
  /** Bytes by `partitionName`; null if the sizes could not be read. */
  readonly bytes: ReadonlyMap<string, PartitionBytes> | null;
  readonly disks: readonly DiskReading[];
  /** Why sizes and disks could not be read; null if they were. */
  readonly unread: string | null;
}

export interface PartitionBytes {
  readonly largestReplica: bigint;
  readonly allReplicas: bigint;
}

export interface DiskReading {
  readonly broker: number;
  readonly directory: string;
  /** Null where the broker does not say. */
  readonly totalBytes: bigint | null;
  readonly usableBytes: bigint | null;
}
