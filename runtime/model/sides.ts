/** The two sides and how the machine that runs Pulumi reaches what belongs to them. */
import type { Mechanism } from "./login.ts";
import type { Protocol } from "./protocol.ts";

export type SideName = "source" | "target";

/** A Kubernetes API by reference; the kubeconfig's content never leaves its file. */
export interface KubernetesRef {
  /** Path of a kubeconfig file, relative to the project. Default: `KUBECONFIG`, then `~/.kube/config`. */
  readonly kubeconfig?: string;
  /** Default: the file's current context. */
  readonly context?: string;
  readonly namespace: string;
  /** Seconds that one request may take. @default 15 */
  readonly requestSeconds?: number;
}

/** A Kubernetes Secret by name; read at run time, never stored. */
export interface SecretRef {
  readonly kubernetes: KubernetesRef;
  readonly name: string;
  /** In a pod that has it mounted: the folder in which each of its keys is a file. @default the API is asked */
  readonly folder?: string;
}

/** One cluster's brokers as the machine that runs Pulumi reaches them. */
export interface KafkaEndpoint {
  readonly side: SideName;
  /** `host:port` of one or more brokers. */
  readonly bootstrap: readonly string[];
  readonly protocol: Protocol;
  readonly mechanism?: Mechanism;
  /** Secret with the keys that the mechanism needs; needed by the SASL protocols. */
  readonly credentials?: SecretRef;
  /** Secret with the key `ca.crt`; default: the runner's own trust store. */
  readonly ca?: SecretRef;
  /** Where the config names `ca` and `certificate`, for what an error advises. @default `<side>.security` */
  readonly setting?: string;
  /** Mutual TLS: Secret with the keys `tls.crt` and `tls.key`. */
  readonly certificate?: SecretRef;
  /** Kafka's cluster id if it is pinned in the config; another id closes every gate. */
  readonly clusterId?: string;
  /** Seconds that a connection with its login, or one request, may take. @default 30 */
  readonly requestSeconds?: number;
}

/** Connect's REST API as the machine that runs Pulumi reaches it. */
export interface ConnectEndpoint {
  /** Base URLs of the workers, tried in order. */
  readonly urls: readonly string[];
  /** Secret with the keys `username` and `password` for HTTP basic authentication. */
  readonly credentials?: SecretRef;
  readonly ca?: SecretRef;
  /** Seconds that one request to one worker may take. @default 30 */
  readonly requestSeconds?: number;
}

/** A schema registry as the machine that runs Pulumi reaches it. */
export interface RegistryEndpoint {
  readonly side: SideName;
  /** Base URLs, tried in order. */
  readonly urls: readonly string[];
  /** Secret with the keys `username` and `password` for HTTP basic authentication. */
  readonly credentials?: SecretRef;
  /** Secret with the key `ca.crt`; default: the runner's own trust store. */
  readonly ca?: SecretRef;
  /** Seconds that one request may take. @default 30 */
  readonly requestSeconds?: number;
}
