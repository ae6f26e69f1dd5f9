import {
  applicationStrategies,
  hasTwins,
  hasWaves,
  movesApplications,
  type TableName,
} from "../../phases/strategies/index.ts";
import { plannedOf } from "../../runtime/model/platforms/platforms.ts";
import { sinkGroup } from "../connectors.ts";
import {
  addressesOf,
  groupsOf,
  kubernetesWorkloads,
  reads,
  topicsOf,
  ungroupedOf,
  type Workload,
} from "../workloads.ts";
import { duplicates, placeOf, rule, wrong, type Problem, type Rule, type Sections } from "./rule.ts";

/** What is wrong with the workloads, each and together with the groups. */
export const workloadRules: readonly Rule[] = [
  rule(["workloads"], ({ workloads }) =>
    (["producer", "consumer", "both"] as const).flatMap((role) =>
      duplicates(
        "workloads",
        workloads.filter((workload) => workload.role === role).map(({ name }) => name),
      ),
    ),
  ),
  rule(["workloads"], ({ workloads }) =>
    workloads.flatMap((workload, index) => [
      ...twoRoles(workloads, workload, index),
      ...duplicates(`workloads[${index}].groups`, groupsOf(workload)),
    ]),
  ),
  rule(["target", "migratedGroups", "locked"], ({ target: { cluster }, migratedGroups, locked }) => {
    const version = plannedOf(cluster)?.version;
    if (!version?.startsWith("3.")) return [];
    const modern = new Set(locked.groups.filter(({ protocol }) => protocol === "consumer").map(({ name }) => name));
    const group = migratedGroups.find(({ name }) => modern.has(name));
    return wrong(
      group !== undefined,
      "target.cluster.version",
      `found "${version}", which does not support the new group protocol that group "${group?.name}" uses; allowed: 4.0.0 and later`,
    );
  }),
  rule(["workloads", "migratedGroups"], ({ workloads, migratedGroups: groups }) => {
    const moving = new Set(groups.map(({ name }) => name));
    return workloads.flatMap((workload, index) =>
      groupsOf(workload)
        .filter((name) => !moving.has(name))
        .map((name) => ({
          path: `workloads[${index}].groups`,
          message: `"${name}" is not among the migrated groups; allowed: ${groups.map((group) => group.name).join(", ") || "none"}`,
        })),
    );
  }),
  rule(["workloads", "migratedGroups"], ({ workloads, migratedGroups: groups }) => {
    const joined = new Set(workloads.flatMap(groupsOf));
    return groups.flatMap((group) =>
      joined.has(group.name)
        ? []
        : [
            {
              path: "groups",
              message: `no workload joins group "${group.name}", so nothing would be stopped before its offsets move; ${joinedBy(group.name)} under groups.ignore with the reason`,
            },
          ],
    );
  }),
  rule(["workloads", "migratedTopics"], ({ workloads, migratedTopics }) =>
    workloads.flatMap((workload, index) => [
      ...duplicates(`workloads[${index}].topics`, topicsOf(workload)),
      ...topicsOf(workload)
        .filter((topic) => !migratedTopics.includes(topic))
        .map((topic) => ({
          path: `workloads[${index}].topics`,
          message:
            `"${workload.name}" writes "${topic}", which is not migrated: its readers would stay on the source; add it to ` +
            `the migrated topics, or remove it here; allowed: ${migratedTopics.join(", ")}`,
        })),
    ]),
  ),
  rule(["workloads", "migratedTopics"], ({ workloads, migratedTopics }) =>
    workloads.flatMap((workload, index) => [
      ...duplicates(`workloads[${index}].readsWithoutGroup`, ungroupedOf(workload)),
      ...ungroupedOf(workload)
        .filter((topic) => !migratedTopics.includes(topic))
        .map((topic) => ({
          path: `workloads[${index}].readsWithoutGroup`,
          message:
            `"${workload.name}" reads "${topic}", which is not migrated: after its move it would no longer read it; add it to ` +
            `the migrated topics, or remove it here; allowed: ${migratedTopics.join(", ")}`,
        })),
    ]),
  ),
  (config) => sharedAddresses(config),
  rule(["workloads"], needlessWords),
  rule(["workloads", "table"], ({ workloads, table }) =>
    workloads.flatMap((workload, index) =>
      wrong(
        reads(workload) && workload.positions === "own" && hasTwins(table),
        `workloads[${index}].positions`,
        `found "own", but its twin begins at the beginning of the target, so there are no positions to translate; allowed: group`,
      ),
    ),
  ),
];

/** A word about positions that nobody asks for. */
function needlessWords({ workloads }: Pick<Sections, "workloads">): Problem[] {
  return workloads.flatMap((workload, index) =>
    wrong(
      reads(workload) && workload.positionsApplied !== undefined && workload.positions !== "own",
      `workloads[${index}].positionsApplied`,
      "only a consumer with positions own waits for it; set positions to own, or remove it here",
    ),
  );
}

/** Connect names a sink's group after the sink. */
const joinedBy = (group: string): string =>
  group.startsWith(sinkGroup(""))
    ? `name sink connector "${group.slice(sinkGroup("").length)}" under workloads (kind: connector), or the group`
    : "name the group under a consumer in workloads, or";

/** Names are of workloads, not of roles: messages, waves and resources name a workload by it. */
function twoRoles(workloads: Sections["workloads"], { name, role }: Workload, index: number): Problem[] {
  const other = workloads.slice(0, index).find((one) => one.name === name && one.role !== role);
  return other === undefined
    ? []
    : [
        {
          path: `workloads[${index}].name`,
          message: `found "${name}" as ${other.role} and as ${role}, but a workload moves only once; allowed: one role; give it role both in the strategies ${applicationStrategies.join(" and ")}, or run the other role in a separate workload`,
        },
      ];
}

/** Who moves with whom: workloads of one text move together. */
function moveOf(table: TableName | undefined, waves: Sections["waves"], { name, role }: Workload): string {
  if (table === undefined || !movesApplications(table)) return role;
  return hasWaves(table) ? (waves?.find(({ workloads }) => workloads.includes(name))?.name ?? "") : "all";
}

/** Workloads that move in different phases cannot read what differs by side from one key. */
function sharedAddresses(config: Partial<Sections>): Problem[] {
  const { source, kubernetes, table, waves } = config;
  if (source === undefined || kubernetes === undefined || config.workloads === undefined) return [];
  const read = kubernetesWorkloads(config.workloads).flatMap(({ at, workload }) =>
    addressesOf(workload).flatMap(({ path, address }) => {
      if ("container" in address) return [];
      const place = placeOf({ kubernetes }, workload.kubernetes ?? source.kubernetes);
      const key = JSON.stringify([place, ...Object.entries(address).sort()]);
      return [{ path: `workloads[${at}].${path}`, key, workload, move: moveOf(table, waves, workload) }];
    }),
  );
  const first = new Map<string, (typeof read)[number]>();
  return read.flatMap((one) => {
    const other = first.get(one.key);
    if (other === undefined) first.set(one.key, one);
    // One that is in no wave is a problem of its own.
    if (other === undefined || other.move === one.move || other.move === "" || one.move === "") return [];
    const { name, role } = other.workload;
    const apart =
      table !== undefined && hasWaves(table)
        ? `moves in wave "${other.move}", "${one.workload.name}" in wave "${one.move}"; give each its own key, or name both in one wave`
        : "but producers and consumers move in different phases; give each its own key";
    return [
      {
        path: one.path,
        message: `${role} "${name}" reads the same key${apart.startsWith("moves") ? " and" : ","} ${apart}`,
      },
    ];
  });
}
