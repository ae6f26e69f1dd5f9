/** Applications that move. */
import type { KubernetesRef } from "./sides.ts";
import type { WorkloadKind } from "./workload-kinds.ts";

/** A twin is a consumer's counterpart that reads the target only. */
export type Role = "producer" | "consumer" | "twin";

/** Who moves in a switch. */
export type Move = "producers" | "consumers" | "twins";

/** What every application has that is moved by the migration. */
export interface WorkloadCommon {
  /** Name of the Kubernetes object, or of the connector. */
  readonly name: string;
  readonly role: Role;
  /** Consumer groups that it joins; empty for producers. */
  readonly groups: readonly string[];
  /** Of a twin: the consumer whose replicas it gets when it begins. */
  readonly of?: string;
}

/** An application that is an object in Kubernetes. */
export interface KubernetesWorkloadRef extends WorkloadCommon {
  readonly kind: WorkloadKind;
  readonly kubernetes: KubernetesRef;
}
