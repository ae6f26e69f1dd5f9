/** Kubernetes by reference: API clients, Secrets read at run time, errors as sentences. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type {
  AppsV1Api,
  AuthorizationV1Api,
  AutoscalingV2Api,
  BatchV1Api,
  CoordinationV1Api,
  CoreV1Api,
  CustomObjectsApi,
} from "@kubernetes/client-node";
// These three files are small. The whole package is 900 modules, 0.7 s of CPU: `clients` loads it once it is used, since
// the program reads this file only on the way to what gates say.
import { ApiException } from "@kubernetes/client-node/dist/gen/apis/exception.js";
import { setHeaderOptions } from "@kubernetes/client-node/dist/middleware.js";
import { PatchStrategy } from "@kubernetes/client-node/dist/patch.js";
import { secretKeys, type Mechanism } from "../model/login.ts";
import { maskSecrets } from "../model/may-secret.ts";
import { kubernetesMilliseconds } from "../model/patience.ts";
import type { KubernetesRef, SecretRef } from "../model/sides.ts";
import { sharingConnections } from "../model/shared-connections.ts";
import { mayPass, sendInTurn, takeTurn } from "./turns.ts";

/** API clients of one Kubernetes API; `server` is its address, for error messages. */
export interface KubernetesClients {
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly batch: BatchV1Api;
  readonly authorization: AuthorizationV1Api;
  readonly autoscaling: AutoscalingV2Api;
  readonly custom: CustomObjectsApi;
  readonly coordination: CoordinationV1Api;
  readonly server: string;
  /** The answer to GET of a path, as JSON. Rejects as the other clients do. */
  get(path: string): Promise<unknown>;
  /**
   * Watches what is at a path from a version on, until the signal comes. Returns null once the server has taken it, else why
   * it has not.
   */
  watch(path: string, resourceVersion: string, told: Told): Promise<Untaken | null>;
}

export interface Told {
  onChange(): void;
  /**
   * The watch has ended: the client ends one that tells nothing for 30 s, the server each sooner or later. It does not say so
   * of one that it was told to end.
   */
  onEnd(): void;
  readonly signal: AbortSignal;
}

export interface Untaken {
  readonly error: Error;
  /** Whether it may be taken when it is asked for again. */
  readonly mayPass: boolean;
}

const known = new Map<string, KubernetesClients>();

/** A kubeconfig is read again after so long: its content changes when a token is renewed. */
const readAgainMilliseconds = 1_000;
const read = new Map<string, { readonly at: number; readonly found: Promise<KubernetesClients> }>();

/** Requests of a Lease wait for no turn, and fail in time for the next renewal. */
const leasePatience = 3_000;
/** A request is tried again for so many times the length of one. */
const repeats = 2;
/** The same while the server cannot be reached: a control plane of one node that starts again is away for a minute or more. */
const repeatsWhileAway = 8;

/**
 * The API clients of a Kubernetes by reference. Clients are shared while the kubeconfig's content stays the same. Their
 * requests take turns, and what is refused for now, breaks off or finds a server away is tried again for a while: see `turns.ts`. Rejects if the
 * kubeconfig cannot be read or lacks the context.
 */
export function clients(ref: KubernetesRef): Promise<KubernetesClients> {
  const { kubeconfig, context, requestSeconds } = ref;
  const key = JSON.stringify([kubeconfig ?? process.env["KUBECONFIG"], context, requestSeconds]);
  const before = read.get(key);
  if (before !== undefined && Date.now() - before.at < readAgainMilliseconds) return before.found;
  const found = clientsNow(ref);
  read.set(key, { at: Date.now(), found });
  return found;
}

