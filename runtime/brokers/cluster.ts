/** Reads what a cluster is: a handful of requests per broker whatever the number of topics. Nothing is written. */
import type { Connection } from "@platformatic/kafka";
import type { BrokerReading, ClusterReading, TopicReading, Unread } from "../model/cluster-reading.ts";
import { abilitiesOf } from "./abilities.ts";
import { readAcls, readQuotas, readUsers } from "./acls.ts";
import { describeBroker, describeTopics } from "./configs.ts";
import { responseOf, type Cluster } from "./connection.ts";
import { readGroups, shareGroups } from "./every-group.ts";
import { CodeError } from "./kafka-error.ts";
import { readable } from "./refusal.ts";
import { modeOf, releaseOfBrokers, spokenRelease } from "./release.ts";
import { requests, send, takes } from "./requests.ts";

/** Bit of DESCRIBE among a user's operations on the cluster. */
const describeBit = 1 << 8;
/** What stands for operations that were not asked for, or that a service does not know. */
const notSaid = -2_147_483_648;

/**
 * Reads everything at once. What the user may not read is named in `unread`; a broker that is away, or an answer that
 * is an error, rejects with a sentence, because half an inventory would look like another source.
 */
export async function readCluster(cluster: Cluster): Promise<ClusterReading> {
  const unread: Unread[] = [];
  const connection = await firstBroker(cluster);
  const abilities = await abilitiesOf(connection);
  const mode = modeOf(abilities);
  const describes = await mayDescribeCluster(connection);
  const { brokers, topics } = await everyTopic(connection);
  if (topics.length === 0)
    unread.push({
      what: "topics",
      reason: "the user sees no topic; Kafka hides topics that it is not allowed to describe",
    });
  const names = topics.map(({ name }) => name);
  const [configs, brokerConfig, groups, share, acls, users, quotas, controllers] = await Promise.all([
    readable("configs", unread, new Map<string, never>(), () => describeTopics(connection, names, unread)),
    readable("config of the brokers", unread, {}, () => describeBroker(connection, brokers[0]!.id)),
    readGroups(cluster, unread),
    shareGroups(cluster),
    readable("acls", unread, [], () => readAcls(connection)),
    // Brokers leave this request without an answer instead of refusing it (3.9: a NullPointerException in their log).
    readable("users", unread, [], () => (describes === false ? refused() : readUsers(connection))),
    readable("quotas", unread, [], () => readQuotas(connection)),
    // In ZooKeeper mode there is no quorum to ask for: nothing is missing.
    mode === "zookeeper" ? null : readable("controllers", unread, null, () => voters(connection)),
  ]);
  if (describes !== true) {
    const reason =
      describes === null
        ? "the brokers do not say whether the user is allowed to describe the cluster; Kafka hides groups that it is not allowed to describe"
        : "the user is not allowed to describe the cluster; Kafka hides groups that it is not allowed to describe";
    unread.push({ what: "groups", reason });
  }
  return {
    clusterId: cluster.clusterId,
    kafka: releaseOfBrokers(abilities, mode),
    speaks: spokenRelease(abilities),
    mode,
    brokers,
    controllers,
    brokerConfig,
    topics,
    configs,
    groups,
    shareGroups: share,
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

type Metadata = Awaited<ReturnType<(typeof requests.metadata.versions)[number]["async"]>>;

/** Every topic that the user may describe, in one request; sorted. */
export async function everyTopic(
  connection: Connection,
): Promise<{ brokers: readonly BrokerReading[]; topics: readonly TopicReading[] }> {
  const answer = await send(connection, requests.metadata, null, false, false).catch(responseOf<Metadata>);
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
  const answer = await send(connection, requests.describeQuorum, topics);
  const quorum = answer.topics[0]?.partitions[0];
  return (quorum?.currentVoters ?? []).map(({ replicaId }) => replicaId).sort((a, b) => a - b);
}

/**
 * Whether the user sees everything that is there; Kafka hides groups from others. Null where the brokers do not say: they
 * did so in Metadata from 2.3 to 2.8, and do in DescribeCluster since.
 */
export async function mayDescribeCluster(connection: Connection): Promise<boolean | null> {
  if (await takes(connection, requests.describeCluster)) {
    const answer = await send(connection, requests.describeCluster, true, 1);
    return (answer.clusterAuthorizedOperations & describeBit) !== 0;
  }
  if (!(await takes(connection, requests.metadataRights))) return null;
  const answer = await send(connection, requests.metadataRights, [], false, false, true);
  const operations = answer.clusterAuthorizedOperations;
  return operations === notSaid ? null : (operations & describeBit) !== 0;
}
