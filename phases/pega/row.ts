/** The words of a phase table of Pega: a Helm release that changes from its embedded stream to an external Kafka. */
import type { TableRow } from "../row.ts";

export interface PegaRow extends TableRow {
  /**
   * Tiers that produce: as the values files say; at 0 replicas without autoscaling; or at the replicas they had,
   * still without autoscaling, because an autoscaler that comes back begins at one replica.
   */
  readonly producers: "running" | "stopped" | "restored";
  /** Where tiers write their queues: to the tiers of nodeType Stream, or to the target. */
  readonly stream: "embedded" | "external";
  /** Volumes that tiers of nodeType Stream leave behind: the only copy of what nobody has read. */
  readonly volumes: "kept" | "removed";
}

/** Rows in the order in which they are walked. */
export type PegaTable = readonly PegaRow[];
