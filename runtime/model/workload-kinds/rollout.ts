/** Rollouts of Argo Rollouts: stopped by their replicas, started once their newest template is the stable one. */
import type { V1LabelSelector } from "@kubernetes/client-node";
import { plainPace, type Pace } from "../pace.ts";
import {
  formerOf,
  formerPatch,
  podsByLabel,
  scaleByHand,
  selectorText,
  type Kind,
  type KindClients,
  type Place,
} from "./kind.ts";

const resource = { group: "argoproj.io", version: "v1alpha1", plural: "rollouts" };

/** At 0 replicas there is no pod to wait for: a controller that runs answers within seconds. */
const promotionSeconds = 60;

/** The fields of `argoproj.io/v1alpha1` that are read here. */
export interface RolloutObject {
  readonly metadata?: { readonly generation?: number; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: {
    readonly replicas?: number;
    readonly paused?: boolean;
    readonly selector?: V1LabelSelector;
    readonly workloadRef?: { readonly kind?: string; readonly name?: string };
  };
  readonly status?: {
    /** The generation as a text. */
    readonly observedGeneration?: string;
    readonly phase?: string;
    readonly message?: string;
    readonly selector?: string;
    readonly stableRS?: string;
    readonly currentPodHash?: string;
    readonly promoteFull?: boolean;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
  };
}

export const rollout: Kind = {
  apiVersion: "argoproj.io/v1alpha1",
  plural: "rollouts",
  scalable: true,
  runsAtTimes: false,
  stoppedBy: ["spec", "replicas"],
  template: ["spec", "template"],
  async read(api, at) {
    const found = await get(api, at);
    const { metadata, spec, status = {} } = found;
    const replicas = spec?.replicas ?? 1;
    const former = formerOf(metadata?.annotations);
    return {
      replicas,
      former,
      keepsPods: true,
      settled:
        isObserved(found) &&
        isPromoted(found) &&
        status.phase === "Healthy" &&
        [status.replicas, status.updatedReplicas, status.availableReplicas].every((count = 0) => count === replicas),
      stuck: isObserved(found) && status.phase === "Degraded" ? `Degraded: ${status.message ?? "no message"}` : null,
      obstacle: refused(found, at) ?? (former === null ? unfinished(found, at) : null),
      podsBy: spec?.selector ? selectorText(spec.selector) : (status.selector ?? ""),
    };
  },
  pods: podsByLabel,
  async setFormer({ custom, mergePatch }, at, former) {
    await custom.patchNamespacedCustomObject({ ...resource, ...at, body: formerPatch(former) }, mergePatch);
  },
  async scale(api, at, replicas) {
    if (replicas > 0) await promote(api, at);
    const body = { spec: { replicas } };
    await api.custom.patchNamespacedCustomObjectScale({ ...resource, ...at, body }, api.mergePatch);
  },
  startByHand: (name, former) => scaleByHand(`rollouts.argoproj.io/${name}`, former),
};

const get = async ({ object }: KindClients, at: Place): Promise<RolloutObject> =>
  (await object(resource, at)) as RolloutObject;

const isObserved = ({ metadata, status }: RolloutObject): boolean =>
  status?.observedGeneration === String(metadata?.generation);

const isPromoted = ({ status }: RolloutObject): boolean =>
  status?.currentPodHash !== undefined && status.stableRS === status.currentPodHash;

/**
 * Makes the newest template the stable one while there are no pods. A Rollout that is scaled up before starts pods of
 * the template it had before it was stopped, with the old address in it. Steps that pause or analyse are skipped: they
 * judge traffic, and at 0 replicas there is none.
 */
export async function promote(api: KindClients, at: Place, pace: Pace = plainPace): Promise<void> {
  const until = pace.now() + promotionSeconds * 1000;
  for (;;) {
    const found = await get(api, at);
    const observed = isObserved(found);
    if (observed && isPromoted(found)) return;
    if (pace.now() > until) {
      const why = observed
        ? "its controller has not promoted the newest template"
        : "its controller has not processed the newest change (status.observedGeneration is behind)";
      throw new Error(
        `${why} after ${promotionSeconds} s, and pods would start from the older one; see whether Argo Rollouts runs, ` +
          `and what kubectl argo rollouts get rollout ${at.name} -n ${at.namespace} shows`,
      );
    }
    if (observed && found.status?.promoteFull !== true) {
      const body = { status: { promoteFull: true } };
      await api.custom.patchNamespacedCustomObjectStatus({ ...resource, ...at, body }, api.mergePatch);
    }
    await pace.pause(500);
  }
}

/** What keeps its pods from following its replicas, at whatever time. */
function refused({ spec }: RolloutObject, at: Place): string | null {
  const title = `Rollout ${at.namespace}/${at.name}`;
  if (spec?.workloadRef) {
    const { kind = "Deployment", name = "" } = spec.workloadRef;
    return (
      `${title} takes its pod template from ${kind} ${name} (spec.workloadRef), which can run pods of its own; ` +
      "move the template into the Rollout, or name the workload as external"
    );
  }
  if (spec?.paused === true)
    return `${title} has spec.paused true, so its pods do not follow its replicas; set it to false`;
  return null;
}

/** Why it is between two templates: Argo Rollouts then keeps pods that its replicas do not count. */
function unfinished(found: RolloutObject, at: Place): string | null {
  const title = `Rollout ${at.namespace}/${at.name}`;
  const { phase = "none", message } = found.status ?? {};
  if (!isObserved(found)) {
    return (
      `the controller of ${title} has not processed its newest change (status.observedGeneration is behind); ` +
      "wait until it has, or see whether Argo Rollouts runs"
    );
  }
  if (phase === "Healthy" && isPromoted(found)) return null;
  return (
    `${title} has phase ${phase}${message ? ` (${message})` : ""}, allowed is Healthy with its newest template ` +
    `promoted; finish the rollout, or undo it: kubectl argo rollouts get rollout ${at.name} -n ${at.namespace}`
  );
}
