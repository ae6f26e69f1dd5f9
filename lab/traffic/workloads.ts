/** One topic that a producer writes. */
export interface WrittenTopic {
  readonly topic: string;
  /** Share of the whole traffic's records, in percent. */
  readonly percent: number;
  /** Number of distinct keys; each key has a sequence of its own. */
  readonly keys: number;
}

export interface ProducerWorkload {
  readonly role: "producer";
  readonly name: string;
  readonly writes: readonly WrittenTopic[];
  /** Writes in transactions, of which some are aborted on purpose. */
  readonly transactional?: boolean;
  /** Every so many-th record is a tombstone (null value); default none. */
  readonly tombstoneEvery?: number;
  /** Writes Avro, whose schemas it registers itself. */
  readonly avro?: boolean;
  /** First part of its keys, for a topic that another producer writes as well. @default none */
  readonly keyPrefix?: string;
  /** Default: a Deployment. */
  readonly kind?: "Rollout";
}

/** What a service makes of a topic: for each record that it reads, one record of the same key. */
export interface Route {
  readonly from: string;
  /** Has as many partitions as `from`; a record keeps its partition, so that the order of its key is kept. */
  readonly to: string;
}

/** An application that reads and writes. */
export interface ServiceWorkload {
  readonly role: "both";
  readonly name: string;
  readonly group: string;
  /** The topics that it reads; what it has no route for is only read. */
  readonly reads: readonly string[];
  readonly routes: readonly Route[];
  /**
   * Whether records and offsets are one transaction, of which some are aborted on purpose and made again. Otherwise its
   * offsets are committed once its records are acknowledged.
   */
  readonly transactional?: boolean;
  /**
   * What it keeps for itself as Kafka Streams does, in transactions: a topic that it writes, reads and deletes behind
   * itself, with the time of each partition beside its offsets. It does not start where these were left behind.
   */
  readonly streams?: { readonly repartition: string };
}

export type TrafficWorkload = ProducerWorkload | ConsumerWorkload | ServiceWorkload;

export interface ConsumerWorkload {
  readonly role: "consumer";
  readonly name: string;
  /** Also the name of the workload, unless it is a twin. */
  readonly group: string;
  readonly reads: readonly string[];
  /** Further groups that its one pod joins, each with what it reads; all of them are quiet then. @default none */
  readonly more?: readonly { readonly group: string; readonly reads: readonly string[] }[];
  readonly replicas: number;
  /** Default: a Deployment. */
  readonly kind?: "StatefulSet" | "Rollout";
  /** True for the second workload of a group, which reads the cluster that a migration moves to. */
  readonly twin?: boolean;
  /** Leaves out what it has processed of the same cluster, as an application does that keeps offsets with its results. */
  readonly remembers?: boolean;
  /** Reads Avro, and fails on a value whose schema's id the registry does not know or knows as another. */
  readonly avro?: boolean;
}

/** Everything that writes and reads in one lab. */
export interface TrafficSet {
  readonly producers: readonly ProducerWorkload[];
  readonly consumers: readonly ConsumerWorkload[];
  /** @default none */
  readonly services?: readonly ServiceWorkload[];
  /** Topics whose old records Kafka may remove before they are read, because a later one has the same key. */
  readonly compactedTopics: readonly string[];
}

/** Topics whose old records Kafka may remove before they are read, because a later one has the same key. */
export const compactedTopics: readonly string[] = ["profiles"];

/** The producers of the lab's traffic. `foo` and `bar` are the topics of the KubeDB guide. */
export const producers: readonly ProducerWorkload[] = [
  { role: "producer", name: "foo-producer", writes: [{ topic: "foo", percent: 20, keys: 60 }] },
  {
    role: "producer",
    name: "bar-producer",
    writes: [
      { topic: "bar", percent: 19, keys: 60 },
      { topic: "history", percent: 1, keys: 5 },
    ],
  },
  { role: "producer", name: "orders-producer", writes: [{ topic: "orders", percent: 40, keys: 240 }] },
  {
    role: "producer",
    name: "profiles-producer",
    writes: [{ topic: "profiles", percent: 10, keys: 100 }],
    tombstoneEvery: 50,
  },
  {
    role: "producer",
    name: "payments-producer",
    writes: [{ topic: "payments", percent: 10, keys: 40 }],
    transactional: true,
  },
];

/** The consumers of the lab's traffic; each is a group of its own. */
export const consumers: readonly ConsumerWorkload[] = [
  { role: "consumer", name: "foo-consumer", group: "foo-consumer", reads: ["foo"], replicas: 1 },
  { role: "consumer", name: "bar-consumer", group: "bar-consumer", reads: ["bar"], replicas: 1 },
  {
    role: "consumer",
    name: "orders-consumer",
    group: "orders-consumer",
    reads: ["orders", "payments"],
    replicas: 2,
    kind: "StatefulSet",
  },
  {
    role: "consumer",
    name: "profiles-consumer",
    group: "profiles-consumer",
    reads: ["profiles", "history", "empty"],
    replicas: 1,
  },
];

/** The same traffic with some of its workloads, by name, as Rollouts of Argo Rollouts. */
export function withRollouts(traffic: TrafficSet, names: readonly string[]): TrafficSet {
  const among = <T extends ProducerWorkload | ConsumerWorkload>(workloads: readonly T[]): T[] =>
    workloads.map((workload) => (names.includes(workload.name) ? { ...workload, kind: "Rollout" } : workload));
  return { ...traffic, producers: among(traffic.producers), consumers: among(traffic.consumers) };
}

/**
 * The same traffic with consumers of one pod each that remember what they have processed. A broker that dies may take
 * a commit with it, and what an application without such a memory then reads again is nobody's doing but its own.
 */
export const withMemory = (traffic: TrafficSet): TrafficSet => ({
  ...traffic,
  consumers: traffic.consumers.map((consumer) => ({ ...consumer, replicas: 1, remembers: true })),
});

/** The lab's traffic unless it is told otherwise. */
export const usualTraffic: TrafficSet = { producers, consumers, compactedTopics };
