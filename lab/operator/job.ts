import { mergePatch, orNull, type AnyObject } from "../kubernetes.ts";
import { programLabel } from "../../runtime/model/program-labels.ts";
import { splitKey, type Context } from "./context.ts";
import { createPod, deletePod, ownerOf, podsIn } from "./owned-pods.ts";
import { describe, log, type Again } from "./queue.ts";

/** On each pod: `<name>/<uid>` of its Job. */
export const jobAnnotation = "kafka-migration.lab/job";

/** Makes the one pod of a Job of this migration's programs, and says when it has ended; a Job is not tried again. */
export class JobController {
  readonly #context: Context;
  enqueue: (key: string) => void = () => undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  async reconcile(key: string): Promise<Again> {
    const { api } = this.#context;
    const { namespace, name } = splitKey(key);
    const job = (await orNull(api.batch.readNamespacedJob({ namespace, name }))) as AnyObject | null;
    const uid = job?.metadata?.uid ?? "";
    const named = (await podsIn(api, namespace)).filter((pod) => ownerOf(pod, jobAnnotation)?.name === name);
    for (const stray of named.filter((pod) => ownerOf(pod, jobAnnotation)?.uid !== uid)) await deletePod(api, stray);
    if (!job || job.metadata?.labels?.[programLabel] === undefined || isOver(job)) return undefined;
    const [pod] = named.filter((each) => ownerOf(each, jobAnnotation)?.uid === uid);
    if (pod === undefined) {
      await createPod(api, job["spec"].template as AnyObject, {
        ...{ namespace, name: `${name}-pod`, labels: {}, annotations: { [jobAnnotation]: `${name}/${uid}` } },
        owner: { apiVersion: "batch/v1", kind: "Job", name, uid },
      });
      return undefined;
    }
    const phase = pod["status"]?.phase as string | undefined;
    if (phase === "Succeeded" || phase === "Failed") await this.#report(job, phase);
    return undefined;
  }

  async #report(job: AnyObject, phase: "Succeeded" | "Failed"): Promise<void> {
    const { namespace = "", name = "", creationTimestamp } = job.metadata ?? {};
    const startTime = new Date(creationTimestamp ?? Date.now()).toISOString().replace(/\.\d+/, "");
    const now = new Date().toISOString().replace(/\.\d+/, "");
    const types = phase === "Succeeded" ? ["SuccessCriteriaMet", "Complete"] : ["FailureTarget", "Failed"];
    const conditions = types.map((type) => ({ type, status: "True", lastTransitionTime: now, lastProbeTime: now }));
    const ended = phase === "Succeeded" ? { succeeded: 1, completionTime: now } : { failed: 1 };
    const status = { startTime, ready: 0, terminating: 0, uncountedTerminatedPods: {}, conditions, ...ended };
    try {
      await orNull(this.#context.api.batch.patchNamespacedJobStatus({ namespace, name, body: { status } }, mergePatch));
    } catch (problem) {
      // Nothing of the lab reads it; the pods say the same.
      log(`Job ${namespace}/${name}: its status was refused: ${describe(problem)}`);
    }
  }
}

const isOver = (job: AnyObject): boolean =>
  ((job["status"]?.conditions ?? []) as { type: string; status: string }[]).some(
    ({ type, status }) => (type === "Complete" || type === "Failed") && status === "True",
  );
