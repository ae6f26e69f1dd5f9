/**
 * Every property of MirrorMaker 2's three connectors: Kafka's default, and why the program sets another or refuses one.
 * The one place for these reasons; docs/mirror-properties.md is written from it, and `mirror` is checked against it.
 */

import { changing } from "./client-rules.ts";
import type { ClientKind } from "./client-settings.ts";

export const connectors = ["source", "checkpoint", "heartbeat"] as const;
export type Connector = (typeof connectors)[number];

/** The connectors' own names, as a sentence says them. */
export const titles: Readonly<Record<Connector, string>> = {
  source: "MirrorSourceConnector",
  checkpoint: "MirrorCheckpointConnector",
  heartbeat: "MirrorHeartbeatConnector",
};

/** One property, or all that begin with it where the name ends with `*`. */
export interface MirrorProperty {
  readonly name: string;
  readonly of: readonly Connector[];
  /** As Kafka 4.2 has it; null where Kafka demands a value or has none. */
  readonly kafka: string | null;
  /** What the program sets, where that depends on the config; elsewhere the value itself is shown. */
  readonly ours?: string;
  /** The reason, as a sentence without its full stop. */
  readonly why: string;
  /** What sets it; a value under `mirror` would contradict that, and is refused. */
  readonly setBy?: string;
  /** The values that are safe; every other one is refused, and what it would do. */
  readonly allowed?: { readonly values: readonly string[]; readonly otherwise: string };
  /** Why any value is refused, as what the property does. */
  readonly refused?: string;
}

const all = connectors;
const byProgram = "the program from the other inputs";
const topicsAndGroups = "topics and groups";
const lists = {
  setBy: topicsAndGroups,
  why: "the lockfile, without what `topics` and `groups` leave out, is the filter",
};
const bytes = { setBy: byProgram, kafka: null, why: "records are copied as bytes, whatever their format" };
const plain = (why: string) => ({ why });
const once = (otherwise: string, ...values: string[]) => ({ allowed: { values, otherwise } });
const withoutEffect = (why: string) => ({ refused: `has no effect, because ${why}`, why });
const batches = "larger fetches and batches: about twice the guide's throughput, exactly-once (measured)";

