import type { BrokenConfig } from "./broken-config.ts";

/** Connect, the mirror, durations and the end of the source that do not fit together. */
export const mirrorAndTimes: readonly BrokenConfig[] = [
  [
    "an override of a strategy's number of tasks",
    (raw) => (raw.mirror.source = { "tasks.max": "16" }),
    'mirror.source["tasks.max"]',
    "set by mirror.tasksMax; remove it here",
  ],
  [
    "an override of which topics are mirrored",
    (raw) => (raw.mirror.source = { topics: "foo,bar" }),
    "mirror.source.topics",
    "set by topics and groups; remove it here",
  ],
  [
    "an override of what is left out",
    (raw) => (raw.mirror.checkpoint = { "groups.exclude": "bar-.*" }),
    'mirror.checkpoint["groups.exclude"]',
    "set by topics and groups; remove it here",
  ],
  [
    "an override of the replication factor",
    (raw) => (raw.mirror.source = { "replication.factor": "1" }),
    'mirror.source["replication.factor"]',
    "set by topics.replicationFactor; remove it here",
  ],
  [
    "an override of the sides' names",
    (raw) => (raw.mirror.source = { "source.cluster.alias": "old" }),
    'mirror.source["source.cluster.alias"]',
    "set by the program from the other inputs; remove it here",
  ],
  [
    "an override of how topics are named",
    (raw) =>
      (raw.mirror.heartbeat = {
        "replication.policy.class": "org.apache.kafka.connect.mirror.DefaultReplicationPolicy",
      }),
    'mirror.heartbeat["replication.policy.class"]',
    "set by the program from the other inputs; remove it here",
  ],
  [
    "exactly-once switched off past the key for it",
    (raw) => (raw.mirror.source = { "exactly.once.support": "requested" }),
    'mirror.source["exactly.once.support"]',
    "set by mirror.exactlyOnce; remove it here",
  ],
  [
    "exactly-once switched off on the workers",
    (raw) => (raw.connect.worker = { "exactly.once.source.support": "disabled" }),
    'connect.worker["exactly.once.source.support"]',
    "set by mirror.exactlyOnce; remove it here",
  ],
  [
    "workers of another group",
    (raw) => (raw.connect.worker = { "group.id": "connect" }),
    'connect.worker["group.id"]',
    "set by connect.name; remove it here",
  ],
  [
    "workers with storage topics of another name",
    (raw) => (raw.connect.worker = { "offset.storage.topic": "offsets" }),
    'connect.worker["offset.storage.topic"]',
    "set by connect.name; remove it here",
  ],
  [
    "a topic of positions that the program names itself",
    (raw) => (raw.connect.offsetsTopic = "connect-offsets"),
    "connect.offsetsTopic",
    "not needed: for a ConnectCluster that the program creates, the topic is known; remove it",
  ],
  [
    "a request that may take longer than a day",
    (raw) => (raw.target.requestSeconds = 90_000),
    "target.requestSeconds",
    "found 90000; allowed: at most 86400 seconds, a day",
  ],
  [
    "workers of another cluster",
    (raw) => (raw.connect.worker = { "bootstrap.servers": "kafka.example.internal:9092" }),
    'connect.worker["bootstrap.servers"]',
    "set by target; remove it here",
  ],
  [
    "storage topics with more replicas than brokers",
    (raw) => (raw.connect.worker = { "offset.storage.replication.factor": "5" }),
    'connect.worker["offset.storage.replication.factor"]',
    "found 5, the target has 3 brokers; allowed: at most 3",
  ],
  [
    "topics with more replicas than brokers by default",
    (raw) => (raw.target.cluster.configuration = { "default.replication.factor": "4" }),
    'target.cluster.configuration["default.replication.factor"]',
    "found 4, the target has 3 brokers; allowed: at most 3",
  ],
  [
    "more replicas in sync than brokers",
    (raw) => (raw.target.cluster.configuration = { "min.insync.replicas": "4" }),
    'target.cluster.configuration["min.insync.replicas"]',
    "found 4, but topics have 3 replicas; allowed: at most 3",
  ],
  [
    "more replicas than brokers",
    (raw) => (raw.topics.replicationFactor = 4),
    "topics.replicationFactor",
    "4 replicas need as many brokers, the target has 3; allowed: at most 3",
  ],
  [
    "more replicas of one topic than brokers",
    (raw) => (raw.topics.replicationFactors = { foo: 4 }),
    "topics.replicationFactors.foo",
    "4 replicas need as many brokers, the target has 3; allowed: at most 3",
  ],
  [
    "a replication factor that is neither a number nor source",
    (raw) => (raw.topics.replicationFactor = "target"),
    "topics.replicationFactor",
    'found "target"; allowed: a number from 1 on, or source',
  ],
  [
    "at least once in production without words",
    (raw) => {
      Object.assign(raw, { production: true, retire: { soakHours: 24 } });
      raw.mirror.exactlyOnce = false;
    },
    "mirror.reason",
    "missing; with exactlyOnce: false a production stack can copy records twice; say why that is acceptable, or set exactlyOnce to true",
  ],
  [
    "offsets that are written more seldom than a switch waits",
    (raw) => {
      raw.mirror.exactlyOnce = false;
      raw.connect.worker = { "offset.flush.interval.ms": "300000" };
    },
    'connect.worker["offset.flush.interval.ms"]',
    "found 300000, but a switch waits 300 s (switch.drainSeconds) for offsets that are written this rarely; allowed: less than 300000",
  ],
  [
    "a gate that can never open",
    (raw) => (raw.gates.holdSeconds = 600),
    "gates.holdSeconds",
    "found 600, which never fits into timeoutSeconds (600); allowed: less than that",
  ],
  [
    "a preview that looks longer than an update waits",
    (raw) => (raw.gates.sweepSeconds = 601),
    "gates.sweepSeconds",
    "found 601, longer than an update waits (timeoutSeconds, 600); allowed: at most that",
  ],
  [
    "a production source that goes at once",
    (raw) => (raw.production = true),
    "retire.soakHours",
    "found 0, so a production source could be retired right after the switch; allowed: 1 or more",
  ],
  [
    "the target's id typed in to confirm the source's end",
    (raw) => (raw.retire.sourceClusterId = raw.target.clusterId = "7fT2Wm4cQbKp0ZsX1eRjUg"),
    "retire.sourceClusterId",
    "it is the target's cluster id; allowed: the id that the source's brokers report",
  ],
  [
    "another id typed in than the source's pinned one",
    (raw) => {
      raw.source.clusterId = "lab-source-cluster-id0";
      raw.retire.sourceClusterId = "9aB3Wm4cQbKp0ZsX1eRjUg";
    },
    "retire.sourceClusterId",
    'found "9aB3Wm4cQbKp0ZsX1eRjUg", but source.clusterId is "lab-source-cluster-id0"; allowed: the same id in both; correct the wrong one',
  ],
  [
    "the source's end without its name",
    (raw) => (raw.phase = "cleanup"),
    "cleanup.confirm",
    "missing, and phase cleanup deletes Kafka demo/source-kafka; allowed: demo/source-kafka, typed in to confirm that",
  ],
  [
    "another cluster's name typed in to confirm the source's end",
    (raw) => (raw.cleanup = { confirm: "demo/target-kafka" }),
    "cleanup.confirm",
    'found "demo/target-kafka", which is not the source; allowed: demo/source-kafka',
  ],
  [
    "the end of a source that is somebody else's",
    (raw) => {
      raw.source.cluster = { kind: "external" };
      raw.source.bootstrap = ["source:9094"];
      raw.cleanup = { confirm: "demo/source-kafka" };
    },
    "cleanup.confirm",
    "the source is external, and its owners delete it; allowed: no cleanup.confirm",
  ],
  [
    "a beginning in a row that the strategy does not have",
    (raw) => (raw.startAt = { row: "move-producer", reason: "copied by hand before" }),
    "startAt.row",
    'found "move-producer", which is not a phase of producers-first; allowed: prepare, mirror, move-producers, move-consumers, validate, retire, cleanup',
  ],
];
