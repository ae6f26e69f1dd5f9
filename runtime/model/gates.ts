/** What a gate waits for, how, and what it says. */
import type { Cause } from "./causes.ts";
import type { KubernetesRef, SideName } from "./sides.ts";

/** An inventory by reference: its file, relative to the project, and the hash of its bytes. */
export interface InventoryRef {
  readonly path: string;
  readonly sha256: string;
}

/** Topics with the same wanted settings; thousands of topics differ in only a few ways. */
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
  /** Maximum seconds of one measurement of a held gate at first; one that needs longer gets more the next time. */
  readonly readingSeconds: number;
  /** Maximum seconds per gate measurement in a preview; also the total for all gates that do not answer. */
  readonly sweepSeconds: number;
  /** Seconds over which what moves is compared. @default 90 */
  readonly movementSeconds?: number;
  /** True once the gate's row is reached: from then on nothing is measured. */
  readonly sealed: boolean;
}

/** Whether a condition holds now, and the one sentence that says why. `Own` are causes that only one gate has. */
export type Verdict<Own extends string = never> = OpenVerdict | ClosedVerdict<Own>;

/** A verdict of any gate: which causes are the gate's own is not known. */
export type AnyVerdict = Verdict<string>;

interface OpenVerdict {
  readonly open: true;
  readonly sentence: string;
  readonly unmeasured?: undefined;
  readonly remedy?: undefined;
}

export interface ClosedVerdict<Own extends string = never> {
  readonly open: false;
  readonly cause: Cause | Own;
  /** Names topic, partition and the exact count; no full stop at the end. */
  readonly sentence: string;
  /** Closed because something did not answer, not because of an answer. */
  readonly unmeasured?: true;
  /** What to do about this closed verdict, if it is not the gate's usual remedy. */
  readonly remedy?: string;
}

/** The source that a row halts: gates of that row cannot be measured any more once it is. */
export interface HaltRef {
  readonly kubernetes: KubernetesRef;
  /** The Kafka object, and whose it is. */
  readonly cluster: { readonly kind: string; readonly name: string };
  /** Every gate of the row. */
  readonly gates: readonly string[];
}

/** A Kafka object by reference: whose it is, and where it lies. */
export interface KafkaObjectRef {
  readonly kubernetes: KubernetesRef;
  readonly cluster: { readonly kind: string; readonly name: string };
}

/** Kafka objects by side; a side that is known by its addresses alone has none. */
export type KafkaObjectRefs = { readonly [Side in SideName]?: KafkaObjectRef };

/** What a gate has found when it opened. */
export interface Receipt {
  readonly measuredAt: string;
  readonly sentence: string;
}

/** Receipts by gate. */
export type Receipts = Readonly<Record<string, Receipt>>;
