import { mechanisms, needsUser, saslMechanism } from "../../runtime/model/login.ts";
import { usesSasl } from "../../runtime/model/protocol.ts";
import { kafkaObjectOf, platformOf } from "../../runtime/model/platforms/platforms.ts";
import { sameCluster } from "../../runtime/model/same-cluster.ts";
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
    const [ours, theirs] = [kafkaObjectOf(source.cluster), kafkaObjectOf(target.cluster)];
    return wrong(
      theirs !== null && source.kubernetes === target.kubernetes && ours?.name === theirs.name,
      "target.cluster.name",
      `found "${theirs?.name}", which is the source's Kafka object; allowed: another one`,
    );
  }),
  rule(["source", "target"], ({ source, target }) =>
    sameCluster(source.clusterId, target.clusterId)
      ? [
          {
            path: "target.clusterId",
            message: "found the source's cluster id; allowed: the id that the target's own brokers report",
          },
        ]
      : [],
  ),
  ...sides.map((side) =>
    rule([side], (config) => platformOf(config[side].cluster).kafka?.problems(side, config[side].cluster) ?? []),
  ),
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
      `missing; required for a cluster of kind ${cluster.kind}; list its brokers as host:port`,
      kafkaObjectOf(cluster) === null && !bootstrap,
    ),
  ];
}
