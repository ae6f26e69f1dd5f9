import type { Cluster } from "../../../../runtime/brokers/connection.ts";
import type { NewTopic } from "../../../../runtime/brokers/topic-changes.ts";
import { world } from "../current.ts";
import type { KnownCluster } from "./connection.ts";

export * from "../../../../runtime/brokers/topic-changes.ts";

export async function createTopics(cluster: Cluster, topics: readonly NewTopic[]): Promise<void> {
  const { side } = cluster as unknown as KnownCluster;
  for (const { name } of topics) world().change(`make ${name}`, () => void world().data.made[side].add(name));
}

export const deleteTopics = async (cluster: Cluster, topics: readonly string[]): Promise<void> =>
  world().deleteTopics((cluster as unknown as KnownCluster).side, topics);
