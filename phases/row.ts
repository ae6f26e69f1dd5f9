/**
 * The words of a phase table. A row is the whole desired state of one phase, never a change from the row above:
 * components read the row's columns, never its name, and going back is setting an earlier name.
 */
export type Side = "source" | "target";

/** What a row of any table has. */
export interface TableRow {
  readonly name: string;
  /** What an operator gets from this phase, in one sentence. */
  readonly purpose: string;
  readonly opensWhen: readonly string[];
  /** An earlier row, or why there is none: a text that begins with "no way back". */
  readonly wayBack: { readonly row: string } | { readonly none: string };
}

export interface Row extends TableRow {
  /** Where producers write. A row that differs from the one above switches them. */
  readonly producers: Side;
  /** Where consumers read, or that they do not any more, for their twins do. A row that differs switches them. */
  readonly consumers: Side | "stopped";
  /** Workloads on the target that a consumer names as its twins. A row in which they begin to run switches them on. */
  readonly twins: "absent" | "stopped" | "running";
  /** MM2's connectors: not there, copying, or stopped with their offsets kept. */
  readonly mirror: "absent" | "running" | "stopped";
  /** Topics that stood on the target before: adopted as they are found, or aligned with the lock like the others. */
  readonly standingTopics: "kept" | "aligned";
  /**
   * Where schemas are registered, if the sides have registries: at the source, at the source with a copy at the target
   * that grows with every update, or at the target.
   */
  readonly schemas: "source" | "copied" | "target";
  /** The Connect cluster that runs the connectors. */
  readonly connect: "present" | "absent";
  /**
   * The rights on the source of the user that is made for MM2. They go a row before the source is halted, because what
   * a row drops goes last, when a halted source no longer answers.
   */
  readonly sourceRights: "granted" | "revoked";
  /** The source's brokers. A halted KubeDB source keeps its volumes; one that is not KubeDB's is left alone. */
  readonly source: "running" | "halted";
  /** The measurements that must hold before anything of the row is changed. Their parameters come from the config. */
  readonly opensWhen: readonly string[];
}

/** Rows in the order in which they are walked. */
export type Strategy = readonly Row[];

/** Who moves in a switch. */
export type Move = "producers" | "consumers" | "twins";

/** Where the offsets come from at which groups go on at the target. */
export type Offsets =
  /** The ends that the producers' switch wrote down: the groups have read everything before them. */
  | "at-ledger"
  /** The copy of the first record that a group has not read, wherever the group stands. */
  | "exact"
  /** The beginning of the target's topics, which hold no record yet. */
  | "at-start"
  /** None: what the groups have on the target stays. */
  | "kept";

/** Stopping writers or readers, proving that nothing is left behind them, and writing it down. */
export interface SwitchStep {
  /** The row that begins with this switch. */
  readonly row: string;
  readonly what: Move;
  readonly offsets: Offsets;
}
