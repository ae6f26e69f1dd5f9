import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { KubernetesConfig } from "../config/clusters.ts";
import { Namespace } from "./resources.ts";
import { referenceTo } from "./side-addresses.ts";

/** One Kubernetes connection of the config: its provider, and its namespace where the config says to create it. */
export class KubernetesConnection {
  readonly provider: k8s.Provider;
  /** What objects in the namespace must wait for. */
  readonly parts: readonly pulumi.Resource[];

  constructor(name: string, config: KubernetesConfig, opts: pulumi.ComponentResourceOptions) {
    this.provider = kubernetesProvider(name, config, opts);
    this.parts = config.createNamespace
      ? [
          new Namespace(
            `${name}-namespace`,
            { kubernetes: referenceTo(config) },
            {
              ...(opts.parent && { parent: opts.parent }),
              ...(opts.dependsOn && { dependsOn: opts.dependsOn }),
              retainOnDelete: true,
            },
          ),
        ]
      : [];
  }
}

/** Every Kubernetes connection of a config, by its name there. */
export const kubernetesConnections = (
  name: string,
  configs: Readonly<Record<string, KubernetesConfig>>,
  opts: pulumi.ComponentResourceOptions,
): Record<string, KubernetesConnection> =>
  Object.fromEntries(
    Object.entries(configs).map(([key, config]) => [key, new KubernetesConnection(`${name}-${key}`, config, opts)]),
  );

/** Pulumi's Kubernetes provider for a connection of the config. */
export function kubernetesProvider(
  name: string,
  { kubeconfig, context, namespace }: KubernetesConfig,
  opts: pulumi.ComponentResourceOptions = {},
): k8s.Provider {
  return new k8s.Provider(
    name,
    {
      ...(kubeconfig && { kubeconfig }),
      ...(context && { context }),
      namespace,
      // An edited Secret or ConfigMap would otherwise be deleted and re-created under its readers.
      enableSecretMutable: true,
      enableConfigMapMutable: true,
      // A kubeconfig that names the same cluster differently must not re-create everything.
      clusterIdentifier: name,
    },
    { ...opts },
  );
}
