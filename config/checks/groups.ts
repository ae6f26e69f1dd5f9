import { isStreamsGroup } from "../../runtime/model/streams.ts";
import { rule, type Problem, type Rule, type Sections } from "./rule.ts";

/** What is wrong with moving the groups that the inventory knows. */
export const groupRules: readonly Rule[] = [
  rule(["groups", "locked", "migratedTopics", "migratedGroups"], leftTopics),
  rule(["groups", "locked", "migratedTopics"], needlessLeaves),
  rule(["locked", "migratedGroups"], ({ locked, migratedGroups }) =>
    locked.groups
      .filter((group) => isStreamsGroup(group) && migratedGroups.some(({ name }) => name === group.name))
      .map(({ name }) => ({
        path: "groups",
        message:
          `group "${name}" is a Kafka Streams application, whose state stores and internal topics do not move with ` +
          `offsets; name it under groups.ignore with the reason and its internal topics under topics.ignore, and let ` +
          `it rebuild its state at the target from the beginning of the mirrored input topics: ` +
          `start it there with a new application.id, or with the same one after kafka-streams-application-reset`,
      })),
  ),
];

type GroupSections = Pick<Sections, "groups" | "locked" | "migratedTopics" | "migratedGroups">;

/** A group would silently stop reading a topic that is not on the target. */
function leftTopics({ groups, locked, migratedTopics, migratedGroups }: GroupSections): Problem[] {
  return migratedGroups.flatMap(({ name }) => {
    const reads = locked.groups.find((group) => group.name === name)?.topics ?? [];
    const at = (groups.migrate ?? []).findIndex((group) => group.name === name);
    const leaves = groups.migrate?.[at]?.leaves.map(({ topic }) => topic) ?? [];
    const left = reads.filter((topic) => !migratedTopics.includes(topic) && !leaves.includes(topic));
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
