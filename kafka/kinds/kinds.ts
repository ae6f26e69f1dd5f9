/** The real workloads, each in its own Kubernetes. */
import { apiCode, apiMessage, clients } from "../kubernetes.ts";
import type { KubernetesClients } from "../kubernetes.ts";
import { readScalers } from "../scalers.ts";
import type { WorkloadRef } from "../types.ts";
import { cronJob } from "./cron-job.ts";
import { deployment } from "./deployment.ts";
import type { Kind, Place, WorkloadApi } from "./kind.ts";
import { statefulSet } from "./stateful-set.ts";

const kinds: { readonly [Name in WorkloadRef["kind"]]: Kind } = {
  Deployment: deployment,
  StatefulSet: statefulSet,
  CronJob: cronJob,
};

/** How a workload is stopped and started by its kind. */
export const kindOf = ({ kind }: WorkloadRef): Kind => kinds[kind];

/** Errors name workload and API server. */
export const workloadApi: WorkloadApi = {
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
  scalers: readScalers,
};

async function told<T>(
  workload: WorkloadRef,
  doing: string,
  act: (kind: Kind, api: KubernetesClients, at: Place) => Promise<T>,
): Promise<T> {
  const api = await clients(workload.kubernetes);
  const { namespace } = workload.kubernetes;
  try {
    return await act(kindOf(workload), api, { name: workload.name, namespace });
  } catch (error) {
    throw new Error(
      `could not ${doing} ${workload.kind} ${namespace}/${workload.name} at ${api.server}: ${apiMessage(error)}`,
    );
  }
}
