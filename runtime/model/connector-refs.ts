/** What resources carry about Kafka Connect's connectors: JSON only, references to Secrets and never their content. */
import type { Mechanism } from "./login.ts";
import type { ConnectEndpoint, KubernetesRef, SecretRef, SideName } from "./sides.ts";
import type { WorkloadCommon } from "./workloads.ts";

/** A Connect cluster that runs connectors which move. */
export interface ConnectClusterRef {
  /** Its name under `connects` in the config. */
  readonly name: string;
  readonly rest: ConnectEndpoint;
  /** Topic, on the side of the cluster, in which it keeps source connectors' positions; absent where it is not known. */
  readonly offsetsTopic?: string;
}

/** How a login becomes a property's value: a JAAS line for a mechanism of Kafka, or `username:password`. */
export type LoginForm = Mechanism | "basic";

/** A property that a connector gets from a Secret at the target. */
export interface PropertySecret {
  readonly property: string;
  readonly secret: SecretRef;
  /** Key of the Secret whose text is the value. */
  readonly key?: string;
  /** The value is made of the Secret's keys for that login. */
  readonly login?: LoginForm;
}

/** A connector that moves: a sink is a consumer, a source connector is a producer. */
export interface ConnectorRef extends WorkloadCommon {
  readonly kind: "connector";
  readonly connects: Readonly<Record<SideName, ConnectClusterRef>>;
  /** Its name on the target's Connect; `name` is the one on the source's. */
  readonly renamed: string;
  /** Values that properties get at the target in addition to what is rewritten by rule. */
  readonly rewrites: Readonly<Record<string, string>>;
  readonly secrets: readonly PropertySecret[];
  /** ConfigMap that remembers each connector's current side and its state before it was stopped. */
  readonly journal: { readonly kubernetes: KubernetesRef; readonly configMap: string };
}

/** Addresses by which a side is known in connectors' properties. */
export interface SideAddresses {
  /** `host:port` of the brokers: on the source all that are known, on the target those that connectors get. */
  readonly bootstrap: readonly string[];
  /** Base URLs of the schema registry; empty where the config has none. */
  readonly registry: readonly string[];
}
