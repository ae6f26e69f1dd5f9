import { rmSync } from "node:fs";
import { mergePatch, orNull, type AnyObject, type Api } from "../kubernetes.ts";
import { splitKey, type Context } from "./context.ts";
import type { Again } from "./queue.ts";
import { claimDirectory } from "./volumes.ts";

const whileInUse = 500;

/** Name of the PersistentVolumeClaim of a StatefulSet's pod. */
const claimOf = (template: AnyObject, pod: string) => `${template.metadata?.name}-${pod}`;

/**
 * Creates the PersistentVolumeClaims of a StatefulSet's pod where they are missing, named as Kubernetes does, and
 * returns the volumes that they are for the pod. They outlive the pod and the StatefulSet.
 */
export async function claimsOf(api: Api, set: AnyObject, pod: string): Promise<object[]> {
  const namespace = set.metadata?.namespace ?? "";
  const templates = (set["spec"].volumeClaimTemplates ?? []) as AnyObject[];
  for (const template of templates) {
    const name = claimOf(template, pod);
    if (await orNull(api.core.readNamespacedPersistentVolumeClaim({ namespace, name }))) continue;
    const labels = { ...template.metadata?.labels, ...set["spec"].selector.matchLabels };
    const metadata = { name, namespace, labels };
    await api.core.createNamespacedPersistentVolumeClaim({ namespace, body: { metadata, spec: template["spec"] } });
  }
  return templates.map((template) => ({
    name: template.metadata?.name,
    persistentVolumeClaim: { claimName: claimOf(template, pod) },
  }));
}

/** Binds claims to folders of this machine, and removes the folder of a claim that is deleted once no pod uses it. */
export class ClaimController {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  async reconcile(key: string): Promise<Again> {
    const { core } = this.#context.api;
    const { namespace, name } = splitKey(key);
    const claim = (await orNull(
      core.readNamespacedPersistentVolumeClaim({ namespace, name }),
    )) as unknown as AnyObject | null;
    if (!claim) {
      rmSync(claimDirectory(this.#context.lab, namespace, name), { recursive: true, force: true });
      return undefined;
    }
    if (claim.metadata?.deletionTimestamp) {
      if (await this.#isUsed(namespace, name)) return whileInUse;
      rmSync(claimDirectory(this.#context.lab, namespace, name), { recursive: true, force: true });
      // The API server sets kubernetes.io/pvc-protection by itself and leaves it to a controller to lift it.
      const body = { metadata: { finalizers: null } };
      await orNull(core.patchNamespacedPersistentVolumeClaim({ namespace, name, body }, mergePatch));
      return undefined;
    }
    if (claim["status"]?.phase === "Bound") return undefined;
    const { accessModes, resources } = claim["spec"];
    const body = { status: { phase: "Bound", accessModes, capacity: resources?.requests } };
    await orNull(core.patchNamespacedPersistentVolumeClaimStatus({ namespace, name, body }, mergePatch));
    return undefined;
  }

  async #isUsed(namespace: string, claim: string): Promise<boolean> {
    const { items } = await this.#context.api.core.listNamespacedPod({ namespace });
    return items.some(({ spec }) =>
      spec?.volumes?.some(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === claim),
    );
  }
}
