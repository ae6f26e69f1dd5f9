/** Names on the target that begin with Pega's prefix. */
import { everyTopic, firstBroker, mayDescribeCluster } from "../brokers/cluster.ts";
import type { Cluster } from "../brokers/connection.ts";
import { listGroups, readGroups } from "../brokers/every-group.ts";
import { logs, type Logs } from "../brokers/positions.ts";
import type { GroupReading, Unread } from "../model/cluster-reading.ts";

export interface NamesReading {
  readonly topics: readonly string[];
  readonly groups: readonly string[];
  /** What the user may not see, so that there may be more, each with the reason. */
  readonly unread: readonly string[];
}

/** Topics and groups under the prefix, sorted; those of Kafka itself never count. */
export async function readNames(cluster: Cluster, prefix: string): Promise<NamesReading> {
  const unread: Unread[] = [];
  const [topics, groups, describes] = await Promise.all([
    topicsUnder(cluster, prefix),
    listGroups(cluster, unread),
    firstBroker(cluster).then(mayDescribeCluster),
  ]);
  if (!describes) unread.push({ what: "groups", reason: "the user is not allowed to describe the cluster" });
  return {
    topics,
    groups: groups
      .map(({ name }) => name)
      .filter((name) => name.startsWith(prefix))
      .sort(),
    unread: [...new Set(unread.map(({ what, reason }) => `${what}: ${reason}`))],
  };
}

/** Logs of all topics under the prefix. */
export async function readGrowth(cluster: Cluster, prefix: string): Promise<Logs> {
  return logs(cluster, await topicsUnder(cluster, prefix));
}

/** Consumer groups under the prefix. Rejects if the user may not read every group: one that is not seen may be among them. */
export async function readReaders(cluster: Cluster, prefix: string): Promise<readonly GroupReading[]> {
  const unread: Unread[] = [];
  const groups = await readGroups(cluster, unread);
  const [first] = unread;
  if (first !== undefined) throw new Error(`${first.what} on the target: ${first.reason}`);
  return groups.filter(({ name }) => name.startsWith(prefix));
}

async function topicsUnder(cluster: Cluster, prefix: string): Promise<readonly string[]> {
  const { topics } = await everyTopic(await firstBroker(cluster));
  return topics.filter(({ internal, name }) => !internal && name.startsWith(prefix)).map(({ name }) => name);
}
