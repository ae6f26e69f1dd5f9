/** What a gate waits for, how, and what it says. */
/** An inventory by reference: its file, relative to the project, and the hash of its bytes. */
export interface InventoryRef {
  readonly path: string;
  readonly sha256: string;
}

/** Topics that are wanted alike; thousands of them differ in a few ways only. */
export interface WantedTopics {
  readonly replicationFactor: number;
  /** What the topics set themselves. */
  readonly config: Readonly<Record<string, string>>;
  /** Partitions by topic. */
  readonly topics: Readonly<Record<string, number>>;
}

/** How a gate waits, whatever it waits for. */
export interface GateSettings {
  readonly row: string;
  /** Seconds for which the condition must hold without a break. */
  readonly holdSeconds: number;
  /** Seconds after which a closed gate fails the update. */
  readonly timeoutSeconds: number;
  /** Seconds that one measurement of a held gate may take at first; one that needs longer gets more the next time. */
  readonly readingSeconds: number;
  /** Seconds that one measurement of a preview may take, and all that give no answer together. */
  readonly sweepSeconds: number;
  /** True once the gate's row is reached: from then on nothing is measured. */
  readonly sealed: boolean;
}

/** Whether a condition holds now, and the one sentence that says why. */
export interface Verdict {
  readonly open: boolean;
  /** Names topic, partition and the exact count; no full stop at the end. */
  readonly sentence: string;
  /** Closed because something gave no answer, not because of what it answered. */
  readonly unmeasured?: true;
  /** What to do about this closed verdict, where it is not what the gate's other closed verdicts ask for. */
  readonly remedy?: string;
}
