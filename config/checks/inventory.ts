import { didYouMean } from "../../phases/did-you-mean.ts";
import { plannedOf } from "../../runtime/model/platforms/platforms.ts";
import { sameCluster } from "../../runtime/model/same-cluster.ts";
import { brokersOf, minInsync, replicasOf, targetTopics, type TargetTopicsOf } from "../target-topics.ts";
import { rule, sides, type Problem, type Rule, type Sections } from "./rule.ts";
import { unmirrorable } from "./selection.ts";

/** What does not fit between a config and its inventory, topic by topic and group by group. */
export const inventoryRules: readonly Rule[] = [
  rule(["topics", "locked"], ({ topics, locked }) => {
    const known = locked.topics.map(({ name }) => name);
    return unknownNames("topic", known, [
      // A name that another rule refuses is reported once.
      ...(topics.migrate ?? [])
        .map((name, at) => ({ path: `topics.migrate[${at}]`, name }))
        .filter(({ name }) => unmirrorable(name).length === 0),
      ...topics.ignore.map(({ name }, at) => ({ path: `topics.ignore[${at}].name`, name })),
      ...topics.adopt.map(({ name }, at) => ({ path: `topics.adopt[${at}].name`, name })),
      ...(["replicationFactors", "configs", "whileMirroring"] as const).flatMap((key) =>
        Object.keys(topics[key]).map((name) => ({ path: `topics.${key}[${JSON.stringify(name)}]`, name })),
      ),
    ]);
  }),
  rule(["groups", "locked"], ({ groups, locked }) => {
    const known = locked.groups.map(({ name }) => name);
    // A group that is named with its topics can be one that has not started yet.
    const migrated = (groups.migrate ?? []).map(({ name, topics }, at) => ({
      path: `groups.migrate[${at}].name`,
      name,
      topics,
    }));
    return unknownNames("group", known, [
      ...migrated.filter(({ topics }) => topics === undefined),
      ...groups.ignore.map(({ name }, at) => ({ path: `groups.ignore[${at}].name`, name })),
    ]);
  }),
  rule(["topics"], ({ topics }) => bothWays("topics", topics.migrate ?? [], topics.ignore)),
  rule(["groups"], ({ groups }) =>
    bothWays(
      "groups",
      (groups.migrate ?? []).map(({ name }) => name),
      groups.ignore,
    ),
  ),
  rule(["groups", "locked", "migratedTopics"], ({ groups, locked, migratedTopics }) => {
    if (groups.migrate === undefined) return [];
    const chosen = new Set([...groups.migrate, ...groups.ignore].map(({ name }) => name));
    const moving = new Set(migratedTopics);
    return locked.groups
      .filter(({ name }) => !chosen.has(name))
      .flatMap(({ name, topics }) => {
        const read = topics.filter((topic) => moving.has(topic));
        const message = `group "${name}" reads ${list(read)}, but is not listed; add it here, or under groups.ignore with the reason`;
        return read.length > 0 ? [{ path: "groups.migrate", message }] : [];
      });
  }),
  rule(["source", "target", "locked"], clusterIds),
  rule(["topics", "locked", "migratedTopics"], foreignTopics),
  rule(["topics", "locked"], ({ topics, locked }) =>
    topics.adopt.flatMap(({ name }, at) => {
      const existing = locked.target?.topics.some((topic) => topic.name === name) ?? false;
      const known = locked.topics.some((topic) => topic.name === name);
      const seen = locked.target === null ? "the inventory has seen no target" : "it does not exist on the target";
      const message = `"${name}" cannot be adopted, ${seen}; remove it here, or run npm run assess again`;
      return known && !existing ? [{ path: `topics.adopt[${at}].name`, message }] : [];
    }),
  ),
  rule(["locked", "migratedTopics"], ({ locked, migratedTopics }) => {
    const [sources, targets] = [locked.topics, locked.target?.topics ?? []].map(
      (topics) => new Map(topics.map((topic) => [topic.name, topic])),
    );
    return migratedTopics.flatMap((name) => {
      const [source, target] = [sources!.get(name), targets!.get(name)];
      if (!source || !target || target.partitions <= source.partitions) return [];
      return [
        {
          path: "topics",
          message: `"${name}" has ${target.partitions} partitions on the target and ${source.partitions} on the source, so keys would go to other partitions than before; delete it on the target, or add partitions on the source`,
        },
      ];
    });
  }),
  rule(["topics", "locked", "migratedTopics", "target"], replicaProblems),
];

interface Named {
  readonly path: string;
  readonly name: string;
}

function unknownNames(what: "topic" | "group", known: readonly string[], named: readonly Named[]): Problem[] {
  const there = new Set(known);
  return named
    .filter(({ name }) => !there.has(name))
    .map(({ path, name }) => ({
      path,
      message: `${what} "${name}" is not in the inventory${didYouMean(name, known) || ";"} allowed: its ${what}s; run npm run assess for a new one`,
    }));
}

