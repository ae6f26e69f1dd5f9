/** Local state of Kafka Streams that would come along: it counts by the source's offsets. */
import type { V1PodSpec, V1Volume } from "@kubernetes/client-node";
import { apiCode, apiMessage, clients } from "../kubernetes/kubernetes.ts";
import { objectIn } from "../kubernetes/listed.ts";
import type { WorkloadRef } from "../model/scope.ts";
import { workloadKinds } from "../model/workload-kinds/index.ts";
import type { OwnerReading } from "../model/workload-port.ts";
import type { KubernetesWorkloadRef } from "../model/workloads.ts";

/** Kinds of volumes that end with the pod. */
const ofThePod: ReadonlySet<string> = new Set<keyof V1Volume>([
  ...(["emptyDir", "ephemeral", "configMap", "secret", "projected", "downwardAPI", "image", "csi"] as const),
]);

interface Templated {
  readonly spec?: { readonly volumeClaimTemplates?: readonly { readonly metadata?: { readonly name?: string } }[] };
}

/** A volume that outlives the pods, and what it is. */
export interface LastingVolume {
  readonly name: string;
  readonly what: string;
}

/**
 * Volumes of an object that outlive its pods and that a container may write to, by the fields that lead to its pod
 * template. Pure.
 */
export function lastingVolumes(object: object, template: readonly string[]): LastingVolume[] {
  const found = template.reduce<unknown>((at, field) => (at as Record<string, unknown> | undefined)?.[field], object);
  const {
    volumes = [],
    containers = [],
    initContainers = [],
  } = (found as { spec?: V1PodSpec } | undefined)?.spec ?? {};
  const mounts = [...containers, ...initContainers].flatMap(({ volumeMounts = [] }) => volumeMounts);
  const written = new Set(mounts.filter(({ readOnly }) => readOnly !== true).map(({ name }) => name));
  const claims = ((object as Templated).spec?.volumeClaimTemplates ?? []).map(({ metadata }) => metadata?.name ?? "");
  const lasting = volumes.flatMap(({ name, ...source }): LastingVolume[] => {
    const what = Object.entries(source).find(([, value]) => value !== undefined && value !== null)?.[0] ?? "emptyDir";
    return ofThePod.has(what) || claims.includes(name) ? [] : [{ name, what }];
  });
  return [...lasting, ...claims.map((name) => ({ name, what: "volumeClaimTemplate" }))].filter(({ name }) =>
    written.has(name),
  );
}

/** Looks at the volumes of workloads that run Kafka Streams. Never rejects. */
export async function readLocalState(workloads: readonly WorkloadRef[]): Promise<OwnerReading> {
  const streaming = workloads.flatMap((one) => (one.kind === "connector" || one.streams === undefined ? [] : [one]));
  const found = await Promise.all(streaming.map(judged));
  return {
    refused: found.flatMap(({ refused }) => refused),
    notes: found.flatMap(({ notes }) => notes),
  };
}

async function judged(workload: KubernetesWorkloadRef): Promise<OwnerReading> {
  const { kind, name, streams } = workload;
  const { namespace } = workload.kubernetes;
  const { apiVersion, plural, template } = workloadKinds[kind];
  const [group = "", version = ""] = apiVersion.split("/");
  const title = `${kind} ${namespace}/${name}`;
  try {
    const api = await clients(workload.kubernetes);
    const object = (await objectIn(api, { group, version, plural }, { namespace, name })) as object;
    const lasting = lastingVolumes(object, template).filter((volume) => !streams!.cleared.includes(volume.name));
    return { refused: lasting.map((volume) => refusal(title, name, volume)), notes: [] };
  } catch (error) {
    // That it is missing is said where it is stopped.
    if (apiCode(error) === 404) return { refused: [], notes: [] };
    const refused = `could not look up the volumes of ${title}, which runs Kafka Streams (${apiMessage(error)}); it is not known whether its local state would come along`;
    return { refused: [refused], notes: [] };
  }
}

const refusal = (title: string, workload: string, { name, what }: LastingVolume): string =>
  `${title} runs Kafka Streams and writes to volume ${name} (${what}), which outlives its pods: local state on it counts by ` +
  `the source's offsets, and would be restored wrongly at the target. Give it another state.dir there (settings), or have ` +
  `the volume emptied once it has stopped, then name ${name} under streams.cleared of workload ${workload} with the reason`;
