/** Reads what a cluster is: a handful of requests per broker whatever the number of topics. Nothing is written. */
import { CodeError } from "./kafka-error.ts";
import { describeClusterV0, describeQuorumV0, metadataV12, type Connection } from "@platformatic/kafka";
import type { BrokerReading, ClusterReading, TopicReading, Unread } from "../model/cluster-reading.ts";
import { abilitiesOf } from "./abilities.ts";
import { readAcls, readQuotas, readUsers } from "./acls.ts";
import { describeBroker, describeTopics } from "./configs.ts";
import { responseOf, type Cluster } from "./connection.ts";
import { readGroups } from "./every-group.ts";
import { readable } from "./refusal.ts";
import { releaseOf } from "./release.ts";

/** Bit of DESCRIBE among a user's operations on the cluster. */
const describeBit = 1 << 8;

/**
 * Reads everything at once. What the user may not read is named in `unread`; a broker that is away, or an answer that
 * is an error, rejects with a sentence, because half an inventory would look like another source.
 */
export async function readCluster(cluster: Cluster): Promise<ClusterReading> {
  const unread: Unread[] = [];
  const connection = await firstBroker(cluster);
  const abilities = await abilitiesOf(connection);
  const describes = await mayDescribeCluster(connection);
  const { brokers, topics } = await everyTopic(connection);
  if (topics.length === 0)
    unread.push({ what: "topics", reason: "the user sees no topic; Kafka hides those it may not describe" });
  const names = topics.map(({ name }) => name);
  const [configs, brokerConfig, groups, acls, users, quotas, controllers] = await Promise.all([
    describeTopics(connection, names, unread),
    describeBroker(connection, brokers[0]!.id),
    readGroups(cluster, unread),
    readable("acls", unread, [], () => readAcls(connection)),
    // Brokers leave this request without an answer instead of refusing it (3.9: a NullPointerException in their log).
    readable("users", unread, [], () => (describes ? readUsers(connection) : refused())),
    readable("quotas", unread, [], () => readQuotas(connection)),
    readable("controllers", unread, null, () => voters(connection)),
  ]);
  if (!describes) {
    unread.push({
      what: "groups",
      reason: "the user may not describe the cluster; Kafka hides groups it may not describe",
    });
  }
  return {
    clusterId: cluster.clusterId,
    kafka: abilities.metadataVersion === null ? null : releaseOf(abilities.metadataVersion),
    brokers,
    controllers,
    brokerConfig,
    topics,
    configs,
    groups,
    acls,
    users,
    quotas,
    unread: unread.sort((a, b) => (a.what < b.what ? -1 : 1)),
  };
}

const refused = (): Promise<never> => Promise.reject(new CodeError("CLUSTER_AUTHORIZATION_FAILED"));

/** A connection to the broker with the lowest id: the same one as long as the cluster stays the same. */
export async function firstBroker(cluster: Cluster): Promise<Connection> {
  return cluster.broker(Math.min(...cluster.brokerIds));
}

/** Every topic that the user may describe, in one request; sorted. */
export async function everyTopic(
  connection: Connection,
): Promise<{ brokers: readonly BrokerReading[]; topics: readonly TopicReading[] }> {
  const answer = await metadataV12.api.async(connection, null, false, false).catch(responseOf<never>);
  const topics = answer.topics.map(({ name, topicId, isInternal, partitions }) => ({
    name: name ?? "",
    id: topicId,
    internal: isInternal,
    partitions: partitions
      .map(({ partitionIndex, leaderId, replicaNodes, isrNodes }) => ({
        partition: partitionIndex,
        leader: leaderId,
        replicas: replicaNodes,
        inSync: isrNodes,
      }))
      .sort((a, b) => a.partition - b.partition),
  }));
  return {
    brokers: answer.brokers
      .map(({ nodeId, host, port, rack }) => ({ id: nodeId, host, port, rack: rack ?? null }))
      .sort((a, b) => a.id - b.id),
    topics: topics.sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

async function voters(connection: Connection): Promise<readonly number[]> {
  const topics = [{ topicName: "__cluster_metadata", partitions: [{ partitionIndex: 0 }] }];
  const answer = await describeQuorumV0.api.async(connection, topics);
  const quorum = answer.topics[0]?.partitions[0];
  return (quorum?.currentVoters ?? []).map(({ replicaId }) => replicaId).sort((a, b) => a - b);
}

/** Whether the user sees everything that is there; Kafka hides groups from others. */
export async function mayDescribeCluster(connection: Connection): Promise<boolean> {
  const answer = await describeClusterV0.api.async(connection, true, 1);
  return (answer.clusterAuthorizedOperations & describeBit) !== 0;
}
