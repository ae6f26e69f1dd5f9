/** How a switch reads, stops and starts workloads, whatever their kind. */
import type { WorkloadRef } from "./scope.ts";
import type { PodState, WorkloadState } from "./workload-state.ts";
import type { KubernetesWorkloadRef } from "./workloads.ts";

/** What the fence asks of Kubernetes and Connect; tests put their own in its place. */
export interface WorkloadApi<Ref extends WorkloadRef = WorkloadRef> {
  /** Null if there is no such workload. */
  read(workload: Ref): Promise<WorkloadState | null>;
  /** Pods, Jobs of a CronJob and a connector with tasks that have not ended, terminating ones included. */
  pods(workload: Ref, state: WorkloadState): Promise<PodState[]>;
  /** Writes what it was before it is stopped, or forgets it. */
  setFormer(workload: Ref, former: number | null): Promise<void>;
  scale(workload: Ref, replicas: number): Promise<void>;
  /** Tries to stop a workload that runs; changes nothing. Rejects with what would be refused. */
  rehearseStop(workload: Ref, state: WorkloadState): Promise<void>;
  /**
   * Says when it is worth looking at the workloads and their pods again. Never rejects. @default every look is worth it
   */
  changes?(workloads: readonly Ref[]): Promise<Changes>;
  /** What else scales the workloads. Never rejects: what could not be looked up is among the answer. */
  scalers(workloads: readonly Ref[]): Promise<ScalerReading>;
  /**
   * Who would put back what a move changes of the workloads, and local state that must not come along. Never rejects:
   * what could not be looked up is among the answer.
   */
  owners(workloads: readonly Ref[]): Promise<OwnerReading>;
}

export interface Changes {
  /** Whether something may have changed since it last said so. */
  due(): boolean;
  close(): void;
}

/** One HorizontalPodAutoscaler, or one ScaledObject of KEDA, that scales a workload of the migration. */
export interface Scaler {
  readonly kind: "HorizontalPodAutoscaler" | "ScaledObject";
  readonly name: string;
  readonly workload: KubernetesWorkloadRef;
  /** Whether it leaves a workload alone that is at 0 replicas. */
  readonly rests: boolean;
  /** Addresses of brokers by whose lag it scales, where it names them itself. @default none */
  readonly brokers?: readonly string[];
}

/** Sentences about what stands in the way of a move: owners that keep objects as they are, and state on volumes. */
export interface OwnerReading {
  /** Owners that would put back what is changed and volumes whose state would come along, each with what to do. */
  readonly refused: readonly string[];
  readonly notes: readonly string[];
}

export interface ScalerReading {
  readonly found: readonly Scaler[];
  /** What could not be looked up, each with the reason. */
  readonly unread: readonly string[];
}
