import {
  AppsV1Api,
  BatchV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  KubernetesObjectApi,
  PatchStrategy,
  setHeaderOptions,
  type KubernetesObject,
} from "@kubernetes/client-node";
import { sharingConnections } from "../runtime/model/shared-connections.ts";

/** Clients of the lab's API server. */
export interface Api {
  readonly config: KubeConfig;
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly batch: BatchV1Api;
  readonly custom: CustomObjectsApi;
  readonly objects: KubernetesObjectApi;
}

/** The lab's API server, and who asks it. */
export function kubeConfig(kubeconfig: string): KubeConfig {
  const config = sharingConnections(new KubeConfig());
  config.loadFromFile(kubeconfig);
  return config;
}

export function connect(kubeconfig: string): Api {
  const config = kubeConfig(kubeconfig);
  return {
    config,
    core: config.makeApiClient(CoreV1Api),
    apps: config.makeApiClient(AppsV1Api),
    batch: config.makeApiClient(BatchV1Api),
    custom: config.makeApiClient(CustomObjectsApi),
    objects: KubernetesObjectApi.makeApiClient(config),
  };
}

/** Any object of the API, read without a type of its own. */
export interface AnyObject extends KubernetesObject {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- foreign objects are read defensively, field by field
  readonly [field: string]: any;
}

export const mergePatch = setHeaderOptions("Content-Type", PatchStrategy.MergePatch);

/** HTTP status of a refused request, or undefined if the server was not reached. */
export const statusCode = (problem: unknown): number | undefined => (problem as { code?: number } | null)?.code;

/** What the call returns, or null where the object does not exist. */
export async function orNull<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (problem) {
    if (statusCode(problem) === 404) return null;
    throw problem;
  }
}

export interface ObjectName {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

export const read = (api: Api, name: ObjectName): Promise<AnyObject | null> =>
  orNull(api.objects.read<AnyObject>(name));

/** Creates the object unless one of its name exists, which is left as it is. */
export async function createIfMissing(api: Api, object: AnyObject): Promise<void> {
  if (await read(api, object as ObjectName)) return;
  try {
    await api.objects.create(object);
  } catch (problem) {
    if (statusCode(problem) !== 409) throw problem;
  }
}

/** Creates the object or merges the fields given here into the one that exists. */
export async function apply(api: Api, object: AnyObject): Promise<void> {
  if (await read(api, object as ObjectName)) {
    await api.objects.patch(object, undefined, undefined, undefined, undefined, PatchStrategy.MergePatch);
  } else {
    await api.objects.create(object);
  }
}

export const remove = (api: Api, object: ObjectName): Promise<unknown> => orNull(api.objects.delete(object));

/** A Secret's values in plain, or null if it does not exist. */
export async function readSecret(api: Api, namespace: string, name: string): Promise<Record<string, string> | null> {
  const secret = await orNull(api.core.readNamespacedSecret({ namespace, name }));
  if (!secret) return null;
  const entries = Object.entries(secret.data ?? {});
  return Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]));
}
