import { isDeepStrictEqual } from "node:util";
import { mergePatch, orNull, type AnyObject, type Api } from "../kubernetes.ts";

/** One condition as a controller sees it now. */
export interface Condition {
  readonly type: string;
  readonly status: boolean;
  readonly reason: string;
  readonly message: string;
}

export const condition = (type: string, status: boolean, reason: string, message: string): Condition => ({
  type,
  status,
  reason,
  message,
});

export interface KubedbStatus {
  readonly phase: string;
  readonly conditions: readonly Condition[];
}

/** Plural of a KubeDB kind with its group and version. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

/** Writes an object's status if it says anything new; a condition keeps the time of its last change. */
export async function report(api: Api, resource: Resource, object: AnyObject, status: KubedbStatus): Promise<void> {
  const generation = object.metadata?.generation ?? 0;
  const before = (object["status"]?.conditions ?? []) as readonly Record<string, unknown>[];
  const conditions = status.conditions.map((condition) => {
    const known = before.find(({ type }) => type === condition.type);
    const text = condition.status ? "True" : "False";
    return {
      ...condition,
      status: text,
      observedGeneration: generation,
      lastTransitionTime: known?.["status"] === text ? known["lastTransitionTime"] : new Date().toISOString(),
    };
  });
  const written = { phase: status.phase, observedGeneration: generation, conditions };
  if (isDeepStrictEqual(object["status"], written)) return;
  const { namespace = "", name = "" } = object.metadata ?? {};
  await orNull(
    api.custom.patchNamespacedCustomObjectStatus(
      { ...resource, namespace, name, body: { status: written } },
      mergePatch,
    ),
  );
}

/** Whether a condition of this type was ever reported as true. */
export function isTrue(object: AnyObject, type: string): boolean {
  const conditions = (object["status"]?.conditions ?? []) as readonly { type: string; status: string }[];
  return conditions.some((condition) => condition.type === type && condition.status === "True");
}

export const finalizer = "kafka-migration.lab/operator";

/** Adds or removes the mark that makes the API server wait for the operator before it drops an object. */
export async function setFinalizer(api: Api, resource: Resource, object: AnyObject, present: boolean): Promise<void> {
  const finalizers = object.metadata?.finalizers ?? [];
  if (finalizers.includes(finalizer) === present) return;
  const { namespace = "", name = "", resourceVersion } = object.metadata ?? {};
  const wanted = present ? [...finalizers, finalizer] : finalizers.filter((each) => each !== finalizer);
  const body = { metadata: { finalizers: wanted, resourceVersion } };
  await orNull(api.custom.patchNamespacedCustomObject({ ...resource, namespace, name, body }, mergePatch));
}
