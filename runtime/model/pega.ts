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

/** What a person vouches for because nothing here can measure it; shown in every preview. */
export interface Attestation {
  /** Who says so. */
  readonly by: string;
  /** When it was seen, ISO 8601. */
  readonly at: string;
  readonly words: string;
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

/** What a gate of a Pega migration waits for. */
export type PegaCondition =
  /** The target meets Pega's requirements for an external Kafka cluster. */
  | {
      readonly kind: "cluster-fit";
      readonly production: boolean;
      /** `stream.replicationFactor`. */
      readonly replicationFactor: number;
      /** Words of the config that acknowledge a Kafka later than 3.4. */
      readonly acceptedVersion?: string;
    }
  /** No topic and no group under the prefix belongs to somebody else: before the switch there is none. */
  | { readonly kind: "names-free" }
  /** An operator has stopped the producing work of tiers that do both. */
  | { readonly kind: "producers-attested"; readonly tiers: readonly string[]; readonly attested?: Attestation }
  /** An operator has started the producing work of tiers that do both again. */
  | { readonly kind: "producers-resumed"; readonly tiers: readonly string[]; readonly attested?: Attestation }
  /** Producing tiers have no replicas, no pod (terminating ones counted) and no autoscaler. */
  | { readonly kind: "tiers-stopped" }
  /** No queue processor has records that are ready to process. */
  | { readonly kind: "queues-empty"; readonly probe?: QueueProbe; readonly attested?: Attestation }
  /** Every data flow has processed its topics to the end of the embedded stream. */
  | {
      readonly kind: "flows-at-end";
      readonly flows: readonly PegaFlow[];
      readonly convention: FlowConvention;
      /** Without flows: that there is none, or that they are at the end where the stream cannot be measured. */
      readonly attested?: Attestation;
    }
  /** Always opens: says how many records are unread in the embedded stream now, or that it cannot be measured. */
  | { readonly kind: "loss-accepted"; readonly words: string }
  /** Every tier runs its newest spec with all its pods ready. */
  | { readonly kind: "tiers-ready" }
  /** Topics under the prefix grow on the target. */
  | { readonly kind: "stream-in-use" }
  /** The release has used the external stream without a break for this long. */
  | { readonly kind: "soaked"; readonly hours: number }
  /** The config names exactly the PersistentVolumeClaims that tiers of nodeType Stream left behind. */
  | { readonly kind: "volumes-named"; readonly names: readonly string[] };

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
