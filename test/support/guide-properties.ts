/** The properties that KubeDB's migration guide sets or lists in its table, each with a value of one's own. */
import type { Connector } from "../../config/mirror-properties/table.ts";

export interface GuideProperty {
  readonly name: string;
  readonly of: Connector;
  /** A value other than the program's. */
  readonly value: string;
  /** Whether a stack may set that value. */
  readonly taken: boolean;
}

const [source, checkpoint, heartbeat] = ["source", "checkpoint", "heartbeat"] as const;
const row = (of: Connector, name: string, value: string, taken: boolean): GuideProperty => ({ name, of, value, taken });
const everywhere = [source, checkpoint, heartbeat] as const;
const lists = [source, checkpoint] as const;

export const guideProperties: readonly GuideProperty[] = [
  ...everywhere.map((of) => row(of, "admin.timeout.ms", "90000", true)),
  ...everywhere.map((of) => row(of, "replication.policy.class", "org.example.Policy", false)),
  ...lists.map((of) => row(of, "consumer.poll.timeout.ms", "2000", true)),
  ...lists.map((of) => row(of, "offset-syncs.topic.location", "source", false)),
  ...lists.map((of) => row(of, "topic.filter.class", "org.example.Filter", false)),
  ...lists.map((of) => row(of, "topics.exclude", "_schemas", false)),
  row(source, "config.property.filter.class", "org.example.Filter", false),
  row(source, "config.properties.exclude", "retention.ms", false),
  row(source, "offset.lag.max", "7", true),
  row(source, "offset-syncs.topic.replication.factor", "2", true),
  row(source, "refresh.topics.enabled", "false", false),
  row(source, "refresh.topics.interval.seconds", "10", true),
  row(source, "replication.factor", "2", false),
  row(source, "sync.topic.acls.enabled", "true", false),
  row(source, "sync.topic.acls.interval.seconds", "10", false),
  row(source, "sync.topic.configs.enabled", "true", false),
  row(source, "sync.topic.configs.interval.seconds", "10", false),
  row(checkpoint, "checkpoints.topic.replication.factor", "2", true),
  row(checkpoint, "emit.checkpoints.enabled", "false", false),
  row(checkpoint, "emit.checkpoints.interval.seconds", "5", true),
  row(checkpoint, "group.filter.class", "org.example.Filter", false),
  row(checkpoint, "refresh.groups.enabled", "false", false),
  row(checkpoint, "refresh.groups.interval.seconds", "15", true),
  row(checkpoint, "sync.group.offsets.enabled", "true", false),
  row(checkpoint, "sync.group.offsets.interval.seconds", "10", false),
  row(heartbeat, "emit.heartbeats.enabled", "false", true),
  row(heartbeat, "emit.heartbeats.interval.seconds", "5", true),
  row(heartbeat, "heartbeats.topic.replication.factor", "2", true),
];
