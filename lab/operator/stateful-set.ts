import { isDeepStrictEqual } from "node:util";
import { mergePatch, orNull, type AnyObject } from "../kubernetes.ts";
import { claimsOf } from "./claims.ts";
import { splitKey, type Context } from "./context.ts";
import { createPod, deletePod, isLeaving, isReady, ownerOf, podsIn } from "./owned-pods.ts";
import { runLabel } from "./pods.ts";
import type { Again } from "./queue.ts";
import { templateHash } from "./replica-sets.ts";

/** On each pod: `<name>/<uid>` of its StatefulSet. */
export const statefulSetAnnotation = "kafka-migration.lab/stateful-set";
const revisionLabel = "controller-revision-hash";

/**
 * Makes and removes the pods of labelled StatefulSets: `<name>-0` first, each once those before it are ready, and
 * removed or replaced from the last on. PersistentVolumeClaims come with the pods and stay when they go.
 */
export class StatefulSetController {
  readonly #context: Context;
  enqueue: (key: string) => void = () => undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  async reconcile(key: string): Promise<Again> {
    const { api } = this.#context;
    const { namespace, name } = splitKey(key);
    const set = (await orNull(api.apps.readNamespacedStatefulSet({ namespace, name }))) as AnyObject | null;
    const uid = set?.metadata?.uid ?? "";
    const named = (await podsIn(api, namespace)).filter((pod) => ownerOf(pod, statefulSetAnnotation)?.name === name);
    const isOurs = (pod: AnyObject) => ownerOf(pod, statefulSetAnnotation)?.uid === uid;
    for (const stray of named.filter((pod) => !isOurs(pod))) await deletePod(api, stray);
    if (!set || set.metadata?.labels?.[runLabel] !== "true") return undefined;

    const pods = named.filter(isOurs).sort((a, b) => ordinalOf(a) - ordinalOf(b));
    // A stray keeps its name until its process has ended.
    if (named.length === pods.length && (await this.#step(set, pods))) return 0;
    await this.#report(set, pods);
    return undefined;
  }

  /** One step towards the wanted pods; returns whether it did something. */
  async #step(set: AnyObject, pods: readonly AnyObject[]): Promise<boolean> {
    const { api } = this.#context;
    const wanted = set["spec"].replicas as number;
    const parallel = set["spec"].podManagementPolicy === "Parallel";
    const excess = pods.filter((pod) => ordinalOf(pod) >= wanted);
    for (let ordinal = 0; ordinal < wanted; ordinal++) {
      const pod = pods.find((one) => ordinalOf(one) === ordinal);
      if (pod === undefined) {
        await this.#createPod(set, ordinal);
        return true;
      }
      if (!parallel && !isReady(pod) && excess.length === 0) return this.#replaceBroken(set, pod);
    }
    // In order, the one before goes once the last is gone.
    const leave = parallel
      ? excess.filter((pod) => !isLeaving(pod))
      : excess.slice(-1).filter((pod) => !isLeaving(pod));
    for (const pod of leave) await deletePod(api, pod);
    if (excess.length > 0) return leave.length > 0;

    const { type, rollingUpdate } = set["spec"].updateStrategy ?? {};
    if (type === "OnDelete" || pods.some((pod) => !isReady(pod))) return false;
    const partition = (rollingUpdate?.partition as number | undefined) ?? 0;
    const old = pods.findLast((pod) => ordinalOf(pod) >= partition && !isOf(pod, set));
    if (old) await deletePod(api, old);
    return old !== undefined;
  }

  /** A pod of an older template that never became ready must not hold up the newer one. */
  async #replaceBroken(set: AnyObject, pod: AnyObject): Promise<boolean> {
    if (isLeaving(pod) || isOf(pod, set)) return false;
    await deletePod(this.#context.api, pod);
    return true;
  }

  async #createPod(set: AnyObject, ordinal: number): Promise<void> {
    const { namespace = "", name = "", uid = "" } = set.metadata ?? {};
    const pod = `${name}-${ordinal}`;
    const claims = await claimsOf(this.#context.api, set, pod);
    await createPod(this.#context.api, withVolumes(set["spec"].template as AnyObject, claims), {
      namespace,
      name: pod,
      labels: {
        [revisionLabel]: revisionOf(set),
        "statefulset.kubernetes.io/pod-name": pod,
        "apps.kubernetes.io/pod-index": String(ordinal),
      },
      annotations: { [statefulSetAnnotation]: `${name}/${uid}` },
      owner: { apiVersion: "apps/v1", kind: "StatefulSet", name, uid },
    });
  }

  async #report(set: AnyObject, pods: readonly AnyObject[]): Promise<void> {
    const { namespace = "", name = "", generation } = set.metadata ?? {};
    const updateRevision = revisionOf(set);
    const known = (set["status"] ?? {}) as Record<string, unknown>;
    const ready = pods.filter(isReady).length;
    const updated = pods.filter((pod) => isOf(pod, set) && !isLeaving(pod)).length;
    const complete = updated === pods.length && ready === set["spec"].replicas;
    const currentRevision = complete ? updateRevision : ((known["currentRevision"] as string) ?? updateRevision);
    const status = {
      observedGeneration: generation,
      replicas: pods.length,
      readyReplicas: ready,
      availableReplicas: ready,
      currentReplicas: pods.filter((pod) => pod.metadata?.labels?.[revisionLabel] === currentRevision).length,
      updatedReplicas: updated,
      currentRevision,
      updateRevision,
    };
    const before = Object.fromEntries(Object.keys(status).map((key) => [key, known[key] ?? 0]));
    if (isDeepStrictEqual(before, status)) return;
    const body = { status };
    await orNull(this.#context.api.apps.patchNamespacedStatefulSetStatus({ namespace, name, body }, mergePatch));
  }
}

/** A claim takes the place of a volume of its name. */
function withVolumes(template: AnyObject, claims: readonly object[]): AnyObject {
  if (claims.length === 0) return template;
  const names = new Set(claims.map((claim) => (claim as { name: string }).name));
  const volumes = ((template["spec"].volumes ?? []) as { name: string }[]).filter(({ name }) => !names.has(name));
  return { ...template, spec: { ...template["spec"], volumes: [...volumes, ...claims] } };
}

const revisionOf = (set: AnyObject) => `${set.metadata?.name}-${templateHash(set)}`;
const isOf = (pod: AnyObject, set: AnyObject) => pod.metadata?.labels?.[revisionLabel] === revisionOf(set);
const ordinalOf = (pod: AnyObject) => Number(/\d+$/.exec(pod.metadata?.name ?? "")?.[0]);
