import { groupsToLock, superUsersOf, topicsToLock, type ClusterReading } from "@kafka-migration/kafka";
import { topicDefaults } from "../runtime/model/topic-defaults.ts";
import type { Inventory, ExistingTopic } from "../config/inventory.ts";

/** The target as a lockfile records it. */
export interface TargetToLock {
  readonly cluster: Pick<ClusterReading, "clusterId" | "kafka" | "brokers" | "brokerConfig">;
  /** Topics with names of source topics that the migration has not created. */
  readonly topics: readonly ExistingTopic[];
}

/**
 * The clusters' inventory: sorted, and without anything that traffic changes. `programs` are names of
 * the program's own users on the source. Pure.
 */
export function toInventory(
  source: ClusterReading,
  target: TargetToLock | null,
  programs: readonly string[] = [],
): Inventory {
  const defaults = topicDefaults(target?.cluster.brokerConfig ?? {});
  const own = new Set([...superUsersOf(source.brokerConfig), ...programs.map((name) => `User:${name}`)]);
  return {
    format: 1,
    source: { clusterId: source.clusterId, kafka: source.kafka, brokers: source.brokers.length },
    target: target && {
      clusterId: target.cluster.clusterId,
      kafka: target.cluster.kafka,
      brokers: target.cluster.brokers.length,
      topics: [...target.topics].sort((a, b) => (a.name < b.name ? -1 : 1)),
      ...(Object.keys(defaults).length > 0 && { defaults }),
    },
    defaults: defaultsOf(source),
    topics: topicsToLock(source).map((topic) => ({ ...topic, configs: { ...topic.configs } })),
    groups: groupsToLock(source).map((group) => ({ ...group, topics: [...group.topics] })),
    acls: source.acls.map((acl) => ({ ...acl })),
    users: source.users.map(({ name, mechanisms }) => ({ name, mechanisms: { ...mechanisms } })),
    quotas: source.quotas.map(({ entity, limits }) => ({ entity: { ...entity }, limits: { ...limits } })),
    ...(own.size > 0 && { ownPrincipals: [...own].sort() }),
    unread: source.unread.map(({ what, reason, code }) => ({ what, reason, ...(code !== undefined && { code }) })),
  };
}

/** The lockfile's text; equal inventories have equal bytes. Pure. */
export function inventoryText(inventory: Inventory): string {
  return `${JSON.stringify(inventory, null, 2)}\n`;
}

/** Effective configs of a topic that sets nothing itself, each from a topic that does not set it. */
function defaultsOf({ topics, configs }: Pick<ClusterReading, "topics" | "configs">): Inventory["defaults"] {
  const found: Inventory["defaults"] = {};
  for (const { name } of topics) {
    for (const [key, { otherwise }] of Object.entries(configs.get(name) ?? {})) {
      if (otherwise !== null) found[key] ??= { ...otherwise };
    }
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
}
