import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { mergePatch, orNull, type AnyObject } from "../kubernetes.ts";
import { programLabel } from "../../runtime/model/program-labels.ts";
import { splitKey, type Context } from "./context.ts";
import type { Again } from "./queue.ts";
import { createPod, deletePod, isLeaving, isReady, ownerOf, podsIn } from "./owned-pods.ts";
import { runLabel } from "./pods.ts";
import {
  dropStrayReplicaSets,
  ensureReplicaSet,
  hashLabel,
  reportReplicaSets,
  revisionAnnotation,
} from "./replica-sets.ts";

/** On each pod: `<name>/<uid>` of its Deployment. */
export const deploymentAnnotation = "kafka-migration.lab/deployment";

/** Makes and removes the pods of labelled Deployments, one by one when their template changes. */
export class DeploymentController {
  readonly #context: Context;
  enqueue: (key: string) => void = () => undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  async reconcile(key: string): Promise<Again> {
    const { api } = this.#context;
    const { namespace, name } = splitKey(key);
    const deployment = (await orNull(api.apps.readNamespacedDeployment({ namespace, name }))) as AnyObject | null;
    const uid = deployment?.metadata?.uid ?? "";
    const named = (await podsIn(api, namespace)).filter((pod) => ownerOf(pod, deploymentAnnotation)?.name === name);
    for (const stray of named.filter((pod) => ownerUid(pod) !== uid)) await deletePod(api, stray);
    await dropStrayReplicaSets(api, namespace, name, uid);
    const labels = deployment?.metadata?.labels ?? {};
    if (!deployment || (labels[runLabel] !== "true" && labels[programLabel] === undefined)) return undefined;

    const set = await ensureReplicaSet(api, deployment);
    await this.#copyRevision(deployment, set);
    const pods = named.filter((pod) => ownerUid(pod) === uid);
    const current = pods.filter((pod) => isOf(pod, set) && !isLeaving(pod));
    const old = pods.filter((pod) => !isOf(pod, set) && !isLeaving(pod));
    const leaving = pods.filter(isLeaving);
    const changed = await this.#scale(deployment, set, { current, old, leaving });
    if (changed) return 0;
    await this.#report(deployment, set, current, old);
    return undefined;
  }

