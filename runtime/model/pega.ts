/** What travels between the Pulumi program and the code that measures and acts on a Pega release: JSON only. */
import type { KafkaEndpoint, KubernetesRef, SecretRef } from "./sides.ts";

/** A Helm release by name; `kubernetes.namespace` is the release's own, where Helm keeps its Secrets. */
export interface ReleaseRef {
  readonly kubernetes: KubernetesRef;
  readonly name: string;
}

/** Who puts records into queues and who takes them out; `both` does both, `stream` is the embedded broker. */
export type TierRole = "producer" | "consumer" | "both" | "stream";

/** One entry of `global.tier` as a Kubernetes object. */
export interface PegaTier {
  /** `name` in `global.tier`. */
  readonly name: string;
  readonly kind: "Deployment" | "StatefulSet";
  readonly role: TierRole;
}

/** What a migration of Pega is about: given to every gate and every acting resource. */
export interface PegaScope {
  readonly migration: string;
  readonly release: ReleaseRef;
  /** `global.deployment.name`: objects are named `<deployment>-<tier>`. */
  readonly deployment: string;
  /** Tiers of the user's values, those of nodeType Stream among them. */
  readonly tiers: readonly PegaTier[];
  readonly target: KafkaEndpoint;
  /** The embedded broker where the runner can reach it, as `side: "source"`; absent: it cannot be measured. */
  readonly embedded?: KafkaEndpoint;
  /** Literal head of `stream.streamNamePattern`: topics and groups on the target that begin with it are Pega's. */
  readonly prefix: string;
}

/** A number of waiting records per queue processor over HTTP, as the machine that runs Pulumi reaches it. */
export interface QueueProbe {
  readonly url: string;
  /** A header whose value is the key of a Secret, for example `Authorization`. */
  readonly header?: { readonly name: string; readonly secret: SecretRef; readonly key: string };
  /** JSONPath to the numbers, for example `$.queues[*].readyToProcess`. */
  readonly counts: string;
  /** JSONPath to the queues' names, one for each number; without it queues are numbered from 1. */
  readonly names?: string;
}

/** What a data flow has processed of one topic of the embedded stream, as an operator read it. */
export interface PegaFlow {
  readonly name: string;
  readonly topic: string;
  /** Last ID by partition number. */
  readonly lastIds: Readonly<Record<string, string>>;
}

/** What a last ID means: the offset of the last record that was processed, or the offset after it. */
export type FlowConvention = "last-processed" | "next";

/** Inputs of the resource that remembers replicas before producers are stopped. */
export interface RememberInputs {
  readonly scope: PegaScope;
  readonly row: string;
  /** Tiers whose annotation is missing; computed by `check`, empty when all is well. */
  readonly forgotten?: readonly string[];
}

/** Inputs of the resource that gives producing tiers their former replicas back. */
export interface RestoreInputs {
  readonly scope: PegaScope;
  readonly row: string;
  /** Hash of the release as the row renders it, so that a changed release is followed by a look at its replicas. */
  readonly release: string;
  /** Seconds that pods may take to become ready; Pega's start-up probe alone allows 310. */
  readonly readySeconds: number;
  /** Whether the annotation is taken away once the replicas are asked for: in rows in which producers are running. */
  readonly forget: boolean;
  /** Tiers that run with fewer replicas than before; computed by `check`, empty when all is well. */
  readonly short?: readonly string[];
}

/** Inputs of the resource that deletes what tiers of nodeType Stream left behind. */
export interface VolumesInputs {
  readonly scope: PegaScope;
  /** PersistentVolumeClaims to delete, by name; no other is touched. */
  readonly names: readonly string[];
  /** Named ones that are still there; computed by `check`, empty when all is well. */
  readonly left?: readonly string[];
}
