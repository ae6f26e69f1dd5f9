/** Deployments: stopped by their replicas. */
import type { V1Deployment } from "@kubernetes/client-node";
import {
  formerOf,
  formerPatch,
  podsByLabel,
  scaleByHand,
  selectorText,
  settledAt,
  type Kind,
  type Place,
} from "./kind.ts";

const resource = { group: "apps", version: "v1", plural: "deployments" };

export const deployment: Kind = {
  apiVersion: "apps/v1",
  plural: "deployments",
  scalable: true,
  runsAtTimes: false,
  stoppedBy: ["spec", "replicas"],
  template: ["spec", "template"],
  async read({ object }, at) {
    const found = (await object(resource, at)) as V1Deployment;
    const { metadata, spec, status } = found;
    const replicas = spec?.replicas ?? 1;
    const progressing = status?.conditions?.find(({ type }) => type === "Progressing");
    return {
      replicas,
      former: formerOf(metadata?.annotations),
      keepsPods: true,
      settled: settledAt(metadata?.generation, status, replicas),
      stuck:
        progressing?.status === "False"
          ? `${progressing.reason ?? "no progress"}: ${progressing.message ?? ""}`
          : isBehind(found, replicas)
            ? `spec.paused is true, and its pods have an older template: run ${resume(at)}`
            : null,
      // Its controller makes no pods of a changed template, but follows its replicas with the older one.
      obstacle:
        spec?.paused === true
          ? `Deployment ${at.namespace}/${at.name} has spec.paused true, so its pods would come back with an older ` +
            `template and the address in it; run ${resume(at)}`
          : null,
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

const resume = ({ name, namespace }: Place): string => `kubectl rollout resume deployment/${name} -n ${namespace}`;

/** Whether it is paused, and all its pods are there, of an older template: no time would change that. */
const isBehind = ({ metadata, spec, status }: V1Deployment, replicas: number): boolean =>
  spec?.paused === true &&
  (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0) &&
  (status?.replicas ?? 0) === replicas &&
  (status?.updatedReplicas ?? 0) < replicas;
