/** What Kubernetes says about a cluster: whether its object stands, and where its brokers are. */
import { setTimeout as sleep } from "node:timers/promises";
import type { CleanupKeeps } from "../model/platforms/platform.ts";
import { kafkaObjectOf, type KnownCluster } from "../model/platforms/platforms.ts";
import { sizeOf, type MachineSize } from "../model/quantity.ts";
import type { KubernetesRef } from "../model/sides.ts";
import { apiCode, apiMessage, clients, fieldManager, mergePatch } from "./kubernetes.ts";
import { waitReady } from "./ready.ts";

/** A Kafka object as far as it tells where its brokers are. */
export interface KafkaObject {
  /** Whether its brokers are to be stopped, with their volumes kept. */
  readonly halted: boolean;
  /** Names under which its brokers are reached inside their Kubernetes cluster, one per broker. */
  readonly brokers: readonly string[];
  /** What each of its brokers asks of its machine. */
  readonly machine: MachineSize;
  /** The fields that halting it would overwrite, as they are; null is one that is not set. */
  readonly beforeHalt: Readonly<Record<string, unknown>>;
}

/** The object of a cluster; null if none of its name stands, or if the cluster has none. */
export async function readKafkaObject(kubernetes: KubernetesRef, cluster: KnownCluster): Promise<KafkaObject | null> {
  const object = kafkaObjectOf(cluster);
  if (object === null) return null;
  const { name, kafka } = object;
  const { apiVersion, kind, plural } = kafka.object;
  const [group = "", version = ""] = apiVersion.split("/");
  const { custom, server } = await clients(kubernetes);
  const { namespace } = kubernetes;
  try {
    const found: unknown = await custom.getNamespacedCustomObject({ group, version, namespace, plural, name });
    const halting = Object.keys(kafka.haltPatch(name, namespace)?.spec ?? {});
    const { spec = {} } = found as { readonly spec?: Readonly<Record<string, unknown>> };
    return {
      halted: kafka.isHalted(found),
      brokers: kafka.brokersOf(found, name, namespace),
      machine: sizeOf(kafka.machineOf(found)),
      beforeHalt: Object.fromEntries(halting.map((field) => [field, spec[field] ?? null])),
    };
  } catch (error) {
    if (apiCode(error) === 404) return null;
    throw new Error(`could not read ${kind} ${namespace}/${name} at ${server}: ${apiMessage(error)}`);
  }
}

/**
 * Gives a halted cluster's object the fields back that it had before, so that its brokers run, and waits until its
 * operator reports it ready. One that is not halted is waited for alone. Rejects if there is no such object.
 */
export async function restoreHalted(
  kubernetes: KubernetesRef,
  cluster: KnownCluster,
  before: Readonly<Record<string, unknown>>,
  readySeconds: number,
): Promise<void> {
  const object = kafkaObjectOf(cluster);
  if (object === null) return;
  const { name, kafka } = object;
  const { apiVersion, kind, plural } = kafka.object;
  const [group = "", version = ""] = apiVersion.split("/");
  const { custom, server } = await clients(kubernetes);
  const at = { group, version, plural, name, namespace: kubernetes.namespace };
  const started = async (): Promise<unknown> => {
    const found: unknown = await custom.getNamespacedCustomObject(at);
    if (!kafka.isHalted(found)) return found;
    const body = kafka.resumePatch(before);
    return custom.patchNamespacedCustomObject({ ...at, fieldManager, body }, mergePatch());
  };
  const found = await started().catch((error: unknown) => {
    const title = `${kind} ${at.namespace}/${name}`;
    throw new Error(`could not start ${title} again at ${server}: ${apiMessage(error)}`, { cause: error });
  });
  const { generation = 0 } = (found as { readonly metadata?: { readonly generation?: number } }).metadata ?? {};
  await waitReady({ kubernetes, apiVersion, kind, plural, name, generation, readySeconds });
}

/** Objects that stop working with a Kafka object, which they name: `ConnectCluster shop/other-connect`, sorted. */
export async function readDependents(kubernetes: KubernetesRef, cluster: KnownCluster): Promise<string[]> {
  const object = kafkaObjectOf(cluster);
  if (object === null) return [];
  const { name, kafka } = object;
  const { custom, server } = await clients(kubernetes);
  const { namespace } = kubernetes;
  const found: string[] = [];
  for (const { apiVersion, kind, plural } of kafka.dependents) {
    const [group = "", version = ""] = apiVersion.split("/");
    try {
      const list: { readonly items?: readonly { readonly metadata?: { readonly name?: string } }[] } =
        await custom.listNamespacedCustomObject({ group, version, namespace, plural });
      const items = (list.items ?? []).filter((one) => kafka.dependsOn(one, name, namespace));
      found.push(...items.map(({ metadata }) => `${kind} ${namespace}/${metadata?.name ?? ""}`));
    } catch (error) {
      // A kind that is not installed has no objects.
      if (apiCode(error) === 404) continue;
      throw new Error(`could not list ${plural} in namespace ${namespace} at ${server}: ${apiMessage(error)}`);
    }
  }
  return found.sort();
}

/**
 * Deletes the object of a halted cluster, of which its operator then keeps what `keeps` says, and waits until it is gone.
 * Does nothing if there is none. Rejects, with nothing changed, if its brokers are not halted.
 */
export async function removeHalted(
  kubernetes: KubernetesRef,
  cluster: KnownCluster,
  keeps: CleanupKeeps,
  seconds: number,
): Promise<void> {
  const object = kafkaObjectOf(cluster);
  if (object === null) return;
  const { name, kafka } = object;
  const { apiVersion, kind, plural } = kafka.object;
  const [group = "", version = ""] = apiVersion.split("/");
  const { custom, server } = await clients(kubernetes);
  const at = { group, version, plural, name, namespace: kubernetes.namespace };
  const title = `${kind} ${at.namespace}/${name}`;
  const told = async <T>(doing: string, act: () => Promise<T>): Promise<T | null> => {
    try {
      return await act();
    } catch (error) {
      if (apiCode(error) === 404) return null;
      throw new Error(`could not ${doing} ${title} at ${server}: ${apiMessage(error)}`, { cause: error });
    }
  };
  const read = () => told("read", () => custom.getNamespacedCustomObject(at) as Promise<Found>);
  const found = await read();
  if (found === null) return;
  const { uid, deletionTimestamp } = found.metadata ?? {};
  // What is being deleted was halted before, by an update that was killed.
  if (deletionTimestamp === undefined) {
    if (!kafka.isHalted(found))
      throw new Error(`${title} is not halted: somebody has started it again since phase retire; nothing was deleted`);
    // The uid, so that an object of the same name that was made meanwhile is neither changed nor deleted.
    const body = { ...kafka.removalPatch(keeps), metadata: { uid } };
    const options = { body: { preconditions: { uid } } as object };
    await told("prepare", () => custom.patchNamespacedCustomObject({ ...at, fieldManager, body }, mergePatch()));
    await told("delete", () => custom.deleteNamespacedCustomObject({ ...at, ...options }));
  }
  const until = Date.now() + seconds * 1000;
  for (let left = await read(); left !== null && left.metadata?.uid === uid; left = await read()) {
    if (Date.now() > until) {
      throw new Error(
        `${title} is still there ${seconds} s after it was deleted; see what holds it (kubectl describe ${plural} ${name}), ` +
          "then run pulumi up again",
      );
    }
    await sleep(1000);
  }
}

interface Found {
  readonly metadata?: {
    readonly uid?: string;
    readonly deletionTimestamp?: string;
  };
}
