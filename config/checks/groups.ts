import { hasMirror } from "../../phases/strategies/index.ts";
import { duplicates, rule, type Problem, type Rule, type Sections } from "./rule.ts";

/** What is wrong with moving the groups that the inventory knows. */
export const groupRules: readonly Rule[] = [
  rule(["groups", "locked", "migratedTopics", "migratedGroups"], leftTopics),
  rule(["groups", "locked", "migratedTopics"], unlistedTopics),
  rule(["groups", "locked", "migratedTopics"], needlessLeaves),
  rule(["groups", "locked", "migratedGroups"], unknownPartitions),
  rule(["groups", "topics", "table", "migratedGroups"], unreadBeginnings),
];

type GroupSections = Pick<Sections, "groups" | "locked" | "migratedTopics" | "migratedGroups">;

/** A group would silently stop reading a topic that is not on the target. */
function leftTopics({ groups, locked, migratedTopics, migratedGroups }: GroupSections): Problem[] {
  const moving = new Set(migratedTopics);
  const read = new Map(locked.groups.map((group) => [group.name, group.topics]));
  return migratedGroups.flatMap(({ name }) => {
    const reads = read.get(name) ?? [];
    const at = (groups.migrate ?? []).findIndex((group) => group.name === name);
    const leaves = groups.migrate?.[at]?.leaves.map(({ topic }) => topic) ?? [];
    const left = reads.filter((topic) => !moving.has(topic) && !leaves.includes(topic));
    if (left.length === 0) return [];
    const quoted = left.map((topic) => `"${topic}"`).join(", ");
    const [are, them] = left.length === 1 ? ["is", "it"] : ["are", "them"];
    return [
      {
        path: at < 0 ? "groups.migrate" : `groups.migrate[${at}].leaves`,
        message:
          `group "${name}" also reads ${quoted}, which ${are} not migrated: after its move it would no longer ` +
          `read ${them}; add ${them} to the migrated topics, or name ${them} with the reason under leaves of the group in groups.migrate`,
      },
    ];
  });
}

/**
 * A list that leaves out a topic which the group has read: the group would not be placed there, and no check would see that
 * it has to move before who writes there.
 */
function unlistedTopics({ groups, locked, migratedTopics }: Omit<GroupSections, "migratedGroups">): Problem[] {
  const moving = new Set(migratedTopics);
  const read = new Map(locked.groups.map((group) => [group.name, group.topics]));
  return (groups.migrate ?? []).flatMap(({ name, topics }, at): Problem[] => {
    if (topics === undefined) return [];
    const left = (read.get(name) ?? []).filter((topic) => moving.has(topic) && !topics.includes(topic));
    if (left.length === 0) return [];
    const [are, them] = left.length === 1 ? ["is", "it"] : ["are", "them"];
    const quoted = left.map((topic) => `"${topic}"`).join(", ");
    return [
      {
        path: `groups.migrate[${at}].topics`,
        message:
          `the inventory has offsets of group "${name}" in ${quoted}, which ${are} migrated, and the group would not be ` +
          `placed there; add ${them} here, or, if it no longer reads ${them}, delete its offsets there on the source ` +
          `(kafka-consumer-groups --delete-offsets) and run npm run assess again`,
      },
    ];
  });
}

function needlessLeaves({ groups, locked, migratedTopics }: Omit<GroupSections, "migratedGroups">): Problem[] {
  return (groups.migrate ?? []).flatMap(({ name, leaves }, at) => {
    const known = locked.groups.find((group) => group.name === name)?.topics ?? [];
    return leaves.flatMap(({ topic }, index): Problem[] => {
      const path = `groups.migrate[${at}].leaves[${index}].topic`;
      if (migratedTopics.includes(topic)) {
        return [{ path, message: `"${topic}" is migrated, so the group continues to read it; remove it here` }];
      }
      const allowed = known.filter((one) => !migratedTopics.includes(one)).join(", ") || "none";
      const message = `the inventory has no offsets of group "${name}" in "${topic}"; allowed: ${allowed}`;
      return known.includes(topic) ? [] : [{ path, message }];
    });
  });
}

/** A group's partitions are numbers of partitions of its own topics. */
function unknownPartitions({ groups, locked, migratedGroups }: Pick<Sections, "groups" | "locked" | "migratedGroups">) {
  return (groups.migrate ?? []).flatMap(({ name, partitions }, at) => {
    const reads = migratedGroups.find((group) => group.name === name)?.topics ?? [];
    const path = `groups.migrate[${at}].partitions`;
    const twice = duplicates(
      path,
      partitions.map(({ topic }) => topic),
    );
    return partitions.reduce((problems, { topic, numbers }, index): Problem[] => {
      if (!reads.includes(topic)) {
        const message = `group "${name}" does not read "${topic}"; allowed: ${reads.join(", ") || "none"}`;
        return [...problems, { path: `${path}[${index}].topic`, message }];
      }
      const has = locked.topics.find((one) => one.name === topic)?.partitions ?? 0;
      const beyond = numbers.filter((number) => number >= has);
      if (beyond.length === 0) return problems;
      const message = `"${topic}" has no partition ${beyond.join(", ")} in the inventory; allowed: 0 to ${has - 1}; run npm run assess if it has got more`;
      return [...problems, { path: `${path}[${index}].numbers`, message }];
    }, twice);
  });
}

/** What lies on the target before the group's own records would be read too; what is not copied would not be read. */
function unreadBeginnings(config: Pick<Sections, "groups" | "topics" | "table" | "migratedGroups">): Problem[] {
  const { groups, topics, table, migratedGroups } = config;
  const adopted = new Set(topics.adopt.map(({ name }) => name));
  return (groups.migrate ?? []).flatMap(({ name, unread }, at): Problem[] => {
    const path = `groups.migrate[${at}].unread.from`;
    if (unread?.from !== "earliest") return [];
    if (!hasMirror(table)) {
      const message = `found "earliest", but the records are not copied to the target, where group "${name}" would begin; allowed: latest; let it read and commit them on the source`;
      return [{ path, message }];
    }
    const reads = migratedGroups.find((group) => group.name === name)?.topics ?? [];
    const mixed = reads.filter((topic) => adopted.has(topic));
    if (mixed.length === 0) return [];
    const quoted = mixed.map((topic) => `"${topic}"`).join(", ");
    const message = `found "earliest", but ${quoted} under topics.adopt held records on the target before, which group "${name}" would read too; allowed: latest; or let it commit an offset on the source`;
    return [{ path, message }];
  });
}
