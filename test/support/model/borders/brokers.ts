import type { CommitOptions, ByGroup } from "../../../../runtime/brokers/commits.ts";
import type { Cluster } from "../../../../runtime/brokers/connection.ts";
import type { Committed, GroupStates } from "../../../../runtime/brokers/groups.ts";
import { partitionName } from "../../../../runtime/brokers/partitions.ts";
import type { Logs, Position } from "../../../../runtime/brokers/positions.ts";
import type { KafkaEndpoint, SideName } from "../../../../runtime/model/sides.ts";
import { split } from "../../verdict-readings.ts";
import { world } from "../current.ts";
import type { KnownCluster } from "./connection.ts";

export * from "../../../../runtime/brokers/commits.ts";
export * from "../../../../runtime/brokers/groups.ts";
export * from "../../../../runtime/brokers/positions.ts";

const sideOf = (cluster: Cluster): SideName => (cluster as unknown as KnownCluster).side;
const nobody = () => ({ problems: new Map<string, string>(), refused: new Set<string>(), pending: new Set<string>() });

export async function logs(cluster: Cluster, topics: readonly string[]): Promise<Logs> {
  const side = sideOf(cluster);
  world().asks(side);
  const there = topics.filter((topic) => world().hasTopic(side, topic));
  const missing = topics.filter((topic) => !there.includes(topic));
  return {
    clusterId: `${side}-id`,
    ids: new Map(there.map((topic) => [topic, `${side}-${topic}`])),
    partitions: new Map(
      there.flatMap((topic) => world().partitionsOf(side, topic)).map((name) => [name, world().logOf(side, name)]),
    ),
    problems: missing.map((topic) => ({
      kind: "missing",
      topic,
      sentence: `topic ${topic} does not exist on the ${side}`,
    })),
  };
}

export const committed = ({ side }: KafkaEndpoint, groups: readonly string[]): Promise<Committed> => of(side, groups);
export const committedIn = (cluster: Cluster, groups: readonly string[]): Promise<Committed> =>
  of(sideOf(cluster), groups);
export const groupStates = ({ side }: KafkaEndpoint, groups: readonly string[]) => states(side, groups);
export const groupStatesIn = (cluster: Cluster, groups: readonly string[]) => states(sideOf(cluster), groups);

async function of(side: SideName, groups: readonly string[]): Promise<Committed> {
  world().asks(side);
  const found = groups.map((group) => {
    const offsets = [...world().committedBy(side, group)];
    return [group, new Map(offsets.map(([key, offset]) => [key, { ...split(key), offset, metadata: "" }]))] as const;
  });
  return { groups: new Map(found), ...nobody() };
}

async function states(side: SideName, groups: readonly string[]): Promise<GroupStates> {
  world().asks(side);
  const found = groups.map((group) => {
    const members = Array.from({ length: world().membersOf(side, group) }, () => ({
      clientId: group,
      host: "10.0.0.7",
    }));
    return [group, { state: members.length > 0 ? "Stable" : "Empty", type: "classic" as const, members }] as const;
  });
  return { groups: new Map(found), ...nobody() };
}

export async function commitOffsets(
  { side }: KafkaEndpoint,
  offsets: ByGroup<Position>,
  { confirm }: CommitOptions = {},
): Promise<void> {
  for (const [group, positions] of offsets) {
    await confirm?.();
    world().change(`commit ${group} on the ${side}`, () => {
      if (world().membersOf(side, group) > 0) throw new Error(`${group}: it has members; stop its consumers first`);
      for (const { topic, partition, offset } of positions)
        world().committedBy(side, group).set(partitionName(topic, partition), offset);
    });
  }
}

export async function forgetOffsets(
  { side }: KafkaEndpoint,
  partitions: ByGroup<Omit<Position, "offset">>,
  { confirm }: CommitOptions = {},
): Promise<void> {
  for (const [group, all] of partitions) {
    await confirm?.();
    world().change(`forget ${group} on the ${side}`, () => {
      for (const { topic, partition } of all) world().committedBy(side, group).delete(partitionName(topic, partition));
    });
  }
}

export async function forecastPlacing(): Promise<number> {
  return 0;
}
