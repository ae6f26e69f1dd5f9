/** Empties a lab that runs down to its control plane, so that the next one begins without etcd and API server starting. */
import { readdirSync, rmSync } from "node:fs";
import { request, type RequestOptions } from "node:https";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, type AnyObject, type Api } from "./kubernetes.ts";
import { controlPlaneUp, lab } from "./lab.ts";
import { lock } from "./lock.ts";
import { stopAll, stopPulumis, survey } from "./processes.ts";

/** Parts that go on running. */
const kept = new Set(["etcd", "kube-apiserver"]);

/** Of the lab's directory, what a new lab does not find. */
const forgotten = [
  ...["traffic", "stack", "pods", "logging", "pulumi", "tmp", "hosts", "addresses.json"],
  ...["inventory.json", "inventory.report.json", "pega-values.yaml"],
];

/** Of the folders that etcd and the API server keep files in, what is theirs. */
const keptIn: readonly (readonly [folder: string, names: readonly string[]])[] = [
  [lab.data, ["etcd"]],
  [lab.secrets, ["api-server", "service-accounts.key", "tokens.csv"]],
  [lab.logs, [...kept].map((part) => `${part}.log`)],
];

export interface ResetOptions {
  /** Whether the kinds of KubeDB stay known to the API server. @default true */
  readonly keepKinds?: boolean;
}

/**
 * Ends every process of the lab but etcd and the API server, and removes every namespace with all that it holds, the
 * data of the brokers, the traffic's logs and the stacks. `labUp` and `controlPlaneUp` make it whole again.
 * Throws where the control plane does not run or does not answer.
 */
export async function labReset({ keepKinds = true }: ResetOptions = {}): Promise<void> {
  const running = survey(lab).filter(({ part }) => kept.has(part));
  if (running.length < kept.size) throw new Error(`The lab in ${lab.dir} has no control plane that could be kept.`);
  const unlock = lock(lab, "reset");
  try {
    // The operator goes first: it would start again what ends here. Nothing of the rest has to end in good order.
    const order = (part: string): number => (part === "operator" ? 0 : 1);
    await stopAll(lab, order, 0, new Set(running.map(({ pid }) => pid)));
    await stopPulumis(lab);
    for (const name of forgotten) remove(join(lab.dir, name));
    for (const [folder, names] of keptIn)
      for (const name of readdirSync(folder)) if (!names.includes(name)) remove(join(folder, name));
  } finally {
    unlock();
  }
  // Writes the kubeconfig as well, which somebody may have changed.
  await controlPlaneUp();
  const api = connect(lab.kubeconfig);
  await removeObjects(api);
  await removeNamespaces(api);
  if (!keepKinds) await removeKinds(api);
}

const remove = (path: string): void => rmSync(path, { recursive: true, force: true, maxRetries: 3 });

/** A kind of object as the API server's discovery lists it. */
interface Resource {
  /** Path of its group and version, such as `/apis/apps/v1`. */
  readonly root: string;
  readonly plural: string;
}

const isSystem = (namespace: string): boolean => namespace === "default" || namespace.startsWith("kube-");

/** Removes every namespaced object; there is no controller that would, nor one that lifts finalizers. */
async function removeObjects(api: Api): Promise<void> {
  const resources = await namespacedResources(api);
  await Promise.all(
    resources.map(async ({ root, plural }) => {
      const { items = [] } = (await ask(api, "GET", `${root}/${plural}`)) as { items?: AnyObject[] };
      const own = items.filter(({ metadata }) => !isSystem(metadata?.namespace ?? ""));
      await Promise.all(
        own.map(async ({ metadata }) => {
          const path = `${root}/namespaces/${metadata?.namespace}/${plural}/${metadata?.name}`;
          if (metadata?.finalizers?.length) await ask(api, "PATCH", path, { metadata: { finalizers: null } });
          await ask(api, "DELETE", path, { gracePeriodSeconds: 0, propagationPolicy: "Background" });
        }),
      );
    }),
  );
}

async function namespacedResources(api: Api): Promise<Resource[]> {
  interface Found {
    readonly items: readonly {
      readonly metadata: { readonly name?: string };
      readonly versions: readonly {
        readonly version: string;
        readonly resources?: readonly { resource: string; scope: string; verbs: readonly string[] }[];
      }[];
    }[];
  }
  const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
  const listed = await Promise.all(["/api", "/apis"].map((path) => ask(api, "GET", path, undefined, accept)));
  const found = new Map<string, Resource>();
  for (const { metadata, versions } of (listed as Found[]).flatMap(({ items }) => items)) {
    for (const { version, resources = [] } of versions) {
      const root = metadata.name ? `/apis/${metadata.name}/${version}` : `/api/${version}`;
      for (const { resource, scope, verbs } of resources) {
        const name = `${metadata.name ?? ""}/${resource}`;
        if (scope !== "Namespaced" || found.has(name)) continue;
        if (verbs.includes("delete") && verbs.includes("list")) found.set(name, { root, plural: resource });
      }
    }
  }
  return [...found.values()];
}

async function removeNamespaces({ core }: Api): Promise<void> {
  const { items } = await core.listNamespace();
  const own = items.map(({ metadata }) => metadata?.name ?? "").filter((name) => !isSystem(name));
  for (const name of own) {
    await core.deleteNamespace({ name });
    await core.replaceNamespaceFinalize({ name, body: { metadata: { name }, spec: { finalizers: [] } } });
  }
}

async function removeKinds({ custom }: Api): Promise<void> {
  const definitions = { group: "apiextensions.k8s.io", version: "v1", plural: "customresourcedefinitions" };
  const list = async () => ((await custom.listClusterCustomObject(definitions)) as { items: AnyObject[] }).items;
  for (const { metadata } of await list())
    await custom.deleteClusterCustomObject({ ...definitions, name: metadata?.name ?? "" });
  for (const deadline = Date.now() + 30_000; (await list()).length > 0; await sleep(100))
    if (Date.now() > deadline) throw new Error("The API server did not forget its custom kinds within 30 s.");
}

/** One request to the API server; what is gone already is an empty answer. A kind that is new is asked for again. */
async function ask(api: Api, method: string, path: string, body?: object, accept?: string): Promise<unknown> {
  for (const deadline = Date.now() + 30_000; ; await sleep(200)) {
    const { status, text } = await askOnce(api, method, path, body, accept);
    if (status < 300) return JSON.parse(text);
    if (status === 404) return {};
    if (status !== 429 || Date.now() > deadline)
      throw new Error(`${method} ${path}: HTTP status ${status}: ${text.slice(0, 300)}`);
  }
}

async function askOnce(api: Api, method: string, path: string, body?: object, accept = "application/json") {
  const server = new URL(api.config.getCurrentCluster()!.server);
  const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  const options: RequestOptions = { method, path, host: server.hostname, port: server.port, agent: false };
  await api.config.applyToHTTPSOptions(options);
  options.headers = { ...options.headers, accept, "content-type": type };
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const asked = request(options, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    asked.on("error", reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
