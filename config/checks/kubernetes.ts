import { kubernetesWorkloads } from "../workloads.ts";
import { connectPlatformOf, kafkaObjectOf, platformOf } from "../../runtime/model/platforms/platforms.ts";
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
  rule(["connect"], ({ connect }) => connectPlatformOf(connect).problems(connect)),
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

/** Connect beside a Kafka object of the same platform and name. */
function sharedName(
  config: Pick<Sections, "kubernetes" | "source" | "target"> & { readonly connect: NonNullable<Sections["connect"]> },
): Problem[] {
  const { connect, target } = config;
  return sides.flatMap((side) => {
    const { cluster, kubernetes } = config[side];
    const same =
      platformOf(cluster) === platformOf(connect) &&
      kafkaObjectOf(cluster)?.name === connect.name &&
      placeOf(config, kubernetes) === placeOf(config, target.kubernetes);
    return same ? connectPlatformOf(connect).sameNameProblems(connect.name, side) : [];
  });
}
