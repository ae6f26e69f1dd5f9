/** CronJobs: stopped by suspending them; Jobs that run are waited for and never ended. */
import type { V1CronJob, V1Job, V1Pod } from "@kubernetes/client-node";
import { type PodState } from "../workload-state.ts";
import { isLeft, podState, podsIn, type Kind } from "./kind.ts";

/** `spec.suspend` that a fenced CronJob had before; present as long as it is fenced. */
export const formerSuspend = "kafka-migration/former-suspend";
/** Set on every pod of a Job. */
const jobLabel = "job-name";

const cronJobs = { group: "batch", version: "v1", plural: "cronjobs" };
const batchJobs = { group: "batch", version: "v1", plural: "jobs" };

export const cronJob: Kind = {
  apiVersion: "batch/v1",
  plural: "cronjobs",
  scalable: false,
  runsAtTimes: true,
  stoppedBy: ["spec", "suspend"],
  template: ["spec", "jobTemplate", "spec", "template"],
  async read({ object }, at) {
    const { metadata, spec } = (await object(cronJobs, at)) as V1CronJob;
    const former = metadata?.annotations?.[formerSuspend];
    return {
      replicas: spec?.suspend === true ? 0 : 1,
      former: former === undefined ? null : former === "true" ? 0 : 1,
      keepsPods: false,
      settled: true,
      stuck: null,
      obstacle: null,
      podsBy: metadata?.uid ?? "",
    };
  },
  async pods(api, { namespace }, uid) {
    const found = (await api.labelled(batchJobs, namespace, "")) as readonly V1Job[];
    const jobs = found.filter(({ metadata }) => metadata?.ownerReferences?.some((owner) => owner.uid === uid));
    if (jobs.length === 0) return [];
    const names = jobs.map(({ metadata }) => metadata?.name ?? "");
    const labelSelector = `${jobLabel} in (${names.join(",")})`;
    const pods = (await podsIn(api, namespace, labelSelector)).filter(isLeft);
    return jobs.flatMap((job) =>
      left(
        job,
        pods.filter(({ metadata }) => metadata?.labels?.[jobLabel] === job.metadata?.name),
      ),
    );
  },
  async setFormer({ batch, mergePatch }, at, former) {
    const annotations = { [formerSuspend]: former === null ? null : String(former === 0) };
    await batch.patchNamespacedCronJob({ ...at, body: { metadata: { annotations } } }, mergePatch);
  },
  async scale({ batch, mergePatch }, at, replicas) {
    await batch.patchNamespacedCronJob({ ...at, body: { spec: { suspend: replicas === 0 } } }, mergePatch);
  },
  startByHand(name, former) {
    const suspend = former === null ? `<the value of its annotation ${formerSuspend}>` : former === 0;
    return [
      `patch cronjob/${name} --type merge -p '{"spec":{"suspend":${suspend}}}'`,
      `annotate cronjob/${name} ${formerSuspend}-`,
    ];
  },
};

/** What of a Job has not ended: its pods, or the Job itself while it has none. */
function left({ metadata, spec, status }: V1Job, pods: readonly V1Pod[]): PodState[] {
  const name = `job ${metadata?.name ?? ""}`;
  if (pods.length > 0) return pods.map((pod) => podState(pod, `${name} with pod ${pod.metadata?.name ?? ""}`, "job"));
  const ended = status?.conditions?.some(
    ({ type, status: is }) => (type === "Complete" || type === "Failed") && is === "True",
  );
  // A suspended Job has no pods and gets none until it is resumed.
  if (ended || spec?.suspend === true) return [];
  return [{ title: name, of: "job", terminating: false, ready: false, stuck: null }];
}
