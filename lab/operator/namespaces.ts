import { kinds } from "../crds.ts";
import { orNull, type AnyObject } from "../kubernetes.ts";
import type { Context } from "./context.ts";
import type { Again } from "./queue.ts";

/** Plural, group and version of what a namespace of the lab may hold besides its KubeDB objects. */
const others = [
  { group: "batch", version: "v1", plural: "cronjobs" },
  { group: "batch", version: "v1", plural: "jobs" },
  { group: "apps", version: "v1", plural: "deployments" },
  { group: "apps", version: "v1", plural: "statefulsets" },
  { group: "apps", version: "v1", plural: "replicasets" },
  { group: "coordination.k8s.io", version: "v1", plural: "leases" },
];

/** Empties and ends namespaces that are being deleted; a cluster's controller manager does this elsewhere. */
export class NamespaceController {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  async reconcile(name: string): Promise<Again> {
    const { core, custom } = this.#context.api;
    const namespace = (await orNull(core.readNamespace({ name }))) as AnyObject | null;
    if (!namespace?.metadata?.deletionTimestamp) return undefined;
    const dependentsFirst = [...kinds]
      .reverse()
      .sort((a, b) => Number(a.kind === "AppBinding") - Number(b.kind === "AppBinding"));
    for (const { group, version, plural } of [...dependentsFirst, ...others]) {
      const resource = { group, version, plural, namespace: name };
      const found = (await custom.listNamespacedCustomObject(resource)) as { items: AnyObject[] };
      for (const { metadata } of found.items) {
        if (metadata?.deletionTimestamp) continue;
        await orNull(custom.deleteNamespacedCustomObject({ ...resource, name: metadata?.name ?? "" }));
      }
      // Connectors need their Connect cluster, a Connect cluster its Kafka: one kind after the other.
      if (found.items.length > 0) return 500;
    }
    const pods = (await core.listNamespacedPod({ namespace: name })).items;
    for (const { metadata } of pods) {
      if (!metadata?.deletionTimestamp)
        await orNull(core.deleteNamespacedPod({ namespace: name, name: metadata?.name ?? "" }));
    }
    if (pods.length > 0) return 500;
    await core.deleteCollectionNamespacedConfigMap({ namespace: name });
    await core.deleteCollectionNamespacedSecret({ namespace: name });
    await core.deleteCollectionNamespacedPersistentVolumeClaim({ namespace: name });
    for (const { metadata } of (await core.listNamespacedService({ namespace: name })).items) {
      await orNull(core.deleteNamespacedService({ namespace: name, name: metadata?.name ?? "" }));
    }
    const spec = { finalizers: [] };
    await orNull(core.replaceNamespaceFinalize({ name, body: { metadata: { name }, spec } }));
    return undefined;
  }
}
