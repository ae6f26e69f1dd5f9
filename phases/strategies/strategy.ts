import type { Strategy } from "../row.ts";

/** Whether records that the source holds already are copied to the target, or only read where they are. */
export type PersistedData = "mirrored" | "none";

/** Whether what is written on the target is copied back to the source until the way back is closed. */
export type WayBack = "mirrored" | "none";

/** What rows depend on of a wave. */
export interface WaveStep {
  readonly name: string;
  /** Whether one of its applications writes to Kafka. */
  readonly writes: boolean;
}

/** One table of phases, and all that configs, docs and the demo need to know about it. */
export interface StrategyFile {
  /** What a config chooses the table by, together with `persistedData` and `wayBack`. */
  readonly strategy: string;
  readonly persistedData: PersistedData;
  /** @default none */
  readonly wayBack?: "mirrored";
  /** Why the strategy has no table for the other `persistedData`, as a clause; absent where it has one. */
  readonly onlyBecause?: string;
  /** When it is the right one, and what it promises: docs/strategies.md. */
  readonly about: string;
  /** The rows; where they follow from the config, those of an example. */
  readonly rows: Strategy;
  /** Present where the rows follow from the config's waves. */
  readonly rowsOf?: (waves: readonly WaveStep[]) => Strategy;
  /** Whether `npm run demo -- --vendor` walks it. @default false */
  readonly vendorDemo?: true;
}
