import { type MirroredConfig, lockedTopics } from "../config/migration-config.ts";
import { brokersOf, replicasOf } from "../config/target-topics.ts";
import { mirrorNames, type ReverseConnector, type SourceConnector } from "./names.ts";
import { bootstrapInside } from "./side-addresses.ts";

type Properties = Record<string, string>;

/**
 * The properties of MM2's three connectors, without credentials. Why each is as it is: config/mirror-properties/table.ts.
 * Whatever the config's `mirror` names wins. `source`: which of several source connectors is meant. @default one for all
 * topics
 */
export function connectorProperties(
  config: MirroredConfig,
  source: Pick<SourceConnector, "topics"> = config,
): Record<"source" | "checkpoint" | "heartbeat", Properties> {
  const shared = sharedProperties(config);
  const replicas = String(internalReplicas(config));
  return {
    source: {
      ...shared,
      "connector.class": "org.apache.kafka.connect.mirror.MirrorSourceConnector",
      "tasks.max": String(tasksOf(config, source.topics)),
      topics: patterns(source.topics),
      "offset-syncs.topic.location": "target",
      "offset-syncs.topic.replication.factor": replicas,
      "replication.factor": String(replicasOf(config)),
      "refresh.topics.interval.seconds": "30",
      "sync.topic.configs.enabled": "false",
      "sync.topic.acls.enabled": "false",
      "heartbeats.replication.enabled": "false",
      "source.consumer.isolation.level": "read_committed",
      "exactly.once.support": config.mirror.exactlyOnce ? "required" : "requested",
      ...(config.mirror.exactlyOnce && {
        "transaction.boundary": "interval",
        "transaction.boundary.interval.ms": "1000",
      }),
      "errors.tolerance": "none",
      ...throughput,
      ...config.mirror.source,
    },
    checkpoint: {
      ...shared,
      "connector.class": "org.apache.kafka.connect.mirror.MirrorCheckpointConnector",
      "tasks.max": "1",
      topics: patterns(config.topics),
      groups: config.groups.map((group) => quotePattern(group.name)).join(","),
      ...(config.groups.some(({ name }) => leftOut.test(name)) && { "groups.exclude": "(?!)" }),
      "offset-syncs.topic.location": "target",
      "checkpoints.topic.replication.factor": replicas,
      "emit.checkpoints.interval.seconds": "10",
      "refresh.groups.interval.seconds": "30",
      "sync.group.offsets.enabled": "false",
      ...config.mirror.checkpoint,
    },
    heartbeat: {
      ...shared,
      "connector.class": "org.apache.kafka.connect.mirror.MirrorHeartbeatConnector",
      "tasks.max": "1",
      "heartbeats.topic.replication.factor": replicas,
      ...config.mirror.heartbeat,
    },
  };
}

/** The tasks of all source connectors together are as many as the config says: each gets its share by its partitions. */
function tasksOf(config: MirroredConfig, topics: readonly string[]): number {
  if (topics.length === config.topics.length) return config.mirror.tasksMax;
  const partitions = (of: Pick<MirroredConfig, "topics" | "inventory">) =>
    lockedTopics(of).reduce((sum, topic) => sum + topic.partitions, 0);
  const share = partitions({ ...config, topics }) / Math.max(1, partitions(config));
  return Math.max(1, Math.round(config.mirror.tasksMax * share));
}

const patterns = (names: readonly string[]): string => names.map(quotePattern).join(",");

/**
 * The properties of a connector of the mirror back, from the target to the source, on the same Connect: all three of its clients are led
 * to the source, its positions lie there, and nothing but records is written. docs/decisions/0031 says why each.
 */