export const mirrorProperties: readonly MirrorProperty[] = [
  {
    name: "name",
    of: all,
    kafka: null,
    ours: "`<name>-source-all` and so on",
    setBy: byProgram,
    why: "the name keys the positions that Connect keeps; under another one everything is copied again",
  },
  {
    name: "connector.class",
    of: all,
    kafka: null,
    ours: "`org.apache.kafka.connect.mirror.MirrorSourceConnector` and so on",
    setBy: byProgram,
    why: "one connector of each kind",
  },
  {
    name: "tasks.max",
    of: ["source"],
    kafka: "1",
    ours: "`mirror.tasksMax`",
    setBy: "mirror.tasksMax",
    why: "tasks share the partitions; more tasks than partitions are idle",
  },
  {
    name: "tasks.max",
    of: ["checkpoint", "heartbeat"],
    kafka: "1",
    setBy: byProgram,
    why: "one task has little to do",
  },
  { name: "tasks.max.enforce", of: all, kafka: "true", ...plain("Connect refuses more tasks than `tasks.max`") },
  {
    name: "enabled",
    of: all,
    kafka: "true",
    ...once("switches the connector off", "true"),
    why: "the phase says which connectors run",
  },
  {
    name: "admin.timeout.ms",
    of: all,
    kafka: "60000",
    ...plain("raise it if requests to a busy or distant cluster time out"),
  },
  {
    name: "forwarding.admin.class",
    of: all,
    kafka: "org.apache.kafka.clients.admin.ForwardingAdmin",
    ...plain("a class of your own can create topics in another way; the program has created them already"),
  },
  { name: "config.providers", of: all, kafka: "", ...plain("needed only by values that refer to a provider") },
  { name: "config.providers.*", of: all, kafka: null, ...plain("settings of a provider") },
  { name: "config.action.reload", of: all, kafka: "restart", ...plain("what happens when a provider's value changes") },
  {
    name: "connector.plugin.version",
    of: all,
    kafka: null,
    ...plain("needed only where Connect has several versions of MirrorMaker 2; 4.1 and later"),
  },
  {
    name: "metric.reporters",
    of: all,
    kafka: "org.apache.kafka.common.metrics.JmxReporter",
    ...plain("a second reporter can be added"),
  },
  { name: "auto.include.jmx.reporter", of: all, kafka: "true", ...plain("the exporter reads JMX; 3.9 only") },
  {
    name: "add.source.alias.to.metrics",
    of: ["source"],
    kafka: "false",
    ...plain("4.0 and later always add it; 3.9 only"),
  },

  {
    name: "source.cluster.alias",
    of: all,
    kafka: null,
    setBy: byProgram,
    why: "it keys the positions, and names MirrorMaker 2's own topics",
  },
  {
    name: "target.cluster.alias",
    of: all,
    kafka: "target",
    setBy: byProgram,
    why: "equal in all three connectors",
  },
  {
    name: "source.cluster.*",
    of: all,
    kafka: null,
    ours: "from `source`",
    setBy: byProgram,
    why: "address and login come from `source` and its Secrets",
  },
  {
    name: "target.cluster.*",
    of: all,
    kafka: null,
    ours: "from `target`",
    setBy: byProgram,
    why: "address and login come from `target` and its Secrets",
  },
  {
    name: "replication.policy.class",
    of: all,
    kafka: "org.apache.kafka.connect.mirror.DefaultReplicationPolicy",
    setBy: byProgram,
    why: "topics keep their names, as applications expect; equal in all three connectors",
  },
  {
    name: "replication.policy.*",
    of: all,
    kafka: null,
    setBy: byProgram,
    why: "the identity policy needs no separator",
  },

  { name: "key.converter", of: all, ...bytes },
  { name: "value.converter", of: all, ...bytes },
  {
    name: "header.converter",
    of: all,
    ...bytes,
    why: "the guide leaves it out, and Connect's default turns headers into base64 text",
  },
  {
    name: "key.converter.plugin.version",
    of: all,
    kafka: null,
    ...plain("needed only where Connect has several versions of it; 4.1 and later"),
  },
  { name: "value.converter.plugin.version", of: all, kafka: null, ...plain("as above") },
  { name: "header.converter.plugin.version", of: all, kafka: null, ...plain("as above") },
  { name: "transforms", of: all, kafka: "", refused: changing, why: "the copy equals the original, record by record" },
  { name: "transforms.*", of: all, kafka: null, refused: changing, why: "as above" },
  { name: "predicates", of: all, kafka: "", refused: changing, why: "as above" },
  { name: "predicates.*", of: all, kafka: null, refused: changing, why: "as above" },

  { name: "topics", of: ["source", "checkpoint"], kafka: ".*", ours: "every migrated topic, quoted", ...lists },
  {
    name: "topics.exclude",
    of: ["source", "checkpoint"],
    kafka: "mm2.*\\.internal, .*\\.replica, __.*",
    ours: "Kafka's default",
    ...lists,
  },
  { name: "topics.blacklist", of: ["source", "checkpoint"], kafka: null, ...lists },
  {
    name: "topic.filter.class",
    of: ["source", "checkpoint"],
    kafka: "org.apache.kafka.connect.mirror.DefaultTopicFilter",
    ...lists,
  },
  { name: "groups", of: ["checkpoint"], kafka: ".*", ours: "every migrated group, quoted", ...lists },
  {
    name: "groups.exclude",
    of: ["checkpoint"],
    kafka: "console-consumer-.*, connect-.*, __.*",
    ours: "Kafka's default; a pattern that fits no name if a migrated group fits that",
    setBy: topicsAndGroups,
    why: "groups of sink connectors are left out by default",
  },
  { name: "groups.blacklist", of: ["checkpoint"], kafka: null, ...lists },
  {
    name: "group.filter.class",
    of: ["checkpoint"],
    kafka: "org.apache.kafka.connect.mirror.DefaultGroupFilter",
    ...lists,
  },

  {
    name: "offset-syncs.topic.location",
    of: ["source", "checkpoint"],
    kafka: "source",
    ...once("writes to the source, which is only read", "target"),
    why: "the source is only read; equal in both connectors",
  },
  {
    name: "offset-syncs.topic.replication.factor",
    of: ["source"],
    kafka: "3",
    ours: "3, or the number of brokers",
    ...plain("the guide's -1 is the broker's default, which is one replica"),
  },
  {
    name: "emit.offset-syncs.enabled",
    of: ["source"],
    kafka: "true",
    ...once("leaves out the syncs by which groups are placed", "true"),
    why: "a group that lags is placed by the syncs",
  },
  {
    name: "offset.lag.max",
    of: ["source"],
    kafka: "100",
    ...plain(
      "how far a sync may be behind; a lower value repeats less where `groups.allowRedelivery` is used, and costs writes. Exact placement does not depend on it",
    ),
  },
  {
    name: "consumer.poll.timeout.ms",
    of: ["source", "checkpoint"],
    kafka: "1000",
    ...plain("how long one poll waits for records"),
  },
  {
    name: "replication.factor",
    of: ["source"],
    kafka: "2",
    ours: "`topics.replicationFactor`",
    setBy: "topics.replicationFactor",
    why: "the program has created the topics before MirrorMaker 2 starts; the guide's -1 is the broker's default, which is one replica",
  },
  {
    name: "refresh.topics.enabled",
    of: ["source"],
    kafka: "true",
    ...once("never copies a partition that is added later", "true"),
    why: "partitions can be added while the mirror runs",
  },
  {
    name: "refresh.topics.interval.seconds",
    of: ["source"],
    kafka: "600",
    ...plain("a new partition would otherwise be unseen for ten minutes"),
  },
  {
    name: "sync.topic.configs.enabled",
    of: ["source"],
    kafka: "true",
    ...once("takes away what the program declares of each topic", "false"),
    why: "the topics are created from the lockfile; the sync deletes each config that is at its default on the source, and never copies min.insync.replicas",
  },
  {
    name: "sync.topic.configs.interval.seconds",
    of: ["source"],
    kafka: "600",
    ...withoutEffect("topic configs come from the lockfile"),
  },
  {
    name: "config.property.filter.class",
    of: ["source"],
    kafka: "org.apache.kafka.connect.mirror.DefaultConfigPropertyFilter",
    ...withoutEffect("topic configs come from the lockfile; topics.configs replaces single ones"),
  },
  {
    name: "config.properties.exclude",
    of: ["source"],
    kafka:
      "follower\\.replication\\.throttled\\.replicas, leader\\.replication\\.throttled\\.replicas, message\\.timestamp\\.difference\\.max\\.ms, message\\.timestamp\\.type, unclean\\.leader\\.election\\.enable, min\\.insync\\.replicas",
    ...withoutEffect("topic configs come from the lockfile; topics.configs replaces single ones"),
  },
  {
    name: "config.properties.blacklist",
    of: ["source"],
    kafka: null,
    ...withoutEffect("topic configs come from the lockfile; topics.configs replaces single ones"),
  },
  {
    name: "use.defaults.from",
    of: ["source"],
    kafka: "target",
    ...withoutEffect("topic configs come from the lockfile"),
  },
  {
    name: "use.incremental.alter.configs",
    of: ["source"],
    kafka: null,
    ...withoutEffect("topic configs come from the lockfile"),
  },
  {
    name: "sync.topic.acls.enabled",
    of: ["source"],
    kafka: "true",
    ...once("grants rights that differ from the source's", "false"),
    why: "it downgrades and drops ACLs; `rights` creates them as they are on the source",
  },
  {
    name: "sync.topic.acls.interval.seconds",
    of: ["source"],
    kafka: "600",
    ...withoutEffect("rights are created by the section rights"),
  },
  {
    name: "heartbeats.replication.enabled",
    of: ["source"],
    kafka: "true",
    ...once("copies a topic named heartbeats whatever topics says", "false"),
    why: "otherwise a topic named `heartbeats` is copied whatever `topics` says; 3.9 does not know it",
  },

  {
    name: "exactly.once.support",
    of: ["source"],
    kafka: "requested",
    ours: "`required`, without `mirror.exactlyOnce` `requested`",
    setBy: "mirror.exactlyOnce",
    why: "a crash of Connect repeats no record",
  },
  {
    name: "transaction.boundary",
    of: ["source"],
    kafka: "poll",
    ...once("MirrorSourceConnector does not support", "poll", "interval"),
    why: "by default each poll is a transaction of its own, whose markers cost the target more than the records",
  },
  {
    name: "transaction.boundary.interval.ms",
    of: ["source"],
    kafka: null,
    ...plain("a second: readers of committed records wait that long at most"),
  },
  {
    name: "offsets.storage.topic",
    of: ["source"],
    kafka: null,
    ...plain("positions in a topic of the connector's own instead of the workers'"),
  },
  {
    name: "topic.creation.groups",
    of: ["source"],
    kafka: "",
    ...withoutEffect("the program has created the topics before MirrorMaker 2 starts"),
  },
  {
    name: "topic.creation.*",
    of: ["source"],
    kafka: null,
    ...withoutEffect("the program has created the topics before MirrorMaker 2 starts"),
  },
  {
    name: "errors.tolerance",
    of: ["source"],
    kafka: "none",
    ...once("drops records", "none"),
    why: "a record that cannot be written fails its task, instead of being left out",
  },
  { name: "errors.tolerance", of: ["checkpoint", "heartbeat"], kafka: "none", ...plain("nothing is copied here") },
  {
    name: "errors.log.enable",
    of: all,
    kafka: "false",
    ...plain("writes the problem of a record to the worker's log"),
  },
  {
    name: "errors.log.include.messages",
    of: all,
    kafka: "false",
    ...once("writes keys and values of records to the log", "false"),
    why: "the log must not hold the applications' data",
  },
  { name: "errors.retry.timeout", of: all, kafka: "0", ...plain("how long an operation is repeated") },
  { name: "errors.retry.delay.max.ms", of: all, kafka: "60000", ...plain("the longest wait between two attempts") },

  {
    name: "checkpoints.topic.replication.factor",
    of: ["checkpoint"],
    kafka: "3",
    ours: "3, or the number of brokers",
    ...plain("the guide's -1 is the broker's default, which is one replica"),
  },
  {
    name: "emit.checkpoints.enabled",
    of: ["checkpoint"],
    kafka: "true",
    ...once("leaves out the checkpoints that groups.allowRedelivery and its forecast read", "true"),
    why: "`groups.allowRedelivery` and its forecast read checkpoints",
  },
  {
    name: "emit.checkpoints.interval.seconds",
    of: ["checkpoint"],
    kafka: "60",
    ...plain("a checkpoint is at most that old; the guide has 10 too"),
  },
  {
    name: "refresh.groups.enabled",
    of: ["checkpoint"],
    kafka: "true",
    ...once("makes no checkpoint of a group that begins later", "true"),
    why: "a group may begin while the mirror runs",
  },
  {
    name: "refresh.groups.interval.seconds",
    of: ["checkpoint"],
    kafka: "600",
    ...plain("a group that begins later would otherwise be unseen for ten minutes; the guide has 10"),
  },
  {
    name: "sync.group.offsets.enabled",
    of: ["checkpoint"],
    kafka: "false",
    ...once("can rewind a group after it moved; the switch places offsets exactly", "false"),
    why: "it re-reads records and can rewind a group that has moved; the switch places offsets exactly",
  },
  {
    name: "sync.group.offsets.interval.seconds",
    of: ["checkpoint"],
    kafka: "60",
    ...withoutEffect("the switch places offsets, not MirrorMaker 2"),
  },

  {
    name: "emit.heartbeats.enabled",
    of: ["heartbeat"],
    kafka: "true",
    ...plain("a heartbeat shows that Connect can write to the target; `false` leaves the connector without a task"),
  },
  { name: "emit.heartbeats.interval.seconds", of: ["heartbeat"], kafka: "1", ...plain("how often one is written") },
  {
    name: "heartbeats.topic.replication.factor",
    of: ["heartbeat"],
    kafka: "3",
    ours: "3, or the number of brokers",
    ...plain("the guide's -1 is the broker's default, which is one replica"),
  },

  ...["source.consumer.", "consumer."].flatMap((prefix): MirrorProperty[] => [
    {
      name: `${prefix}isolation.level`,
      of: ["source"],
      kafka: "read_uncommitted",
      ...once("copies records of aborted transactions", "read_committed"),
      why: "otherwise records of aborted transactions become ordinary records",
    },
    {
      name: `${prefix}auto.offset.reset`,
      of: ["source"],
      kafka: "earliest",
      ...once("leaves out what the topics hold already", "earliest"),
      why: "a partition without a position is copied from its beginning",
    },
  ]),
  { name: "source.consumer.fetch.max.bytes", of: ["source"], kafka: "52428800", ...plain(batches) },
  {
    name: "source.consumer.fetch.min.bytes",
    of: ["source"],
    kafka: "1",
    ...plain("without a minimum a steady trickle makes hundreds of polls a second; it waits 500 ms at most"),
  },
  {
    name: "consumer.override.fetch.min.bytes",
    of: all,
    kafka: "1",
    ...plain(
      "exactly-once, each connector and each task follows the topic of all positions: without a minimum every commit of any of them wakes them all; it waits 500 ms at most",
    ),
  },
  { name: "source.consumer.max.partition.fetch.bytes", of: ["source"], kafka: "1048576", ...plain(batches) },
  { name: "source.consumer.max.poll.records", of: ["source"], kafka: "500", ...plain(batches) },
  { name: "producer.override.batch.size", of: ["source"], kafka: "16384", ...plain(batches) },
  { name: "producer.override.buffer.memory", of: ["source"], kafka: "33554432", ...plain(batches) },
  { name: "producer.override.linger.ms", of: ["source"], kafka: "5", ...plain(batches) },
  {
    name: "producer.override.max.request.size",
    of: ["source"],
    kafka: "1048576",
    ...plain(
      "a record larger than this fails its task; it is counted uncompressed, so 1 MiB is too little for compressed topics",
    ),
  },
  {
    name: "producer.override.compression.type",
    of: ["source"],
    kafka: "none",
    ...plain(
      "lz4 is faster and stores less, but some clients, kafkajs among them, cannot read it: set it where every consumer can",
    ),
  },
  {
    name: "producer.override.acks",
    of: ["source"],
    kafka: "all",
    ...once("loses records", "all", "-1"),
    why: "a copy that one broker has alone is lost with it",
  },
];

