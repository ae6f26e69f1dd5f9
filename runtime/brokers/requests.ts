/**
 * Every request that the program sends itself, in the versions that it can use, the newest first. A broker answers a
 * version that it does not take by closing the connection, with all that was asked on it: so the version is chosen from
 * what the broker says that it takes. The library encodes and reads each version; what an older one lacks is said here.
 */
import {
  alterClientQuotasV0,
  alterClientQuotasV1,
  alterPartitionReassignmentsV0,
  consumerGroupDescribeV0,
  createAclsV1,
  createAclsV2,
  createAclsV3,
  createPartitionsV0,
  createPartitionsV1,
  createPartitionsV2,
  createPartitionsV3,
  createTopicsV2,
  createTopicsV3,
  createTopicsV4,
  createTopicsV5,
  createTopicsV6,
  createTopicsV7,
  deleteAclsV1,
  deleteAclsV2,
  deleteAclsV3,
  deleteTopicsV1,
  deleteTopicsV2,
  deleteTopicsV3,
  deleteTopicsV4,
  deleteTopicsV5,
  deleteTopicsV6,
  describeAclsV1,
  describeAclsV2,
  describeAclsV3,
  describeClientQuotasV0,
  describeClientQuotasV1,
  describeClusterV0,
  describeConfigsV1,
  describeConfigsV2,
  describeConfigsV3,
  describeConfigsV4,
  describeGroupsV0,
  describeGroupsV1,
  describeGroupsV2,
  describeGroupsV3,
  describeGroupsV4,
  describeGroupsV5,
  describeLogDirsV0,
  describeLogDirsV2,
  describeLogDirsV3,
  describeLogDirsV4,
  describeQuorumV0,
  describeUserScramCredentialsV0,
  findCoordinatorV1,
  findCoordinatorV2,
  findCoordinatorV3,
  findCoordinatorV4,
  incrementalAlterConfigsV0,
  incrementalAlterConfigsV1,
  listGroupsV0,
  listGroupsV1,
  listGroupsV2,
  listGroupsV3,
  listGroupsV4,
  listGroupsV5,
  listOffsetsV2,
  listOffsetsV3,
  listOffsetsV4,
  listOffsetsV5,
  listOffsetsV6,
  listOffsetsV7,
  listPartitionReassignmentsV0,
  listTransactionsV0,
  listTransactionsV1,
  listTransactionsV2,
  metadataV10,
  metadataV12,
  metadataV4,
  metadataV5,
  metadataV6,
  metadataV7,
  metadataV8,
  metadataV9,
  offsetCommitV2,
  offsetCommitV3,
  offsetCommitV4,
  offsetCommitV5,
  offsetCommitV6,
  offsetCommitV7,
  offsetCommitV8,
  offsetDeleteV0,
  offsetFetchV3,
  offsetFetchV4,
  offsetFetchV5,
  offsetFetchV6,
  offsetFetchV7,
  offsetFetchV8,
  type Connection,
} from "@platformatic/kafka";
import { abilitiesOf, type Abilities } from "./abilities.ts";
import { fetchVersions } from "./fetch.ts";
import { VersionError } from "./kafka-error.ts";

/** One version of a request, as the library has it. */
interface Version {
  readonly key: number;
  readonly version: number;
  readonly async: (connection: Connection, ...args: never[]) => Promise<unknown>;
}

/** A request in the versions that the program can use, the newest first. */
export interface Request<V extends Version = Version> {
  /** Kafka's name of it, for sentences. */
  readonly name: string;
  readonly versions: readonly [V, ...V[]];
}

const request = <V extends Version>(name: string, ...versions: readonly [{ api: V }, ...{ api: V }[]]): Request<V> => ({
  name,
  versions: versions.map(({ api }) => api) as unknown as readonly [V, ...V[]],
});

