/** StatefulSets: stopped by their replicas. */
import type { V1StatefulSet } from "@kubernetes/client-node";
import { formerOf, formerPatch, podsByLabel, scaleByHand, selectorText, settledAt, type Kind } from "./kind.ts";

const resource = { group: "apps", version: "v1", plural: "statefulsets" };

export const statefulSet: Kind = {
  apiVersion: "apps/v1",
  plural: "statefulsets",
  scalable: true,
  runsAtTimes: false,
  stoppedBy: ["spec", "replicas"],
  template: ["spec", "template"],
  async read({ object }, at) {
    const { metadata, spec, status } = (await object(resource, at)) as V1StatefulSet;
    const replicas = spec?.replicas ?? 1;
    const { partition = 0 } = spec?.updateStrategy?.rollingUpdate ?? {};
    return {
      replicas,
      former: formerOf(metadata?.annotations),
      keepsPods: true,
      // `updatedReplicas` counts pods of `updateRevision`, which the controller sets when it has seen the newest spec.
      settled: settledAt(metadata?.generation, status, replicas),
      stuck: null,
      // Kubernetes makes such pods again from the older template, even after a time at 0 replicas.
      obstacle:
        partition > 0
          ? `StatefulSet ${at.namespace}/${at.name} has updateStrategy.rollingUpdate.partition ${partition}, so its ` +
            `pods below that number would come back with an older template and the address in it; set it to 0`
          : null,
      podsBy: selectorText(spec?.selector ?? {}),
    };
  },
  pods: podsByLabel,
  async setFormer({ apps, mergePatch }, at, former) {
    await apps.patchNamespacedStatefulSet({ ...at, body: formerPatch(former) }, mergePatch);
  },
  async scale({ apps, mergePatch }, at, replicas) {
    await apps.patchNamespacedStatefulSetScale({ ...at, body: { spec: { replicas } } }, mergePatch);
  },
  startByHand: (name, former) => scaleByHand(`statefulset/${name}`, former),
};
