/** A lockfile and the source as it is now: what the gate `inventory-current` compares. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { everyTopic, firstBroker } from "../brokers/cluster.ts";
import { describeTopics } from "../brokers/configs.ts";
import { withCluster } from "../brokers/connection.ts";
import { readGroups } from "../brokers/every-group.ts";
import type { Unread } from "../model/cluster-reading.ts";
import type { InventoryRef } from "../model/gates.ts";
import type { KafkaEndpoint } from "../model/sides.ts";
import { groupsToLock, isSomebodys, topicsToLock, type GroupToLock, type TopicToLock } from "./locked.ts";

/** The part of an inventory that decides what is migrated. */
export interface Recorded {
  readonly clusterId: string;
  readonly topics: readonly TopicToLock[];
  readonly groups: readonly GroupToLock[];
}

export interface InventoryReading {
  readonly path: string;
  readonly recorded: Recorded;
  readonly now: Recorded;
  /** What the runner's user is not allowed to read now. */
  readonly unread: readonly Unread[];
}

/**
 * Reads the file and the source. Rejects if the file is not the one that the program was built from, because the
 * comparison would be with another selection of topics.
 */
export async function readCurrent(
  source: KafkaEndpoint,
  inventory: InventoryRef,
  signal: AbortSignal,
): Promise<InventoryReading> {
  const [recorded, { now, unread }] = await Promise.all([recordedIn(inventory), nowOn(source, signal)]);
  return { path: inventory.path, recorded, now, unread };
}

async function recordedIn({ path, sha256 }: InventoryRef): Promise<Recorded> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${path} cannot be read (${error.code})`);
  });
  if (createHash("sha256").update(text).digest("hex") !== sha256) {
    throw new Error(`${path} has changed since the program read it`);
  }
  // Equal bytes: the program has validated them.
  const { source, topics, groups } = JSON.parse(text) as Recorded & { source: { clusterId: string } };
  return { clusterId: source.clusterId, topics, groups };
}

function nowOn(source: KafkaEndpoint, signal: AbortSignal): Promise<{ now: Recorded; unread: Unread[] }> {
  return withCluster(
    source,
    async (cluster) => {
      const unread: Unread[] = [];
      const connection = await firstBroker(cluster);
      const { topics } = await everyTopic(connection);
      const names = topics.filter(isSomebodys).map(({ name }) => name);
      const [configs, groups] = await Promise.all([
        describeTopics(connection, names, unread),
        readGroups(cluster, unread),
      ]);
      const { clusterId } = cluster;
      const now = { clusterId, topics: topicsToLock({ topics, configs }), groups: groupsToLock({ groups, topics }) };
      return { now, unread };
    },
    signal,
  );
}
