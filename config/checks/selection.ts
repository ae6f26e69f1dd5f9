import { notMirrored } from "../../runtime/model/mirror-topics.ts";
import { plannedOf } from "../../runtime/model/platforms/platforms.ts";
import { duplicates, propertyPath, rule, wrong, type Problem, type Rule } from "./rule.ts";

/** Keys of the section that give configs to topics by name. */
const settings = ["configs", "whileMirroring"] as const;

/** What is wrong with the choice of topics and groups, on its own and against the inventory. */
export const selectionRules: readonly Rule[] = [
  rule(["topics"], ({ topics }) =>
    settings.flatMap((key) =>
      names(topics.ignore)
        .filter((topic) => Object.hasOwn(topics[key], topic))
        .map((topic) => ({
          path: propertyPath(`topics.${key}`, topic),
          message: `"${topic}" is under topics.ignore, so it is not created on the target; keep one of the two`,
        })),
    ),
  ),
  rule(["topics", "locked"], ({ topics, locked }) =>
    settings.flatMap((key) =>
      Object.keys(topics[key])
        // A topic that is not in the lockfile is reported by another rule.
        .filter((topic) => locked.topics.some(({ name }) => name === topic))
        .filter((topic) => topics.migrate && !topics.migrate.includes(topic) && !names(topics.ignore).includes(topic))
        .map((topic) => ({
          path: propertyPath(`topics.${key}`, topic),
          message: `"${topic}" is not among topics.migrate; add it there, or remove it here`,
        })),
    ),
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
    const { replicationFactor, replicationFactors } = topics;
    const asked = [
      ["topics.replicationFactor", replicationFactor] as const,
      ...Object.entries(replicationFactors).map(
        ([topic, replicas]) => [propertyPath("topics.replicationFactors", topic), replicas] as const,
      ),
    ];
    return asked.flatMap(([path, replicas]) =>
      brokers !== undefined && typeof replicas === "number" && replicas > brokers
        ? [
            {
              path,
              message: `${replicas} replicas need as many brokers, the target has ${brokers}; allowed: at most ${brokers}`,
            },
          ]
        : [],
    );
  }),
  rule(["migratedTopics"], ({ migratedTopics }) => migratedTopics.flatMap(unmirrorable)),
  rule(["topics", "source"], ({ topics, source }) =>
    wrong(
      source.registry !== undefined && (topics.migrate ?? []).includes(registryTopic),
      "topics.migrate",
      `"${registryTopic}" is the registry's own, and its schemas are copied through source.registry; mirrored as well, the target's registry would read each of them twice: remove one of the two`,
    ),
  ),
];

/** Where a schema registry keeps its schemas unless it is told otherwise. */
const registryTopic = "_schemas";

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
