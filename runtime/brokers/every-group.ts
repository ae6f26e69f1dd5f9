/** Every consumer group of a cluster, with what it has committed: three requests per broker. */
import { listGroupsV4, listGroupsV5 } from "@platformatic/kafka";
import type { GroupReading, Unread } from "../model/cluster-reading.ts";
import { abilitiesOf } from "./abilities.ts";
import type { Cluster } from "./connection.ts";
import { committedIn, groupStatesIn } from "./groups.ts";
import { BrokerError } from "./kafka-error.ts";
import { brokerProblem } from "./partitions.ts";
import { readable } from "./refusal.ts";

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
  const lists = await Promise.all(
    cluster.brokerIds.map((broker) => readable("groups", unread, [], () => listOn(cluster, broker))),
  );
  return lists.flat();
}

/** A group with its type in small letters; empty where the broker knows of no types. */
export interface ListedGroup {
  readonly name: string;
  readonly type: string;
}

async function listOn(cluster: Cluster, broker: number): Promise<ListedGroup[]> {
  try {
    const connection = await cluster.broker(broker);
    // Groups of the newer protocol are listed from version 5 on, which is the first to know of types.
    const typed = ((await abilitiesOf(connection)).versions.get(listGroupsV5.api.key) ?? 0) >= listGroupsV5.api.version;
    // No filter of types: a broker that does not know one of them would refuse the request.
    const { groups } = typed
      ? await listGroupsV5.api.async(connection, [], [])
      : await listGroupsV4.api.async(connection, [], []);
    return groups
      .map((group) => ({ ...group, type: "groupType" in group ? group.groupType.toLowerCase() : "" }))
      .filter(({ type, protocolType }) => types.has(type) && (type === "streams" || consuming.has(protocolType)))
      .map(({ groupId: name, type }) => ({ name, type }));
  } catch (error) {
    throw new BrokerError(brokerProblem(cluster, broker, error), { cause: error });
  }
}
