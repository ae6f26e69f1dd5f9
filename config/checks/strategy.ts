import {
  applicationStrategies,
  choiceOf,
  hasMirror,
  hasTwins,
  movesApplications,
  movesLagging,
  persistedDataOf,
  rowsOf,
  tableNames,
  wayBackOf,
  whyOnly,
} from "../../phases/strategies/index.ts";
import { isInKubernetes, type Address } from "../workloads.ts";
import { rule, wrong, type Problem, type Rule, type Sections } from "./rule.ts";

const withTwins = tableNames.filter(hasTwins);

/** What is wrong with the strategy, and with what only some strategies need. */
export const strategyRules: readonly Rule[] = [
  rule(["strategy", "persistedData"], ({ strategy, persistedData }) => {
    const possible = persistedDataOf(strategy);
    return wrong(
      persistedData !== undefined && !possible.includes(persistedData),
      "persistedData",
      `found "${persistedData}", but ${whyOnly(strategy)}; allowed: ${possible.join(", ")}`,
    );
  }),
  rule(["table", "wayBack"], ({ table, wayBack }) =>
    wrong(wayBack !== wayBackOf(table), "wayBack", `found "${wayBack}", but ${table} copies nothing; allowed: none`),
  ),
  rule(["table", "mirror"], ({ table, mirror }) =>
    wrong(
      wayBackOf(table) === "mirrored" && !mirror.exactlyOnce,
      "wayBack",
      'found "mirrored" with mirror.exactlyOnce false: a mirror that copies a record twice has no exact way back; allowed: none',
    ),
  ),
  rule(["table", "workloads"], ({ table, workloads }) =>
    workloads.flatMap((workload, index) =>
      wrong(
        wayBackOf(table) === "mirrored" && workload.kind === "connector" && workload.role === "producer",
        `workloads[${index}].kind`,
        "found connector of role producer with wayBack mirrored: what it has read since would have to go back with it, which " +
          "is not built; allowed: wayBack none, or external",
      ),
    ),
  ),
  (config) => {
    const { strategy, table, connect } = config;
    if (strategy === undefined || table === undefined) return [];
    if (hasMirror(table)) {
      return wrong(
        connect === undefined,
        "connect",
        `missing; required by ${strategy}; name the Connect cluster that copies the records`,
      );
    }
    return onlyWithMirror(config).map((path) => ({
      path,
      message: `there is no mirror in ${strategy}${persistedDataOf(strategy).length > 1 ? " with persistedData none" : ""}, so nothing uses it; remove it`,
    }));
  },
  (config) => {
    const { table, startAt, waves, workloads } = config;
    if (table === undefined || startAt === undefined || workloads === undefined) return [];
    const rows = rowsOf({ table, waves, workloads }).map(({ name }) => name);
    return wrong(
      !rows.includes(startAt.row),
      "startAt.row",
      `found "${startAt.row}", which is not a phase of ${table}; allowed: ${rows.join(", ")}`,
    );
  },
  rule(["table", "workloads"], ({ table, workloads }) =>
    workloads.flatMap(({ name, role }, index) =>
      wrong(
        role === "both" && !movesApplications(table),
        `workloads[${index}].role`,
        `found both in ${choiceOf(table).strategy}, in which readers and writers move in different phases, but "${name}" moves once; set strategy to ${applicationStrategies.join(" or ")}`,
      ),
    ),
  ),
  rule(["table", "workloads"], ({ table, workloads }) =>
    workloads.flatMap((workload, index) => {
      // The owners of an external one run it on both sides themselves.
      if (workload.role !== "consumer" || workload.kind === "external") return [];
      if (workload.kind === "connector") {
        return wrong(
          hasTwins(table),
          `workloads[${index}].kind`,
          `found connector in ${table}, in which consumers read on both sides; allowed: external, with owners who run one on each side`,
        );
      }
      const path = `workloads[${index}].twin`;
      return [
        ...wrong(
          hasTwins(table) && workload.twin === undefined,
          path,
          `missing; required by ${table}, in which "${workload.name}" continues to read the source; name the same application for the target`,
        ),
        ...wrong(
          !hasTwins(table) && workload.twin !== undefined,
          path,
          `found in ${table}, in which "${workload.name}" itself moves; allowed in ${withTwins.join(", ")} only; remove it`,
        ),
      ];
    }),
  ),
  rule(["workloads"], ({ workloads }) => twinProblems(workloads)),
  rule(["stragglers", "locked", "migratedTopics"], (found) => placeProblems("stragglers", found.stragglers, found)),
  rule(["groups", "migratedGroups"], ({ groups, migratedGroups }) =>
    groups.idle.flatMap(({ name }, index) => {
      const names = migratedGroups.map((group) => group.name);
      const message = `group "${name}" does not move; allowed: ${names.join(", ") || "none"}`;
      return wrong(!names.includes(name), `groups.idle[${index}].name`, message);
    }),
  ),
  rule(["gaps", "locked", "migratedTopics"], (found) => placeProblems("gaps", found.gaps, found)),
  rule(["groups", "migratedGroups", "table"], ({ groups, migratedGroups, table }) =>
    groups.allowRedelivery.flatMap(({ name }, index) => [
      ...wrong(
        !movesLagging(table),
        `groups.allowRedelivery[${index}]`,
        `found in ${choiceOf(table).strategy}, in which no group moves before it has read everything; remove it`,
      ),
      ...wrong(
        !migratedGroups.some((group) => group.name === name),
        `groups.allowRedelivery[${index}].name`,
        `"${name}" is not among the migrated groups; allowed: ${migratedGroups.map((group) => group.name).join(", ") || "none"}`,
      ),
    ]),
  ),
];

