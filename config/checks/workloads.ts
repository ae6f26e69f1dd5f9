import { hasTwins } from "../../phases/strategies/index.ts";
import { plannedOf } from "../../runtime/model/platforms/platforms.ts";
import { sinkGroup } from "../connectors.ts";
import { kubernetesWorkloads, type KubernetesWorkload } from "../workloads.ts";
import { duplicates, placeOf, rule, wrong, type Problem, type Rule, type Sections } from "./rule.ts";

/** What is wrong with the workloads, each and together with the groups. */
export const workloadRules: readonly Rule[] = [
  rule(["workloads"], ({ workloads }) =>
    (["producer", "consumer"] as const).flatMap((role) =>
      duplicates(
        "workloads",
        workloads.filter((workload) => workload.role === role).map(({ name }) => name),
      ),
    ),
  ),
  rule(["workloads"], ({ workloads }) =>
    workloads.flatMap((workload, index) => [
      ...wrong(
        workloads.slice(0, index).some((one) => one.name === workload.name && one.role !== workload.role),
        `workloads[${index}].name`,
        `found "${workload.name}" as producer and as consumer, but a workload moves only once; allowed: one role; run the other in a separate workload`,
      ),
      ...(workload.role === "consumer" ? duplicates(`workloads[${index}].groups`, workload.groups) : []),
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
      workload.role === "consumer"
        ? workload.groups
            .filter((name) => !moving.has(name))
            .map((name) => ({
              path: `workloads[${index}].groups`,
              message: `"${name}" is not among the migrated groups; allowed: ${groups.map((group) => group.name).join(", ") || "none"}`,
            }))
        : [],
    );
  }),
  rule(["workloads", "migratedGroups"], ({ workloads, migratedGroups: groups }) => {
    const joined = new Set(workloads.flatMap((workload) => (workload.role === "consumer" ? workload.groups : [])));
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
    workloads.flatMap((workload, index) =>
      workload.kind === "external" && workload.role === "producer"
        ? [
            ...duplicates(`workloads[${index}].topics`, workload.topics),
            ...workload.topics
              .filter((topic) => !migratedTopics.includes(topic))
              .map((topic) => ({
                path: `workloads[${index}].topics`,
                message: `"${topic}" is not migrated, so there is nothing to watch there; allowed: ${migratedTopics.join(", ")}`,
              })),
          ]
        : [],
    ),
  ),
  rule(["kubernetes", "source", "workloads"], sharedAddresses),
  rule(["workloads"], needlessWords),
  rule(["workloads", "table"], ({ workloads, table }) =>
    workloads.flatMap((workload, index) =>
      wrong(
        workload.role === "consumer" && workload.positions === "own" && hasTwins(table),
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
      workload.role === "consumer" && workload.positionsApplied !== undefined && workload.positions !== "own",
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

/** Producers and consumers move in different phases, so one key cannot hold the address of both. */
function sharedAddresses(config: Pick<Sections, "kubernetes" | "source" | "workloads">): Problem[] {
  const { source } = config;
  const workloads = kubernetesWorkloads(config.workloads);
  const keyOf = ({ kubernetes, bootstrap }: KubernetesWorkload): string =>
    "container" in bootstrap
      ? ""
      : JSON.stringify([placeOf(config, kubernetes ?? source.kubernetes), ...Object.entries(bootstrap).sort()]);
  return workloads.flatMap(({ at, workload }, index) => {
    const key = keyOf(workload);
    const other = workloads
      .slice(0, index)
      .map((one) => one.workload)
      .find((one) => one.role !== workload.role && key !== "" && keyOf(one) === key);
    return other
      ? [
          {
            path: `workloads[${at}].bootstrap`,
            message: `${other.role} "${other.name}" reads the same key, but producers and consumers move in different phases; give each its own key`,
          },
        ]
      : [];
  });
}