export function reverseProperties(config: MirroredConfig, { topics, alias, own }: ReverseConnector): Properties {
  const source = bootstrapInside(config, "source").join(",");
  const replicas = String(Math.min(3, config.inventory.source.brokers));
  return {
    ...sharedProperties(config),
    "source.cluster.alias": alias,
    "source.cluster.bootstrap.servers": bootstrapInside(config, "target").join(","),
    "target.cluster.alias": `${config.name}-source`,
    "target.cluster.bootstrap.servers": source,
    ...Object.fromEntries(overridden.map((prefix) => [`${prefix}bootstrap.servers`, source])),
    "connector.class": "org.apache.kafka.connect.mirror.MirrorSourceConnector",
    "tasks.max": String(tasksOf(config, topics)),
    topics: patterns(topics),
    "offsets.storage.topic": own.offsets,
    "offset-syncs.topic.location": "target",
    "offset-syncs.topic.replication.factor": replicas,
    "refresh.topics.enabled": "false",
    "sync.topic.configs.enabled": "false",
    "sync.topic.acls.enabled": "false",
    "heartbeats.replication.enabled": "false",
    "source.consumer.isolation.level": "read_committed",
    "exactly.once.support": "required",
    "transaction.boundary": "interval",
    "transaction.boundary.interval.ms": "1000",
    "errors.tolerance": "none",
    ...throughput,
  };
}

/** Prefixes of the clients that a worker makes for a connector: they reach the worker's cluster unless told otherwise. */
export const overridden = ["producer.override.", "consumer.override.", "admin.override."] as const;

/** Groups that MM2 passes over by its own default, whatever `groups` says. */
const leftOut = /^(console-consumer-|connect-|__)/;

/** Worker properties of the Connect cluster, without the ones that its platform sets. */
export function workerProperties(config: MirroredConfig): Properties {
  const { connectTopics } = mirrorNames(config);
  const replicas = String(internalReplicas(config));
  return {
    "group.id": config.connect.name,
    "config.storage.topic": connectTopics.config,
    "offset.storage.topic": connectTopics.offset,
    "status.storage.topic": connectTopics.status,
    "config.storage.replication.factor": replicas,
    "offset.storage.replication.factor": replicas,
    "status.storage.replication.factor": replicas,
    ...(config.mirror.exactlyOnce && { "exactly.once.source.support": "enabled" }),
    // Exactly-once, each question for a connector's offsets reads that topic from its beginning, and compaction leaves
    // the open segment as it is: 1 GiB by default. It is set when Connect makes the topic.
    "offset.storage.segment.bytes": "1048576",
    // Without exactly-once, what a crash repeats is what was copied since the last flush.
    "offset.flush.interval.ms": "10000",
    // A task that is stopped gets time to commit its offsets, but writes may be paused meanwhile.
    "task.shutdown.graceful.timeout.ms": "10000",
    // Otherwise a dead worker's tasks do nothing for five minutes.
    "scheduled.rebalance.max.delay.ms": "10000",
    ...config.connect.worker,
  };
}

const throughput: Properties = {
  "source.consumer.fetch.max.bytes": "67108864",
  "source.consumer.fetch.min.bytes": "131072",
  "source.consumer.max.partition.fetch.bytes": "4194304",
  "source.consumer.max.poll.records": "5000",
  "producer.override.batch.size": "524288",
  "producer.override.buffer.memory": "67108864",
  "producer.override.linger.ms": "20",
  "producer.override.max.request.size": "16777216",
};

function sharedProperties(config: MirroredConfig): Properties {
  const names = mirrorNames(config);
  const converter = "org.apache.kafka.connect.converters.ByteArrayConverter";
  return {
    "source.cluster.alias": names.sourceAlias,
    "source.cluster.bootstrap.servers": bootstrapInside(config, "source").join(","),
    "target.cluster.alias": names.targetAlias,
    "target.cluster.bootstrap.servers": bootstrapInside(config, "target").join(","),
    "replication.policy.class": "org.apache.kafka.connect.mirror.IdentityReplicationPolicy",
    "key.converter": converter,
    "value.converter": converter,
    "header.converter": converter,
    "consumer.override.fetch.min.bytes": "65536",
  };
}

/**
 * `topics` and `groups` are comma-separated patterns: a dot in a name must match a dot only, a comma must not divide.
 */
export const quotePattern = (name: string): string =>
  name.replace(/[.\\+*?[^\]$(){}=!<>|:#-]/g, "\\$&").replace(/[, ]/g, (sign) => (sign === "," ? "\\x2c" : "\\x20"));

/** Three replicas where there are three brokers: the broker's own default is one. */
const internalReplicas = (config: MirroredConfig): number => Math.min(3, brokersOf(config));
