/** The kinds of Kubernetes objects that move. A new kind is its file beside this one and a line here. */
import { cronJob } from "./cron-job.ts";
import { deployment } from "./deployment.ts";
import type { Kind } from "./kind.ts";
import { rollout } from "./rollout.ts";
import { statefulSet } from "./stateful-set.ts";

export const workloadKinds = {
  Deployment: deployment,
  StatefulSet: statefulSet,
  CronJob: cronJob,
  Rollout: rollout,
} as const satisfies Record<string, Kind>;

export type WorkloadKind = keyof typeof workloadKinds;

/** Whether a workload, of whatever kind, is of one that has pods at times only. */
export const runsAtTimes = (kind: string): boolean =>
  Object.hasOwn(workloadKinds, kind) && workloadKinds[kind as WorkloadKind].runsAtTimes;

/** In the order of the table; the first is what a config means that names none. */
export const workloadKindNames = Object.keys(workloadKinds) as readonly WorkloadKind[] as readonly [
  "Deployment",
  ...WorkloadKind[],
];
