import { notMirrored } from "../../runtime/model/mirror-topics.ts";
import { plannedOf } from "../../runtime/model/platforms/platforms.ts";
import { duplicates, propertyPath, rule, wrong, type Problem, type Rule } from "./rule.ts";

/** What is wrong with the choice of topics and groups, on its own and against the inventory. */
export const selectionRules: readonly Rule[] = [
  rule(["topics"], ({ topics }) => [
    ...names(topics.ignore)
      .filter((topic) => Object.hasOwn(topics.configs, topic))
      .map((topic) => ({
        path: propertyPath("topics.configs", topic),
        message: `"${topic}" is under topics.ignore, so it is not created on the target; keep one of the two`,
      })),
  ]),
  rule(["topics", "locked"], ({ topics, locked }) =>
    Object.keys(topics.configs)
      // A topic that is not in the lockfile is reported by another rule.
      .filter((topic) => locked.topics.some(({ name }) => name === topic))
      .filter((topic) => topics.migrate && !topics.migrate.includes(topic) && !names(topics.ignore).includes(topic))
      .map((topic) => ({
        path: propertyPath("topics.configs", topic),
        message: `"${topic}" is not among topics.migrate; add it there, or remove it here`,
      })),
  ),
  rule(["groups"], ({ groups }) => [
    ...(groups.migrate ?? []).flatMap((group, index) =>
      duplicates(`groups.migrate[${index}].topics`, group.topics ?? []),
    ),
  ]),
  rule(["topics", "migratedTopics"], ({ topics, migratedTopics }) =>
    wrong(
      migratedTopics.length === 0 && topics.ignore.length > 0,
      "topics.ignore",
      "every topic of the inventory is ignored, so nothing is left to migrate; allowed: at most all topics but one",
    ),
  ),
  rule(["topics"], ({ topics }) => [
    ...duplicates("topics.migrate", topics.migrate ?? []),
    ...duplicates("topics.ignore", names(topics.ignore)),
    ...duplicates("topics.adopt", names(topics.adopt)),
  ]),
  rule(["groups"], ({ groups }) => [
    ...duplicates("groups.migrate", names(groups.migrate ?? [])),
    ...duplicates("groups.ignore", names(groups.ignore)),
  ]),
  rule(["migratedGroups", "migratedTopics"], ({ migratedGroups, migratedTopics }) => {
    const moving = new Set(migratedTopics);
    return migratedGroups.flatMap((group) =>
      group.topics
        .filter((topic) => !moving.has(topic))
        .map((topic) => ({
          path: "groups.migrate",
          message: `group "${group.name}" reads "${topic}", which is not migrated; add it under topics.migrate or remove it here`,
        })),
    );
  }),
  rule(["target", "topics"], ({ target, topics }) => {
    const brokers = plannedOf(target.cluster)?.brokers.replicas;
    return brokers !== undefined && (topics.replicationFactor ?? 0) > brokers
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

const instead = "name it under topics.ignore with the reason";

const names = (list: readonly { readonly name: string }[]): string[] => list.map(({ name }) => name);

/** MM2 renames or skips some names whatever its `topics` says. */
export function unmirrorable(topic: string): Problem[] {
  const path = "topics";
  const kind = notMirrored(topic);
  if (kind === "heartbeats") {
    return [
      { path, message: `"${topic}" would be renamed by MirrorMaker 2, because it ends with "heartbeats"; ${instead}` },
    ];
  }
  if (kind === "hidden") {
    return [{ path, message: `"${topic}" is never mirrored, because it begins with "__" or "."; ${instead}` }];
  }
  if (kind === "mirror") {
    return [{ path, message: `"${topic}" is named like MirrorMaker 2's own topics and is never mirrored; ${instead}` }];
  }
  return [];
}
