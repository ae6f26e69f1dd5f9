/** Waiting until pods are gone. */
import { setTimeout as sleep } from "node:timers/promises";
import type { NoPodsInputs } from "../model/inputs.ts";
import { apiMessage, clients } from "./kubernetes.ts";

const pollMilliseconds = 500;

/** Names of the pods that there are, those that are ending too. Rejects with a sentence if they cannot be listed. */
export async function podsLeft({ kubernetes, labels }: Pick<NoPodsInputs, "kubernetes" | "labels">): Promise<string[]> {
  const { core, server } = await clients(kubernetes);
  const { namespace } = kubernetes;
  const labelSelector = Object.entries(labels)
    .map(([label, value]) => `${label}=${value}`)
    .join(",");
  try {
    const { items } = await core.listNamespacedPod({ namespace, labelSelector });
    return items.map(({ metadata }) => metadata?.name ?? "");
  } catch (error) {
    throw new Error(`could not list the pods of namespace ${namespace} at ${server}: ${apiMessage(error)}`);
  }
}

/** Waits until no pod with the labels is left. Rejects with the pods that are after `seconds`. */
export async function awaitNoPods(inputs: NoPodsInputs): Promise<void> {
  const until = Date.now() + inputs.seconds * 1000;
  for (;;) {
    const left = await podsLeft(inputs);
    if (left.length === 0) return;
    if (Date.now() > until) {
      throw new Error(
        `${inputs.what} has not ended after ${inputs.seconds} s: pod ${left.join(", ")} in namespace ` +
          `${inputs.kubernetes.namespace}; delete it, then run pulumi up again`,
      );
    }
    await sleep(pollMilliseconds);
  }
}
