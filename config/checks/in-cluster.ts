import { registrySecrets } from "../registry-secrets.ts";
import { isInKubernetes } from "../workloads.ts";
import { rule, sides, type Rule } from "./rule.ts";

/** What is wrong with the programs that run in pods. */
export const inClusterRules: readonly Rule[] = [
  rule(["inCluster"], ({ inCluster }) =>
    inCluster.paths === undefined && inCluster.schemas === undefined
      ? [{ path: "inCluster", message: "it runs nothing; set paths, schemas or both, or leave it out" }]
      : [],
  ),
  rule(["inCluster", "workloads"], ({ inCluster, workloads }) =>
    inCluster.paths !== undefined && !workloads.some(isInKubernetes)
      ? [
          {
            path: "inCluster.paths",
            message: "no workload runs in Kubernetes, so that no path can be tried; leave it out",
          },
        ]
      : [],
  ),
  rule(["inCluster", "kubernetes", "source", "target"], (config) => {
    if (config.inCluster.schemas === undefined) return [];
    const without = sides.filter((side) => config[side].registry === undefined);
    if (without.length > 0) {
      return [
        {
          path: "inCluster.schemas",
          message: `there is nothing to copy without ${without.map((side) => `${side}.registry`).join(" and ")}; name it, or leave this out`,
        },
      ];
    }
    return sides.flatMap((side) =>
      registrySecrets(config, side).elsewhere.map(({ part, secret, kubernetes }) => ({
        path: `inCluster.schemas.${side}.${part}`,
        message: `missing; the ${side}'s Secret "${secret}" is under "${kubernetes}", but the pod runs under "${config.target.kubernetes}"; name a Secret there`,
      })),
    );
  }),
];
