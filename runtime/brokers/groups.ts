/** What consumer groups have committed and who their members are: no group is joined. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  FindCoordinatorKeyTypes,
  consumerGroupDescribeV0,
  describeGroupsV5,
  findCoordinatorV4,
  offsetFetchV8,
} from "@platformatic/kafka";
import { requestMilliseconds } from "../model/patience.ts";
import type { KafkaEndpoint } from "../model/sides.ts";
import { responseOf, unknownTopicOrPartition, withCluster, type Cluster } from "./connection.ts";
import { kafkaError, kafkaErrorCodes } from "./kafka-error.ts";
import { brokerProblem, grouped, partitionName, protocolError, type Position } from "./partitions.ts";

/** A coordinator that moves, or is being elected, answers one of these for a while. */
const coordinatorErrors = new Set(["COORDINATOR_LOAD_IN_PROGRESS", "COORDINATOR_NOT_AVAILABLE", "NOT_COORDINATOR"]);
/** GROUP_, TOPIC_ and CLUSTER_AUTHORIZATION_FAILED. */
const unauthorized = new Set([30, 29, 31]);
/** A group that does not exist, or a broker that knows of KIP-848 and has it switched off. */
const noConsumerGroup = new Set([69, 35]);

/** A committed offset. */
export interface CommittedOffset extends Position {
  /** What the client keeps beside it; mostly empty. */
  readonly metadata: string;
}

/** Committed offsets by group, then by `partitionName`. */
export interface Committed {
  readonly groups: ReadonlyMap<string, ReadonlyMap<string, CommittedOffset>>;
  /** Groups whose offsets could not be read, by name, with the reason. */
  readonly problems: ReadonlyMap<string, string>;
  /** Those of them whose offsets the user may not read. */
  readonly refused: ReadonlySet<string>;
}

/** What the groups have committed; a group that never committed has an empty map. */
export async function committed(endpoint: KafkaEndpoint, groups: readonly string[]): Promise<Committed> {
  return withCluster(endpoint, (cluster) => committedIn(cluster, groups));
}

/** As `committed`, over an open connection. */
export async function committedIn(cluster: Cluster, groups: readonly string[]): Promise<Committed> {
  const found = new Map<string, Map<string, CommittedOffset>>(groups.map((group) => [group, new Map()]));
  const { coordinators, problems, refused, complain } = await coordinatorsOf(cluster, groups);
  const ask = async (broker: number, names: readonly string[]) => {
    try {
      const connection = await cluster.broker(broker);
      const request = names.map((groupId) => ({ groupId, memberEpoch: -1, topics: null }));
      const answer = await offsetFetchV8.api.async(connection, request, false).catch(responseOf<never>);
      for (const { groupId, topics, errorCode } of answer.groups) {
        if (errorCode !== 0) complain(groupId, errorCode);
        for (const { name: topic, partitions } of topics) {
          for (const {
            partitionIndex: partition,
            committedOffset: offset,
            metadata,
            errorCode: partitionError,
          } of partitions) {
            if (partitionError !== 0) complain(groupId, partitionError, `${partitionName(topic, partition)}: `);
            else if (offset >= 0n) {
              found
                .get(groupId)
                ?.set(partitionName(topic, partition), { topic, partition, offset, metadata: metadata ?? "" });
            }
          }
        }
      }
    } catch (error) {
      for (const name of names) problems.set(name, brokerProblem(cluster, broker, error));
    }
  };
  await Promise.all([...coordinators].map(([broker, names]) => ask(broker, names)));
  return { groups: found, problems, refused };
}

/** One member of a group. */
export interface GroupMember {
  readonly clientId: string;
  /** Address as the broker sees it. */
  readonly host: string;
}

export interface GroupState {
  /** `Stable`, `Empty`, `PreparingRebalance`, `CompletingRebalance`, `Assigning`, `Reconciling`; `Dead` does not exist. */
  readonly state: string;
  /** `consumer` is the protocol of KIP-848. */
  readonly type: "classic" | "consumer";
  /** How the members of a classic group share the partitions, such as `range`; empty without members. */
  readonly assignor?: string;
  readonly members: readonly GroupMember[];
}

/** States by group; a group is either among the groups or among the problems. */
export interface GroupStates {
  readonly groups: ReadonlyMap<string, GroupState>;
  readonly problems: ReadonlyMap<string, string>;
  /** Those of the problems that are a right which the user lacks. */
  readonly refused: ReadonlySet<string>;
}

/** State, protocol and members of the groups; one that does not exist is `Dead` and has no members. */
export async function groupStates(endpoint: KafkaEndpoint, groups: readonly string[]): Promise<GroupStates> {
  return withCluster(endpoint, (cluster) => groupStatesIn(cluster, groups));
}

