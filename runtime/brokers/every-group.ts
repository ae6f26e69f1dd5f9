/** Every consumer group of a cluster, with what it has committed: three requests per broker. */
import type { GroupReading, Unread } from "../model/cluster-reading.ts";
import type { Cluster } from "./connection.ts";
import { committedIn, groupStatesIn } from "./groups.ts";
import { BrokerError, VersionError } from "./kafka-error.ts";
import { brokerProblem } from "./partitions.ts";
import { readable } from "./refusal.ts";
import { requests, send } from "./requests.ts";

/** Protocol types of groups that consume; an empty one has only ever had offsets committed for it. */
const consuming = new Set(["consumer", ""]);
/** Types of groups that keep a position; a broker before 3.8 reports none. */
const types = new Set(["classic", "consumer", "streams", ""]);

/** Groups that read, of every protocol but share groups, sorted. Groups of Connect workers are left out. */
export async function readGroups(cluster: Cluster, unread: Unread[]): Promise<readonly GroupReading[]> {
  const listed = new Map((await listGroups(cluster, unread)).map(({ name, type }) => [name, type]));
  const names = [...listed.keys()].sort();
  const [committed, states] = await Promise.all([
    // An inventory looks at groups that go on reading: nobody is placed by it.
    committedIn(cluster, names, { decided: false }),
    groupStatesIn(cluster, names),
  ]);
  for (const [group, reason] of [...committed.problems, ...states.problems]) {
    if (!committed.refused.has(group) && !states.refused.has(group)) {
      throw new Error(`group ${group} cannot be read: ${reason}`);
    }
    if (!unread.some(({ what }) => what === `group ${group}`)) unread.push({ what: `group ${group}`, reason });
  }
  return names.flatMap((name): GroupReading[] => {
    const state = states.groups.get(name);
    const offsets = committed.groups.get(name);
    if (state === undefined || offsets === undefined || committed.problems.has(name)) return [];
    return [
      {
        name,
        protocol: listed.get(name) === "streams" ? "streams" : state.type,
        assignor: state.assignor ?? "",
        state: state.state,
        members: state.members,
        ...(state.simple && { simple: state.simple }),
        committed: [...offsets.values()],
      },
    ];
  });
}

/** The groups that `readGroups` reads, unsorted; without their offsets. */
export async function listGroups(cluster: Cluster, unread: Unread[]): Promise<readonly ListedGroup[]> {
  return (await listEvery(cluster, unread)).filter(reads);
}

const reads = ({ type, protocol }: ListedGroup): boolean =>
  types.has(type) && (type === "streams" || consuming.has(protocol));

/**
 * Names of the share groups (KIP-932), sorted. Their brokers keep a state for each record instead of an offset, so that
 * there is no position to read or to set: they are told, and nothing else.
 */
export async function shareGroups(cluster: Cluster): Promise<readonly string[]> {
  const listed = await listEvery(cluster, []);
  return [...new Set(listed.filter(({ type }) => type === "share").map(({ name }) => name))].sort();
}

/** Every group of every kind. A group is listed by its coordinator. */
async function listEvery(cluster: Cluster, unread: Unread[]): Promise<readonly ListedGroup[]> {
  const lists = await Promise.all(
    cluster.brokerIds.map((broker) => readable("groups", unread, [], () => listOn(cluster, broker))),
  );
  return lists.flat();
}

/** A group with its type in small letters; empty where the broker knows of no types, which came with Kafka 3.8. */
export interface ListedGroup {
  readonly name: string;
  readonly type: string;
  /** What its members joined as: `consumer`, `connect`, `share`; empty without members that ever did. */
  readonly protocol: string;
}

async function listOn(cluster: Cluster, broker: number): Promise<ListedGroup[]> {
  try {
    const connection = await cluster.broker(broker);
    // No filter of types: a broker that does not know one of them would refuse the request.
    const { groups } = await send(connection, requests.listGroups, [], []);
    return groups.map((group) => ({
      name: group.groupId,
      type: "groupType" in group ? group.groupType.toLowerCase() : "",
      protocol: group.protocolType,
    }));
  } catch (error) {
    if (error instanceof VersionError) throw error;
    throw new BrokerError(brokerProblem(cluster, broker, error), { cause: error });
  }
}
