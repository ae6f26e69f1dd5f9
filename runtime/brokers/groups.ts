/** What consumer groups have committed and who their members are: no group is joined. */
import type { Connection } from "@platformatic/kafka";
import type { KafkaEndpoint } from "../model/sides.ts";
import { responseOf, withCluster, type Cluster } from "./connection.ts";
import { askCoordinators, undecided, type GroupProblems, type Waiting } from "./coordinators.ts";
import { partitionName, type Position } from "./partitions.ts";
import { chosen, requests, send, takes } from "./requests.ts";

/** A group that does not exist, or a broker that knows of KIP-848 and has it switched off. */
const noConsumerGroup = new Set([69, 35]);

/** A committed offset. */
export interface CommittedOffset extends Position {
  /** What the client keeps beside it; mostly empty. */
  readonly metadata: string;
}

/** Committed offsets by group, then by `partitionName`; problems are groups whose offsets could not be read. */
export interface Committed extends GroupProblems {
  readonly groups: ReadonlyMap<string, ReadonlyMap<string, CommittedOffset>>;
}

export interface CommittedOptions extends Waiting {
  /**
   * False takes the offset from before a transaction that is not decided yet, for whoever only looks. @default true:
   * such an offset is no answer, and is asked for again
   */
  readonly decided?: boolean;
}

/** What the groups have committed; a group that never committed has an empty map. */
export async function committed(
  endpoint: KafkaEndpoint,
  groups: readonly string[],
  options: CommittedOptions = {},
): Promise<Committed> {
  return withCluster(endpoint, (cluster) => committedIn(cluster, groups, options));
}

/** As `committed`, over an open connection. */
export async function committedIn(
  cluster: Cluster,
  groups: readonly string[],
  { decided = true, ...waiting }: CommittedOptions = {},
): Promise<Committed> {
  const found = new Map<string, Map<string, CommittedOffset>>(groups.map((group) => [group, new Map()]));
  /** Partitions that wait for a transaction's outcome, by group: each has to be seen decided once, not all at a time. */
  const awaited = new Map<string, Set<string>>();
  const problems = await askCoordinators(
    cluster,
    groups,
    async (connection, names, complain) => {
      for (const { groupId, topics, errorCode } of await fetchOffsets(connection, names, decided)) {
        const undecidedNow = new Set<string>();
        if (errorCode !== 0) complain(groupId, errorCode);
        for (const { name: topic, partitions } of topics) {
          for (const { partitionIndex: partition, committedOffset: offset, metadata, errorCode: code } of partitions) {
            const name = partitionName(topic, partition);
            if (code === undecided) undecidedNow.add(name);
            else if (code !== 0) complain(groupId, code, `${name}: `);
            else if (offset >= 0n) {
              found.get(groupId)?.set(name, { topic, partition, offset, metadata: metadata ?? "" });
            }
          }
        }
        const before = awaited.get(groupId) ?? undecidedNow;
        const still = new Set([...before].filter((name) => undecidedNow.has(name)));
        if (errorCode !== 0) continue;
        awaited.set(groupId, still);
        const [first] = still;
        if (first !== undefined) complain(groupId, undecided, `${first}: `);
      }
    },
    waiting,
  );
  return { groups: found, ...problems };
}

/** The first version that answers for several groups at a time; an older one takes the first and passes over the others. */
const batchedOffsets = 8;

type Offsets = Awaited<ReturnType<(typeof requests.offsetFetchUndecided.versions)[number]["async"]>>;
type OffsetsOfGroup = Offsets["groups"][number];

/** What each group has committed, in one request where the broker can. */
async function fetchOffsets(
  connection: Connection,
  groups: readonly string[],
  decided: boolean,
): Promise<readonly OffsetsOfGroup[]> {
  const api = await chosen<(typeof requests.offsetFetchUndecided.versions)[number]>(
    connection,
    decided ? requests.offsetFetch : requests.offsetFetchUndecided,
  );
  const ask = (names: readonly string[]) => {
    const request = names.map((groupId) => ({ groupId, memberEpoch: -1, topics: null }));
    return api.async(connection, request, decided).catch(responseOf<Offsets>);
  };
  if (api.version >= batchedOffsets) return (await ask(groups)).groups;
  const answers = groups.map(async (groupId): Promise<OffsetsOfGroup> => {
    const answer = await ask([groupId]);
    // An answer about one group does not name it, and is not in a list.
    const { topics = [], errorCode = 0 } = answer as Offsets & Partial<OffsetsOfGroup>;
    return { groupId, topics, errorCode };
  });
  return Promise.all(answers);
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
  /** Present if its offsets are those of clients that never joined it: they were assigned partitions by hand. */
  readonly simple?: true;
}

/** States by group; a group is either among the groups or among the problems. */
export interface GroupStates extends GroupProblems {
  readonly groups: ReadonlyMap<string, GroupState>;
}

/** State, protocol and members of the groups; one that does not exist is `Dead` and has no members. */
export async function groupStates(endpoint: KafkaEndpoint, groups: readonly string[]): Promise<GroupStates> {
  return withCluster(endpoint, (cluster) => groupStatesIn(cluster, groups));
}

/** As `groupStates`, over an open connection. */
export async function groupStatesIn(cluster: Cluster, groups: readonly string[]): Promise<GroupStates> {
  const nobody: GroupState = { state: "Dead", type: "classic", members: [] };
  const found = new Map<string, GroupState>(groups.map((group) => [group, nobody]));
  const problems = await askCoordinators(cluster, groups, async (connection, names, complain) => {
    const answer = await send(connection, requests.describeGroups, [...names], false).catch(responseOf<Described>);
    const dead: string[] = [];
    for (const { groupId, groupState, protocolType, protocolData: assignor, members, errorCode } of answer.groups) {
      if (errorCode !== 0) complain(groupId, errorCode);
      else {
        // Kafka keeps the protocol of a group that had members; one that never had any has none.
        const simple = groupState === "Empty" && protocolType === "";
        const state = { state: groupState, type: "classic", assignor, members: members.map(member) } as const;
        found.set(groupId, { ...state, ...(simple && { simple }) });
      }
      // A KIP-848 group answers this request as if it did not exist.
      if (errorCode === 0 && groupState === "Dead") dead.push(groupId);
    }
    if (dead.length === 0 || !(await takes(connection, requests.consumerGroupDescribe))) return;
    const described = await send(connection, requests.consumerGroupDescribe, dead, false).catch(
      responseOf<DescribedByProtocol>,
    );
    for (const { groupId, groupState, members, errorCode } of described.groups) {
      if (errorCode === 0) found.set(groupId, { state: groupState, type: "consumer", members: members.map(member) });
      else if (!noConsumerGroup.has(errorCode)) complain(groupId, errorCode);
    }
  });
  for (const name of problems.problems.keys()) found.delete(name);
  return { groups: found, ...problems };
}

type Described = Awaited<ReturnType<(typeof requests.describeGroups.versions)[number]["async"]>>;
type DescribedByProtocol = Awaited<ReturnType<(typeof requests.consumerGroupDescribe.versions)[number]["async"]>>;

const member = ({ clientId, clientHost }: { clientId: string; clientHost: string }): GroupMember => ({
  clientId,
  host: clientHost.replace(/^\//, ""),
});
