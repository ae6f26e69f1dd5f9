/** What stopping and starting workloads needs of Kubernetes or Connect, whatever their kind. */
import type { V1LabelSelector, V1Pod } from "@kubernetes/client-node";
import type { KubernetesClients } from "../kubernetes.ts";
import type { ScalerReading } from "../scalers.ts";
import type { WorkloadRef } from "../types.ts";

export interface WorkloadState {
  /**
   * Replicas that its spec asks for; of a CronJob 1 while it makes Jobs and 0 while it is suspended, of a connector 1
   * unless it is STOPPED.
   */
  readonly replicas: number;
  /** The replicas that its annotation remembers; null if the workload is not fenced. */
  readonly former: number | null;
  /** Whether its pods stay, so that they can be waited for; those of a CronJob come and go. */
  readonly keepsPods: boolean;
  /**
   * Present where its state shows only some time after it was asked for: whoever stops or starts it asks again, which
   * changes nothing.
   */
  readonly tellsLate?: true;
  /** True once its status speaks of its newest spec and every replica runs it and is available. */
  readonly settled: boolean;
  /** Why it cannot make progress, as its own condition says, or null. */
  readonly stuck: string | null;
  /** Why it must not be stopped as it is, as a sentence with the remedy, or null. */
  readonly obstacle: string | null;
  /** What its pods are found by: a label selector, or the uid of a CronJob. */
  readonly podsBy: string;
}

export interface PodState {
  /** As a sentence names it: `pod web-0`, `job report-29 with pod report-29-x7k2p`, `connector sink with 2 tasks`. */
  readonly title: string;
  /** What keeps running: a Job is waited for and never ended, a connector is stopped by Connect. */
  readonly of: "pod" | "job" | "connector";
  readonly terminating: boolean;
  readonly ready: boolean;
  /** Why a container does not run, for example `CrashLoopBackOff: back-off 10s restarting`; null if none is stuck. */
  readonly stuck: string | null;
}

/** What the fence asks of Kubernetes and Connect; tests put their own in its place. */
export interface WorkloadApi<Ref extends WorkloadRef = WorkloadRef> {
  /** Null if there is no such workload. */
  read(workload: Ref): Promise<WorkloadState | null>;
  /** Pods, Jobs of a CronJob and a connector with tasks that have not ended, terminating ones included. */
  pods(workload: Ref, state: WorkloadState): Promise<PodState[]>;
  /** Writes what it was before it is stopped, or forgets it. */
  setFormer(workload: Ref, former: number | null): Promise<void>;
  scale(workload: Ref, replicas: number): Promise<void>;
  /** What else scales the workloads. Never rejects: what could not be looked up is among the answer. */
  scalers(workloads: readonly Ref[]): Promise<ScalerReading>;
}

export interface Place {
  readonly name: string;
  readonly namespace: string;
}

/** One kind of workload at the real Kubernetes; errors are the client's own. */
export interface Kind {
  read(api: KubernetesClients, at: Place): Promise<WorkloadState>;
  pods(api: KubernetesClients, at: Place, podsBy: string): Promise<PodState[]>;
  setFormer(api: KubernetesClients, at: Place, former: number | null): Promise<void>;
  scale(api: KubernetesClients, at: Place, replicas: number): Promise<void>;
  /** Arguments of the kubectl commands that start it by hand; `former` is null where it could not be read. */
  startByHand(name: string, former: number | null): string[];
}

/** Replicas that a fenced workload had before; present as long as it is fenced. */
export const formerReplicas = "kafka-migration/former-replicas";

/** The commands for kinds that have replicas. */
export function scaleByHand(object: string, former: number | null): string[] {
  const replicas = former ?? `<the number in its annotation ${formerReplicas}>`;
  return [`scale ${object} --replicas=${replicas}`, `annotate ${object} ${formerReplicas}-`];
}

interface Observed {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly availableReplicas?: number;
}

/** Whether a status speaks of the newest spec, and every replica runs it and is available. */
export const settledAt = (generation: number | undefined, status: Observed | undefined, replicas: number): boolean =>
  (status?.observedGeneration ?? 0) >= (generation ?? 0) &&
  (status?.replicas ?? 0) === replicas &&
  (status?.updatedReplicas ?? 0) === replicas &&
  (status?.availableReplicas ?? 0) === replicas;

/** The replicas that an annotation remembers. */
export function formerOf(annotations: Readonly<Record<string, string>> | undefined): number | null {
  const former = annotations?.[formerReplicas];
  return former === undefined ? null : Number.parseInt(former, 10);
}

/** A merge patch that writes the annotation, or takes it away. */
export function formerPatch(former: number | null): object {
  return { metadata: { annotations: { [formerReplicas]: former === null ? null : String(former) } } };
}

/** Pods by label that have not ended. */
export async function podsByLabel(
  { core }: KubernetesClients,
  { namespace }: Place,
  labelSelector: string,
): Promise<PodState[]> {
  const { items } = await core.listNamespacedPod({ namespace, labelSelector });
  return items.filter(isLeft).map((pod) => podState(pod, `pod ${pod.metadata?.name ?? ""}`));
}

/** False for evicted and completed pods, which stay listed until they are collected: they write nothing any more. */
export function isLeft({ status }: V1Pod): boolean {
  return status?.phase !== "Failed" && status?.phase !== "Succeeded";
}

export function selectorText({ matchLabels, matchExpressions }: V1LabelSelector): string {
  const labels = Object.entries(matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const expressions = (matchExpressions ?? []).map(({ key, operator, values }) => {
    if (operator === "Exists") return key;
    if (operator === "DoesNotExist") return `!${key}`;
    return `${key} ${operator === "NotIn" ? "notin" : "in"} (${(values ?? []).join(",")})`;
  });
  return [...labels, ...expressions].join(",");
}

const hopeless = new Set([
  "CrashLoopBackOff",
  "ImagePullBackOff",
  "ErrImagePull",
  "InvalidImageName",
  "CreateContainerConfigError",
]);

export function podState({ metadata, status }: V1Pod, title: string, of: PodState["of"] = "pod"): PodState {
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const waiting = containers.find(
    ({ state, restartCount }) =>
      hopeless.has(state?.waiting?.reason ?? "") &&
      // One crash can be an application that came up before something it needs.
      (state?.waiting?.reason !== "CrashLoopBackOff" || restartCount > 1),
  )?.state?.waiting;
  return {
    title,
    of,
    terminating: metadata?.deletionTimestamp !== undefined,
    ready: status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") ?? false,
    stuck: waiting ? [waiting.reason, waiting.message].filter(Boolean).join(": ") : null,
  };
}
