import type { MirroredConfig } from "../config/migration-config.ts";
import { brokersOf, replicasOf } from "../config/target-topics.ts";
import { mirrorNames } from "./names.ts";
import { bootstrapInside } from "./side-addresses.ts";

type Properties = Record<string, string>;

/**
 * The properties of MM2's three connectors, without credentials. Where they differ from Kafka's defaults or from the
 * KubeDB guide, the reason is next to them; whatever the config's `mirror` names wins.
 */
export function connectorProperties(config: MirroredConfig): Record<"source" | "checkpoint" | "heartbeat", Properties> {
  const shared = sharedProperties(config);
  const topics = config.topics.map(quotePattern).join(",");
  const replicas = String(internalReplicas(config));
  return {
    source: {
      ...shared,
      "connector.class": "org.apache.kafka.connect.mirror.MirrorSourceConnector",
      "tasks.max": String(config.mirror.tasksMax),
      topics,
      // The source is only read: MM2's default would create and write the syncs there.
      "offset-syncs.topic.location": "target",
      "offset-syncs.topic.replication.factor": replicas,
      "replication.factor": String(replicasOf(config)),
      // A new partition or topic is otherwise unseen for ten minutes.
      "refresh.topics.interval.seconds": "30",
      // Topics are declared; MM2's sync would take away every config that is at its default on the source.
      "sync.topic.configs.enabled": "false",
      // MM2 downgrades and drops ACLs; rights are created explicitly.
      "sync.topic.acls.enabled": "false",
      // Else a topic named `heartbeats` is copied whatever `topics` says.
      "heartbeats.replication.enabled": "false",
      // Else records of aborted transactions become ordinary records.
      "source.consumer.isolation.level": "read_committed",
      "exactly.once.support": config.mirror.exactlyOnce ? "required" : "requested",
      // By default each poll is a transaction of its own, whose markers cost the target more than the records.
      ...(config.mirror.exactlyOnce && {
        "transaction.boundary": "interval",
        "transaction.boundary.interval.ms": "1000",
      }),
      // `all` would drop records that cannot be written.
      "errors.tolerance": "none",
      ...throughput,
      ...config.mirror.source,
    },
    checkpoint: {
      ...shared,
      "connector.class": "org.apache.kafka.connect.mirror.MirrorCheckpointConnector",
      "tasks.max": "1",
      topics,
      groups: config.groups.map((group) => quotePattern(group.name)).join(","),
      // MM2 leaves groups of sink connectors out by default; this pattern fits no name.
      ...(config.groups.some(({ name }) => leftOut.test(name)) && { "groups.exclude": "(?!)" }),
      "offset-syncs.topic.location": "target",
      "checkpoints.topic.replication.factor": replicas,
      "emit.checkpoints.interval.seconds": "10",
      "refresh.groups.interval.seconds": "30",
      // MM2's own sync re-reads records and can rewind a group that has moved; the switch places offsets exactly.
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

/**
 * Larger fetches and batches: about twice the guide's throughput, exactly-once (measured).
 * No compression, although lz4 is faster still and stores less: some clients, kafkajs among them, cannot read it. Set
 * `producer.override.compression.type` where every consumer can.
 */
const throughput: Properties = {
  "source.consumer.fetch.max.bytes": "67108864",
  // Without a minimum a steady trickle makes hundreds of polls a second. It waits 500 ms at most.
  "source.consumer.fetch.min.bytes": "131072",
  "source.consumer.max.partition.fetch.bytes": "4194304",
  "source.consumer.max.poll.records": "5000",
  "producer.override.batch.size": "524288",
  "producer.override.buffer.memory": "67108864",
  "producer.override.linger.ms": "20",
  // A record larger than this fails its task; it is counted uncompressed: 1 MiB is too little for compressed topics.
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
    // Topics keep their names; it must be equal on all three.
    "replication.policy.class": "org.apache.kafka.connect.mirror.IdentityReplicationPolicy",
    "key.converter": converter,
    "value.converter": converter,
    // The guide leaves it out, and Connect's default turns headers into base64 text.
    "header.converter": converter,
  };
}

/**
 * `topics` and `groups` are comma-separated patterns: a dot in a name must match a dot only, a comma must not divide.
 */
export const quotePattern = (name: string): string =>
  name.replace(/[.\\+*?[^\]$(){}=!<>|:#-]/g, "\\$&").replace(/[, ]/g, (sign) => (sign === "," ? "\\x2c" : "\\x20"));

/** Three replicas where there are three brokers: the broker's own default is one. */
const internalReplicas = (config: MirroredConfig): number => Math.min(3, brokersOf(config));
