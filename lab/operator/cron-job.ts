import { orNull, type AnyObject } from "../kubernetes.ts";
import { programLabel } from "../../runtime/model/program-labels.ts";
import { splitKey, type Context } from "./context.ts";
import { jobAnnotation } from "./job.ts";
import { ownerOf, podsIn } from "./owned-pods.ts";
import type { Again } from "./queue.ts";

const minute = 60_000;

/** Makes a Job whenever the schedule of a CronJob of this migration's programs says so: every minute, or every so many. */
export class CronJobController {
  readonly #context: Context;
  enqueue: (key: string) => void = () => undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  async reconcile(key: string): Promise<Again> {
    const { api } = this.#context;
    const { namespace, name } = splitKey(key);
    const cronJob = (await orNull(api.batch.readNamespacedCronJob({ namespace, name }))) as AnyObject | null;
    const uid = cronJob?.metadata?.uid ?? "";
    const all = (await api.batch.listNamespacedJob({ namespace, labelSelector: programLabel })).items as AnyObject[];
    const named = all.filter((job) => ownerOfJob(job)?.name === name);
    for (const stray of named.filter((job) => ownerOfJob(job)?.uid !== uid)) await this.#remove(stray);
    if (!cronJob || cronJob.metadata?.labels?.[programLabel] === undefined) return undefined;
    const own = named
      .filter((job) => ownerOfJob(job)?.uid === uid)
      .sort((a, b) => timeOf(b.metadata?.name) - timeOf(a.metadata?.name));
    const every = everyMinutes(cronJob["spec"].schedule as string) * minute;
    const due = Math.floor(Date.now() / every) * every;
    const created = new Date(cronJob.metadata?.creationTimestamp ?? 0).getTime();
    if (cronJob["spec"].suspend !== true && due >= created && timeOf(own[0]?.metadata?.name) < due / minute) {
      if (cronJob["spec"].concurrencyPolicy === "Replace") {
        for (const job of await this.#unended(namespace, own)) await this.#remove(job);
      }
      await this.#create(cronJob, due / minute);
    }
    const kept = Number(cronJob["spec"].successfulJobsHistoryLimit ?? 3) + 1;
    for (const old of own.slice(kept)) await this.#remove(old);
    return due + every - Date.now() + 50;
  }

  async #create(cronJob: AnyObject, at: number): Promise<void> {
    const { namespace = "", name = "", uid = "" } = cronJob.metadata ?? {};
    const { metadata, spec } = cronJob["spec"].jobTemplate as AnyObject;
    await this.#context.api.batch.createNamespacedJob({
      namespace,
      body: {
        metadata: {
          ...metadata,
          name: `${name}-${at}`,
          ownerReferences: [
            { apiVersion: "batch/v1", kind: "CronJob", name, uid, controller: true, blockOwnerDeletion: true },
          ],
        },
        spec,
      },
    });
  }

  /** Those with a pod that runs. */
  async #unended(namespace: string, jobs: readonly AnyObject[]): Promise<AnyObject[]> {
    const pods = await podsIn(this.#context.api, namespace);
    const running = new Set(
      pods
        .filter((pod) => !["Succeeded", "Failed"].includes(pod["status"]?.phase as string))
        .map((pod) => ownerOf(pod, jobAnnotation)?.name),
    );
    return jobs.filter(({ metadata }) => running.has(metadata?.name));
  }

  /** Its pod is ended by the Job's controller, which finds no Job any more. */
  async #remove(job: AnyObject): Promise<void> {
    const { namespace = "", name = "" } = job.metadata ?? {};
    const propagationPolicy = "Background";
    await orNull(this.#context.api.batch.deleteNamespacedJob({ namespace, name, propagationPolicy }));
  }
}

const ownerOfJob = (job: AnyObject) => job.metadata?.ownerReferences?.find(({ kind }) => kind === "CronJob");

/** Minutes since 1970, which end a Job's name; 0 where there is none. */
const timeOf = (name: string | undefined): number => Number(/-(\d+)$/.exec(name ?? "")?.[1] ?? 0);

/** Of a schedule of every so many minutes; the lab knows no other. */
function everyMinutes(schedule: string): number {
  const found = /^\*\/(\d+) \* \* \* \*$/.exec(schedule);
  if (!found) throw new Error(`the lab has no CronJobs with the schedule ${schedule}`);
  return Number(found[1]);
}
