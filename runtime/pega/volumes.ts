/** PersistentVolumeClaims that tiers of nodeType Stream leave behind: the only copy of what nobody has read there. */
import { setTimeout as sleep } from "node:timers/promises";
import { apiCode, apiMessage, clients } from "../kubernetes/kubernetes.ts";
import type { PegaScope, PegaTier, VolumesInputs } from "../model/pega.ts";
import { settleAll } from "../model/settle-all.ts";
import { some } from "../model/words.ts";
import { streamTiersOf, tierApi, workloadOf } from "./tiers.ts";

/** Kubernetes removes a claim once no pod uses it; that may take this long. */
const goneMilliseconds = 60_000;
const pollMilliseconds = 500;

export interface Volume {
  readonly name: string;
  /** Deleted already, and held back by Kubernetes as long as a pod uses it. */
  readonly terminating: boolean;
  /** Pods that mount it. */
  readonly usedBy: readonly string[];
}

export interface VolumesReading {
  /** Of tiers of nodeType Stream, sorted. */
  readonly volumes: readonly Volume[];
  /** StatefulSets of such tiers that are still there, for example `StatefulSet pega/pega-stream`. */
  readonly sets: readonly string[];
}

/** What volumes need of Kubernetes; tests put their own in its place. */
export interface VolumeApi {
  claims(scope: PegaScope): Promise<readonly { readonly name: string; readonly terminating: boolean }[]>;
  /** All pods of the release's namespace that have not ended, with the claims that they mount. */
  pods(scope: PegaScope): Promise<readonly { readonly name: string; readonly claims: readonly string[] }[]>;
  /** Whether a tier's StatefulSet or Deployment is there. */
  exists(scope: PegaScope, tier: PegaTier): Promise<boolean>;
  remove(scope: PegaScope, claim: string): Promise<void>;
}

/** Whether a claim was made for a tier of nodeType Stream: `<deployment>-<tier>-<deployment>-<tier>-<n>`. Pure. */
export function isVolumeOf(scope: PegaScope, claim: string): boolean {
  return streamTiersOf(scope).some(({ name }) => {
    const object = `${scope.deployment}-${name}`;
    const begin = `${object}-${object}-`;
    return claim.startsWith(begin) && /^\d+$/.test(claim.slice(begin.length));
  });
}

export async function readVolumes(scope: PegaScope, api: VolumeApi = volumeApi): Promise<VolumesReading> {
  const tiers = streamTiersOf(scope);
  const [claims, pods, exists] = await Promise.all([
    api.claims(scope),
    api.pods(scope),
    settleAll(tiers.map((tier) => api.exists(scope, tier))),
  ]);
  return {
    volumes: claims
      .filter(({ name }) => isVolumeOf(scope, name))
      .map(({ name, terminating }) => {
        const usedBy = pods.filter((pod) => pod.claims.includes(name)).map((pod) => pod.name);
        return { name, terminating, usedBy };
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    sets: tiers
      .filter((_, at) => exists[at])
      .map((tier) => {
        const { kind, name, kubernetes } = workloadOf(scope, tier);
        return `${kind} ${kubernetes.namespace}/${name}`;
      }),
  };
}

/** Why claims must not be removed, all reasons at once; null if they may be. Pure. */
export function refusal(scope: PegaScope, names: readonly string[], { volumes, sets }: VolumesReading): string | null {
  const reasons = [
    ...sets.map((title) => `${title} is still there and writes to its volumes`),
    ...names
      .filter((name) => !isVolumeOf(scope, name))
      .map((name) => `${name} is no volume of a tier of nodeType Stream`),
    ...volumes
      .filter(({ name, usedBy }) => names.includes(name) && usedBy.length > 0)
      .map(({ name, usedBy }) => `${name} is used by pod ${usedBy.join(", ")}`),
  ];
  return reasons.length === 0 ? null : some(reasons, "reasons");
}

/**
 * Deletes the named claims and waits until they are gone; ones that are not there are passed over. Rejects, with
 * nothing deleted, if one is no volume of a tier of nodeType Stream, if a pod uses it, or if such a tier is still there.
 */
export async function removeVolumes(inputs: VolumesInputs, api: VolumeApi = volumeApi): Promise<void> {
  const { scope, names } = inputs;
  const reading = await readVolumes(scope, api);
  const refused = refusal(scope, names, reading);
  if (refused !== null) {
    throw new Error(`no volume was deleted: ${refused}; correct retire.volumes, or remove what uses them`);
  }
  const there = reading.volumes.filter(({ name }) => names.includes(name));
  await settleAll(there.filter(({ terminating }) => !terminating).map(({ name }) => api.remove(scope, name)));
  const until = Date.now() + goneMilliseconds;
  for (;;) {
    const left = await leftOf(inputs, api);
    if (left.length === 0) return;
    if (Date.now() > until) {
      throw new Error(
        `${some(left, "volumes")} still there ${goneMilliseconds / 1000} s after being deleted; see what holds them ` +
          `(kubectl describe pvc), then run pulumi up again`,
      );
    }
    await sleep(pollMilliseconds);
  }
}

/** Named claims that are still there. Never rejects: where it cannot be read none is listed. */
export async function volumesLeft(inputs: VolumesInputs, api: VolumeApi = volumeApi): Promise<string[]> {
  return leftOf(inputs, api).catch(() => []);
}

async function leftOf({ scope, names }: VolumesInputs, api: VolumeApi): Promise<string[]> {
  const claims = await api.claims(scope);
  return claims.map(({ name }) => name).filter((name) => names.includes(name));
}

/** The real Kubernetes; errors name the namespace and the API server. */
export const volumeApi: VolumeApi = {
  claims: (scope) =>
    told(scope, "list the PersistentVolumeClaims", async ({ core }, namespace) =>
      (await core.listNamespacedPersistentVolumeClaim({ namespace })).items.map(({ metadata }) => ({
        name: metadata?.name ?? "",
        terminating: metadata?.deletionTimestamp !== undefined,
      })),
    ),
  pods: (scope) =>
    told(scope, "list the pods", async ({ core }, namespace) =>
      (await core.listNamespacedPod({ namespace })).items
        .filter(({ status }) => status?.phase !== "Failed" && status?.phase !== "Succeeded")
        .map(({ metadata, spec }) => ({
          name: metadata?.name ?? "",
          claims: (spec?.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []),
        })),
    ),
  exists: async (scope, tier) => (await tierApi.state(workloadOf(scope, tier))) !== null,
  remove: (scope, name) =>
    told(scope, `delete PersistentVolumeClaim ${name}`, async ({ core }, namespace) => {
      try {
        await core.deleteNamespacedPersistentVolumeClaim({ name, namespace });
      } catch (error) {
        if (apiCode(error) !== 404) throw error;
      }
    }),
};

async function told<T>(
  { release }: PegaScope,
  doing: string,
  act: (api: Awaited<ReturnType<typeof clients>>, namespace: string) => Promise<T>,
): Promise<T> {
  const api = await clients(release.kubernetes);
  const { namespace } = release.kubernetes;
  try {
    return await act(api, namespace);
  } catch (error) {
    throw new Error(`could not ${doing} in namespace ${namespace} at ${api.server}: ${apiMessage(error)}`);
  }
}
