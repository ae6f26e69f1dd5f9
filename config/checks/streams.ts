import { hasWaves, movesApplications } from "../../phases/strategies/index.ts";
import { internalTopics, isStreamsGroup, type InternalTopic } from "../../runtime/model/streams.ts";
import type { LockedGroup } from "../inventory.ts";
import { isInKubernetes, reads, ungroupedOf, writes } from "../workloads.ts";
import { rule, type Problem, type Rule, type Sections } from "./rule.ts";

type Found = Pick<
  Sections,
  "locked" | "table" | "topics" | "workloads" | "mirror" | "groups" | "migratedTopics" | "migratedGroups"
>;

/** What is wrong with moving applications of Kafka Streams. */
export const streamsRules: readonly Rule[] = [
  rule(
    ["locked", "table", "topics", "workloads", "mirror", "groups", "migratedTopics", "migratedGroups"],
    (found): readonly Problem[] => {
      const moving = new Set(found.migratedGroups.map(({ name }) => name));
      const applications = found.locked.groups.filter((group) => isStreamsGroup(group) && moving.has(group.name));
      return [...applications.flatMap((group) => problemsOf(found, group)), ...needless(found)];
    },
  ),
];

/** Says which application it is, and what becomes of it if it is left behind. */
const isOne = (name: string): string => `group "${name}" is a Kafka Streams application`;
const rebuilt =
  "name it under groups.ignore with the reason and its internal topics under topics.ignore, and let it rebuild its " +
  "state at the target from the beginning of the mirrored input topics: start it there with a new application.id, or " +
  "with the same one after kafka-streams-application-reset";

function problemsOf(found: Found, group: LockedGroup): Problem[] {
  const { name, protocol } = group;
  // Its members answer no request that this program can make, so nobody can tell that they are gone.
  if (protocol === "streams") {
    const message = `${isOne(name)} of the protocol streams (KIP-1071), whose members cannot be watched while it moves; allowed: group.protocol=classic, which it has to be given before; or ${rebuilt}`;
    return [{ path: "groups", message }];
  }
  if (!movesApplications(found.table)) {
    const message = `${isOne(name)}, which writes what it reads, its state among it; allowed: the strategies together and waves, in which all of it moves at once; or ${rebuilt}`;
    return [{ path: "groups", message }];
  }
  const topics = found.locked.topics.map((topic) => topic.name);
  const internal = internalTopics(found.locked.groups, topics).filter((topic) => topic.group === name);
  return [
    ...ofWorkloads(found, name, internal),
    ...ofTopics(found, name, internal),
    ...ofOthers(found, name, internal),
    ...ofMirror(found, name),
  ];
}

/** Whoever runs it writes its internal topics, and says what no program sees of its stores. */
function ofWorkloads(
  { workloads, table, migratedTopics }: Found,
  name: string,
  internal: readonly InternalTopic[],
): Problem[] {
  return workloads.flatMap((workload, at): Problem[] => {
    if (!reads(workload) || !workload.groups.includes(name)) return [];
    const path = `workloads[${at}]`;
    const title = `workload "${workload.name}" runs the Kafka Streams application "${name}"`;
    const problems: Problem[] = [];
    if (!("streams" in workload) || workload.streams === undefined) {
      const message = `missing; ${title}: say that each of its stores has a changelog, because a store without one is on its disks only (streams.changelogs)`;
      problems.push({ path: `${path}.streams`, message });
    }
    if (workload.positions === "own") {
      const message = `found own; ${title}, which continues from its group's committed offsets; remove it`;
      problems.push({ path: `${path}.positions`, message });
    }
    // Those that are not migrated are a problem of their own.
    const moving = internal.filter(({ topic }) => migratedTopics.includes(topic));
    const unnamed = writes(workload) ? moving.filter(({ topic }) => !(workload.topics ?? []).includes(topic)) : moving;
    const required = hasWaves(table) || !writes(workload) || workload.topics !== undefined;
    if (required && unnamed.length > 0) {
      const list = unnamed.map(({ topic }) => topic).join(", ");
      const message = `${title} and writes its internal topics; add ${list}`;
      problems.push(
        writes(workload)
          ? { path: `${path}.topics`, message }
          : {
              path: `${path}.role`,
              message: `found consumer; allowed: both, with ${list} under topics: ${title} and writes its internal topics`,
            },
      );
    }
    return problems;
  });
}