function bothWays(section: "topics" | "groups", migrated: readonly string[], ignored: readonly { name: string }[]) {
  return ignored.flatMap(({ name }, at) =>
    migrated.includes(name)
      ? [
          {
            path: `${section}.ignore[${at}].name`,
            message: `"${name}" is also under ${section}.migrate; keep it in one of them`,
          },
        ]
      : [],
  );
}

function clusterIds(config: Pick<Sections, "source" | "target" | "locked">): Problem[] {
  const { locked } = config;
  const pins = sides.flatMap((side): Problem[] => {
    const [pinned, found] = [config[side].clusterId, locked[side]?.clusterId];
    if (pinned === undefined || found === undefined || pinned === found) return [];
    const message = `found ${pinned}, but the inventory is of cluster ${found}; correct the id, or correct the ${side}'s addresses and run npm run assess again`;
    return [{ path: `${side}.clusterId`, message }];
  });
  const same = sameCluster(locked.target?.clusterId, locked.source.clusterId);
  const message = `source and target are one cluster (${locked.source.clusterId}) in the inventory; correct the addresses of one of them and run npm run assess again`;
  return same ? [...pins, { path: "target", message }] : pins;
}

/** Records from elsewhere would be mixed with the mirrored ones. */
function foreignTopics({ topics, locked, migratedTopics }: Pick<Sections, "topics" | "locked" | "migratedTopics">) {
  const adopted = new Set(topics.adopt.map(({ name }) => name));
  const moving = new Set(migratedTopics);
  const foreign = (locked.target?.topics ?? [])
    .filter(({ name, empty }) => !empty && moving.has(name) && !adopted.has(name))
    .map(({ name }) => name);
  if (foreign.length === 0) return [];
  const [hold, each] = foreign.length === 1 ? ["1 topic holds", "it"] : [`${foreign.length} topics hold`, "each"];
  const message = `${hold} records on the target already: ${foreign.join(", ")}; delete what is not needed there and run npm run assess again, or name ${each} under topics.ignore, or here, with the reason`;
  return [{ path: "topics.adopt", message }];
}

function replicaProblems(config: Pick<Sections, "topics" | "locked" | "migratedTopics" | "target">): Problem[] {
  const { topics, locked, migratedTopics, target } = config;
  const of: TargetTopicsOf = { inventory: locked, topics: migratedTopics, target, selection: { topics } };
  const [usual, brokers] = [replicasOf(of), brokersOf(of)];
  const planned = plannedOf(target.cluster);
  const problems: Problem[] = [];
  const asOnSource = topics.replicationFactor === "source";
  const wanted = targetTopics(of);
  const most = Math.max(usual, ...wanted.map(({ replicationFactor }) => replicationFactor));
  // Of a cluster that is made here a number in the config itself has been compared already.
  const unseen = planned === undefined ? locked.target !== null : asOnSource;
  if (unseen && most > brokers) {
    const where = planned === undefined ? " in the inventory" : "";
    const whose =
      most > usual ? ` (${list(wanted.filter((one) => one.replicationFactor === most).map(({ name }) => name))})` : "";
    const remedy = asOnSource ? "; set a number, or say which for these topics under topics.replicationFactors" : "";
    const message = `${most} replicas${whose} need as many brokers, the target has ${brokers}${where}; allowed: at most ${brokers}${remedy}`;
    problems.push({ path: "topics.replicationFactor", message });
  }
  const insyncOf = ({ config: settings }: (typeof wanted)[number]) => Number(settings[minInsync] ?? 0);
  const asked = Map.groupBy(wanted, (topic) => `${insyncOf(topic)} ${topic.replicationFactor}`);
  for (const found of asked.values()) {
    const [insync, replicas] = [insyncOf(found[0]!), found[0]!.replicationFactor];
    if (insync <= replicas) continue;
    const names = list(found.map(({ name }) => name));
    const message = `${names} would need ${insync} in-sync replicas and have ${replicas}, so no write with acks=all would succeed; raise topics.replicationFactor, or set ${minInsync} of each to ${replicas} or less under topics.configs`;
    problems.push({ path: "topics.configs", message });
  }
  const common = Number(planned?.configuration[minInsync] ?? 0);
  // What a topic sets itself has been compared already.
  const inheriting = wanted.filter(({ config: settings }) => !(minInsync in settings));
  const fewest = Math.min(usual, ...inheriting.map(({ replicationFactor }) => replicationFactor));
  if (common > fewest) {
    const message = `found ${common}, but topics have ${fewest} replicas; allowed: at most ${fewest}`;
    problems.push({ path: `target.cluster.configuration["${minInsync}"]`, message });
  }
  return problems;
}

/** Names in quotes, up to ten of them. */
const list = (names: readonly string[]): string => {
  const more = names.length > 10 ? ` and ${names.length - 10} more` : "";
  return `${names
    .slice(0, 10)
    .map((name) => `"${name}"`)
    .join(", ")}${more}`;
};
