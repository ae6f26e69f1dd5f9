/** The part of Kubernetes' Deployments that stopping and starting workloads needs. */
import type { V1Deployment, V1LabelSelector, V1Pod } from "@kubernetes/client-node";
import { apiCode, apiMessage, clients, mergePatch } from "./kubernetes.ts";
import type { WorkloadRef } from "./types.ts";

/** Replicas that a fenced workload had before; present as long as it is fenced. */
export const formerReplicas = "kafka-migration/former-replicas";

export interface DeploymentState {
  /** Replicas that its spec asks for. */
  readonly replicas: number;
  /** What the annotation remembers; null if the workload is not fenced. */
  readonly former: number | null;
  /** True once its status speaks of its newest spec and every replica runs it and is available. */
  readonly settled: boolean;
  /** Why it cannot make progress, as its own condition says, or null. */
  readonly stuck: string | null;
  /** Label selector of its pods. */
  readonly selector: string;
}

export interface PodState {
  readonly name: string;
  readonly terminating: boolean;
  readonly ready: boolean;
  /** Why a container does not run, for example `CrashLoopBackOff: back-off 10s restarting`; null if none is stuck. */
  readonly stuck: string | null;
}

/** What the fence asks of Kubernetes; tests put their own in its place. */
export interface Deployments {
  /** Null if there is no such Deployment. */
  read(workload: WorkloadRef): Promise<DeploymentState | null>;
  /** Pods that have not ended, terminating ones included. */
  pods(workload: WorkloadRef, selector: string): Promise<PodState[]>;
  /** Writes the annotation, or takes it away. */
  setFormer(workload: WorkloadRef, former: number | null): Promise<void>;
  scale(workload: WorkloadRef, replicas: number): Promise<void>;
}

/** The real Deployments, each workload in its own Kubernetes. Errors name workload and API server. */
export const deployments: Deployments = {
  read: (workload) =>
    told(workload, "read", async ({ apps }, at) => {
      try {
        return stateOf(await apps.readNamespacedDeployment(at));
      } catch (error) {
        if (apiCode(error) === 404) return null;
        throw error;
      }
    }),
  pods: (workload, selector) =>
    told(workload, "list the pods of", async ({ core }, { namespace }) => {
      const { items } = await core.listNamespacedPod({ namespace, labelSelector: selector });
      // Evicted and completed pods stay listed until they are collected; they write nothing any more.
      return items.filter(({ status }) => status?.phase !== "Failed" && status?.phase !== "Succeeded").map(podOf);
    }),
  setFormer: (workload, former) =>
    told(workload, "annotate", async ({ apps }, at) => {
      const annotations = { [formerReplicas]: former === null ? null : String(former) };
      await apps.patchNamespacedDeployment({ ...at, body: { metadata: { annotations } } }, mergePatch());
    }),
  scale: (workload, replicas) =>
    told(workload, "scale", async ({ apps }, at) => {
      await apps.patchNamespacedDeploymentScale({ ...at, body: { spec: { replicas } } }, mergePatch());
    }),
};

async function told<T>(
  workload: WorkloadRef,
  doing: string,
  act: (api: Awaited<ReturnType<typeof clients>>, at: { name: string; namespace: string }) => Promise<T>,
): Promise<T> {
  const api = await clients(workload.kubernetes);
  const { namespace } = workload.kubernetes;
  try {
    return await act(api, { name: workload.name, namespace });
  } catch (error) {
    throw new Error(
      `could not ${doing} ${workload.kind} ${namespace}/${workload.name} at ${api.server}: ${apiMessage(error)}`,
    );
  }
}

function stateOf(found: V1Deployment): DeploymentState {
  const { metadata, spec, status } = found;
  const former = metadata?.annotations?.[formerReplicas];
  const replicas = spec?.replicas ?? 1;
  const progressing = status?.conditions?.find(({ type }) => type === "Progressing");
  return {
    replicas,
    former: former === undefined ? null : Number.parseInt(former, 10),
    settled:
      (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0) &&
      (status?.replicas ?? 0) === replicas &&
      (status?.updatedReplicas ?? 0) === replicas &&
      (status?.availableReplicas ?? 0) === replicas,
    stuck:
      progressing?.status === "False" ? `${progressing.reason ?? "no progress"}: ${progressing.message ?? ""}` : null,
    selector: selectorText(spec?.selector ?? {}),
  };
}

function selectorText({ matchLabels, matchExpressions }: V1LabelSelector): string {
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

function podOf({ metadata, status }: V1Pod): PodState {
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const waiting = containers.find(
    ({ state, restartCount }) =>
      hopeless.has(state?.waiting?.reason ?? "") &&
      // One crash can be an application that came up before something it needs.
      (state?.waiting?.reason !== "CrashLoopBackOff" || restartCount > 1),
  )?.state?.waiting;
  return {
    name: metadata?.name ?? "",
    terminating: metadata?.deletionTimestamp !== undefined,
    ready: status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") ?? false,
    stuck: waiting ? [waiting.reason, waiting.message].filter(Boolean).join(": ") : null,
  };
}
