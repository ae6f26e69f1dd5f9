/** Every consumer group of a cluster, with what it has committed: three requests per broker. */
import { listGroupsV4, listGroupsV5 } from "@platformatic/kafka";
import type { Cluster } from "../connection.ts";
import { committedIn, groupStatesIn } from "../groups.ts";
import { brokerProblem } from "../partitions.ts";
import { abilitiesOf } from "./cluster.ts";
import type { GroupReading, Unread } from "./reading.ts";
import { readable } from "./refusal.ts";

/** Protocol types of groups that consume; an empty one has only ever had offsets committed for it. */
const consuming = new Set(["consumer", ""]);

/** Consumer groups of both protocols, sorted. Groups of Connect workers and the like are left out. */
export async function readGroups(cluster: Cluster, unread: Unread[]): Promise<readonly GroupReading[]> {
  const lists = await Promise.all(
    cluster.brokerIds.map((broker) => readable("groups", unread, [], () => listOn(cluster, broker))),
  );
  const names = [...new Set(lists.flat())].sort();
  const [committed, states] = await Promise.all([committedIn(cluster, names), groupStatesIn(cluster, names)]);
  for (const [group, reason] of [...committed.problems, ...states.problems]) {
    if (!/AUTHORIZATION_FAILED/.test(reason)) throw new Error(`group ${group} cannot be read: ${reason}`);
    if (!unread.some(({ what }) => what === `group ${group}`)) unread.push({ what: `group ${group}`, reason });
  }
  return names.flatMap((name): GroupReading[] => {
    const state = states.groups.get(name);
    const offsets = committed.groups.get(name);
    if (state === undefined || offsets === undefined || committed.problems.has(name)) return [];
    return [
      {
        name,
        protocol: state.type,
        state: state.state,
        members: state.members,
        committed: [...offsets.values()],
      },
    ];
  });
}

async function listOn(cluster: Cluster, broker: number): Promise<string[]> {
  try {
    const connection = await cluster.broker(broker);
    // Groups of the newer protocol are listed from version 5 on, which is the first to know of types.
    const typed = ((await abilitiesOf(connection)).versions.get(listGroupsV5.api.key) ?? 0) >= listGroupsV5.api.version;
    const { groups } = typed
      ? await listGroupsV5.api.async(connection, [], ["classic", "consumer"])
      : await listGroupsV4.api.async(connection, [], []);
    return groups.filter(({ protocolType }) => consuming.has(protocolType)).map(({ groupId }) => groupId);
  } catch (error) {
    throw new Error(brokerProblem(cluster, broker, error), { cause: error });
  }
}
