import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { mergePatch, orNull, type AnyObject } from "../kubernetes.ts";
import { splitKey, type Context } from "./context.ts";
import { createPod, deletePod, isLeaving, isReady, ownerOf, podsIn } from "./owned-pods.ts";
import { runLabel } from "./pods.ts";
import type { Again } from "./queue.ts";
import { templateHash } from "./replica-sets.ts";

/** On each pod: `<name>/<uid>` of its Rollout. */
export const rolloutAnnotation = "kafka-migration.lab/rollout";
const hashLabel = "rollouts-pod-template-hash";
const resource = { group: "argoproj.io", version: "v1alpha1", plural: "rollouts" };

/**
 * Stands in for Argo Rollouts, as far as its status tells: pods of one template at a time. A new template waits at
 * the strategy's first pause until it is promoted in full, and meanwhile every pod, also one that a scaling up brings,
 * is of the stable template. Without such a pause it replaces the stable one as soon as its pods are ready. Traffic
 * routing, weights, analysis and `workloadRef` are not there.
 */
export class RolloutController {
  readonly #context: Context;
  enqueue: (key: string) => void = () => undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  async reconcile(key: string): Promise<Again> {
    const { api } = this.#context;
    const { namespace, name } = splitKey(key);
    const read = api.custom.getNamespacedCustomObject({ ...resource, namespace, name }) as Promise<AnyObject>;
    const rollout = await orNull(read);
    const uid = rollout?.metadata?.uid ?? "";
    const named = (await podsIn(api, namespace)).filter((pod) => ownerOf(pod, rolloutAnnotation)?.name === name);
    const isOurs = (pod: AnyObject) => ownerOf(pod, rolloutAnnotation)?.uid === uid;
    for (const stray of named.filter((pod) => !isOurs(pod))) await deletePod(api, stray);
    const sets = await this.#sets(namespace, name, uid);
    if (!rollout || rollout.metadata?.labels?.[runLabel] !== "true" || !rollout["spec"].template) return undefined;

    const newest = sets.find((set) => hashOf(set) === templateHash(rollout)) ?? (await this.#createSet(rollout));
    const stable = sets.find((set) => hashOf(set) === rollout["status"]?.stableRS);
    const held = stable !== undefined && stable !== newest && holds(rollout);
    const pods = named.filter((pod) => isOurs(pod) && !isLeaving(pod));
    if (await this.#step(rollout, held ? stable : newest, pods)) return 0;
    await this.#report(rollout, newest, pods, held);
    return undefined;
  }

  /** The ReplicaSets of a Rollout, which only remember its templates. Those of an earlier one of its name go. */
  async #sets(namespace: string, name: string, uid: string): Promise<AnyObject[]> {
    const { apps } = this.#context.api;
    const all = (await apps.listNamespacedReplicaSet({ namespace })).items as AnyObject[];
    const owned = all.flatMap((set) => {
      const owner = set.metadata?.ownerReferences?.find((one) => one.kind === "Rollout" && one.name === name);
      return owner ? [{ set, owner }] : [];
    });
    for (const { set } of owned.filter(({ owner }) => owner.uid !== uid))
      await orNull(apps.deleteNamespacedReplicaSet({ namespace, name: set.metadata?.name ?? "" }));
    return owned.filter(({ owner }) => owner.uid === uid).map(({ set }) => set);
  }

  async #createSet(rollout: AnyObject): Promise<AnyObject> {
    const { namespace = "", name = "", uid = "" } = rollout.metadata ?? {};
    const { template, selector } = rollout["spec"];
    const hash = templateHash(rollout);
    const labels = { ...template.metadata?.labels, [hashLabel]: hash };
    const owner = { apiVersion: "argoproj.io/v1alpha1", kind: "Rollout", name, uid };
    return await this.#context.api.apps.createNamespacedReplicaSet({
      namespace,
      body: {
        apiVersion: "apps/v1",
        kind: "ReplicaSet",
        metadata: {
          ...{ name: `${name}-${hash}`, namespace, labels },
          ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
        },
        spec: {
          replicas: 0,
          selector: { ...selector, matchLabels: { ...selector.matchLabels, [hashLabel]: hash } },
          template: { ...template, metadata: { ...template.metadata, labels } },
        },
      },
    });
  }

  /** One step towards the wanted pods, all of one set; returns whether it did something. */
  async #step(rollout: AnyObject, set: AnyObject, pods: readonly AnyObject[]): Promise<boolean> {
    const { api } = this.#context;
    // As with Argo Rollouts, pods of a paused one stay as they are, whatever its replicas say.
    if (rollout["spec"].paused === true) return false;
    const wanted = replicasOf(rollout);
    const current = pods.filter((pod) => isOf(pod, set));
    const enough = current.filter(isReady).length >= wanted;
    const leave = [...current.slice(wanted), ...(enough ? pods.filter((pod) => !isOf(pod, set)) : [])];
    for (const pod of leave) await deletePod(api, pod);
    if (leave.length > 0) return true;

    const { namespace = "", name = "", uid = "" } = rollout.metadata ?? {};
    const { name: owner = "", uid: ownerUid = "" } = set.metadata ?? {};
    for (let missing = wanted - current.length; missing > 0; missing--)
      await createPod(api, set["spec"].template as AnyObject, {
        namespace,
        name: `${owner}-${randomBytes(3).toString("hex").slice(0, 5)}`,
        labels: {},
        annotations: { [rolloutAnnotation]: `${name}/${uid}` },
        owner: { apiVersion: "apps/v1", kind: "ReplicaSet", name: owner, uid: ownerUid },
      });
    return current.length < wanted;
  }

  async #report(rollout: AnyObject, newest: AnyObject, pods: readonly AnyObject[], held: boolean): Promise<void> {
    const { namespace = "", name = "", generation } = rollout.metadata ?? {};
    const known = (rollout["status"] ?? {}) as Record<string, unknown>;
    const wanted = replicasOf(rollout);
    const ready = pods.filter(isReady).length;
    const updated = pods.filter((pod) => isOf(pod, newest)).length;
    const complete = !held && [pods.length, updated, ready].every((count) => count === wanted);
    const paused = rollout["spec"].paused === true || held;
    const labels = Object.entries((rollout["spec"].selector?.matchLabels ?? {}) as Record<string, string>);
    const status = {
      observedGeneration: String(generation),
      selector: labels.map(([key, value]) => `${key}=${value}`).join(","),
      currentPodHash: hashOf(newest),
      stableRS: complete ? hashOf(newest) : (known["stableRS"] ?? null),
      // Somebody may ask for it at any time: it is written only once it is done.
      ...(complete ? { promoteFull: null } : {}),
      phase: paused ? "Paused" : complete ? "Healthy" : "Progressing",
      message: held ? "CanaryPauseStep" : null,
      ...{ replicas: pods.length, HPAReplicas: pods.length, updatedReplicas: updated },
      ...{ readyReplicas: ready, availableReplicas: ready },
    };
    const before = Object.fromEntries(Object.keys(status).map((key) => [key, known[key] ?? null]));
    if (isDeepStrictEqual(before, status)) return;
    const at = { ...resource, namespace, name };
    await orNull(this.#context.api.custom.patchNamespacedCustomObjectStatus({ ...at, body: { status } }, mergePatch));
  }
}

const replicasOf = (rollout: AnyObject): number => (rollout["spec"].replicas as number | undefined) ?? 1;
const hashOf = (set: AnyObject): string => set.metadata?.labels?.[hashLabel] ?? "";
const isOf = (pod: AnyObject, set: AnyObject) => pod.metadata?.labels?.[hashLabel] === hashOf(set);

/** Whether a new template waits for somebody: at a step that is no weight, or for its blue-green promotion. */
function holds({ spec, status }: AnyObject): boolean {
  if (status?.promoteFull === true) return false;
  const steps = (spec.strategy?.canary?.steps ?? []) as readonly object[];
  return steps.some((step) => !("setWeight" in step)) || spec.strategy?.blueGreen?.autoPromotionEnabled === false;
}
