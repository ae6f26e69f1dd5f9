import { createHash } from "node:crypto";
import { mergePatch, orNull, type AnyObject, type Api } from "../kubernetes.ts";

export const revisionAnnotation = "deployment.kubernetes.io/revision";
export const hashLabel = "pod-template-hash";

/** Name part that stands for the pod template of a Deployment or StatefulSet. */
export const templateHash = (deployment: AnyObject) =>
  createHash("sha256")
    .update(JSON.stringify(sorted(deployment["spec"].template)))
    .digest("hex")
    .slice(0, 10);

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => [key, sorted(each)]));
}

/**
 * Keeps one ReplicaSet per pod template, the current one with the highest revision. They only keep the books (tools
 * that wait for a rollout read them); the Deployment's controller makes the pods.
 */
export async function ensureReplicaSet(api: Api, deployment: AnyObject): Promise<AnyObject> {
  const { namespace = "", uid = "" } = deployment.metadata ?? {};
  const all = ((await api.apps.listNamespacedReplicaSet({ namespace })).items as AnyObject[]).filter((set) =>
    set.metadata?.ownerReferences?.some((owner) => owner.uid === uid),
  );
  const hash = templateHash(deployment);
  const revisions = all.map((set) => Number(set.metadata?.annotations?.[revisionAnnotation] ?? 0));
  const highest = Math.max(0, ...revisions);
  const current = all.find((set) => set.metadata?.labels?.[hashLabel] === hash);
  if (!current) return create(api, deployment, hash, highest + 1);
  if (Number(current.metadata?.annotations?.[revisionAnnotation]) === highest) return current;
  const metadata = { annotations: { [revisionAnnotation]: String(highest + 1) } };
  const name = current.metadata?.name ?? "";
  return await api.apps.patchNamespacedReplicaSet({ namespace, name, body: { metadata } }, mergePatch);
}

async function create(api: Api, deployment: AnyObject, hash: string, revision: number): Promise<AnyObject> {
  const { namespace = "", name = "", uid = "" } = deployment.metadata ?? {};
  const { template, selector, replicas } = deployment["spec"];
  const labels = { ...template.metadata?.labels, [hashLabel]: hash };
  const body = {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: `${name}-${hash}`,
      namespace,
      labels,
      annotations: { [revisionAnnotation]: String(revision) },
      ownerReferences: [
        { apiVersion: "apps/v1", kind: "Deployment", name, uid, controller: true, blockOwnerDeletion: true },
      ],
    },
    spec: {
      replicas,
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [hashLabel]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
  return await api.apps.createNamespacedReplicaSet({ namespace, body });
}

/** Drops the sets of earlier Deployments of this name; `uid` is the present one's, or empty. */
export async function dropStrayReplicaSets(
  api: Api,
  namespace: string,
  deployment: string,
  uid: string,
): Promise<void> {
  const all = (await api.apps.listNamespacedReplicaSet({ namespace })).items as AnyObject[];
  for (const { metadata } of all) {
    const owner = metadata?.ownerReferences?.find(({ kind, name }) => kind === "Deployment" && name === deployment);
    if (owner === undefined || owner.uid === uid) continue;
    await orNull(api.apps.deleteNamespacedReplicaSet({ namespace, name: metadata?.name ?? "" }));
  }
}

/** Writes how many pods of each template there are. */
export async function reportReplicaSets(
  api: Api,
  namespace: string,
  deploymentUid: string,
  counts: ReadonlyMap<string, { wanted: number; pods: number; ready: number }>,
): Promise<void> {
  const all = (await api.apps.listNamespacedReplicaSet({ namespace })).items as AnyObject[];
  for (const set of all) {
    if (!set.metadata?.ownerReferences?.some((owner) => owner.uid === deploymentUid)) continue;
    const name = set.metadata.name ?? "";
    const { wanted, pods, ready } = counts.get(name) ?? { wanted: 0, pods: 0, ready: 0 };
    let observedGeneration = set.metadata.generation;
    if (set["spec"].replicas !== wanted) {
      const body = { spec: { replicas: wanted } };
      const scaled = await orNull(api.apps.patchNamespacedReplicaSet({ namespace, name, body }, mergePatch));
      observedGeneration = scaled?.metadata?.generation ?? observedGeneration;
    }
    const status = {
      replicas: pods,
      fullyLabeledReplicas: pods,
      readyReplicas: ready,
      availableReplicas: ready,
      // Helm waits until it is that of the spec.
      observedGeneration,
    };
    const known = set["status"] ?? {};
    const same = known.replicas === pods && (known.readyReplicas ?? 0) === ready;
    if (same && known.observedGeneration === observedGeneration) continue;
    await orNull(api.apps.patchNamespacedReplicaSetStatus({ namespace, name, body: { status } }, mergePatch));
  }
}
