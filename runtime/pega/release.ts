/** A Helm release as Helm itself remembers it: the Secrets `sh.helm.release.v1.<name>.v<revision>`. */
import type { V1Secret } from "@kubernetes/client-node";
import { setHeaderOptions } from "@kubernetes/client-node/dist/middleware.js";
import { apiMessage, clients } from "../kubernetes/kubernetes.ts";
import type { ReleaseRef } from "../model/pega.ts";
import { settleAll } from "../model/settle-all.ts";
import type { ReleaseRevision } from "./release-revision.ts";
import { decodeRelease } from "./release-text.ts";

/**
 * What runs: the newest revision that was deployed whole, which is also what Helm compares an upgrade with; the newest
 * of all where none ever was.
 */
export interface RunningRelease extends ReleaseRevision {
  /** The newest revision of all; another one than `revision` while an upgrade is under way, was killed or has failed. */
  readonly newest: Pick<ReleaseRevision, "revision" | "status" | "deployedAt" | "description">;
  /** Why the release is not at rest, as a sentence with the remedy; null if it is. */
  readonly problem: string | null;
}

/** What reading a release asks of Kubernetes; tests put their own in its place. */
export interface ReleaseApi {
  /** `data.release` of every Secret of the release, as the API server gives it (base64). */
  secrets(ref: ReleaseRef): Promise<readonly { readonly name: string; readonly release: string }[]>;
}

/** Reads what runs; null if there is no such release. Rejects with a sentence if it cannot be read. */
export async function readRelease(ref: ReleaseRef, api: ReleaseApi = releaseApi): Promise<RunningRelease | null> {
  return runningOf(ref, await readHistory(ref, api));
}

/** All revisions that Helm keeps, oldest first; empty if there is no such release. Rejects as `readRelease`. */
export async function readHistory(ref: ReleaseRef, api: ReleaseApi = releaseApi): Promise<readonly ReleaseRevision[]> {
  const secrets = await api.secrets(ref);
  return secrets.map(({ name, release }) => decodeRelease(name, release)).sort((a, b) => a.revision - b.revision);
}

/** What of a history runs. Pure; the history is in order. */
export function runningOf(ref: ReleaseRef, history: readonly ReleaseRevision[]): RunningRelease | null {
  const newest = history.at(-1);
  if (newest === undefined) return null;
  const running = history.findLast(({ status }) => status === "deployed") ?? newest;
  const { revision, status, deployedAt, description } = newest;
  return {
    ...running,
    newest: { revision, status, deployedAt, description },
    problem: problemOf(ref, newest, running),
  };
}

function problemOf(ref: ReleaseRef, newest: ReleaseRevision, running: ReleaseRevision): string | null {
  const { namespace, context } = ref.kubernetes;
  const where = `release ${namespace}/${ref.name}`;
  const found = `${where} is ${newest.status} in revision ${newest.revision} since ${newest.deployedAt}`;
  const kubeContext = context === undefined ? "" : ` --kube-context ${context}`;
  const helm = (command: string) => `helm${kubeContext} -n ${namespace} ${command}`;
  switch (newest.status) {
    case "deployed":
      return null;
    case "failed": {
      const why = newest.description === "" ? "" : ` (${newest.description})`;
      return running === newest
        ? `${found}${why} and was never deployed whole; fix the cause, then install it by Helm until it is deployed`
        : `${found}${why}; Helm compares the next upgrade with revision ${running.revision}, which was deployed last: ` +
            `fix the cause, then run pulumi up again`;
    }
    case "pending-install":
    case "pending-upgrade":
    case "pending-rollback":
      return running === newest
        ? `${found}: wait if it is still under way; if it was killed, remove it by ` +
            `${helm(`uninstall ${ref.name}`)} and install it again`
        : `${found}: wait if it is still under way; if it was killed, Helm refuses every upgrade until it is undone by ` +
            `${helm(`rollback ${ref.name} ${running.revision}`)}`;
    case "uninstalling":
    case "uninstalled":
      return `${found}; there is nothing to take over: install it by Helm first`;
    case "superseded":
    case "unknown":
      return `${found} and none is deployed; look at ${helm(`history ${ref.name}`)}`;
  }
}

/** Asks for the metadata of a list's objects only. */
const metadataOnly = () =>
  setHeaderOptions("Accept", "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io");

/** `data.release` by the Secret's uid and version: a gate reads the history again and again, and it is large. */
const known = new Map<string, string>();

/** The real Kubernetes. */
export const releaseApi: ReleaseApi = {
  async secrets(ref) {
    const { core, server } = await clients(ref.kubernetes);
    const { namespace } = ref.kubernetes;
    const read = async ({ metadata }: V1Secret) => {
      const name = metadata?.name ?? "";
      const key = `${metadata?.uid}/${metadata?.resourceVersion}`;
      const found = known.get(key) ?? (await core.readNamespacedSecret({ name, namespace })).data?.["release"] ?? "";
      known.set(key, found);
      return { name, release: found };
    };
    try {
      const labelSelector = `owner=helm,name=${ref.name}`;
      const { items } = await core.listNamespacedSecret({ namespace, labelSelector }, metadataOnly());
      return await settleAll(items.map(read));
    } catch (error) {
      throw new Error(
        `could not read Helm's Secrets of release ${namespace}/${ref.name} at ${server}: ${apiMessage(error)}`,
      );
    }
  },
};