/** As `groupStates`, over an open connection. */
export async function groupStatesIn(cluster: Cluster, groups: readonly string[]): Promise<GroupStates> {
  const nobody: GroupState = { state: "Dead", type: "classic", members: [] };
  const found = new Map<string, GroupState>(groups.map((group) => [group, nobody]));
  const { coordinators, problems, refused, complain } = await coordinatorsOf(cluster, groups);
  const ask = async (broker: number, names: readonly string[]) => {
    try {
      const connection = await cluster.broker(broker);
      const answer = await describeGroupsV5.api.async(connection, [...names], false).catch(responseOf<never>);
      for (const { groupId, groupState, protocolData: assignor, members, errorCode } of answer.groups) {
        if (errorCode !== 0) complain(groupId, errorCode);
        else found.set(groupId, { state: groupState, type: "classic", assignor, members: members.map(member) });
      }
      // A KIP-848 group answers this request as if it did not exist.
      const dead = names.filter((name) => found.get(name)?.state === "Dead" && !problems.has(name));
      if (dead.length === 0 || !(await knowsConsumerGroups(cluster))) return;
      const described = await consumerGroupDescribeV0.api.async(connection, dead, false).catch(responseOf<never>);
      for (const { groupId, groupState, members, errorCode } of described.groups) {
        if (errorCode === 0) found.set(groupId, { state: groupState, type: "consumer", members: members.map(member) });
        else if (!noConsumerGroup.has(errorCode)) complain(groupId, errorCode);
      }
    } catch (error) {
      for (const name of names) problems.set(name, brokerProblem(cluster, broker, error));
    }
  };
  await Promise.all([...coordinators].map(([broker, names]) => ask(broker, names)));
  for (const name of problems.keys()) found.delete(name);
  return { groups: found, problems, refused };
}

async function knowsConsumerGroups(cluster: Cluster): Promise<boolean> {
  return (await cluster.admin.listApis()).some(({ apiKey }) => apiKey === consumerGroupDescribeV0.api.key);
}

const member = ({ clientId, clientHost }: { clientId: string; clientHost: string }): GroupMember => ({
  clientId,
  host: clientHost.replace(/^\//, ""),
});

/**
 * Sets offsets of a group that has no members, without joining it: creates the group if it does not exist. Rejects
 * with a sentence if Kafka refuses, for example because the group has members.
 */
export async function commitOffsets(
  endpoint: KafkaEndpoint,
  group: string,
  positions: readonly Position[],
): Promise<void> {
  if (positions.length === 0) return;
  const topics = grouped(positions, ({ partition, offset }) => ({ partition, offset }));
  const request = {
    groupId: group,
    topics: topics.map(({ name, partitions }) => ({ name, partitionOffsets: partitions })),
  };
  // A coordinator that has just been elected, or is still being, may need as long as a request.
  const deadline = Date.now() + requestMilliseconds(endpoint);
  await withCluster(endpoint, async ({ admin }) => {
    for (;;) {
      try {
        return await admin.alterConsumerGroupOffsets(request);
      } catch (error) {
        const reason = kafkaError(error);
        // On a new cluster the first group's coordinator does not exist yet.
        const codes = kafkaErrorCodes(error);
        if (!codes.some((code) => coordinatorErrors.has(code)) || Date.now() > deadline) {
          const why = codes.includes("UNKNOWN_MEMBER_ID") ? "it has members; stop its consumers first" : reason;
          throw new Error(`the ${endpoint.side} refused the offsets of group ${group}: ${why}`);
        }
        await sleep(500);
      }
    }
  });
}

/** Deletes offsets of a group; ones that are not there, or a group that does not exist, are passed over. */
export async function forgetOffsets(
  endpoint: KafkaEndpoint,
  group: string,
  partitions: readonly Omit<Position, "offset">[],
): Promise<void> {
  const topics = grouped(partitions, ({ partition }) => partition);
  const request = {
    groupId: group,
    topics: topics.map(({ name, partitions: indexes }) => ({ name, partitionIndexes: indexes })),
  };
  try {
    await withCluster(endpoint, ({ admin }) => admin.deleteConsumerGroupOffsets(request));
  } catch (error) {
    if (kafkaErrorCodes(error).includes("GROUP_ID_NOT_FOUND")) return;
    throw new Error(`the ${endpoint.side} refused to forget offsets of group ${group}: ${kafkaError(error)}`);
  }
}

/** Finds the coordinators of groups. */
async function coordinatorsOf(cluster: Cluster, groups: readonly string[]): Promise<Coordinators> {
  const coordinators = new Map<number, string[]>();
  const problems = new Map<string, string>();
  const refused = new Set<string>();
  const complain = (group: string, code: number, where = ""): void => {
    problems.set(group, `${where}${protocolError(code)}`);
    if (unauthorized.has(code)) refused.add(group);
  };
  const found = { coordinators, problems, refused, complain };
  const internal = (await cluster.describe(["__consumer_offsets"])).topics.get("__consumer_offsets");
  // Asking for a coordinator makes Kafka create this topic: without it no group has ever committed.
  if (groups.length === 0 || internal === undefined || internal.errorCode === unknownTopicOrPartition) {
    return found;
  }
  let failure = "no broker is left";
  for (const broker of cluster.brokerIds) {
    try {
      const connection = await cluster.broker(broker);
      const answer = await findCoordinatorV4.api
        .async(connection, FindCoordinatorKeyTypes.GROUP, [...groups])
        .catch(responseOf<never>);
      for (const { key, nodeId, errorCode } of answer.coordinators) {
        if (errorCode !== 0) complain(key, errorCode);
        else coordinators.set(nodeId, [...(coordinators.get(nodeId) ?? []), key]);
      }
      return found;
    } catch (error) {
      failure = brokerProblem(cluster, broker, error);
    }
  }
  for (const group of groups) problems.set(group, failure);
  return found;
}

/** Names of groups by the broker id of their coordinator, and what went wrong with groups so far. */
interface Coordinators {
  readonly coordinators: ReadonlyMap<number, readonly string[]>;
  readonly problems: Map<string, string>;
  readonly refused: ReadonlySet<string>;
  /** Notes an error code that Kafka has answered for a group; `where` begins the reason. */
  readonly complain: (group: string, code: number, where?: string) => void;
}
