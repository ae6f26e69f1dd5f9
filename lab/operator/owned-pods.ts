import { orNull, type AnyObject, type Api } from "../kubernetes.ts";
import { runLabel } from "./pods.ts";

/** On each pod: `<name>/<uid>` of the workload that it belongs to, under an annotation of the workload's kind. */
export interface Owner {
  readonly name: string;
  readonly uid: string;
}

export function ownerOf(pod: AnyObject, annotation: string): Owner | null {
  const text = pod.metadata?.annotations?.[annotation];
  if (text === undefined) return null;
  const [name = "", uid = ""] = text.split("/");
  return { name, uid };
}

/** Every pod of a namespace that the lab runs. */
export async function podsIn(api: Api, namespace: string): Promise<AnyObject[]> {
  return (await api.core.listNamespacedPod({ namespace, labelSelector: `${runLabel}=true` })).items;
}

/** Creates a pod of a template. */
export async function createPod(
  api: Api,
  template: AnyObject,
  pod: {
    readonly namespace: string;
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
    readonly owner: { readonly apiVersion: string; readonly kind: string; readonly name: string; readonly uid: string };
  },
): Promise<void> {
  const { namespace, name, owner } = pod;
  await api.core.createNamespacedPod({
    namespace,
    body: {
      metadata: {
        ...template.metadata,
        name,
        namespace,
        labels: { ...template.metadata?.labels, ...pod.labels, [runLabel]: "true" },
        annotations: { ...template.metadata?.annotations, ...pod.annotations },
        ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
      },
      // A pod without a node would be gone at once when it is deleted, its process still running.
      spec: { ...template["spec"], nodeName: "lab" },
    },
  });
}

export async function deletePod(api: Api, pod: AnyObject): Promise<void> {
  if (isLeaving(pod)) return;
  const { namespace = "", name = "" } = pod.metadata ?? {};
  await orNull(api.core.deleteNamespacedPod({ namespace, name }));
}

export const isLeaving = (pod: AnyObject): boolean => pod.metadata?.deletionTimestamp !== undefined;

export function isReady(pod: AnyObject): boolean {
  const conditions = (pod["status"]?.conditions ?? []) as { type: string; status: string }[];
  return !isLeaving(pod) && conditions.some(({ type, status }) => type === "Ready" && status === "True");
}