/** Clients that the connectors have, and the prefix of their settings; `kind` says which settings those are. */
export interface MirrorClient {
  readonly prefix: string;
  readonly kind: ClientKind;
  readonly of: readonly Connector[];
  readonly does: string;
}

export const mirrorClients: readonly MirrorClient[] = [
  { prefix: "source.consumer.", kind: "consumer", of: ["source"], does: "reads the source's records" },
  {
    prefix: "source.admin.",
    kind: "admin",
    of: ["source", "checkpoint"],
    does: "asks the source for topics and groups",
  },
  {
    prefix: "target.admin.",
    kind: "admin",
    of: all,
    does: "asks the target for topics and creates MirrorMaker 2's own",
  },
  { prefix: "target.producer.", kind: "producer", of: ["source"], does: "writes the offset syncs" },
  {
    prefix: "target.consumer.",
    kind: "consumer",
    of: ["checkpoint"],
    does: "reads the offset syncs and earlier checkpoints",
  },
  { prefix: "source.producer.", kind: "producer", of: [], does: "would write to the source, which is only read" },
  {
    prefix: "producer.override.",
    kind: "producer",
    of: all,
    does: "is Connect's: writes copied records, checkpoints and heartbeats",
  },
  { prefix: "consumer.override.", kind: "consumer", of: all, does: "is Connect's: reads the connector's positions" },
  { prefix: "admin.override.", kind: "admin", of: all, does: "is Connect's: creates the topic of the positions" },
  { prefix: "consumer.", kind: "consumer", of: ["source", "checkpoint"], does: "stands for both sides' consumer" },
  { prefix: "producer.", kind: "producer", of: ["source"], does: "stands for the producer of the offset syncs" },
  { prefix: "admin.", kind: "admin", of: all, does: "stands for both sides' admin client" },
];
