import type { Cluster } from "../../../../runtime/brokers/connection.ts";
import type { KafkaEndpoint, SideName } from "../../../../runtime/model/sides.ts";
import { world } from "../current.ts";

export * from "../../../../runtime/brokers/connection.ts";

export async function withCluster<T>({ side }: KafkaEndpoint, use: (cluster: Cluster) => Promise<T>): Promise<T> {
  world().asks(side);
  return use(clusterOf(side) as unknown as Cluster);
}

/** As much of a cluster as the acts of a row ask for. */
export interface KnownCluster {
  readonly side: SideName;
}

const clusterOf = (side: SideName): KnownCluster & Pick<Cluster, "clusterId" | "describe" | "brokerIds"> & object => ({
  side,
  clusterId: `${side}-id`,
  brokerIds: [1],
  describe: async (topics) => {
    world().asks(side);
    const there = topics.filter((topic) => world().hasTopic(side, topic));
    const described = there.map((topic) => {
      const replicas = world()
        .partitionsOf(side, topic)
        .map(() => 1);
      return [topic, { errorCode: 0, id: `${side}-${topic}`, replicas, leaders: replicas }] as const;
    });
    return { clusterId: `${side}-id`, brokers: new Map(), topics: new Map(described) };
  },
});

/** The same: a connection of its own is nothing that the world knows. */
export const withOwnCluster = withCluster;
