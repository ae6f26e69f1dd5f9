/** The lab's Pega release as Helm itself installs it, with what its team has prepared around it. */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { replaceFile } from "../addresses.ts";
import { authorityOf } from "../authority.ts";
import { createIfMissing, mergePatch, readSecret, type AnyObject, type Api } from "../kubernetes.ts";
import { labEnv } from "../lab.ts";
import type { Lab } from "../layout.ts";
import { tierEndpoint } from "./addresses.ts";
import { tokenHeader } from "./http.ts";
import { writeTrustStore } from "./trust-store.ts";

/** Where the release is, and what it is called. */
export const release = { name: "pega", namespace: "pega" } as const;
/** Secret with the token for `tokenHeader`, under `token`. */
export const tokenSecret = "pega-queue-token";
/** Secret with the trust store for the external stream, for `global.certificatesSecrets`. */
export const certificatesSecret = "pega-stream-certs";
export const trustStoreFile = "truststore.jks";
/** Secret with the passwords of trust store and key store, under the names that the chart gives them. */
export const storesSecret = "pega-stream-stores";
const passwordKey = "STREAM_TRUSTSTORE_PASSWORD";

export const chartFolder = (lab: Lab) => path.join(lab.root, "lab/pega/chart");
/** The release's values files, the later ones over the earlier. */
export const valuesFiles = (lab: Lab) => [path.join(lab.root, "lab/pega/values.yaml"), rateFile(lab)];
const rateFile = (lab: Lab) => path.join(lab.dir, "pega-values.yaml");

/** Deployments and StatefulSets of the release, by tier. */
export const tierKinds = { web: "Deployment", batch: "Deployment", util: "Deployment", stream: "StatefulSet" } as const;
export type TierName = keyof typeof tierKinds;

/** Runs the `helm` command on the lab; returns what it printed, throws what it said. */
export async function helm(lab: Lab, args: readonly string[]): Promise<string> {
  const homes = ["CACHE", "CONFIG", "DATA"].map((name) => [`HELM_${name}_HOME`, path.join(lab.dir, "tmp/helm")]);
  const env = { ...process.env, ...labEnv(), ...Object.fromEntries(homes), KUBECONFIG: lab.kubeconfig };
  const { stdout } = await promisify(execFile)("helm", [...args, "--namespace", release.namespace], {
    env,
    maxBuffer: 1 << 26,
  });
  return stdout;
}

/**
 * Creates namespace and Secrets, and installs the release; returns once Helm has, with pods still starting.
 * @param settings.perPod Records per second that each pod of a producing tier writes.
 */
export async function installRelease(lab: Lab, api: Api, settings: { readonly perPod: number }): Promise<void> {
  const { namespace } = release;
  await createIfMissing(api, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  const token = randomBytes(12).toString("hex");
  await createIfMissing(api, secret(tokenSecret, { token }));
  const password = randomBytes(9).toString("hex");
  await createIfMissing(api, secret(storesSecret, { [passwordKey]: password, STREAM_KEYSTORE_PASSWORD: "" }));
  const store = writeTrustStore([authorityOf(lab).certificate], await valueOf(api, storesSecret, passwordKey));
  await createIfMissing(api, {
    ...secret(certificatesSecret, {}),
    data: { [trustStoreFile]: store.toString("base64") },
  });
  replaceFile(rateFile(lab), `lab: { env: { LAB_RATE: "${settings.perPod}" } }\n`);
  await helm(lab, [
    "install",
    release.name,
    chartFolder(lab),
    ...valuesFiles(lab).flatMap((file) => ["--values", file]),
  ]);
}

const secret = (name: string, stringData: Record<string, string>): AnyObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, namespace: release.namespace },
  stringData,
});

async function valueOf(api: Api, name: string, key: string): Promise<string> {
  const value = (await readSecret(api, release.namespace, name))?.[key];
  if (value === undefined) throw new Error(`The Secret ${release.namespace}/${name} has no ${key}.`);
  return value;
}

const objectOf = (tier: TierName) => ({ name: `${release.name}-${tier}`, namespace: release.namespace });

async function readTier(api: Api, tier: TierName): Promise<AnyObject> {
  return tierKinds[tier] === "StatefulSet"
    ? await api.apps.readNamespacedStatefulSet(objectOf(tier))
    : await api.apps.readNamespacedDeployment(objectOf(tier));
}

/** Sets a tier's replicas, as an autoscaler would: the lab has none that works. */
export async function scaleTier(api: Api, tier: TierName, replicas: number): Promise<void> {
  const scale = { ...objectOf(tier), body: { spec: { replicas } } };
  if (tierKinds[tier] === "StatefulSet") await api.apps.patchNamespacedStatefulSetScale(scale, mergePatch);
  else await api.apps.patchNamespacedDeploymentScale(scale, mergePatch);
}

/** Names of a tier's pods, those that are ending among them. */
export async function podsOfTier(api: Api, tier: TierName): Promise<string[]> {
  const { name, namespace } = objectOf(tier);
  const { items } = await api.core.listNamespacedPod({ namespace, labelSelector: `app=${name}` });
  return items.map(({ metadata }) => metadata?.name ?? "");
}

/** Waits until every pod of these tiers is of the newest template and ready, and none is left over. */
export async function untilReady(
  api: Api,
  tiers: readonly TierName[],
  seconds: number,
  signal?: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  for (const tier of tiers)
    for (;;) {
      const { metadata, ...found } = await readTier(api, tier);
      const wanted = found["spec"].replicas as number;
      const status = (found["status"] ?? {}) as Record<string, number | undefined>;
      const counts = ["updatedReplicas", "readyReplicas"].map((field) => status[field] ?? 0);
      const current = (status["observedGeneration"] ?? 0) >= (metadata?.generation ?? 0);
      const pods = (await podsOfTier(api, tier)).length;
      if (current && pods === wanted && counts.every((count) => count === wanted)) break;
      if (performance.now() > deadline)
        throw new Error(
          `The tier ${tier} has ${counts[1]} of ${wanted} pods ready and ${pods} in all after ${seconds} s; see its logs.`,
        );
      await sleep(300, undefined, signal && { signal });
    }
}

/** Asks a tier over HTTP, as an operator of Pega would ask Admin Studio. */
export async function askTier<T>(lab: Lab, api: Api, tier: TierName, request: string, body?: string): Promise<T> {
  const { host, port } = tierEndpoint(lab, tier);
  const [method = "GET", route = ""] = request.split(" ");
  const headers = { [tokenHeader]: await valueOf(api, tokenSecret, "token") };
  const response = await fetch(`http://${host}:${port}${route}`, {
    method,
    headers,
    ...(body !== undefined && { body }),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${request} of the tier ${tier} answered ${response.status}: ${text}`);
  return JSON.parse(text) as T;
}
