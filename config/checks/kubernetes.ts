import { kubernetesWorkloads } from "../workloads.ts";
import { placeOf, rule, sides, wrong, type Problem, type Rule, type Sections } from "./rule.ts";

/** What is wrong with the Kubernetes connections and with the names of objects, each and together. */
export const kubernetesRules: readonly Rule[] = [
  rule(["kubernetes"], createdTwice),
  rule(["kubernetes"], ({ kubernetes }) =>
    Object.entries(kubernetes).flatMap(([name, { namespace, createNamespace }]) =>
      wrong(
        createNamespace && /^(default|kube-.*)$/.test(namespace),
        `kubernetes.${name}.createNamespace`,
        `found true for "${namespace}", which every Kubernetes cluster has; allowed: false, or another namespace`,
      ),
    ),
  ),
  rule(["kubernetes", "production"], ({ kubernetes, production }) =>
    Object.entries(kubernetes).flatMap(([name, { kubeconfig, context }]) =>
      wrong(
        production && kubeconfig === undefined && context === undefined,
        `kubernetes.${name}.context`,
        "missing; on a production stack the cluster must not depend on the current context of the machine " +
          "that runs pulumi; name the context, or a kubeconfig",
      ),
    ),
  ),
  rule(["kubernetes", "source", "target", "connect"], sharedName),
  ...sides.map((side) =>
    rule([side], (config) => {
      const { cluster } = config[side];
      if (cluster.kind !== "kubedb" || !cluster.topology) return [];
      const nodes = `-controller-${cluster.topology.controller.replicas - 1}`;
      return tooLong(`${side}.cluster.name`, cluster.name, nodes);
    }),
  ),
  rule(["connect"], ({ connect }) => tooLong("connect.name", connect.name, "-pods")),
  rule(["name", "kubernetes", "source", "target", "workloads"], (config) =>
    kubernetesWorkloads(config.workloads).flatMap(({ at, workload: { kubernetes, bootstrap } }) =>
      wrong(
        "configMap" in bootstrap &&
          bootstrap.configMap === `${config.name}-ledger` &&
          placeOf(config, kubernetes ?? config.source.kubernetes) === placeOf(config, config.target.kubernetes),
        `workloads[${at}].bootstrap.configMap`,
        `found "${config.name}-ledger", which holds the migration's ledger; allowed: one of the application's ConfigMaps`,
      ),
    ),
  ),
];

function createdTwice(config: Pick<Sections, "kubernetes">): Problem[] {
  const creating = Object.entries(config.kubernetes).filter(([, { createNamespace }]) => createNamespace);
  return creating.flatMap(([name, { namespace }], index) => {
    const first = creating.slice(0, index).find(([other]) => placeOf(config, other) === placeOf(config, name));
    return wrong(
      first !== undefined,
      `kubernetes.${name}.createNamespace`,
      `found true, but "${first?.[0]}" already creates namespace "${namespace}" in the same cluster; allowed: true in one of them`,
    );
  });
}

/** KubeDB creates Services and Secrets named after their owner: two owners with one name would fight over them. */
function sharedName(
  config: Pick<Sections, "kubernetes" | "source" | "target"> & { readonly connect: NonNullable<Sections["connect"]> },
): Problem[] {
  const { connect, target } = config;
  return sides.flatMap((side) => {
    const { cluster, kubernetes } = config[side];
    const same =
      cluster.kind !== "external" &&
      cluster.name === connect.name &&
      placeOf(config, kubernetes) === placeOf(config, target.kubernetes);
    return wrong(
      same,
      "connect.name",
      `found "${connect.name}", the name of the ${side}'s Kafka object; both would own the Service "${connect.name}-pods"; allowed: another name`,
    );
  });
}

/** KubeDB derives names of pods and Services, which are limited to 63 characters. */
function tooLong(path: string, name: string, suffix: string): Problem[] {
  const most = 63 - suffix.length;
  return wrong(
    name.length > most,
    path,
    `found ${name.length} characters; allowed: at most ${most}, because KubeDB derives "<name>${suffix}" from it`,
  );
}
