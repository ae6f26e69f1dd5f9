import type { MirroredConfig } from "../config/migration-config.ts";
import { checkpointsTopic, heartbeatsTopic, syncsTopic } from "../runtime/model/mirror-topics.ts";
import { isMade } from "../runtime/model/platforms/platforms.ts";
import { mirrorNames, offsetsTopicOf } from "./names.ts";
import type { Right } from "./right.ts";

/**
 * What the runner's user needs on the target to read the mirror's positions where Connect keeps them; nothing where the
 * topic is not known. Read says Describe as well. Pure.
 */
export function positionsRights(config: MirroredConfig): readonly Right[] {
  const topic = offsetsTopicOf(config);
  if (topic === undefined) return [];
  const reason = "gates and moves read there how far the mirror is; without it they ask Connect, which takes seconds";
  return [{ operation: "Read", resource: "Topic", name: topic.name, pattern: "Literal", reason }];
}

/** A right of the runner's or the admin's user, with the requests that brokers refuse without it. */
export interface RequestRight {
  /** Where it is needed. */
  readonly on: "source" | "target" | "both";
  readonly operation: Right["operation"] | "Alter" | "AlterConfigs" | "DescribeConfigs";
  readonly resource: "Topic" | "Group" | "Cluster" | "TransactionalID";
  readonly name: string;
  /** Kafka's requests by their names in `runtime/brokers/requests.ts`. */
  readonly requests: readonly string[];
  /** What does not work without it. */
  readonly reason: string;
}

const cluster = { resource: "Cluster", name: "kafka-cluster" } as const;
const topics = { resource: "Topic", name: "<each migrated topic>" } as const;
const groups = { resource: "Group", name: "<each migrated group>" } as const;

/** Names by which the runner's rights differ from stack to stack. */
export interface RunnerNames {
  /** The source's alias in MirrorMaker 2. */
  readonly sourceAlias: string;
  /** Whether the mirror's heartbeats share their topic with those of other migrations. */
  readonly sharesHeartbeats: boolean;
  /** Topics on the target that `retire` deletes. */
  readonly deletes: readonly string[];
}

/** The names of a config. Pure. */
export function runnerNames(config: MirroredConfig): RunnerNames {
  const { sourceAlias, mm2Topics, sharedTopic, connectTopics } = mirrorNames(config);
  const connects = isMade(config.connect) ? Object.values(connectTopics) : [];
  return {
    sourceAlias,
    sharesHeartbeats: sharedTopic !== undefined,
    deletes: [...mm2Topics, ...(sharedTopic === undefined ? [] : [sharedTopic]), ...connects],
  };
}

/**
 * What the runner's user needs on the clusters, as Kafka's own authorizer asks for it (KafkaApis). A user that has less
 * sees less: Kafka leaves out what it may not describe, without a word. Pure.
 */
export const runnerRights = ({ sourceAlias, sharesHeartbeats, deletes }: RunnerNames): readonly RequestRight[] => [
  {
    on: "both",
    operation: "Describe",
    ...cluster,
    requests: [
      ...["listGroups", "describeCluster", "metadataRights", "describeQuorum", "describeLogDirs"],
      ...["describeAcls", "describeUserScramCredentials"],
    ],
    reason:
      "every group is seen; controllers, sizes and disks are read, without which `target-capacity` does not open and " +
      "`target-healthy` does not see disks (DescribeLogDirs); `rights-as-on-source` and `npm run assess` read ACLs and users",
  },
  {
    on: "both",
    operation: "DescribeConfigs",
    ...cluster,
    requests: ["describeConfigs", "describeClientQuotas"],
    reason: "the brokers' defaults and the quotas are read",
  },
  {
    on: "both",
    operation: "Describe",
    ...topics,
    requests: ["metadata", "listOffsets"],
    reason: "partitions, ids, replicas and ends are measured; `npm run assess` only sees topics that it may describe",
  },
  {
    on: "both",
    operation: "DescribeConfigs",
    ...topics,
    requests: ["describeConfigs"],
    reason: "`inventory-current` and `topics-as-locked` compare configs",
  },
  {
    on: "both",
    operation: "Read",
    ...topics,
    requests: ["fetch", "offsetCommit", "offsetDelete"],
    reason: "records are counted and compared, and offsets of groups are set",
  },
  {
    on: "both",
    operation: "Describe",
    ...groups,
    requests: ["findCoordinator", "offsetFetch", "offsetFetchUndecided", "describeGroups", "consumerGroupDescribe"],
    reason: "offsets and members are read",
  },
  {
    on: "both",
    operation: "Read",
    ...groups,
    requests: ["offsetCommit"],
    reason: "a switch places the groups on the target; a way back places them on the source",
  },
  {
    on: "both",
    operation: "Delete",
    ...groups,
    requests: ["offsetDelete"],
    reason: "a move that is undone takes away the offsets that it placed",
  },
  {
    on: "source",
    operation: "Describe",
    resource: "TransactionalID",
    name: "*",
    requests: ["listTransactions"],
    reason: "a writer that the config does not name is reported by its transactional id",
  },
  {
    on: "target",
    operation: "Read",
    resource: "Topic",
    name: syncsTopic(sourceAlias),
    requests: ["fetch"],
    reason: "the place of a group that lags is found by the syncs",
  },
  {
    on: "target",
    operation: "Read",
    resource: "Topic",
    name: checkpointsTopic(sourceAlias),
    requests: ["fetch"],
    reason: "what a group of `groups.allowRedelivery` will read again is forecast",
  },
  ...(sharesHeartbeats
    ? [
        {
          ...({ on: "target", operation: "Read", resource: "Topic", name: heartbeatsTopic } as const),
          requests: ["metadata", "listOffsets", "fetch"],
          reason:
            "heartbeats of other migrations are told from an application's topic of that name; not in `together` and `waves`",
        },
      ]
    : []),
  ...deletes.map((name) => ({
    ...({ on: "target", operation: "Delete", resource: "Topic", name } as const),
    requests: ["deleteTopics"],
    reason: "`retire` deletes what MirrorMaker 2 and Connect keep for themselves, once they are gone",
  })),
];

/** What the admin's user needs: it makes what the migration declares. Where no admin is named, the runner's user does it. */
export const adminRights: readonly RequestRight[] = [
  {
    on: "target",
    operation: "Create",
    ...cluster,
    requests: ["createTopics"],
    reason: "the migrated topics are made",
  },
  {
    on: "target",
    operation: "Alter",
    ...topics,
    requests: ["createPartitions"],
    reason: "a topic gets as many partitions as on the source",
  },
  {
    on: "target",
    operation: "AlterConfigs",
    ...topics,
    requests: ["incrementalAlterConfigs"],
    reason: "topics get their configs, and others while the mirror writes",
  },
  {
    on: "both",
    operation: "Alter",
    ...cluster,
    requests: ["createAcls", "deleteAcls", "alterPartitionReassignments"],
    reason:
      "topics get other replicas; MirrorMaker 2's user (`create: true`) and the applications' users get their rights, and SCRAM users are made",
  },
  {
    on: "target",
    operation: "Describe",
    ...cluster,
    requests: ["listPartitionReassignments"],
    reason: "a change of replicas is waited for until the brokers have copied them",
  },
  {
    on: "both",
    operation: "AlterConfigs",
    ...cluster,
    requests: ["alterClientQuotas"],
    reason: "quotas of users and of the mirror (`mirror.quotas`)",
  },
];
