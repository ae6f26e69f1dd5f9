/** What a switch knows of a workload, whatever its kind. */

export interface WorkloadState {
  /**
   * Replicas that its spec asks for; of a CronJob 1 while it makes Jobs and 0 while it is suspended, of a connector 1
   * unless it is STOPPED.
   */
  readonly replicas: number;
  /** The replicas that its annotation remembers; null if the workload is not fenced. */
  readonly former: number | null;
  /** Whether its pods stay, so that they can be waited for; those of a CronJob come and go. */
  readonly keepsPods: boolean;
  /**
   * Present where its state shows only some time after it was asked for: whoever stops or starts it asks again, which
   * changes nothing.
   */
  readonly tellsLate?: true;
  /** True once its status speaks of its newest spec and every replica runs it and is available. */
  readonly settled: boolean;
  /** Why it cannot make progress, as its own condition says, or null. */
  readonly stuck: string | null;
  /** Why it must not be stopped as it is, as a sentence with the remedy, or null. */
  readonly obstacle: string | null;
  /** What its pods are found by: a label selector, or the uid of a CronJob. */
  readonly podsBy: string;
}

export interface PodState {
  /** As a sentence names it: `pod web-0`, `job report-29 with pod report-29-x7k2p`, `connector sink with 2 tasks`. */
  readonly title: string;
  /** What keeps running: a Job is waited for and never ended, a connector is stopped by Connect. */
  readonly of: "pod" | "job" | "connector";
  readonly terminating: boolean;
  readonly ready: boolean;
  /** Why a container does not run, for example `CrashLoopBackOff: back-off 10s restarting`; null if none is stuck. */
  readonly stuck: string | null;
}
