import { duplicates, rule } from "./rule.ts";
import type { Problem, Rule } from "./rule.ts";

/** What is wrong with the choice of topics and groups, by itself and against the inventory. */
export const selectionRules: readonly Rule[] = [
  rule(["topics"], ({ topics }) => [
    ...duplicates("topics.migrate", topics.migrate ?? []),
    ...duplicates("topics.ignore", names(topics.ignore)),
    ...duplicates("topics.adopt", names(topics.adopt)),
  ]),
  rule(["groups"], ({ groups }) => [
    ...duplicates("groups.migrate", names(groups.migrate ?? [])),
    ...duplicates("groups.ignore", names(groups.ignore)),
  ]),
  rule(["migratedGroups", "migratedTopics"], ({ migratedGroups, migratedTopics }) =>
    migratedGroups.flatMap((group) =>
      group.topics
        .filter((topic) => !migratedTopics.includes(topic))
        .map((topic) => ({
          path: "groups.migrate",
          message: `group "${group.name}" reads "${topic}", which is not migrated; add it under topics.migrate or remove it here`,
        })),
    ),
  ),
  rule(["target", "topics"], ({ target, topics }) => {
    if (target.cluster.kind !== "kubedb") return [];
    const brokers = (target.cluster.combined ?? target.cluster.topology?.broker)?.replicas ?? 0;
    return (topics.replicationFactor ?? 0) > brokers
      ? [
          {
            path: "topics.replicationFactor",
            message: `${topics.replicationFactor} replicas need as many brokers, the target has ${brokers}; allowed: at most ${brokers}`,
          },
        ]
      : [];
  }),
  rule(["migratedTopics"], ({ migratedTopics }) => migratedTopics.flatMap(unmirrorable)),
];

const names = (list: readonly { readonly name: string }[]): string[] => list.map(({ name }) => name);

/** MM2 renames or skips some names whatever its `topics` says (facts: MirrorSourceConnector, IdentityReplicationPolicy). */
export function unmirrorable(topic: string): Problem[] {
  const path = "topics";
  if (topic.endsWith("heartbeats")) {
    return [{ path, message: `"${topic}" would be renamed by MirrorMaker 2, because it ends with "heartbeats"` }];
  }
  if (topic.startsWith("__") || topic.startsWith(".")) {
    return [{ path, message: `"${topic}" is never mirrored, because it begins with "__" or "."` }];
  }
  if (/^mm2.*\.internal$|\.checkpoints\.internal$|\.replica$/.test(topic)) {
    return [{ path, message: `"${topic}" has a name of MirrorMaker 2's own topics and is never mirrored` }];
  }
  return [];
}
