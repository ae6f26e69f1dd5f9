/** Applications that move. */
import type { PositionKeeping } from "./position-keeping.ts";
import type { Mechanism } from "./login.ts";
import type { KubernetesRef, SecretRef, SideName } from "./sides.ts";
import type { WorkloadKind } from "./workload-kinds/index.ts";

/** A `both` reads and writes. A twin is a consumer's counterpart that reads the target only. */
export type Role = "producer" | "consumer" | "both" | "twin";

/** Who moves in a switch; applications are of any role but twins. */
export type Move = "producers" | "consumers" | "twins" | "applications";

/** Whose workloads are meant: those of one role, or every application. */
export type Whose = Role | "application";

/** Whether a workload of a role joins groups on the side that it moves away from. */
export const reads = (role: Role): boolean => role === "consumer" || role === "both";

/** Whether a workload of a role writes to the migrated topics. */
export const writes = (role: Role): boolean => role === "producer" || role === "both";

/** Who moves, in sentences: `producers`, or `wave orders`. */
export const moveTitle = (what: Move, wave?: string): string => (wave === undefined ? what : `wave ${wave}`);

/** A move by its name: `producers`, or `applications/<wave>` where applications move wave by wave. */
export const moveName = (what: Move | Whose, wave?: string): string => (wave === undefined ? what : `${what}/${wave}`);

/** What every application has that is moved by the migration. */
export interface WorkloadCommon extends PositionKeeping {
  /** Name of the Kubernetes object, or of the connector. */
  readonly name: string;
  readonly role: Role;
  /** Consumer groups that it joins; empty for producers. */
  readonly groups: readonly string[];
  /** Migrated topics that it writes to; absent where the config does not tell. */
  readonly topics?: readonly string[];
  /** Present on a producer that may be silent for longer than a gate waits. */
  readonly writesRarely?: true;
  /** Present where it runs Kafka Streams: volumes that outlive its pods and hold no state that it would find at the target. */
  readonly streams?: { readonly cleared: readonly string[] };
  /** Of a twin: the consumer whose replicas it gets when it begins. */
  readonly of?: string;
}

/** Where a workload reads a value at start: a container's variable, or a key of a ConfigMap or Secret of its namespace. */
export type FieldPlace =
  | { readonly container: string; readonly env: string }
  | { readonly configMap: string; readonly key: string }
  | { readonly secret: string; readonly key: string };

/** A text, or a key of a Secret. */
export type FieldValue = { readonly text: string } | { readonly secret: SecretRef; readonly key: string };

/** A value that is another one on the other side, such as the brokers' address. */
export interface SideField {
  readonly place: FieldPlace;
  /** A side that has no such value leaves the place as it is. */
  readonly on: Readonly<Partial<Record<SideName, FieldValue>>>;
}

/** An application's user of the brokers on one side. */
export interface WorkloadLogin {
  /** A Secret with the keys that its mechanism takes. */
  readonly secret: SecretRef;
  /** What it may log in by, the likeliest first; empty where the listener that the runner reaches has no users. */
  readonly mechanisms: readonly Mechanism[];
}

/** An application that is an object in Kubernetes. */
export interface KubernetesWorkloadRef extends WorkloadCommon {
  readonly kind: WorkloadKind;
  readonly kubernetes: KubernetesRef;
  /** @default none */
  readonly fields?: readonly SideField[];
  /** Its users, where they are other ones on the two sides. @default the user stays the same */
  readonly login?: Readonly<Record<SideName, WorkloadLogin>>;
  /** Present where its owners say that what keeps it as it is (Argo CD, Flux, an operator) leaves it alone. */
  readonly gitops?: { readonly reason: string };
}
