/**
 * The kinds of Kubernetes objects that move, as far as every layer knows them. A new kind is a row here and a file in
 * `runtime/workloads/kinds/` that stops and starts it; the type checker names every table that lacks it.
 */
interface WorkloadKindFacts {
  readonly apiVersion: string;
  /** As the API server's paths name it. */
  readonly plural: string;
  /** Whether it has replicas, which an autoscaler could raise again behind a switch. */
  readonly scalable: boolean;
  /** The fields that lead to its pod template. */
  readonly template: readonly string[];
}

export const workloadKinds = {
  Deployment: { apiVersion: "apps/v1", plural: "deployments", scalable: true, template: ["spec", "template"] },
  StatefulSet: { apiVersion: "apps/v1", plural: "statefulsets", scalable: true, template: ["spec", "template"] },
  CronJob: {
    apiVersion: "batch/v1",
    plural: "cronjobs",
    scalable: false,
    template: ["spec", "jobTemplate", "spec", "template"],
  },
  Rollout: { apiVersion: "argoproj.io/v1alpha1", plural: "rollouts", scalable: true, template: ["spec", "template"] },
} as const satisfies Record<string, WorkloadKindFacts>;

export type WorkloadKind = keyof typeof workloadKinds;

/** In the order of the table; the first is what a config means that names none. */
export const workloadKindNames = Object.keys(workloadKinds) as readonly WorkloadKind[] as readonly [
  "Deployment",
  ...WorkloadKind[],
];