export const requests = {
  /** Below 4 it would create the topics that it asks about. Topic ids come with 10; 8 to 10 say what the user may do. */
  metadata: request(
    "Metadata",
    ...[metadataV12, metadataV10, metadataV9, metadataV8, metadataV7, metadataV6, metadataV5, metadataV4],
  ),
  /** Metadata with the user's rights on the cluster, which DescribeCluster says since 2.8. */
  metadataRights: request("Metadata", metadataV10, metadataV9, metadataV8),
  /** Below 2 it has no isolation level. */
  listOffsets: request(
    "ListOffsets",
    ...[listOffsetsV7, listOffsetsV6, listOffsetsV5, listOffsetsV4, listOffsetsV3, listOffsetsV2],
  ),
  fetch: request("Fetch", ...fetchVersions),
  /** Below 4 it takes one group. */
  findCoordinator: request(
    "FindCoordinator",
    ...[findCoordinatorV4, findCoordinatorV3, findCoordinatorV2, findCoordinatorV1],
  ),
  /** Below 8 it takes one group. */
  offsetFetch: request("OffsetFetch", offsetFetchV8, offsetFetchV7),
  /** Cannot tell which offsets a transaction has not decided yet. */
  offsetFetchUndecided: request(
    "OffsetFetch",
    ...[offsetFetchV8, offsetFetchV7, offsetFetchV6, offsetFetchV5, offsetFetchV4, offsetFetchV3],
  ),
  /** 9 only adds errors of the newer protocol of groups. */
  offsetCommit: request(
    "OffsetCommit",
    ...[offsetCommitV8, offsetCommitV7, offsetCommitV6, offsetCommitV5, offsetCommitV4, offsetCommitV3, offsetCommitV2],
  ),
  offsetDelete: request("OffsetDelete", offsetDeleteV0),
  describeGroups: request(
    "DescribeGroups",
    ...[describeGroupsV5, describeGroupsV4, describeGroupsV3, describeGroupsV2, describeGroupsV1, describeGroupsV0],
  ),
  /** Types of groups come with 5, the first that lists groups of the newer protocols. */
  listGroups: request(
    "ListGroups",
    ...[listGroupsV5, listGroupsV4, listGroupsV3, listGroupsV2, listGroupsV1, listGroupsV0],
  ),
  consumerGroupDescribe: request("ConsumerGroupDescribe", consumerGroupDescribeV0),
  /** Below 1 it does not say who set a config. */
  describeConfigs: request(
    "DescribeConfigs",
    ...[describeConfigsV4, describeConfigsV3, describeConfigsV2, describeConfigsV1],
  ),
  /** Before Kafka 2.3 configs could be changed only all at a time. */
  incrementalAlterConfigs: request("IncrementalAlterConfigs", incrementalAlterConfigsV1, incrementalAlterConfigsV0),
  createTopics: request(
    "CreateTopics",
    ...[createTopicsV7, createTopicsV6, createTopicsV5, createTopicsV4, createTopicsV3, createTopicsV2],
  ),
  createPartitions: request(
    "CreatePartitions",
    ...[createPartitionsV3, createPartitionsV2, createPartitionsV1, createPartitionsV0],
  ),
  deleteTopics: request(
    "DeleteTopics",
    ...[deleteTopicsV6, deleteTopicsV5, deleteTopicsV4, deleteTopicsV3, deleteTopicsV2, deleteTopicsV1],
  ),
  alterPartitionReassignments: request("AlterPartitionReassignments", alterPartitionReassignmentsV0),
  listPartitionReassignments: request("ListPartitionReassignments", listPartitionReassignmentsV0),
  /** Below 1 it does not know of prefixes. */
  describeAcls: request("DescribeAcls", describeAclsV3, describeAclsV2, describeAclsV1),
  createAcls: request("CreateAcls", createAclsV3, createAclsV2, createAclsV1),
  deleteAcls: request("DeleteAcls", deleteAclsV3, deleteAclsV2, deleteAclsV1),
  /** The size of a disk comes with 4. */
  describeLogDirs: request(
    "DescribeLogDirs",
    ...[describeLogDirsV4, describeLogDirsV3, describeLogDirsV2, describeLogDirsV0],
  ),
  describeUserScramCredentials: request("DescribeUserScramCredentials", describeUserScramCredentialsV0),
  describeClientQuotas: request("DescribeClientQuotas", describeClientQuotasV1, describeClientQuotasV0),
  alterClientQuotas: request("AlterClientQuotas", alterClientQuotasV1, alterClientQuotasV0),
  /** Who writes in transactions is not told before Kafka 3.0; below 2 it takes no pattern, below 1 no duration. */
  listTransactions: request("ListTransactions", listTransactionsV2, listTransactionsV1, listTransactionsV0),
  describeCluster: request("DescribeCluster", describeClusterV0),
  describeQuorum: request("DescribeQuorum", describeQuorumV0),
} as const;

/** Of a request's arguments the connection comes first. */
type Arguments<V extends Version> = Parameters<V["async"]> extends [Connection, ...infer A] ? A : never;

/** The newest version of a request that a broker takes; null if it takes none of those that the program can use. Pure. */
export function versionFor<V extends Version>({ versions }: Request<V>, broker: Pick<Abilities, "versions">): V | null {
  const range = broker.versions.get(versions[0].key);
  if (range === undefined) return null;
  return versions.find(({ version }) => version >= range.min && version <= range.max) ?? null;
}

/** The newest version of a request that the broker at the other end takes. Rejects with a `VersionError` if there is none. */
export async function chosen<V extends Version>(connection: Connection, wanted: Request<V>): Promise<V> {
  const abilities = await abilitiesOf(connection);
  const found = versionFor(wanted, abilities);
  if (found !== null) return found;
  const range = abilities.versions.get(wanted.versions[0].key);
  const needed = `${wanted.versions.at(-1)!.version} to ${wanted.versions[0].version}`;
  throw new VersionError(
    range === undefined
      ? `it does not know the request ${wanted.name}`
      : `it takes the request ${wanted.name} in versions ${range.min} to ${range.max}, and ${needed} are needed`,
  );
}

/** Whether the broker at the other end takes a request in a version that the program can use. */
export async function takes(connection: Connection, wanted: Request): Promise<boolean> {
  return versionFor(wanted, await abilitiesOf(connection)) !== null;
}

/** Sends a request in the newest version that the broker takes. */
export async function send<V extends Version>(
  connection: Connection,
  wanted: Request<V>,
  ...args: Arguments<V>
): Promise<Awaited<ReturnType<V["async"]>>> {
  const api = await chosen(connection, wanted);
  return (await api.async(connection, ...(args as unknown as never[]))) as Awaited<ReturnType<V["async"]>>;
}
