import { mechanisms, needsUser, saslMechanism } from "../../runtime/model/login.ts";
import { usesSasl } from "../../runtime/model/protocol.ts";
import type { StackConfig } from "../schema.ts";
import { kubernetesWorkloads } from "../workloads.ts";
import { absent, rule, sides, wrong, type Problem, type Rule, type Side } from "./rule.ts";
import { securityProblems } from "./security.ts";

/** What is wrong with source, target and the Kubernetes connections, each and together. */
export const sideRules: readonly Rule[] = [
  ...sides.map((side) =>
    rule(["kubernetes", side], (config) =>
      absent(config, [
        { path: `${side}.kubernetes`, used: config[side].kubernetes },
        ...(["runner", "admin", "mirror"] as const).map((role) => ({
          path: `${side}.credentials.${role}.kubernetes`,
          used: config[side].credentials?.[role]?.kubernetes,
        })),
      ]),
    ),
  ),
  rule(["kubernetes", "workloads"], (config) =>
    absent(
      config,
      kubernetesWorkloads(config.workloads).map(({ at, workload }) => ({
        path: `workloads[${at}].kubernetes`,
        used: workload.kubernetes,
      })),
    ),
  ),
  rule(["source"], ({ source }) => [...sideProblems("source", source), ...securityProblems("source", source)]),
  rule(["target"], ({ target }) => [...sideProblems("target", target), ...securityProblems("target", target)]),
  rule(["source", "target"], ({ source, target }) => {
    if (source.cluster.kind === "external" || target.cluster.kind === "external") return [];
    const { name } = target.cluster;
    return wrong(
      source.kubernetes === target.kubernetes && source.cluster.name === name,
      "target.cluster.name",
      `found "${name}", which is the source's Kafka object; allowed: another one`,
    );
  }),
  rule(["source", "target"], ({ source, target }) =>
    source.clusterId !== undefined && source.clusterId === target.clusterId
      ? [
          {
            path: "target.clusterId",
            message: "found the source's cluster id; allowed: the id that the target's own brokers report",
          },
        ]
      : [],
  ),
  rule(["target"], ({ target }) => {
    const controllers = target.cluster.kind === "kubedb" ? (target.cluster.topology?.controller.replicas ?? 1) : 1;
    return controllers % 2 === 0
      ? [
          {
            path: "target.cluster.topology.controller.replicas",
            message: `found ${controllers}, which survive no more failures than ${controllers - 1}; allowed: an odd number`,
          },
        ]
      : [];
  }),
];

export function sideProblems(side: Side, config: StackConfig["source"]): Problem[] {
  const { security, credentials, cluster, bootstrap } = config;
  const sasl = usesSasl(security.protocol);
  const mechanism = saslMechanism(security);
  const missing = (key: string, message: string, when: boolean) => wrong(when, `${side}.${key}`, message);
  return [
    ...missing(
      "security.mechanism",
      `missing; required by ${security.protocol}; allowed: ${mechanisms.join(", ")}`,
      sasl && !security.mechanism,
    ),
    ...missing(
      "credentials",
      `missing; required by ${security.protocol}; name a Secret as runner: {secret: …}`,
      mechanism !== null && needsUser(mechanism) && !credentials,
    ),
    ...missing(
      "bootstrap",
      "missing; required for a cluster of kind external; list its brokers as host:port",
      cluster.kind === "external" && !bootstrap,
    ),
  ];
}
