import { isMade, kafkaObjectOf } from "../../runtime/model/platforms/platforms.ts";
import { kubernetesWorkloads } from "../workloads.ts";
import { rule, sameApi, sides, wrong, type Problem, type Rule, type Sections } from "./rule.ts";

/** What the NetworkPolicies would shut out, or could not say. */
export const networkRules: readonly Rule[] = [
  rule(["network", "target"], ({ target, ...config }) => {
    const connect = (config as Partial<Sections>).connect;
    return wrong(
      !isMade(target.cluster) && (connect === undefined || !isMade(connect)),
      "network",
      "neither the target nor Connect is made here, so there are no pods to protect; remove it here, and see docs/network.md for what must be open",
    );
  }),
  rule(["network", "target"], ({ network, target, ...config }) => {
    const connect = (config as Partial<Sections>).connect;
    const made = isMade(target.cluster) || (connect !== undefined && isMade(connect));
    return wrong(
      made && network.operators.length === 0,
      "network.operators",
      "missing; the platform's operator and the machine that runs Pulumi would be shut out of the brokers and of Connect's REST API; list both, and Prometheus if it reads metrics",
    );
  }),
  rule(["network", "source", "target", "kubernetes", "connect"], (config) =>
    isMade(config.connect) ? sides.flatMap((side) => unknownBrokers(config, side)) : [],
  ),
  rule(["network", "target", "kubernetes", "workloads", "source"], outsiders),
];

type Both = Pick<Sections, "source" | "target" | "kubernetes"> & Required<Pick<Sections, "network">>;

/** Brokers of which no label says which pods they are. */
function unknownBrokers(config: Both, side: "source" | "target"): Problem[] {
  const { cluster, kubernetes } = config[side];
  const known = kafkaObjectOf(cluster) !== null && sameApi(config, kubernetes, config.target.kubernetes);
  return wrong(
    !known && config.network![side].length === 0,
    `network.${side}`,
    `missing; the ${side}'s brokers are not pods of the target's Kubernetes cluster, so Connect would not reach them; list their addresses as cidr`,
  );
}

/** Workloads that the brokers' policy would refuse. */
function outsiders(config: Both & Pick<Sections, "workloads">): Problem[] {
  const { target, network, workloads } = config;
  if (!isMade(target.cluster) || network!.clients.some((peer) => "cidr" in peer)) return [];
  const elsewhere = kubernetesWorkloads(workloads).filter(
    ({ workload: { kubernetes = config.source.kubernetes } }) => !sameApi(config, kubernetes, target.kubernetes),
  );
  const names = [...elsewhere.map(({ workload }) => workload), ...workloads.filter(({ kind }) => kind === "external")];
  return wrong(
    names.length > 0,
    "network.clients",
    `${names.map(({ name }) => `"${name}"`).join(", ")} ${names.length === 1 ? "runs" : "run"} outside the target's Kubernetes cluster and would be refused; list the addresses as cidr`,
  );
}
