/** The real workloads: each in its own Kubernetes, connectors in Kafka Connect. */
import { connectorApi } from "../connectors/connector-api.ts";
import { connectorByHand, connectorTitle } from "../connectors/sentences.ts";
import { apiCode, apiMessage, clients } from "../kubernetes/kubernetes.ts";
import { watchChanges, type WatchedPlace } from "../kubernetes/changes.ts";
import { kindClients } from "../kubernetes/listed.ts";
import type { WorkloadRef } from "../model/scope.ts";
import type { OwnerReading, WorkloadApi } from "../model/workload-port.ts";
import { rehearseStop, type Kind, type KindClients, type Place } from "../model/workload-kinds/kind.ts";
import { workloadKinds } from "../model/workload-kinds/index.ts";
import type { KubernetesWorkloadRef } from "../model/workloads.ts";
import { readLocalState } from "./local-state.ts";
import { readOwners } from "./owners.ts";
import { readScalers } from "./scalers.ts";

/** Who would put back what a move changes, and what would come along that must not. */
async function obstaclesOf(workloads: readonly WorkloadRef[]): Promise<OwnerReading> {
  const [owners, state] = await Promise.all([readOwners(workloads), readLocalState(workloads)]);
  return { refused: [...owners.refused, ...state.refused], notes: [...owners.notes, ...state.notes] };
}

/** Errors name workload and API server. */
const kubernetesApi: WorkloadApi<KubernetesWorkloadRef> = {
  read: (workload) =>
    told(workload, "read", async (kind, api, at) => {
      try {
        return await kind.read(api, at);
      } catch (error) {
        if (apiCode(error) === 404) return null;
        throw error;
      }
    }),
  pods: (workload, { podsBy }) => told(workload, "list the pods of", (kind, api, at) => kind.pods(api, at, podsBy)),
  setFormer: (workload, former) => told(workload, "annotate", (kind, api, at) => kind.setFormer(api, at, former)),
  scale: (workload, replicas) => told(workload, "scale", (kind, api, at) => kind.scale(api, at, replicas)),
  rehearseStop: (workload, { replicas }) =>
    told(workload, "try to stop", (kind, api, at) => rehearseStop(kind, api, at, replicas)),
  scalers: readScalers,
  owners: obstaclesOf,
};

/** Every kind of workload; what scales them is looked up for those that have replicas. */
export const workloadApi: WorkloadApi = {
  read: (workload) => (workload.kind === "connector" ? connectorApi.read(workload) : kubernetesApi.read(workload)),
  pods: (workload, state) =>
    workload.kind === "connector" ? connectorApi.pods(workload, state) : kubernetesApi.pods(workload, state),
  setFormer: (workload, former) =>
    workload.kind === "connector"
      ? connectorApi.setFormer(workload, former)
      : kubernetesApi.setFormer(workload, former),
  scale: (workload, replicas) =>
    workload.kind === "connector" ? connectorApi.scale(workload, replicas) : kubernetesApi.scale(workload, replicas),
  // Connect takes a STOP from whoever may ask for a connector's status, and knows no trial.
  rehearseStop: async (workload, state) => {
    if (workload.kind !== "connector") await kubernetesApi.rehearseStop(workload, state);
  },
  scalers: readScalers,
  owners: obstaclesOf,
  changes: (workloads) => {
    const inKubernetes = workloads.filter((workload) => workload.kind !== "connector");
    // Connect tells nobody what changes.
    return watchChanges(inKubernetes.length < workloads.length ? [] : inKubernetes.flatMap(placesOf));
  },
};

/** Where something changes when a workload or its pods do. */
function placesOf({ kind, kubernetes }: KubernetesWorkloadRef): WatchedPlace[] {
  const { apiVersion, plural } = workloadKinds[kind];
  const [group = "", version = ""] = apiVersion.split("/");
  const kinds = [{ group, version, plural }, pods, ...(kind === "CronJob" ? [{ group, version, plural: "jobs" }] : [])];
  return kinds.map((one) => ({ kubernetes, kind: one }));
}

const pods = { group: "", version: "v1", plural: "pods" };

/** A workload as a sentence names it. */
export function titleOf(workload: WorkloadRef): string {
  if (workload.kind === "connector") return connectorTitle(workload);
  return `${workload.kind} ${workload.kubernetes.namespace}/${workload.name}`;
}

/** A command that starts a stopped workload by hand; `former` is null where it could not be read. */
export function byHand(workload: WorkloadRef, former: number | null): string {
  if (workload.kind === "connector") return connectorByHand(workload);
  const { context, namespace } = workload.kubernetes;
  const kubectl = `kubectl${context === undefined ? "" : ` --context ${context}`} -n ${namespace}`;
  const commands = workloadKinds[workload.kind].startByHand(workload.name, former);
  return commands.map((command) => `${kubectl} ${command}`).join(" && ");
}

async function told<T>(
  workload: KubernetesWorkloadRef,
  doing: string,
  act: (kind: Kind, api: KindClients, at: Place) => Promise<T>,
): Promise<T> {
  const api = await clients(workload.kubernetes);
  const { namespace } = workload.kubernetes;
  try {
    return await act(workloadKinds[workload.kind], kindClients(api), { name: workload.name, namespace });
  } catch (error) {
    throw new Error(
      `could not ${doing} ${workload.kind} ${namespace}/${workload.name} at ${api.server}: ${apiMessage(error)}`,
    );
  }
}