function onlyWithMirror({ connect, monitoring, ui, source, target }: Partial<Sections>): string[] {
  return [
    ...(connect ? ["connect"] : []),
    ...(monitoring ? ["monitoring"] : []),
    ...(ui ? ["ui"] : []),
    ...(source?.credentials?.mirror ? ["source.credentials.mirror"] : []),
    ...(target?.credentials?.mirror ? ["target.credentials.mirror"] : []),
  ];
}

/** A twin is a separate object, and reads its address from a separate place. */
function twinProblems(workloads: Sections["workloads"]): Problem[] {
  const twins = workloads.flatMap((workload, index) =>
    isInKubernetes(workload) && workload.role === "consumer" && workload.twin ? [{ index, twin: workload.twin }] : [],
  );
  const names = workloads.map(({ name }) => name);
  const keyOf = (address: Address): string | null =>
    "container" in address ? null : JSON.stringify(Object.entries(address).sort());
  const keys = workloads.filter(isInKubernetes).map(({ bootstrap }) => keyOf(bootstrap));
  return twins.flatMap(({ index, twin }, at) => [
    ...wrong(
      names.includes(twin.name) || twins.slice(0, at).some((other) => other.twin.name === twin.name),
      `workloads[${index}].twin.name`,
      `found "${twin.name}", which is already another workload; allowed: a separate object`,
    ),
    ...wrong(
      keyOf(twin.bootstrap) !== null && keys.includes(keyOf(twin.bootstrap)),
      `workloads[${index}].twin.bootstrap`,
      "found a key that another workload reads, but a twin reads the target in every phase; give it another key",
    ),
  ]);
}

type Place = Sections["stragglers"][number] | Sections["gaps"][number];

/** Offsets are said of partitions that migrate, and once of each. */
function placeProblems(
  key: "stragglers" | "gaps",
  places: readonly Place[],
  { locked, migratedTopics }: Pick<Sections, "locked" | "migratedTopics">,
): Problem[] {
  return places.flatMap(({ topic, partition }, index) => {
    const partitions = locked.topics.find(({ name }) => name === topic)?.partitions ?? 0;
    return [
      ...wrong(
        !migratedTopics.includes(topic),
        `${key}[${index}].topic`,
        `"${topic}" is not among the migrated topics; allowed: ${migratedTopics.join(", ")}`,
      ),
      ...wrong(
        migratedTopics.includes(topic) && partition >= partitions,
        `${key}[${index}].partition`,
        `found ${partition}; allowed: 0 to ${partitions - 1}, the partitions of "${topic}"`,
      ),
      ...wrong(
        places.slice(0, index).some((one) => one.topic === topic && one.partition === partition),
        `${key}[${index}]`,
        `"${topic}" partition ${partition} is named twice; name it once, with the later offset`,
      ),
    ];
  });
}
