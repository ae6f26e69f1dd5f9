/** Deployments: stopped by their replicas. */
import type { V1Deployment } from "@kubernetes/client-node";
import { formerOf, formerPatch, podsByLabel, scaleByHand, selectorText, settledAt, type Kind } from "./kind.ts";

const resource = { group: "apps", version: "v1", plural: "deployments" };

export const deployment: Kind = {
  apiVersion: "apps/v1",
  plural: "deployments",
  scalable: true,
  template: ["spec", "template"],
  async read({ object }, at) {
    const { metadata, spec, status } = (await object(resource, at)) as V1Deployment;
    const replicas = spec?.replicas ?? 1;
    const progressing = status?.conditions?.find(({ type }) => type === "Progressing");
    return {
      replicas,
      former: formerOf(metadata?.annotations),
      keepsPods: true,
      settled: settledAt(metadata?.generation, status, replicas),
      stuck:
        progressing?.status === "False" ? `${progressing.reason ?? "no progress"}: ${progressing.message ?? ""}` : null,
      obstacle: null,
      podsBy: selectorText(spec?.selector ?? {}),
    };
  },
  pods: podsByLabel,
  async setFormer({ apps, mergePatch }, at, former) {
    await apps.patchNamespacedDeployment({ ...at, body: formerPatch(former) }, mergePatch);
  },
  async scale({ apps, mergePatch }, at, replicas) {
    await apps.patchNamespacedDeploymentScale({ ...at, body: { spec: { replicas } } }, mergePatch);
  },
  startByHand: (name, former) => scaleByHand(`deployment/${name}`, former),
};
