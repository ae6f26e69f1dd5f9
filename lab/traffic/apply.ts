import { setTimeout as sleep } from "node:timers/promises";
import { CoreV1Api, KubernetesObjectApi, PatchStrategy } from "@kubernetes/client-node";
import { kubeConfig } from "../kubernetes.ts";
import { trafficManifests, type Manifest, type TrafficOptions } from "./manifests.ts";
import { usualTraffic } from "./workloads.ts";

const fieldManager = "kafka-migration-lab";

/** Which part of the traffic is meant: who only writes, or who reads, whether it writes as well or not; default: all. */
export type TrafficPart = "producers" | "readers";

const statusOf = (error: unknown): number | undefined => (error as { code?: number } | null)?.code;

/**
 * Creates the traffic's objects, and waits until every workload is available. Objects that exist are applied
 * without force: a field that a migration has taken over since, such as an address, is an error and not taken back.
 */
export async function startTraffic(
  kubeconfig: string,
  options: TrafficOptions,
  signal?: AbortSignal,
  waitSeconds = 600,
): Promise<void> {
  const config = kubeConfig(kubeconfig);
  const objects = KubernetesObjectApi.makeApiClient(config);
  const manifests = trafficManifests(options);
  for (const manifest of manifests)
    try {
      await objects.patch(manifest, undefined, undefined, fieldManager, false, PatchStrategy.ServerSideApply);
    } catch (error) {
      if (statusOf(error) !== 409) throw error;
      const { kind, metadata } = manifest;
      throw new Error(
        `${kind} ${metadata.namespace}/${metadata.name} was changed by a migration since the traffic was started; ` +
          `run "npm run traffic -- stop" first if its traffic is to begin again`,
        { cause: error },
      );
    }
  await waitAvailable(objects, workloadsOf(manifests), waitSeconds, signal);
}

/** Deletes the traffic's objects and waits until its pods are gone; what is already gone is no error. */
export async function stopTraffic(kubeconfig: string, options: TrafficOptions): Promise<void> {
  const config = kubeConfig(kubeconfig);
  const objects = KubernetesObjectApi.makeApiClient(config);
  await scaleToZero(kubeconfig, options);
  for (const manifest of trafficManifests(options))
    await objects.delete(manifest).catch((error: unknown) => {
      if (statusOf(error) !== 404) throw error;
    });
}

/** Ends the pods of one part of the traffic and waits until none runs. */
export async function scaleToZero(
  kubeconfig: string,
  options: TrafficOptions,
  part?: TrafficPart,
  waitSeconds = 300,
): Promise<void> {
  const config = kubeConfig(kubeconfig);
  const objects = KubernetesObjectApi.makeApiClient(config);
  const producers = (options.traffic ?? usualTraffic).producers.map(({ name }) => name);
  const workloads = workloadsOf(trafficManifests(options)).filter(
    ({ metadata: { name } }) => part === undefined || producers.includes(name) === (part === "producers"),
  );
  for (const { apiVersion, kind, metadata } of workloads) {
    const { name, namespace } = metadata;
    const scaled = { apiVersion, kind, metadata: { name, namespace }, spec: { replicas: 0 } };
    await objects
      .patch(scaled, undefined, undefined, fieldManager, undefined, PatchStrategy.MergePatch)
      .catch((error: unknown) => {
        if (statusOf(error) !== 404) throw error;
      });
  }
  await waitGone(config.makeApiClient(CoreV1Api), options.namespace, workloads, waitSeconds);
}

/** Waits until no pod is left; a workload's own status leaves out those that are still ending. */
async function waitGone(
  core: CoreV1Api,
  namespace: string,
  workloads: readonly Manifest[],
  waitSeconds: number,
): Promise<void> {
  const labelSelector = `app in (${workloads.map(({ metadata }) => metadata.name).join(",")})`;
  const deadline = performance.now() + waitSeconds * 1000;
  for (;;) {
    const { items } = await core.listNamespacedPod({ namespace, labelSelector });
    if (items.length === 0) return;
    if (performance.now() > deadline)
      throw new Error(
        `pod ${namespace}/${items[0]?.metadata?.name} still runs ${waitSeconds} s after it was told to end`,
      );
    await sleep(250);
  }
}

const workloadsOf = (manifests: readonly Manifest[]): Manifest[] =>
  manifests.filter(({ kind }) => kind !== "ConfigMap");

/** What every kind of workload tells of its pods; a Rollout gives its generation as a text. */
interface Told {
  readonly metadata?: { readonly generation?: number };
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number | string;
    readonly availableReplicas?: number;
    readonly updatedReplicas?: number;
  };
}

async function waitAvailable(
  objects: KubernetesObjectApi,
  workloads: readonly Manifest[],
  waitSeconds: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const missing = ({ metadata, spec, status }: Told): string | null => {
    const wanted = spec?.replicas ?? 1;
    if (Number(status?.observedGeneration ?? 0) < (metadata?.generation ?? 0))
      return "was not taken up by the lab operator";
    return (status?.availableReplicas ?? 0) >= wanted && (status?.updatedReplicas ?? 0) >= wanted
      ? null
      : `has ${status?.availableReplicas ?? 0} of ${wanted} pods available`;
  };
  const deadline = performance.now() + waitSeconds * 1000;
  for (const { apiVersion, kind, metadata } of workloads)
    for (;;) {
      const { name, namespace } = metadata;
      const found: Told | null = await objects
        .read({ apiVersion, kind, metadata: { name, namespace } })
        .catch((error: unknown) => {
          if (statusOf(error) === 404) return null;
          throw error;
        });
      const reason = found === null ? "does not exist" : missing(found);
      if (reason === null) break;
      if (performance.now() > deadline)
        throw new Error(`${kind} ${namespace}/${name} ${reason} after ${waitSeconds} s; see its pods' logs in the lab`);
      await sleep(250, undefined, signal === undefined ? {} : { signal });
    }
}