async function clientsNow(ref: KubernetesRef): Promise<KubernetesClients> {
  const kubernetes = await import("@kubernetes/client-node");
  const config = sharingConnections(new kubernetes.KubeConfig());
  const file = ref.kubeconfig ?? "KUBECONFIG or ~/.kube/config";
  try {
    if (ref.kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromString(await readFile(ref.kubeconfig, "utf8"));
  } catch (error) {
    throw new Error(`could not read the kubeconfig ${file}: ${message(error)}`);
  }
  if (ref.context !== undefined) {
    const names = config.getContexts().map((context) => context.name);
    if (!names.includes(ref.context)) {
      throw new Error(
        `kubeconfig ${file}: context "${ref.context}" is not there; it has ${names.join(", ") || "none"}`,
      );
    }
    config.setCurrentContext(ref.context);
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new Error(`kubeconfig ${file}: context "${config.getCurrentContext()}" names no cluster that is in the file`);
  }
  const milliseconds = kubernetesMilliseconds(ref);
  const key = `${milliseconds} ${config.exportConfig()}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const baseServer = new kubernetes.ServerConfiguration(cluster.server, {});
  const patience = { request: milliseconds, all: repeats * milliseconds, away: repeatsWhileAway * milliseconds };
  const library = sendInTurn(cluster.server, patience, false);
  const hurried = sendInTurn(cluster.server, { ...patience, all: leasePatience, away: leasePatience }, true);
  const using = (sender: typeof library) =>
    kubernetes.createConfiguration({
      baseServer,
      authMethods: { default: config },
      httpApi: kubernetes.wrapHttpLibrary(sender),
    });
  const configuration = using(library);
  const made: KubernetesClients = {
    core: new kubernetes.CoreV1Api(configuration),
    apps: new kubernetes.AppsV1Api(configuration),
    batch: new kubernetes.BatchV1Api(configuration),
    authorization: new kubernetes.AuthorizationV1Api(configuration),
    autoscaling: new kubernetes.AutoscalingV2Api(configuration),
    custom: new kubernetes.CustomObjectsApi(configuration),
    coordination: new kubernetes.CoordinationV1Api(using(hurried)),
    server: cluster.server,
    get: async (path) => {
      const request = baseServer.makeRequestContext(path, kubernetes.HttpMethod.GET);
      await config.applySecurityAuthentication(request);
      const { httpStatusCode: status, headers, body } = await library.send(request);
      const text = await body.text();
      if (status < 200 || status > 299) throw new ApiException(status, "", text, headers);
      return JSON.parse(text);
    },
    watch: async (path, resourceVersion, { onChange, onEnd, signal }) => {
      await takeTurn(cluster.server);
      const watch = new kubernetes.Watch(config);
      let failed: Error | undefined;
      let open = false;
      const end = (error: unknown) => {
        failed = error instanceof Error ? error : new Error("the watch was ended");
        if (open && !signal.aborted) onEnd();
      };
      const onEvent = (type: string) => {
        // What is told of a watch itself: an expired version, say.
        if (type === "ERROR") end(new Error("the API server cannot go on telling"));
        else onChange();
      };
      const controller = await watch.watch(path, { resourceVersion }, onEvent, end);
      if (failed !== undefined) {
        controller.abort();
        const status = "statusCode" in failed ? Number(failed.statusCode) : null;
        return { error: failed, mayPass: mayPass(status, failed) };
      }
      open = true;
      if (signal.aborted) controller.abort();
      else signal.addEventListener("abort", () => controller.abort(), { once: true });
      return null;
    },
  };
  known.set(key, made);
  return made;
}

/** Who wrote a field, as `kubectl get --show-managed-fields` names it. */
export const fieldManager = "kafka-migration";

/** Options that make a patch call send a JSON merge patch. */
export const mergePatch = () => setHeaderOptions("Content-Type", PatchStrategy.MergePatch);

/** Options that make a patch call send a JSON patch. */
export const jsonPatch = () => setHeaderOptions("Content-Type", PatchStrategy.JsonPatch);

/** The keys of a Secret, decoded as UTF-8. Rejects with a sentence that names the Secret, never its content. */
export async function readSecret(ref: SecretRef): Promise<Record<string, string>> {
  if (ref.folder !== undefined) return mounted(ref, ref.folder);
  const { core, server } = await clients(ref.kubernetes);
  const where = `Secret ${ref.kubernetes.namespace}/${ref.name} at ${server}`;
  let data: Record<string, string> | undefined;
  try {
    data = (await core.readNamespacedSecret({ name: ref.name, namespace: ref.kubernetes.namespace })).data;
  } catch (error) {
    throw new SecretError(`could not read ${where}: ${apiMessage(error)}`);
  }
  return Object.fromEntries(
    Object.entries(data ?? {}).map(([name, value]) => [name, Buffer.from(value, "base64").toString("utf8")]),
  );
}

/** Keys that the pod's volume has; Kubernetes leaves out what does not exist. */
async function mounted({ kubernetes, name }: SecretRef, folder: string): Promise<Record<string, string>> {
  const keys = await readdir(folder).catch(() => []);
  if (keys.length === 0) {
    throw new SecretError(
      `Secret ${kubernetes.namespace}/${name} does not exist, or has none of the keys that are needed`,
    );
  }
  const texts = await Promise.all(keys.map(async (key) => [key, await readFile(join(folder, key), "utf8")] as const));
  return Object.fromEntries(texts);
}

/** A Secret that cannot be read or used; the message names it. */
export class SecretError extends Error {}

const basicAuthKeys = ["username", "password"] as const;

/** `username` and `password` of a Secret. Rejects if one of them is missing or empty. */
export const readBasicAuth = (ref: SecretRef): Promise<{ username: string; password: string }> =>
  readKeys(ref, basicAuthKeys);

/** What a user's Secret holds for its mechanism. Rejects if a key is missing or empty. */
export const readLogin = (ref: SecretRef, mechanism: Mechanism): Promise<Record<string, string>> =>
  readKeys(ref, secretKeys(mechanism));

/** Some keys of a Secret, and no other. Rejects if one of them is missing or empty. */
export async function readKeys<Key extends string>(ref: SecretRef, keys: readonly Key[]): Promise<Record<Key, string>> {
  const found = await readSecret(ref);
  const lacking = keys.filter((key) => !found[key]);
  if (lacking.length > 0) {
    const wanted: readonly string[] = keys;
    const others = Object.keys(found).filter((key) => !wanted.includes(key));
    throw new SecretError(
      `Secret ${ref.kubernetes.namespace}/${ref.name} has no ${lacking.join(" and ")} ` +
        `(its other keys: ${others.sort().join(", ") || "none"}); set ${keys.length === 2 ? "both" : "all"} keys`,
    );
  }
  return Object.fromEntries(keys.map((key) => [key, found[key]!])) as Record<Key, string>;
}

/** HTTP status of an API server's refusal, or null if the error is of another kind. */
export function apiCode(error: unknown): number | null {
  return error instanceof ApiException ? error.code : null;
}

/**
 * What went wrong in one line: the API server's own message where there is one, without headers. An admission webhook
 * may repeat what it refuses: what could be a secret in it is not shown.
 */
export function apiMessage(error: unknown): string {
  if (!(error instanceof ApiException)) return message(error);
  const body: unknown = error.body;
  const parsed = typeof body === "string" ? parse(body) : body;
  const text = typeof parsed === "object" && parsed !== null && "message" in parsed ? String(parsed.message) : "";
  return text === "" ? `HTTP status ${error.code}` : `${maskSecrets(text)} (HTTP status ${error.code})`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function message(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "no answer within the time for one request (requestSeconds)";
  // fetch says only "fetch failed"; the reason (ECONNREFUSED, …) is its cause.
  const cause = error.cause instanceof Error ? error.cause.message : "";
  return cause === "" ? error.message : `${error.message}: ${cause}`;
}
