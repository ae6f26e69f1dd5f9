import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Role } from "@kafka-migration/kafka";
import type { Workload } from "../config/schema.ts";

/** What an address is read from: a workload, or a consumer's twin. */
export type Addressed = Pick<Workload, "name" | "kubernetes" | "bootstrap">;

/** The workloads of a role; a twin lives beside the consumer that names it. */
export function rolesOf(workloads: readonly Workload[], role: Role): Addressed[] {
  if (role !== "twin") return workloads.filter((workload) => workload.role === role);
  return workloads.flatMap((workload) =>
    workload.role === "consumer" && workload.twin
      ? [{ ...workload.twin, ...(workload.kubernetes && { kubernetes: workload.kubernetes }) }]
      : [],
  );
}

export interface WorkloadAddressArgs {
  readonly workload: Addressed;
  readonly namespace: string;
  /** `host:port`s of the side that the row wants, comma-separated. */
  readonly bootstrap: string;
}

/**
 * The address that a workload gets its brokers from, as a patch of an object of the user's. Present in every row and
 * kept when it leaves the program, because deleting a patch would take the field away.
 */
export function workloadAddress(
  name: string,
  args: WorkloadAddressArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.CustomResource {
  const { workload, namespace, bootstrap } = args;
  const address = workload.bootstrap;
  const kept = { ...opts, retainOnDelete: true };
  // The user's own tool wrote the field first; taking it over is what a patch is for.
  const annotations = { "pulumi.com/patchForce": "true" };
  if ("configMap" in address) {
    const metadata = { name: address.configMap, namespace, annotations };
    return new k8s.core.v1.ConfigMapPatch(name, { metadata, data: { [address.key]: bootstrap } }, kept);
  }
  if ("secret" in address) {
    const metadata = { name: address.secret, namespace, annotations };
    return new k8s.core.v1.SecretPatch(name, { metadata, stringData: { [address.key]: bootstrap } }, kept);
  }
  return new k8s.apps.v1.DeploymentPatch(
    name,
    {
      metadata: { name: workload.name, namespace, annotations: { ...annotations, "pulumi.com/skipAwait": "true" } },
      spec: {
        template: {
          spec: { containers: [{ name: address.container, env: [{ name: address.env, value: bootstrap }] }] },
        },
      },
    },
    kept,
  );
}
