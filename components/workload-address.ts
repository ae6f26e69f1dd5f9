import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Role } from "@kafka-migration/kafka";
import { isInKubernetes } from "../config/workloads.ts";
import type { KubernetesWorkload, Workload } from "../config/workloads.ts";

/** What an address is read from: a workload, or a consumer's twin. */
export type Addressed = Pick<KubernetesWorkload, "kind" | "name" | "kubernetes" | "bootstrap">;

/** The workloads of a role; a twin lives beside the consumer that names it. */
export function rolesOf(workloads: readonly Workload[], role: Role): Addressed[] {
  const inKubernetes = workloads.filter(isInKubernetes);
  if (role !== "twin") return inKubernetes.filter((workload) => workload.role === role);
  return inKubernetes.flatMap((workload) =>
    workload.role === "consumer" && workload.twin
      ? [
          {
            ...workload.twin,
            kind: workload.kind,
            ...(workload.kubernetes && { kubernetes: workload.kubernetes }),
          },
        ]
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
  // The start of the workloads waits for their pods; a patch would while they are at 0.
  const metadata = {
    name: workload.name,
    namespace,
    annotations: { ...annotations, "pulumi.com/skipAwait": "true" },
  };
  const template = {
    spec: { containers: [{ name: address.container, env: [{ name: address.env, value: bootstrap }] }] },
  };
  switch (workload.kind) {
    case "Deployment":
      return new k8s.apps.v1.DeploymentPatch(name, { metadata, spec: { template } }, kept);
    case "StatefulSet":
      return new k8s.apps.v1.StatefulSetPatch(name, { metadata, spec: { template } }, kept);
    case "CronJob":
      return new k8s.batch.v1.CronJobPatch(name, { metadata, spec: { jobTemplate: { spec: { template } } } }, kept);
  }
}