  /** One step towards the wanted pods; returns whether it did something. */
  async #scale(
    deployment: AnyObject,
    set: AnyObject,
    { current, old, leaving }: Record<"current" | "old" | "leaving", AnyObject[]>,
  ): Promise<boolean> {
    const wanted = deployment["spec"].replicas as number;
    const { surge, unavailable } = limits(deployment);
    const all = current.length + old.length;
    const recreate = deployment["spec"].strategy?.type === "Recreate";

    const excess = current
      .slice()
      .sort(leastUsefulFirst)
      .slice(0, Math.max(0, current.length - wanted));
    const spare = [...current, ...old].filter(isReady).length - (wanted - unavailable);
    const replaceable = recreate
      ? old
      : [...old.filter((pod) => !isReady(pod)), ...old.filter(isReady).slice(0, Math.max(0, spare))];
    const leave = [...excess, ...(wanted === 0 ? old : replaceable)];
    for (const pod of leave) await deletePod(this.#context.api, pod);
    if (leave.length > 0) return true;

    const blocked = recreate && (old.length > 0 || leaving.some((pod) => !isOf(pod, set)));
    const room = recreate ? wanted - current.length : Math.min(wanted - current.length, wanted + surge - all);
    if (blocked || room <= 0) return false;
    for (let index = 0; index < room; index++) await this.#createPod(deployment, set);
    return true;
  }

  async #createPod(deployment: AnyObject, set: AnyObject): Promise<void> {
    const { namespace = "", name = "", uid = "" } = deployment.metadata ?? {};
    const { name: owner = "", uid: ownerUid = "" } = set.metadata ?? {};
    await createPod(this.#context.api, set["spec"].template as AnyObject, {
      namespace,
      name: `${owner}-${randomBytes(3).toString("hex").slice(0, 5)}`,
      labels: {},
      annotations: { [deploymentAnnotation]: `${name}/${uid}` },
      owner: { apiVersion: "apps/v1", kind: "ReplicaSet", name: owner, uid: ownerUid },
    });
  }

  async #copyRevision(deployment: AnyObject, set: AnyObject): Promise<void> {
    const { namespace = "", name = "", annotations } = deployment.metadata ?? {};
    const revision = set.metadata?.annotations?.[revisionAnnotation] ?? "1";
    if (annotations?.[revisionAnnotation] === revision) return;
    const body = { metadata: { annotations: { [revisionAnnotation]: revision } } };
    await orNull(this.#context.api.apps.patchNamespacedDeployment({ namespace, name, body }, mergePatch));
  }

  async #report(deployment: AnyObject, set: AnyObject, current: AnyObject[], old: AnyObject[]): Promise<void> {
    const { api } = this.#context;
    const { namespace = "", name = "", uid = "" } = deployment.metadata ?? {};
    const wanted = deployment["spec"].replicas as number;
    const counts = new Map<string, { wanted: number; pods: number; ready: number }>();
    counts.set(set.metadata?.name ?? "", { wanted, pods: current.length, ready: current.filter(isReady).length });
    for (const pod of old) {
      const owner = pod.metadata?.ownerReferences?.[0]?.name ?? "";
      const known = counts.get(owner) ?? { wanted: 0, pods: 0, ready: 0 };
      const ready = known.ready + (isReady(pod) ? 1 : 0);
      counts.set(owner, { wanted: known.wanted + 1, pods: known.pods + 1, ready });
    }
    await reportReplicaSets(api, namespace, uid, counts);

    const all = [...current, ...old];
    const ready = all.filter(isReady).length;
    const { unavailable } = limits(deployment);
    const available = ready >= wanted - unavailable;
    const complete = current.filter(isReady).length === wanted && old.length === 0;
    const before = (deployment["status"]?.conditions ?? []) as Record<string, unknown>[];
    const condition = (type: string, holds: boolean, reason: string, message: string) => {
      const status = holds ? "True" : "False";
      const known = before.find((each) => each["type"] === type);
      const same = known?.["status"] === status && known["reason"] === reason;
      const lastTransitionTime = known?.["status"] === status ? toText(known["lastTransitionTime"]) : now();
      const lastUpdateTime = same ? toText(known["lastUpdateTime"]) : now();
      return { type, status, reason, message, lastTransitionTime, lastUpdateTime };
    };
    const setName = set.metadata?.name ?? "";
    const status = {
      observedGeneration: deployment.metadata?.generation,
      replicas: all.length,
      updatedReplicas: current.length,
      readyReplicas: ready,
      availableReplicas: ready,
      unavailableReplicas: Math.max(0, wanted - ready),
      conditions: [
        available
          ? condition("Available", true, "MinimumReplicasAvailable", "Deployment has minimum availability.")
          : condition(
              "Available",
              false,
              "MinimumReplicasUnavailable",
              "Deployment does not have minimum availability.",
            ),
        complete
          ? condition(
              "Progressing",
              true,
              "NewReplicaSetAvailable",
              `ReplicaSet "${setName}" has successfully progressed.`,
            )
          : condition("Progressing", true, "ReplicaSetUpdated", `ReplicaSet "${setName}" is progressing.`),
      ],
    };
    if (isDeepStrictEqual(essence(deployment["status"]), essence(status))) return;
    await orNull(api.apps.patchNamespacedDeploymentStatus({ namespace, name, body: { status } }, mergePatch));
  }
}

const now = () => new Date().toISOString().replace(/\.\d+/, "");
const toText = (time: unknown) => (time instanceof Date ? time.toISOString().replace(/\.\d+/, "") : String(time));

const ownerUid = (pod: AnyObject) => ownerOf(pod, deploymentAnnotation)?.uid ?? "";
const isOf = (pod: AnyObject, set: AnyObject) =>
  pod.metadata?.labels?.[hashLabel] === set.metadata?.labels?.[hashLabel];

const age = (pod: AnyObject) => new Date(pod.metadata?.creationTimestamp ?? 0).getTime();
const leastUsefulFirst = (a: AnyObject, b: AnyObject) => Number(isReady(a)) - Number(isReady(b)) || age(b) - age(a);

/** How many pods a rollout may have too many and too few. */
function limits(deployment: AnyObject): { surge: number; unavailable: number } {
  const { maxSurge = "25%", maxUnavailable = "25%" } = deployment["spec"].strategy?.rollingUpdate ?? {};
  const wanted = deployment["spec"].replicas as number;
  const share = (value: string | number, round: (x: number) => number) =>
    typeof value === "number" || !value.endsWith("%") ? Number(value) : round((wanted * parseFloat(value)) / 100);
  const surge = share(maxSurge, Math.ceil);
  const unavailable = share(maxUnavailable, Math.floor);
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

/** What of a Deployment's status is worth a write. */
function essence(status: AnyObject | undefined): unknown {
  const conditions = (status?.["conditions"] ?? []) as Record<string, string>[];
  return {
    generation: Number(status?.["observedGeneration"] ?? 0),
    counts: ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas"].map((key) =>
      Number(status?.[key] ?? 0),
    ),
    conditions: conditions.map(({ type, status: state, reason }) => `${type}=${state}/${reason}`).sort(),
  };
}
