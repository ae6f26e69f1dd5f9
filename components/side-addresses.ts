/** Where a side is, from inside Kubernetes and from the machine that runs Pulumi. */
import type { KubernetesConfig, SideConfig } from "../config/clusters.ts";
import type { MigrationConfig } from "../config/migration-config.ts";
import { advertisedPorts } from "../config/network.ts";
import type { Side } from "../phases/row.ts";
import { kafkaObjectOf } from "../runtime/model/platforms/platforms.ts";
import type { KubernetesRef } from "../runtime/model/sides.ts";

/** The part of a stack's config that says where a side is and how to reach it. */
export type WithSide<S extends Side> = Pick<MigrationConfig, "kubernetes"> & Readonly<Record<S, SideConfig>>;

/** A Kubernetes connection of the config, by its name there. */
export function kubernetesRef(config: Pick<MigrationConfig, "kubernetes">, name: string): KubernetesRef {
  return referenceTo(config.kubernetes[name]!);
}

/** A side's bootstrap addresses as applications inside the Kubernetes cluster reach it. */
export function bootstrapInside<S extends Side>(config: WithSide<S>, side: S): readonly string[] {
  const { bootstrap, cluster, kubernetes } = config[side];
  if (bootstrap) return bootstrap;
  const object = kafkaObjectOf(cluster);
  return object === null ? [] : [object.kafka.bootstrap(object.name, config.kubernetes[kubernetes]!.namespace)];
}

/** Ports of a side's brokers as pods reach them: those of the addresses to begin with, and those that brokers advertise. */
export function portsOf(config: MigrationConfig, side: Side): number[] {
  const begun = bootstrapInside(config, side).map((address) => Number(address.slice(address.lastIndexOf(":") + 1)));
  const advertised = config.network?.[advertisedPorts[side]] ?? [];
  return [...new Set([...begun, ...advertised])].sort((a, b) => a - b);
}

/** A side's bootstrap addresses as the machine that runs Pulumi reaches them. */
export function runnerBootstrap<S extends Side>(config: WithSide<S>, side: S): readonly string[] {
  return config[side].runnerBootstrap ?? bootstrapInside(config, side);
}

export function referenceTo({ kubeconfig, context, namespace, requestSeconds }: KubernetesConfig): KubernetesRef {
  return {
    ...(kubeconfig && { kubeconfig }),
    ...(context && { context }),
    namespace,
    ...(requestSeconds !== undefined && { requestSeconds }),
  };
}
