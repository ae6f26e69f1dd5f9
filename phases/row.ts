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
  /**
   * An earlier row, or why there is none: a text that begins with "no way back". What lies between the two rows is passed
   * over: no stack stops there on its way back.
   */
  readonly wayBack: { readonly row: string } | { readonly none: string };
}

export interface Row extends TableRow {
  /** Where producers write. A row that differs from the one above switches them. */
  readonly producers: Side;
  /** Where consumers read; "stopped" once only their twins do. A row that differs from the one above switches them. */
  readonly consumers: Side | "stopped";
  /** Workloads on the target that a consumer names as its twins. A row in which they begin to run switches them on. */
  readonly twins: "absent" | "stopped" | "running";
  /** Waves whose applications are on the target, in their order; all other applications are where the columns above say. */
  readonly moved?: readonly string[];
  /** MM2's connectors: not there, copying, or stopped with their offsets kept. */
  readonly mirror: "absent" | "running" | "stopped";
  /** The mirror back, from the target to the source: not there, or copying what is written since the producers moved. */
  readonly reverse: "absent" | "running";
  /** Topics that existed on the target before: adopted as they are, or aligned with the lockfile like the others. */
  readonly existingTopics: "kept" | "aligned";
  /**
   * Where schemas are registered, if the sides have registries: at the source, at the source with a copy at the target
   * that grows with every update, or at the target.
   */
  readonly schemas: "source" | "copied" | "target";
  /** The Connect cluster that runs the connectors. */
  readonly connect: "present" | "absent";
  /**
   * The rights on the source of MM2's user. They are removed a row before the source is halted, because what a row
   * drops is deleted last, when a halted source no longer answers.
   */
  readonly sourceRights: "granted" | "revoked";
  /**
   * The source's brokers. A halted KubeDB source keeps its volumes; a removed one has no object any more, and keeps what
   * the config's `cleanup.keep` says. Any other source is left alone.
   */
  readonly source: "running" | "halted" | "removed";
  /** The measurements that must hold before anything of the row is changed. Their parameters come from the config. */
  readonly opensWhen: readonly string[];
}

/** Rows in the order in which they are walked. */
export type Strategy = readonly Row[];

/** Who moves in a switch; applications of every role stop together. */
export type Move = "producers" | "consumers" | "twins" | "applications";

/** Where the offsets come from at which groups continue on the target. */
export type Offsets =
  /** The ends that the producers' switch recorded: the groups have read everything before them. */
  | "at-ledger"
  /** The copy of the first record that a group has not read, wherever the group is. */
  | "exact"
  /** The beginning of the target's topics, which hold no record yet. */
  | "at-start"
  /** None: what the groups have on the target stays. */
  | "kept";

/** Who writes the topics on the target: the mirror, which copies what the source accepted long ago, or applications. */
export type TopicsSetFor = "mirror" | "writers";

/** Stopping writers or readers, proving that nothing is left behind, and recording it. */
export interface SwitchStep {
  /** The row that begins with this switch. */
  readonly row: string;
  readonly what: Move;
  /** The wave whose applications move; absent where all move together. */
  readonly wave?: string;
  readonly offsets: Offsets;
}