/** Settings of a topic by which state or records under way would be lost, or restored as other ones. */
const spoiling = ["cleanup.policy", "retention.ms", "retention.bytes", "message.timestamp.type"];

function ofTopics({ topics, migratedTopics }: Found, name: string, internal: readonly InternalTopic[]): Problem[] {
  return internal.flatMap(({ topic, use }): Problem[] => {
    const holds = use === "changelog" ? "state" : "records under way";
    if (!migratedTopics.includes(topic)) {
      const message = `"${topic}" holds ${holds} of the Kafka Streams application "${name}", which moves, and is not migrated: the application would begin without ${use === "changelog" ? "it" : "them"}; add it to the migrated topics; or, of the application, ${rebuilt}`;
      return [{ path: topics.migrate === undefined ? "topics.ignore" : "topics.migrate", message }];
    }
    return spoiling.flatMap((key): Problem[] => {
      const value = topics.configs[topic]?.[key];
      if (value === undefined) return [];
      const message = `found "${value}"; "${topic}" holds ${holds} of the Kafka Streams application "${name}" and keeps ${key} as it is on the source; remove it`;
      return [{ path: `topics.configs.${topic}.${key}`, message }];
    });
  });
}

/** An internal topic that others use too is a topic of two applications: neither can be placed as if it were its own. */
function ofOthers(found: Found, name: string, internal: readonly InternalTopic[]): Problem[] {
  return internal.flatMap(({ topic }): Problem[] => {
    const readers = [...found.locked.groups, ...found.migratedGroups].filter(
      (group) => group.name !== name && group.topics.includes(topic),
    );
    const writers = found.workloads.filter(
      (one) => writes(one) && (one.topics ?? []).includes(topic) && !(reads(one) && one.groups.includes(name)),
    );
    const others = [
      ...[...new Set(readers.map((group) => group.name))].map((one) => `group "${one}" reads`),
      ...found.workloads
        .filter((one) => ungroupedOf(one).includes(topic) && reads(one) && !one.groups.includes(name))
        .map((one) => `workload "${one.name}" reads`),
      ...writers.map((one) => `workload "${one.name}" writes`),
    ];
    if (others.length === 0) return [];
    const message = `"${topic}" is an internal topic of the Kafka Streams application "${name}", which ${others.join(" and ")} too; no other workload may use it: give the others a topic of their own, or, of the application, ${rebuilt}`;
    return [{ path: "workloads", message }];
  });
}

function ofMirror({ mirror, groups }: Found, name: string): Problem[] {
  const problems: Problem[] = [];
  if (!mirror.exactlyOnce) {
    const message = `found false; ${isOne(name)}, whose state would count a record twice that is copied twice; remove it`;
    problems.push({ path: "mirror.exactlyOnce", message });
  }
  const at = groups.allowRedelivery.findIndex((group) => group.name === name);
  if (at >= 0) {
    const message = `${isOne(name)}: its state has counted what it would read again; remove it here`;
    problems.push({ path: `groups.allowRedelivery[${at}].name`, message });
  }
  return problems;
}

/** A word for stores that nobody has. */
function needless({ workloads, locked }: Found): Problem[] {
  const plain = new Set(locked.groups.filter((group) => !isStreamsGroup(group)).map(({ name }) => name));
  return workloads.flatMap((workload, at): Problem[] => {
    if (!reads(workload) || !isInKubernetes(workload) || workload.streams === undefined) return [];
    // A group that has committed nothing yet is in no inventory.
    if (!workload.groups.every((name) => plain.has(name))) return [];
    const message = `none of the groups of workload "${workload.name}" is a Kafka Streams application in the inventory; remove it, or run npm run assess again while it runs`;
    return [{ path: `workloads[${at}].streams`, message }];
  });
}
