/**
 * What a kind of Kubernetes object that moves has to say for itself. Its file loads no client, so that the config and
 * the components, which know kinds by their names and fields, do not load one either.
 */
import type {
  AppsV1Api,
  BatchV1Api,
  ConfigurationOptions,
  CustomObjectsApi,
  V1LabelSelector,
  V1Pod,
} from "@kubernetes/client-node";
import type { PodState, WorkloadState } from "../workload-state.ts";

export interface Place {
  readonly name: string;
  readonly namespace: string;
  /** `All` where a change is only tried: the API server and its webhooks say what they would, and nothing changes. */
  readonly dryRun?: "All";
}

/** Objects of one kind by the API server's paths; the core group is empty. */
export interface ListedKind {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

/** What the kinds call at the API server. */
export interface KindClients {
  /** One object, as JSON. Many that are asked for at the same time are read with one list. */
  object(kind: ListedKind, at: Place): Promise<unknown>;
  /** Objects whose labels a selector's text matches, as JSON; read together in the same way. */
  labelled(kind: ListedKind, namespace: string, selector: string): Promise<readonly unknown[]>;
  readonly apps: AppsV1Api;
  readonly batch: BatchV1Api;
  readonly custom: CustomObjectsApi;
  /** Options that make a patch call send a merge patch. */
  readonly mergePatch: ConfigurationOptions;
}

/** One kind of workload; errors are the client's own. */
export interface Kind {
  readonly apiVersion: string;
  /** As the API server's paths name it. */
  readonly plural: string;
  /** Whether it has replicas, which an autoscaler could raise again behind a switch. */
  readonly scalable: boolean;
  /** Whether it has pods at times only, as jobs do: that there are none, or that they write nothing, is then no fault. */
  readonly runsAtTimes: boolean;
  /** The fields that lead to what stops it. */
  readonly stoppedBy: readonly [string, ...string[]];
  /** The fields that lead to its pod template. */
  readonly template: readonly string[];
  read(api: KindClients, at: Place): Promise<WorkloadState>;
  pods(api: KindClients, at: Place, podsBy: string): Promise<PodState[]>;
  setFormer(api: KindClients, at: Place, former: number | null): Promise<void>;
  scale(api: KindClients, at: Place, replicas: number): Promise<void>;
  /** Arguments of the kubectl commands that start it by hand; `former` is null where it could not be read. */
  startByHand(name: string, former: number | null): string[];
}

/** Tries to stop an object as a move does, and changes nothing. Rejects as the API server would. */
export async function rehearseStop(kind: Kind, api: KindClients, at: Place, replicas: number): Promise<void> {
  const tried = { ...at, dryRun: "All" } as const;
  await kind.setFormer(api, tried, replicas);
  await kind.scale(api, tried, 0);
}

/** Replicas that a fenced workload had before; present as long as it is fenced. */
export const formerReplicas = "kafka-migration/former-replicas";

/** The commands for kinds that have replicas. */
export function scaleByHand(object: string, former: number | null): string[] {
  const replicas = former ?? `<the number in its annotation ${formerReplicas}>`;
  return [`scale ${object} --replicas=${replicas}`, `annotate ${object} ${formerReplicas}-`];
}

interface Observed {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly availableReplicas?: number;
}

/** Whether a status speaks of the newest spec, and every replica runs it and is available. */
export const settledAt = (generation: number | undefined, status: Observed | undefined, replicas: number): boolean =>
  (status?.observedGeneration ?? 0) >= (generation ?? 0) &&
  (status?.replicas ?? 0) === replicas &&
  (status?.updatedReplicas ?? 0) === replicas &&
  (status?.availableReplicas ?? 0) === replicas;

/** The replicas that an annotation remembers. */
export function formerOf(annotations: Readonly<Record<string, string>> | undefined): number | null {
  const former = annotations?.[formerReplicas];
  return former === undefined ? null : Number.parseInt(former, 10);
}

/** A merge patch that writes the annotation, or takes it away. */
export function formerPatch(former: number | null): object {
  return { metadata: { annotations: { [formerReplicas]: former === null ? null : String(former) } } };
}

/** Pods by label that have not ended. */
export async function podsByLabel(
  api: Pick<KindClients, "labelled">,
  { namespace }: Place,
  labelSelector: string,
): Promise<PodState[]> {
  const found = await podsIn(api, namespace, labelSelector);
  return found.filter(isLeft).map((pod) => podState(pod, `pod ${pod.metadata?.name ?? ""}`));
}

/** Pods by label, ended ones too. */
export async function podsIn(
  { labelled }: Pick<KindClients, "labelled">,
  namespace: string,
  labelSelector: string,
): Promise<readonly V1Pod[]> {
  const pods = { group: "", version: "v1", plural: "pods" };
  return (await labelled(pods, namespace, labelSelector)) as readonly V1Pod[];
}

/** False for evicted and completed pods, which stay listed until they are collected: they write nothing any more. */
export function isLeft({ status }: V1Pod): boolean {
  return status?.phase !== "Failed" && status?.phase !== "Succeeded";
}

export function selectorText({ matchLabels, matchExpressions }: V1LabelSelector): string {
  const labels = Object.entries(matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const expressions = (matchExpressions ?? []).map(({ key, operator, values }) => {
    if (operator === "Exists") return key;
    if (operator === "DoesNotExist") return `!${key}`;
    return `${key} ${operator === "NotIn" ? "notin" : "in"} (${(values ?? []).join(",")})`;
  });
  return [...labels, ...expressions].join(",");
}

const hopeless = new Set([
  "CrashLoopBackOff",
  "ImagePullBackOff",
  "ErrImagePull",
  "InvalidImageName",
  "CreateContainerConfigError",
]);

export function podState({ metadata, status }: V1Pod, title: string, of: PodState["of"] = "pod"): PodState {
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const waiting = containers.find(
    ({ state, restartCount }) =>
      hopeless.has(state?.waiting?.reason ?? "") &&
      // One crash can be an application that came up before something it needs.
      (state?.waiting?.reason !== "CrashLoopBackOff" || restartCount > 1),
  )?.state?.waiting;
  return {
    title,
    of,
    terminating: metadata?.deletionTimestamp !== undefined,
    ready: status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") ?? false,
    stuck: waiting ? [waiting.reason, waiting.message].filter(Boolean).join(": ") : null,
  };
}
