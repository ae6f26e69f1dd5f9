import { makeInformer, type KubernetesListObject, type KubernetesObject } from "@kubernetes/client-node";
import type { AnyObject, Api } from "../kubernetes.ts";
import { describe, log } from "./queue.ts";

/** Objects of one kind as the API server last told of them. */
export interface Watched {
  get(namespace: string, name: string): AnyObject | undefined;
  list(): AnyObject[];
}

/** What is watched: its path below the API server and, optionally, a label selector. */
export interface Source {
  readonly path: string;
  readonly labelSelector?: string;
  readonly onChange: (object: AnyObject) => void;
}

const pauseAfterFailure = 500;

/** Follows all objects of a kind; goes on by itself whenever the API server comes back. */
export async function watch(api: Api, source: Source): Promise<Watched> {
  const list = () => listObjects(api, source) as Promise<KubernetesListObject<KubernetesObject>>;
  const informer = makeInformer(api.config, source.path, list, source.labelSelector);
  informer.on("change", (object) => source.onChange(object));
  let quiet = false;
  informer.on("error", (problem: unknown) => {
    if (!quiet) log(`watching ${source.path}: ${describe(problem)}`);
    quiet = true;
    setTimeout(() => void informer.start(), pauseAfterFailure);
  });
  informer.on("connect", () => (quiet = false));
  await informer.start();
  return {
    get: (namespace, name) => informer.get(name, namespace),
    list: () => [...informer.list()] as AnyObject[],
  };
}

/** Reads all objects of a kind as they are on the wire, so that lists and events look the same. */
async function listObjects(api: Api, { path, labelSelector }: Source): Promise<unknown> {
  const parts = path.split("/").filter(Boolean);
  const selector = labelSelector ? { labelSelector } : {};
  if (parts[0] === "apis") {
    const [, group = "", version = "", plural = ""] = parts;
    return api.custom.listCustomObjectForAllNamespaces({ group, version, resourcePlural: plural, ...selector });
  }
  const kinds: Record<string, () => Promise<unknown>> = {
    pods: () => api.core.listPodForAllNamespaces(selector),
    secrets: () => api.core.listSecretForAllNamespaces(selector),
    namespaces: () => api.core.listNamespace(selector),
    persistentvolumeclaims: () => api.core.listPersistentVolumeClaimForAllNamespaces(selector),
  };
  const read = kinds[parts[2] ?? ""];
  if (!read) throw new Error(`The operator cannot list ${path}.`);
  return read();
}
