import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Whose } from "@kafka-migration/kafka";
import { workloadKinds } from "../runtime/model/workload-kinds/index.ts";
import { isInKubernetes, type Address, type KubernetesWorkload, type Workload } from "../config/workloads.ts";

/** What moves with a workload, or with a consumer's twin. */
export type Addressed = Pick<
  KubernetesWorkload,
  "kind" | "name" | "kubernetes" | "bootstrap" | "login" | "registry" | "settings"
>;

/** The workloads of a role, or those of every role that moves itself; a twin runs in the same namespace as the consumer that names it. */
export function rolesOf(workloads: readonly Workload[], role: Whose): Addressed[] {
  const inKubernetes = workloads.filter(isInKubernetes);
  if (role === "application") return inKubernetes;
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

/** What a place is given: a text, or a Secret's key that a container's variable is pointed at. */
export type PlacedValue = pulumi.Input<string> | { readonly secret: string; readonly key: string };

export interface WorkloadValueArgs {
  readonly workload: Pick<Addressed, "kind" | "name">;
  readonly address: Address;
  readonly namespace: string;
  readonly value: PlacedValue;
}

/**
 * A value that a workload reads at start, such as the address of its brokers, as a patch of an object of the user's.
 * Present in every row and kept when it leaves the program, because deleting a patch would take the field away.
 */
export function workloadValue(
  name: string,
  args: WorkloadValueArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.CustomResource {
  const { workload, address, namespace, value } = args;
  const kept = { ...opts, retainOnDelete: true };
  // The user's own tool wrote the field first; taking it over is what a patch is for.
  const annotations = { "pulumi.com/patchForce": "true" };
  if ("configMap" in address) {
    const metadata = { name: address.configMap, namespace, annotations };
    return new k8s.core.v1.ConfigMapPatch(name, { metadata, data: { [address.key]: textOf(value) } }, kept);
  }
  if ("secret" in address) {
    const metadata = { name: address.secret, namespace, annotations };
    return new k8s.core.v1.SecretPatch(name, { metadata, stringData: { [address.key]: textOf(value) } }, kept);
  }
  // The start of the workloads waits for their pods; a patch would while they are at 0.
  const metadata = {
    name: workload.name,
    namespace,
    annotations: { ...annotations, "pulumi.com/skipAwait": "true" },
  };
  const env = isReference(value)
    ? { name: address.env, valueFrom: { secretKeyRef: { name: value.secret, key: value.key } } }
    : { name: address.env, value };
  const template = { spec: { containers: [{ name: address.container, env: [env] }] } };
  const { apiVersion, template: path } = workloadKinds[workload.kind];
  // For a kind of Kubernetes' own the resource is of the same type as the SDK's class, such as DeploymentPatch.
  return new k8s.apiextensions.CustomResourcePatch(
    name,
    { apiVersion, kind: workload.kind, metadata, ...within(path, template) },
    kept,
  );
}

/** `{ spec: { template: … } }` for the path `["spec", "template"]`. */
const within = (path: readonly string[], value: object): object =>
  path.reduceRight((inner, field) => ({ [field]: inner }), value);

const isReference = (value: PlacedValue): value is { readonly secret: string; readonly key: string } =>
  typeof value === "object" && !pulumi.Output.isInstance(value) && "secret" in value;

function textOf(value: PlacedValue): pulumi.Input<string> {
  if (isReference(value)) throw new Error("only a container's variable can be pointed at a Secret");
  return value;
}
