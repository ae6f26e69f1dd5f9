/** Tiers of a Pega release as Kubernetes has them: replicas, pods, what scales them. Nothing is changed here. */
import { apiCode, apiMessage, clients } from "../kubernetes/kubernetes.ts";
import { kindClients } from "../kubernetes/listed.ts";
import type { PegaScope, PegaTier } from "../model/pega.ts";
import { settleAll } from "../model/settle-all.ts";
import { count } from "../model/words.ts";
import { type WorkloadApi } from "../model/workload-port.ts";
import { type PodState } from "../model/workload-state.ts";
import type { KubernetesWorkloadRef } from "../model/workloads.ts";
import { formerOf, podsByLabel } from "../model/workload-kinds/kind.ts";
import { workloadApi } from "../workloads/workload-api.ts";

/** What a tier's Deployment or StatefulSet says. */
export interface TierState {
  /** Replicas that its spec asks for. */
  readonly replicas: number;
  /** The replicas that it had before it was drained; null if nobody has noted them. */
  readonly former: number | null;
  /** Whether its status speaks of its newest spec. */
  readonly observed: boolean;
  /** Pods that its status counts: all, those of the newest template, and ready ones. */
  readonly counted: { readonly replicas: number; readonly updated: number; readonly ready: number };
  /** Whether Kubernetes deletes its PersistentVolumeClaims with it. */
  readonly deletesVolumes: boolean;
}

export interface TierReading {
  readonly tier: PegaTier;
  /** For example `Deployment pega/pega-web`. */
  readonly title: string;
  /** Null if there is no such object. */
  readonly state: TierState | null;
  /** Pods that have not ended, terminating ones included. */
  readonly pods: readonly PodState[];
  /** What scales it, for example `HorizontalPodAutoscaler pega-web-hpa`. */
  readonly autoscalers: readonly string[];
}

export interface TiersReading {
  readonly tiers: readonly TierReading[];
  /** What could not be looked up, each with the reason. */
  readonly unread: readonly string[];
}

/** What tiers need of Kubernetes; tests put their own in its place. */
export interface TierApi extends Pick<WorkloadApi, "setFormer" | "scale" | "scalers"> {
  /** Null if there is no such object. */
  state(workload: KubernetesWorkloadRef): Promise<TierState | null>;
  /** Pods with the label `app=<name>` that have not ended. */
  pods(workload: KubernetesWorkloadRef): Promise<readonly PodState[]>;
}

/** The Kubernetes object of a tier. */
export function workloadOf({ release, deployment }: PegaScope, tier: PegaTier): KubernetesWorkloadRef {
  return {
    name: `${deployment}-${tier.name}`,
    kind: tier.kind,
    kubernetes: release.kubernetes,
    role: tier.role === "producer" ? "producer" : "consumer",
    groups: [],
  };
}

/** Tiers that only produce: those that are drained. */
export const producersOf = ({ tiers }: PegaScope): readonly PegaTier[] =>
  tiers.filter(({ role }) => role === "producer");

/** Tiers of the embedded stream. */
export const streamTiersOf = ({ tiers }: PegaScope): readonly PegaTier[] =>
  tiers.filter(({ role }) => role === "stream");

/** Every tier of the scope. Rejects with a sentence if Kubernetes refuses; what is not there is part of the reading. */
export async function readTiers(scope: PegaScope, api: TierApi = tierApi): Promise<TiersReading> {
  const workloads = scope.tiers.map((tier) => workloadOf(scope, tier));
  const [states, pods, scalers] = await Promise.all([
    settleAll(workloads.map((workload) => api.state(workload))),
    settleAll(workloads.map((workload) => api.pods(workload))),
    api.scalers(workloads),
  ]);
  const tiers = scope.tiers.map((tier, at): TierReading => {
    const { kind, name, kubernetes } = workloads[at]!;
    // A HorizontalPodAutoscaler rests at 0 replicas and goes on as soon as there is one, so it counts.
    const autoscalers = scalers.found
      .filter((one) => one.workload.name === name && one.workload.kind === kind)
      .filter((one) => one.kind === "HorizontalPodAutoscaler" || !one.rests)
      .map((one) => `${one.kind} ${one.name}`);
    const title = `${kind} ${kubernetes.namespace}/${name}`;
    return { tier, title, state: states[at] ?? null, pods: pods[at] ?? [], autoscalers };
  });
  return { tiers, unread: scalers.unread };
}

/** The real Kubernetes; errors name tier and API server. */
export const tierApi: TierApi = {
  setFormer: workloadApi.setFormer,
  scale: workloadApi.scale,
  scalers: workloadApi.scalers,
  state: (workload) =>
    told(workload, "read", async () => {
      const { apps } = await clients(workload.kubernetes);
      const at = { name: workload.name, namespace: workload.kubernetes.namespace };
      try {
        if (workload.kind === "Deployment") return stateOf(await apps.readNamespacedDeployment(at), false);
        const set = await apps.readNamespacedStatefulSet(at);
        return stateOf(set, set.spec?.persistentVolumeClaimRetentionPolicy?.whenDeleted === "Delete");
      } catch (error) {
        if (apiCode(error) === 404) return null;
        throw error;
      }
    }),
  pods: (workload) =>
    told(workload, "list the pods of", async () =>
      podsByLabel(
        kindClients(await clients(workload.kubernetes)),
        { name: workload.name, namespace: workload.kubernetes.namespace },
        `app=${workload.name}`,
      ),
    ),
};

/** What Deployments and StatefulSets have in common. */
interface Scaled {
  readonly metadata?: { readonly generation?: number; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
  };
}

function stateOf({ metadata, spec, status }: Scaled, deletesVolumes: boolean): TierState {
  return {
    replicas: spec?.replicas ?? 1,
    former: formerOf(metadata?.annotations),
    observed: (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0),
    counted: {
      replicas: status?.replicas ?? 0,
      updated: status?.updatedReplicas ?? 0,
      ready: status?.readyReplicas ?? 0,
    },
    deletesVolumes,
  };
}

async function told<T>(workload: KubernetesWorkloadRef, doing: string, act: () => Promise<T>): Promise<T> {
  const { kind, kubernetes, name } = workload;
  const { server } = await clients(kubernetes);
  try {
    return await act();
  } catch (error) {
    throw new Error(`could not ${doing} ${kind} ${kubernetes.namespace}/${name} at ${server}: ${apiMessage(error)}`);
  }
}

/** Why a tier is not ready: its newest spec seen, all pods of the newest template and ready, none left of an older. Pure. */
export function unready({ tier, title, state, pods }: TierReading): string | null {
  if (state === null) return `${title} of tier ${tier.name} does not exist`;
  const { replicas, observed, counted } = state;
  if (!observed) return `the status of ${title} does not speak of its newest spec yet`;
  const stuck = pods.find((pod) => pod.stuck !== null);
  if (stuck) return `${stuck.title} of tier ${tier.name} cannot start: ${stuck.stuck}`;
  const settled = counted.replicas === replicas && counted.updated === replicas && counted.ready === replicas;
  if (settled && pods.length === replicas && pods.every((pod) => pod.ready && !pod.terminating)) return null;
  const old = counted.replicas > counted.updated ? `, ${counted.replicas - counted.updated} of an older template` : "";
  // The status may be a moment older than the pods.
  const ready = Math.min(counted.ready, pods.filter((pod) => pod.ready && !pod.terminating).length);
  const leaving = pods.filter(({ terminating }) => terminating).map((pod) => `${pod.title} is terminating`);
  return [`tier ${tier.name} has ${ready} of ${count(replicas, "pod")} ready${old}`, ...leaving].join(", ");
}
