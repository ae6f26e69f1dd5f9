import type { StackConfig } from "../schema.ts";
import { duplicates, rule } from "./rule.ts";
import type { Problem, Rule } from "./rule.ts";

/** What is wrong with the workloads, each and together with the groups. */
export const workloadRules: readonly Rule[] = [
  rule(["workloads"], ({ workloads }) =>
    duplicates(
      "workloads",
      workloads.map((workload) => workload.name),
    ),
  ),
  rule(["workloads", "migratedGroups"], ({ workloads, migratedGroups: groups }) =>
    workloads.flatMap((workload, index) =>
      workload.role === "consumer"
        ? workload.groups
            .filter((name) => !groups.some((group) => group.name === name))
            .map((name) => ({
              path: `workloads[${index}].groups`,
              message: `"${name}" is not among the migrated groups; allowed: ${groups.map((group) => group.name).join(", ") || "none"}`,
            }))
        : [],
    ),
  ),
  rule(["workloads", "migratedGroups"], ({ workloads, migratedGroups: groups }) =>
    groups.flatMap((group) =>
      workloads.some((workload) => workload.role === "consumer" && workload.groups.includes(group.name))
        ? []
        : [
            {
              path: "groups",
              message: `no workload joins group "${group.name}", so nobody would be stopped before its offsets move; name the group at a consumer under workloads, or under groups.ignore with the reason`,
            },
          ],
    ),
  ),
  rule(["workloads"], ({ workloads }) => sharedAddresses(workloads)),
];

/** Producers and consumers move in different rows, so one key cannot hold the address of both. */
function sharedAddresses(workloads: StackConfig["workloads"]): Problem[] {
  const keyOf = ({ kubernetes, bootstrap }: StackConfig["workloads"][number]): string =>
    "container" in bootstrap ? "" : JSON.stringify([kubernetes ?? "", ...Object.entries(bootstrap).sort()]);
  return workloads.flatMap((workload, index) => {
    const key = keyOf(workload);
    const other = workloads
      .slice(0, index)
      .find((one) => one.role !== workload.role && key !== "" && keyOf(one) === key);
    return other
      ? [
          {
            path: `workloads[${index}].bootstrap`,
            message: `${other.role} "${other.name}" reads the same key, but producers and consumers move in different rows; give each a key of its own`,
          },
        ]
      : [];
  });
}
